/* The columns of a row group of facts. Strings are codes of the group's own dictionaries, which the
 * Parquet encoder writes unchanged, or texts, of which it makes a dictionary where that pays. */
#include "fact_group.h"

#define FIRST_ROWS 32
/* The bytes of a row group with few rows: there may be one for each month. */
#define EMPTY_BYTES ((size_t)8 << 10)

static size_t number_count(const struct fact_layout *layout)
{
    return layout->int64s.count + layout->doubles.count + layout->found_numbers.count +
           layout->parts.count;
}

static size_t string_count(const struct fact_layout *layout)
{
    return layout->coded.count + layout->found.count;
}

void fact_group_free(struct fact_group *group)
{
    if (!group)
        return;
    const struct fact_layout *layout = group->layout;
    mem_free(group->ids);
    mem_free(group->times_us);
    for (size_t i = 0; i < number_count(layout); i++) {
        mem_free(group->numbers[i].values);
        mem_free(group->numbers[i].validity);
    }
    mem_free(group->numbers);
    for (size_t i = 0; i < layout->texts.count; i++)
        texts_release(&group->texts[i]);
    mem_free(group->texts);
    for (size_t i = 0; i < string_count(layout); i++) {
        mem_free(group->strings[i].codes);
        mem_free(group->strings[i].validity);
        dictionary_release(&group->strings[i].values);
        texts_release(&group->strings[i].texts);
    }
    mem_free(group->strings);
    mem_free(group);
}

/* There may be a group for each hour: only the columns that there are take memory. */
struct fact_group *fact_group_new(const struct fact_layout *layout)
{
    struct fact_group *group = mem_zalloc(sizeof *group);
    group->layout = layout;
    group->numbers = mem_zalloc(number_count(layout) * sizeof *group->numbers);
    group->int64s = group->numbers;
    group->doubles = group->int64s + layout->int64s.count;
    group->found_numbers = group->doubles + layout->doubles.count;
    group->parts = group->found_numbers + layout->found_numbers.count;
    group->texts = mem_zalloc(layout->texts.count * sizeof *group->texts);
    for (size_t i = 0; i < layout->texts.count; i++)
        group->texts[i].has_tags = layout->texts.all[i].type == MODEL_STRING;
    group->strings = mem_zalloc(string_count(layout) * sizeof *group->strings);
    group->coded = group->strings;
    group->found = group->coded + layout->coded.count;
    return group;
}

void fact_group_reset(struct fact_group *group)
{
    const struct fact_layout *layout = group->layout;
    group->rows = 0;
    for (size_t i = 0; i < number_count(layout); i++)
        group->numbers[i].nulls = 0;
    for (size_t i = 0; i < layout->texts.count; i++)
        texts_reset(&group->texts[i]);
    for (size_t i = 0; i < string_count(layout); i++) {
        struct coded_strings *strings = &group->strings[i];
        strings->nulls = 0;
        strings->is_loose = false;
        dictionary_reset(&strings->values);
        texts_reset(&strings->texts);
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
        if (columns->all[i].nullable || columns->all[i].type == MODEL_DOUBLE)
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
    grow_numbers(group->doubles, &layout->doubles, cap);
    grow_numbers(group->found_numbers, &layout->found_numbers, cap);
    grow_numbers(group->parts, &layout->parts, cap);
    for (size_t i = 0; i < layout->texts.count; i++)
        texts_grow(&group->texts[i], cap);
    for (size_t i = 0; i < string_count(layout); i++) {
        struct coded_strings *strings = &group->strings[i];
        strings->codes = mem_realloc(strings->codes, cap * sizeof *strings->codes);
        strings->validity = mem_realloc(strings->validity, cap / 8);
        if (strings->is_loose)
            texts_grow(&strings->texts, cap);
    }
}

size_t fact_group_bytes(const struct fact_group *group)
{
    const struct fact_layout *layout = group->layout;
    size_t strings = string_count(layout) + layout->texts.count;
    size_t bytes = EMPTY_BYTES + group->rows * ((2 + number_count(layout)) * sizeof(int64_t) +
                                                strings * sizeof(uint32_t));
    for (size_t i = 0; i < layout->texts.count; i++)
        bytes += group->texts[i].data.len;
    /* Each value of a dictionary takes 24 bytes more, and those of texts, too: so a column that is
     * loose has as much as one whose values are all new. */
    for (size_t i = 0; i < string_count(layout); i++) {
        const struct texts *texts = &group->strings[i].texts;
        const struct dictionary *values = &group->strings[i].values;
        bytes += group->strings[i].is_loose ? texts->data.len + (group->rows - texts->nulls) * 24
                                            : values->data.len + values->count * 24;
    }
    return bytes;
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
    view_numbers(group->doubles, &layout->doubles, group->rows, out);
    view_numbers(group->found_numbers, &layout->found_numbers, group->rows, out);
    view_numbers(group->parts, &layout->parts, group->rows, out);
    for (size_t i = 0; i < layout->texts.count; i++)
        texts_view(&group->texts[i], group->rows, &out[layout->texts.all[i].at]);
    view_strings(group->coded, &layout->coded, group->rows, out);
    view_strings(group->found, &layout->found, group->rows, out);
}
