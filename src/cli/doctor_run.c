/* sparkify doctor: tries each step that a run needs, and prints what to fix. */
#include "command_line.h"
#include "doctor_steps.h"
#include <engine.h>
#include <number_text.h>
#include <stores.h>

#include "signals.h"
#include <lake.h>
#include <model_parse.h>
#include <spark.h>
#include <unistd.h>

/* The test object: a name that sparkify owns in an output; it is deleted again. */
#define PROBE_FOLDER   "_sparkify"
#define PROBE_PREFIX   "doctor-"
#define SPEED_BYTES    ((size_t)8 << 20)
#define MOST_CLOCK_OFF 300 /* seconds: S3 refuses requests from 900 on */

/* ---- Keys ---------------------------------------------------------------------------------- */

/* Only doctor checks this: a run does not read the repository that its folder is in. */
static void check_config(struct doctor *doctor)
{
    CLEANUP(buffer_release) struct buffer text = {0}, hint = {0};
    const struct config_file *config = &doctor->stores->config;
    if (!config->path || !config->has_secrets || !config_is_tracked(config->path))
        return;
    buffer_appendf(&text,
                   "%s is tracked by git, so everyone who gets the repository gets your keys",
                   config->path);
    buffer_appendf(&hint, "git rm --cached %s, and make new keys if it was ever pushed",
                   config->path);
    doctor_report(doctor, DOCTOR_INFO, "dl.cfg", buffer_text(&text), buffer_text(&hint));
}

/* Prints every place that was searched, in order; the last one had the keys, if any had. */
static void check_keys_of(struct doctor *doctor, const struct keys_options *options)
{
    CLEANUP(buffer_release) struct buffer said = {0};
    struct error error;
    enum status status = keys_explain(options, &said, &error);
    buffer_text(&said); /* terminates it */
    char *line = said.len ? strtok(said.data, "\n") : NULL;
    while (line) {
        char *next = strtok(NULL, "\n");
        bool has_keys = !next && status == STATUS_OK;
        doctor_report(doctor, has_keys ? DOCTOR_OK : DOCTOR_INFO, "asked", line, NULL);
        line = next;
    }
    if (status != STATUS_OK)
        doctor_failed(doctor, "keys", &error);
}

static void check_keys(struct doctor *doctor)
{
    const struct stores_settings *stores = doctor->stores;
    struct s3_options in = stores_options_of(stores, STORE_INPUT);
    struct s3_options out = stores_options_of(stores, STORE_OUTPUT);
    bool in_is_s3 = address_is_s3(stores->input);
    bool out_is_s3 = stores->output && address_is_s3(stores->output);
    bool is_one = !in_is_s3 || !out_is_s3 || keys_are_same(&in.keys, &out.keys);
    if (!in_is_s3 && !out_is_s3)
        return;
    doctor_begin_part(doctor, is_one ? "keys" : "keys of the input", NULL);
    check_config(doctor);
    check_keys_of(doctor, in_is_s3 ? &in.keys : &out.keys);
    if (is_one)
        return;
    doctor_begin_part(doctor, "keys of the output", NULL);
    check_keys_of(doctor, &out.keys);
}

/* ---- Common checks of input and output ------------------------------------------------------- */

static void check_server(struct doctor *doctor, const struct store *store)
{
    struct s3_facts facts;
    char text[128];
    if (!s3_facts_get(store, &facts))
        return;
    doctor_passed(doctor, "address", "%s, region %s", facts.address, facts.region);
    if (!facts.has_clock)
        return;
    long long off = facts.clock_ahead_s < 0 ? -facts.clock_ahead_s : facts.clock_ahead_s;
    snprintf(text, sizeof text, "it differs from the server's by %lld s", off);
    doctor_report(doctor, off <= MOST_CLOCK_OFF ? DOCTOR_OK : DOCTOR_FAILED, "clock", text,
                  off <= MOST_CLOCK_OFF ? NULL : "set this machine's clock");
}

static double megabytes_per_s(size_t bytes, uint64_t start_ns)
{
    double seconds = clock_seconds_since(start_ns);
    return seconds > 0 ? (double)bytes / 1e6 / seconds : 0;
}

/* ---- The input ----------------------------------------------------------------------------- */

static const struct store_object *largest(const struct store_listing *listing)
{
    const struct store_object *found = NULL;
    for (size_t i = 0; i < listing->count; i++)
        if (!found || listing->objects[i].size_bytes > found->size_bytes)
            found = &listing->objects[i];
    return found;
}

static void check_read(struct doctor *doctor, struct store *store,
                       const struct store_object *object)
{
    CLEANUP(buffer_release) struct buffer bytes = {0};
    struct error error;
    uint64_t start = clock_ns();
    if (store_get(store, object, 0, SPEED_BYTES, &bytes, &error) != STATUS_OK) {
        doctor_failed(doctor, "read", &error);
        return;
    }
    doctor_passed(doctor, "read", "%.*s: %zu %s in %.0f ms (%.1f MB/s)", STR_ARG(object->key),
                  bytes.len, plural(bytes.len, "byte", "bytes"), clock_seconds_since(start) * 1e3,
                  megabytes_per_s(bytes.len, start));
}

/* False when the source cannot be listed: then the steps after it are useless. */
static bool check_source(struct doctor *doctor, struct store *store,
                         const struct model_source *source)
{
    CLEANUP(store_listing_release) struct store_listing listing = {0};
    CLEANUP(buffer_release) struct buffer there = {0};
    struct error error;
    if (store_list(store, source->folder, STORE_LIST_VISIBLE, &listing, &error) != STATUS_OK) {
        doctor_failed(doctor, "list", &error);
        return false;
    }
    if (listing.count == 0) {
        store_describe_folder(store, "", 8, &there);
        error_set(&error, STATUS_NO_INPUT, "nothing is below %s/%s; %s holds %s",
                  store_address(store), source->folder, store_address(store),
                  there.len ? buffer_text(&there) : "nothing");
        error_hint(&error, "check --input");
        doctor_failed(doctor, "list", &error);
    } else {
        doctor_passed(doctor, "list", "%s below %s",
                      number_of(listing.count, "object", "objects").text, source->folder);
        check_read(doctor, store, largest(&listing));
    }
    return true;
}

/* ---- The cluster --------------------------------------------------------------------------- */

static void report_cluster_step(void *ctx, const char *step, const char *text,
                                const struct error *error)
{
    struct doctor *doctor = ctx;
    if (error)
        doctor_failed(doctor, step, error);
    else
        doctor_report(doctor, DOCTOR_OK, step, text, NULL);
}

/* An input or output that cannot be opened was reported by its own steps. */
static void check_cluster(struct doctor *doctor, const char *spark, bool plain_keys)
{
    const struct stores_settings *stores = doctor->stores;
    struct run_options options = run_options_default();
    CLEANUP(store_drop) struct store *in = NULL, *out = NULL;
    struct error error;
    options.version = SPARKIFY_VERSION;
    options.model = doctor->model;
    options.spark = spark;
    options.spark_plain_keys = plain_keys;
    for (int side = 0; side < STORE_SIDES; side++)
        options.stores[side] = stores_options_of(stores, (enum store_side)side);
    options.ca_file = stores->options.keys.ca_file;
    doctor_begin_part(doctor, "cluster", NULL);
    if (s3_store_open(stores->input, STORE_USE_INPUT, &options.stores[STORE_INPUT], &in, &error) ==
            STATUS_OK &&
        (!stores->output ||
         s3_store_open(stores->output, STORE_USE_OUTPUT, &options.stores[STORE_OUTPUT], &out,
                       &error) == STATUS_OK))
        spark_examine(&options, in, out, signals_stop_flag(), report_cluster_step, doctor);
}

static void check_input(struct doctor *doctor)
{
    struct s3_options options = stores_options_of(doctor->stores, STORE_INPUT);
    CLEANUP(store_drop) struct store *store = NULL;
    struct error error;
    doctor_begin_part(doctor, "input", doctor->stores->input);
    if (s3_store_open(doctor->stores->input, STORE_USE_INPUT, &options, &store, &error) !=
        STATUS_OK) {
        doctor_failed(doctor, "open", &error);
        return;
    }
    for (size_t i = 0; i < doctor->model->source_count; i++)
        if (!check_source(doctor, store, &doctor->model->sources[i]))
            break;
    check_server(doctor, store);
}

/* ---- The output ---------------------------------------------------------------------------- */

static void probe_key(struct buffer *out)
{
    uint64_t bits = 0;
    if (!random_bytes(&bits, sizeof bits, false))
        bits = hash_mix(clock_ns(), (uint64_t)getpid());
    buffer_appendf(out, PROBE_FOLDER "/" PROBE_PREFIX "%016llx", (unsigned long long)bits);
}

/* The output is opened before the input is tried, whose folders the lake's model names; what went
 * wrong is told among the output's own steps. */
struct tried_output {
    struct store *store; /* NULL: it cannot be opened */
    struct lake *lake;   /* NULL: it cannot be read */
    struct error error;
};

static void open_output(const struct doctor *doctor, struct tried_output *output)
{
    struct s3_options options = stores_options_of(doctor->stores, STORE_OUTPUT);
    struct lake_options of_lake = {
        .model = doctor->model, .version = SPARKIFY_VERSION, .is_dry = true};
    if (s3_store_open(doctor->stores->output, STORE_USE_OUTPUT, &options, &output->store,
                      &output->error) == STATUS_OK)
        (void)!lake_open(output->store, &of_lake, &output->lake, &output->error);
}

static void release_output(struct tried_output *output)
{
    lake_free(output->lake);
    store_free(output->store);
}

static bool check_lake(struct doctor *doctor, const struct tried_output *output)
{
    const struct lake *lake = output->lake;
    struct error error;
    if (!lake) {
        doctor_failed(doctor, "list", &output->error);
        return false;
    }
    doctor_passed(doctor, "list", "%s there",
                  number_of(lake_old_files(lake), "file of tables is", "files of tables are").text);
    if (lake_unfinished(lake)) {
        error_set(&error, STATUS_OK, "%s of earlier runs",
                  number_count(lake_unfinished(lake)).text);
        doctor_report(doctor, DOCTOR_INFO, "uploads that were not finished", error.message,
                      "the next run removes them");
    }
    return true;
}

static bool check_write(struct doctor *doctor, struct store *store, struct str key)
{
    CLEANUP(buffer_release) struct buffer bytes = {0};
    struct error error;
    memset(buffer_reserve(&bytes, SPEED_BYTES), 's', SPEED_BYTES);
    bytes.len = SPEED_BYTES;
    uint64_t start = clock_ns();
    if (store_put(store, key, buffer_str(&bytes), &error) != STATUS_OK ||
        store_flush(store, &error) != STATUS_OK) {
        doctor_failed(doctor, "write", &error);
        return false;
    }
    doctor_passed(doctor, "write", "%zu bytes in %.0f ms (%.1f MB/s)", bytes.len,
                  clock_seconds_since(start) * 1e3, megabytes_per_s(bytes.len, start));
    return true;
}

/* Two runs at once are safe only on a store that refuses the second of two conditional puts. */
static void check_conditional_put(struct doctor *doctor, struct store *store, struct str key)
{
    struct error error;
    enum status status = store_probe(store, &error);
    if (status != STATUS_OK) {
        doctor_failed(doctor, "put only if absent", &error);
        return;
    }
    status = store_put_if_absent(store, key, STR("s"), &error);
    if (status == STATUS_EXISTS) {
        doctor_passed(doctor, "put only if absent", "the store refuses to put an object twice");
        return;
    }
    if (status == STATUS_OK)
        error_set(&error, STATUS_FAILED,
                  "the store overwrites an object though asked not to (If-None-Match: *)");
    error_hint(&error, "one run at a time is safe; two at once are not");
    doctor_failed(doctor, "put only if absent", &error);
}

/* Deletes the test object, and those that an interrupted doctor has left. */
static void check_delete(struct doctor *doctor, struct store *store)
{
    CLEANUP(store_listing_release) struct store_listing listing = {0};
    struct error error;
    enum status status = store_list(store, PROBE_FOLDER, STORE_LIST_ALL, &listing, &error);
    CLEANUP(mem_drop) struct str *keys = mem_alloc((listing.count + 1) * sizeof *keys);
    size_t count = 0;
    for (size_t i = 0; status == STATUS_OK && i < listing.count; i++)
        if (str_starts_with(listing.objects[i].key, STR(PROBE_FOLDER "/" PROBE_PREFIX)) &&
            lake_owns(doctor->model, listing.objects[i].key))
            keys[count++] = listing.objects[i].key;
    if (status == STATUS_OK && count)
        status = store_delete(store, keys, count, &error);
    if (status == STATUS_OK)
        doctor_passed(doctor, "delete", "the test object is removed");
    else
        doctor_failed(doctor, "delete", &error);
}

static void check_output(struct doctor *doctor, const struct tried_output *output)
{
    CLEANUP(buffer_release) struct buffer key = {0};
    struct store *store = output->store;
    struct error error;
    doctor_begin_part(doctor, "output", doctor->stores->output);
    if (!store) {
        doctor_failed(doctor, "open", &output->error);
        return;
    }
    probe_key(&key);
    if (check_lake(doctor, output)) {
        if (check_write(doctor, store, buffer_str(&key)))
            check_conditional_put(doctor, store, buffer_str(&key));
        (void)!store_flush(store, &error); /* requests that were cancelled have ended */
        check_delete(doctor, store);
    }
    check_server(doctor, store);
}

/* ---- The command --------------------------------------------------------------------------- */

static bool is_stopped(void)
{
    return atomic_load(signals_stop_flag());
}

static void check_parts(struct doctor *doctor, const struct doctor_settings *settings)
{
    struct tried_output output = {0};
    check_keys(doctor);
    if (doctor->stores->output && !is_stopped())
        open_output(doctor, &output);
    if (!doctor->model)
        doctor->model = output.lake ? lake_model(output.lake) : model_builtin();
    if (!is_stopped())
        check_input(doctor);
    if (doctor->stores->output && !is_stopped())
        check_output(doctor, &output);
    if (settings->engine == ENGINE_SPARK && !is_stopped())
        check_cluster(doctor, settings->spark, settings->plain_keys);
    release_output(&output);
}

static enum status check_all(struct doctor_settings *settings, const struct model *model,
                             struct error *error)
{
    struct doctor doctor = {
        .stores = &settings->stores, .model = model, .is_quiet = settings->common.quiet};
    TRY(engine_resolve(&settings->common, settings->engine, settings->plain_keys, &settings->spark,
                       error));
    settings->stores.has_cluster = settings->engine == ENGINE_SPARK;
    TRY(stores_resolve(&settings->stores, false, error));
    if (settings->common.json) {
        doctor.steps = json_array();
        settings->common.document = json_pack("{so}", "steps", doctor.steps);
    }
    check_parts(&doctor, settings);
    if (is_stopped())
        return error_set(error, STATUS_INTERRUPTED, "interrupted");
    if (!doctor.has_failed)
        return STATUS_OK;
    return error_set(error, STATUS_FAILED, "a run would fail: see %s",
                     settings->common.json    ? "the steps whose result is \"failed\""
                     : settings->common.quiet ? "above"
                                              : "what is marked with ✗ above");
}

enum status cli_run_doctor(void *settings, struct error *error)
{
    struct doctor_settings *doctor = settings;
    struct model *model = NULL;
    if (doctor->model_file)
        TRY(model_load(doctor->model_file, &model, error));
    enum status status = check_all(doctor, model, error);
    model_free(model);
    return status;
}
