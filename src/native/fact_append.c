#include "fact_append.h"

#include "times.h"

/* ---- Codes ----------------------------------------------------------------------------------- */

static void map_release(struct code_map *map)
{
    for (size_t i = 0; i < MODEL_MAX_COLUMNS; i++)
        mem_free(map->entries[i]);
    *map = (struct code_map){0};
}

static void map_grow(struct code_map *map, size_t string, size_t codes)
{
    size_t cap = map->caps[string];
    MEM_GROW(map->entries[string], codes, map->caps[string]);
    memset(map->entries[string] + cap, 0, (map->caps[string] - cap) * sizeof *map->entries[string]);
}

static void release_all(struct code_maps *maps)
{
    for (size_t i = 0; i < CODE_MAPS; i++)
        map_release(&maps->all[i]);
}

void code_maps_release(struct code_maps *maps)
{
    release_all(maps);
    buffer_release(&maps->scratch);
}

static uint32_t next_use(struct code_maps *maps)
{
    if (++maps->uses == 0) { /* all numbers have been used */
        release_all(maps);
        maps->uses = 1;
    }
    return maps->uses;
}

const struct code_map *code_maps_begin(struct code_maps *maps, size_t period, uint64_t number,
                                       const struct facts_batch *batch,
                                       const struct fact_group *group)
{
    struct code_map *map = &maps->all[period % CODE_MAPS];
    if (map->batch == number && map->group == group->serial)
        return map;
    map->use = next_use(maps);
    map->batch = number;
    map->group = group->serial;
    for (size_t i = 0; i < group->layout->coded.count; i++) {
        if (!batch->strings[i].is_loose && batch->strings[i].raw.count >= map->caps[i])
            map_grow(map, i, batch->strings[i].raw.count + 1);
        if (map->caps[i])
            map->entries[i][0] = (struct code_map_entry){map->use, 0}; /* null */
    }
    return map;
}

/* ---- Rows ------------------------------------------------------------------------------------ */

/* Rows whose new codes are looked up at once, so that none waits for memory alone. */
#define BLOCK_ROWS 256

/* Gives the group's dictionary what is new of the batch's codes. */
static void map_codes(struct code_maps *maps, struct coded_strings *strings,
                      struct code_map_entry *entries, uint32_t use, const struct distinct *distinct,
                      const uint32_t *codes, size_t count)
{
    uint32_t fresh[BLOCK_ROWS + 1];
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        struct code_map_entry *entry = &entries[codes[i]];
        fresh[found] = codes[i];
        found += entry->use != use;
        entry->use = use;
    }
    for (size_t i = 0; i < found; i++)
        index_prefetch(&strings->values.index, distinct->hashes[fresh[i] - 1]);
    for (size_t i = 0; i < found; i++) {
        struct str value = distinct_value(distinct, fresh[i] - 1, &maps->scratch);
        entries[fresh[i]].code =
            dictionary_add(&strings->values, value, distinct->hashes[fresh[i] - 1]);
    }
}

static void clear_nulls(struct coded_strings *strings, size_t row, const uint32_t *codes,
                        size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (codes[i] == 0)
            validity_clear(strings->validity, row + i);
}

static void append_block(struct code_maps *maps, struct coded_strings *strings,
                         struct code_map_entry *entries, uint32_t use,
                         const struct distinct *distinct, const uint32_t *codes, size_t count,
                         size_t row)
{
    size_t nulls = 0;
    map_codes(maps, strings, entries, use, distinct, codes, count);
    for (size_t i = 0; i < count; i++) {
        strings->codes[row + i] = entries[codes[i]].code;
        nulls += codes[i] == 0;
    }
    if (nulls)
        clear_nulls(strings, row, codes, count);
    strings->nulls += nulls;
}

static void append_codes(struct code_maps *maps, struct coded_strings *strings,
                         const struct code_map *map, size_t column, const struct distinct *distinct,
                         const uint32_t *codes, size_t count, size_t row)
{
    validity_fill(strings->validity, row, count);
    for (size_t i = 0; i < count; i += BLOCK_ROWS)
        append_block(maps, strings, map->entries[column], map->use, distinct, codes + i,
                     count - i < BLOCK_ROWS ? count - i : BLOCK_ROWS, row + i);
}

/* Appends rows whose strings are new to the batch: they lie one behind the other. */
static void append_new(struct texts *texts, size_t row, const struct dictionary *values,
                       const uint32_t *codes, size_t count)
{
    size_t first = codes[0] - 1, next = first;
    const uint32_t *offsets = values->offsets;
    uint32_t shift = (uint32_t)texts->data.len - offsets[first];
    for (size_t i = 0; i < count; i++, row++) {
        next += codes[i] != 0;
        texts->offsets[row + 1] = offsets[next] + shift;
        validity_set(texts->validity, row, codes[i] != 0);
    }
    texts->nulls += count - (next - first);
    if (offsets[next] > offsets[first])
        buffer_append(&texts->data, values->data.data + offsets[first],
                      offsets[next] - offsets[first]);
}

/* To a loose column. */
static void append_texts(struct texts *texts, size_t row, const struct distinct *distinct,
                         const uint32_t *codes, size_t count, struct buffer *scratch)
{
    uint32_t last = distinct->is_loose ? distinct->first_loose : UINT32_MAX; /* that may repeat */
    size_t i = 0;
    for (; i < count && codes[i] <= last; i++, row++)
        texts_set(texts, row,
                  codes[i] ? distinct_value(distinct, codes[i] - 1, scratch) : STR_NULL);
    if (i < count)
        append_new(texts, row, &distinct->raw, codes + i, count - i);
}

static void append_strings(struct code_maps *maps, struct fact_group *group,
                           const struct code_map *map, size_t column,
                           const struct distinct *distinct, const uint32_t *codes, size_t count)
{
    struct coded_strings *strings = &group->coded[column];
    if (distinct->is_loose && !strings->is_loose)
        fact_group_loosen(group, strings);
    if (strings->is_loose)
        append_texts(&strings->texts, group->rows, distinct, codes, count, &maps->scratch);
    else
        append_codes(maps, strings, map, column, distinct, codes, count, group->rows);
}

static void append_doubles(struct fact_numbers *doubles, size_t row, const double *values,
                           size_t count)
{
    memcpy(doubles->doubles + row, values, count * sizeof *values);
    validity_fill(doubles->validity, row, count);
    for (size_t i = 0; i < count; i++) {
        if (values[i] == values[i])
            continue;
        validity_clear(doubles->validity, row + i); /* NaN is null */
        doubles->nulls++;
    }
}

static void append_numbers(struct fact_numbers *numbers, const struct fact_column *column,
                           size_t row, const int64_t *values, const uint8_t *validity, size_t from,
                           size_t count)
{
    memcpy(numbers->values + row, values + from, count * sizeof *values);
    for (size_t i = row; column->type == MODEL_TIMESTAMP && i < row + count; i++)
        numbers->values[i] *= column->unit_us;
    for (size_t i = 0; column->nullable && i < count; i++) {
        bool is_valid = validity_get(validity, from + i);
        validity_set(numbers->validity, row + i, is_valid);
        numbers->nulls += !is_valid;
    }
}

/* Columns that are parts of the time. */
static void append_parts(struct fact_group *group, const int64_t *times, size_t count)
{
    const struct fact_columns *parts = &group->layout->parts;
    struct times_day day = {0};
    for (size_t row = 0; parts->count && row < count; row++) {
        int64_t time_us = times[row] * group->layout->time_unit_us;
        times_set_day(&day, time_us);
        for (size_t i = 0; i < parts->count; i++)
            group->parts[i].values[group->rows + row] =
                times_part(&day, time_us, (enum calendar_part)parts->all[i].field);
    }
}

void fact_group_append(struct fact_group *group, struct code_maps *maps, const struct code_map *map,
                       const struct facts_batch *batch, size_t from, size_t count)
{
    const struct fact_layout *layout = group->layout;
    fact_group_reserve(group, count);
    memcpy(group->ids + group->rows, batch->ids + from, count * sizeof *group->ids);
    for (size_t i = 0; i < count; i++)
        group->times_us[group->rows + i] = batch->times[from + i] * layout->time_unit_us;
    for (size_t i = 0; i < layout->int64s.count; i++)
        append_numbers(&group->int64s[i], &layout->int64s.all[i], group->rows, batch->int64s[i],
                       batch->validity[i], from, count);
    for (size_t i = 0; i < layout->doubles.count; i++)
        append_doubles(&group->doubles[i], group->rows, batch->doubles[i] + from, count);
    for (size_t i = 0; i < layout->texts.count; i++)
        texts_append(&group->texts[i], group->rows, &batch->texts[i], from, count);
    for (size_t i = 0; i < layout->coded.count; i++)
        append_strings(maps, group, map, i, &batch->strings[i], batch->codes[i] + from, count);
    append_parts(group, batch->times + from, count);
}
