/* The text of sparkify.yaml, put into the program by cmake/texts.cmake. */
#ifndef SPARKIFY_MODEL_BUILTIN_H
#define SPARKIFY_MODEL_BUILTIN_H

#include <stddef.h>

/* One, and a NULL name behind it. */
extern const struct model_builtin_text {
    const char *name, *yaml;
} model_builtin_texts[];

#endif
