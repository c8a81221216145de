/* report_queries: the files of queries/report, put into the program by cmake/texts.cmake. */
#ifndef SPARKIFY_REPORT_QUERIES_H
#define SPARKIFY_REPORT_QUERIES_H

/* Ends with a NULL name. */
extern const struct report_query {
    const char *name, *sql;
} report_queries[];

#endif
