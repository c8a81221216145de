/* terminal: properties of the terminal, and text wrapped to its width. */
#pragma once

#include <base.h>

/* True where a line on stderr can be redrawn: it is a terminal, and TERM is not dumb. */
bool terminal_can_redraw(void);
/* Clears the line of the cursor. */
#define TERMINAL_CLEAR "\r\x1b[K"
/* The current width of the terminal on stderr; 0 where it is none. */
unsigned terminal_columns(void);
/* The same of another descriptor. */
unsigned terminal_columns_of(int fd);

/* Appends the text in lines of at most `columns`, broken at spaces; the first begins in column
 * `used`, the others with `indent` spaces. Words that are longer stay whole. 0 columns: one line.
 */
void terminal_wrap(struct buffer *out, const char *text, unsigned columns, unsigned used,
                   unsigned indent);
