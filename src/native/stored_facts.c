/* Reads rows of the facts back. Their strings come with dictionaries, so each distinct one is
 * hashed once. */
#include "stored_facts.h"

#include <math.h>

uint32_t fact_content_hash(const struct fact_content *content)
{
    uint32_t hash = (uint32_t)(hash_words(content->words, content->count) >> 32);
    return hash ? hash : 1;
}

static bool is_read(const struct stored_facts *facts, const struct model_column *column)
{
    return !column->partition && (facts->has_found || column->origin != FROM_LOOKUP);
}

void stored_facts_release(struct stored_facts *facts)
{
    for (size_t i = 0; i < MODEL_MAX_COLUMNS; i++)
        parquet_values_free(facts->values[i]);
    *facts = (struct stored_facts){.layout = facts->layout};
}

enum status stored_facts_read(struct stored_facts *facts, struct read_back *file, size_t group,
                              struct error *error)
{
    const struct model_table *table = facts->layout->table;
    facts->rows = (size_t)parquet_group_rows(file->reader, group);
    for (size_t i = 0; i < table->column_count; i++) {
        if (!is_read(facts, &table->columns[i]))
            continue;
        if (!facts->values[i])
            facts->values[i] = parquet_values_new();
        TRY(read_back_column(file, facts->values[i], group, i, &facts->columns[i], error));
    }
    return STATUS_OK;
}

/* The strings of a column, and their hashes. */
struct hashed {
    const struct parquet_column *column;
    uint64_t *hashes, null;
};

static struct hashed hash_column(const struct parquet_column *column)
{
    size_t count = column->strings.count;
    struct hashed hashed = {column, mem_alloc((count + 1) * sizeof(uint64_t)), hash_str(STR_NULL)};
    for (size_t i = 0; i < count; i++)
        hashed.hashes[i] = hash_str(parquet_dictionary_string(column, i));
    return hashed;
}

static uint64_t hash_at(const struct hashed *hashed, size_t row)
{
    return parquet_is_null(hashed->column, row) ? hashed->null
                                                : hashed->hashes[hashed->column->codes[row]];
}

static void add_numbers(const struct stored_facts *facts, size_t row, struct fact_content *content)
{
    const struct fact_layout *layout = facts->layout;
    for (size_t i = 0; i < layout->int64s.count; i++)
        fact_content_add(content,
                         (uint64_t)facts->columns[layout->int64s.all[i].column].int64s[row]);
    for (size_t i = 0; i < layout->doubles.count; i++) {
        const struct parquet_column *column = &facts->columns[layout->doubles.all[i].column];
        fact_content_add_double(content,
                                parquet_is_null(column, row) ? (double)NAN : column->doubles[row]);
    }
    fact_content_add(content, (uint64_t)(facts->columns[layout->time_column].int64s[row] / 1000));
}

void stored_facts_contents(const struct stored_facts *facts, uint32_t *out)
{
    const struct fact_layout *layout = facts->layout;
    struct hashed strings[MODEL_MAX_COLUMNS];
    size_t count = 0;
    for (size_t i = 0; i < layout->coded.count; i++)
        strings[count++] = hash_column(&facts->columns[layout->coded.all[i].column]);
    for (size_t i = 0; i < layout->texts.count; i++)
        strings[count++] = hash_column(&facts->columns[layout->texts.all[i].column]);
    for (size_t row = 0; row < facts->rows; row++) {
        struct fact_content content = {.count = 0};
        for (size_t i = 0; i < count; i++)
            fact_content_add(&content, hash_at(&strings[i], row));
        add_numbers(facts, row, &content);
        out[row] = fact_content_hash(&content);
    }
    for (size_t i = 0; i < count; i++)
        mem_free(strings[i].hashes);
}
