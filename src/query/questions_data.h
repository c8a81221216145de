/* questions_data: the files of queries/, put into the program by cmake/texts.cmake. */
#pragma once

#include <query.h>

/* Ends with a NULL name. */
extern const struct questions_text {
    const char *name, *sql;
} questions_data[];
