/* file: writes row groups, then the page indexes and the footer (README.md, "File Format";
 * PageIndex.md).
 *
 *   PAR1 | row group … | column indexes | offset indexes | FileMetaData | its length | PAR1
 *
 * The metadata of a column chunk is serialized when its row group is appended, because its position
 * is known then; so little stays in memory. */
#include "file.h"

#include "metadata.h"

static const struct str MAGIC = {"PAR1", 4};

void parquet_file_reset(struct parquet_file *file, const struct parquet_schema *schema)
{
    file->schema = schema;
    file->rows = file->bytes = 0;
    file->chunk_count = file->group_count = 0;
    buffer_reset(&file->metadata);
    buffer_reset(&file->column_indexes);
    buffer_reset(&file->offset_indexes);
    if (schema->count > file->column_cap) { /* exactly as many: many files may be open */
        file->columns = mem_realloc(file->columns, schema->count * sizeof *file->columns);
        file->column_cap = schema->count;
    }
    memset(file->columns, 0, schema->count * sizeof *file->columns);
}

void parquet_file_release(struct parquet_file *file)
{
    buffer_release(&file->metadata);
    buffer_release(&file->column_indexes);
    buffer_release(&file->offset_indexes);
    mem_free(file->chunks);
    mem_free(file->groups);
    mem_free(file->columns);
    *file = (struct parquet_file){0};
}

static void file_put(struct parquet_file *file, struct buffer *out, struct str bytes)
{
    buffer_append_str(out, bytes);
    file->bytes += bytes.len;
}

static void file_begin(struct parquet_file *file, struct buffer *out)
{
    if (file->bytes == 0)
        file_put(file, out, MAGIC);
}

/* Serializes the metadata and the page indexes of a column chunk that begins at `offset`. */
static void chunk_describe(struct parquet_file *file, const struct schema_field *field,
                           const struct parquet_row_group *group, const struct column_chunk *chunk,
                           uint64_t offset)
{
    const struct data_page *pages = group->pages + chunk->first_page;
    size_t metadata = file->metadata.len, column_index = file->column_indexes.len;
    size_t offset_index = file->offset_indexes.len;
    column_metadata_write(&file->metadata, field, chunk, offset);
    column_index_write(&file->column_indexes, field->type, pages, chunk->page_count);
    offset_index_write(&file->offset_indexes, pages, chunk->page_count,
                       offset + chunk->dictionary_bytes);
    *MEM_ADD(file->chunks, file->chunk_count, file->chunk_cap) = (struct chunk_entry){
        .metadata_bytes = file->metadata.len - metadata,
        .column_index_bytes = file->column_indexes.len - column_index,
        .offset_index_bytes = file->offset_indexes.len - offset_index,
    };
}

struct str parquet_file_place(struct parquet_file *file, const struct parquet_row_group *group,
                              struct buffer *out)
{
    if (group->rows == 0)
        return (struct str){"", 0};
    file_begin(file, out);
    struct group_entry entry = {.rows = group->rows, .offset = file->bytes};
    for (size_t i = 0; i < group->chunk_count; i++) {
        const struct column_chunk *chunk = &group->chunks[i];
        chunk_describe(file, &file->schema->fields[i], group, chunk, entry.offset + entry.bytes);
        statistics_merge(file->schema->fields[i].type, &file->columns[i], &chunk->statistics);
        entry.bytes += chunk->bytes;
        entry.plain_bytes += chunk->plain_bytes;
    }
    *MEM_ADD(file->groups, file->group_count, file->group_cap) = entry;
    file->rows += group->rows;
    file->bytes += group->bytes.len;
    return buffer_str(&group->bytes);
}

void parquet_file_append(struct parquet_file *file, const struct parquet_row_group *group,
                         struct buffer *out)
{
    buffer_append_str(out, parquet_file_place(file, group, out));
}

/* ---- Footer ------------------------------------------------------------------------------ */

/* The footer's writer: its position in the serialized parts of the chunks. */
struct footer {
    const struct parquet_file *file;
    struct thrift_writer thrift;
    const char *metadata;                /* of the next chunk */
    uint64_t column_index, offset_index; /* offsets of its indexes in the file */
    const struct chunk_entry *chunk;
};

static void column_chunk_write(struct footer *footer)
{
    struct thrift_writer *thrift = &footer->thrift;
    const struct chunk_entry *chunk = footer->chunk++;
    int list = thrift_begin_element(thrift);
    thrift_i64(thrift, 2, 0); /* file_offset: deprecated, 0 as parquet.thrift asks */
    int outer = thrift_begin(thrift, 3);
    thrift_bytes(thrift, (struct str){footer->metadata, chunk->metadata_bytes});
    thrift->last = outer; /* the serialized metadata ends with the end of its struct */
    thrift_i64(thrift, 4, (int64_t)footer->offset_index);
    thrift_i32(thrift, 5, (int32_t)chunk->offset_index_bytes);
    if (chunk->column_index_bytes > 0) {
        thrift_i64(thrift, 6, (int64_t)footer->column_index);
        thrift_i32(thrift, 7, (int32_t)chunk->column_index_bytes);
    }
    thrift_end(thrift, list);
    footer->metadata += chunk->metadata_bytes;
    footer->column_index += chunk->column_index_bytes;
    footer->offset_index += chunk->offset_index_bytes;
}

static void row_group_write(struct footer *footer, size_t ordinal)
{
    struct thrift_writer *thrift = &footer->thrift;
    const struct group_entry *group = &footer->file->groups[ordinal];
    size_t columns = footer->file->schema->count;
    int list = thrift_begin_element(thrift);
    thrift_list(thrift, 1, THRIFT_STRUCT, columns);
    for (size_t i = 0; i < columns; i++)
        column_chunk_write(footer);
    thrift_i64(thrift, 2, (int64_t)group->plain_bytes);
    thrift_i64(thrift, 3, (int64_t)group->rows);
    thrift_i64(thrift, 5, (int64_t)group->offset);
    thrift_i64(thrift, 6, (int64_t)group->bytes);
    if (ordinal <= INT16_MAX)
        thrift_i16(thrift, 7, (int16_t)ordinal);
    thrift_end(thrift, list);
}

static size_t most_metadata(const struct parquet_file *file)
{
    const struct parquet_schema *schema = file->schema;
    return schema->footer_head.len + file->metadata.len + schema->created_by.len +
           schema->footer_tail.len +
           (8 * file->chunk_count + 8 * file->group_count + 8) * THRIFT_FIELD;
}

static void metadata_write(struct footer *footer, struct buffer *out)
{
    const struct parquet_file *file = footer->file;
    struct thrift_writer *thrift = &footer->thrift;
    *thrift = (struct thrift_writer){buffer_reserve(out, most_metadata(file)), 0};
    thrift_bytes(thrift, buffer_str(&file->schema->footer_head));
    thrift->last = 2; /* the last field of the head */
    thrift_i64(thrift, 3, (int64_t)file->rows);
    thrift_list(thrift, 4, THRIFT_STRUCT, file->group_count);
    for (size_t i = 0; i < file->group_count; i++)
        row_group_write(footer, i);
    thrift_binary(thrift, 6, file->schema->created_by);
    thrift_bytes(thrift, buffer_str(&file->schema->footer_tail));
    thrift_finish(thrift, out);
}

void parquet_file_finish(struct parquet_file *file, struct buffer *out)
{
    file_begin(file, out);
    struct footer footer = {
        .file = file,
        .metadata = file->metadata.data,
        .column_index = file->bytes,
        .offset_index = file->bytes + file->column_indexes.len,
        .chunk = file->chunks,
    };
    file_put(file, out, buffer_str(&file->column_indexes));
    file_put(file, out, buffer_str(&file->offset_indexes));
    size_t begin = out->len;
    metadata_write(&footer, out);
    uint32_t len = (uint32_t)(out->len - begin);
    file->bytes += len;
    file_put(file, out, (struct str){(const char *)&len, sizeof len});
    file_put(file, out, MAGIC);
}

struct parquet_file *parquet_file_new(const struct parquet_schema *schema)
{
    struct parquet_file *file = mem_zalloc(sizeof *file);
    parquet_file_reset(file, schema);
    return file;
}

void parquet_file_free(struct parquet_file *file)
{
    if (file == NULL)
        return;
    parquet_file_release(file);
    mem_free(file);
}

void parquet_file_statistics(const struct parquet_file *file, size_t column,
                             struct parquet_statistics *out)
{
    *out = file->columns[column];
    if (out->nans)
        out->min.is_set = out->max.is_set = false;
}

uint64_t parquet_file_rows(const struct parquet_file *file)
{
    return file->rows;
}
