/* query_questions: what 'sparkify query' does with questions without asking a lake. */
#ifndef SPARKIFY_CLI_QUERY_QUESTIONS_H
#define SPARKIFY_CLI_QUERY_QUESTIONS_H

#include "query_command.h"

/* STATUS_USAGE where --list or --show-sql stands with what it would ignore. */
NODISCARD enum status query_questions_check(const struct query_settings *query,
                                            struct error *error);
/* Prints their names and what they answer, one a line, or as one JSON document. */
void query_questions_list(const struct query_settings *query,
                          const struct query_questions *questions);
/* Prints the SQL of the question that is named; STATUS_USAGE where there is none. */
NODISCARD enum status query_questions_show(const struct query_settings *query,
                                           const struct query_questions *questions,
                                           struct error *error);
/* STATUS_USAGE: there is no such question; names the one that was probably meant. */
enum status query_questions_unknown(const struct query_questions *questions, const char *name,
                                    struct error *error);
/* Appends the question's SQL with the limit that is asked for. */
void query_questions_append(const struct query_settings *query,
                            const struct query_question *question, struct buffer *out);

#endif
