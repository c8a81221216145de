/* Each version of the scanner returns what the portable one does: the same values, positions,
 * faults and unknown keys, on random records that are then damaged. The boundaries of blocks are
 * tested at every position: strings of many lengths, at each alignment, with each special byte. */
#include "json_case.h"

#include <stdio.h>

static const struct str names[] = {TEXT("artist"), TEXT("itemInSession"), TEXT("ts"),
                                   TEXT("userAgent"), TEXT("a name of two blocks")};

#define VERSIONS_MAX 4

/* The results of one scan. */
struct outcome {
    ptrdiff_t stop; /* -1 after a fault */
    struct json_value values[COUNT(names)];
    struct json_fault fault;
    ptrdiff_t fault_at;
    uint64_t unknown;
    uint64_t texts; /* a hash of the decoded strings */
};

/* The same however often a key is named. */
static void hash_unknown(void *ctx, struct str key)
{
    uint64_t *hash = ctx;
    *hash |= hash_str(key);
}

static uint64_t hash_texts(const struct json_value *values)
{
    CLEANUP(buffer_release) struct buffer scratch = {0};
    uint64_t hash = 0;
    for (size_t i = 0; i < COUNT(names); i++)
        if (values[i].kind == JSON_KIND_STRING)
            hash = hash_mix(hash, hash_str(json_text(&values[i], &scratch)));
    return hash;
}

static struct outcome scan_with(struct json_scanner *scanner, uint64_t *unknown,
                                const struct text *text, enum json_layout layout)
{
    struct outcome outcome = {0};
    *unknown = 0;
    const char *stop =
        json_scan(scanner, text->at, text->end, layout, outcome.values, &outcome.fault);
    outcome.stop = stop ? stop - text->at : -1;
    outcome.fault_at = stop ? -1 : outcome.fault.at - text->at;
    outcome.unknown = *unknown;
    if (stop && outcome.fault.code == JSON_OK)
        outcome.texts = hash_texts(outcome.values);
    return outcome;
}

static bool same_values(const struct outcome *a, const struct outcome *b)
{
    for (size_t i = 0; i < COUNT(names); i++) {
        const struct json_value *v = &a->values[i], *w = &b->values[i];
        if (v->text != w->text || v->len != w->len || v->kind != w->kind ||
            v->escaped != w->escaped)
            return false;
    }
    return true;
}

static bool same_fault(const struct outcome *a, const struct outcome *b)
{
    return a->fault.code == b->fault.code && a->fault_at == b->fault_at &&
           (a->fault.code == JSON_OK || strcmp(a->fault.message, b->fault.message) == 0);
}

static bool same_outcome(const struct outcome *a, const struct outcome *b)
{
    return a->stop == b->stop && same_fault(a, b) && same_values(a, b) && a->texts == b->texts &&
           (a->stop < 0 || a->unknown == b->unknown);
}

/* A scanner for each version, each with its own expected key order. */
struct versions {
    size_t count;
    struct json_scanner *scanners[VERSIONS_MAX];
    uint64_t unknown[VERSIONS_MAX];
};

static void versions_init(struct versions *versions)
{
    for (versions->count = 0; json_version(versions->count); versions->count++) {
        size_t i = versions->count;
        assert_true(i < VERSIONS_MAX);
        versions->scanners[i] =
            json_scanner_new(names, COUNT(names), hash_unknown, &versions->unknown[i]);
    }
}

static void versions_release(struct versions *versions)
{
    for (size_t i = 0; i < versions->count; i++)
        json_scanner_free(versions->scanners[i]);
    json_use_version(json_version(0));
}

/* Scans with each version, checks that the outcomes are equal, and returns one. */
static struct outcome scan_with_all(struct versions *versions, struct str record, size_t offset,
                                    enum json_layout layout)
{
    CLEANUP(text_release) struct text text = text_at_offset(record, offset);
    struct outcome first = {0};
    for (size_t i = 0; i < versions->count; i++) {
        json_use_version(json_version(i));
        struct outcome outcome =
            scan_with(versions->scanners[i], &versions->unknown[i], &text, layout);
        if (i == 0)
            first = outcome;
        else if (!same_outcome(&first, &outcome))
            fail_msg("%s (stops at %td, %s) and %s (%td, %s) differ on %.*s", json_version(0),
                     first.stop, first.fault.message, json_version(i), outcome.stop,
                     outcome.fault.message, STR_ARG(record));
    }
    return first;
}

/* ---- The choice ------------------------------------------------------------------------------ */

#if defined(__x86_64__)
static bool cpu_has(const char *flag)
{
    char line[8192], wanted[32];
    bool has = false;
    FILE *file = fopen("/proc/cpuinfo", "r");
    snprintf(wanted, sizeof wanted, " %s ", flag);
    while (file && !has && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = ' ';
        has = strncmp(line, "flags", 5) == 0 && strstr(line, wanted);
    }
    if (file)
        fclose(file);
    return has;
}
#endif

/* With every compiler and C library, the fastest version of the processor must be used. */
static void test_best_version_of_the_processor_is_chosen(void **state)
{
    (void)state;
#if defined(__x86_64__)
    bool has_avx2 = cpu_has("avx2") && cpu_has("bmi1") && cpu_has("bmi2");
    bool has_avx512 =
        cpu_has("avx512f") && cpu_has("avx512bw") && cpu_has("avx512vl") && cpu_has("avx512_vbmi2");
    const char *best = has_avx2 && has_avx512 ? "avx512" : has_avx2 ? "avx2" : "sse2";
#elif defined(__aarch64__)
    const char *best = "neon"; /* all of them have it */
#else
    const char *best = "portable";
#endif
    assert_string_equal(json_version(0), best);
}

/* ---- Random records -------------------------------------------------------------------------- */

static void add_string(struct buffer *out, uint64_t *random)
{
    static const struct str pieces[] = {
        TEXT("a"),        TEXT("/5.0 (Macintosh; Intel Mac OS X 10_9_4)"),
        TEXT("\\/"),      TEXT("\\\""),
        TEXT("\\\\"),     TEXT("\\n"),
        TEXT("\\u00e9"),  TEXT("\\ud83d\\ude39"),
        TEXT("\xC3\xA9"), TEXT("\xF0\x9D\x84\x9E"),
        TEXT("{}[],:"),   TEXT("0123456789abcdef"),
        TEXT(" "),        TEXT("AppleWebKit\\/537.36 (KHTML, like Gecko)"),
    };
    buffer_append_char(out, '"');
    for (unsigned n = random_below(random, 8); n > 0; n--)
        buffer_append_str(out, pieces[random_below(random, COUNT(pieces))]);
    buffer_append_char(out, '"');
}

static void add_space(struct buffer *out, uint64_t *random)
{
    if (random_below(random, 16) == 0)
        buffer_append_char(out, " \t\r\n"[random_below(random, 4)]);
}

static void add_value(struct buffer *out, uint64_t *random, unsigned depth)
{
    static const struct str tokens[] = {TEXT("0"),     TEXT("-1"),   TEXT("1540991795796.0"),
                                        TEXT("true"),  TEXT("null"), TEXT("12345678901234567890"),
                                        TEXT("false"), TEXT("1e-5"), TEXT("182.85669E+00012")};
    unsigned choice = random_below(random, depth < 4 ? 10 : 8);
    add_space(out, random);
    if (choice < 4) {
        add_string(out, random);
    } else if (choice < 8) {
        buffer_append_str(out, tokens[random_below(random, COUNT(tokens))]);
    } else {
        bool object = choice == 8;
        buffer_append_char(out, object ? '{' : '[');
        for (unsigned i = 0, n = random_below(random, 4); i < n; i++) {
            if (i > 0)
                buffer_append_char(out, ',');
            if (object) {
                add_string(out, random);
                buffer_append_char(out, ':');
            }
            add_value(out, random, depth + 1);
        }
        buffer_append_char(out, object ? '}' : ']');
    }
    add_space(out, random);
}

static void make_record(struct buffer *out, uint64_t *random)
{
    buffer_reset(out);
    buffer_append_char(out, '{');
    for (unsigned i = 0, n = random_below(random, 9); i < n; i++) {
        if (i > 0)
            buffer_append_char(out, ',');
        add_space(out, random);
        if (random_below(random, 6) == 0)
            add_string(out, random);
        else /* mostly in order */
            buffer_appendf(out, "\"%.*s\"", STR_ARG(names[i % COUNT(names)]));
        add_space(out, random);
        buffer_append_char(out, ':');
        add_value(out, random, 0);
    }
    buffer_append_char(out, '}');
}

/* Changes, drops or doubles a byte, or cuts the rest off. */
static void damage(struct buffer *record, uint64_t *random)
{
    static const char bytes[] = "\"\\{}[],:0-.eE \n\t\x00\x1F\x7F\x80\xC3\xED\xF4\xFFtu/";
    if (record->len == 0)
        return;
    size_t at = random_below(random, (unsigned)record->len);
    char *data = record->data;
    switch (random_below(random, 4)) {
    case 0:
        data[at] = bytes[random_below(random, sizeof bytes - 1)];
        break;
    case 1:
        memmove(data + at, data + at + 1, record->len - at - 1);
        record->len--;
        break;
    case 2:
        data = buffer_reserve(record, 1) - record->len;
        memmove(data + at + 1, data + at, record->len - at);
        record->len++;
        break;
    default:
        record->len = random_below(random, 4) ? record->len : at;
    }
}

static void test_random_records(void **state)
{
    (void)state;
    CLEANUP(versions_release) struct versions versions = {0};
    CLEANUP(buffer_release) struct buffer record = {0};
    uint64_t random = 0x5DEECE66D;
    size_t accepted = 0, refused = 0;
    versions_init(&versions);
    for (int i = 0; i < 20000; i++) {
        make_record(&record, &random);
        struct outcome outcome =
            scan_with_all(&versions, buffer_str(&record), i % 64, JSON_DOCUMENT);
        assert_int_equal(outcome.stop, record.len);
        for (unsigned n = 1 + random_below(&random, 3); n > 0; n--)
            damage(&record, &random);
        outcome = scan_with_all(&versions, buffer_str(&record), i % 64, i % 2);
        accepted += outcome.stop >= 0;
        refused += outcome.stop < 0;
    }
    assert_true(accepted > 1000 && refused > 1000); /* else the damage is no test */
}

/* ---- Blocks' edges --------------------------------------------------------------------------- */

/* The middle of a string, and the expected result. */
static const struct special {
    struct str bytes;
    bool ok, escaped;
    unsigned fault_at; /* from its first byte */
} specials[] = {
    {TEXT("x"), true, false, 0},
    {TEXT("\\/"), true, true, 0},
    {TEXT("\\\""), true, true, 0},
    {TEXT("\\\\"), true, true, 0},
    {TEXT("\\\\\\\""), true, true, 0},
    {TEXT("\\/\\/\\/\\\"\\\""), true, true, 0},
    {TEXT("\\n"), true, true, 0},
    {TEXT("\\u00e9"), true, true, 0},
    {TEXT("\\ud83d\\ude39"), true, true, 0},
    {TEXT("\xC3\xA9"), true, false, 0},
    {TEXT("\xF0\x9D\x84\x9E"), true, false, 0},
    {TEXT("\x7F"), true, false, 0},
    {TEXT("\0"), false, false, 0},
    {TEXT("\x1F"), false, false, 0},
    {TEXT("\n"), false, false, 0},
    {TEXT("\\x"), false, false, 1},
    {TEXT("\\\n"), false, false, 1},
    {TEXT("\\u00g9"), false, false, 4},
    {TEXT("\\ud83d\\n"), false, false, 0},
    {TEXT("\\ude39"), false, false, 0},
    {TEXT("\\\\ud83d\\ude39"), false, false, 7},
    {TEXT("\xC3"), false, false, 0},
    {TEXT("\\/\x80"), false, false, 2},
    {TEXT("\\n\xFF"), false, false, 2},
};

static void check_special(struct versions *versions, const struct special *special, size_t before,
                          size_t after, size_t offset)
{
    CLEANUP(buffer_release) struct buffer record = {0};
    buffer_append_str(&record, STR("{\"ts\":\""));
    size_t start = record.len;
    memset(buffer_reserve(&record, before), 'b', before);
    record.len += before;
    buffer_append_str(&record, special->bytes);
    memset(buffer_reserve(&record, after), 'a', after);
    record.len += after;
    size_t len = record.len - start;
    buffer_append_str(&record, STR("\"}"));
    struct outcome outcome = scan_with_all(versions, buffer_str(&record), offset, JSON_LINE);
    const struct json_value *value = &outcome.values[2];
    bool right = special->ok
                     ? outcome.stop == (ptrdiff_t)record.len && value->kind == JSON_KIND_STRING &&
                           value->len == len && value->escaped == special->escaped
                     : outcome.stop == -1 && outcome.fault.code != JSON_OK &&
                           outcome.fault_at == (ptrdiff_t)(start + before + special->fault_at);
    if (!right)
        fail_msg("%zu bytes, %.*s, %zu bytes, at offset %zu", before, STR_ARG(special->bytes),
                 after, offset);
}

static void test_block_edges(void **state)
{
    (void)state;
    CLEANUP(versions_release) struct versions versions = {0};
    versions_init(&versions);
    for (size_t i = 0; i < COUNT(specials); i++)
        for (size_t before = 0; before <= 66; before++)
            for (size_t after = 0; after <= 36; after += 1 + (after > 2) * 10)
                for (size_t offset = 0; offset < 32; offset += 1 + before % 7)
                    check_special(&versions, &specials[i], before, after, offset);
}

/* Digits around the blocks' edges. */
static void test_long_numbers(void **state)
{
    (void)state;
    CLEANUP(versions_release) struct versions versions = {0};
    CLEANUP(buffer_release) struct buffer record = {0};
    versions_init(&versions);
    for (size_t whole = 1; whole <= 70; whole++)
        for (size_t fraction = 0; fraction <= 70; fraction += 1 + fraction / 8) {
            buffer_reset(&record);
            buffer_appendf(
                &record, "{\"ts\":-%.*s", (int)whole,
                "1234567890123456789012345678901234567890123456789012345678901234567890");
            if (fraction)
                buffer_appendf(&record, ".%0*d", (int)fraction, 7);
            size_t len = record.len - 6;
            buffer_append_str(&record, STR(",\"artist\":\"9\"}"));
            struct outcome outcome =
                scan_with_all(&versions, buffer_str(&record), whole % 8, JSON_LINE);
            assert_int_equal(outcome.stop, record.len);
            assert_int_equal(outcome.values[2].len, len);
        }
}

/* Empty strings, of which a block has more than of others, and lines that are longer than an index
 * of their quotes may be. */
static void test_many_quotes(void **state)
{
    (void)state;
    CLEANUP(versions_release) struct versions versions = {0};
    CLEANUP(buffer_release) struct buffer record = {0};
    versions_init(&versions);
    for (size_t count = 1; count < 50000; count += 1 + count / 3) {
        buffer_reset(&record);
        buffer_append_str(&record, STR("{\"artist\":\"\\n\",\"ts\":["));
        for (size_t i = 0; i < count; i++)
            buffer_append_str(&record, i ? STR(",\"\"") : STR("\"\""));
        buffer_append_str(&record, STR("],\"userAgent\":\"a\",\"other\":\"\\t\"}"));
        struct outcome outcome =
            scan_with_all(&versions, buffer_str(&record), count % 64, JSON_LINE);
        assert_int_equal(outcome.stop, record.len);
        assert_int_equal(outcome.values[2].kind, JSON_KIND_ARRAY);
        assert_true(outcome.values[0].escaped && !outcome.values[3].escaped);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_best_version_of_the_processor_is_chosen),
        cmocka_unit_test(test_random_records),
        cmocka_unit_test(test_block_edges),
        cmocka_unit_test(test_long_numbers),
        cmocka_unit_test(test_many_quotes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
