/* sparkify etl: the job. */
#include <commands.h>
#include <document.h>
#include <model_parse.h>
#include <native.h>
#include <spark.h>
#include <summary.h>

static enum status parse_max_rejects(const char *text, void *out, struct error *error)
{
    struct reject_limit *limit = out;
    size_t len = strlen(text);
    char *end;
    if (len > 1 && text[len - 1] == '%') {
        double percent = double_parse(text, &end);
        if (end == text + len - 1 && percent >= 0 && percent <= 100) {
            *limit = (struct reject_limit){.is_percent = true, .percent = percent};
            return STATUS_OK;
        }
    } else if (option_parse_count(text, &limit->count, error) == STATUS_OK) {
        limit->is_percent = false;
        return STATUS_OK;
    }
    return error_set(error, STATUS_USAGE, "expected a whole number, or a percentage such as 0.5%%");
}

/* The first rejects of each source that exceeds --max-rejects. */
static void add_rejects(struct common_settings *common, const struct run_report *report)
{
    for (int id = 0; id < (int)report->model->source_count; id++) {
        const struct source_report *source = &report->sources[id];
        for (size_t i = 0; source->has_too_many_rejects && i < source->first_reject_count; i++) {
            summary_append_reject(&source->first_rejects[i], &common->details);
            buffer_append_char(&common->details, '\n');
        }
    }
}

static void set_stores(struct etl_settings *etl)
{
    for (int side = 0; side < STORE_SIDES; side++)
        etl->run.stores[side] = stores_options_of(&etl->stores, (enum store_side)side);
    etl->run.ca_file = etl->stores.options.keys.ca_file;
    etl->run.input = etl->stores.input;
    etl->run.output = etl->stores.output;
}

static enum status run_engine(struct etl_settings *etl, struct error *error)
{
    CLEANUP(buffer_release) struct buffer shown = {0};
    const struct host *host = &etl->common.host;
    bool is_spark = etl->engine == ENGINE_SPARK;
    etl->stores.options.threads = etl->run.threads;
    if (etl->run.dry_run)
        etl->stores.options.create_bucket = false;
    set_stores(etl);
    address_show(etl->run.input, &shown);
    host_step(host, "input: %s; %u threads, %s", buffer_text(&shown), etl->run.threads,
              is_spark ? "on a cluster" : "native engine");
    etl->report = mem_zalloc(sizeof *etl->report);
    enum status status = (is_spark ? spark_run : native_run)(&etl->run, host->cancel,
                                                             &etl->progress, etl->report, error);
    for (size_t i = 0; i < etl->report->warning_count; i++)
        host_warn(host, etl->report->warnings[i]);
    if (status == STATUS_TOO_MANY_REJECTS)
        add_rejects(&etl->common, etl->report);
    etl->common.has_result = status == STATUS_OK;
    etl->common.document = summary_json(&etl->run, etl->report);
    if (status == STATUS_OK && !etl->run.dry_run)
        snprintf(etl->common.done, sizeof etl->common.done,
                 "the tables of this run are current, in force as version %lld",
                 (long long)etl->report->lake_version);
    return status;
}

/* ---- The Spark engine ------------------------------------------------------------------------ */

static enum status check_engine(struct etl_settings *etl, struct error *error)
{
    bool is_spark = etl->engine == ENGINE_SPARK;
    etl->stores.has_cluster = is_spark;
    if (is_spark && etl->run.dry_run)
        return STATUS_OK;
    return engine_resolve(&etl->common, etl->engine, etl->run.spark_plain_keys, &etl->run.spark,
                          error);
}

static enum status make_script(struct etl_settings *etl, struct error *error)
{
    set_stores(etl);
    TRY(spark_script(&etl->run, &etl->script, error));
    etl->common.has_result = true;
    etl->common.document = json_pack("{so so sb so}", "input", document_text(etl->run.input),
                                     "output", document_text(etl->stores.output), "dry_run", 1,
                                     "sql", document_text(buffer_text(&etl->script)));
    return STATUS_OK;
}

/* ---- The command ----------------------------------------------------------------------------- */

/* A file that says what the built-in model is stands for that one. */
static enum status read_model(struct etl_settings *etl, struct error *error)
{
    if (!etl->model_file)
        return STATUS_OK;
    TRY(model_load(etl->model_file, &etl->model, error));
    bool is_builtin = model_hash(etl->model) == model_hash(model_builtin());
    etl->run.model = is_builtin ? model_builtin() : etl->model;
    return STATUS_OK;
}

static enum status check_rebuild(const struct etl_settings *etl, struct error *error)
{
    if (!etl->run.rebuild || !etl->run.incremental)
        return STATUS_OK;
    error_set(error, STATUS_USAGE,
              "--rebuild and --incremental contradict each other: a rebuild "
              "makes all tables anew, from all input");
    return error_hint(error, "give one of them");
}

static enum status run_etl(void *settings, struct error *error)
{
    struct etl_settings *etl = settings;
    bool needs_output = !etl->run.dry_run || etl->run.incremental || etl->run.rebuild;
    TRY(check_rebuild(etl, error));
    TRY(check_engine(etl, error));
    TRY(read_model(etl, error));
    TRY(stores_resolve(&etl->stores, needs_output, error));
    return etl->engine == ENGINE_SPARK && etl->run.dry_run ? make_script(etl, error)
                                                           : run_engine(etl, error);
}

static void after_etl(void *settings, enum status status, const struct error *error)
{
    struct etl_settings *etl = settings;
    after_run_notify(&etl->after, &etl_command, &etl->common, etl->report, etl->common.document,
                     status, error);
}

static void release(void *settings)
{
    struct etl_settings *etl = settings;
    if (etl->report)
        run_report_release(etl->report);
    mem_free(etl->report);
    model_free(etl->model);
    buffer_release(&etl->script);
}

static void set_defaults(void *settings)
{
    struct etl_settings *etl = settings;
    etl->run = run_options_default();
    etl->run.version = SPARKIFY_VERSION;
}

static const struct option_word codec_words[] = {
    {"zstd", PARQUET_ZSTD}, {"snappy", PARQUET_SNAPPY}, {"none", PARQUET_NONE}, {NULL, 0}};

static const struct option_word missing_words[] = {{"fail", RUN_MISSING_FAIL},
                                                   {"keep", RUN_MISSING_KEEP},
                                                   {"rebuild", RUN_MISSING_REBUILD},
                                                   {NULL, 0}};

#define OFFSET(member) offsetof(struct etl_settings, member)

static const struct option etl_options[] = {
    {"input", "URI", STORES_INPUT_HELP, option_parse_text, OFFSET(stores.input)},
    {"model", "FILE",
     "the model of input and tables, as YAML; by default the lake's\n"
     "own, or for a new lake the built-in one",
     option_parse_text, OFFSET(model_file)},
    {"engine", "NAME",
     "native (the default): in this process; spark: on a cluster, by\n"
     "Spark Connect",
     NULL, OFFSET(engine), engine_words},
    {"spark", "URL", ENGINE_SPARK_HELP, option_parse_text, OFFSET(run.spark)},
    {"spark-plain-keys", NULL, ENGINE_PLAIN_KEYS_HELP, NULL, OFFSET(run.spark_plain_keys),
     .on_command_line_alone = true},
    {"threads", "N",
     "how many threads to use; all processors by default.\n"
     "The files are the same for any number",
     option_parse_positive, OFFSET(run.threads)},
    {"compression", "CODEC", "zstd (the default), snappy or none", NULL, OFFSET(run.codec),
     codec_words},
    {"create-bucket", NULL, "create the output's bucket if it does not exist", NULL,
     OFFSET(stores.options.create_bucket)},
    {"max-rejects", "N|P%",
     "how many of a source's records may be rejected before the run\n"
     "fails; 1% by default",
     parse_max_rejects, OFFSET(run.max_rejects)},
    {"keep-versions", "N",
     "how many versions stay readable by their number, this one\n"
     "among them; by default as in the run before, at first 1.\n"
     "With more than 1, read the tables by their logs, not by\n"
     "*.parquet",
     option_parse_positive, OFFSET(run.keep_versions)},
    {"grace", "TIME",
     "how long the files that this run replaces are kept for readers\n"
     "that still use them: 10m, 2h; not at all by default. After that\n"
     "the next run or 'sparkify vacuum' removes them",
     option_parse_duration, OFFSET(run.grace_ms)},
    {"incremental", NULL,
     "read only the log files that no earlier run has read, and add\n"
     "their plays; if anything else has changed, read everything",
     NULL, OFFSET(run.incremental)},
    {"rebuild", NULL,
     "replace the lake's tables by those of the model, whatever the\n"
     "lake's own is: all in one version, from all input. Tables that\n"
     "the model does not have are removed, and no earlier version is\n"
     "kept. Without --model: by those of the built-in one",
     NULL, OFFSET(run.rebuild), .on_command_line_alone = true},
    {"missing-logs", "HOW",
     "what to do if log files that were read before are gone: fail\n"
     "(the default), keep their plays in the tables, or rebuild the\n"
     "tables from the log files that are left",
     NULL, OFFSET(run.missing_facts), missing_words, .on_command_line_alone = true},
    {"missing-songs", "HOW", "the same for song files and their songs", NULL,
     OFFSET(run.missing_dimensions), missing_words, .on_command_line_alone = true},
    {"allow-empty", NULL,
     "commit even if the logs hold no play, or a table that has rows\n"
     "would become empty: without it that is an error",
     NULL, OFFSET(run.allow_empty), .on_command_line_alone = true},
    {"dry-run", NULL,
     "read and count, but write nothing; with --engine spark: print\n"
     "the SQL that would run, and contact no server",
     NULL, OFFSET(run.dry_run), .on_command_line_alone = true},
    {NULL},
};

static const struct option_removed etl_removed[] = {
    {"restore", "it is a command of its own: sparkify restore LAKE --at N"},
    {NULL, NULL},
};

const struct command etl_command = {
    .name = "etl",
    .operand = "[LAKE]",
    .summary = "make the tables from song and log JSON",
    .options = etl_options,
    .shared = {{"after the run", after_run_options, OFFSET(after)},
               STORES_ALL_GROUPS(OFFSET(stores))},
    .removed = etl_removed,
    .operand_offset = OFFSET(stores.lake),
    .stores_offset = OFFSET(stores),
    .settings_size = sizeof(struct etl_settings),
    .defaults = set_defaults,
    .progress_offset = OFFSET(progress),
    .run = run_etl,
    .after = after_etl,
    .release = release,
};
