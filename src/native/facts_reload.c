/* Facts of rows that the table has: of an increment, and of files that are gone. */
#include "facts_private.h"

#include <math.h>

static void set_stored_strings(struct facts_batch *batch, const struct stored_facts *stored,
                               size_t from, size_t row, struct fact_content *content)
{
    const struct fact_layout *layout = batch->layout;
    for (size_t i = 0; i < layout->coded.count; i++) {
        struct str value = parquet_string(&stored->columns[layout->coded.all[i].at], from);
        uint32_t code =
            batch->strings[i].is_loose
                ? distinct_append(&batch->strings[i], value)
                : distinct_code(&batch->strings[i], raw_encode(value, &batch->scratch_too),
                                &batch->scratch);
        facts_batch_set_code(batch, i, row, code, content);
    }
    for (size_t i = 0; i < layout->texts.count; i++)
        facts_batch_set_text(batch, i, row,
                             parquet_string(&stored->columns[layout->texts.all[i].at], from),
                             content);
}

void facts_batch_add_stored(struct facts_batch *batch, const struct stored_facts *stored,
                            size_t from, uint32_t match)
{
    const struct fact_layout *layout = batch->layout;
    struct fact_content content = {.count = 0};
    size_t row = facts_batch_add_row(batch);
    set_stored_strings(batch, stored, from, row, &content);
    for (size_t i = 0; i < layout->int64s.count; i++) {
        bool is_null;
        int64_t value = stored_facts_int64(stored, i, from, &is_null);
        facts_batch_set_int64(batch, i, row, value, is_null, &content);
    }
    for (size_t i = 0; i < layout->doubles.count; i++) {
        const struct parquet_column *column = &stored->columns[layout->doubles.all[i].at];
        facts_batch_set_double(batch, i, row,
                               parquet_is_null(column, from) ? (double)NAN : column->doubles[from],
                               &content);
    }
    batch->ids[row] = stored->columns[layout->id_column].int64s[from];
    facts_batch_finish_row(batch, row, stored_facts_time(stored, from), &content);
    if (match != INDEX_NONE && facts_batch_has_no_keys(batch, row))
        batch->found[0].matches[row] = match;
}

/* ---- Columns that came later ----------------------------------------------------------------- */

static bool is_lacking(uint64_t lacks, const struct fact_column *column)
{
    return lacks >> column->at & 1;
}

static struct str text_of(const struct facts_batch *batch, size_t column, size_t row)
{
    const struct texts *texts = &batch->texts[column];
    return validity_get(texts->validity, row) ? texts_value(texts, row) : STR_NULL;
}

static bool has_null(const struct facts_batch *batch, size_t column, size_t row)
{
    return batch->layout->int64s.all[column].nullable &&
           !validity_get(batch->validity[column], row);
}

bool facts_batch_lacks(const struct facts_batch *batch, size_t row, uint64_t lacks)
{
    const struct fact_layout *layout = batch->layout;
    for (size_t i = 0; i < layout->coded.count; i++)
        if (is_lacking(lacks, &layout->coded.all[i]) && batch->codes[i][row])
            return false;
    for (size_t i = 0; i < layout->texts.count; i++)
        if (is_lacking(lacks, &layout->texts.all[i]) && text_of(batch, i, row).data)
            return false;
    for (size_t i = 0; i < layout->int64s.count; i++)
        if (is_lacking(lacks, &layout->int64s.all[i]) && !has_null(batch, i, row))
            return false;
    for (size_t i = 0; i < layout->doubles.count; i++)
        if (is_lacking(lacks, &layout->doubles.all[i]) && !isnan(batch->doubles[i][row]))
            return false;
    return true;
}

uint32_t facts_batch_content_without(const struct facts_batch *batch, size_t row, uint64_t lacks)
{
    const struct fact_layout *layout = batch->layout;
    struct fact_content content = {.count = 0};
    for (size_t i = 0; i < layout->coded.count; i++)
        fact_content_add(&content, is_lacking(lacks, &layout->coded.all[i])
                                       ? hash_str(STR_NULL)
                                       : distinct_hash(&batch->strings[i], batch->codes[i][row]));
    for (size_t i = 0; i < layout->texts.count; i++)
        fact_content_add(
            &content,
            hash_str(is_lacking(lacks, &layout->texts.all[i]) ? STR_NULL : text_of(batch, i, row)));
    for (size_t i = 0; i < layout->int64s.count; i++) {
        bool lacks_it = is_lacking(lacks, &layout->int64s.all[i]);
        fact_content_add(&content, lacks_it ? 0 : (uint64_t)batch->int64s[i][row]);
        content.nulls |= (uint64_t)(lacks_it || has_null(batch, i, row)) << i;
    }
    for (size_t i = 0; i < layout->doubles.count; i++)
        fact_content_add_double(&content, is_lacking(lacks, &layout->doubles.all[i])
                                              ? (double)NAN
                                              : batch->doubles[i][row]);
    fact_content_add(&content, (uint64_t)batch->times[row]);
    return fact_content_hash(&content);
}
