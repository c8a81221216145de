/* session: opens a Spark session that reaches the same stores as this process, and makes views of
 * their files. */
#pragma once

#include "connect.h"

#include <model.h>
#include <run.h>
#include <spark.h>

/* Opens a session on options->spark, with the settings of sql.h and those by which s3a reaches the
 * stores; `out` may be NULL. The caller closes it. */
NODISCARD enum status spark_session_open(const struct run_options *options, const struct store *in,
                                         const struct store *out, const atomic_bool *cancel,
                                         struct connect_session **out_session, struct error *error);
/* Some of a source's files: by their number in the listing. */
struct spark_input_files {
    const struct store_listing *files;
    const bool *is_wanted;
};
/* Makes the view of a source's text for one run; no other run is served from its cache. With
 * `wanted` NULL of all its files; else at least one is wanted. */
NODISCARD enum status spark_session_make_view(struct connect_session *session,
                                              const struct store *in,
                                              const struct model_source *source,
                                              const struct spark_input_files *wanted,
                                              const char *run_id, struct error *error);
/* Makes a view of files of a lake; what is said of spark_make_view holds. */
NODISCARD enum status lake_view_make(struct connect_session *session, const struct store *lake,
                                     const struct spark_view *view, struct error *error);
