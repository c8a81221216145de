# One folder under src/ is one static library with one public header folder. A layer's include
# path is its own folder and the public headers of the layers it uses, so an include that climbs
# does not compile.

include(CheckCCompilerFlag)
include(CheckCSourceCompiles)
check_c_compiler_flag(-fcf-protection=full HAVE_CF_PROTECTION)
check_c_compiler_flag(-fstack-clash-protection HAVE_STACK_CLASH_PROTECTION)
# Debian's start files do not carry the mark of CET, so the linker is told to set it.
set(CMAKE_REQUIRED_LINK_OPTIONS -Wl,-z,ibt,-z,shstk)
check_c_source_compiles("int main(void) { return 0; }" HAVE_LINK_CET)
unset(CMAKE_REQUIRED_LINK_OPTIONS)

# What makes a mistake in the program end it instead of giving it away to whoever wrote the input: checked
# buffers (which need an optimized build), canaries on the stack, addresses that cannot be guessed or
# written to, and jumps that land only where jumps may (CET).
function(sparkify_harden target)
  set_property(TARGET ${target} PROPERTY POSITION_INDEPENDENT_CODE ON)
  if(SPARKIFY_SANITIZE OR NOT SPARKIFY_HARDEN)
    return()
  endif()
  target_compile_options(${target} PRIVATE
    -fstack-protector-strong
    $<$<BOOL:${HAVE_CF_PROTECTION}>:-fcf-protection=full>
    $<$<BOOL:${HAVE_STACK_CLASH_PROTECTION}>:-fstack-clash-protection>
    $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=3>)
  target_link_options(${target} PRIVATE -Wl,-z,relro,-z,now,-z,noexecstack
    $<$<BOOL:${HAVE_LINK_CET}>:-Wl,-z,ibt,-z,shstk>)
endfunction()

function(sparkify_flags target)
  target_compile_definitions(${target} PRIVATE _GNU_SOURCE)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith
    -Wcast-qual -Wwrite-strings -Wvla -Wundef -Wno-missing-field-initializers
    -fno-omit-frame-pointer)
  if(SPARKIFY_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  sparkify_harden(${target})
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

# Puts text files into a layer, as an array of struct text_file; NAME.h declares it (texts.cmake).
function(sparkify_texts layer files name)
  file(GLOB texts CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${files})
  set(folder ${CMAKE_BINARY_DIR}/texts/${layer})
  set(script ${CMAKE_SOURCE_DIR}/cmake/texts.cmake)
  add_custom_command(
    OUTPUT ${folder}/${name}.c ${folder}/${name}.h
    COMMAND ${CMAKE_COMMAND} -D "FILES=${CMAKE_SOURCE_DIR}/${files}" -D NAME=${name} -D FOLDER=${folder} -P ${script}
    DEPENDS ${texts} ${script} VERBATIM)
  add_custom_target(${name} DEPENDS ${folder}/${name}.h)
  add_dependencies(generated_headers ${name})
  add_dependencies(${layer} ${name})
  target_sources(${layer} PRIVATE ${folder}/${name}.c ${folder}/${name}.h)
  target_include_directories(${layer} PRIVATE ${folder})
endfunction()
