/* Strings one behind the other. All of a row group's, or a batch's, stay below 4 GiB: a row group
 * is handed out long before (fact_table.c), and a batch is of one piece of input. */
#include "texts.h"

#include <assert.h>

void texts_release(struct texts *texts)
{
    mem_free(texts->offsets);
    mem_free(texts->validity);
    mem_free(texts->tags);
    buffer_release(&texts->data);
    *texts = (struct texts){0};
}

void texts_reset(struct texts *texts)
{
    texts->nulls = 0;
    buffer_reset(&texts->data);
}

void texts_grow(struct texts *texts, size_t cap)
{
    texts->offsets = mem_realloc(texts->offsets, (cap + 1) * sizeof *texts->offsets);
    texts->validity = mem_realloc(texts->validity, cap / 8);
    texts->offsets[0] = 0;
    if (texts->has_tags)
        texts->tags = mem_realloc(texts->tags, cap * sizeof *texts->tags);
}

void texts_set(struct texts *texts, size_t row, struct str value)
{
    buffer_append_str(&texts->data, value);
    texts->offsets[row + 1] = (uint32_t)texts->data.len;
    validity_set(texts->validity, row, value.data != NULL);
    texts->nulls += value.data == NULL;
}

void validity_fill(uint8_t *validity, size_t row, size_t count)
{
    size_t first = row / 8, end = (row + count + 7) / 8;
    if (count == 0)
        return;
    if (row % 8)
        validity[first++] |= (uint8_t)(0xFF << row % 8);
    if (end > first)
        memset(validity + first, 0xFF, end - first);
}

static void append_nulls(struct texts *texts, size_t row, const struct texts *from, size_t begin,
                         size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool is_valid = validity_get(from->validity, begin + i);
        if (!is_valid)
            validity_clear(texts->validity, row + i);
        texts->nulls += !is_valid;
    }
}

void texts_append(struct texts *texts, size_t row, const struct texts *from, size_t begin,
                  size_t count)
{
    const uint32_t *offsets = from->offsets + begin;
    uint32_t shift = texts->offsets[row] - offsets[0];
    assert((uint64_t)texts->data.len + (offsets[count] - offsets[0]) <= UINT32_MAX);
    if (offsets[count] > offsets[0])
        buffer_append(&texts->data, from->data.data + offsets[0], offsets[count] - offsets[0]);
    for (size_t i = 0; i < count; i++)
        texts->offsets[row + i + 1] = offsets[i + 1] + shift;
    if (texts->has_tags)
        memcpy(texts->tags + row, from->tags + begin, count * sizeof *texts->tags);
    validity_fill(texts->validity, row, count);
    if (from->nulls)
        append_nulls(texts, row, from, begin, count);
}

void texts_view(const struct texts *texts, size_t rows, struct parquet_column *out)
{
    *out = (struct parquet_column){.validity = texts->nulls ? texts->validity : NULL};
    out->strings.offsets = texts->offsets;
    out->strings.data = texts->data.data;
    out->strings.count = rows;
    out->strings.tags = texts->tags;
}
