/* command_line: what the program adds to a command: how it is run where a terminal is part of it,
 * and how its result is printed. */
#pragma once

#include <commands.h>

/* Runs the command and prints its result unless its options ask for a document or for quiet; then
 * calls command->after. */
NODISCARD enum status command_line_run(const struct command *command, void *settings,
                                       struct error *error);

/* Commands that print while they run, or wait for input. */
NODISCARD enum status cli_run_query(void *settings, struct error *error);
NODISCARD enum status cli_run_serve(void *settings, struct error *error);
NODISCARD enum status cli_run_doctor(void *settings, struct error *error);
NODISCARD enum status cli_run_help(void *settings, struct error *error);
