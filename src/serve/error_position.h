/* error_position: where in the SQL an error is. */
#ifndef SPARKIFY_SERVE_ERROR_POSITION_H
#define SPARKIFY_SERVE_ERROR_POSITION_H

#include <base.h>

/* From a hint such as "LINE 2: … FROM nothing\n              ^": line and column, from 1, the
 * column in characters. False when the hint points nowhere. */
bool error_position_find(struct str sql, const char *hint, size_t *out_line, size_t *out_column);

#endif
