/* schema: SchemaElement, LogicalType and ColumnOrder of parquet.thrift. */
#include "schema.h"

#include "thrift.h"

#include <assert.h>

/* Numbers as in parquet.thrift. */
enum { REQUIRED = 0, OPTIONAL = 1 };                          /* FieldRepetitionType */
enum { CONVERTED_UTF8 = 0, CONVERTED_TIMESTAMP_MICROS = 10 }; /* ConvertedType */
enum { LOGICAL_STRING = 1, LOGICAL_TIMESTAMP = 8 };           /* LogicalType's fields */
enum { UNIT_MICROS = 2 };                                     /* TimeUnit's field */

/* Spec, FileMetaData.version: readers take 1 and 2 alike; 2 says that this file uses encodings
 * that the first readers did not have. */
#define FORMAT_VERSION 2

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

enum physical_type physical_type(enum parquet_type type)
{
    switch (type) {
    case PARQUET_BOOLEAN:
        return PHYSICAL_BOOLEAN;
    case PARQUET_INT32:
        return PHYSICAL_INT32;
    case PARQUET_INT64:
    case PARQUET_TIMESTAMP:
        return PHYSICAL_INT64;
    case PARQUET_DOUBLE:
        return PHYSICAL_DOUBLE;
    case PARQUET_STRING:
        break;
    }
    return PHYSICAL_BYTE_ARRAY;
}

static void string_annotate(struct thrift *thrift)
{
    thrift_i32(thrift, 6, CONVERTED_UTF8);
    int element = thrift_begin(thrift, 10);
    thrift_empty(thrift, LOGICAL_STRING);
    thrift_end(thrift, element);
}

static void timestamp_annotate(struct thrift *thrift)
{
    thrift_i32(thrift, 6, CONVERTED_TIMESTAMP_MICROS);
    int element = thrift_begin(thrift, 10);
    int logical = thrift_begin(thrift, LOGICAL_TIMESTAMP);
    thrift_bool(thrift, 1, true); /* isAdjustedToUTC */
    int timestamp = thrift_begin(thrift, 2);
    thrift_empty(thrift, UNIT_MICROS);
    thrift_end(thrift, timestamp);
    thrift_end(thrift, logical);
    thrift_end(thrift, element);
}

static void field_write(struct thrift *thrift, const struct schema_field *field)
{
    int list = thrift_begin_element(thrift);
    thrift_i32(thrift, 1, physical_type(field->type));
    thrift_i32(thrift, 3, field->nullable ? OPTIONAL : REQUIRED);
    thrift_binary(thrift, 4, field->name);
    if (field->type == PARQUET_STRING)
        string_annotate(thrift);
    else if (field->type == PARQUET_TIMESTAMP)
        timestamp_annotate(thrift);
    thrift_end(thrift, list);
}

/* The root has no type; its children follow it. */
static void root_write(struct thrift *thrift, size_t children)
{
    int list = thrift_begin_element(thrift);
    thrift_binary(thrift, 4, STR("schema"));
    thrift_i32(thrift, 5, (int32_t)children);
    thrift_end(thrift, list);
}

static void footer_head_write(struct parquet_schema *schema)
{
    struct thrift thrift = {&schema->footer_head, 0};
    thrift_i32(&thrift, 1, FORMAT_VERSION);
    thrift_list(&thrift, 2, THRIFT_STRUCT, schema->count + 1);
    root_write(&thrift, schema->count);
    for (size_t i = 0; i < schema->count; i++)
        field_write(&thrift, &schema->fields[i]);
}

static void footer_tail_write(struct parquet_schema *schema)
{
    struct thrift thrift = {&schema->footer_tail, 6}; /* it stands behind that field */
    thrift_list(&thrift, 7, THRIFT_STRUCT, schema->count);
    for (size_t i = 0; i < schema->count; i++) {
        int list = thrift_begin_element(&thrift);
        thrift_empty(&thrift, 1); /* TYPE_ORDER */
        thrift_end(&thrift, list);
    }
    thrift_end(&thrift, 0);
}

struct parquet_schema *parquet_schema_new(const struct parquet_field *fields, size_t count,
                                          const struct parquet_options *options)
{
    assert(count > 0 && options->page_rows > 0);
    struct parquet_schema *schema = mem_zalloc(sizeof *schema);
    schema->options = *options;
    schema->count = count;
    schema->fields = mem_alloc(count * sizeof *schema->fields);
    for (size_t i = 0; i < count; i++)
        schema->fields[i] = (struct schema_field){
            .name = arena_copy(&schema->arena, str_of(fields[i].name)),
            .type = fields[i].type,
            .nullable = fields[i].nullable,
        };
    schema->created_by = arena_copy(&schema->arena, str_of(options->created_by));
    footer_head_write(schema);
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
