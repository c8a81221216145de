/* Strings, searched for their ends block by block.
 *
 * The running time is that of the dependency chain from one position to the next: load, compare,
 * mask, count zeros. So a string costs one step of this chain for each block. */

static inline struct cursor begin_strings(struct scan *scan, const char *at)
{
    (void)scan;
    return (struct cursor){at, NULL};
}

static inline const char *skip_space(struct scan *scan, const char *at)
{
    if (LIKELY((unsigned char)*at > ' '))
        return at;
    scan->spaces++;
    return json_skip_space(at, scan->end, scan->layout);
}

/* The lanes up to and with the first that is set; all lanes if none is. */
static inline MASK lanes_to_first(MASK mask)
{
    return mask ^ (mask - 1);
}

/* The lanes of the bytes after a backslash. *known: each backslash in the block is followed by a
 * quote or a slash (and not by another backslash), as nearly all escapes in the data are; otherwise
 * the result must not be used. */
static inline MASK plain_escapes(BLOCK block, MASK quotes, MASK backslashes, bool *known)
{
    MASK escaped = (backslashes << LANE_BITS) & ALL_LANES;
    *known = (escaped & ~(quotes | block_equal(block, '/'))) == 0;
    return escaped;
}

/* Scans the string whose opening quote is at the cursor; returns the position after it. */
static inline struct cursor scan_string(struct scan *scan, struct cursor cursor, bool *escaped)
{
    const char *text = cursor.at + 1, *at = text;
    *escaped = false;
    MASK high = 0;
    for (;;) {
        BLOCK block = block_load(at);
        MASK quotes = block_equal(block, '"');
        MASK backslashes = block_equal(block, '\\');
        MASK stops = quotes | block_controls(block);
        size_t step = BLOCK_BYTES;
        if (UNLIKELY(backslashes & lanes_to_first(stops))) {
            bool known;
            MASK marked = plain_escapes(block, quotes, backslashes, &known);
            *escaped = true;
            if (!known) {
                high |= block_high(block) & lanes_to_first(backslashes);
                at = json_scan_escape(scan, text, at + first_lane(backslashes));
                if (!at)
                    return no_cursor;
                continue;
            }
            stops &= ~marked;
            /* After a backslash in the last lane, the next block begins with that backslash. */
            step -= (backslashes & ~(ALL_LANES >> LANE_BITS)) != 0;
        }
        high |= block_high(block) & lanes_to_first(stops);
        if (LIKELY(stops)) {
            at += first_lane(stops);
            break;
        }
        at += step;
    }
    if (UNLIKELY(high || *at != '"') && !json_scan_check_string(scan, text, at))
        return no_cursor;
    return (struct cursor){at + 1, NULL};
}

/* Goes on behind a key, `len` bytes long, that was compared. */
static inline struct cursor skip_key(struct cursor cursor, size_t len)
{
    return (struct cursor){cursor.at + len, NULL};
}
