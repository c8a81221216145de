/* Rows of records: the layout of their fields, and what rules do with them. */
#include "record_rows.h"

_Static_assert(MODEL_MAX_FIELDS <= 64, "a row has a bit for each field");

/* ---- Layouts --------------------------------------------------------------------------------- */

static void add_field(struct row_layout *layout, int field)
{
    if (layout->offsets[field])
        return;
    bool is_string = model_is_text(layout->source->fields[field].type);
    layout->strings |= (uint64_t)is_string << field;
    layout->json |= (uint64_t)(layout->source->fields[field].type == MODEL_JSON) << field;
    layout->offsets[field] = (uint16_t)layout->bytes;
    layout->bytes += (uint32_t)(is_string ? sizeof(struct str) : sizeof(union model_number));
    layout->fields[layout->field_count++] = (uint8_t)field;
    if (is_string)
        layout->string_fields[layout->string_count++] = (uint8_t)field;
    else
        layout->numbers[layout->number_count++] = (uint8_t)field;
}

void row_layout_of_fields(struct row_layout *layout, const struct model_source *source,
                          const int *fields, size_t count)
{
    *layout = (struct row_layout){.source = source, .bytes = sizeof(uint64_t)};
    for (size_t i = 0; i < count; i++)
        add_field(layout, fields[i]);
}

static void add_rule(struct row_layout *layout, const struct model_winner *rule)
{
    for (size_t i = 0; i < rule->key_count; i++)
        add_field(layout, rule->keys[i]);
    for (size_t i = 0; i < rule->order_count; i++)
        add_field(layout, rule->order[i].field);
}

static void add_table(struct row_layout *layout, const struct model_table *table)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].origin == FROM_FIELD)
            add_field(layout, table->columns[i].part);
}

void row_layout_of_rule(struct row_layout *layout, const struct model *model,
                        const struct model_winner *rule)
{
    row_layout_of_fields(layout, &model->sources[rule->source], NULL, 0);
    add_rule(layout, rule);
    for (size_t i = 0; i < model->all_count; i++)
        if (model->tables[i].rule == rule)
            add_table(layout, &model->tables[i]);
}

/* What columns of the facts take of the records that look-ups find. */
static void add_found(struct row_layout *layout, const struct model *model, int source)
{
    const struct model_table *facts = model_table_of_facts(model);
    for (size_t i = 0; i < facts->column_count; i++) {
        const struct model_column *column = &facts->columns[i];
        if (column->origin == FROM_LOOKUP &&
            model->facts.lookups[column->lookup].winner->source == source)
            add_field(layout, column->part);
    }
}

void row_layout_of_source(struct row_layout *layout, const struct model *model, int source)
{
    row_layout_of_fields(layout, &model->sources[source], NULL, 0);
    for (size_t i = 0; i < model->winner_count; i++)
        if (model->winners[i].source == source)
            add_rule(layout, &model->winners[i]);
    for (size_t i = 0; i < model->all_count; i++)
        if (model->tables[i].rule && model->tables[i].rule->source == source)
            add_table(layout, &model->tables[i]);
    add_found(layout, model, source);
}

/* ---- Comparing ------------------------------------------------------------------------------- */

static int compare_doubles(double a, double b)
{
    if (a != b)
        return a < b ? -1 : 1;
    return (__builtin_signbit(b) != 0) - (__builtin_signbit(a) != 0);
}

int row_compare_numbers(enum model_type type, union model_number a, union model_number b)
{
    if (type == MODEL_DOUBLE)
        return compare_doubles(a.float64, b.float64);
    return (a.int64 > b.int64) - (a.int64 < b.int64);
}

int row_compare_field(const struct row_layout *layout, int field, const void *a, const void *b)
{
    if (row_is_string(layout, field))
        return str_compare(row_string(layout, a, field), row_string(layout, b, field));
    bool has_a = !row_is_null(a, field), has_b = !row_is_null(b, field);
    if (!has_a || !has_b)
        return has_a - has_b;
    return row_compare_numbers(layout->source->fields[field].type, row_number(layout, a, field),
                               row_number(layout, b, field));
}

int row_compare(const struct row_layout *layout, const struct model_order *order, size_t count,
                uint64_t nulls_last, const void *a, const void *b)
{
    for (size_t i = 0; i < count; i++) {
        int found = row_compare_field(layout, order[i].field, a, b);
        bool has_null = row_is_null(a, order[i].field) || row_is_null(b, order[i].field);
        if (found)
            return row_greatest_first(&order[i], nulls_last, has_null) ? -found : found;
    }
    return 0;
}

bool row_equal(const struct row_layout *layout, const int *fields, size_t count, const void *a,
               const void *b)
{
    for (size_t i = 0; i < count; i++) {
        int field = fields[i];
        bool is_equal =
            row_is_string(layout, field)
                ? str_equal(row_string(layout, a, field), row_string(layout, b, field))
                : row_number(layout, a, field).int64 == row_number(layout, b, field).int64;
        if (!is_equal)
            return false;
    }
    return true;
}

uint64_t row_hash(const struct row_layout *layout, const int *fields, size_t count, const void *row)
{
    uint64_t words[MODEL_MAX_KEYS];
    for (size_t i = 0; i < count; i++)
        words[i] = row_is_string(layout, fields[i])
                       ? hash_str(row_string(layout, row, fields[i]))
                       : row_key_word((uint64_t)row_number(layout, row, fields[i]).int64, count);
    return count == 1 ? words[0] : hash_words(words, count);
}

/* ---- Many rows ------------------------------------------------------------------------------- */

void rows_init(struct rows *rows, const struct row_layout *layout)
{
    *rows = (struct rows){.layout = layout};
}

void rows_reset(struct rows *rows)
{
    rows->count = 0;
    arena_reset(&rows->arena);
}

void rows_release(struct rows *rows)
{
    mem_free(rows->all);
    arena_release(&rows->arena);
    rows_init(rows, rows->layout);
}

static void reserve(struct rows *rows, size_t count)
{
    size_t cap = rows->cap ? rows->cap : 16;
    while (cap < rows->count + count)
        cap *= 2;
    if (cap > rows->cap)
        rows->all = mem_realloc(rows->all, cap * rows->layout->bytes);
    rows->cap = cap;
}

void *rows_add(struct rows *rows)
{
    reserve(rows, 1);
    void *row = rows_at(rows, rows->count++);
    memset(row, 0, rows->layout->bytes);
    *row_nulls(row) = UINT64_MAX;
    return row;
}

static void set_null(void *row, int field, bool is_null)
{
    *row_nulls(row) = (*row_nulls(row) & ~(UINT64_C(1) << field)) | (uint64_t)is_null << field;
}

void rows_add_record(struct rows *rows, const struct model_record *record, struct buffer *scratch)
{
    const struct row_layout *layout = rows->layout;
    void *row = rows_add(rows);
    for (uint32_t i = 0; i < layout->field_count; i++) {
        int field = layout->fields[i];
        bool is_null = model_is_null(record, field);
        set_null(row, field, is_null && !layout->source->fields[field].zero_for_null);
        if (is_null)
            continue;
        if (row_is_string(layout, field))
            *row_string_at(layout, row, field) =
                arena_copy(&rows->arena, json_text(&record->values[field], scratch));
        else
            *row_number_at(layout, row, field) = record->numbers[field];
    }
}

/* Copies the strings of a row, which were borrowed. */
static void own_strings(struct rows *rows, size_t number)
{
    const struct row_layout *layout = rows->layout;
    void *row = rows_at(rows, number);
    for (uint32_t i = 0; i < layout->string_count; i++) {
        struct str *string = row_string_at(layout, row, layout->string_fields[i]);
        *string = arena_copy(&rows->arena, *string);
    }
}

void rows_append(struct rows *rows, const struct rows *from)
{
    size_t end = rows->count + from->count;
    reserve(rows, from->count);
    if (from->count)
        memcpy(rows_at(rows, rows->count), from->all, from->count * rows->layout->bytes);
    while (rows->count < end)
        own_strings(rows, rows->count++);
}

/* ---- To and from tables ---------------------------------------------------------------------- */

static int64_t time_unit_us(const struct row_layout *layout, int field)
{
    return model_time_unit_us(layout->source->fields[field].time_form);
}

union model_number row_stored_number(const struct parquet_column *column, enum model_type type,
                                     int64_t unit_us, size_t row)
{
    switch (type) {
    case MODEL_TIMESTAMP:
        return (union model_number){.int64 = column->int64s[row] / unit_us};
    case MODEL_BOOL:
        return (union model_number){.int64 = column->bits[row / 8] >> row % 8 & 1};
    case MODEL_INT32:
    case MODEL_DATE:
        return (union model_number){.int64 = column->int32s[row]};
    case MODEL_DOUBLE:
        return (union model_number){.float64 = column->doubles[row]};
    default:
        return (union model_number){.int64 = column->int64s[row]};
    }
}

void rows_add_stored(struct rows *rows, const struct model_table *table,
                     const struct table_group *group, size_t row)
{
    const struct row_layout *layout = rows->layout;
    void *added = rows_add(rows);
    for (size_t i = 0; i < table->column_count; i++) {
        const struct parquet_column *column = &group->columns[i];
        int field = table->columns[i].part;
        bool is_null = parquet_is_null(column, row);
        set_null(added, field, is_null);
        if (row_is_string(layout, field))
            *row_string_at(layout, added, field) =
                arena_copy(&rows->arena, parquet_string(column, row));
        else if (!is_null)
            *row_number_at(layout, added, field) =
                row_stored_number(column, table->columns[i].type, time_unit_us(layout, field), row);
    }
}

static void set_column(const struct row_layout *layout, const void *row,
                       const struct model_column *from, struct columns *columns, int column)
{
    union model_number number = row_number(layout, row, from->part);
    if (row_is_null(row, from->part)) {
        columns_set_null(columns, column);
        return;
    }
    switch (from->type) {
    case MODEL_STRING:
    case MODEL_JSON:
        columns_set_string(columns, column, row_string(layout, row, from->part));
        break;
    case MODEL_INT32:
    case MODEL_DATE:
        columns_set_int32(columns, column, (int32_t)number.int64);
        break;
    case MODEL_DOUBLE:
        columns_set_double(columns, column, &number.float64);
        break;
    case MODEL_TIMESTAMP:
        columns_set_int64(columns, column, number.int64 * time_unit_us(layout, from->part));
        break;
    case MODEL_BOOL:
        columns_set_bool(columns, column, number.int64);
        break;
    case MODEL_INT64:
    case MODEL_DECIMAL:
        columns_set_int64(columns, column, number.int64);
        break;
    }
}

void row_set_columns(const struct row_layout *layout, const void *row,
                     const struct model_table *table, struct columns *columns)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (!table->columns[i].partition)
            set_column(layout, row, &table->columns[i], columns, (int)i);
}

/* ---- In the order of a table ----------------------------------------------------------------- */

struct sorting {
    const struct rows *rows;
    struct model_order order[MODEL_MAX_PARTITIONS + MODEL_MAX_KEYS];
    size_t partition_count, count;
};

/* Null and the empty string have one folder. */
static bool have_no_text(const struct row_layout *layout, int field, const void *a, const void *b)
{
    return row_is_string(layout, field) && row_string(layout, a, field).len == 0 &&
           row_string(layout, b, field).len == 0;
}

/* A row, with words that tell most rows apart: where they are equal, the rows are compared. */
struct row_words {
    uint64_t words[2];
    uint32_t number;
};

static int compare_partitions(const struct sorting *sorting, const void *row, const void *other)
{
    const struct row_layout *layout = sorting->rows->layout;
    for (size_t i = 0; i < sorting->partition_count; i++) {
        int field = sorting->order[i].field;
        int found = row_compare_field(layout, field, row, other);
        if (found && !have_no_text(layout, field, row, other))
            return found;
    }
    return 0;
}

static int compare_rows(const struct sorting *sorting, const void *row, const void *other)
{
    int found = compare_partitions(sorting, row, other);
    return found ? found
                 : row_compare(sorting->rows->layout, sorting->order + sorting->partition_count,
                               sorting->count - sorting->partition_count, 0, row, other);
}

static ALWAYS_INLINE bool comes_first(const struct sorting *sorting, const struct row_words *row,
                                      const struct row_words *other)
{
    for (size_t i = 0; i < ARRAY_LENGTH(row->words); i++)
        if (row->words[i] != other->words[i])
            return row->words[i] < other->words[i];
    return compare_rows(sorting, rows_at(sorting->rows, row->number),
                        rows_at(sorting->rows, other->number)) <= 0;
}

/* Sorts rows by merging, with `spare` half as long; qsort_r, which calls a function for each
 * comparison and each copy, takes twice as long. */
static void sort_words(const struct sorting *sorting, struct row_words *rows, size_t count,
                       struct row_words *spare)
{
    size_t half = count / 2, left = 0, right = half;
    if (count < 2)
        return;
    sort_words(sorting, rows, half, spare);
    sort_words(sorting, rows + half, count - half, spare);
    memcpy(spare, rows, half * sizeof *rows);
    for (struct row_words *out = rows; left < half; out++)
        *out = right == count || comes_first(sorting, &spare[left], &rows[right]) ? spare[left++]
                                                                                  : rows[right++];
}

/* A string's first bytes, or an integer; 0 for null, which may be another's, too. */
static uint64_t sort_word(const struct row_layout *layout, int field, const void *row)
{
    if (!row_is_string(layout, field))
        return row_is_null(row, field)
                   ? 0
                   : (uint64_t)row_number(layout, row, field).int64 ^ (UINT64_C(1) << 63);
    uint64_t word = 0;
    struct str value = row_string(layout, row, field);
    for (size_t i = 0; i < sizeof word; i++)
        word = word << 8 | (i < value.len ? (unsigned char)value.data[i] : 0);
    return word;
}

/* The second word is of the field that decides where the first is a whole value, and equal. */
static void set_words(const struct sorting *sorting, struct row_words *out)
{
    const struct row_layout *layout = sorting->rows->layout;
    const void *row = rows_at(sorting->rows, out->number);
    bool is_whole = true;
    for (size_t i = 0; i < ARRAY_LENGTH(out->words) && i < sorting->count && is_whole; i++) {
        int field = sorting->order[i].field;
        is_whole = layout->source->fields[field].type == MODEL_INT32;
        if (layout->source->fields[field].type != MODEL_DOUBLE)
            out->words[i] = sort_word(layout, field, row);
    }
}

static bool is_same_partition(const struct sorting *sorting, const struct row_words *row,
                              const struct row_words *other)
{
    for (size_t i = 0; i < ARRAY_LENGTH(row->words) && i < sorting->partition_count; i++)
        if (row->words[i] != other->words[i])
            return false;
    return compare_partitions(sorting, rows_at(sorting->rows, row->number),
                              rows_at(sorting->rows, other->number)) == 0;
}

static void copy_sorted(const struct sorting *sorting, const struct row_words *all,
                        struct sorted_rows *out)
{
    out->numbers = mem_alloc((out->count + 1) * sizeof *out->numbers);
    out->partitions = mem_alloc((out->count + 1) * sizeof *out->partitions);
    for (uint32_t i = 0; i < out->count; i++) {
        out->numbers[i] = all[i].number;
        if (i == 0 || !is_same_partition(sorting, &all[i - 1], &all[i]))
            out->partitions[out->partition_count++] = i;
    }
    out->partitions[out->partition_count] = (uint32_t)out->count;
}

struct sorted_rows rows_sorted(const struct rows *rows, const uint32_t *numbers, size_t count,
                               const struct model_table *table)
{
    struct sorted_rows sorted = {.rows = rows, .count = count};
    struct sorting sorting = {.rows = rows};
    for (size_t i = 0; i < table->partition_count; i++)
        sorting.order[sorting.count++].field = table->columns[table->partitions[i]].part;
    sorting.partition_count = sorting.count;
    for (size_t i = 0; i < table->rule->key_count; i++)
        sorting.order[sorting.count++].field = table->rule->keys[i];
    struct row_words *all = mem_zalloc((count + 1) * sizeof *all);
    struct row_words *spare = mem_alloc((count / 2 + 1) * sizeof *spare);
    for (uint32_t i = 0; i < count; i++) {
        all[i].number = numbers ? numbers[i] : i;
        set_words(&sorting, &all[i]);
    }
    sort_words(&sorting, all, count, spare);
    copy_sorted(&sorting, all, &sorted);
    mem_free(spare);
    mem_free(all);
    return sorted;
}

void sorted_rows_release(struct sorted_rows *sorted)
{
    mem_free(sorted->numbers);
    mem_free(sorted->partitions);
    *sorted = (struct sorted_rows){0};
}
