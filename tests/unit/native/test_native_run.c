/* Whole runs: the same files byte for byte on any number of threads, and the counts of the report.
 */
#include "builtin.h"
#include "packed_case.h"
#include "scratch.h"

#include <native.h>

#include <stdio.h>

#define EVENTS 3000

static void put_songs(struct scratch *scratch)
{
    for (int i = 0; i < 200; i++) {
        char key[64], song[256];
        snprintf(key, sizeof key, "song_data/%c/%d.json", 'A' + i % 5, i);
        snprintf(song, sizeof song,
                 "{\"song_id\":\"S%d\",\"title\":\"t%d\",\"artist_id\":\"A%d\",\"artist_name\":"
                 "\"n%d\",\"year\":%d,\"duration\":%d.5,\"extra\":1}",
                 i % 190, i % 150, i % 20, i % 20, i % 3 * 1000, i % 150);
        scratch_put(scratch, key, str_of(song));
    }
}

/* Events in several months, with plays that are there twice, plays that share a key, and records
 * that are rejected. */
static void append_event(struct buffer *out, int number)
{
    int play = number % 10 == 7 ? number - 3 : number;
    if (number % 500 == 499)
        buffer_append_str(out, STR("{\"ts\":\"x\",\"page\":\"Home\"}\n"));
    else if (number % 4 == 3)
        buffer_appendf(out, "{\"ts\":%d,\"page\":\"Home\"}\n", number);
    else
        buffer_appendf(out,
                       "{\"ts\":%lld,\"page\":\"NextSong\",\"userId\":\"%d\",\"sessionId\":%d,"
                       "\"itemInSession\":0,\"level\":\"%s\",\"firstName\":\"f\\u00e9%d\","
                       "\"song\":\"t%d\",\"artist\":\"n%d\",\"length\":%d.5,\"location\":"
                       "\"L%d\"}\n",
                       1541000000000 + (long long)(play / 2) * 3000000, play % 40, play / 2,
                       play % 3 ? "free" : "paid", number % 7, play % 150, play % 20, play % 150,
                       number % 100 == 57 ? number : play % 12);
}

static void put_logs(struct scratch *scratch)
{
    static const char *const suffixes[] = {"json", "json.gz", "json.zst"};
    CLEANUP(buffer_release) struct buffer text = {0}, packed = {0};
    for (int i = 0; i < EVENTS; i++) {
        append_event(&text, i);
        if (i % 100 != 99)
            continue;
        char key[64];
        snprintf(key, sizeof key, "log_data/2018/%04d.%s", i, suffixes[i / 100 % 3]);
        append_packed(&packed, (enum packing)(i / 100 % 3), buffer_str(&text));
        scratch_put(scratch, key, buffer_str(&packed));
        buffer_reset(&text);
        buffer_reset(&packed);
    }
}

static enum status run(const struct scratch *in, const struct scratch *out, unsigned threads,
                       bool dry, struct run_report *report, struct error *error)
{
    struct run_options options = run_options_default();
    struct run_progress progress = {0};
    atomic_bool cancel = false;
    options.input = in->path;
    options.output = out->path;
    options.version = "0";
    options.threads = threads;
    options.dry_run = dry;
    return native_run(&options, &cancel, &progress, report, error);
}

/* Keys and contents of all files, with the run's id left out. */
static void show_files(struct scratch *scratch, const char *run_id, struct buffer *out)
{
    CLEANUP(store_listing_release) struct store_listing listing = {0};
    scratch_list(scratch, &listing);
    for (size_t i = 0; i < listing.count; i++) {
        struct str key = listing.objects[i].key;
        const char *id = memmem(key.data, key.len, run_id, LAKE_RUN_ID_LEN);
        struct error error;
        assert_non_null(id);
        buffer_append(out, key.data, (size_t)(id - key.data));
        ASSERT_OK(store_get(scratch->store, &listing.objects[i], 0, (size_t)1 << 30, out, &error),
                  error);
    }
}

static void test_the_same_bytes_on_any_number_of_threads(void **state)
{
    static const unsigned threads[] = {1, 2, 7};
    CLEANUP(scratch_release) struct scratch in = {0};
    CLEANUP(buffer_release) struct buffer expected = {0};
    (void)state;
    scratch_open(&in);
    put_songs(&in);
    put_logs(&in);
    for (size_t i = 0; i < COUNT(threads); i++) {
        CLEANUP(scratch_release) struct scratch out = {0};
        CLEANUP(run_report_release) struct run_report report;
        CLEANUP(buffer_release) struct buffer got = {0};
        struct error error;
        scratch_open(&out);
        ASSERT_OK(run(&in, &out, threads[i], false, &report, &error), error);
        show_files(&out, report.run_id, i ? &got : &expected);
        if (i == 0)
            continue;
        assert_int_equal(got.len, expected.len);
        assert_memory_equal(got.data, expected.data, got.len);
    }
}

static void check_report(const struct run_report *report)
{
    const struct source_report *songs = &report->sources[source_of("songs")];
    const struct source_report *logs = &report->sources[source_of("logs")];
    assert_int_equal(songs->files, 200);
    assert_int_equal(songs->records, 200);
    assert_int_equal(songs->unknown_count, 1);
    assert_int_equal(songs->unknown[0].records, 200);
    assert_int_equal(logs->files, EVENTS / 100);
    assert_int_equal(logs->records, EVENTS);
    assert_int_equal(logs->rejected, EVENTS / 500);
    assert_int_equal(logs->rejected_by_code[REJECT_WRONG_TYPE], EVENTS / 500);
    assert_int_equal(logs->left_out, EVENTS / 4 - EVENTS / 500);
    assert_int_equal(report->plays, EVENTS - EVENTS / 4);
    assert_true(report->identical > 0 && report->shared_keys > 0 && report->matched > 0);
    assert_int_equal(report->tables[table_of("songs")].rows, 190);
    assert_int_equal(report->tables[table_of("artists")].rows, 20);
    /* 40 numbers, without those that only other pages and the plays of others have. */
    assert_int_equal(report->tables[table_of("users")].rows, 28);
    assert_int_equal(report->tables[table_of("songplays")].rows, report->plays - report->identical);
}

static void test_a_dry_run_counts_and_writes_nothing(void **state)
{
    CLEANUP(scratch_release) struct scratch in = {0}, out = {0};
    CLEANUP(run_report_release) struct run_report dry, real;
    CLEANUP(buffer_release) struct buffer keys = {0};
    struct error error;
    (void)state;
    scratch_open(&in);
    scratch_open(&out);
    put_songs(&in);
    put_logs(&in);
    ASSERT_OK(run(&in, &out, 2, true, &dry, &error), error);
    scratch_keys(&out, &keys);
    assert_string_equal(buffer_text(&keys), "");
    assert_string_equal(dry.rejects_path, "");
    check_report(&dry);
    ASSERT_OK(run(&in, &out, 2, false, &real, &error), error);
    check_report(&real);
    for (int table = 0; table < (int)model_builtin()->table_count; table++) {
        assert_int_equal(dry.tables[table].rows, real.tables[table].rows);
        assert_int_equal(dry.tables[table].files, real.tables[table].files);
        assert_int_equal(dry.tables[table].bytes, real.tables[table].bytes);
    }
}

/* Too many rejects, a broken file, and nothing that matters: the old tables stay as they are. */
static void test_what_leaves_the_old_tables(void **state)
{
    static const struct {
        const char *key;
        struct str bytes;
        enum status status;
        bool is_changed;
    } cases[] = {
        {"log_data/x.json", {"{}\n", 3}, STATUS_OK, false},
        {"song_data/z.json", {"{\"song_id\":\"Z\",\"artist_id\":\"Z\"}", 31}, STATUS_OK, true},
        {"log_data/x.json",
         {"\x01\n\x02\n\x03\n\x04\n\x05\n\x06\n\x07\n\x08\na\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\nm\n"
          "n\no\np\nq\nr\ns\n",
          54},
         STATUS_TOO_MANY_REJECTS},
        {"log_data/x.json.gz", {"no gzip", 7}, STATUS_CORRUPT},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(scratch_release) struct scratch in = {0}, out = {0};
        CLEANUP(run_report_release) struct run_report first, second;
        CLEANUP(buffer_release) struct buffer before = {0}, after = {0};
        struct error error = {0};
        scratch_open(&in);
        scratch_open(&out);
        put_songs(&in);
        put_logs(&in);
        ASSERT_OK(run(&in, &out, 2, false, &first, &error), error);
        scratch_put(&in, cases[i].key, cases[i].bytes);
        scratch_keys(&out, &before);
        assert_int_equal(run(&in, &out, 2, false, &second, &error), cases[i].status);
        scratch_keys(&out, &after);
        const char *tables = strstr(buffer_text(&after), "artists/");
        if (!cases[i].is_changed)
            assert_string_equal(tables, strstr(buffer_text(&before), "artists/"));
        else
            assert_non_null(strstr(tables, second.run_id));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_bytes_on_any_number_of_threads),
        cmocka_unit_test(test_a_dry_run_counts_and_writes_nothing),
        cmocka_unit_test(test_what_leaves_the_old_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
