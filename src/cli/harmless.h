/* harmless: text that others have chosen (names of files, fields of records, answers of servers) on
 * its way to a terminal, which would obey control bytes in it. */
#ifndef SPARKIFY_CLI_HARMLESS_H
#define SPARKIFY_CLI_HARMLESS_H

#include <base.h>
#include <stdio.h>

/* With '?' for each control byte. */
void append_harmless(struct buffer *out, struct str text);
void print_harmless(FILE *out, struct str text);

#endif
