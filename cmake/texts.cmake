# Makes C of text files: an array of their names (without the ending) and their texts.
#   cmake -D FILES=queries/*.sql -D HEADER=questions_data.h -D TYPE=questions_text -D NAME=questions_data
#         -D OUTPUT=questions_data.c -P texts.cmake
file(GLOB files ${FILES})
list(SORT files)
set(text "#include \"${HEADER}\"\n\nconst struct ${TYPE} ${NAME}[] = {\n")
foreach(file ${files})
  get_filename_component(name ${file} NAME_WE)
  file(READ ${file} content HEX)
  string(REGEX REPLACE "(..)" "\\\\x\\1" content "${content}")
  string(APPEND text "    {\"${name}\", \"${content}\"},\n")
endforeach()
string(APPEND text "    {0},\n};\n")
file(WRITE ${OUTPUT} "${text}")
