/* sparkify help [COMMAND]. */
#include "commands.h"

struct help_settings {
    const char *topic;
    bool man, completion;
};

static enum status run_help(void *settings, struct error *error)
{
    const struct help_settings *help = settings;
    const struct command *command;
    if (help->man) {
        options_print_man(stdout);
    } else if (help->completion) {
        options_print_completion(stdout);
    } else if (help->topic) {
        TRY(options_find_command(help->topic, &command, error));
        options_print_help(stdout, command);
    } else {
        options_print_overview(stdout);
    }
    return STATUS_OK;
}

static const struct option help_options[] = {
    {"man", NULL, "print the man page", NULL, offsetof(struct help_settings, man)},
    {"completion", NULL, "print a completion for bash", NULL,
     offsetof(struct help_settings, completion)},
    {NULL},
};

const struct command help_command = {
    .name = "help",
    .operand = "[COMMAND]",
    .summary = "what the commands do",
    .text = "Prints the help of a command, or the list of commands.",
    .examples = "  sparkify help etl\n"
                "  sparkify help --man | man -l -\n"
                "  source <(sparkify help --completion)\n",
    .options = help_options,
    .settings_size = sizeof(struct help_settings),
    .operand_offset = offsetof(struct help_settings, topic),
    .run = run_help,
};
