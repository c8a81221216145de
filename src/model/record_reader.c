/* Records are scanned for the fields of a source by the keys that their paths begin with. Where all
 * fields are fields of the record itself, that is all. Otherwise their paths lead from place to
 * place; the values of all places are found in one scan. */
#include <model_record.h>

#include <assert.h>
#include <stdlib.h>

/* A value that has fields in it: a bit for each that it has where it is an object, and where it is
 * an array. */
struct holder {
    size_t place;
    uint64_t by_key, by_element;
};

struct model_reader {
    struct json_scanner *scanner;
    /* Of a source with nested fields. */
    struct json_value *values; /* by the places */
    struct {
        size_t place;
        int number;
    } fields[MODEL_MAX_FIELDS];
    size_t field_count;
    struct holder *holders; /* each behind the one that holds it */
    size_t holder_count, cap;
};

/* ---- Places ---------------------------------------------------------------------------------- */

/* The paths of the fields of a source up to some depth. */
struct paths {
    struct model_reader *reader;
    struct json_place *steps; /* to each place from the one above it */
    size_t places, cap;
    struct path {
        const struct model_field *field;
        int number;
        size_t above; /* the place that it has led to */
    } all[MODEL_MAX_FIELDS];
    size_t count;
};

static const struct model_step *step_of(const struct path *path, size_t depth)
{
    return &path->field->path[depth];
}

/* In the order in which json_scanner_of_places wants the places of a value. */
static int by_place(const void *a, const void *b, void *ctx)
{
    const struct path *first = a, *second = b;
    size_t depth = *(const size_t *)ctx;
    const struct model_step *x = step_of(first, depth), *y = step_of(second, depth);
    if (first->above != second->above)
        return first->above < second->above ? -1 : 1;
    if (!x->key.data != !y->key.data)
        return x->key.data ? -1 : 1;
    if (!x->key.data && x->index != y->index)
        return x->index < y->index ? -1 : 1;
    return first->number - second->number;
}

/* The place that a step leads to, new where no path of this depth, whose places are those from
 * `from` on, has it yet. */
static size_t place_of(struct paths *paths, size_t from, size_t above,
                       const struct model_step *step)
{
    struct json_place wanted = {step->key, step->key.data ? 0 : (uint32_t)step->index, above};
    for (size_t i = from; i < paths->places; i++)
        if (paths->steps[i].above == above && paths->steps[i].index == wanted.index &&
            str_equal(paths->steps[i].key, wanted.key))
            return i;
    *MEM_ADD(paths->steps, paths->places, paths->cap) = wanted;
    return paths->places - 1;
}

static struct holder *holder_of(struct model_reader *reader, size_t place)
{
    size_t count = reader->holder_count;
    if (count > 0 && reader->holders[count - 1].place == place)
        return &reader->holders[count - 1];
    struct holder *holder = MEM_ADD(reader->holders, reader->holder_count, reader->cap);
    *holder = (struct holder){.place = place};
    return holder;
}

/* Of a field that is only known, there are places, too, so that its keys are expected. */
static void lead_on(struct paths *paths, struct path *path, size_t depth, size_t from)
{
    struct model_reader *reader = paths->reader;
    const struct model_step *step = step_of(path, depth);
    size_t above = path->above;
    path->above = place_of(paths, from, above, step);
    if (path->field->need == NEED_NOT_AT_ALL)
        return;
    if (depth > 0) {
        struct holder *holder = holder_of(reader, above);
        *(step->key.data ? &holder->by_key : &holder->by_element) |= UINT64_C(1) << path->number;
    }
    if (depth + 1 == path->field->depth) {
        reader->fields[reader->field_count].place = path->above;
        reader->fields[reader->field_count++].number = path->number;
    }
}

/* Leads all paths one step on; those that have ended are dropped. */
static void lead_all_on(struct paths *paths, size_t depth)
{
    size_t from = paths->places, count = 0;
    for (size_t i = 0; i < paths->count; i++)
        if (paths->all[i].field->depth > depth)
            paths->all[count++] = paths->all[i];
    paths->count = count;
    qsort_r(paths->all, count, sizeof *paths->all, by_place, &depth);
    for (size_t i = 0; i < count; i++)
        lead_on(paths, &paths->all[i], depth, from);
}

static void set_places(struct model_reader *reader, const struct model_source *source,
                       json_unknown_fn *unknown, void *ctx)
{
    struct paths paths = {.reader = reader, .count = source->field_count};
    for (size_t i = 0; i < source->field_count; i++)
        paths.all[i] = (struct path){&source->fields[i], (int)i, JSON_RECORD};
    for (size_t depth = 0; paths.count > 0; depth++)
        lead_all_on(&paths, depth);
    reader->scanner = json_scanner_of_places(paths.steps, paths.places, unknown, ctx);
    reader->values = mem_alloc(paths.places * sizeof *reader->values);
    mem_free(paths.steps);
}

/* ---- The reader ------------------------------------------------------------------------------ */

static bool is_flat(const struct model_source *source)
{
    for (size_t i = 0; i < source->field_count; i++)
        if (source->fields[i].depth > 1)
            return false;
    return true;
}

static struct json_scanner *flat_scanner(const struct model_source *source,
                                         json_unknown_fn *unknown, void *ctx)
{
    struct str names[MODEL_MAX_FIELDS];
    for (size_t i = 0; i < source->field_count; i++)
        names[i] = source->fields[i].path[0].key;
    return json_scanner_new(names, source->field_count, unknown, ctx);
}

struct model_reader *model_reader_new(const struct model_source *source, json_unknown_fn *unknown,
                                      void *ctx)
{
    struct model_reader *reader = mem_zalloc(sizeof *reader);
    assert(source->field_count <= MODEL_MAX_FIELDS);
    if (is_flat(source))
        reader->scanner = flat_scanner(source, unknown, ctx);
    else
        set_places(reader, source, unknown, ctx);
    return reader;
}

void model_reader_free(struct model_reader *reader)
{
    if (!reader)
        return;
    json_scanner_free(reader->scanner);
    mem_free(reader->holders);
    mem_free(reader->values);
    mem_free(reader);
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* The value, not of the kind that holds the fields, takes their place: `misplaced` are the record's
 * bits for those of which it is a fault. */
static void set_missing(struct model_record *record, uint64_t fields,
                        const struct json_value *value, uint64_t *misplaced)
{
    record->no_object &= ~fields;
    record->no_array &= ~fields;
    if (value->kind > JSON_KIND_NULL)
        *misplaced |= fields;
    for (; fields; fields &= fields - 1)
        record->values[__builtin_ctzll(fields)] = *value;
}

/* From the last holder to the first, so that the outermost decides. */
static void set_values(const struct model_reader *reader, struct model_record *record)
{
    record->no_object = record->no_array = 0;
    for (size_t i = 0; i < reader->field_count; i++)
        record->values[reader->fields[i].number] = reader->values[reader->fields[i].place];
    for (size_t i = reader->holder_count; i-- > 0;) {
        const struct holder *holder = &reader->holders[i];
        const struct json_value *value = &reader->values[holder->place];
        if (holder->by_key && value->kind != JSON_KIND_OBJECT)
            set_missing(record, holder->by_key, value, &record->no_object);
        if (holder->by_element && value->kind != JSON_KIND_ARRAY)
            set_missing(record, holder->by_element, value, &record->no_array);
    }
}

static __attribute__((noinline)) const char *
read_nested(struct model_reader *reader, const char *at, const char *end, enum json_layout layout,
            struct model_record *record, struct json_fault *fault)
{
    const char *stop = json_scan(reader->scanner, at, end, layout, reader->values, fault);
    if (stop && fault->code == JSON_OK)
        set_values(reader, record);
    return stop;
}

/* With json_scan inlined where no field is nested: 0.4 % of a run's instructions. */
__attribute__((flatten)) const char *model_read(struct model_reader *reader, const char *at,
                                                const char *end, enum json_layout layout,
                                                struct model_record *record,
                                                struct json_fault *fault)
{
    return reader->values ? read_nested(reader, at, end, layout, record, fault)
                          : json_scan(reader->scanner, at, end, layout, record->values, fault);
}
