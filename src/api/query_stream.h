/* query_stream: the rows of a query. */
#pragma once

#include "arrow_export.h"

#include <query_lake.h>

/* Runs SQL, or the question of that name, and opens its rows. The lake of `query` is resolved; it
 * and `cancel` are borrowed as long as there is the source. Errors as those of
 * query_questions_append_text and query_run. */
NODISCARD enum status query_stream_open(struct query_settings *query, const char *text,
                                        const atomic_bool *cancel, struct arrow_export_source *out,
                                        struct error *error);
