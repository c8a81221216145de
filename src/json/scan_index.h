/* Strings, found by an index of the line's quotes.
 *
 * The index is made before the line is scanned, 64 bytes at a time: masks with a bit for each byte,
 * the first byte lowest, on which nothing branches but what is rare. So no step waits for the one
 * before, and the end of a string is the next entry, however long it is.
 *
 * Only what is plain is scanned so: a line with no white space but blanks and without a fault, up
 * to its first control byte (the newline). Anything else is NULL without a fault that counts, and
 * json_scan lets another version scan it again from its beginning. The version has defined
 *
 *     index_bits(p)                     the masks of the 64 bytes at p
 *     index_equal(p, byte)              one mask
 *     index_put(to, offset, quotes)     writes the positions of the mask's bits, at most 64; up to
 * INDEX_SLACK entries more may be overwritten */

/* Skips blanks alone: the index ends at any other white space. */
static inline const char *skip_space(struct scan *scan, const char *at)
{
    if (LIKELY((unsigned char)*at > ' '))
        return at;
    scan->spaces++;
    while (*at == ' ')
        at++;
    return at;
}

/* Checks the escape sequences whose second bytes these are. *done: up to where they have been
 * checked, since a pair of surrogates is checked as one. */
static inline bool index_check_escapes(const char *at, uint64_t escaped, const char **done)
{
    for (; escaped; escaped &= escaped - 1) {
        const char *second = at + __builtin_ctzll(escaped);
        if (LIKELY(json_scan_is_plain_unit(second)) || second < *done)
            continue;
        *done = json_scan_skip_escape(second - 1);
        if (!*done)
            return false;
    }
    return true;
}

/* The bytes after a backslash that is not escaped itself. In a row of backslashes that begins at an
 * even place these are at odd places, and at even ones in the others. *carry: whether the first
 * byte is one; then, whether the first of the next 64 is. */
static inline uint64_t index_escaped(uint64_t backslashes, uint64_t *carry)
{
    const uint64_t odd_places = UINT64_C(0xAAAAAAAAAAAAAAAA);
    uint64_t rows = backslashes & ~*carry;
    uint64_t odd_begins = rows & ~(rows << 1) & odd_places;
    uint64_t odd_rows = rows ^ (rows + odd_begins); /* each with the byte behind it */
    uint64_t escaped = (rows << 1 & (odd_places ^ odd_rows)) | *carry;
    *carry = (rows & ~escaped) >> 63;
    return escaped;
}

/* The closing quotes of the strings that have a backslash: a bit that is added to the bytes that
 * are no quotes is carried to the next quote. *carry: into the first byte; then, into the next 64.
 */
static inline uint64_t index_closing(uint64_t quotes, uint64_t backslashes, uint64_t *carry)
{
    uint64_t sum;
    bool over = __builtin_add_overflow(~quotes, backslashes, &sum);
    over |= __builtin_add_overflow(sum, *carry, &sum);
    *carry = over;
    return sum & quotes;
}

/* The blocks with bytes that are not ASCII. */
struct index_range {
    uint32_t begin, end;
};

/* From the first such block to the last one. Quotes are ASCII, so if the text there is UTF-8, each
 * string is; and outside of strings no such byte is accepted. */
static inline bool index_is_utf8(const char *record, struct index_range range, uint32_t length)
{
    if (LIKELY(range.end == 0))
        return true;
    uint32_t end = range.end < length ? range.end : length;
    return utf8_valid_prefix(record + range.begin, end - range.begin) == end - range.begin;
}

static inline bool index_make(struct scan *scan, const char *record)
{
    struct quote_index *index = &scan->scanner->index;
    uint16_t *to = index->quotes;
    const char *done = record;
    uint64_t escaped_carry = 0, closing_carry = 0;
    struct index_range high = {0, 0};
    for (uint32_t offset = 0; offset < INDEX_BYTES; offset += 64) {
        __builtin_prefetch(record + offset + INDEX_AHEAD);
        struct index_bits bits = index_bits(record + offset);
        uint64_t before = bits.controls ? (bits.controls & -bits.controls) - 1 : UINT64_MAX;
        uint64_t backslashes = bits.backslashes & before;
        uint64_t escaped = index_escaped(backslashes, &escaped_carry) & before;
        uint64_t quotes = bits.quotes & ~escaped & before;
        uint64_t plain = bits.quotes | backslashes | index_equal(record + offset, '/');
        if (UNLIKELY(escaped & ~plain) &&
            !index_check_escapes(record + offset, escaped & ~plain, &done))
            return false;
        bool has_high = bits.high & before;
        high.begin = high.end ? high.begin : offset;
        high.end = has_high ? offset + 64 : high.end;
        index_put(to, offset, quotes);
        index->escaped[offset / 64] = index_closing(quotes, backslashes, &closing_carry);
        to += __builtin_popcountll(quotes);
        if (bits.controls)
            return (to - index->quotes) % 2 == 0 &&
                   index_is_utf8(record, high, offset + (uint32_t)__builtin_ctzll(bits.controls));
    }
    return false;
}

static inline struct cursor begin_strings(struct scan *scan, const char *at)
{
    scan->record = at;
    if (scan->layout == JSON_LINE && index_make(scan, at))
        return (struct cursor){at, scan->scanner->index.quotes};
    return no_cursor;
}

/* Scans the string whose opening quote is at the cursor; returns the position after it. */
static inline struct cursor scan_string(struct scan *scan, struct cursor cursor, bool *escaped)
{
    uint32_t close = cursor.quote[1];
    *escaped = scan->scanner->index.escaped[close / 64] >> close % 64 & 1;
    return (struct cursor){scan->record + close + 1, cursor.quote + 2};
}

/* Goes on behind a key, `len` bytes long, that was compared. */
static inline struct cursor skip_key(struct cursor cursor, size_t len)
{
    return (struct cursor){cursor.at + len, cursor.quote + 2};
}
