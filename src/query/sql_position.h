/* sql_position: shows the position of an error in a statement. */
#pragma once

#include <base.h>

/* Finds a line by its number, from 1, without its line end; false where there are fewer lines. */
bool sql_position_line(struct str sql, size_t number, struct str *out);

/* Parses "LINE 2: text", a line of a message, and the caret below it: the line's number, the text,
 * and how many columns of it are before the caret. False where the message has no position. */
bool sql_position_parse(const char *message, size_t *out_line, struct str *out_shown,
                        size_t *out_columns);

/* Appends the line (from 1) of the statement and, below it, a caret under the character after
 * `column` characters; a long line is shortened to the part around it. False when there is no such
 * line. */
bool sql_position_append(struct buffer *out, struct str sql, unsigned line, unsigned column);

/* The same for the character at sql.data[at]. */
void sql_position_append_at(struct buffer *out, struct str sql, size_t at);

/* The same for a message of DuckDB's parser, whose own position is wrong before version 2.0: it
 * mistakes characters for bytes. False where the message has no position, or a right one. */
bool sql_position_append_of_parser(struct buffer *out, struct str sql, const char *message);
