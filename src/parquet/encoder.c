/* encoder: encodes row groups and writes whole small files. */
#include "encoder.h"

#include <assert.h>

static void row_group_release(struct parquet_row_group *group)
{
    buffer_release(&group->bytes);
    mem_free(group->chunks);
    mem_free(group->pages);
}

void parquet_row_group_free(struct parquet_row_group *group)
{
    if (group != NULL)
        row_group_release(group);
    mem_free(group);
}

struct parquet_encoder *parquet_encoder_new(void)
{
    return mem_zalloc(sizeof(struct parquet_encoder));
}

void parquet_encoder_free(struct parquet_encoder *encoder)
{
    if (encoder == NULL)
        return;
    codec_release(&encoder->codec);
    chunk_planner_release(&encoder->planner);
    buffer_release(&encoder->gathered);
    buffer_release(&encoder->seen);
    buffer_release(&encoder->levels);
    buffer_release(&encoder->page);
    buffer_release(&encoder->packed);
    row_group_release(&encoder->group);
    parquet_file_release(&encoder->small_file);
    mem_free(encoder);
}

void parquet_small_statistics(const struct parquet_encoder *encoder, size_t column,
                              struct parquet_statistics *out)
{
    parquet_file_statistics(&encoder->small_file, column, out);
}

const struct parquet_row_group *parquet_encode(struct parquet_encoder *encoder,
                                               const struct parquet_schema *schema,
                                               const struct parquet_column *columns, size_t rows)
{
    struct parquet_row_group *group = &encoder->group;
    assert(rows <= PARQUET_MAX_GROUP_ROWS);
    group->rows = rows;
    group->chunk_count = group->page_count = 0;
    buffer_reset(&group->bytes);
    for (size_t i = 0; rows > 0 && i < schema->count; i++)
        column_chunk_encode(encoder, &schema->options, &schema->fields[i], &columns[i], rows,
                            group);
    return group;
}

struct parquet_row_group *parquet_row_group_take(struct parquet_encoder *encoder)
{
    struct parquet_row_group *group = mem_alloc(sizeof *group);
    *group = encoder->group;
    encoder->group = (struct parquet_row_group){0};
    return group;
}

void parquet_write_small(struct parquet_encoder *encoder, const struct parquet_schema *schema,
                         const struct parquet_column *columns, size_t rows, struct buffer *out)
{
    const struct parquet_row_group *group = parquet_encode(encoder, schema, columns, rows);
    parquet_file_reset(&encoder->small_file, schema);
    parquet_file_append(&encoder->small_file, group, out);
    parquet_file_finish(&encoder->small_file, out);
}
