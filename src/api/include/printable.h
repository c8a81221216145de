/* printable: text from outside (names of files, fields of records, a lake's history, answers of
 * servers) made safe for a terminal, which would execute control characters in it. */
#pragma once

#include <base.h>

/* Appends the text with '?' for each character that is not printable (text_width.h). */
void printable_append(struct buffer *out, struct str text);
void printable_print(FILE *out, struct str text);
/* Prints JSON text and a line end; characters that are not printable are escaped, so the values
 * stay the same. */
void printable_print_json(FILE *out, const char *json);
