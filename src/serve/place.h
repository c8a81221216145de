/* place: where in the SQL an error is. */
#ifndef SPARKIFY_SERVE_PLACE_H
#define SPARKIFY_SERVE_PLACE_H

#include <base.h>

/* From a hint such as "LINE 2: … FROM nothing\n              ^": line and column, from 1, the
 * column in characters. False when the hint points nowhere. */
bool place_find(struct str sql, const char *hint, size_t *out_line, size_t *out_column);

#endif
