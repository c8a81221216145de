/* questions_data: the files of queries/, put into the program by cmake/texts.cmake. */
#ifndef SPARKIFY_QUERY_QUESTIONS_DATA_H
#define SPARKIFY_QUERY_QUESTIONS_DATA_H

#include <query.h>

/* Ends with a NULL name. */
extern const struct questions_text {
    const char *name, *sql;
} questions_data[];

#endif
