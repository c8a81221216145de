/* Prints the model that sparkify init proposes, or where it is. */
#include "print.h"

#include <commands.h>
#include <stdio.h>

void cli_print_init(const void *settings)
{
    const struct init_settings *init = settings;
    if (init->path)
        printf("%s has a model; 'sparkify schema --check %s' says what is in it\n", init->path,
               init->path);
    else
        fwrite(init->proposal.yaml.data, 1, init->proposal.yaml.len, stdout);
}
