/* row_group: the memory of an encoded row group. */
#include "row_group.h"

void row_group_reset(struct parquet_row_group *group)
{
    group->rows = 0;
    group->chunk_count = 0;
    group->page_count = 0;
    buffer_reset(&group->bytes);
}

void row_group_release(struct parquet_row_group *group)
{
    buffer_release(&group->bytes);
    mem_free(group->chunks);
    mem_free(group->pages);
    *group = (struct parquet_row_group){0};
}

void parquet_row_group_free(struct parquet_row_group *group)
{
    if (group == NULL)
        return;
    row_group_release(group);
    mem_free(group);
}
