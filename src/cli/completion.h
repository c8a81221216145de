/* completion: what a shell needs to complete commands, options and values. */
#ifndef SPARKIFY_CLI_COMPLETION_H
#define SPARKIFY_CLI_COMPLETION_H

#include <commands.h>
#include <stdio.h>

/* From the tables of commands and options. */
void completion_print(FILE *out, enum shell shell);

#endif
