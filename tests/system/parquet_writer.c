/* parquet_writer: writes a Parquet file from a description on stdin, for test_parquet.py.
 *
 *   parquet_writer groups FILE     parquet_encode, parquet_file_append, parquet_file_finish
 *   parquet_writer small FILE      parquet_write_small, of one row group
 *
 * The description is lines, two of them followed by raw bytes, in this order:
 *
 *   codec NAME ZSTD_LEVEL
 *   pages ROWS BYTES DICTIONARY_BYTES
 *   field TYPE NULLABLE NAME                   once for each column, in the schema's order with:
 *                                              (TYPE also date, or decimal:PRECISION:SCALE)
 *   group KIND NULLABLE REPEATED CHILDREN NAME
 *   rows COUNT                                 once for each row group, then for each field:
 *   column SLOTS VALIDITY VALUES OFFSETS DATA CODED
 *                                              sizes in bytes, then the buffers themselves
 *
 * The buffers are Apache Arrow's; VALIDITY 0 means no nulls, CODED 1 that VALUES are the codes of a
 * dictionary. A nested column has SLOTS definition levels and as many repetition levels first.
 * Everything is written twice with one encoder, and once more with a new one: bytes that differ are
 * an error. */
#include <base.h>
#include <parquet.h>

#include <stdio.h>
#include <stdlib.h>

#define FIELDS_MAX 64
#define NAME_BYTES 256

struct writer {
    struct arena names;
    struct parquet_options options;
    struct parquet_field fields[FIELDS_MAX];
    size_t field_count, column_count;
    struct parquet_schema *schema;
    struct {
        struct parquet_column columns[FIELDS_MAX];
        size_t rows;
    } *groups;
    size_t group_count, group_cap;
};

static _Noreturn void fail(const char *message)
{
    fprintf(stderr, "parquet_writer: %s\n", message);
    exit(EXIT_FAILURE);
}

/* ---- Reading the description --------------------------------------------------------------- */

/* Each buffer is an allocation of its own, so that ASan sees a read past its end. */
static void *read_bytes(size_t size)
{
    if (size == 0)
        return NULL;
    char *bytes = mem_alloc(size);
    if (fread(bytes, 1, size, stdin) != size)
        fail("the input ends in a buffer");
    return bytes;
}

static enum parquet_codec codec_named(const char *name)
{
    static const char *const names[] = {"none", "snappy", "zstd"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return (enum parquet_codec)i;
    fail("unknown codec");
}

static enum parquet_type type_named(const char *name)
{
    static const char *const names[] = {"boolean",   "int32",  "int64",
                                        "timestamp", "double", "string"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return (enum parquet_type)i;
    fail("unknown type");
}

static struct parquet_column read_column(void)
{
    size_t slots, validity, values, offsets, data;
    int coded;
    if (scanf(" column %zu %zu %zu %zu %zu %d", &slots, &validity, &values, &offsets, &data,
              &coded) != 6 ||
        getchar() != '\n')
        fail("expected a column");
    struct parquet_column column = {.levels.slots = slots};
    column.levels.definition = read_bytes(slots);
    column.levels.repetition = read_bytes(slots);
    column.validity = read_bytes(validity);
    column.values = read_bytes(values);
    column.strings.offsets = read_bytes(offsets);
    column.strings.data = read_bytes(data);
    column.strings.count = coded ? offsets / sizeof(uint32_t) - 1 : 0;
    return column;
}

static void read_group(struct writer *writer, size_t rows)
{
    if (writer->schema == NULL)
        writer->schema = parquet_schema_new(writer->fields, writer->field_count, &writer->options);
    MEM_GROW(writer->groups, writer->group_count + 1, writer->group_cap);
    size_t group = writer->group_count++;
    writer->groups[group].rows = rows;
    for (size_t i = 0; i < writer->column_count; i++)
        writer->groups[group].columns[i] = read_column();
}

static struct parquet_field *field_add(struct writer *writer, const char *name)
{
    struct parquet_field *field = &writer->fields[writer->field_count++];
    *field = (struct parquet_field){
        .name = arena_copy(&writer->names, (struct str){name, strlen(name) + 1}).data};
    return field;
}

static void read_field(struct writer *writer)
{
    char type[NAME_BYTES], name[NAME_BYTES];
    int nullable;
    if (writer->field_count == FIELDS_MAX || scanf("%255s %d %255s", type, &nullable, name) != 3)
        fail("not a field");
    struct parquet_field *field = field_add(writer, name);
    field->is_date = strcmp(type, "date") == 0;
    if (sscanf(type, "decimal:%hhu:%hhu", &field->precision, &field->scale) == 2)
        field->type = PARQUET_INT64;
    else
        field->type = field->is_date ? PARQUET_INT32 : type_named(type);
    field->nullable = nullable != 0;
    writer->column_count++;
}

static void read_nesting(struct writer *writer)
{
    static const char *const kinds[] = {"", "struct", "list", "map"};
    char kind[NAME_BYTES], name[NAME_BYTES];
    int nullable, repeated;
    size_t children;
    if (writer->field_count == FIELDS_MAX ||
        scanf("%255s %d %d %zu %255s", kind, &nullable, &repeated, &children, name) != 5)
        fail("not a group");
    struct parquet_field *field = field_add(writer, name);
    while (field->group == PARQUET_NO_GROUP || strcmp(kind, kinds[field->group]) != 0)
        if (++field->group > PARQUET_MAP)
            fail("unknown kind of group");
    field->nullable = nullable != 0;
    field->repeated = repeated != 0;
    field->children = children;
}

static void read_description(struct writer *writer)
{
    char word[NAME_BYTES], codec[NAME_BYTES];
    size_t rows;
    writer->options = parquet_options_default();
    writer->options.created_by = "sparkify version 0.0.1";
    struct parquet_options *options = &writer->options;
    while (scanf("%255s", word) == 1) {
        if (strcmp(word, "codec") == 0 && scanf("%255s %d", codec, &options->zstd_level) == 2)
            options->codec = codec_named(codec);
        else if (strcmp(word, "pages") == 0 &&
                 scanf("%zu %zu %zu", &options->page_rows, &options->page_bytes,
                       &options->dictionary_bytes) == 3)
            continue;
        else if (strcmp(word, "field") == 0)
            read_field(writer);
        else if (strcmp(word, "group") == 0)
            read_nesting(writer);
        else if (strcmp(word, "rows") == 0 && scanf("%zu", &rows) == 1)
            read_group(writer, rows);
        else
            fail("unknown line");
    }
    if (writer->schema == NULL)
        writer->schema = parquet_schema_new(writer->fields, writer->field_count, options);
}

/* ---- Writing ------------------------------------------------------------------------------- */

static void write_groups(struct writer *writer, struct parquet_encoder *encoder, struct buffer *out)
{
    struct parquet_file *file = parquet_file_new(writer->schema);
    size_t rows = 0;
    for (size_t i = 0; i < writer->group_count; i++) {
        const struct parquet_row_group *group = parquet_encode(
            encoder, writer->schema, writer->groups[i].columns, writer->groups[i].rows);
        parquet_file_append(file, group, out);
        rows += writer->groups[i].rows;
    }
    parquet_file_finish(file, out);
    if (parquet_file_rows(file) != rows)
        fail("the file does not have the rows appended to it");
    parquet_file_free(file);
}

static void write_file(struct writer *writer, const char *mode, struct parquet_encoder *encoder,
                       struct buffer *out)
{
    buffer_reset(out);
    if (strcmp(mode, "groups") == 0)
        write_groups(writer, encoder, out);
    else if (strcmp(mode, "small") == 0 && writer->group_count == 1)
        parquet_write_small(encoder, writer->schema, writer->groups[0].columns,
                            writer->groups[0].rows, out);
    else
        fail("unknown mode, or not one row group");
}

static void groups_free(struct writer *writer)
{
    for (size_t group = 0; group < writer->group_count; group++) {
        for (size_t i = 0; i < writer->column_count; i++) {
            const struct parquet_column *column = &writer->groups[group].columns[i];
            const void *buffers[] = {column->levels.definition, column->levels.repetition,
                                     column->validity,          column->values,
                                     column->strings.offsets,   column->strings.data};
            for (size_t k = 0; k < sizeof buffers / sizeof *buffers; k++)
                mem_free((void *)(uintptr_t)buffers[k]);
        }
    }
    mem_free(writer->groups);
}

static void check_equal(const struct buffer *a, const struct buffer *b)
{
    if (!str_equal(buffer_str(a), buffer_str(b)))
        fail("the same input gave other bytes");
}

int main(int argc, char **argv)
{
    CLEANUP(buffer_release) struct buffer bytes = {0}, again = {0};
    struct writer writer = {0};
    if (argc != 3)
        fail("usage: parquet_writer groups|small FILE");
    read_description(&writer);

    struct parquet_encoder *encoder = parquet_encoder_new();
    write_file(&writer, argv[1], encoder, &bytes);
    write_file(&writer, argv[1], encoder, &again);
    check_equal(&bytes, &again);
    parquet_encoder_free(encoder);
    encoder = parquet_encoder_new();
    write_file(&writer, argv[1], encoder, &again);
    check_equal(&bytes, &again);
    parquet_encoder_free(encoder);

    FILE *file = fopen(argv[2], "wb");
    if (file == NULL || fwrite(bytes.data, 1, bytes.len, file) != bytes.len || fclose(file) != 0)
        fail("cannot write the file");
    parquet_schema_free(writer.schema);
    groups_free(&writer);
    arena_release(&writer.names);
    return EXIT_SUCCESS;
}
