/* sections: the answers of the sections' queries, as JSON. */
#ifndef SPARKIFY_REPORT_SECTIONS_H
#define SPARKIFY_REPORT_SECTIONS_H

#include <query.h>

struct report_totals {
    int64_t plays, users;
    int64_t first_us, last_us; /* of the plays; 0 when there are none */
};
NODISCARD enum status report_read_totals(struct query_session *session,
                                         const struct query_lake *lake, struct report_totals *out,
                                         struct error *error);

/* Appends the answers of all sections but the numbers: `"days":{…},"weekly-users":{…},…`. */
NODISCARD enum status report_append_sections(struct query_session *session,
                                             const struct query_lake *lake, struct buffer *out,
                                             struct error *error);

/* From an instant to another one: from ≤ start_time < to. */
struct report_period {
    int64_t from_us, to_us;
};
#define REPORT_PERIODS 2 /* at most: the current one and the one before it */
/* Appends the answer `"numbers":{…}`, with a row for each of the periods, over which the same SQL
 * is run. Without a period: one row, of the lake as it is. */
NODISCARD enum status report_append_numbers(struct query_session *session,
                                            const struct query_lake *lake,
                                            const struct report_period *periods, size_t count,
                                            struct buffer *out, struct error *error);

#endif
