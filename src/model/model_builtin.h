/* The text of sparkify.yaml, put into the program by cmake/texts.cmake. */
#pragma once

#include <stddef.h>

/* One, and a NULL name behind it. */
extern const struct model_builtin_text {
    const char *name, *yaml;
} model_builtin_texts[];
