/* lake_sections: what a lake says of itself: its versions, and the records that its runs rejected.
 */
#ifndef SPARKIFY_REPORT_LAKE_SECTIONS_H
#define SPARKIFY_REPORT_LAKE_SECTIONS_H

#include <query.h>

/* Appends `"versions":[…]`: the snapshot's version and those before it, the newest first. */
void report_append_versions(const struct lake_history *history,
                            const struct lake_snapshot *snapshot, struct buffer *out);
/* Appends `"rejects":[…]`: of the newest runs that have rejected records how many, by code; the
 * newest first. Of a version that is not the newest: of the runs that led to it. */
NODISCARD enum status report_append_rejects(struct store *store, const struct lake_history *history,
                                            const struct lake_snapshot *snapshot,
                                            struct buffer *out, struct error *error);
/* Appends the instant as "2018-11-01T12:00:00Z". */
void report_append_instant(struct buffer *out, int64_t time_ms);

#endif
