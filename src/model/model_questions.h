/* Questions and charts that are in a model's file. */
#pragma once

#include "model_build.h"

/* What a question may be called, and what its SQL may be. */
bool model_is_question_name(struct str name);
bool model_is_question_text(struct str sql);
/* Reads a mapping of names to SQL, in the order of the names. */
NODISCARD enum status model_build_questions(struct model_builder *builder, const yaml_node_t *node,
                                            const struct model_text **out, size_t *out_count);
