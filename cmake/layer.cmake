# One folder under src/ is one static library with one public header folder. A layer's include
# path is its own folder and the public headers of the layers it uses, so an include that climbs
# does not compile.

function(sparkify_flags target)
  target_compile_definitions(${target} PRIVATE _GNU_SOURCE)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith
    -Wcast-qual -Wwrite-strings -Wvla -Wundef -Wno-missing-field-initializers
    -fno-omit-frame-pointer)
  if(SPARKIFY_SANITIZE)
    target_compile_options(${target} PRIVATE
      -fsanitize=${SPARKIFY_SANITIZE} -fno-sanitize-recover=all)
    target_link_options(${target} PRIVATE -fsanitize=${SPARKIFY_SANITIZE})
  endif()
  if(SPARKIFY_LTO)
    set_property(TARGET ${target} PROPERTY INTERPROCEDURAL_OPTIMIZATION ON)
  endif()
endfunction()

function(sparkify_layer name)
  cmake_parse_arguments(LAYER "" "" "USES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.c)
  if(NOT sources)
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE ${LAYER_USES})
    target_include_directories(${name} INTERFACE ${CMAKE_SOURCE_DIR}/src/${name}/include)
    return()
  endif()
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR}/src/${name}/include)
  target_link_libraries(${name} PUBLIC ${LAYER_USES})
  sparkify_flags(${name})
endfunction()
