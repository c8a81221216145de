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
 *   -          yes            new */
#include "input_lacks.h"

#include <assert.h>

#define NOT_READ_HINT                                                                              \
    "put it back from a copy, or run without --incremental and with --missing-logs rebuild "       \
    "--missing-songs rebuild: that does not need it, and writes a new one"

static void add_name(struct input_diff *diff, struct input_names *names, struct str key)
{
    if (names->count++ < INPUT_NAMES)
        names->first[names->count - 1] = arena_copy(&diff->arena, key);
}

/* ---- Comparing ------------------------------------------------------------------------------- */

/* The position in the input beside the record of earlier runs; both are in the order of sources and
 * keys. */
struct comparing {
    const struct store_listing *const *files; /* by source */
    int source;
    size_t at; /* in its files */
    struct input_diff *diff;
    struct str gained[MODEL_MAX_SOURCES]; /* columns, by source */
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

static void add_gone(struct comparing *comparing, const struct recorded_object *recorded)
{
    struct input_diff *diff = comparing->diff;
    struct source_diff *source = source_of(comparing);
    struct recorded_object *gone = MEM_ADD(source->gone, source->gone_count, source->gone_cap);
    *gone = *recorded;
    gone->key = arena_copy(&diff->arena, recorded->key);
    gone->since = arena_copy(&diff->arena, recorded->since);
    if (!recorded->since.data || diff->is_replaced)
        add_name(diff, &source->missing, recorded->key);
}

/* What the object at hand lacks, which is among the source's files. */
static void add_lacks(struct comparing *comparing, struct str lacks)
{
    struct source_diff *source = source_of(comparing);
    if (!source->lacks)
        source->lacks =
            mem_zalloc(comparing->files[comparing->source]->count * sizeof *source->lacks);
    source->lacks[comparing->at] = lacks;
}

static void compare_object(struct comparing *comparing, struct recorded_object *recorded)
{
    const struct model *model = comparing->diff->model;
    while (!is_of_source(model, comparing->source, recorded->key) &&
           comparing->source + 1 < (int)model->source_count)
        finish_source(comparing);
    add_new_until(comparing, recorded->key);
    const struct store_object *object = current(comparing);
    recorded->lacks = input_lacks(comparing->diff, comparing->source, recorded,
                                  comparing->gained[comparing->source]);
    if (!object || !str_equal(object->key, recorded->key)) {
        add_gone(comparing, recorded);
        return;
    }
    if (recorded->lacks.len)
        add_lacks(comparing, recorded->lacks);
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
        struct recorded_object recorded = {
            .key = parquet_string(&group->columns[OBJECTS_KEY], i),
            .bytes = bytes[i],
            .identity = identities[i],
            .format = parquet_is_null(formats, i) ? 1 : formats->int32s[i],
            .since = parquet_string(&group->columns[OBJECTS_GONE_SINCE], i),
            .lacks = parquet_string(&group->columns[OBJECTS_LACKS], i),
        };
        compare_object(comparing, &recorded);
    }
    return STATUS_OK;
}

static void begin_comparing(struct comparing *comparing, struct input_diff *diff,
                            const struct store_listing *const files[])
{
    *comparing = (struct comparing){.files = files, .diff = diff};
    for (int source = 0; source < (int)diff->model->source_count; source++)
        diff->sources[source].is_new = mem_zalloc(files[source]->count + 1);
}

/* `recorded`: files with the record of what was read. */
static enum status compare_files(struct comparing *comparing, const struct store_listing *recorded,
                                 struct store *store, const struct parquet_schema *schema,
                                 struct error *error)
{
    TRY(read_back_files(recorded, store, schema, NOT_READ_HINT, compare_group, comparing, error));
    while (comparing->source < (int)comparing->diff->model->source_count)
        finish_source(comparing);
    return STATUS_OK;
}

/* What the run's model adds to the lake. */
static void set_gained(struct comparing *comparing, const struct lake *lake)
{
    for (int source = 0; source < (int)comparing->diff->model->source_count; source++) {
        CLEANUP(buffer_release) struct buffer gained = {0};
        input_append_gained(lake, comparing->diff->model, source, &gained);
        comparing->gained[source] = arena_copy(&comparing->diff->arena, buffer_str(&gained));
    }
}

enum status input_diff_make(const struct output *output, struct store *store,
                            const struct store_listing *const files[], struct input_diff *out,
                            struct error *error)
{
    CLEANUP(store_listing_release) struct store_listing recorded = {0};
    struct comparing comparing;
    *out = (struct input_diff){.model = lake_model(output->lake)};
    int objects = model_objects_table(out->model);
    begin_comparing(&comparing, out, files);
    set_gained(&comparing, output->lake);
    if (store)
        lake_list_files(output->lake, objects, &recorded);
    return compare_files(&comparing, &recorded, store, output->schemas[objects], error);
}

void input_diff_release(struct input_diff *diff)
{
    for (int source = 0; source < MODEL_MAX_SOURCES; source++) {
        mem_free(diff->sources[source].is_new);
        mem_free(diff->sources[source].gone);
        mem_free(diff->sources[source].lacks);
        mem_free(diff->sources[source].lacking);
    }
    mem_free(diff->lacked);
    arena_release(&diff->arena);
    *diff = (struct input_diff){0};
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
    struct comparing comparing;
    struct parquet_options options = parquet_options_default();
    for (int source = 0; source < (int)model->source_count; source++) {
        files[source] = &listings.of[source];
        TRY(store_list(in, model->sources[source].folder, STORE_LIST_ALL, &listings.of[source],
                       error));
    }
    int objects = model_objects_table(model);
    lake_list_replaced_files(lake, objects, &recorded);
    begin_comparing(&comparing, diff, files);
    struct parquet_schema *schema = model_parquet_schema(&model->tables[objects], &options);
    enum status status = compare_files(&comparing, &recorded, out, schema, error);
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
    return input_diff_settle(&diff, options, error);
}
