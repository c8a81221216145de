/* names: the keys of the lake's objects, written and recognised. */
#pragma once

#include <lake.h>

/* Writes LAKE_RUN_ID_LEN characters and a zero. */
void lake_run_id_make(char *out);

/* Appends "songs/year=2003/artist_id=AR…/part-00000-<run id>.zstd.parquet"; `number` is another
 * one for each file of a folder. */
void lake_data_key(struct buffer *out, const struct model_table *table, struct str folder,
                   unsigned number, const char *run_id, enum parquet_codec codec);

/* Appends the key of a table's file below the store's root from `key` below the table's folder. */
void lake_table_key(struct buffer *out, const struct model_table *table, struct str key);

/* Writes "songs/_delta_log", terminated. */
#define LAKE_LOG_FOLDER_SIZE 96
void lake_log_folder(char out[static LAKE_LOG_FOLDER_SIZE], const struct model_table *table);
/* Appends "songs/_delta_log/00000000000000000007.json". */
void lake_log_key(struct buffer *out, const struct model_table *table, int64_t version);
/* True when `key` is a version of the table's log; sets *version. */
bool lake_is_log_key(const struct model_table *table, struct str key, int64_t *version);
/* Appends "songs/_delta_log/00000000000000000010.checkpoint.parquet", and the key of the small
 * object that says which checkpoint is the newest. */
void lake_checkpoint_key(struct buffer *out, const struct model_table *table, int64_t version);
bool lake_is_checkpoint_key(const struct model_table *table, struct str key, int64_t *version);
void lake_last_checkpoint_key(struct buffer *out, const struct model_table *table);
/* True for what file managers and file systems leave in a table's folder (".DS_Store", ".nfs0000…",
 * "Thumbs.db"), and all else that is hidden: readers of tables ignore it, as we do. */
bool lake_is_hidden_key(const struct model_table *table, struct str key);
/* True for what else a table's log may hold, of ours or of other programs: checkpoints, checksums,
 * "_last_checkpoint". */
bool lake_is_log_extra(const struct model_table *table, struct str key);

/* A run's decision: "_sparkify/commits/00000000000000000007.json". */
void lake_decision_key(struct buffer *out, int64_t number);
bool lake_is_decision_key(struct str key, int64_t *number);
/* What a run's decision makes current: "_sparkify/plans/<run id>.plan". */
void lake_plan_key(struct buffer *out, const char *run_id);
bool lake_is_plan_key(struct str key);

/* A model: "_sparkify/models/0123456789abcdef.yaml", by its hash. */
void lake_model_key(struct buffer *out, const struct model *model);
/* The same, as a decision names its model: nothing for the built-in one. */
void lake_decided_model_key(struct buffer *out, const struct model *model);
bool lake_is_model_key(struct str key);

/* What is put to find out whether the store refuses to put it again. */
#define LAKE_PROBE_KEY "_sparkify/probe"

/* What shows other runs that this one is running: "_sparkify/runs/<run id>.json". */
void lake_marker_key(struct buffer *out, const char *run_id);
/* Sets *run_id, which is borrowed from the key. */
bool lake_is_marker_key(struct str key, struct str *run_id);

/* The folder into which other programs put files for a run: "_sparkify/staging/<run id>"; and what
 * lies below it, or below that of a run of 'sparkify doctor'. */
void lake_staging_key(struct buffer *out, const char *run_id);
bool lake_is_staging_key(struct str key);
/* The folder in it where the run's own files of new folders are until they appear. */
void lake_put_later_key(struct buffer *out, const char *run_id);

/* True when `key`, which begins with the table's folder, is where and as sparkify names the table's
 * files, finished or not. */
bool lake_is_data_key(const struct model_table *table, struct str key);
/* The same of a finished file, by its key below the table's folder. */
bool lake_is_data_file(const struct model_table *table, struct str key);
/* A run's rejected records: "_rejects/run=<run id>/part-00000.json". */
bool lake_is_rejects_key(struct str key);
/* "20181101T120000Z-1f2e3d4c" */
bool lake_is_run_id(struct str text);
/* "c6a3d9f2-8e0b-4a53-9e1f-0d2c4b6a8e10" */
bool lake_is_uuid(struct str text);
