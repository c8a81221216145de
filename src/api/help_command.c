/* sparkify help: its options. The program runs it. */
#include <commands.h>

static const struct option_word shell_words[] = {
    {"bash", SHELL_BASH}, {"zsh", SHELL_ZSH}, {"fish", SHELL_FISH}, {NULL, 0}};

static void set_defaults(void *settings)
{
    struct help_settings *help = settings;
    help->shell = HELP_NO_SHELL;
}

static const struct option help_options[] = {
    {"man", NULL, "print the manual page: of the COMMAND, or of the program", NULL,
     offsetof(struct help_settings, man)},
    {"completion", "SHELL", "print a completion for bash, zsh or fish", NULL,
     offsetof(struct help_settings, shell), shell_words},
    {NULL},
};

const struct command help_command = {
    .name = "help",
    .operand = "[COMMAND]",
    .summary = "what the commands do",
    .text =
        "Prints the help of a command, or the list of commands; with --verbose the help of all.",
    .examples = "  sparkify help etl\n"
                "  sparkify help --man | man -l -\n"
                "  source <(sparkify help --completion bash)\n",
    .options = help_options,
    .settings_size = sizeof(struct help_settings),
    .operand_offset = offsetof(struct help_settings, topic),
    .needs_no_settings = true,
    .defaults = set_defaults,
};
