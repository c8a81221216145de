/* Records are scanned for the fields of a source by the keys that their paths begin with. Where all
 * fields are fields of the record itself, that is all. Otherwise the paths form a tree of places;
 * the object at a place is scanned once more, by a scanner for the keys below it, and an array is
 * walked up to the last element that is wanted. */
#include <model.h>

#include <assert.h>

/* A value on the paths of some fields. */
struct place {
    struct model_step step; /* from the place above it */
    int field;              /* the field that is this value; -1: none */
    /* The places below: those of keys, where the value is an object, and those of elements, where
     * it is an array. */
    struct places {
        struct place *all;
        size_t count, cap;
        uint64_t fields; /* a bit for each field at or below them */
    } keys, elements;
    struct json_scanner *scanner; /* for the keys */
    struct str *names;
};

struct model_reader {
    struct json_scanner *scanner; /* of a source without nested fields: into the record itself */
    struct str names[MODEL_MAX_FIELDS];
    struct place root; /* otherwise */
};

/* ---- The tree -------------------------------------------------------------------------------- */

static struct place *find_place(struct places *places, const struct model_step *step)
{
    for (size_t i = 0; i < places->count; i++) {
        struct place *place = &places->all[i];
        if (step->key.data ? str_equal(place->step.key, step->key)
                           : place->step.index == step->index)
            return place;
    }
    return NULL;
}

/* The place that a step leads to, new where no other path has it yet. */
static struct place *add_place(struct place *from, const struct model_step *step, int field)
{
    struct places *places = step->key.data ? &from->keys : &from->elements;
    struct place *place = find_place(places, step);
    places->fields |= UINT64_C(1) << field;
    if (place)
        return place;
    MEM_GROW(places->all, places->count + 1, places->cap);
    place = &places->all[places->count++];
    *place = (struct place){.step = *step, .field = -1};
    return place;
}

/* Of a field that is only known, the first key is. */
static void add_field(struct place *root, const struct model_field *field, int number)
{
    size_t depth = field->need == NEED_NOT_AT_ALL ? 1 : field->depth;
    struct place *place = root;
    for (size_t i = 0; i < depth; i++)
        place = add_place(place, &field->path[i], number);
    if (field->need != NEED_NOT_AT_ALL)
        place->field = number;
}

static void add_scanners(struct place *place, json_unknown_fn *unknown, void *ctx)
{
    for (size_t i = 0; i < place->elements.count; i++)
        add_scanners(&place->elements.all[i], NULL, NULL);
    if (place->keys.count == 0)
        return;
    place->names = mem_alloc(place->keys.count * sizeof *place->names);
    for (size_t i = 0; i < place->keys.count; i++) {
        place->names[i] = place->keys.all[i].step.key;
        add_scanners(&place->keys.all[i], NULL, NULL);
    }
    place->scanner = json_scanner_new(place->names, place->keys.count, unknown, ctx);
}

static void place_release(struct place *place);

static void places_release(struct places *places)
{
    for (size_t i = 0; i < places->count; i++)
        place_release(&places->all[i]);
    mem_free(places->all);
}

static void place_release(struct place *place)
{
    places_release(&place->keys);
    places_release(&place->elements);
    json_scanner_free(place->scanner);
    mem_free(place->names);
}

/* ---- The reader ------------------------------------------------------------------------------ */

static bool is_flat(const struct model_source *source)
{
    for (size_t i = 0; i < source->field_count; i++)
        if (source->fields[i].depth > 1)
            return false;
    return true;
}

struct model_reader *model_reader_new(const struct model_source *source, json_unknown_fn *unknown,
                                      void *ctx)
{
    struct model_reader *reader = mem_zalloc(sizeof *reader);
    assert(source->field_count <= MODEL_MAX_FIELDS);
    if (!is_flat(source)) {
        for (size_t i = 0; i < source->field_count; i++)
            add_field(&reader->root, &source->fields[i], (int)i);
        add_scanners(&reader->root, unknown, ctx);
        return reader;
    }
    for (size_t i = 0; i < source->field_count; i++)
        reader->names[i] = source->fields[i].path[0].key;
    reader->scanner = json_scanner_new(reader->names, source->field_count, unknown, ctx);
    return reader;
}

void model_reader_free(struct model_reader *reader)
{
    if (!reader)
        return;
    json_scanner_free(reader->scanner);
    place_release(&reader->root);
    mem_free(reader);
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* What is read, and into what. */
struct reading {
    const char *end;
    enum json_layout layout;
    struct model_record *record;
};

/* All fields below a value that cannot have them: `misplaced` are the record's bits for those of
 * which it is a fault. */
static void set_missing(struct reading *reading, uint64_t fields, const struct json_value *value,
                        uint64_t *misplaced)
{
    if (value->kind > JSON_KIND_NULL)
        *misplaced |= fields;
    for (; fields; fields &= fields - 1)
        reading->record->values[__builtin_ctzll(fields)] = *value;
}

static void set_value(struct reading *reading, const struct place *place,
                      const struct json_value *value);

static void set_keys(struct reading *reading, const struct place *place,
                     const struct json_value *object)
{
    struct json_value values[MODEL_MAX_FIELDS];
    struct json_fault fault;
    const char *stop =
        json_scan(place->scanner, object->text, reading->end, reading->layout, values, &fault);
    assert(stop); /* it is part of what has been scanned */
    for (size_t i = 0; i < place->keys.count; i++)
        set_value(reading, &place->keys.all[i], &values[i]);
}

static void set_elements(struct reading *reading, const struct place *place,
                         const struct json_value *array)
{
    static const struct json_value missing;
    uint64_t found = 0;
    struct json_elements elements = json_elements_of(array);
    struct json_value value;
    size_t count = place->elements.count, left = count;
    for (int index = 0; left > 0 && json_elements_next(&elements, &value); index++)
        for (size_t i = 0; i < count; i++)
            if (place->elements.all[i].step.index == index) {
                set_value(reading, &place->elements.all[i], &value);
                found |= UINT64_C(1) << i;
                left--;
            }
    for (size_t i = 0; i < count; i++)
        if (!(found >> i & 1))
            set_value(reading, &place->elements.all[i], &missing);
}

/* Sets the fields at the place and below it. */
static void set_value(struct reading *reading, const struct place *place,
                      const struct json_value *value)
{
    struct model_record *record = reading->record;
    if (place->field >= 0)
        record->values[place->field] = *value;
    if (value->kind == JSON_KIND_OBJECT && place->keys.count)
        set_keys(reading, place, value);
    else
        set_missing(reading, place->keys.fields, value, &record->no_object);
    if (value->kind == JSON_KIND_ARRAY && place->elements.count)
        set_elements(reading, place, value);
    else
        set_missing(reading, place->elements.fields, value, &record->no_array);
}

static __attribute__((noinline)) const char *read_tree(struct model_reader *reader, const char *at,
                                                       struct reading *reading,
                                                       struct json_fault *fault)
{
    struct place *root = &reader->root;
    struct json_value values[MODEL_MAX_FIELDS];
    const char *stop = json_scan(root->scanner, at, reading->end, reading->layout, values, fault);
    if (!stop || fault->code != JSON_OK)
        return stop;
    reading->record->no_object = reading->record->no_array = 0;
    for (size_t i = 0; i < root->keys.count; i++)
        set_value(reading, &root->keys.all[i], &values[i]);
    return stop;
}

/* With json_scan inlined where there is no tree: 0.4 % of a run's instructions. */
__attribute__((flatten)) const char *model_read(struct model_reader *reader, const char *at,
                                                const char *end, enum json_layout layout,
                                                struct model_record *record,
                                                struct json_fault *fault)
{
    if (reader->scanner)
        return json_scan(reader->scanner, at, end, layout, record->values, fault);
    return read_tree(reader, at, &(struct reading){end, layout, record}, fault);
}
