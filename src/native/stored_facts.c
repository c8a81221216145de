/* Reads rows of the facts back. Their strings come with dictionaries, so each distinct one is
 * hashed once. */
#include "stored_facts.h"

#include <math.h>

uint32_t fact_content_hash(struct fact_content *content)
{
    if (content->nulls)
        fact_content_add(content, content->nulls);
    uint32_t hash = (uint32_t)(hash_words(content->words, content->count) >> 32);
    return hash ? hash : 1;
}

static bool is_read(const struct stored_facts *facts, const struct model_column *column)
{
    return facts->has_found || column->origin != FROM_LOOKUP;
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
    for (size_t i = 0, at = 0; i < table->column_count; i++) {
        if (table->columns[i].partition)
            continue;
        if (is_read(facts, &table->columns[i])) {
            if (!facts->values[at])
                facts->values[at] = parquet_values_new();
            TRY(read_back_column(file, facts->values[at], group, at, &facts->columns[at], error));
        }
        at++;
    }
    return STATUS_OK;
}

int64_t stored_facts_int64(const struct stored_facts *facts, size_t column, size_t row,
                           bool *is_null)
{
    const struct fact_column *from = &facts->layout->int64s.all[column];
    const struct parquet_column *values = &facts->columns[from->at];
    *is_null = parquet_is_null(values, row);
    return *is_null ? 0 : row_stored_number(values, from->type, from->unit_us, row).int64;
}

int64_t stored_facts_time(const struct stored_facts *facts, size_t row)
{
    return facts->columns[facts->layout->time_column].int64s[row] / facts->layout->time_unit_us;
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
    for (size_t i = 0; i < layout->int64s.count; i++) {
        bool is_null;
        fact_content_add(content, (uint64_t)stored_facts_int64(facts, i, row, &is_null));
        content->nulls |= (uint64_t)is_null << i;
    }
    for (size_t i = 0; i < layout->doubles.count; i++) {
        const struct parquet_column *column = &facts->columns[layout->doubles.all[i].at];
        fact_content_add_double(content,
                                parquet_is_null(column, row) ? (double)NAN : column->doubles[row]);
    }
    fact_content_add(content, (uint64_t)stored_facts_time(facts, row));
}

void stored_facts_contents(const struct stored_facts *facts, uint32_t *out)
{
    const struct fact_layout *layout = facts->layout;
    struct hashed strings[MODEL_MAX_COLUMNS];
    size_t count = 0;
    for (size_t i = 0; i < layout->coded.count; i++)
        strings[count++] = hash_column(&facts->columns[layout->coded.all[i].at]);
    for (size_t i = 0; i < layout->texts.count; i++)
        strings[count++] = hash_column(&facts->columns[layout->texts.all[i].at]);
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
