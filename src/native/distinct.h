/* distinct: the distinct strings of a batch's column in their JSON form, so that escapes are
 * decoded once for each value and not once for each row. */
#pragma once

#include <model_record.h>

/* Code 0 is null; code c is entry c - 1. Two codes may decode to one value ("a\/b" and "a/b"), and
 * two to the same bytes once the column is loose: where nearly all values are new, looking for each
 * would cost more than it saves. */
struct distinct {
    struct dictionary raw; /* the entries: in their JSON form, decoded from first_loose on */
    uint64_t *hashes;      /* hash_str of the decoded value, by entry */
    size_t cap;
    bool is_loose;
    uint32_t first_loose;
};

void distinct_reset(struct distinct *distinct);
void distinct_release(struct distinct *distinct);
/* Returns the code of a value and adds the value where it is new; `scratch` is for escapes. Not for
 * loose columns. */
uint32_t distinct_code(struct distinct *distinct, struct str raw, struct buffer *scratch);
/* The same, where the value probably has the code `guess`, or 0. */
static inline uint32_t distinct_code_guessed(struct distinct *distinct, struct str raw,
                                             uint32_t guess, struct buffer *scratch)
{
    if (guess) {
        struct str guessed = dictionary_value(&distinct->raw, guess - 1);
        if (guessed.len == raw.len && raw.data && bytes_equal(guessed.data, raw.data, raw.len))
            return guess;
    }
    return distinct_code(distinct, raw, scratch);
}
/* After so many values, and again after as many, it is judged whether looking for them pays. */
#define DISTINCT_JUDGED 512
/* What is loose in a batch mostly is in the next, too: it is judged again after so many batches. */
#define DISTINCT_JUDGED_AGAIN 16
/* It does not where nearly all have been new. */
static inline bool are_nearly_all_new(size_t distinct, size_t values)
{
    return distinct > values - values / 16;
}
/* From here on the column is loose: distinct_append gives each value a code of its own, but null.
 * The value is decoded. */
void distinct_loosen(struct distinct *distinct);
uint32_t distinct_append(struct distinct *distinct, struct str value);
/* The decoded value of an entry; borrowed from `distinct` or from `scratch`. */
struct str distinct_value(const struct distinct *distinct, uint32_t entry, struct buffer *scratch);
/* The hash_str of the decoded value of a code. */
static inline uint64_t distinct_hash(const struct distinct *distinct, uint32_t code)
{
    return code ? distinct->hashes[code - 1] : hash_str(STR_NULL);
}

/* A value of a record in its JSON form: a string without its quotes, or the token of a number, true
 * or false; STR_NULL for null. Borrowed from the input. */
static inline struct str raw_text(const struct model_record *record, int field)
{
    const struct json_value *value = &record->values[field];
    return model_is_null(record, field) ? STR_NULL : (struct str){value->text, value->len};
}
/* Decodes a value in its JSON form; the result is borrowed from `raw` or from `scratch`. STR_NULL
 * stays STR_NULL. */
struct str raw_decode(struct str raw, struct buffer *scratch);
/* The inverse of raw_decode, with the same ownership. */
struct str raw_encode(struct str value, struct buffer *scratch);
