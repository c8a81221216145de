/* What look-ups found, as columns of a row group: strings as codes of the group's dictionaries,
 * which are remembered for each key. Each distinct string gets a number when it is found first, so
 * that no row group looks for it by its bytes again. */
#include "fact_found.h"

#define NULL_CODE UINT32_MAX

/* The codes of the record found for a key, in the group that used them last; behind them the
 * numbers of its strings, 0 until the key is found first. */
struct found_codes {
    uint64_t group;   /* its serial */
    uint32_t codes[]; /* by the found columns */
};

/* The distinct strings of a column. Number 1 is null; number n is value n - 2. */
struct found_strings {
    struct dictionary values;
    struct found_code {
        uint64_t group; /* that used the string last, by its serial */
        uint32_t code;
    } *codes; /* by number */
    size_t cap;
};
#define NULL_NUMBER 1

void fact_found_init(struct fact_found *found, const struct fact_layout *layout, size_t number,
                     const struct lookup *lookup)
{
    *found = (struct fact_found){
        .layout = layout, .columns = &layout->lookups[number], .lookup = lookup};
    size_t strings = found->columns->string_count;
    found->bytes = (sizeof(struct found_codes) + 2 * strings * sizeof(uint32_t) + 7) / 8 * 8;
    found->strings = mem_zalloc(strings * sizeof *found->strings);
}

void fact_found_release(struct fact_found *found)
{
    for (size_t i = 0; found->strings && i < found->columns->string_count; i++) {
        dictionary_release(&found->strings[i].values);
        mem_free(found->strings[i].codes);
    }
    mem_free(found->strings);
    mem_free(found->codes);
    *found = (struct fact_found){0};
}

/* ---- Strings --------------------------------------------------------------------------------- */

static struct found_codes *codes_at(const struct fact_found *found, size_t key)
{
    return (struct found_codes *)(found->codes + key * found->bytes);
}

static uint32_t number_of(struct found_strings *strings, struct str value)
{
    if (!value.data)
        return NULL_NUMBER;
    uint32_t number = dictionary_add(&strings->values, value, hash_str(value)) + NULL_NUMBER + 1;
    size_t cap = strings->cap;
    MEM_GROW(strings->codes, (size_t)number + 1, strings->cap);
    memset(strings->codes + cap, 0, (strings->cap - cap) * sizeof *strings->codes);
    return number;
}

static void set_numbers(const struct fact_found *found, uint32_t key, uint32_t *numbers)
{
    const struct fact_column *columns = &found->layout->found.all[found->columns->first_string];
    const void *row = lookup_row(found->lookup, key);
    for (size_t i = 0; i < found->columns->string_count; i++)
        numbers[i] = number_of(&found->strings[i],
                               row_string(found->lookup->rows->layout, row, columns[i].field));
}

/* The code of the string in the group, which gets the string where it does not have it yet. */
static uint32_t code_in_group(struct found_strings *strings, uint32_t number,
                              const struct fact_group *group, struct coded_strings *column)
{
    struct found_code *code = &strings->codes[number];
    if (number == NULL_NUMBER)
        return NULL_CODE;
    if (code->group != group->serial) {
        struct str value = dictionary_value(&strings->values, number - NULL_NUMBER - 1);
        *code = (struct found_code){group->serial, dictionary_append(&column->values, value)};
    }
    return code->code;
}

static void prefetch_code(const struct found_strings *strings, uint32_t number)
{
    if (number == NULL_NUMBER)
        return;
    __builtin_prefetch(&strings->codes[number]);
    __builtin_prefetch(&strings->values.offsets[number - NULL_NUMBER - 1]);
}

/* What code_in_group will copy. */
static void prefetch_value(const struct found_strings *strings, uint32_t number, uint64_t group)
{
    if (number != NULL_NUMBER && strings->codes[number].group != group)
        __builtin_prefetch(strings->values.data.data +
                           strings->values.offsets[number - NULL_NUMBER - 1]);
}

static void set_codes(const struct fact_found *found, struct fact_group *group,
                      struct found_codes *out)
{
    struct coded_strings *columns = &group->found[found->columns->first_string];
    size_t count = found->columns->string_count;
    for (size_t i = 0; i < count; i++)
        out->codes[i] =
            code_in_group(&found->strings[i], out->codes[count + i], group, &columns[i]);
}

/* Rows whose keys get codes at once, so that none waits for memory alone. */
#define BLOCK_ROWS 256
/* How far ahead the codes of matches are prefetched. */
#define PREFETCH_CODES 24

/* The codes behind those of all keys are those of a fact without a match, so that loops have no
 * branch that cannot be predicted. */
static void begin_codes(struct fact_found *found, const struct fact_group *group, uint32_t no_code)
{
    size_t none = found->lookup->keys.count;
    if (!found->codes)
        found->codes = mem_zalloc((none + 1) * found->bytes);
    struct found_codes *no_match = codes_at(found, none);
    no_match->group = group->serial;
    for (size_t i = 0; i < found->columns->string_count; i++)
        no_match->codes[i] = no_code;
}

static inline struct found_codes *codes_of(const struct fact_found *found, uint32_t match)
{
    size_t none = found->lookup->keys.count;
    return codes_at(found, match < none ? match : none);
}

/* The keys that have no codes of the group yet, each once: they are said to have them. */
static size_t find_new(const struct fact_found *found, uint64_t group, const uint32_t *matches,
                       size_t count, uint32_t *keys)
{
    size_t new_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct found_codes *codes = codes_of(found, matches[i]);
        if (i + PREFETCH_CODES < count)
            __builtin_prefetch(codes_of(found, matches[i + PREFETCH_CODES]));
        keys[new_count] = matches[i];
        new_count += codes->group != group;
        codes->group = group;
    }
    return new_count;
}

/* Gives the keys of a block of rows codes of the group. */
static void map_codes(const struct fact_found *found, struct fact_group *group,
                      const uint32_t *matches, size_t count)
{
    uint32_t keys[BLOCK_ROWS];
    size_t strings = found->columns->string_count;
    count = find_new(found, group->serial, matches, count, keys);
    for (size_t i = 0; i < count; i++) {
        uint32_t *numbers = codes_at(found, keys[i])->codes + strings;
        if (!numbers[0])
            set_numbers(found, keys[i], numbers);
        for (size_t k = 0; k < strings; k++)
            prefetch_code(&found->strings[k], numbers[k]);
    }
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < strings; k++)
            prefetch_value(&found->strings[k], codes_at(found, keys[i])->codes[strings + k],
                           group->serial);
    for (size_t i = 0; i < count; i++)
        set_codes(found, group, codes_at(found, keys[i]));
}

/* What is found is never null, so all columns are null in the same rows. */
static void append_same_nulls(const struct fact_found *found, struct fact_group *group,
                              const uint32_t *matches, size_t count, size_t row)
{
    struct coded_strings *strings = &group->found[found->columns->first_string];
    size_t columns = found->columns->string_count, first = row, nulls = 0;
    for (size_t i = 0; i < count; i++, row++) {
        const struct found_codes *codes = codes_of(found, matches[i]);
        for (size_t column = 0; column < columns; column++)
            strings[column].codes[row] = codes->codes[column];
        validity_set(strings[0].validity, row, matches[i] != INDEX_NONE);
        nulls += matches[i] == INDEX_NONE;
    }
    for (size_t column = 0; column < columns; column++) {
        strings[column].nulls += nulls;
        if (column)
            memcpy(strings[column].validity + first / 8, strings[0].validity + first / 8,
                   (row + 7) / 8 - first / 8);
    }
}

static void append_nullable(const struct fact_found *found, struct fact_group *group,
                            const uint32_t *matches, size_t count, size_t row)
{
    struct coded_strings *strings = &group->found[found->columns->first_string];
    for (size_t i = 0; i < count; i++, row++) {
        const struct found_codes *codes = codes_of(found, matches[i]);
        for (size_t column = 0; column < found->columns->string_count; column++) {
            uint32_t code = codes->codes[column];
            strings[column].codes[row] = code == NULL_CODE ? 0 : code;
            validity_set(strings[column].validity, row, code != NULL_CODE);
            strings[column].nulls += code == NULL_CODE;
        }
    }
}

static void append_strings(struct fact_found *found, struct fact_group *group,
                           const uint32_t *matches, size_t count)
{
    bool is_never_null = found->columns->is_never_null;
    begin_codes(found, group, is_never_null ? 0 : NULL_CODE);
    for (size_t i = 0; i < count; i += BLOCK_ROWS) {
        size_t rows = count - i < BLOCK_ROWS ? count - i : BLOCK_ROWS;
        map_codes(found, group, matches + i, rows);
        if (is_never_null)
            append_same_nulls(found, group, matches + i, rows, group->rows + i);
        else
            append_nullable(found, group, matches + i, rows, group->rows + i);
    }
}

/* ---- Numbers --------------------------------------------------------------------------------- */

static void append_numbers(const struct fact_found *found, struct fact_group *group,
                           const uint32_t *matches, size_t count)
{
    const struct fact_column *columns =
        &found->layout->found_numbers.all[found->columns->first_number];
    struct fact_numbers *numbers = &group->found_numbers[found->columns->first_number];
    for (size_t i = 0, row = group->rows; i < count; i++, row++) {
        const void *match = matches[i] == INDEX_NONE ? NULL : lookup_row(found->lookup, matches[i]);
        for (size_t column = 0; column < found->columns->number_count; column++) {
            int field = columns[column].field;
            bool is_null = !match || row_is_null(match, field);
            int64_t value =
                is_null ? 0 : row_number(found->lookup->rows->layout, match, field).int64;
            bool is_time = columns[column].type == MODEL_TIMESTAMP;
            numbers[column].values[row] = is_time ? value * columns[column].unit_us : value;
            validity_set(numbers[column].validity, row, !is_null);
            numbers[column].nulls += is_null;
        }
    }
}

size_t fact_found_append(struct fact_found *found, struct fact_group *group,
                         const uint32_t *matches, size_t count)
{
    size_t matched = 0;
    if (found->columns->string_count)
        append_strings(found, group, matches, count);
    if (found->columns->number_count)
        append_numbers(found, group, matches, count);
    for (size_t i = 0; i < count; i++)
        matched += matches[i] != INDEX_NONE;
    return matched;
}
