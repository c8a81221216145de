/* completion: what a shell needs to complete commands, options and values. */
#ifndef SPARKIFY_CLI_COMPLETION_H
#define SPARKIFY_CLI_COMPLETION_H

#include "options.h"

enum shell { SHELL_BASH, SHELL_ZSH, SHELL_FISH };
extern const struct option_word shell_words[];

/* From the tables of commands and options. */
void completion_print(FILE *out, enum shell shell);

#endif
