/* The scanner's logic, included by each scan_<version>.c after it has defined
 *
 *     SCAN_NAME      the function's name
 *     SCAN_STRINGS   how the end of a string is found: "scan_search.h" or "scan_index.h"
 *     BLOCK          a block of BLOCK_BYTES bytes
 *     MASK           an unsigned integer with a lane of LANE_BITS bits for each byte of a block,
 * the first byte lowest; only one bit of a lane is used, and ALL_LANES has it in every lane
 *     block_load(p), block_same(a, b), block_equal(block, byte), block_controls(block) (< 0x20),
 *     block_high(block) (>= 0x80), block_others(block) (no digits)
 *
 * No loop here compares with scan->end: the byte there is zero, and no token has a zero byte, so
 * each loop stops at it. A block is loaded only from a position up to which all bytes were
 * accepted, hence from `end` at the latest, and it ends within JSON_PADDING.
 *
 * Nearly all members are as those of the record before: then the comma, the key, its colon and the
 * opening quote of a string are one comparison. All other tests are branches, which the processor
 * predicts well because records are alike. */

static inline unsigned first_lane(MASK mask)
{
    return (unsigned)__builtin_ctzll(mask) / LANE_BITS;
}

static inline MASK lanes_below(size_t count)
{
    if (BLOCK_BYTES * LANE_BITS < 64) /* one step, and no branch */
        return (MASK)((UINT64_C(1) << (count * LANE_BITS)) - 1) & ALL_LANES;
    return count >= BLOCK_BYTES ? ALL_LANES : (((MASK)1 << (count * LANE_BITS)) - 1) & ALL_LANES;
}

/* The lane of the last of `count` bytes. */
static inline MASK last_lane(size_t count)
{
    return ALL_LANES & ((MASK)1 << (count * LANE_BITS - 1));
}

static const struct cursor no_cursor = {0};

static inline struct cursor fault(struct scan *scan, struct cursor cursor, const char *message)
{
    return (struct cursor){json_scan_fault(scan, cursor.at, message), NULL};
}

#include SCAN_STRINGS

static inline const char *skip_digits(const char *at)
{
    for (;;) {
        MASK others = block_others(block_load(at));
        if (LIKELY(others))
            return at + first_lane(others);
        at += BLOCK_BYTES;
    }
}

/* RFC 8259, section 6. */
static inline const char *scan_number(struct scan *scan, const char *at)
{
    const char *digits = at + (*at == '-');
    const char *stop = skip_digits(digits);
    if (UNLIKELY(stop == digits))
        return json_scan_fault(scan, stop, "expected a digit after '-'");
    if (UNLIKELY(*digits == '0' && stop > digits + 1))
        return json_scan_fault(scan, digits, "a number must not begin with 0 and another digit");
    if (*stop == '.') {
        const char *fraction = stop + 1;
        stop = skip_digits(fraction);
        if (UNLIKELY(stop == fraction))
            return json_scan_fault(scan, stop, "expected a digit after the decimal point");
    }
    if (UNLIKELY((*stop | 0x20) == 'e')) {
        const char *exponent = stop + 1;
        exponent += *exponent == '+' || *exponent == '-';
        stop = skip_digits(exponent);
        if (stop == exponent)
            return json_scan_fault(scan, stop, "expected a digit in the exponent");
    }
    return stop;
}

static inline void value_set(struct json_value *value, const char *text, const char *stop,
                             enum json_kind kind, bool escaped)
{
    *value = (struct json_value){text, (uint32_t)(stop - text), (uint8_t)kind, escaped, false};
}

static inline struct cursor scan_string_value(struct scan *scan, struct cursor cursor,
                                              struct json_value *value)
{
    const char *text = cursor.at + 1;
    bool escaped;
    cursor = scan_string(scan, cursor, &escaped);
    if (LIKELY(cursor.at))
        value_set(value, text, cursor.at - 1, JSON_KIND_STRING, escaped);
    return cursor;
}

/* Any value but an object or an array. */
static inline struct cursor scan_scalar(struct scan *scan, struct cursor cursor,
                                        struct json_value *value)
{
    const char *at = cursor.at;
    if (*at == '"') {
        cursor = scan_string_value(scan, cursor, value);
    } else if ((unsigned)(*at - '0') < 10 || *at == '-') {
        cursor.at = scan_number(scan, at);
        value_set(value, at, cursor.at ? cursor.at : at, JSON_KIND_NUMBER, false);
    } else {
        cursor.at = json_scan_literal(scan, at, value);
    }
    return cursor;
}

/* Scans a key and its colon; returns where its value begins. */
static struct cursor scan_key(struct scan *scan, struct cursor cursor, struct str *key,
                              bool *escaped)
{
    const char *text = cursor.at + 1;
    if (*cursor.at != '"')
        return fault(scan, cursor, "expected a key in double quotes");
    cursor = scan_string(scan, cursor, escaped);
    if (!cursor.at)
        return cursor;
    *key = (struct str){text, (size_t)(cursor.at - 1 - text)};
    cursor.at = skip_space(scan, cursor.at);
    if (*cursor.at != ':')
        return fault(scan, cursor, "expected ':' after a key");
    cursor.at = skip_space(scan, cursor.at + 1);
    return cursor;
}

static struct cursor scan_ignored_key(struct scan *scan, struct cursor cursor)
{
    struct str key;
    bool escaped;
    return scan_key(scan, cursor, &key, &escaped);
}

/* Validates the object or array at the cursor, which lies in `outer` others. The open brackets are
 * a stack of bits, the innermost lowest, 1 for an object; those outside are not in it. Only in a
 * document can the stack become longer than a word (json_scan_enter_deep). */
static struct cursor scan_nested(struct scan *scan, struct cursor cursor, size_t outer)
{
    struct json_value ignored;
    uint64_t objects = 0;
    size_t depth = outer;
    for (;;) {
        char open = *cursor.at;
        if (open == '{' || open == '[') {
            if (++depth > JSON_MAX_DEPTH && !json_scan_enter_deep(scan, cursor.at, depth, objects))
                return no_cursor;
            objects = objects << 1 | (open == '{');
            cursor.at = skip_space(scan, cursor.at + 1);
            if (*cursor.at != (open == '{' ? '}' : ']')) {
                if (open == '{' && !(cursor = scan_ignored_key(scan, cursor)).at)
                    return cursor;
                continue;
            }
        } else {
            cursor = scan_scalar(scan, cursor, &ignored);
            if (!cursor.at)
                return cursor;
            cursor.at = skip_space(scan, cursor.at);
        }
        while (*cursor.at == (objects & 1 ? '}' : ']')) {
            objects >>= 1;
            cursor.at++;
            if (--depth == outer)
                return cursor;
            if (UNLIKELY(depth > JSON_MAX_DEPTH))
                objects = json_scan_leave_deep(scan, depth, objects);
            cursor.at = skip_space(scan, cursor.at);
        }
        if (*cursor.at != ',')
            return fault(scan, cursor,
                         objects & 1 ? "expected ',' or '}' after a value"
                                     : "expected ',' or ']' after a value");
        cursor.at = skip_space(scan, cursor.at + 1);
        if (objects & 1 && !(cursor = scan_ignored_key(scan, cursor)).at)
            return cursor;
    }
}

enum match { MATCH_NONE, MATCH_KEY, MATCH_STRING };

/* Whether the text at `at`, but for the first `skip` bytes, begins with the key and with a string,
 * or with the key and another value. */
static inline enum match match_key(const struct key *key, const char *at, size_t skip)
{
    MASK ignored = lanes_below(skip);
    size_t done = 0;
    if (UNLIKELY(!key->len))
        return MATCH_NONE;
    for (; BLOCK_BYTES < KEY_BYTES && done + BLOCK_BYTES < key->len; done += BLOCK_BYTES) {
        MASK same = block_same(block_load(at + done), block_load(key->text + done));
        if (~(same | ignored) & ALL_LANES)
            return MATCH_NONE;
        ignored = 0;
    }
    MASK same = block_same(block_load(at + done), block_load(key->text + done));
    MASK others = ~(same | ignored) & lanes_below(key->len - done);
    if (LIKELY(others == 0))
        return MATCH_STRING;
    return others == last_lane(key->len - done) ? MATCH_KEY : MATCH_NONE;
}

static struct cursor scan_members(struct scan *scan, struct wanted *wanted,
                                  struct json_value *values, struct cursor cursor, size_t depth);
static struct cursor scan_elements(struct scan *scan, struct wanted *wanted,
                                   struct json_value *values, struct cursor cursor, size_t depth);

/* The object or array that is the value of the field, at `depth`. */
static struct cursor scan_container(struct scan *scan, const struct wanted *wanted, unsigned field,
                                    struct cursor cursor, struct json_value *value, size_t depth)
{
    const char *text = cursor.at;
    size_t spaces = scan->spaces;
    bool is_object = *text == '{';
    struct wanted *below = field == FIELD_NONE ? NULL
                           : is_object         ? wanted->below[field].keys
                                               : wanted->below[field].elements;
    if (below && UNLIKELY(value->kind != JSON_KIND_MISSING))
        json_scan_forget(scan, below);
    struct json_value *values = below ? scan->values + below->first : NULL;
    cursor = !below      ? scan_nested(scan, cursor, depth)
             : is_object ? scan_members(scan, below, values, cursor, depth + 1)
                         : scan_elements(scan, below, values, cursor, depth + 1);
    if (UNLIKELY(!cursor.at))
        return cursor;
    value_set(value, text, cursor.at, is_object ? JSON_KIND_OBJECT : JSON_KIND_ARRAY, false);
    value->spaced = scan->spaces != spaces;
    return cursor;
}

static inline struct cursor scan_value(struct scan *scan, const struct wanted *wanted,
                                       unsigned field, struct cursor cursor,
                                       struct json_value *value, size_t depth)
{
    return LIKELY(*cursor.at != '{' && *cursor.at != '[')
               ? scan_scalar(scan, cursor, value)
               : scan_container(scan, wanted, field, cursor, value, depth);
}

/* Scans the elements of an array from its '[', which is at `depth`. */
static struct cursor scan_elements(struct scan *scan, struct wanted *wanted,
                                   struct json_value *values, struct cursor cursor, size_t depth)
{
    struct json_value ignored;
    unsigned next = 0;
    cursor.at = skip_space(scan, cursor.at + 1);
    for (uint32_t index = 0; index > 0 || *cursor.at != ']'; index++) {
        bool is_wanted = next < wanted->count && wanted->indexes[next] == index;
        cursor = is_wanted ? scan_value(scan, wanted, next, cursor, &values[next], depth)
                           : scan_value(scan, wanted, FIELD_NONE, cursor, &ignored, depth);
        if (UNLIKELY(!cursor.at))
            return cursor;
        next += is_wanted;
        cursor.at = skip_space(scan, cursor.at);
        if (*cursor.at != ',')
            break;
        cursor.at = skip_space(scan, cursor.at + 1);
    }
    if (*cursor.at != ']')
        return fault(scan, cursor, "expected ',' or ']' after a value");
    cursor.at++;
    return cursor;
}

/* Whether the text at `at` begins with the key, its quotes and its colon. */
static inline bool name_matches(const struct key *key, const char *at)
{
    size_t len = key->len - 2u;
    if (!key->len)
        return false;
    for (size_t done = 0; done < len; done += BLOCK_BYTES) {
        MASK same = block_same(block_load(at + done), block_load(key->text + 1 + done));
        if (~same & lanes_below(len - done))
            return false;
    }
    return true;
}

static inline struct key *find_key(struct wanted *wanted, struct key *expected, const char *at)
{
    if (name_matches(expected, at))
        return expected;
    for (unsigned i = 0; i < wanted->key_count; i++)
        if (name_matches(&wanted->keys[i], at))
            return &wanted->keys[i];
    return NULL;
}

/* Scans the key at the cursor, and its colon, where it need not be the one that is expected after
 * *last. From now on it is, and becomes *last. */
static struct cursor scan_any_key(struct scan *scan, struct wanted *wanted, struct cursor cursor,
                                  struct key **last, unsigned *field)
{
    struct str name;
    bool escaped;
    struct key *key = find_key(wanted, (*last)->next, cursor.at);
    if (key) {
        *last = (*last)->next = key;
        *field = key->field;
        return skip_key(cursor, key->len - 2u);
    }
    cursor = scan_key(scan, cursor, &name, &escaped);
    if (cursor.at)
        *field = json_scan_find_field(scan, wanted, name, escaped, last);
    return cursor;
}

/* Scans the members of an object from its '{', which is at `depth`. */
static struct cursor scan_members(struct scan *scan, struct wanted *wanted,
                                  struct json_value *values, struct cursor cursor, size_t depth)
{
    struct json_value ignored;
    struct key *last = &wanted->keys[wanted->count];
    for (size_t is_first = 1;; is_first = 0) {
        struct key *key = last->next;
        unsigned field = key->field;
        enum match match = match_key(key, cursor.at, is_first);
        if (LIKELY(match != MATCH_NONE)) {
            cursor = skip_key(cursor, key->len - 1u);
            last = key;
        } else {
            cursor.at = is_first ? cursor.at : skip_space(scan, cursor.at);
            if (!is_first && *cursor.at != ',')
                break;
            cursor.at = skip_space(scan, cursor.at + 1);
            if (is_first && *cursor.at == '}')
                break;
            cursor = scan_any_key(scan, wanted, cursor, &last, &field);
            if (UNLIKELY(!cursor.at))
                return cursor;
        }
        struct json_value *value = field == FIELD_NONE ? &ignored : &values[field];
        if (LIKELY(match == MATCH_STRING)) {
            cursor = scan_string_value(scan, cursor, value);
        } else {
            cursor.at = skip_space(scan, cursor.at);
            cursor = scan_value(scan, wanted, field, cursor, value, depth);
        }
        if (UNLIKELY(!cursor.at))
            return cursor;
    }
    if (*cursor.at != '}')
        return fault(scan, cursor, "expected ',' or '}' after a value");
    cursor.at++;
    return cursor;
}

/* json_scan_fn */
const char *SCAN_NAME(struct scan *scan, const char *at)
{
    struct cursor cursor = begin_strings(scan, at);
    return cursor.at ? scan_members(scan, scan->scanner->record, scan->values, cursor, 1).at : NULL;
}
