/* facts_private: how a row of a batch is made, of a record (facts.c) or of a row that the table has
 * (facts_reload.c). */
#pragma once

#include "facts.h"

void facts_batch_grow(struct facts_batch *batch);

static inline size_t facts_batch_add_row(struct facts_batch *batch)
{
    if (batch->rows == batch->cap)
        facts_batch_grow(batch);
    return batch->rows++;
}

static inline void facts_batch_set_code(struct facts_batch *batch, size_t column, size_t row,
                                        uint32_t code, struct fact_content *content)
{
    batch->codes[column][row] = code;
    fact_content_add(content, distinct_hash(&batch->strings[column], code));
}

static inline void facts_batch_set_text(struct facts_batch *batch, size_t column, size_t row,
                                        struct str value, struct fact_content *content)
{
    uint64_t hash = hash_str(value);
    texts_set(&batch->texts[column], row, value);
    if (batch->texts[column].has_tags)
        batch->texts[column].tags[row] = (uint32_t)(hash >> 32);
    fact_content_add(content, hash);
}

static inline void facts_batch_set_double(struct facts_batch *batch, size_t column, size_t row,
                                          double value, struct fact_content *content)
{
    batch->doubles[column][row] = value;
    fact_content_add_double(content, value);
}

/* A null has the value 0. */
static inline void facts_batch_set_int64(struct facts_batch *batch, size_t column, size_t row,
                                         int64_t value, bool is_null, struct fact_content *content)
{
    batch->int64s[column][row] = value;
    fact_content_add(content, (uint64_t)value);
    if (!batch->layout->int64s.all[column].nullable)
        return;
    validity_set(batch->validity[column], row, !is_null);
    content->nulls |= (uint64_t)is_null << column;
}

/* Queues the look-ups of a row whose values are set. */
void facts_batch_queue_lookups(struct facts_batch *batch, size_t row,
                               const struct fact_content *content);

static inline uint32_t facts_batch_period(struct facts_batch *batch, int64_t time)
{
    if (time < batch->last_period.begin || time >= batch->last_period.end)
        batch->last_period = period_of_time(&batch->layout->periods, time);
    return batch->last_period.period;
}

static inline void facts_batch_finish_row(struct facts_batch *batch, size_t row, int64_t time,
                                          struct fact_content *content)
{
    facts_batch_queue_lookups(batch, row, content);
    fact_content_add(content, (uint64_t)time);
    batch->contents[row] = fact_content_hash(content);
    batch->times[row] = time;
    batch->periods[row] = facts_batch_period(batch, time);
}
