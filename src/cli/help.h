/* help: help texts and manual pages, made from the table of commands. */
#pragma once

#include <options.h>

extern const char *const help_purpose; /* of the program */
struct help_exit {
    int code;
    const char *meaning; /* NULL ends the table */
};
extern const struct help_exit help_exit_codes[];
/* Appends "-q, --quiet" or "--threads N"; `with_letters` indents an option that has no letter. */
void help_name_option(struct buffer *out, const struct option *option, bool with_letters);

void help_print_overview(FILE *out);
void help_print_command(FILE *out, const struct command *command);
/* The manual page of the command; NULL: of the program. */
void help_print_man(FILE *out, const struct command *command);
