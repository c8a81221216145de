/* result_rows: what a statement gives, as an answer of JSON or as a file. */
#ifndef SPARKIFY_SERVE_RESULT_ROWS_H
#define SPARKIFY_SERVE_RESULT_ROWS_H

#include <query.h>

/* Appends {"version": 3, "columns": […], "rows": [[…], …], "count": all rows, "seconds": …}: the
 * first rows that are not too many or too long, and a count of all. */
NODISCARD enum status result_rows_append_json(struct query_result *result, int64_t version,
                                              uint64_t began_ns, struct buffer *out,
                                              struct error *error);
/* Writes the rows into a file that has no name, and goes with its descriptor. STATUS_LIMIT when
 * they are too many. */
NODISCARD enum status result_rows_write_file(struct query_result *result, enum query_format format,
                                             int *out_fd, uint64_t *out_bytes, struct error *error);

#endif
