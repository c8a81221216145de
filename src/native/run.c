/* The job, from top to bottom: list, songs, logs, write, commit.
 *
 *   list     the files of both sources, in the order of their keys
 *   songs    fetch and decode all song files; find the record that wins for each key
 *   logs     fetch and decode the logs, match each play with a song, put the plays in order,
 *            encode full row groups of songplays as they come
 *   write    what is left: songs, artists, users, time, the last row groups
 *   commit   make the new files safe, remove the old ones */
#include <native.h>

#include "decode.h"
#include "kept_plays.h"
#include "known.h"
#include "rejects.h"
#include "report.h"
#include "state.h"
#include "tables.h"

#include <stdio.h>

struct run {
    const struct run_options *options;
    const atomic_bool *cancel;
    struct run_progress *progress;
    struct run_report *report;
    struct store *in, *out;
    struct lake *lake;
    struct input inputs[SOURCE_COUNT];
    struct output output;
    struct songs songs;
    struct songplays songplays;
    struct rejects rejects;
    uint64_t lines_before;  /* before the next batch, in its file */
    bool is_incremental;    /* what the lake holds is added to */
    struct input_diff diff; /* what is to be added, and what is gone */
    struct known known;     /* the plays in the lake */
};

static void run_release(struct run *run)
{
    rejects_release(&run->rejects);
    songplays_release(&run->songplays);
    songs_release(&run->songs);
    known_release(&run->known);
    input_diff_release(&run->diff);
    output_release(&run->output);
    lake_free(run->lake);
    store_free(run->out);
    store_free(run->in); /* reads that were dropped may still look at the inputs' objects */
    for (int source = 0; source < SOURCE_COUNT; source++)
        input_release(&run->inputs[source]);
}

/* ---- Opening --------------------------------------------------------------------------------- */

static enum status open_run(struct run *run, struct error *error)
{
    const struct run_options *options = run->options;
    TRY(run_open_stores(options, &run->in, &run->out, error));
    struct lake_options lake = {
        .codec = options->codec,
        .version = options->version,
        .operation = "etl",
        .keep_versions = options->keep_versions,
        .grace_ms = options->grace_ms,
        .is_dry = options->dry_run,
    };
    TRY(lake_open(run->out, &lake, &run->lake, error));
    run_report_begin(run->report, run->lake);
    output_init(&run->output, run->lake, options->version, options->codec, options->threads);
    songplays_init(&run->songplays, &run->output, &run->songs);
    run_begin_rejects(&run->rejects, run->lake, options);
    return STATUS_OK;
}

/* ---- Incremental loads -----------------------------------------------------------------------
 */

static void set_modes(struct run *run)
{
    static const enum lake_mode modes[TABLE_ALL] = {
        [TABLE_SONGS] = LAKE_KEEP,       [TABLE_ARTISTS] = LAKE_KEEP,
        [TABLE_USERS] = LAKE_REPLACE,    [TABLE_TIME] = LAKE_APPEND,
        [TABLE_SONGPLAYS] = LAKE_APPEND, [STATE_OBJECTS] = LAKE_REPLACE,
        [STATE_MATCHES] = LAKE_KEEP,     [STATE_USERS] = LAKE_REPLACE,
        [STATE_SONGS] = LAKE_KEEP,       [STATE_RECORDS] = LAKE_KEEP,
    };
    for (int table = 0; table < TABLE_ALL; table++)
        lake_set_mode(run->lake, (enum table_id)table, modes[table]);
    lake_set_operation(run->lake, "etl --incremental");
}

/* Only new log files are to be read. */
static enum status begin_increment(struct run *run, struct error *error)
{
    struct store_listing plays = {0};
    run->is_incremental = true;
    set_modes(run);
    run->inputs[SOURCE_SONGS].task_count = 0;
    run->inputs[SOURCE_SONGS].bytes = 0;
    input_select(&run->inputs[SOURCE_LOGS], run->diff.sources[SOURCE_LOGS].is_new);
    lake_list_files(run->lake, TABLE_SONGPLAYS, &plays);
    known_init(&run->known, run->out, run->output.schemas[TABLE_SONGPLAYS], &plays);
    run->songplays.known = &run->known;
    return state_read_users(&run->output, run->out, &run->songplays.users, error);
}

/* Unless something else has changed. */
static enum status try_increment(struct run *run, struct error *error)
{
    CLEANUP(buffer_release) struct buffer reason = {0};
    struct run_report *report = run->report;
    report->log_files = run->inputs[SOURCE_LOGS].files.count;
    report->new_log_files = run->diff.sources[SOURCE_LOGS].added.count;
    input_diff_reason(&run->diff, &reason);
    if (reason.len == 0 && !state_is_complete(&run->output))
        buffer_append_str(&reason, STR("the last run was of the Spark engine, which records only "
                                       "what it has read"));
    if (reason.len == 0)
        return begin_increment(run, error);
    snprintf(report->full_because, sizeof report->full_because, "%s", buffer_text(&reason));
    return STATUS_OK;
}

static void list_files(const struct run *run, const struct store_listing *out[static SOURCE_COUNT])
{
    for (int source = 0; source < SOURCE_COUNT; source++)
        out[source] = &run->inputs[source].files;
}

static bool keeps(const struct run *run, enum source_id source)
{
    return !run->is_incremental && run->diff.sources[source].gone_count > 0;
}

static bool has_old_rows(const struct run *run)
{
    const struct source_diff *logs = &run->diff.sources[SOURCE_LOGS];
    if (run->diff.is_old_format)
        return true;
    for (size_t i = 0; i < logs->gone_count; i++)
        if (logs->objects[i].format < MODEL_FORMAT)
            return true;
    return false;
}

static enum status compare_inputs(struct run *run, struct error *error)
{
    const struct store_listing *files[SOURCE_COUNT];
    list_files(run, files);
    TRY(input_diff_make(&run->output, run_needs_records(run->options) ? run->out : NULL, files,
                        &run->diff, error));
    TRY(input_diff_settle(&run->diff, run->options, error));
    for (int source = 0; source < SOURCE_COUNT; source++)
        run->report->sources[source].gone = run->diff.sources[source].gone_count;
    if (run->options->incremental)
        TRY(try_increment(run, error));
    run->songplays.has_old_rows = keeps(run, SOURCE_LOGS) && has_old_rows(run);
    if (keeps(run, SOURCE_LOGS))
        TRY(state_keep_users(&run->output, run->out, &run->songplays.users, error));
    return STATUS_OK;
}

static enum status list_inputs(struct run *run, struct error *error)
{
    for (int source = 0; source < SOURCE_COUNT; source++)
        TRY(input_list(&run->inputs[source], &model_sources[source], run->in,
                       run->options->allow_empty, &run->report->sources[source], error));
    TRY(compare_inputs(run, error));
    for (int source = 0; source < SOURCE_COUNT; source++)
        atomic_fetch_add(&run->progress->bytes_total, run->inputs[source].bytes);
    return STATUS_OK;
}

/* ---- Reading a source ------------------------------------------------------------------------ */

/* What both sources have in common while they are read. */
struct reading {
    struct run *run;
    enum source_id source;
    unsigned workers;
    struct fetch *fetch;
    struct decoder *decoders; /* one for each worker */
    size_t slots;
    struct songs_batch *songs; /* one for each slot, for the source that is read */
    struct plays_batch *plays;
};

static enum status note_batch(struct reading *reading, const struct batch *batch,
                              struct error *error)
{
    struct run *run = reading->run;
    report_add_batch(&run->report->sources[reading->source], batch);
    atomic_fetch_add(&run->progress->bytes_done, batch->bytes);
    atomic_fetch_add(&run->progress->records_done, batch->records);
    return rejects_add(&run->rejects, &run->lines_before, &run->inputs[reading->source], batch,
                       error);
}

static enum status decode_songs(void *ctx, struct flow *flow, unsigned worker, size_t task,
                                size_t slot, struct error *error)
{
    struct reading *reading = ctx;
    struct songs_batch *batch = &reading->songs[slot];
    return decode_task(&reading->decoders[worker], &reading->run->inputs[SOURCE_SONGS].tasks[task],
                       &batch->base, batch, flow, worker, slot, error);
}

static enum status add_songs(void *ctx, struct flow *flow, unsigned worker, size_t slot,
                             struct error *error)
{
    struct reading *reading = ctx;
    struct songs_batch *batch = &reading->songs[slot];
    (void)flow;
    (void)worker;
    songs_add(&reading->run->songs, batch);
    TRY(note_batch(reading, &batch->base, error));
    songs_batch_reset(batch);
    return STATUS_OK;
}

static enum status decode_plays(void *ctx, struct flow *flow, unsigned worker, size_t task,
                                size_t slot, struct error *error)
{
    struct reading *reading = ctx;
    struct plays_batch *batch = &reading->plays[slot];
    batch->songs = &reading->run->songs;
    return decode_task(&reading->decoders[worker], &reading->run->inputs[SOURCE_LOGS].tasks[task],
                       &batch->base, batch, flow, worker, slot, error);
}

/* Parts of a compressed file say only in the end what they were of. */
static double read_share(const struct run *run, const struct batch *batch)
{
    uint64_t done = run->report->sources[SOURCE_LOGS].bytes;
    bool is_known = !run->is_incremental && batch->bytes > 0;
    return is_known ? (double)done / (double)run->inputs[SOURCE_LOGS].bytes : 0;
}

static enum status add_plays(void *ctx, struct flow *flow, unsigned worker, size_t slot,
                             struct error *error)
{
    struct reading *reading = ctx;
    struct plays_batch *batch = &reading->plays[slot];
    TRY(note_batch(reading, &batch->base, error));
    reading->run->songplays.seen.read_share = read_share(reading->run, &batch->base);
    TRY(songplays_add(&reading->run->songplays, batch, flow, worker, error));
    plays_batch_reset(batch);
    return STATUS_OK;
}

static void reading_init(struct reading *reading, struct run *run, enum source_id source,
                         keep_fn *keep)
{
    unsigned threads = run->options->threads;
    *reading = (struct reading){.run = run, .source = source, .workers = threads};
    reading->slots = threads + threads / 2 + 2;
    const struct input *input = &run->inputs[source];
    reading->fetch = fetch_new(input, input->tasks, input->task_count);
    reading->decoders = mem_zalloc(threads * sizeof *reading->decoders);
    for (unsigned i = 0; i < threads; i++)
        decoder_init(&reading->decoders[i], input, reading->fetch, keep);
    reading->songs = mem_zalloc(reading->slots * sizeof *reading->songs);
    reading->plays = mem_zalloc(reading->slots * sizeof *reading->plays);
}

static void reading_release(struct reading *reading)
{
    for (unsigned i = 0; i < reading->workers; i++)
        decoder_release(&reading->decoders[i]);
    for (size_t i = 0; i < reading->slots; i++) {
        songs_batch_release(&reading->songs[i]);
        plays_batch_release(&reading->plays[i]);
    }
    fetch_free(reading->fetch);
    mem_free(reading->decoders);
    mem_free(reading->songs);
    mem_free(reading->plays);
}

static enum status read_source(struct run *run, enum source_id source, struct error *error)
{
    bool is_songs = source == SOURCE_SONGS;
    CLEANUP(reading_release) struct reading reading;
    reading_init(&reading, run, source, is_songs ? songs_batch_keep : plays_batch_keep);
    struct flow_options options = {
        .threads = run->options->threads,
        .tasks = run->inputs[source].task_count,
        .slots = reading.slots,
        .ctx = &reading,
        .work = is_songs ? decode_songs : decode_plays,
        .assemble = is_songs ? add_songs : add_plays,
        .cancel = run->cancel,
    };
    TRY(flow_run(&options, error));
    struct unknown_fields unknown = {0};
    for (unsigned i = 0; i < reading.workers; i++)
        unknown_merge(&unknown, &reading.decoders[i].unknown);
    unknown_report(&unknown, &run->report->arena, &run->report->sources[source]);
    unknown_release(&unknown);
    return STATUS_OK;
}

static enum status read_songs(struct run *run, struct error *error)
{
    if (run->is_incremental)
        return state_read_songs(&run->output, run->out, &run->songs, error);
    TRY(read_source(run, SOURCE_SONGS, error));
    if (keeps(run, SOURCE_SONGS))
        TRY(state_keep_songs(&run->output, run->out, &run->songs, error));
    songs_index(&run->songs);
    return STATUS_OK;
}

static enum status keep_plays(struct run *run, struct error *error)
{
    struct kept_plays_source source = {
        .output = &run->output,
        .store = run->out,
        .songs = &run->songs,
    };
    return kept_plays_add(&source, &run->songplays, run->cancel, error);
}

static enum status read_logs(struct run *run, struct error *error)
{
    TRY(read_source(run, SOURCE_LOGS, error));
    if (keeps(run, SOURCE_LOGS))
        TRY(keep_plays(run, error));
    songplays_finish(&run->songplays);
    return STATUS_OK;
}

/* ---- Writing --------------------------------------------------------------------------------- */

static enum status write_tables(struct run *run, struct error *error)
{
    TRY(run_finish_rejects(&run->rejects, run->options, run->out, run->report, error));
    struct tables_source source = {.output = &run->output,
                                   .diff = &run->diff,
                                   .songs = &run->songs,
                                   .songplays = &run->songplays,
                                   .is_incremental = run->is_incremental};
    list_files(run, source.files);
    return tables_write(&source, run->cancel, run->progress, error);
}

static enum status check_and_commit(struct run *run, struct error *error)
{
    report_add_tables(run->report, &run->output, &run->songplays);
    TRY(report_check_counts(run->report, run->is_incremental ? NULL : &run->songs, &run->songplays,
                            error));
    return run_commit(run->lake, run->options, run->report, error);
}

/* ---- The run --------------------------------------------------------------------------------- */

static enum status run_phases(struct run *run, struct error *error)
{
    static const struct {
        enum run_phase phase;
        enum status (*step)(struct run *run, struct error *error);
    } steps[] = {
        {PHASE_LIST, list_inputs},   {PHASE_SONGS, read_songs},        {PHASE_LOGS, read_logs},
        {PHASE_WRITE, write_tables}, {PHASE_COMMIT, check_and_commit},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(steps); i++) {
        uint64_t start = clock_ns();
        atomic_store(&run->progress->phase, steps[i].phase);
        enum status status = steps[i].step(run, error);
        run->report->seconds[steps[i].phase] = clock_seconds_since(start);
        TRY(status);
    }
    return STATUS_OK;
}

enum status native_run(const struct run_options *options, const atomic_bool *cancel,
                       struct run_progress *progress, struct run_report *report,
                       struct error *error)
{
    CLEANUP(run_release)
    struct run run = {.options = options, .cancel = cancel, .progress = progress, .report = report};
    uint64_t start = clock_ns();
    *report = (struct run_report){.lake_version = -1};
    enum status status = open_run(&run, error);
    bool is_open = status == STATUS_OK;
    if (is_open)
        status = run_phases(&run, error);
    if (is_open && (status == STATUS_NOT_FOUND || status == STATUS_CORRUPT))
        if (lake_still_newest(run.lake, error) != STATUS_OK)
            status = STATUS_CONFLICT; /* this is why files of the lake could not be read */
    if (is_open && status != STATUS_OK) {
        rejects_release(&run.rejects);
        songplays_release(&run.songplays);
        lake_abort(run.lake);
    }
    run_report_cost(report, run.in, run.out, start);
    return status;
}
