#include "command_line.h"

#include "print.h"
#include "progress.h"

static const struct {
    const struct command *command;
    enum status (*run)(void *settings, struct error *error); /* NULL: the command's own */
    void (*print)(const void *settings);                     /* NULL: `run` has printed */
} actions[] = {
    {&etl_command, NULL, cli_print_etl},         {&query_command, cli_run_query, NULL},
    {&report_command, NULL, cli_print_report},   {&serve_command, cli_run_serve, NULL},
    {&history_command, NULL, cli_print_history}, {&restore_command, NULL, cli_print_restore},
    {&check_command, NULL, cli_print_check},     {&vacuum_command, NULL, cli_print_vacuum},
    {&doctor_command, cli_run_doctor, NULL},     {&generate_command, NULL, cli_print_generate},
    {&init_command, NULL, cli_print_init},       {&schema_command, NULL, cli_print_schema},
    {&help_command, cli_run_help, NULL},
};

/* The command's own run, with its progress where it has one. */
static enum status run_own(const struct command *command, void *settings, struct error *error)
{
    const struct common_settings *common = settings;
    const void *progress = (char *)settings + command->progress_offset;
    bool is_shown = command->progress_offset && !common->quiet;
    struct progress *shown = is_shown ? progress_begin(progress) : NULL;
    enum status status = command->run(settings, error);
    progress_end(shown);
    return status;
}

enum status command_line_run(const struct command *command, void *settings, struct error *error)
{
    const struct common_settings *common = settings;
    size_t i = 0;
    while (actions[i].command != command)
        i++;
    enum status status =
        actions[i].run ? actions[i].run(settings, error) : run_own(command, settings, error);
    if (actions[i].print && common->has_result && !common->json && !common->quiet)
        actions[i].print(settings);
    if (command->after)
        command->after(settings, status, error);
    return status;
}
