/* query_stream: the rows of a query. */
#pragma once

#include "arrow_export.h"

#include <query_lake.h>

struct query_request {
    struct query_settings *query; /* borrowed; its lake is resolved */
    const char *text;             /* SQL, or the name of a question */
    const atomic_bool *cancel;    /* borrowed */
    void (*free)(void *ctx); /* called at the end of the stream; what is borrowed must live until
                                then; not called where query_stream_open fails */
    void *ctx;
};
/* Runs the statement, and opens its rows. Errors as those of
 * query_questions_append_text and query_run. */
NODISCARD enum status query_stream_open(const struct query_request *request,
                                        struct arrow_export_source *out, struct error *error);
