/* text_width: how wide text is on a terminal, and which characters a terminal may be sent. */
#pragma once

#include <base.h>

#define TEXT_NOT_UTF8 UINT32_MAX

/* The length in bytes of the character at text.data[at]; *out is its code point, or TEXT_NOT_UTF8
 * for a byte that does not begin a well-formed sequence. */
size_t text_next_character(struct str text, size_t at, uint32_t *out);
/* False for TEXT_NOT_UTF8, control characters, line and paragraph separators, and format characters
 * such as those that change the direction of writing; joiners, which emoji need, are printable. */
bool text_is_printable(uint32_t code);
/* Appends the text for a table's cell: what is not printable becomes U+FFFD, a line end "⏎", tabs
 * and carriage returns spaces. */
void text_append_printable(struct buffer *out, struct str text);
/* Columns of a terminal that the text takes (Unicode's East Asian Width; a grapheme cluster counts
 * once). */
size_t text_width(struct str text);
/* The longest beginning of `text` that takes at most `limit` columns. */
struct str text_cut(struct str text, size_t limit);
