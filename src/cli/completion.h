/* completion: scripts with which a shell completes commands, options and values. */
#ifndef SPARKIFY_CLI_COMPLETION_H
#define SPARKIFY_CLI_COMPLETION_H

#include <commands.h>
#include <stdio.h>

/* Prints the script, made from the tables of commands and options. */
void completion_print(FILE *out, enum shell shell);

#endif
