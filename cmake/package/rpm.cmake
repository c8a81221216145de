# The rpm, of a folder that make.sh fills; it says which in SPARKIFY_STAGE, SPARKIFY_VERSION and SPARKIFY_MACHINE.
set(CPACK_GENERATOR RPM)
set(CPACK_PACKAGE_NAME sparkify)
set(CPACK_PACKAGE_VERSION $ENV{SPARKIFY_VERSION})
set(CPACK_PACKAGE_VENDOR "the authors of sparkify")
set(CPACK_INSTALLED_DIRECTORIES "$ENV{SPARKIFY_STAGE};/")
set(CPACK_PACKAGE_FILE_NAME sparkify)
set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_PACKAGE_RELEASE 1)
set(CPACK_RPM_PACKAGE_ARCHITECTURE $ENV{SPARKIFY_MACHINE})
set(CPACK_RPM_PACKAGE_LICENSE "Apache-2.0")
set(CPACK_RPM_PACKAGE_GROUP "Applications/Databases")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Song and log JSON of a music app into tables of a star schema")
set(CPACK_PACKAGE_DESCRIPTION
  "Reads the songs and the log of a music app from a folder or from S3, and
writes five tables as partitioned Parquet with Delta Lake logs: at once, or
what is new each day.")
set(CPACK_RPM_PACKAGE_DESCRIPTION "${CPACK_PACKAGE_DESCRIPTION}")
# Static: it needs nothing but certificates, for S3.
set(CPACK_RPM_PACKAGE_AUTOREQ OFF)
set(CPACK_RPM_PACKAGE_AUTOPROV OFF)
set(CPACK_RPM_PACKAGE_REQUIRES "ca-certificates")
set(CPACK_PACKAGING_INSTALL_PREFIX /)
set(CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION
  /usr/share/man /usr/share/man/man1 /usr/share/man/man3 /usr/share/doc /usr/share/licenses /usr/share/zsh
  /usr/share/zsh/site-functions /usr/share/fish /usr/share/fish/vendor_completions.d /usr/share/bash-completion
  /usr/share/bash-completion/completions /usr/lib /usr/lib/systemd /usr/lib/systemd/system /usr/libexec /usr/bin)
set(CPACK_RPM_SPEC_MORE_DEFINE "%define __os_install_post %{nil}
%define _build_id_links none
%global source_date_epoch_from_changelog 0
%define use_source_date_epoch_as_buildtime 1
%define clamp_mtime_to_source_date_epoch 1
%define _buildhost sparkify")
