/* chunk_plan: chooses the encoding that makes a column chunk smallest.
 *
 * Strings with a dictionary keep it, without the unused entries; for other strings, a dictionary is
 * tried. For numbers, a dictionary is tried only if a sample has repetitions: in many columns (ids,
 * times) nearly all values are distinct. An attempt ends as soon as it cannot save space. */
#include "chunk_plan.h"

#include "bits.h"

/* With fewer values, every encoding but PLAIN takes more space. */
#define FEWEST_VALUES 17
/* A dictionary is given up if nearly all values so far were distinct. This is checked after so many
 * values (enough for repetitions among 30,000 distinct ones), and again after each doubling. */
#define FIRST_CHECK 4096
/* The number of values in the sample that decides whether a dictionary of numbers is tried. */
#define SAMPLE 1024

void chunk_planner_release(struct chunk_planner *planner)
{
    dictionary_release(&planner->strings);
    number_dictionary_release(&planner->numbers);
    buffer_release(&planner->codes);
    buffer_release(&planner->uses);
    buffer_release(&planner->order);
    buffer_release(&planner->dictionary);
}

static void *array(struct buffer *scratch, size_t count)
{
    buffer_reset(scratch);
    return buffer_reserve(scratch, count * sizeof(uint32_t));
}

/* The bits of a code. A single entry takes one bit, because not all readers support a width of 0.
 */
static unsigned code_width(size_t entries)
{
    return entries <= 2 ? 1 : bit_width(entries - 1);
}

static bool too_distinct(size_t distinct, size_t seen)
{
    return seen >= FIRST_CHECK && (seen & (seen - 1)) == 0 && distinct > seen - seen / 16;
}

/* ---- Strings ----------------------------------------------------------------------------- */

/* Strings that are looked up at once, so that none waits for memory alone. */
#define LOOK_UPS ((size_t)64)

/* The upper half is all that a dictionary asks of a hash. */
static uint64_t string_hash(const struct values *values, size_t i)
{
    if (values->tags == NULL)
        return hash_str(values_string(values, i));
    return (uint64_t)values->tags[values->codes == NULL ? i : values->codes[i]] << 32;
}

static void hash_strings(const struct dictionary *strings, const struct values *values, size_t from,
                         size_t count, uint64_t *hashes)
{
    for (size_t i = 0; i < count; i++) {
        hashes[i] = string_hash(values, from + i);
        index_prefetch(&strings->index, hashes[i]);
    }
    for (size_t i = 0; i < count; i++)
        dictionary_prefetch(strings, hashes[i]);
}

/* Makes a dictionary for strings without one. False: it would be too large, or the strings repeat
 * too seldom. */
static bool strings_intern(struct chunk_planner *planner, struct values *values,
                           size_t dictionary_bytes)
{
    struct dictionary *strings = &planner->strings;
    uint32_t *codes = array(&planner->codes, values->count);
    uint64_t hashes[LOOK_UPS];
    dictionary_reset(strings);
    for (size_t i = 0; i < values->count; i++) {
        size_t left = values->count - i;
        if (i % LOOK_UPS == 0)
            hash_strings(strings, values, i, left < LOOK_UPS ? left : LOOK_UPS, hashes);
        codes[i] = dictionary_add(strings, values_string(values, i), hashes[i % LOOK_UPS]);
        if (strings->data.len + strings->count * sizeof(uint32_t) > dictionary_bytes ||
            (!values->may_repeat_late && too_distinct(strings->count, i + 1)))
            return false;
    }
    values->codes = codes;
    values->offsets = strings->offsets;
    values->data = strings->data.data == NULL ? "" : strings->data.data;
    values->strings = strings->count;
    values->dictionary = true;
    return true;
}

/* Gives the used entries new codes in the order of their first use, and sets planner->codes and
 * planner->order (old code of each new one) accordingly. */
static void entries_renumber(struct chunk_planner *planner, const struct values *values,
                             uint32_t *uses)
{
    const uint32_t used = 1, first = 2;
    uint32_t *codes = array(&planner->codes, values->count);
    uint32_t *order = array(&planner->order, values->strings);
    uint32_t entries = 0;
    for (size_t i = 0; i < values->count; i++) {
        uint32_t code = values->codes[i];
        if (uses[code] == used) {
            order[entries] = code;
            uses[code] = first + entries++;
        }
        codes[i] = uses[code] - first;
    }
}

/* Each use of an entry after the first saves at least the 4 bytes of a length, so for most
 * dictionaries the lengths of the strings need not be added up. */
static bool string_dictionary_pays(const struct values *values, const struct chunk_plan *plan)
{
    size_t index_bytes = values->count * plan->width / 8;
    if ((values->count - plan->entries) * sizeof(uint32_t) > index_bytes)
        return true;
    size_t plain_bytes = 0;
    for (size_t i = 0; i < values->count; i++)
        plain_bytes += sizeof(uint32_t) + values_string(values, i).len;
    return plan->dictionary->len + index_bytes < plain_bytes;
}

static struct chunk_plan plan_string_dictionary(struct chunk_planner *planner,
                                                const struct values *values)
{
    struct chunk_plan plan = {.encoding = ENCODING_RLE_DICTIONARY,
                              .dictionary = &planner->dictionary};
    uint32_t *uses = array(&planner->uses, values->strings);
    memset(uses, 0, values->strings * sizeof *uses);
    for (size_t i = 0; i < values->count; i++)
        uses[values->codes[i]] = 1;
    for (size_t i = 0; i < values->strings; i++)
        plan.entries += uses[i];

    buffer_reset(&planner->dictionary);
    const uint32_t *order = NULL;
    plan.codes = values->codes;
    if (plan.entries < values->strings) {
        entries_renumber(planner, values, uses);
        order = (const void *)planner->order.data;
        plan.codes = (const void *)planner->codes.data;
    }
    for (size_t i = 0; i < plan.entries; i++)
        plain_encode_string(&planner->dictionary, values_entry(values, order ? order[i] : i));
    plan.width = code_width(plan.entries);
    return plan;
}

/* If the dictionary is much larger than the values, they are handled as strings without one, which
 * is faster than going through its entries. */
static struct chunk_plan plan_strings(struct chunk_planner *planner, struct values *values,
                                      size_t dictionary_bytes)
{
    const struct chunk_plan plain = {.encoding = ENCODING_PLAIN};
    if (values->strings > 4 * values->count)
        values->dictionary = false;
    if (!values->dictionary && !strings_intern(planner, values, dictionary_bytes))
        return plain;
    struct chunk_plan plan = plan_string_dictionary(planner, values);
    bool fits = plan.dictionary->len <= dictionary_bytes;
    return fits && string_dictionary_pays(values, &plan) ? plan : plain;
}

/* ---- Numbers ----------------------------------------------------------------------------- */

static uint64_t number_at(const struct values *values, size_t i)
{
    if (values->type == PARQUET_INT32)
        return (uint32_t)values->int32s[i];
    return ((const uint64_t *)(const void *)values->int64s)[i];
}

static bool sample_repeats(struct number_dictionary *numbers, const struct values *values)
{
    size_t step = values->count / SAMPLE + 1, seen = 0;
    number_dictionary_reset(numbers);
    for (size_t i = 0; i < values->count; i += step, seen++)
        number_dictionary_add(numbers, number_at(values, i));
    return numbers->count < seen - seen / 16;
}

/* The estimated bytes of `count` codes with so many changes in the RLE / bit-packing hybrid. */
static size_t codes_estimate(size_t count, size_t changes, size_t entries)
{
    unsigned width = code_width(entries);
    size_t packed = count * width / 8;
    size_t runs = changes * (2 + (width + 7) / 8 + width / 2);
    return runs < packed ? runs : packed;
}

/* Fills `codes` and returns whether the dictionary is smaller than `bytes`; false also if there are
 * more than `limit` distinct numbers, or they repeat too seldom. What the numbers so far need only
 * grows. */
static bool numbers_intern(struct number_dictionary *numbers, const struct values *values,
                           size_t limit, size_t bytes, uint32_t *codes)
{
    size_t changes = 1, width = values_width(values->type);
    number_dictionary_reset(numbers);
    codes[0] = number_dictionary_add(numbers, number_at(values, 0));
    for (size_t i = 1; i < values->count; i++) {
        uint64_t number = number_at(values, i);
        codes[i] = codes[i - 1];
        if (number != numbers->values[codes[i - 1]]) {
            codes[i] = number_dictionary_add(numbers, number);
            changes++;
        }
        if (numbers->count > limit || too_distinct(numbers->count, i + 1))
            return false;
        if (i % SAMPLE == 0 &&
            codes_estimate(values->count, changes, numbers->count) + numbers->count * width >=
                bytes)
            return false;
    }
    return codes_estimate(values->count, changes, numbers->count) + numbers->count * width < bytes;
}

static void numbers_append(struct buffer *out, const struct number_dictionary *numbers,
                           size_t width)
{
    for (size_t i = 0; i < numbers->count; i++)
        buffer_append(out, &numbers->values[i], width);
}

/* Changes *plan, with which the chunk takes `bytes`, to a dictionary if that takes fewer. */
static void plan_number_dictionary(struct chunk_planner *planner, const struct values *values,
                                   size_t dictionary_bytes, size_t bytes, struct chunk_plan *plan)
{
    struct number_dictionary *numbers = &planner->numbers;
    size_t width = values_width(values->type);
    if (!sample_repeats(numbers, values))
        return;
    uint32_t *codes = array(&planner->codes, values->count);
    if (!numbers_intern(numbers, values, dictionary_bytes / width, bytes, codes))
        return;
    buffer_reset(&planner->dictionary);
    numbers_append(&planner->dictionary, numbers, width);
    *plan = (struct chunk_plan){
        .encoding = ENCODING_RLE_DICTIONARY,
        .codes = codes,
        .entries = numbers->count,
        .width = code_width(numbers->count),
        .dictionary = &planner->dictionary,
    };
}

static size_t delta_estimate(const struct values *values)
{
    if (values->type == PARQUET_DOUBLE)
        return SIZE_MAX;
    if (values->type == PARQUET_INT32)
        return delta_packed_estimate32(values->int32s, values->count);
    return delta_packed_estimate64(values->int64s, values->count);
}

static struct chunk_plan plan_numbers(struct chunk_planner *planner, const struct values *values,
                                      size_t dictionary_bytes)
{
    struct chunk_plan plan = {.encoding = ENCODING_PLAIN};
    size_t bytes = values->count * values_width(values->type);
    size_t delta = delta_estimate(values);
    if (delta < bytes - bytes / 8) {
        plan.encoding = ENCODING_DELTA_BINARY_PACKED;
        bytes = delta;
    }
    plan_number_dictionary(planner, values, dictionary_bytes, bytes, &plan);
    return plan;
}

/* ---- Booleans ---------------------------------------------------------------------------- */

static struct chunk_plan plan_booleans(const struct values *values)
{
    size_t changes = 1;
    for (size_t i = 1; i < values->count; i++)
        changes += bit_get(values->bits, i) != bit_get(values->bits, i - 1);
    /* A change costs a run of its own and the bit-packed group around it. */
    bool runs = changes * 5 < values->count / 8;
    return (struct chunk_plan){.encoding = runs ? ENCODING_RLE : ENCODING_PLAIN};
}

struct chunk_plan chunk_plan_make(struct chunk_planner *planner, struct values *values,
                                  size_t dictionary_bytes)
{
    if (values->count < FEWEST_VALUES)
        return (struct chunk_plan){.encoding = ENCODING_PLAIN};
    if (values->type == PARQUET_STRING)
        return plan_strings(planner, values, dictionary_bytes);
    if (values->type == PARQUET_BOOLEAN)
        return plan_booleans(values);
    return plan_numbers(planner, values, dictionary_bytes);
}
