/* init_print: a proposal as YAML with comments. */
#pragma once

#include "init_roles.h"

struct printing {
    const struct roles *roles;
    struct buffer *out;
};

/* Appends the model; `input`, `output` and `file` are for the lines that say how to run it. */
void init_print_proposal(const struct roles *roles, const char *input, const char *output,
                         const char *file, struct buffer *out);
/* Its part from "dimensions:" on. */
void init_print_tables(const struct printing *printing);
