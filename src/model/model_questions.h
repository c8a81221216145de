/* Questions and charts that are in a model's file. */
#pragma once

#include "model_build.h"

/* Reads a mapping of names to SQL, in the order of the names. */
NODISCARD enum status model_build_questions(struct model_builder *builder, const yaml_node_t *node,
                                            const struct model_text **out, size_t *out_count);
