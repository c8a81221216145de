# Makes C of text files: an array of struct text_file with their names (without the ending) and their texts,
# and a header that declares it.
#   cmake -D FILES=queries/*.sql -D NAME=question_texts -D FOLDER=build/texts/query -P texts.cmake
file(GLOB files ${FILES})
list(SORT files)
set(text "#include \"${NAME}.h\"\n\nconst struct text_file ${NAME}[] = {\n")
foreach(file ${files})
  get_filename_component(name ${file} NAME_WE)
  file(READ ${file} content HEX)
  string(REGEX REPLACE "(..)" "\\\\x\\1" content "${content}")
  string(APPEND text "    {\"${name}\", \"${content}\"},\n")
endforeach()
string(APPEND text "    {0},\n};\n")
file(WRITE ${FOLDER}/${NAME}.c "${text}")
file(WRITE ${FOLDER}/${NAME}.h
     "#pragma once\n\n#include <base.h>\n\nextern const struct text_file ${NAME}[];\n")
