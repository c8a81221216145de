/* text_width: what text takes on a terminal. */
#ifndef SPARKIFY_QUERY_TEXT_WIDTH_H
#define SPARKIFY_QUERY_TEXT_WIDTH_H

#include <base.h>

/* Appends the text as a terminal may show it: what moves the cursor, ends a line, changes the
 * direction of writing, or is not UTF-8 becomes U+FFFD; line ends become "⏎". */
void text_append_printable(struct buffer *out, struct str text);
/* Columns of a terminal that the text takes (Unicode's East Asian Width; a sequence that is one
 * character to the eye counts once). */
size_t text_width(struct str text);
/* The longest beginning of `text` that takes at most `limit` columns. */
struct str text_cut(struct str text, size_t limit);

#endif
