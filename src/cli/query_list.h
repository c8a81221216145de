/* query_list: the modes of 'sparkify query' that run nothing: --list and --show-sql. */
#pragma once

#include <query_command.h>

/* STATUS_USAGE where --list or --show-sql is combined with an option or operand that it would
 * ignore. */
NODISCARD enum status query_list_check(const struct query_settings *query, struct error *error);
/* Prints the names and summaries of the questions, one a line, or as one JSON document. */
void query_list_print(const struct query_settings *query, const struct query_questions *questions);
/* Prints the SQL of the question that is named; STATUS_USAGE where there is none. */
NODISCARD enum status query_list_show(const struct query_settings *query,
                                      const struct query_questions *questions, struct error *error);
