# deb and rpm by CPack: `./dev package`. What a package has beyond the program is installed here: licenses, the list of
# changes, examples, and the units of systemd, which nobody starts but who enables them.
set(CPACK_PACKAGE_NAME sparkify)
set(CPACK_PACKAGE_CONTACT "the authors of sparkify <sparkify@example.org>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "song and log JSON of a music app into tables of a star schema")
set(CPACK_PACKAGE_DESCRIPTION
  "Reads the songs and the log of a music app from a folder or from S3, and
writes five tables as partitioned Parquet with Delta Lake logs: at once, or
what is new each day. Answers questions about them, and shows them in a
browser.")
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_SOURCE_DIR}/cmake/package/compress.cmake)
set(CPACK_COMPONENTS_GROUPING IGNORE)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)

# deb(COMPONENT NAME SECTION WHAT): a package of one component; `WHAT` goes behind the description.
macro(deb component name section what)
  string(TOUPPER ${component} upper)
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${name})
  set(CPACK_DEBIAN_${upper}_PACKAGE_SECTION ${section})
  set(CPACK_COMPONENT_${upper}_DESCRIPTION "${CPACK_PACKAGE_DESCRIPTION}\n.\n${what}")
endmacro()
deb(sparkify sparkify database "This package has the program.")
set(CPACK_DEBIAN_SPARKIFY_PACKAGE_RECOMMENDS ca-certificates) # for S3
set(CPACK_DEBIAN_SPARKIFY_PACKAGE_SUGGESTS git) # doctor asks it whether dl.cfg is tracked
deb(library libsparkify0 libs "This package has the library.")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_RECOMMENDS "ca-certificates, sparkify") # its queries start the program's worker
# CPack's scripts call ldconfig as well, which cannot be turned off.
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA ${CMAKE_SOURCE_DIR}/cmake/package/triggers)
deb(development libsparkify-dev libdevel "This package has what programs are built with that use the library.")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "libsparkify0 (= ${PROJECT_VERSION}-1)")

# The date of the commit, so that the same sources make the same bytes.
execute_process(COMMAND git -C ${CMAKE_SOURCE_DIR} log -1 --format=%cD
                OUTPUT_VARIABLE package_date OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT package_date)
  set(package_date "Sun, 29 Nov 2026 00:00:00 +0000")
endif()
configure_file(cmake/package/changelog.Debian.in changelog.Debian @ONLY)
foreach(component sparkify library development)
  string(TOUPPER ${component} upper)
  set(name ${CPACK_DEBIAN_${upper}_PACKAGE_NAME})
  set(doc ${CMAKE_INSTALL_DATADIR}/doc/${name})
  install(FILES cmake/package/copyright ${CMAKE_BINARY_DIR}/changelog.Debian DESTINATION ${doc}
          COMPONENT ${component})
  install(FILES CHANGELOG.md RENAME changelog DESTINATION ${doc} COMPONENT ${component})
  set(overrides "")
  if(component STREQUAL library)
    string(JOIN "\n" overrides "# CPack writes them, beside our trigger" "${name}: maintscript-calls-ldconfig *")
  endif()
  configure_file(cmake/package/lintian-overrides.in lintian-overrides/${name} @ONLY)
  install(FILES ${CMAKE_BINARY_DIR}/lintian-overrides/${name}
          DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides COMPONENT ${component})
endforeach()

install(FILES sparkify.yaml.example dl.cfg.example deploy/systemd/sparkify.cron
        DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/sparkify/examples)
install(FILES cmake/package/etl.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES deploy/systemd/sparkify.service deploy/systemd/sparkify.timer DESTINATION lib/systemd/system)
include(CPack)
