/* query_output: writes a result to the standard output, or to a file that appears when it is
 * complete. */
#pragma once

#include <atomic_file.h>
#include <query_lake.h>

struct query_output {
    struct atomic_file whole; /* of --out */
    FILE *file;               /* the file of `whole`, or the standard output */
    enum query_format format;
    struct query_layout layout;
    uint64_t limit; /* rows; UINT64_MAX: all */
    size_t results; /* written so far */
    bool is_unread; /* the reader of the standard output has closed it */
};
/* STATUS_USAGE where the format is not for a terminal. */
NODISCARD enum status query_output_open(struct query_output *output,
                                        const struct query_settings *query, struct error *error);
/* Runs a statement and writes its rows as they arrive. */
NODISCARD enum status query_output_run(struct query_output *output, struct query_lake_open *lake,
                                       struct str sql, struct error *error);
/* Makes the file appear. */
NODISCARD enum status query_output_finish(struct query_output *output, struct error *error);
/* Removes what is not finished. */
void query_output_release(struct query_output *output);
