/* model_answers: what a report says of a model, and the answers of its sections, as JSON. */
#pragma once

#include "model_sections.h"
#include "sections.h"

/* {"name":…,"tables":[{"name":…,"kind":…}],"sections":[{"answer":…,"kind":…,"about":…}]} */
json_t *report_model_json(const struct model *model, const struct model_sections *sections);
/* Appends `"days":{…},"months":{…},…`. The model's own charts may be from a lake that others write
 * to: they are checked as the SQL of untrusted clients is. */
NODISCARD enum status report_append_model_sections(struct query_session *session,
                                                   const struct query_lake *lake,
                                                   const struct model_sections *sections,
                                                   struct buffer *out, struct error *error);
