/* query_shell: the interactive shell for SQL. */
#pragma once

#include <query_lake.h>

/* The flag that Ctrl-C sets while a statement runs. */
const atomic_bool *query_shell_stop_flag(void);
/* Runs statements and commands until the end of the input. An error of one is printed, and the
 * shell goes on. */
NODISCARD enum status query_shell_run(struct query_settings *query, struct query_lake_open *lake,
                                      const struct query_questions *questions, struct error *error);
