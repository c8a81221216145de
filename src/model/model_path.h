/* Paths of fields: "actor.login", "tags[0]", "`a.b`.c" for a key with a dot. */
#pragma once

#include <model.h>

/* Parses a path into steps in the arena, 1 to MODEL_MAX_DEPTH, of which the first is a key. What is
 * wrong is said in *out_why, static text. */
bool model_path_parse(struct arena *arena, const char *text, const struct model_step **out,
                      uint8_t *out_depth, const char **out_why);
/* Whether the first path is the second, or leads to a value around it. */
bool model_path_holds(const struct model_field *outer, const struct model_field *inner);
