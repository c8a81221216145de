/* The same text gives the same records, rejects, lines and offsets, whether it is read whole, cut
 * into ranges anywhere, or compressed. */
#include "builtin.h"
#include "decode_case.h"
#include "packed_case.h"

#include <stdio.h>

#define PLAY(item)                                                                                 \
    "{\"ts\":1,\"page\":\"NextSong\",\"userId\":\"u\",\"sessionId\":1,\"itemInSession\":" item "}"
#define EVENT "{\"ts\":1,\"page\":\"Home\"}"

static const char *const names[] = {
    [PACKING_NONE] = "log_data/a.json",
    [PACKING_GZIP] = "log_data/a.json.gz",
    [PACKING_ZSTD] = "log_data/a.json.zst",
};

/* An input of one file, as listed. */
static void make_input(struct input *input, struct scratch *scratch, int source,
                       struct store_object *object)
{
    *input = (struct input){.source = &model_builtin()->sources[source], .store = scratch->store};
    input->files.objects = object;
    input->files.count = 1;
}

static void decode_file(struct scratch *scratch, int source, enum packing packing, struct str text,
                        const struct task *tasks, size_t count, struct decoded *out)
{
    CLEANUP(buffer_release) struct buffer packed = {0};
    struct input input;
    struct error error;
    append_packed(&packed, packing, text);
    struct store_object object = {str_of(names[packing]), packed.len};
    scratch_put(scratch, names[packing], buffer_str(&packed));
    make_input(&input, scratch, source, &object);
    ASSERT_OK(decode_tasks(&input, tasks, count, out, &error), error);
    for (size_t i = 0; packing != PACKING_NONE && i < out->rejects.len; i++)
        if (str_starts_with((struct str){out->rejects.data + i, out->rejects.len - i},
                            str_of(names[packing]))) {
            /* The name is all that may differ. */
            size_t after = i + strlen(names[packing]), plain = strlen(names[PACKING_NONE]);
            memmove(out->rejects.data + i + plain, out->rejects.data + after,
                    out->rejects.len - after);
            out->rejects.len -= after - i - plain;
        }
}

static void decode_whole(struct scratch *scratch, int source, struct str text, struct decoded *out)
{
    const struct task task = {.kind = TASK_FILES, .file_count = 1};
    decode_file(scratch, source, PACKING_NONE, text, &task, 1, out);
}

static void decode_packed(struct scratch *scratch, int source, enum packing packing,
                          struct str text, struct decoded *out)
{
    const struct task task = {.kind = TASK_STREAM, .file_count = 1};
    decode_file(scratch, source, packing, text, &task, 1, out);
}

/* Cut into ranges of `length` bytes. */
static void decode_ranges(struct scratch *scratch, int source, struct str text, size_t length,
                          struct decoded *out)
{
    size_t count = (text.len + length - 1) / length;
    struct task *tasks = mem_alloc(count * sizeof *tasks);
    for (size_t i = 0; i < count; i++) {
        size_t offset = i * length, left = text.len - offset;
        tasks[i] = (struct task){.kind = TASK_RANGE,
                                 .file_count = 1,
                                 .offset = offset,
                                 .length = left < length ? left : length};
    }
    decode_file(scratch, source, PACKING_NONE, text, tasks, count, out);
    assert_int_equal(out->bytes, text.len);
    mem_free(tasks);
}

static const struct str texts[] = {
#define T(literal)                                                                                 \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }
    T(PLAY("0") "\n" EVENT "\n" PLAY("1") "\n"),
    T(PLAY("0") "\n" EVENT "\n" PLAY("1")), /* no end */
    T(PLAY("0") "\r\n" EVENT "\r\n\r\n" PLAY("1") "\r\n"
                                                  "bad\r\n"
                                                  "{\"ts\":1}\r\n"),
    T("\xEF\xBB\xBF" PLAY("0") "\n"
                               "bad\n"),
    T("\xEF\xBB\xBF"),
    T("\xEF\xBB\xBF\n\xEF\xBB\xBF" EVENT "\n"), /* a mark is skipped at the start only */
    T("\xEF\xBB"),
    T("\n"),
    T("\n\n\n" EVENT "\n\n \t\r\n\n"),
    T("   " EVENT "  \n\t" PLAY("1") "\t\n  bad  \n"),
    T("bad"),
    T("[" EVENT "]\n" EVENT EVENT "\n" EVENT "," EVENT "\n"),
    T("{\"ts\":1,\n\"page\":\"Home\"}\n"),
    T("{\"ts\":1,\"page\":\"\xFF\"}\n" EVENT "\n\xC3\n"),
    T("{\"ts\":1,\"page\":\"H\0me\"}\n\0\n" EVENT "\n"),
    T("{\"ts\":\"x\",\"page\":\"Home\"}   \n" PLAY("\"9\"") "\n{\"x\":{}}"),
    T("{\"ts\":1,\"page\":\"Zo\xC3\xAB\"}\n{\"ts\":1,\"page\":\"Zo\xC3\xAB\n"),
#undef T
};

static void test_cut_anywhere_or_compressed_it_is_the_same(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    (void)state;
    scratch_open(&scratch);
    for (size_t i = 0; i < COUNT(texts); i++) {
        CLEANUP(decoded_release) struct decoded whole = {0};
        decode_whole(&scratch, source_of("logs"), texts[i], &whole);
        assert_int_equal(whole.records, whole.kept_records + whole.left_out + whole.rejected);
        /* A range is longer than a byte-order mark. */
        for (size_t length = 4; length < texts[i].len + 4; length++) {
            CLEANUP(decoded_release) struct decoded ranges = {0};
            decode_ranges(&scratch, source_of("logs"), texts[i], length, &ranges);
            assert_same_decoded(&ranges, &whole);
        }
        for (enum packing packing = PACKING_GZIP; packing <= PACKING_ZSTD; packing++) {
            CLEANUP(decoded_release) struct decoded packed = {0};
            decode_packed(&scratch, source_of("logs"), packing, texts[i], &packed);
            assert_same_decoded(&packed, &whole);
        }
    }
}

/* Lines longer than what a range fetches beyond its end, and parts of a compressed file. */
static void make_long_lines(struct buffer *out, size_t lines, size_t longest)
{
    uint64_t random = 11;
    for (size_t i = 0; i < lines; i++) {
        size_t len = random_below(&random, (unsigned)longest);
        bool is_bad = i % 50 == 3;
        buffer_appendf(out,
                       "{\"ts\":1,\"page\":\"NextSong\",\"userId\":\"u\",\"sessionId\":%s,"
                       "\"itemInSession\":%zu,\"location\":\"",
                       is_bad ? "\"\"" : "1", i);
        memset(buffer_reserve(out, len), 'l', len);
        out->len += len;
        buffer_append_str(out, i % 5 ? STR("\"}\n") : STR("\"}\r\n"));
    }
}

static void test_long_lines(void **state)
{
    static const size_t lengths[] = {999, 16384, 50000, 100001};
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer text = {0};
    CLEANUP(decoded_release) struct decoded whole = {0};
    (void)state;
    scratch_open(&scratch);
    make_long_lines(&text, 20, 90000);
    decode_whole(&scratch, source_of("logs"), buffer_str(&text), &whole);
    assert_int_equal(whole.kept_records, 19);
    for (size_t i = 0; i < COUNT(lengths); i++) {
        CLEANUP(decoded_release) struct decoded ranges = {0};
        decode_ranges(&scratch, source_of("logs"), buffer_str(&text), lengths[i], &ranges);
        assert_same_decoded(&ranges, &whole);
    }
}

static void test_a_compressed_file_in_parts(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer text = {0};
    CLEANUP(decoded_release) struct decoded ranges = {0};
    (void)state;
    scratch_open(&scratch);
    make_long_lines(&text, 3000, 6000);
    assert_true(text.len > 2 * INPUT_PIECE_BYTES);
    decode_ranges(&scratch, source_of("logs"), buffer_str(&text), INPUT_PIECE_BYTES, &ranges);
    for (enum packing packing = PACKING_GZIP; packing <= PACKING_ZSTD; packing++) {
        CLEANUP(decoded_release) struct decoded packed = {0};
        decode_packed(&scratch, source_of("logs"), packing, buffer_str(&text), &packed);
        assert_true(packed.parts > 2);
        assert_same_decoded(&packed, &ranges);
    }
}

/* ---- 16 MiB ---------------------------------------------------------------------------------- */

static void fill(struct buffer *out, char byte, size_t count)
{
    memset(buffer_reserve(out, count + 1), byte, count);
    out->len += count;
}

/* An event of that many bytes. */
static void append_event(struct buffer *out, size_t len)
{
    size_t begin = out->len;
    buffer_append_str(out, STR("{\"ts\":1,\"page\":\"Home"));
    fill(out, 'x', len - (out->len - begin) - 2);
    buffer_append_str(out, STR("\"}"));
}

/* Events of a line: what comes before the record, the record's length, what comes after it. */
static void test_records_around_16_mib(void **state)
{
    const size_t max = MODEL_MAX_RECORD_BYTES;
    static const char mark[] = "\xEF\xBB\xBF";
    const struct {
        const char *before;
        size_t spaces_before, len, spaces_after;
        const char *after;
        uint64_t left_out, rejected; /* with the event that follows */
    } cases[] = {
        {"", 0, max, 0, "\n", 2, 0},
        {"", 0, max, 0, "\r\n", 2, 0}, /* ends a line as "\n" does */
        {mark, 0, max, 0, "\n", 2, 0},
        {"", 0, max + 1, 0, "\n", 1, 1},
        {"", 0, max + (9 << 20), 0, "\n", 1, 1},
        {"", 0, 100, max + (9 << 20), "bad\n", 1, 1},
        {"", max + (9 << 20), 100, 0, "\n", 1, 1}, /* never lose a record */
        {"", max - (1 << 20), 2 << 20, 0, "\n", 1, 1},
        {"bad", 0, max + (9 << 20), 0, "\n", 1, 1},
        {"bad", 0, max - 3, 0, "\n", 1, 1},
    };
    CLEANUP(scratch_release) struct scratch scratch = {0};
    (void)state;
    scratch_open(&scratch);
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(buffer_release) struct buffer text = {0};
        buffer_append_str(&text, str_of(cases[i].before));
        fill(&text, ' ', cases[i].spaces_before);
        append_event(&text, cases[i].len);
        fill(&text, ' ', cases[i].spaces_after);
        buffer_append_str(&text, str_of(cases[i].after));
        buffer_append_str(&text, STR(EVENT));
        for (enum packing packing = PACKING_NONE; packing <= PACKING_ZSTD; packing++) {
            CLEANUP(decoded_release) struct decoded got = {0};
            if (packing == PACKING_NONE)
                decode_ranges(&scratch, source_of("logs"), buffer_str(&text), INPUT_PIECE_BYTES,
                              &got);
            else
                decode_packed(&scratch, source_of("logs"), packing, buffer_str(&text), &got);
            if (got.left_out != cases[i].left_out || got.rejected != cases[i].rejected)
                fail_msg("case %zu, %s: %d left out, %d rejected: %.200s", i, names[packing],
                         (int)got.left_out, (int)got.rejected, buffer_text(&got.rejects));
        }
    }
}

/* A line that is cut is one line, wherever the file is cut; what follows keeps its number. */
static void test_lines_after_a_line_that_is_too_long(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer text = {0};
    (void)state;
    scratch_open(&scratch);
    buffer_append_str(&text, STR("\n"));
    append_event(&text, MODEL_MAX_RECORD_BYTES + (30 << 20));
    buffer_append_str(&text, STR("\nbad\n"));
    for (enum packing packing = PACKING_NONE; packing <= PACKING_ZSTD; packing++) {
        CLEANUP(decoded_release) struct decoded got = {0};
        if (packing == PACKING_NONE)
            decode_ranges(&scratch, source_of("logs"), buffer_str(&text), INPUT_PIECE_BYTES, &got);
        else
            decode_packed(&scratch, source_of("logs"), packing, buffer_str(&text), &got);
        assert_int_equal(got.rejected, 2);
        const char *rejects = buffer_text(&got.rejects), *second = strchr(rejects, '\n') + 1;
        assert_non_null(strstr(rejects, "\"line\":2,\"byte_offset\":1,\"code\":\"too_long\""));
        assert_non_null(strstr(second, "\"line\":3,\"byte_offset\":48234498,"));
        assert_true(got.rejects.len < 10000); /* only its begin is shown */
    }
}

/* ---- Songs ----------------------------------------------------------------------------------- */

#define SONG(id) "{\"song_id\":\"" id "\",\"artist_id\":\"A\"}"

/* A song file that as a whole is one object or array is a document; any other is lines. */
static void test_song_files(void **state)
{
    static const struct {
        struct str text;
        uint64_t kept, rejected;
    } cases[] = {
#define C(literal, kept, rejected) {{literal, sizeof(literal) - 1}, kept, rejected}
        C(SONG("1"), 1, 0),
        C("\xEF\xBB\xBF{\n\"song_id\":\"1\",\r\n\"artist_id\":\n\"A\"\n}\n\n", 1, 0),
        C("[" SONG("1") ",\n" SONG("2") "\n]", 2, 0),
        C(" \n[]\n", 0, 0),
        C("[" SONG("1") ",{}]", 1, 1),
        C(SONG("1") "\n" SONG("2"), 2, 0),
        C("{\n\"song_id\":\"1\",\n\"artist_id\":\"A\"\n}\n" SONG("2"), 1, 4),
        C("[" SONG("1") ",]", 0, 1),
        C("[" SONG("1") "," SONG("2"), 0, 1),
        C("[" SONG("1") "] x", 0, 1),
        C("[[" SONG("1") "]]", 0, 1),
        C("[" SONG("1") ",3]", 0, 1),
        C("[1]\n" SONG("2") "\n", 1, 1),
        C("[" SONG("1") ",\n{\"song_id\":\"\xFF\"}\n]", 1, 1),
        C("{}", 0, 1),
        C("\n\n", 0, 0),
#undef C
    };
    CLEANUP(scratch_release) struct scratch scratch = {0};
    (void)state;
    scratch_open(&scratch);
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(decoded_release) struct decoded whole = {0};
        decode_whole(&scratch, source_of("songs"), cases[i].text, &whole);
        if (whole.kept_records != cases[i].kept || whole.rejected != cases[i].rejected)
            fail_msg("%.*s: %d kept, %d rejected", STR_ARG(cases[i].text), (int)whole.kept_records,
                     (int)whole.rejected);
        for (enum packing packing = PACKING_GZIP; packing <= PACKING_ZSTD; packing++) {
            CLEANUP(decoded_release) struct decoded packed = {0};
            decode_packed(&scratch, source_of("songs"), packing, cases[i].text, &packed);
            assert_same_decoded(&packed, &whole);
        }
    }
}

/* Appends a song whose object has that many bytes, on two lines. */
static void append_song(struct buffer *out, size_t len)
{
    size_t begin = out->len;
    buffer_append_str(out, STR("{\"song_id\":\"long\",\n\"artist_id\":\"A\",\"title\":\""));
    fill(out, 't', len - (out->len - begin) - 2);
    buffer_append_str(out, STR("\"}"));
}

/* One object of a document that is too long is a record of its own; a document that is too long is
 * lines. */
static void test_long_objects_of_documents(void **state)
{
    const struct {
        const char *before;
        size_t len, more;
        const char *after;
        uint64_t kept, rejected;
        const char *first; /* reject */
    } cases[] = {
        {"", MODEL_MAX_RECORD_BYTES, 0, "\n", 1, 0, ""},
        {"\n\n", MODEL_MAX_RECORD_BYTES + 1, 0, "\n", 0, 1, "\"line\":3,\"byte_offset\":2,"},
        {"[" SONG("1") ",\n", MODEL_MAX_RECORD_BYTES + 1, 0, "\n," SONG("2") "]", 2, 1,
         "\"line\":2,\"byte_offset\":34,\"code\":\"too_long\""},
        {"[" SONG("1") ",\n", MODEL_MAX_RECORD_BYTES + 1, 3 * MODEL_MAX_RECORD_BYTES, "]", 0, 3,
         "\"line\":1,\"byte_offset\":0,\"code\":\"not_object\""},
    };
    CLEANUP(scratch_release) struct scratch scratch = {0};
    (void)state;
    scratch_open(&scratch);
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(buffer_release) struct buffer text = {0};
        buffer_append_str(&text, str_of(cases[i].before));
        append_song(&text, cases[i].len);
        fill(&text, ' ', cases[i].more);
        buffer_append_str(&text, str_of(cases[i].after));
        for (enum packing packing = PACKING_NONE; packing <= PACKING_ZSTD; packing++) {
            CLEANUP(decoded_release) struct decoded got = {0};
            if (packing != PACKING_NONE)
                decode_packed(&scratch, source_of("songs"), packing, buffer_str(&text), &got);
            else if (text.len <= MODEL_MAX_DOCUMENT_BYTES)
                decode_whole(&scratch, source_of("songs"), buffer_str(&text), &got);
            else
                decode_ranges(&scratch, source_of("songs"), buffer_str(&text), INPUT_PIECE_BYTES,
                              &got);
            if (got.kept_records != cases[i].kept || got.rejected != cases[i].rejected ||
                !strstr(buffer_text(&got.rejects), cases[i].first))
                fail_msg("case %zu, %s: %d kept, %d rejected: %.200s", i, names[packing],
                         (int)got.kept_records, (int)got.rejected, buffer_text(&got.rejects));
            assert_true(got.rejects.len < 20000); /* only its begin is shown */
        }
    }
}

/* A song of 16 MiB on one line, behind a byte-order mark, which does not count. */
static void test_a_song_of_16_mib_behind_a_mark(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer text = {0};
    (void)state;
    scratch_open(&scratch);
    buffer_append_str(&text,
                      STR("\xEF\xBB\xBF{\"song_id\":\"1\",\"artist_id\":\"A\",\"title\":\""));
    fill(&text, 't', 3 + MODEL_MAX_RECORD_BYTES - text.len - 2);
    buffer_append_str(&text, STR("\"}"));
    for (enum packing packing = PACKING_NONE; packing <= PACKING_ZSTD; packing++) {
        CLEANUP(decoded_release) struct decoded got = {0};
        if (packing == PACKING_NONE)
            decode_ranges(&scratch, source_of("songs"), buffer_str(&text), INPUT_PIECE_BYTES, &got);
        else
            decode_packed(&scratch, source_of("songs"), packing, buffer_str(&text), &got);
        assert_int_equal(got.rejected, 0);
        assert_int_equal(got.kept_records, 1);
    }
}

/* ---- Files that change ----------------------------------------------------------------------- */

static void test_a_file_that_is_not_what_was_listed(void **state)
{
    static const struct {
        uint64_t listed;
        const char *how; /* NULL: it is as listed */
    } cases[] = {{13, NULL}, {14, "shrank"}, {1000000, "shrank"}, {12, "grew"}, {1, "grew"}};
    CLEANUP(scratch_release) struct scratch scratch = {0};
    (void)state;
    scratch_open(&scratch);
    scratch_put(&scratch, "log_data/a.json", STR("{\"a\":1234567}"));
    for (size_t i = 0; i < COUNT(cases) * 2; i++) {
        CLEANUP(decoded_release) struct decoded got = {0};
        struct store_object object = {STR("log_data/a.json"), cases[i / 2].listed};
        struct task task = {.kind = i % 2 ? TASK_RANGE : TASK_FILES,
                            .file_count = 1,
                            .length = cases[i / 2].listed};
        struct input input;
        struct error error = {0};
        make_input(&input, &scratch, source_of("logs"), &object);
        enum status status = decode_tasks(&input, &task, 1, &got, &error);
        assert_int_equal(status, cases[i / 2].how ? STATUS_CHANGED : STATUS_OK);
        if (cases[i / 2].how)
            assert_non_null(strstr(error.message, cases[i / 2].how));
    }
}

static void test_a_file_that_is_gone(void **state)
{
    static const enum task_kind kinds[] = {TASK_FILES, TASK_RANGE, TASK_STREAM};
    CLEANUP(scratch_release) struct scratch scratch = {0};
    (void)state;
    scratch_open(&scratch);
    for (size_t i = 0; i < COUNT(kinds); i++) {
        CLEANUP(decoded_release) struct decoded got = {0};
        struct store_object object = {STR("log_data/gone.json.gz"), 10};
        struct task task = {.kind = kinds[i], .file_count = 1, .length = 10};
        struct input input;
        struct error error = {0};
        make_input(&input, &scratch, source_of("logs"), &object);
        assert_int_not_equal(decode_tasks(&input, &task, 1, &got, &error), STATUS_OK);
        assert_non_null(strstr(error.message, "log_data/gone.json.gz"));
    }
}

/* A large file of records without lines is decoded piece by piece, compressed or not. */
static void test_large_files_without_lines(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer text = {0};
    const struct task task = {.kind = TASK_STREAM, .file_count = 1};
    struct model_source source = model_builtin()->sources[source_of("logs")];
    uint64_t count = 0;
    (void)state;
    scratch_open(&scratch);
    source.layout = LAYOUT_CONCATENATED;
    for (; text.len < 2 * INPUT_PIECE_BYTES + 12345; count += 2)
        buffer_append_str(&text, count % 3 ? STR(PLAY("7") EVENT) : STR(PLAY("8") "\n" EVENT " "));
    for (enum packing packing = PACKING_NONE; packing <= PACKING_ZSTD; packing++) {
        CLEANUP(buffer_release) struct buffer packed = {0};
        CLEANUP(decoded_release) struct decoded decoded = {0};
        struct error error;
        append_packed(&packed, packing, buffer_str(&text));
        struct store_object object = {str_of(names[packing]), packed.len};
        struct input input = {.source = &source, .store = scratch.store};
        input.files.objects = &object;
        input.files.count = 1;
        scratch_put(&scratch, names[packing], buffer_str(&packed));
        ASSERT_OK(decode_tasks(&input, &task, 1, &decoded, &error), error);
        assert_int_equal(decoded.records, count);
        assert_int_equal(decoded.kept_records, count / 2);
        assert_int_equal(decoded.left_out, count / 2);
        assert_int_equal(decoded.parts, 3);
        assert_int_equal(decoded.bytes, packed.len);
        /* as it was listed, it was shorter */
        object.size_bytes = packed.len - 1;
        struct decoded grown = {0};
        if (packing == PACKING_NONE)
            assert_int_equal(decode_tasks(&input, &task, 1, &grown, &error), STATUS_CHANGED);
        decoded_release(&grown);
    }
}

/* A file with all its records under a key is held in memory: a longer one is refused. */
static void test_too_large_a_file_of_records(void **state)
{
    CLEANUP(scratch_release) struct scratch scratch = {0};
    CLEANUP(buffer_release) struct buffer text = {0}, packed = {0};
    CLEANUP(decoded_release) struct decoded decoded = {0};
    CLEANUP(input_release) struct input listed = {0};
    const struct task task = {.kind = TASK_STREAM, .file_count = 1};
    struct model_source source = model_builtin()->sources[source_of("logs")];
    struct source_report report = {0};
    struct error error;
    (void)state;
    scratch_open(&scratch);
    source.layout = LAYOUT_RECORDS;
    source.records_key = STR("Records");
    memset(buffer_reserve(&text, MODEL_MAX_DOCUMENT_BYTES + 1), ' ', MODEL_MAX_DOCUMENT_BYTES + 1);
    text.len = MODEL_MAX_DOCUMENT_BYTES + 1;
    append_zstd(&packed, buffer_str(&text));
    struct store_object object = {str_of(names[PACKING_ZSTD]), packed.len};
    struct input input = {.source = &source, .store = scratch.store};
    input.files.objects = &object;
    input.files.count = 1;
    scratch_put(&scratch, names[PACKING_ZSTD], buffer_str(&packed));
    assert_int_equal(decode_tasks(&input, &task, 1, &decoded, &error), STATUS_LIMIT);
    assert_non_null(strstr(error.message, "log_data/a.json.zst is longer than the 64 MiB"));
    scratch_put(&scratch, names[PACKING_NONE], buffer_str(&text));
    assert_int_equal(input_list(&listed, &source, scratch.store, false, &report, &error),
                     STATUS_LIMIT);
    assert_non_null(strstr(error.message, "log_data/a.json is longer than the 64 MiB"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_large_files_without_lines),
        cmocka_unit_test(test_too_large_a_file_of_records),
        cmocka_unit_test(test_cut_anywhere_or_compressed_it_is_the_same),
        cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_a_compressed_file_in_parts),
        cmocka_unit_test(test_records_around_16_mib),
        cmocka_unit_test(test_lines_after_a_line_that_is_too_long),
        cmocka_unit_test(test_song_files),
        cmocka_unit_test(test_a_song_of_16_mib_behind_a_mark),
        cmocka_unit_test(test_long_objects_of_documents),
        cmocka_unit_test(test_a_file_that_is_not_what_was_listed),
        cmocka_unit_test(test_a_file_that_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
