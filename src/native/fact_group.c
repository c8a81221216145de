/* The columns of a row group of facts. Strings are codes of the group's own dictionaries, which the
 * Parquet encoder writes unchanged. */
#include "fact_group.h"

#define FIRST_ROWS 32
/* The bytes of a row group with few rows: there may be one for each month. */
#define EMPTY_BYTES ((size_t)8 << 10)

static void release_strings(struct coded_strings *strings)
{
    mem_free(strings->codes);
    mem_free(strings->validity);
    dictionary_release(&strings->values);
}

void fact_group_free(struct fact_group *group)
{
    if (!group)
        return;
    mem_free(group->ids);
    mem_free(group->times_us);
    for (size_t i = 0; i < MODEL_MAX_COLUMNS; i++) {
        mem_free(group->int64s[i]);
        mem_free(group->doubles[i].values);
        mem_free(group->doubles[i].validity);
        texts_release(&group->texts[i]);
        release_strings(&group->coded[i]);
        release_strings(&group->found[i]);
    }
    mem_free(group);
}

struct fact_group *fact_group_new(const struct fact_layout *layout)
{
    struct fact_group *group = mem_zalloc(sizeof *group);
    group->layout = layout;
    return group;
}

static void reset_strings(struct coded_strings *strings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        strings[i].nulls = 0;
        dictionary_reset(&strings[i].values);
    }
}

void fact_group_reset(struct fact_group *group)
{
    const struct fact_layout *layout = group->layout;
    group->rows = 0;
    for (size_t i = 0; i < layout->doubles.count; i++)
        group->doubles[i].nulls = 0;
    for (size_t i = 0; i < layout->texts.count; i++)
        texts_reset(&group->texts[i]);
    reset_strings(group->coded, layout->coded.count);
    reset_strings(group->found, layout->found.count);
}

static void grow_strings(struct coded_strings *strings, size_t count, size_t cap)
{
    for (size_t i = 0; i < count; i++) {
        strings[i].codes = mem_realloc(strings[i].codes, cap * sizeof *strings[i].codes);
        strings[i].validity = mem_realloc(strings[i].validity, cap / 8);
    }
}

void fact_group_reserve(struct fact_group *group, size_t rows)
{
    const struct fact_layout *layout = group->layout;
    if (group->rows + rows <= group->cap)
        return;
    size_t cap = group->cap ? group->cap * 2 : FIRST_ROWS;
    while (cap < group->rows + rows)
        cap *= 2;
    group->cap = cap;
    group->ids = mem_realloc(group->ids, cap * sizeof *group->ids);
    group->times_us = mem_realloc(group->times_us, cap * sizeof *group->times_us);
    for (size_t i = 0; i < layout->int64s.count; i++)
        group->int64s[i] = mem_realloc(group->int64s[i], cap * sizeof *group->int64s[i]);
    for (size_t i = 0; i < layout->doubles.count; i++) {
        struct fact_doubles *doubles = &group->doubles[i];
        doubles->values = mem_realloc(doubles->values, cap * sizeof *doubles->values);
        doubles->validity = mem_realloc(doubles->validity, cap / 8);
    }
    for (size_t i = 0; i < layout->texts.count; i++)
        texts_grow(&group->texts[i], cap);
    grow_strings(group->coded, layout->coded.count, cap);
    grow_strings(group->found, layout->found.count, cap);
}

static size_t string_bytes(const struct coded_strings *strings, size_t count)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += strings[i].values.data.len + strings[i].values.count * 24;
    return bytes;
}

size_t fact_group_bytes(const struct fact_group *group)
{
    const struct fact_layout *layout = group->layout;
    size_t numbers = 2 + layout->int64s.count + layout->doubles.count;
    size_t strings = layout->coded.count + layout->found.count + layout->texts.count;
    size_t bytes =
        EMPTY_BYTES + group->rows * (numbers * sizeof(int64_t) + strings * sizeof(uint32_t));
    for (size_t i = 0; i < layout->texts.count; i++)
        bytes += group->texts[i].data.len;
    return bytes + string_bytes(group->coded, layout->coded.count) +
           string_bytes(group->found, layout->found.count);
}

static void view_strings(const struct coded_strings *strings, const struct fact_columns *columns,
                         struct parquet_column *out)
{
    for (size_t i = 0; i < columns->count; i++, strings++) {
        struct parquet_column *column = &out[columns->all[i].column];
        *column = (struct parquet_column){.validity = strings->nulls ? strings->validity : NULL,
                                          .codes = strings->codes};
        column->strings.offsets = strings->values.offsets;
        column->strings.data = strings->values.data.data;
        column->strings.count = strings->values.count;
    }
}

void fact_group_view(const struct fact_group *group, struct parquet_column *out)
{
    const struct fact_layout *layout = group->layout;
    out[layout->id_column] = (struct parquet_column){.int64s = group->ids};
    out[layout->time_column] = (struct parquet_column){.int64s = group->times_us};
    for (size_t i = 0; i < layout->int64s.count; i++)
        out[layout->int64s.all[i].column] = (struct parquet_column){.int64s = group->int64s[i]};
    for (size_t i = 0; i < layout->doubles.count; i++) {
        const struct fact_doubles *doubles = &group->doubles[i];
        out[layout->doubles.all[i].column] = (struct parquet_column){
            .validity = doubles->nulls ? doubles->validity : NULL, .doubles = doubles->values};
    }
    for (size_t i = 0; i < layout->texts.count; i++)
        texts_view(&group->texts[i], group->rows, &out[layout->texts.all[i].column]);
    view_strings(group->coded, &layout->coded, out);
    view_strings(group->found, &layout->found, out);
}
