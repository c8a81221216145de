/* sparkify help: its options. The program runs it. */
#include <commands.h>

static const struct option_word shell_words[] = {
    {"bash", SHELL_BASH}, {"zsh", SHELL_ZSH}, {"fish", SHELL_FISH}, {NULL, 0}};

#define OFFSET(member) offsetof(struct help_settings, member)

static const struct option help_options[] = {
    {"man", NULL, "print the manual page: of the COMMAND, or of the program", NULL, OFFSET(man)},
    {"completion", "SHELL", "print a completion for bash, zsh or fish", NULL, OFFSET(shell),
     shell_words},
    {NULL},
};

const struct command help_command = {
    .name = "help",
    .operand = "[COMMAND]",
    .summary = "what the commands do",
    .options = help_options,
    .settings_size = sizeof(struct help_settings),
    .operand_offset = OFFSET(topic),
    .needs_no_settings = true,
};
