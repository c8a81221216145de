/* sections: the answers of the sections' queries, as JSON. */
#pragma once

#include <query.h>

struct report_totals {
    int64_t rows, users; /* of the facts */
    bool has_times;
    int64_t first_us, last_us; /* of the facts; 0 without times */
};
/* `sql` gives the first and the last time, the number of facts, and of Sparkify's their users. */
NODISCARD enum status report_read_totals(struct query_session *session,
                                         const struct query_lake *lake, struct str sql,
                                         struct report_totals *out, struct error *error);
/* That of Sparkify's. */
struct str report_totals_sql(void);

/* A query of a report. */
struct report_answer {
    const char *name;
    struct str summary, sql;
};
/* Appends `"name":{"summary":…,"sql":…`, the head of an answer. */
void report_append_head(const char *name, struct str summary, struct str sql, struct buffer *out);
/* Appends `"name":{"summary":…,"sql":…,"columns":[…],"rows":[…]}`. */
NODISCARD enum status report_append_answer(struct query_session *session,
                                           const struct report_answer *answer,
                                           const struct query_lake *lake, struct buffer *out,
                                           struct error *error);

/* Appends the answers of all of Sparkify's sections but the numbers:
 * `"days":{…},"weekly-users":{…},…`. */
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
