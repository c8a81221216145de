# Run by CPack before a package is made: what Debian wants compressed, without a time in it.
file(GLOB_RECURSE texts ${CPACK_TEMPORARY_DIRECTORY}/*)
list(FILTER texts INCLUDE REGEX "/share/man/man[1-9]/[^/]*[1-9]$|/share/doc/[^/]*/changelog[^/]*$")
foreach(text ${texts})
  execute_process(COMMAND gzip -9nf ${text} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
