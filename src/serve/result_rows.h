/* result_rows: the rows of a statement as JSON or as a file. */
#pragma once

#include <query.h>

/* Appends {"version": 3, "columns": […], "rows": [[…], …], "count": all rows, "seconds": …}: the
 * first rows that are not too many or too long, and a count of all. */
NODISCARD enum status result_rows_append_json(struct query_result *result, int64_t version,
                                              uint64_t began_ns, struct buffer *out,
                                              struct error *error);
/* Writes the rows to an unnamed file, which is removed when its descriptor is closed. STATUS_LIMIT
 * when they are more than 4 GiB. */
NODISCARD enum status result_rows_write_file(struct query_result *result, enum query_format format,
                                             int *out_fd, uint64_t *out_bytes, struct error *error);
