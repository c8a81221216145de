# The C code of a .proto file, made by protoc-c while building. It is not held to the project's own
# warnings.

function(sparkify_proto name proto)
  cmake_path(GET proto STEM stem)
  set(folder ${CMAKE_BINARY_DIR}/proto)
  set(generated ${folder}/${stem}.pb-c.c ${folder}/${stem}.pb-c.h)
  cmake_path(GET proto PARENT_PATH proto_folder)
  add_custom_command(
    OUTPUT ${generated}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}
    COMMAND ${PROTOC_C} --c_out=${folder} --proto_path=${CMAKE_SOURCE_DIR}/${proto_folder}
            ${CMAKE_SOURCE_DIR}/${proto}
    DEPENDS ${proto}
    COMMENT "protoc-c ${proto}"
    VERBATIM)
  add_library(${name} STATIC ${generated})
  add_dependencies(generated_headers ${name})
  target_include_directories(${name} SYSTEM PUBLIC ${folder})
  target_link_libraries(${name} PUBLIC PkgConfig::PROTOBUF_C)
  sparkify_harden(${name})
  if(SPARKIFY_SANITIZE)
    target_compile_options(${name} PRIVATE -fsanitize=${SPARKIFY_SANITIZE} -fno-sanitize-recover=all)
  endif()
endfunction()
