# The pages of web/ as bytes in the program. They are bundled by npm's packages once for all presets, below
# SPARKIFY_WEB_FOLDER. web/dist, which a release archive has, serves where it is of the same sources or where there
# is no npm. Without either the program is built without pages, and the commands that need them say so.

option(SPARKIFY_PAGES "Build the pages of 'sparkify report' into the program" ON)
set(web_folder_default ${CMAKE_BINARY_DIR}/web)
cmake_path(IS_PREFIX CMAKE_SOURCE_DIR ${CMAKE_BINARY_DIR} NORMALIZE is_inside)
if(is_inside)
  cmake_path(GET CMAKE_BINARY_DIR PARENT_PATH web_folder_default)
  string(APPEND web_folder_default /web)
endif()
set(SPARKIFY_WEB_FOLDER ${web_folder_default} CACHE PATH "Where npm's packages for the pages are installed")

set(SPARKIFY_HAS_PAGES OFF)
if(SPARKIFY_PAGES)
  find_program(NPM npm)
  if(NPM OR EXISTS ${CMAKE_SOURCE_DIR}/web/dist/sources.hash)
    set(SPARKIFY_HAS_PAGES ON)
  else()
    message(STATUS "npm is missing, and so is web/dist: the program is built without its pages")
  endif()
endif()

# sparkify_pages(target file …): the bundled files become assets of the library, by their names (web.h).
function(sparkify_pages target)
  set(folder ${CMAKE_BINARY_DIR}/pages)
  set(list "/* Made by cmake/web.cmake. */\n#define WEB_ASSETS(X)")
  set(assembly "/* Made by cmake/web.cmake: the bundled pages, as they are. */\n")
  set(bundled)
  if(SPARKIFY_HAS_PAGES)
    string(APPEND assembly "    .section .rodata\n")
    foreach(file ${ARGN})
      string(MAKE_C_IDENTIFIER ${file} id)
      string(APPEND list " X(${id}, \"${file}\")")
      string(APPEND assembly
        "    .balign 16\n    .global web_asset_${id}, web_asset_${id}_end\n"
        "web_asset_${id}:\n    .incbin \"${folder}/${file}\"\nweb_asset_${id}_end:\n    .byte 0\n")
      list(APPEND bundled ${folder}/${file})
    endforeach()
  endif()
  string(APPEND assembly "    .section .note.GNU-stack,\"\",%progbits\n")
  file(CONFIGURE OUTPUT ${folder}/web_assets.h CONTENT "${list}\n" @ONLY)
  file(CONFIGURE OUTPUT ${folder}/web_assets.S CONTENT "${assembly}" @ONLY)
  target_include_directories(${target} PRIVATE ${folder})
  target_sources(${target} PRIVATE ${folder}/web_assets.S)
  if(NOT SPARKIFY_HAS_PAGES)
    return()
  endif()
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/web/*)
  list(FILTER sources EXCLUDE REGEX "/web/(dist|node_modules)/")
  add_custom_command(
    OUTPUT ${bundled}
    COMMAND ${CMAKE_COMMAND} -D SOURCE=${CMAKE_SOURCE_DIR}/web -D SHARED=${SPARKIFY_WEB_FOLDER}
            -D NPM=${NPM} -D OUTPUT=${folder} -P ${CMAKE_SOURCE_DIR}/cmake/web_build.cmake
    DEPENDS ${sources} ${CMAKE_SOURCE_DIR}/cmake/web_build.cmake
    COMMENT "bundling the pages of web/"
    VERBATIM)
  set_source_files_properties(${folder}/web_assets.S PROPERTIES OBJECT_DEPENDS "${bundled}")
endfunction()
