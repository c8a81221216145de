#include "packed_rows.h"

/* The first chunk is small, since most lists have few rows; each is twice as large as the one
 * before, up to this. */
#define CHUNK_BYTES       ((size_t)PACKED_UNIT << PACKED_CHUNK_BITS)
#define FIRST_CHUNK_BYTES (CHUNK_BYTES >> FIRST_CHUNK_SHIFT)
#define FIRST_CHUNK_SHIFT 5
/* What no row needs may be this much, and as much as what the rows need. */
#define DROPPED_BYTES ((size_t)256 << 10)
/* In the size of a row's memory: it has moved on. */
#define IS_DROPPED (UINT32_C(1) << 31)

/* ---- A packed row ---------------------------------------------------------------------------- */

void *packed_begin(const struct row_layout *layout, const void *row, size_t most,
                   struct buffer *out)
{
    buffer_reset(out);
    size_t fixed = (1 + layout->number_count) * sizeof(uint64_t) +
                   (1 + layout->string_count) * sizeof(uint32_t);
    void *packed = buffer_reserve(out, fixed + most + PACKED_UNIT); /* whole units are copied */
    uint64_t *words = packed_words(packed);
    words[0] = *(const uint64_t *)row;
    for (uint32_t i = 0; i < layout->number_count; i++)
        words[1 + i] = (uint64_t)row_number(layout, row, layout->numbers[i]).int64;
    return packed;
}

void *packed_row(const struct row_layout *layout, const void *row, struct buffer *out)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < layout->string_count; i++)
        bytes += row_string(layout, row, layout->string_fields[i]).len;
    void *packed = packed_begin(layout, row, bytes, out);
    char *strings = packed_strings(layout, packed);
    for (uint32_t i = 0, end = 0; i < layout->string_count; i++) {
        struct str string = row_string(layout, row, layout->string_fields[i]);
        if (string.len)
            memcpy(strings + end, string.data, string.len);
        packed_ends(layout, packed)[i] = end += (uint32_t)string.len;
    }
    return packed;
}

void packed_unpack(const struct row_layout *layout, const void *packed, void *row)
{
    const uint64_t *words = packed_words(packed);
    const uint32_t *ends = packed_ends(layout, packed);
    const char *strings = packed_strings(layout, packed);
    *row_nulls(row) = words[0];
    for (uint32_t i = 0; i < layout->number_count; i++)
        row_number_at(layout, row, layout->numbers[i])->int64 = (int64_t)words[1 + i];
    for (uint32_t i = 0, begin = 0; i < layout->string_count; begin = ends[i++]) {
        int field = layout->string_fields[i];
        bool is_null = words[0] >> field & 1;
        *row_string_at(layout, row, field) =
            (struct str){is_null ? NULL : strings + begin, ends[i] - begin};
    }
}

/* In whole units. */
static size_t size_of(const struct row_layout *layout, const void *packed)
{
    size_t strings =
        layout->string_count ? packed_ends(layout, packed)[layout->string_count - 1] : 0;
    size_t size = (size_t)(packed_strings(layout, packed) + strings - (const char *)packed);
    return (size + PACKED_UNIT - 1) / PACKED_UNIT * PACKED_UNIT;
}

static bool have_same_keys(const struct packed_rows *rows, const void *a, const void *b)
{
    const struct row_layout *layout = rows->layout;
    const uint64_t *words = packed_words(a), *others = packed_words(b);
    for (size_t i = 0; i < rows->key_numbers; i++)
        if (words[1 + i] != others[1 + i])
            return false;
    const uint32_t *ends = packed_ends(layout, a), *other_ends = packed_ends(layout, b);
    for (size_t i = 0; i < rows->key_strings; i++)
        if (ends[i] != other_ends[i])
            return false;
    return rows->key_strings == 0 ||
           bytes_equal(packed_strings(layout, a), packed_strings(layout, b),
                       ends[rows->key_strings - 1]);
}

/* ---- Memory ---------------------------------------------------------------------------------- */

void packed_rows_init(struct packed_rows *rows, const struct row_layout *layout, size_t key_count)
{
    *rows = (struct packed_rows){.layout = layout};
    for (size_t i = 0; i < key_count; i++)
        *(row_is_string(layout, layout->fields[i]) ? &rows->key_strings : &rows->key_numbers) += 1;
}

void packed_rows_release(struct packed_rows *rows)
{
    index_release(&rows->index);
    for (size_t i = 0; i < rows->chunk_count; i++)
        mem_free(rows->chunks[i].data);
    mem_free(rows->chunks);
    *rows = (struct packed_rows){0};
}

/* A row may be longer than a chunk: then it is alone in one. */
static void add_chunk(struct packed_rows *rows, size_t size)
{
    size_t count = rows->chunk_count, usual = CHUNK_BYTES;
    if (count < FIRST_CHUNK_SHIFT)
        usual = FIRST_CHUNK_BYTES << count;
    MEM_GROW(rows->chunks, count + 1, rows->chunk_cap);
    struct packed_chunk *chunk = &rows->chunks[rows->chunk_count++];
    chunk->size = size > usual ? size : usual;
    chunk->data = mem_alloc(chunk->size);
    chunk->used = 0;
}

static bool has_room(const struct packed_rows *rows, size_t size)
{
    if (rows->chunk_count == 0)
        return false;
    const struct packed_chunk *last = &rows->chunks[rows->chunk_count - 1];
    return last->size - last->used >= size && last->used < CHUNK_BYTES;
}

/* Copies a packed row to new memory, which is as large as it is now; returns its place. */
static uint32_t put(struct packed_rows *rows, void *packed)
{
    size_t size = size_of(rows->layout, packed);
    if (!has_room(rows, size))
        add_chunk(rows, size);
    struct packed_chunk *chunk = &rows->chunks[rows->chunk_count - 1];
    size_t place = (rows->chunk_count - 1) << PACKED_CHUNK_BITS | chunk->used / PACKED_UNIT;
    if (place >= INDEX_NONE)
        mem_exhausted();
    *packed_size(rows->layout, packed) = (uint32_t)size;
    memcpy(chunk->data + chunk->used, packed, size);
    chunk->used += size;
    rows->row_bytes += size;
    return (uint32_t)place;
}

/* Moves the rows that are in use to new chunks. */
static void drop_the_others(struct packed_rows *rows)
{
    struct packed_rows old = *rows;
    rows->chunks = NULL;
    rows->chunk_count = rows->chunk_cap = rows->row_bytes = rows->dropped_bytes = 0;
    for (size_t i = 0; i < old.index.cap; i++)
        if (old.index.slots[i].record)
            rows->index.slots[i].record =
                put(rows, packed_rows_at(&old, old.index.slots[i].record - 1)) + 1;
    old.index = (struct index){0};
    packed_rows_release(&old);
}

/* ---- Rows ------------------------------------------------------------------------------------ */

static bool is_at(const void *ctx, uint32_t place, const void *packed)
{
    const struct packed_rows *rows = ctx;
    return have_same_keys(rows, packed_rows_at(rows, place), packed);
}

uint32_t packed_rows_find(const struct packed_rows *rows, uint64_t hash, const void *packed)
{
    return index_find(&rows->index, hash, is_at, rows, packed);
}

void packed_rows_add(struct packed_rows *rows, uint64_t hash, void *packed)
{
    index_add(&rows->index, hash, put(rows, packed));
}

void packed_rows_replace(struct packed_rows *rows, uint64_t hash, uint32_t place, void *packed)
{
    void *before = packed_rows_at(rows, place);
    uint32_t *room = packed_size(rows->layout, before);
    size_t size = size_of(rows->layout, packed), size_before = size_of(rows->layout, before);
    rows->row_bytes -= size_before;
    rows->dropped_bytes += size_before;
    if (size <= *room) {
        rows->row_bytes += size;
        rows->dropped_bytes -= size;
        *packed_size(rows->layout, packed) = *room;
        memcpy(before, packed, size);
    } else {
        *room |= IS_DROPPED;
        index_renumber(&rows->index, hash, place, put(rows, packed));
    }
    if (rows->dropped_bytes > DROPPED_BYTES + rows->row_bytes)
        drop_the_others(rows);
}

void packed_rows_unpack(const struct packed_rows *rows, struct rows *out)
{
    for (size_t i = 0; i < rows->chunk_count; i++) {
        const struct packed_chunk *chunk = &rows->chunks[i];
        for (size_t at = 0; at < chunk->used;) {
            const void *packed = chunk->data + at;
            uint32_t size = *packed_size(rows->layout, packed);
            if (!(size & IS_DROPPED))
                packed_unpack(rows->layout, packed, rows_add(out));
            at += size & ~IS_DROPPED;
        }
    }
}
