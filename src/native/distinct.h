/* distinct: the distinct strings of a batch's column, as they stand in the input, so that escapes
 * are decoded once for each value and not once for each row. */
#ifndef SPARKIFY_NATIVE_DISTINCT_H
#define SPARKIFY_NATIVE_DISTINCT_H

#include <model.h>

/* Code 0 is null; code c is entry c - 1. Two codes may decode to one value ("a\/b" and "a/b"). */
struct distinct {
    struct dictionary raw;
    uint64_t *hashes; /* hash_str of the decoded value, by entry */
    size_t cap;
};

void distinct_release(struct distinct *distinct);
/* The code of a value; `guess` is the one it probably has, or 0. */
uint32_t distinct_code(struct distinct *distinct, struct str raw, uint32_t guess,
                       struct buffer *scratch);
/* The hash_str of the decoded value of a code. */
static inline uint64_t distinct_hash(const struct distinct *distinct, uint32_t code)
{
    return code ? distinct->hashes[code - 1] : hash_str(STR_NULL);
}

/* A value of a record as it stands in the input: a string between its quotes, or the token of a
 * number, true or false. STR_NULL where it is null. */
static inline struct str raw_text(const struct model_record *record, int field)
{
    const struct json_value *value = &record->values[field];
    return model_is_null(record, field) ? STR_NULL : (struct str){value->text, value->len};
}
/* Decodes a value as it stands in the input: borrowed from it, or from `scratch`. Null stays. */
struct str raw_decode(struct str raw, struct buffer *scratch);
/* What raw_decode makes the value of; the same ownership. */
struct str raw_encode(struct str value, struct buffer *scratch);

#endif
