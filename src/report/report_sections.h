/* report_sections: the files of queries/report, put into the program by cmake/texts.cmake. */
#pragma once

/* Ends with a NULL name. */
extern const struct report_section {
    const char *name, *sql;
} report_sections[];
