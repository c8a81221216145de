/* The table of all commands, in the order of the help. */
#include <commands.h>

const struct command *const command_table[] = {
    &etl_command,     &query_command,
    &report_command,  &serve_command,
    &history_command, &restore_command,
    &check_command,   &vacuum_command,
    &doctor_command,  &generate_command,
    &init_command,    &schema_command,
    &help_command,    NULL,
};
