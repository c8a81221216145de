/* What earlier runs have read, and how the input differs from it.
 *
 * Whether an object is new is not asked of a clock: it is, when it is not among those that were
 * read, and it is another one, when its size or its identity is (an ETag; on a disk, inode and
 * time).
 *
 *   recorded   in the input
 *   there      yes            the same as it was, or changed
 *   there      no             missing: the user says what to do
 *   gone       no             gone: the user has said so, and its records are still in the tables
 *   gone       yes            back: the same as it was, or changed
 *   -          yes            new
 *
 * When an object is missing, a full run would drop its records. A lifecycle rule that removes old
 * logs must not do that to their plays; so a run fails, unless it is told to keep the records (the
 * object stays recorded, as gone) or to drop them.
 *
 * Which rows came from which object is not recorded. So when an object has changed, its old records
 * can be told from the others only by reading all others again; and where some of those are gone,
 * they cannot be told at all. Then no run can be right, but one that drops what is gone. */
#include <run.h>

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#define NOT_READ_HINT                                                                              \
    "put it back from a copy, or run without --incremental and with --missing-logs rebuild "       \
    "--missing-songs rebuild: that does not need it, and writes a new one"

static const char *noun_of(const struct input_diff *diff, int source)
{
    return diff->model->sources[source].noun;
}

/* The option that settles what came from a source's files that are gone. */
static const char *option_of(const struct input_diff *diff, int source)
{
    return source == diff->model->facts.source ? "--missing-logs" : "--missing-songs";
}

/* ---- Names ----------------------------------------------------------------------------------- */

static void add_name(struct input_diff *diff, struct input_names *names, struct str key)
{
    if (names->count++ < INPUT_NAMES)
        names->first[names->count - 1] = arena_copy(&diff->arena, key);
}

static void append_names(struct buffer *out, const struct input_names *names)
{
    for (size_t i = 0; i < names->count && i < INPUT_NAMES; i++)
        buffer_appendf(out, "%s%.*s", i ? ", " : "", STR_ARG(names->first[i]));
    if (names->count > INPUT_NAMES)
        buffer_appendf(out, " and %" PRIu64 " more", names->count - INPUT_NAMES);
}

/* ---- Comparing ------------------------------------------------------------------------------- */

/* The position in the input beside the record of earlier runs; both are in the order of sources and
 * keys. */
struct comparing {
    const struct store_listing *const *files; /* by source */
    int source;
    size_t at; /* in its files */
    struct input_diff *diff;
};

static const struct store_object *current(const struct comparing *comparing)
{
    const struct store_listing *files = comparing->files[comparing->source];
    return comparing->at < files->count ? &files->objects[comparing->at] : NULL;
}

static struct source_diff *source_of(const struct comparing *comparing)
{
    return &comparing->diff->sources[comparing->source];
}

static bool is_of_source(const struct model *model, int source, struct str key)
{
    struct str folder = str_of(model->sources[source].folder);
    return str_starts_with(key, folder) && key.len > folder.len && key.data[folder.len] == '/';
}

/* Adds all objects before this key as new; STR_NULL: all that are left. */
static void add_new_until(struct comparing *comparing, struct str key)
{
    const struct store_object *object;
    for (;
         (object = current(comparing)) != NULL && (!key.data || str_compare(object->key, key) < 0);
         comparing->at++) {
        source_of(comparing)->is_new[comparing->at] = true;
        add_name(comparing->diff, &source_of(comparing)->added, object->key);
    }
}

static void finish_source(struct comparing *comparing)
{
    add_new_until(comparing, STR_NULL);
    comparing->source++;
    comparing->at = 0;
}

static void add_gone(struct comparing *comparing, const struct gone_object *recorded)
{
    struct input_diff *diff = comparing->diff;
    struct source_diff *source = source_of(comparing);
    struct gone_object *gone = MEM_ADD(source->objects, source->gone_count, source->gone_cap);
    *gone = *recorded;
    gone->key = arena_copy(&diff->arena, recorded->key);
    gone->since = arena_copy(&diff->arena, recorded->since);
    if (!recorded->since.data || diff->is_replaced)
        add_name(diff, &source->missing, recorded->key);
}

static void compare_object(struct comparing *comparing, const struct gone_object *recorded)
{
    const struct model *model = comparing->diff->model;
    while (!is_of_source(model, comparing->source, recorded->key) &&
           comparing->source + 1 < (int)model->source_count)
        finish_source(comparing);
    add_new_until(comparing, recorded->key);
    const struct store_object *object = current(comparing);
    if (!object || !str_equal(object->key, recorded->key)) {
        add_gone(comparing, recorded);
        return;
    }
    if ((int64_t)object->size_bytes != recorded->bytes ||
        (int64_t)object->identity != recorded->identity)
        add_name(comparing->diff, &source_of(comparing)->changed, recorded->key);
    if (recorded->format < MODEL_FORMAT)
        comparing->diff->is_old_format = true;
    comparing->at++;
}

static enum status compare_group(void *ctx, const struct table_group *group, struct error *error)
{
    struct comparing *comparing = ctx;
    const int64_t *bytes = group->columns[OBJECTS_BYTES].int64s;
    const int64_t *identities = group->columns[OBJECTS_IDENTITY].int64s;
    const struct parquet_column *formats = &group->columns[OBJECTS_FORMAT];
    (void)error;
    assert(bytes && identities); /* read_back_table */
    comparing->diff->has_state = true;
    for (size_t i = 0; i < group->rows; i++) {
        struct gone_object recorded = {
            .key = parquet_string(&group->columns[OBJECTS_KEY], i),
            .bytes = bytes[i],
            .identity = identities[i],
            .format = parquet_is_null(formats, i) ? 1 : formats->int32s[i],
            .since = parquet_string(&group->columns[OBJECTS_GONE_SINCE], i),
        };
        compare_object(comparing, &recorded);
    }
    return STATUS_OK;
}

/* `recorded`: files with the record of what was read. */
static enum status compare_files(struct input_diff *diff, const struct store_listing *const files[],
                                 const struct store_listing *recorded, struct store *store,
                                 const struct parquet_schema *schema, struct error *error)
{
    struct comparing comparing = {.files = files, .diff = diff};
    for (int source = 0; source < (int)diff->model->source_count; source++)
        diff->sources[source].is_new = mem_zalloc(files[source]->count + 1);
    TRY(read_back_files(recorded, store, schema, NOT_READ_HINT, compare_group, &comparing, error));
    while (comparing.source < (int)diff->model->source_count)
        finish_source(&comparing);
    return STATUS_OK;
}

enum status input_diff_make(const struct output *output, struct store *store,
                            const struct store_listing *const files[], struct input_diff *out,
                            struct error *error)
{
    CLEANUP(store_listing_release) struct store_listing recorded = {0};
    *out = (struct input_diff){.model = lake_model(output->lake)};
    int objects = model_objects_table(out->model);
    if (store)
        lake_list_files(output->lake, objects, &recorded);
    return compare_files(out, files, &recorded, store, output->schemas[objects], error);
}

void input_diff_release(struct input_diff *diff)
{
    for (int source = 0; source < MODEL_MAX_SOURCES; source++) {
        mem_free(diff->sources[source].is_new);
        mem_free(diff->sources[source].objects);
    }
    arena_release(&diff->arena);
    *diff = (struct input_diff){0};
}

bool run_needs_records(const struct run_options *options)
{
    return options->incremental || options->missing_facts != RUN_MISSING_REBUILD ||
           options->missing_dimensions != RUN_MISSING_REBUILD;
}

enum run_missing run_missing_of(const struct run_options *options, const struct model *model,
                                int source)
{
    return source == model->facts.source ? options->missing_facts : options->missing_dimensions;
}

/* ---- What is to be done ---------------------------------------------------------------------- */

static bool must_fail(const struct input_diff *diff, const struct run_options *options, int source)
{
    return diff->sources[source].missing.count > 0 &&
           run_missing_of(options, diff->model, source) == RUN_MISSING_FAIL;
}

/* What drops the rows of all files that are gone. */
static const char *rebuild_options(const struct input_diff *diff, const struct run_options *options)
{
    bool of_facts = false, of_others = false;
    for (int source = 0; source < (int)diff->model->source_count; source++) {
        bool is_facts = source == diff->model->facts.source;
        of_facts |= is_facts && must_fail(diff, options, source);
        of_others |= !is_facts && must_fail(diff, options, source);
    }
    return of_facts && of_others ? "--missing-logs rebuild --missing-songs rebuild"
           : of_facts            ? "--missing-logs rebuild"
                                 : "--missing-songs rebuild";
}

static enum status fail_missing(const struct input_diff *diff, const struct run_options *options,
                                struct error *error)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    int first = 0;
    for (int source = (int)diff->model->source_count - 1; source >= 0; source--) {
        const struct input_names *missing = &diff->sources[source].missing;
        if (!must_fail(diff, options, source))
            continue;
        if (!text.len || source == diff->model->facts.source)
            first = source;
        buffer_appendf(&text, "%s%" PRIu64 " %s %s read before and %s gone, or empty now: ",
                       text.len ? "; " : "", missing->count, noun_of(diff, source),
                       missing->count == 1 ? "file was" : "files were",
                       missing->count == 1 ? "is" : "are");
        append_names(&text, missing);
    }
    error_set(error, STATUS_FAILED, "%s", buffer_text(&text));
    if (diff->is_replaced)
        return error_hint(error,
                          "put them back; or, if what came from them may be dropped with the "
                          "tables of the model '%s': %s. Nothing was committed",
                          diff->model->name, rebuild_options(diff, options));
    return error_hint(error,
                      "%s keep leaves the rows of the %s files that are gone in the "
                      "tables, %s rebuild makes the tables from the files that are "
                      "left. Nothing was committed",
                      option_of(diff, first), noun_of(diff, first), option_of(diff, first));
}

/* STATUS_FAILED: the old records of the changed objects cannot be told from those that are kept. */
static enum status fail_changed(const struct input_diff *diff, int number, struct error *error)
{
    const struct source_diff *source = &diff->sources[number];
    CLEANUP(buffer_release) struct buffer names = {0};
    const char *noun = noun_of(diff, number);
    append_names(&names, &source->changed);
    error_set(error, STATUS_FAILED,
              "%s: changed since %s read, while the records of %zu %s %s that %s gone are kept: "
              "it is unknown which of those records come from older contents of the changed files",
              buffer_text(&names), source->changed.count == 1 ? "it was" : "they were",
              source->gone_count, noun, source->gone_count == 1 ? "file" : "files",
              source->gone_count == 1 ? "is" : "are");
    return error_hint(
        error,
        "put the missing files back, or make the tables from the files that are left: "
        "%s rebuild. Nothing was committed",
        option_of(diff, number));
}

static enum status check_missing(const struct input_diff *diff, const struct run_options *options,
                                 struct error *error)
{
    for (int number = 0; number < (int)diff->model->source_count; number++)
        if (must_fail(diff, options, number))
            return fail_missing(diff, options, error);
    return STATUS_OK;
}

enum status input_diff_settle(struct input_diff *diff, const struct run_options *options,
                              struct error *error)
{
    TRY(check_missing(diff, options, error));
    for (int number = 0; number < (int)diff->model->source_count; number++) {
        struct source_diff *source = &diff->sources[number];
        if (run_missing_of(options, diff->model, number) == RUN_MISSING_REBUILD) {
            source->is_dropped = source->gone_count > 0;
            source->gone_count = 0;
        }
        if (source->gone_count > 0 && source->changed.count > 0)
            return fail_changed(diff, number, error);
    }
    return STATUS_OK;
}

/* ---- Tables that are replaced ---------------------------------------------------------------- */

struct listings {
    struct store_listing of[MODEL_MAX_SOURCES];
};

static void listings_release(struct listings *listings)
{
    for (int source = 0; source < MODEL_MAX_SOURCES; source++)
        store_listing_release(&listings->of[source]);
}

/* Compares what is in the folders of the model's sources with its record of what was read. */
static enum status compare_replaced(const struct lake *lake, struct store *in, struct store *out,
                                    struct input_diff *diff, struct error *error)
{
    CLEANUP(listings_release) struct listings listings = {0};
    CLEANUP(store_listing_release) struct store_listing recorded = {0};
    const struct model *model = diff->model;
    const struct store_listing *files[MODEL_MAX_SOURCES];
    struct parquet_options options = parquet_options_default();
    for (int source = 0; source < (int)model->source_count; source++) {
        files[source] = &listings.of[source];
        TRY(store_list(in, model->sources[source].folder, STORE_LIST_ALL, &listings.of[source],
                       error));
    }
    int objects = model_objects_table(model);
    lake_list_replaced_files(lake, objects, &recorded);
    struct parquet_schema *schema = model_parquet_schema(&model->tables[objects], &options);
    enum status status = compare_files(diff, files, &recorded, out, schema, error);
    parquet_schema_free(schema);
    return status;
}

enum status run_check_replaced(const struct lake *lake, const struct run_options *options,
                               struct store *in, struct store *out, struct error *error)
{
    CLEANUP(input_diff_release)
    struct input_diff diff = {.model = lake_replaced_model(lake), .is_replaced = true};
    if (!diff.model || (options->missing_facts == RUN_MISSING_REBUILD &&
                        options->missing_dimensions == RUN_MISSING_REBUILD))
        return STATUS_OK;
    TRY(compare_replaced(lake, in, out, &diff, error));
    return check_missing(&diff, options, error);
}

/* ---- Reasons --------------------------------------------------------------------------------- */

/* Appends the first of some objects, and what is the matter with it, unless there is a reason
 * already. */
static void append_first(struct buffer *out, const struct input_names *names, const char *what)
{
    if (out->len == 0 && names->count)
        buffer_appendf(out, "%.*s %s", STR_ARG(names->first[0]), what);
}

static void append_new_dimensions(const struct input_diff *diff, struct buffer *out)
{
    const struct model *model = diff->model;
    for (int source = 0; source < (int)model->source_count; source++) {
        CLEANUP(buffer_release) struct buffer what = {0};
        buffer_appendf(&what, "is new, and a %s may match %ss of any day", noun_of(diff, source),
                       model->tables[model_facts_table(model)].one_row_for);
        if (source != model->facts.source)
            append_first(out, &diff->sources[source].added, buffer_text(&what));
    }
}

void input_diff_reason(const struct input_diff *diff, struct buffer *out)
{
    if (!diff->has_state) {
        buffer_appendf(out, "no earlier run has recorded what it has read");
        return;
    }
    if (diff->is_old_format)
        buffer_appendf(out, "the lake is from before songplays had its columns song, artist and "
                            "length");
    append_new_dimensions(diff, out);
    for (int number = 0; number < (int)diff->model->source_count; number++) {
        const struct source_diff *source = &diff->sources[number];
        append_first(out, &source->changed, "has changed since it was read");
        if (!source->is_dropped)
            continue;
        append_first(out, &source->missing, "was read before and is gone");
        if (out->len == 0)
            buffer_appendf(out, "what came from %s files that are gone is dropped",
                           noun_of(diff, number));
    }
}

/* ---- Recording ------------------------------------------------------------------------------- */

static enum status write_object(struct rows_file *file, const struct gone_object *object,
                                struct error *error)
{
    TRY(rows_file_add_row(file, error));
    columns_set_string(file->columns, OBJECTS_KEY, object->key);
    columns_set_int64(file->columns, OBJECTS_BYTES, object->bytes);
    columns_set_int64(file->columns, OBJECTS_IDENTITY, object->identity);
    columns_set_int32(file->columns, OBJECTS_FORMAT, object->format);
    columns_set_string(file->columns, OBJECTS_GONE_SINCE, object->since);
    return STATUS_OK;
}

/* Writes the present and the gone objects of a source, in the order of their keys. */
static enum status write_source(struct rows_file *file, const struct store_listing *files,
                                const struct source_diff *diff, struct str run_id,
                                struct error *error)
{
    for (size_t i = 0, j = 0;;) {
        const struct store_object *there = i < files->count ? &files->objects[i] : NULL;
        const struct gone_object *gone = j < diff->gone_count ? &diff->objects[j] : NULL;
        struct gone_object row;
        if (!there && !gone)
            return STATUS_OK;
        if (gone && (!there || str_compare(gone->key, there->key) < 0)) {
            row = *gone;
            row.since = gone->since.data ? gone->since : run_id;
            j++;
        } else {
            row = (struct gone_object){.key = there->key,
                                       .bytes = (int64_t)there->size_bytes,
                                       .identity = (int64_t)there->identity,
                                       .format = MODEL_FORMAT};
            i++;
        }
        TRY(write_object(file, &row, error));
    }
}

enum status input_diff_write(const struct input_diff *diff, struct output *output,
                             const struct store_listing *const files[], unsigned worker,
                             struct error *error)
{
    CLEANUP(rows_file_release) struct rows_file file = {0};
    struct str run_id = str_of(lake_run_id(output->lake));
    rows_file_begin(&file, output, worker, model_objects_table(diff->model), STR(""));
    for (int source = 0; source < (int)diff->model->source_count; source++)
        TRY(write_source(&file, files[source], &diff->sources[source], run_id, error));
    return rows_file_finish(&file, error);
}
