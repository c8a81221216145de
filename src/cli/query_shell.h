/* query_shell: SQL typed on a terminal. */
#ifndef SPARKIFY_CLI_QUERY_SHELL_H
#define SPARKIFY_CLI_QUERY_SHELL_H

#include <query_lake.h>

/* True once Ctrl-C was pressed while a statement runs. */
const atomic_bool *query_shell_stop_flag(void);
/* Reads statements and commands until the end of the input. What is wrong with one is said, and the
 * next is read. */
NODISCARD enum status query_shell_run(struct query_settings *query, struct query_lake_open *lake,
                                      const struct query_questions *questions, struct error *error);

#endif
