/* query_questions: looking up questions by name. */
#pragma once

#include <query_lake.h>

/* Sets STATUS_USAGE: there is no such question; suggests a similar one. */
enum status query_questions_unknown(const struct query_questions *questions, const char *name,
                                    struct error *error);
/* Appends the question's SQL with the limit of the settings. */
void query_questions_append(const struct query_settings *query,
                            const struct query_question *question, struct buffer *out);

/* STATUS_FAILED where SQL that comes with a lake's model is more than a SELECT over its tables;
 * STATUS_USAGE on Spark, which cannot tell. */
NODISCARD enum status query_questions_check(const struct query_lake_open *lake,
                                            const struct query_settings *query,
                                            const struct query_question *question,
                                            struct error *error);
/* Appends the SQL to run: SQL as it is, a question's SQL with its limit, once it is checked.
 * STATUS_USAGE where the text is neither. */
NODISCARD enum status query_questions_append_text(const struct query_lake_open *lake,
                                                  const struct query_settings *query,
                                                  const struct query_questions *questions,
                                                  const char *text, struct buffer *out,
                                                  struct error *error);

/* An array of objects: name, summary, limit (null: none), and with_sql the SQL. */
json_t *query_questions_json(const struct query_questions *questions, bool with_sql);
