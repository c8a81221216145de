/* Distinct strings in their JSON form. */
#include "distinct.h"

/* A text without a backslash is its own value: the scanner accepts a backslash in escapes only. */
struct str raw_decode(struct str raw, struct buffer *scratch)
{
    if (raw.len == 0 || !memchr(raw.data, '\\', raw.len))
        return raw;
    struct json_value value = {
        .text = raw.data, .len = (uint32_t)raw.len, .kind = JSON_KIND_STRING, .escaped = true};
    return json_text(&value, scratch);
}

struct str raw_encode(struct str value, struct buffer *scratch)
{
    if (value.len == 0 || !memchr(value.data, '\\', value.len))
        return value;
    buffer_reset(scratch);
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] == '\\')
            buffer_append_char(scratch, '\\');
        buffer_append_char(scratch, value.data[i]);
    }
    return buffer_str(scratch);
}

void distinct_reset(struct distinct *distinct)
{
    dictionary_reset(&distinct->raw);
    distinct->is_loose = false;
}

void distinct_release(struct distinct *distinct)
{
    dictionary_release(&distinct->raw);
    mem_free(distinct->hashes);
}

static void set_hash(struct distinct *distinct, uint32_t entry, uint64_t hash)
{
    MEM_GROW(distinct->hashes, (size_t)entry + 1, distinct->cap);
    distinct->hashes[entry] = hash;
}

uint32_t distinct_code(struct distinct *distinct, struct str raw, struct buffer *scratch)
{
    if (!raw.data)
        return 0;
    size_t count = distinct->raw.count;
    uint64_t raw_hash = hash_str(raw);
    uint32_t entry = dictionary_add(&distinct->raw, raw, raw_hash);
    if (entry == count) {
        struct str value = raw_decode(raw, scratch);
        set_hash(distinct, entry, value.data == raw.data ? raw_hash : hash_str(value));
    }
    return entry + 1;
}

void distinct_loosen(struct distinct *distinct)
{
    distinct->is_loose = true;
    distinct->first_loose = (uint32_t)distinct->raw.count;
}

uint32_t distinct_append(struct distinct *distinct, struct str value)
{
    if (!value.data)
        return 0;
    uint32_t entry = dictionary_append(&distinct->raw, value);
    set_hash(distinct, entry, hash_str(value));
    return entry + 1;
}

struct str distinct_value(const struct distinct *distinct, uint32_t entry, struct buffer *scratch)
{
    struct str value = dictionary_value(&distinct->raw, entry);
    bool is_decoded = distinct->is_loose && entry >= distinct->first_loose;
    return is_decoded ? value : raw_decode(value, scratch);
}
