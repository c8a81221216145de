/* printable: text that others have chosen (names of files, fields of records, a lake's history,
 * answers of servers) on its way to a terminal, which would obey control characters in it. */
#ifndef SPARKIFY_API_PRINTABLE_H
#define SPARKIFY_API_PRINTABLE_H

#include <base.h>
#include <stdio.h>

/* With '?' for each control character, character that changes the direction of text, and byte that
 * is not UTF-8. */
void printable_append(struct buffer *out, struct str text);
void printable_print(FILE *out, struct str text);
/* A line of JSON text: such characters are escaped, so that the values stay. */
void printable_print_json(FILE *out, const char *json);

#endif
