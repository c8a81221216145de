/* The columns of a row group of facts. Strings are codes of the group's own dictionaries, which the
 * Parquet encoder writes unchanged, or texts, of which it makes a dictionary where that pays. */
#include "fact_group.h"

#define FIRST_ROWS 32
/* The bytes of a row group with few rows: there may be one for each month. */
#define EMPTY_BYTES ((size_t)8 << 10)

static void release_strings(struct coded_strings *strings)
{
    mem_free(strings->codes);
    mem_free(strings->validity);
    dictionary_release(&strings->values);
    texts_release(&strings->texts);
}

static void free_numbers(struct fact_numbers *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mem_free(numbers[i].values);
        mem_free(numbers[i].validity);
    }
    mem_free(numbers);
}

static void free_strings(struct coded_strings *strings, size_t count)
{
    for (size_t i = 0; i < count; i++)
        release_strings(&strings[i]);
    mem_free(strings);
}

void fact_group_free(struct fact_group *group)
{
    if (!group)
        return;
    const struct fact_layout *layout = group->layout;
    mem_free(group->ids);
    mem_free(group->times_us);
    free_numbers(group->int64s, layout->int64s.count);
    free_numbers(group->found_numbers, layout->found_numbers.count);
    free_numbers(group->parts, layout->parts.count);
    for (size_t i = 0; i < layout->doubles.count; i++) {
        mem_free(group->doubles[i].values);
        mem_free(group->doubles[i].validity);
    }
    mem_free(group->doubles);
    for (size_t i = 0; i < layout->texts.count; i++)
        texts_release(&group->texts[i]);
    mem_free(group->texts);
    free_strings(group->coded, layout->coded.count);
    free_strings(group->found, layout->found.count);
    mem_free(group);
}

/* There may be a group for each hour: only the columns that there are take memory. */
struct fact_group *fact_group_new(const struct fact_layout *layout)
{
    struct fact_group *group = mem_zalloc(sizeof *group);
    group->layout = layout;
    group->int64s = mem_zalloc(layout->int64s.count * sizeof *group->int64s);
    group->found_numbers = mem_zalloc(layout->found_numbers.count * sizeof *group->found_numbers);
    group->parts = mem_zalloc(layout->parts.count * sizeof *group->parts);
    group->doubles = mem_zalloc(layout->doubles.count * sizeof *group->doubles);
    group->texts = mem_zalloc(layout->texts.count * sizeof *group->texts);
    for (size_t i = 0; i < layout->texts.count; i++)
        group->texts[i].has_tags = layout->texts.all[i].type == MODEL_STRING;
    group->coded = mem_zalloc(layout->coded.count * sizeof *group->coded);
    group->found = mem_zalloc(layout->found.count * sizeof *group->found);
    return group;
}

static void reset_strings(struct coded_strings *strings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        strings[i].nulls = 0;
        strings[i].is_loose = false;
        dictionary_reset(&strings[i].values);
        texts_reset(&strings[i].texts);
    }
}

static void reset_numbers(struct fact_numbers *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        numbers[i].nulls = 0;
}

void fact_group_reset(struct fact_group *group)
{
    const struct fact_layout *layout = group->layout;
    group->rows = 0;
    reset_numbers(group->int64s, layout->int64s.count);
    reset_numbers(group->found_numbers, layout->found_numbers.count);
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
        if (strings[i].is_loose)
            texts_grow(&strings[i].texts, cap);
    }
}

void fact_group_loosen(struct fact_group *group, struct coded_strings *strings)
{
    strings->is_loose = true;
    texts_grow(&strings->texts, group->cap);
    for (size_t row = 0; row < group->rows; row++)
        texts_set(&strings->texts, row,
                  validity_get(strings->validity, row)
                      ? dictionary_value(&strings->values, strings->codes[row])
                      : STR_NULL);
    dictionary_reset(&strings->values);
}

static void grow_numbers(struct fact_numbers *numbers, const struct fact_columns *columns,
                         size_t cap)
{
    for (size_t i = 0; i < columns->count; i++) {
        numbers[i].values = mem_realloc(numbers[i].values, cap * sizeof *numbers[i].values);
        if (columns->all[i].nullable)
            numbers[i].validity = mem_realloc(numbers[i].validity, cap / 8);
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
    grow_numbers(group->int64s, &layout->int64s, cap);
    grow_numbers(group->found_numbers, &layout->found_numbers, cap);
    grow_numbers(group->parts, &layout->parts, cap);
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

/* Each value of a dictionary takes 24 bytes more, and those of texts, too: so a column that is
 * loose has as much as one whose values are all new. */
static size_t string_bytes(const struct fact_group *group, const struct coded_strings *strings,
                           size_t count)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++, strings++)
        bytes += strings->is_loose
                     ? strings->texts.data.len + (group->rows - strings->texts.nulls) * 24
                     : strings->values.data.len + strings->values.count * 24;
    return bytes;
}

size_t fact_group_bytes(const struct fact_group *group)
{
    const struct fact_layout *layout = group->layout;
    size_t numbers = 2 + layout->int64s.count + layout->doubles.count + layout->parts.count +
                     layout->found_numbers.count;
    size_t strings = layout->coded.count + layout->found.count + layout->texts.count;
    size_t bytes =
        EMPTY_BYTES + group->rows * (numbers * sizeof(int64_t) + strings * sizeof(uint32_t));
    for (size_t i = 0; i < layout->texts.count; i++)
        bytes += group->texts[i].data.len;
    return bytes + string_bytes(group, group->coded, layout->coded.count) +
           string_bytes(group, group->found, layout->found.count);
}

static void view_strings(const struct coded_strings *strings, const struct fact_columns *columns,
                         size_t rows, struct parquet_column *out)
{
    for (size_t i = 0; i < columns->count; i++, strings++) {
        struct parquet_column *column = &out[columns->all[i].at];
        if (strings->is_loose) {
            texts_view(&strings->texts, rows, column);
            column->strings.may_repeat_late = true;
            continue;
        }
        *column = (struct parquet_column){.validity = strings->nulls ? strings->validity : NULL,
                                          .codes = strings->codes};
        column->strings.offsets = strings->values.offsets;
        column->strings.data = strings->values.data.data;
        column->strings.count = strings->values.count;
    }
}

/* Numbers become what the encoder takes for their type. The narrower value is written where wider
 * ones have been read already. */
static void narrow(int64_t *values, size_t rows, enum model_type type)
{
    unsigned char *out = (unsigned char *)values;
    if (type == MODEL_INT32 || type == MODEL_DATE) {
        for (size_t i = 0; i < rows; i++) {
            int32_t value = (int32_t)values[i];
            memcpy(out + i * sizeof value, &value, sizeof value);
        }
    } else if (type == MODEL_BOOL) {
        for (size_t i = 0; i < rows; i += 8) {
            unsigned char bits = 0;
            for (size_t k = i; k < rows && k < i + 8; k++)
                bits |= (unsigned char)((values[k] & 1) << (k - i));
            out[i / 8] = bits;
        }
    }
}

static void view_numbers(struct fact_numbers *numbers, const struct fact_columns *columns,
                         size_t rows, struct parquet_column *out)
{
    for (size_t i = 0; i < columns->count; i++, numbers++) {
        narrow(numbers->values, rows, columns->all[i].type);
        out[columns->all[i].at] = (struct parquet_column){
            .validity = numbers->nulls ? numbers->validity : NULL, .values = numbers->values};
    }
}

void fact_group_view(struct fact_group *group, struct parquet_column *out)
{
    const struct fact_layout *layout = group->layout;
    out[layout->id_column] = (struct parquet_column){.int64s = group->ids};
    out[layout->time_column] = (struct parquet_column){.int64s = group->times_us};
    view_numbers(group->int64s, &layout->int64s, group->rows, out);
    view_numbers(group->found_numbers, &layout->found_numbers, group->rows, out);
    view_numbers(group->parts, &layout->parts, group->rows, out);
    for (size_t i = 0; i < layout->doubles.count; i++) {
        const struct fact_doubles *doubles = &group->doubles[i];
        out[layout->doubles.all[i].at] = (struct parquet_column){
            .validity = doubles->nulls ? doubles->validity : NULL, .doubles = doubles->values};
    }
    for (size_t i = 0; i < layout->texts.count; i++)
        texts_view(&group->texts[i], group->rows, &out[layout->texts.all[i].at]);
    view_strings(group->coded, &layout->coded, group->rows, out);
    view_strings(group->found, &layout->found, group->rows, out);
}
