/* The names of the lake's files, and how to tell them from others'. */
#ifndef SPARKIFY_LAKE_NAMES_H
#define SPARKIFY_LAKE_NAMES_H

#include <lake.h>

/* Writes LAKE_RUN_ID_LEN characters and a zero. */
void run_id_make(char *out);

/* Appends "songs/year=2003/artist_id=AR…/part-00000-<run id>.zstd.parquet". */
void data_key(struct buffer *out, enum table_id table, struct str folder, const char *run_id,
              enum parquet_codec codec);

/* True when `key`, which begins with the table's name, is where and as sparkify names the table's
 * files, finished or not. */
bool is_our_data_key(enum table_id table, struct str key);
/* True when the file carries this run id. */
bool is_of_run(struct str key, const char *run_id);

#endif
