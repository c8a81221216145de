/* sql_position: shows where in a statement something is wrong. */
#ifndef SPARKIFY_QUERY_SQL_POSITION_H
#define SPARKIFY_QUERY_SQL_POSITION_H

#include <base.h>

/* The line of that number, from 1, without its end; false where there are not so many. */
bool sql_position_line(struct str sql, size_t number, struct str *out);

/* Appends the line (from 1) of the statement and, below it, a caret under the character that has so
 * many before it; of a long line what is around it. False when there is no such line. */
bool sql_position_append(struct buffer *out, struct str sql, unsigned line, unsigned column);

/* The same for the character at sql.data[at]. */
void sql_position_append_at(struct buffer *out, struct str sql, size_t at);

/* The same for a message of DuckDB's parser, which shows the place itself, but (before 2.0) takes a
 * count of characters for one of bytes. False where it shows none, or the right one. */
bool sql_position_append_of_parser(struct buffer *out, struct str sql, const char *message);

#endif
