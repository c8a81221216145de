/* lake_sections: sections from the lake's own records: its versions, and the records that its runs
 * rejected. */
#pragma once

#include <query.h>

/* Appends `"versions":[…]`: the snapshot's version and those before it, the newest first. */
void report_append_versions(const struct lake_history *history,
                            const struct lake_snapshot *snapshot, struct buffer *out);
/* Appends `"rejects":[…]`: the number of rejected records by code, for the newest runs that have
 * any, newest first. For an older version: for the runs up to it. */
NODISCARD enum status report_append_rejects(struct store *store, const struct lake_history *history,
                                            const struct lake_snapshot *snapshot,
                                            struct buffer *out, struct error *error);
/* The instant: "2018-11-01T12:00:00Z". */
json_t *report_instant_json(int64_t time_ms);
