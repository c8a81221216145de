/* help: what the table of commands says of itself. */
#ifndef SPARKIFY_CLI_HELP_H
#define SPARKIFY_CLI_HELP_H

#include <options.h>
#include <stdio.h>

void help_print_overview(FILE *out);
void help_print_command(FILE *out, const struct command *command);
void help_print_man(FILE *out);

#endif
