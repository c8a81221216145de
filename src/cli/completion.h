/* completion: scripts with which a shell completes commands, options and values. */
#pragma once

#include <commands.h>

/* Prints the script, made from the tables of commands and options. */
void completion_print(FILE *out, enum shell shell);
