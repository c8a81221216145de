/* The commands, each in a file of its own. */
#ifndef SPARKIFY_CLI_COMMANDS_H
#define SPARKIFY_CLI_COMMANDS_H

#include "options.h"

extern const struct command etl_command, query_command, report_command, serve_command,
    history_command, restore_command, check_command, vacuum_command, doctor_command,
    generate_command, schema_command, help_command;

#endif
