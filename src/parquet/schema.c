/* schema: finds the columns and their levels; writes SchemaElement, LogicalType and ColumnOrder of
 * parquet.thrift. */
#include "schema.h"

#include "thrift.h"
#include "values.h"

#include <assert.h>

/* The numbers of parquet.thrift. */
enum { REQUIRED = 0, OPTIONAL = 1, REPEATED = 2 }; /* FieldRepetitionType */
enum {
    LOGICAL_STRING = 1,
    LOGICAL_MAP = 2,
    LOGICAL_LIST = 3,
    LOGICAL_DECIMAL = 5,
    LOGICAL_DATE = 6,
    LOGICAL_TIMESTAMP = 8,
};                        /* LogicalType's fields */
enum { UNIT_MICROS = 2 }; /* TimeUnit's field */
/* ConvertedType, which older readers know: of LogicalType's fields. */
static const int32_t converted_types[] = {
    [LOGICAL_STRING] = 0,     /* UTF8 */
    [LOGICAL_MAP] = 1,        /* MAP */
    [LOGICAL_LIST] = 3,       /* LIST */
    [LOGICAL_DECIMAL] = 5,    /* DECIMAL */
    [LOGICAL_DATE] = 6,       /* DATE */
    [LOGICAL_TIMESTAMP] = 10, /* TIMESTAMP_MICROS */
};

/* FileMetaData.version: it is not agreed what makes a file one of version 2, so writers set 1
 * whatever encodings they use, and readers accept both (parquet.thrift, FileMetaData). */
#define FORMAT_VERSION 1

#define DEPTH_MAX 8

struct parquet_options parquet_options_default(void)
{
    return (struct parquet_options){
        .codec = PARQUET_ZSTD,
        .zstd_level = 1,
        .page_rows = 20000,
        .page_bytes = 1 << 20,
        .dictionary_bytes = 1 << 20,
        .created_by = "sparkify",
    };
}

/* The annotation of a field, as one of LogicalType's fields; 0: it has none. */
static int logical_type(const struct parquet_field *field)
{
    if (field->group != PARQUET_NO_GROUP)
        return field->group == PARQUET_LIST  ? LOGICAL_LIST
               : field->group == PARQUET_MAP ? LOGICAL_MAP
                                             : 0;
    if (field->type == PARQUET_TIMESTAMP)
        return LOGICAL_TIMESTAMP;
    if (field->type == PARQUET_STRING && !field->is_binary)
        return LOGICAL_STRING;
    return field->is_date ? LOGICAL_DATE : field->precision ? LOGICAL_DECIMAL : 0;
}

static void annotate(struct thrift_writer *thrift, const struct parquet_field *field, int type)
{
    thrift_i32(thrift, 6, converted_types[type]);
    if (type == LOGICAL_DECIMAL) {
        thrift_i32(thrift, 7, field->scale);
        thrift_i32(thrift, 8, field->precision);
    }
    int element = thrift_begin(thrift, 10);
    int logical = thrift_begin(thrift, type);
    if (type == LOGICAL_DECIMAL) {
        thrift_i32(thrift, 1, field->scale);
        thrift_i32(thrift, 2, field->precision);
    } else if (type == LOGICAL_TIMESTAMP) {
        thrift_bool(thrift, 1, true); /* isAdjustedToUTC */
        int unit = thrift_begin(thrift, 2);
        thrift_empty(thrift, UNIT_MICROS);
        thrift_end(thrift, unit);
    }
    thrift_end(thrift, logical);
    thrift_end(thrift, element);
}

static int32_t repetition_type(const struct parquet_field *field)
{
    return field->repeated ? REPEATED : field->nullable ? OPTIONAL : REQUIRED;
}

static void field_write(struct thrift_writer *thrift, const struct parquet_field *field)
{
    bool is_column = field->group == PARQUET_NO_GROUP;
    int list = thrift_begin_element(thrift);
    if (is_column)
        thrift_i32(thrift, 1, values_physical_type(field->type));
    thrift_i32(thrift, 3, repetition_type(field));
    thrift_binary(thrift, 4, str_of(field->name));
    if (!is_column)
        thrift_i32(thrift, 5, (int32_t)field->children);
    if (logical_type(field))
        annotate(thrift, field, logical_type(field));
    thrift_end(thrift, list);
}

/* The root has no type; its children follow it. */
static void root_write(struct thrift_writer *thrift, size_t children)
{
    int list = thrift_begin_element(thrift);
    thrift_binary(thrift, 4, STR("schema"));
    thrift_i32(thrift, 5, (int32_t)children);
    thrift_end(thrift, list);
}

static void footer_head_write(struct parquet_schema *schema, const struct parquet_field *fields,
                              size_t count, size_t top_count)
{
    size_t most = 8 * THRIFT_FIELD;
    for (size_t i = 0; i < count; i++)
        most += strlen(fields[i].name) + 32 * THRIFT_FIELD;
    struct thrift_writer thrift = {buffer_reserve(&schema->footer_head, most), 0};
    thrift_i32(&thrift, 1, FORMAT_VERSION);
    thrift_list(&thrift, 2, THRIFT_STRUCT, count + 1);
    root_write(&thrift, top_count);
    for (size_t i = 0; i < count; i++)
        field_write(&thrift, &fields[i]);
    thrift_finish(&thrift, &schema->footer_head);
}

static void footer_tail_write(struct parquet_schema *schema)
{
    size_t most = (schema->count + 2) * THRIFT_FIELD;
    struct thrift_writer thrift = {buffer_reserve(&schema->footer_tail, most),
                                   6}; /* it follows field 6 */
    thrift_list(&thrift, 7, THRIFT_STRUCT, schema->count);
    for (size_t i = 0; i < schema->count; i++) {
        int list = thrift_begin_element(&thrift);
        thrift_empty(&thrift, 1); /* TYPE_ORDER */
        thrift_end(&thrift, list);
    }
    thrift_end(&thrift, 0);
    thrift_finish(&thrift, &schema->footer_tail);
}

/* The path from the root to a field, which is the last step. */
struct path {
    struct {
        struct str name;
        size_t left; /* children that have not been listed yet */
        uint8_t definition, repetition;
    } steps[DEPTH_MAX];
    size_t depth;
};

static void path_push(struct path *path, struct arena *arena, const struct parquet_field *field)
{
    size_t at = path->depth++;
    assert(at < DEPTH_MAX && !(field->nullable && field->repeated));
    path->steps[at].name = arena_copy(arena, str_of(field->name));
    path->steps[at].left = field->children;
    path->steps[at].definition = field->nullable || field->repeated;
    path->steps[at].repetition = field->repeated;
    if (at > 0) {
        path->steps[at].definition += path->steps[at - 1].definition;
        path->steps[at].repetition += path->steps[at - 1].repetition;
        path->steps[at - 1].left--;
    }
}

static void path_pop_complete(struct path *path)
{
    while (path->depth > 0 && path->steps[path->depth - 1].left == 0)
        path->depth--;
}

static void column_add(struct parquet_schema *schema, const struct path *path,
                       const struct parquet_field *field)
{
    size_t group_count = path->depth - 1;
    struct str *groups = arena_alloc(&schema->arena, group_count * sizeof *groups);
    for (size_t i = 0; i < group_count; i++)
        groups[i] = path->steps[i].name;
    *MEM_ADD(schema->fields, schema->count, schema->cap) = (struct schema_field){
        .groups = groups,
        .group_count = group_count,
        .name = path->steps[group_count].name,
        .type = field->type,
        .nullable = field->nullable,
        .is_decimal = field->precision > 0,
        .definition = path->steps[group_count].definition,
        .repetition = path->steps[group_count].repetition,
    };
}

/* Sets the schema's columns; returns the number of fields that are in no group. */
static size_t columns_find(struct parquet_schema *schema, const struct parquet_field *fields,
                           size_t count)
{
    struct path path = {.depth = 0};
    size_t top_count = 0;
    for (size_t i = 0; i < count; i++) {
        assert((fields[i].group == PARQUET_NO_GROUP) == (fields[i].children == 0));
        top_count += path.depth == 0;
        path_push(&path, &schema->arena, &fields[i]);
        if (fields[i].group == PARQUET_NO_GROUP)
            column_add(schema, &path, &fields[i]);
        path_pop_complete(&path);
    }
    assert(path.depth == 0);
    return top_count;
}

struct parquet_schema *parquet_schema_new(const struct parquet_field *fields, size_t count,
                                          const struct parquet_options *options)
{
    assert(count > 0 && options->page_rows > 0);
    struct parquet_schema *schema = mem_zalloc(sizeof *schema);
    schema->options = *options;
    size_t top_count = columns_find(schema, fields, count);
    schema->created_by = arena_copy(&schema->arena, str_of(options->created_by));
    footer_head_write(schema, fields, count, top_count);
    footer_tail_write(schema);
    schema->options.created_by = NULL; /* the caller's */
    return schema;
}

void parquet_schema_free(struct parquet_schema *schema)
{
    if (schema == NULL)
        return;
    arena_release(&schema->arena);
    mem_free(schema->fields);
    buffer_release(&schema->footer_head);
    buffer_release(&schema->footer_tail);
    mem_free(schema);
}

size_t parquet_schema_columns(const struct parquet_schema *schema)
{
    return schema->count;
}
