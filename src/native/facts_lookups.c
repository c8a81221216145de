/* The look-ups of a batch's facts, queued so that none waits for memory alone. */
#include "facts_private.h"

static bool is_null_key(const struct facts_batch *batch, const struct fact_key *key, size_t row)
{
    switch (key->kind) {
    case KEY_TEXT:
        return !validity_get(batch->texts[key->number].validity, row);
    case KEY_DOUBLE:
        return batch->doubles[key->number][row] != batch->doubles[key->number][row];
    case KEY_INT64:
        break;
    }
    return batch->validity[key->number] && !validity_get(batch->validity[key->number], row);
}

static union lookup_value key_value(const struct facts_batch *batch, const struct fact_key *key,
                                    size_t row)
{
    union lookup_value value = {.string = STR_NULL};
    switch (key->kind) {
    case KEY_TEXT:
        value.string = texts_value(&batch->texts[key->number], row);
        break;
    case KEY_DOUBLE:
        memcpy(&value.bits, &batch->doubles[key->number][row], sizeof value.bits);
        break;
    case KEY_INT64:
        value.bits = (uint64_t)batch->int64s[key->number][row];
        break;
    }
    return value;
}

/* Runs the queued look-ups. */
static void lookup_pending(struct facts_batch *batch, size_t number)
{
    const struct fact_lookup *layout = &batch->layout->lookups[number];
    struct batch_lookup *found = &batch->found[number];
    struct lookup_key keys[LOOKUP_KEYS];
    uint32_t matches[LOOKUP_KEYS];
    for (size_t i = 0; i < found->pending_count; i++) {
        keys[i].hash = found->pending[i].hash;
        for (size_t k = 0; k < layout->key_count; k++)
            keys[i].values[k] = key_value(batch, &layout->keys[k], found->pending[i].row);
    }
    lookup_find(&batch->lookups[number], keys, found->pending_count, matches);
    for (size_t i = 0; i < found->pending_count; i++)
        found->matches[found->pending[i].row] = matches[i];
    found->pending_count = 0;
}

/* Whether the newest look-up must be made is found out one row later, once what tells it is in the
 * cache, and without a branch, which nothing would foretell. */
static void settle_newest(struct facts_batch *batch, size_t number)
{
    const struct lookup *lookup = &batch->lookups[number];
    struct batch_lookup *found = &batch->found[number];
    if (!found->is_newest_open)
        return;
    uint64_t hash = found->pending[found->pending_count].hash;
    bool may_have = lookup_may_have(lookup, hash);
    index_prefetch(&lookup->index, hash & -(uint64_t)may_have);
    found->is_newest_open = false;
    found->pending_count += may_have;
    if (found->pending_count == LOOKUP_KEYS)
        lookup_pending(batch, number);
}

/* The word of a key among those of the row: of the coded strings, then the texts, the integers, the
 * doubles. */
static uint64_t key_word(const struct fact_layout *layout, const struct fact_content *content,
                         const struct fact_key *key)
{
    const uint64_t *words = content->words + layout->coded.count;
    if (key->kind == KEY_TEXT)
        return words[key->number];
    words += layout->texts.count;
    return key->kind == KEY_INT64 ? words[key->number] : words[layout->int64s.count + key->number];
}

static void queue_lookup(struct facts_batch *batch, size_t number, size_t row,
                         const struct fact_content *content)
{
    const struct fact_lookup *layout = &batch->layout->lookups[number];
    struct batch_lookup *found = &batch->found[number];
    uint64_t words[MODEL_MAX_KEYS];
    found->matches[row] = INDEX_NONE;
    for (size_t i = 0; i < layout->key_count; i++) {
        if (is_null_key(batch, &layout->keys[i], row))
            return;
        words[i] = key_word(batch->layout, content, &layout->keys[i]);
        if (layout->keys[i].kind != KEY_TEXT)
            words[i] = row_key_word(words[i], layout->key_count);
    }
    uint64_t hash = lookup_hash(words, layout->key_count);
    lookup_prefetch(&batch->lookups[number], hash);
    settle_newest(batch, number);
    found->pending[found->pending_count].row = (uint32_t)row;
    found->pending[found->pending_count].hash = hash;
    found->is_newest_open = true;
}

void facts_batch_queue_lookups(struct facts_batch *batch, size_t row,
                               const struct fact_content *content)
{
    for (size_t i = 0; i < batch->layout->model->facts.lookup_count; i++)
        queue_lookup(batch, i, row, content);
}

void facts_batch_finish(struct facts_batch *batch)
{
    for (size_t i = 0; i < batch->layout->model->facts.lookup_count; i++) {
        settle_newest(batch, i);
        lookup_pending(batch, i);
    }
}

bool facts_batch_has_no_keys(const struct facts_batch *batch, size_t row)
{
    for (size_t i = 0; i < batch->layout->lookups[0].key_count; i++)
        if (!is_null_key(batch, &batch->layout->lookups[0].keys[i], row))
            return false;
    return true;
}
