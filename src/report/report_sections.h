/* report_sections: the files of queries/report, put into the program by cmake/texts.cmake. */
#ifndef SPARKIFY_REPORT_REPORT_SECTIONS_H
#define SPARKIFY_REPORT_REPORT_SECTIONS_H

/* Ends with a NULL name. */
extern const struct report_section {
    const char *name, *sql;
} report_sections[];

#endif
