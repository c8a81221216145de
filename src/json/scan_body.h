/* The scanner's logic, included by each scan_<version>.c after it has defined
 *
 *     SCAN_NAME      the function's name
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
 * The running time is that of the dependency chain from one position to the next: load, compare,
 * mask, count zeros. So a string or a number costs one step of this chain for each block. All other
 * tests are branches, which the processor predicts well because records are alike. */

static inline unsigned first_lane(MASK mask)
{
    return (unsigned)__builtin_ctzll(mask) / LANE_BITS;
}

/* The lanes up to and with the first that is set; all lanes if none is. */
static inline MASK lanes_to_first(MASK mask)
{
    return mask ^ (mask - 1);
}

static inline MASK lanes_below(size_t count)
{
    return count >= BLOCK_BYTES ? ALL_LANES : (((MASK)1 << (count * LANE_BITS)) - 1) & ALL_LANES;
}

static inline const char *skip_space(struct scan *scan, const char *at)
{
    if (LIKELY((unsigned char)*at > ' '))
        return at;
    scan->spaces++;
    return json_skip_space(at, scan->end, scan->layout);
}

/* Where the scan of a string stopped: at its closing quote, or at a fault. */
struct string_end {
    const char *at; /* NULL: the fault is set */
    bool escaped;
};

/* The lanes of the bytes after a backslash. *known: each backslash in the block is followed by a
 * quote or a slash (and not by another backslash), as nearly all escapes in the data are; otherwise
 * the result must not be used. */
static inline MASK plain_escapes(BLOCK block, MASK quotes, MASK backslashes, bool *known)
{
    MASK escaped = (backslashes << LANE_BITS) & ALL_LANES;
    *known = (escaped & ~(quotes | block_equal(block, '/'))) == 0;
    return escaped;
}

/* Scans the string whose first byte is `text`. */
static inline struct string_end scan_string(struct scan *scan, const char *text)
{
    struct string_end string = {text, false};
    MASK high = 0;
    for (;;) {
        BLOCK block = block_load(string.at);
        MASK quotes = block_equal(block, '"');
        MASK backslashes = block_equal(block, '\\');
        MASK stops = quotes | block_controls(block);
        size_t step = BLOCK_BYTES;
        if (UNLIKELY(backslashes & lanes_to_first(stops))) {
            bool known;
            MASK escaped = plain_escapes(block, quotes, backslashes, &known);
            string.escaped = true;
            if (!known) {
                high |= block_high(block) & lanes_to_first(backslashes);
                string.at = json_scan_escape(scan, text, string.at + first_lane(backslashes));
                if (!string.at)
                    return string;
                continue;
            }
            stops &= ~escaped;
            /* After a backslash in the last lane, the next block begins with that backslash. */
            step -= (backslashes & ~(ALL_LANES >> LANE_BITS)) != 0;
        }
        high |= block_high(block) & lanes_to_first(stops);
        if (LIKELY(stops)) {
            string.at += first_lane(stops);
            break;
        }
        string.at += step;
    }
    if (UNLIKELY(high || *string.at != '"') && !json_scan_check_string(scan, text, string.at))
        string.at = NULL;
    return string;
}

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

/* Any value but an object or an array. */
static inline const char *scan_scalar(struct scan *scan, const char *at, struct json_value *value)
{
    if (*at == '"') {
        struct string_end string = scan_string(scan, at + 1);
        if (UNLIKELY(!string.at))
            return NULL;
        value_set(value, at + 1, string.at, JSON_KIND_STRING, string.escaped);
        return string.at + 1;
    }
    if ((unsigned)(*at - '0') < 10 || *at == '-') {
        const char *stop = scan_number(scan, at);
        value_set(value, at, stop ? stop : at, JSON_KIND_NUMBER, false);
        return stop;
    }
    return json_scan_literal(scan, at, value);
}

/* Scans a key and its colon; returns where its value begins. */
static const char *scan_key(struct scan *scan, const char *at, struct str *key, bool *escaped)
{
    if (*at != '"')
        return json_scan_fault(scan, at, "expected a key in double quotes");
    struct string_end string = scan_string(scan, at + 1);
    if (!string.at)
        return NULL;
    *key = (struct str){at + 1, (size_t)(string.at - at - 1)};
    *escaped = string.escaped;
    at = skip_space(scan, string.at + 1);
    if (*at != ':')
        return json_scan_fault(scan, at, "expected ':' after a key");
    return skip_space(scan, at + 1);
}

static const char *scan_ignored_key(struct scan *scan, const char *at)
{
    struct str key;
    bool escaped;
    return scan_key(scan, at, &key, &escaped);
}

/* Validates the object or array at `at`, which lies in `outer` others. The open brackets are a
 * stack of bits, the innermost lowest, 1 for an object; those outside are not in it. Only in a
 * document can the stack become longer than a word (json_scan_enter_deep). */
static const char *scan_nested(struct scan *scan, const char *at, size_t outer)
{
    struct json_value ignored;
    uint64_t objects = 0;
    size_t depth = outer;
    for (;;) {
        char open = *at;
        if (open == '{' || open == '[') {
            if (++depth > JSON_MAX_DEPTH && !json_scan_enter_deep(scan, at, depth, objects))
                return NULL;
            objects = objects << 1 | (open == '{');
            at = skip_space(scan, at + 1);
            if (*at != (open == '{' ? '}' : ']')) {
                if (open == '{' && !(at = scan_ignored_key(scan, at)))
                    return NULL;
                continue;
            }
        } else {
            at = scan_scalar(scan, at, &ignored);
            if (!at)
                return NULL;
            at = skip_space(scan, at);
        }
        while (*at == (objects & 1 ? '}' : ']')) {
            objects >>= 1;
            if (--depth == outer)
                return at + 1;
            if (UNLIKELY(depth > JSON_MAX_DEPTH))
                objects = json_scan_leave_deep(scan, depth, objects);
            at = skip_space(scan, at + 1);
        }
        if (*at != ',')
            return json_scan_fault(scan, at,
                                   objects & 1 ? "expected ',' or '}' after a value"
                                               : "expected ',' or ']' after a value");
        at = skip_space(scan, at + 1);
        if (objects & 1 && !(at = scan_ignored_key(scan, at)))
            return NULL;
    }
}

/* Whether the text at `at` begins with the key, its quotes and its colon. */
static inline bool key_matches(const struct key *key, const char *at)
{
    size_t done = 0;
    do {
        MASK same = block_same(block_load(at + done), block_load(key->text + done));
        if (~same & lanes_below(key->len - done))
            return false;
        done += BLOCK_BYTES;
    } while (done < KEY_BYTES && done < key->len);
    return LIKELY(key->len);
}

static const char *scan_members(struct scan *scan, struct wanted *wanted, struct json_value *values,
                                const char *at, size_t depth);
static const char *scan_elements(struct scan *scan, struct wanted *wanted,
                                 struct json_value *values, const char *at, size_t depth);

/* The object or array that is the value of the field, at `depth`. */
static const char *scan_container(struct scan *scan, const struct wanted *wanted, unsigned field,
                                  const char *at, struct json_value *value, size_t depth)
{
    size_t spaces = scan->spaces;
    bool is_object = *at == '{';
    struct wanted *below = field == FIELD_NONE ? NULL
                           : is_object         ? wanted->below[field].keys
                                               : wanted->below[field].elements;
    if (below && UNLIKELY(value->kind != JSON_KIND_MISSING))
        json_scan_forget(scan, below);
    struct json_value *values = below ? scan->values + below->first : NULL;
    const char *stop = !below      ? scan_nested(scan, at, depth)
                       : is_object ? scan_members(scan, below, values, at, depth + 1)
                                   : scan_elements(scan, below, values, at, depth + 1);
    if (UNLIKELY(!stop))
        return NULL;
    value_set(value, at, stop, is_object ? JSON_KIND_OBJECT : JSON_KIND_ARRAY, false);
    value->spaced = scan->spaces != spaces;
    return stop;
}

static inline const char *scan_value(struct scan *scan, const struct wanted *wanted, unsigned field,
                                     const char *at, struct json_value *value, size_t depth)
{
    return LIKELY(*at != '{' && *at != '[') ? scan_scalar(scan, at, value)
                                            : scan_container(scan, wanted, field, at, value, depth);
}

/* Scans the elements of an array from its '[', which is at `depth`. */
static const char *scan_elements(struct scan *scan, struct wanted *wanted,
                                 struct json_value *values, const char *at, size_t depth)
{
    struct json_value ignored;
    unsigned next = 0;
    at = skip_space(scan, at + 1);
    if (*at == ']')
        return at + 1;
    for (uint32_t index = 0;; index++) {
        bool is_wanted = next < wanted->count && wanted->indexes[next] == index;
        at = is_wanted ? scan_value(scan, wanted, next, at, &values[next], depth)
                       : scan_value(scan, wanted, FIELD_NONE, at, &ignored, depth);
        if (UNLIKELY(!at))
            return NULL;
        next += is_wanted;
        at = skip_space(scan, at);
        if (*at != ',')
            break;
        at = skip_space(scan, at + 1);
    }
    return *at == ']' ? at + 1 : json_scan_fault(scan, at, "expected ',' or ']' after a value");
}

/* Scans the members of an object from its '{', which is at `depth`. */
static const char *scan_members(struct scan *scan, struct wanted *wanted, struct json_value *values,
                                const char *at, size_t depth)
{
    struct json_value ignored;
    unsigned last = wanted->count;
    at = skip_space(scan, at + 1);
    if (*at == '}')
        return at + 1;
    for (;;) {
        unsigned field = wanted->next[last];
        if (LIKELY(key_matches(&wanted->keys[field], at))) {
            at = skip_space(scan, at + wanted->keys[field].len);
        } else {
            struct str key;
            bool escaped;
            at = scan_key(scan, at, &key, &escaped);
            if (!at)
                return NULL;
            field = json_scan_find_field(scan, wanted, key, escaped, last);
        }
        at = scan_value(scan, wanted, field, at, field == FIELD_NONE ? &ignored : &values[field],
                        depth);
        if (UNLIKELY(!at))
            return NULL;
        last = field == FIELD_NONE ? last : field;
        at = skip_space(scan, at);
        if (UNLIKELY(*at != ','))
            break;
        at = skip_space(scan, at + 1);
    }
    return *at == '}' ? at + 1 : json_scan_fault(scan, at, "expected ',' or '}' after a value");
}

/* json_scan_fn */
const char *SCAN_NAME(struct scan *scan, const char *at)
{
    return scan_members(scan, &scan->scanner->record, scan->values, at, 1);
}
