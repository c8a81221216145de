/* Counts unknown fields. Their number and length are bounded, because the input may hold anything.
 */
#include "unknown.h"

#include <stdlib.h>

#define MAX_NAMES      1000
#define MAX_NAME_BYTES 256

void unknown_release(struct unknown_fields *fields)
{
    dictionary_release(&fields->names);
    mem_free(fields->records);
    *fields = (struct unknown_fields){0};
}

void unknown_add(struct unknown_fields *fields, struct str name, uint64_t records)
{
    uint64_t hash = hash_str(name);
    uint32_t code = dictionary_find(&fields->names, name, hash);
    if (code == INDEX_NONE && (name.len > MAX_NAME_BYTES || fields->names.count >= MAX_NAMES)) {
        fields->more += records;
        return;
    }
    if (code == INDEX_NONE) {
        code = dictionary_add(&fields->names, name, hash);
        MEM_GROW(fields->records, fields->names.count, fields->cap);
        fields->records[code] = 0;
    }
    fields->records[code] += records;
}

void unknown_merge(struct unknown_fields *into, const struct unknown_fields *from)
{
    for (uint32_t code = 0; code < from->names.count; code++)
        unknown_add(into, dictionary_value(&from->names, code), from->records[code]);
    into->more += from->more;
}

static int by_name(const void *a, const void *b)
{
    return str_compare(((const struct unknown_field *)a)->name,
                       ((const struct unknown_field *)b)->name);
}

void unknown_report(const struct unknown_fields *fields, struct arena *arena,
                    struct source_report *out)
{
    size_t count = fields->names.count;
    out->unknown_more = fields->more;
    out->unknown_count = count;
    out->unknown = arena_alloc(arena, count * sizeof *out->unknown);
    for (uint32_t code = 0; code < count; code++)
        out->unknown[code] = (struct unknown_field){
            arena_copy(arena, dictionary_value(&fields->names, code)), fields->records[code]};
    if (count)
        qsort(out->unknown, count, sizeof *out->unknown, by_name);
}
