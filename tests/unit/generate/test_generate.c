/* generate: whole data sets: counts, order, the same bytes every time, the traps, and invalid
 * options. */
#include "unit.h"

#include <generate.h>

#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- A folder of the test's own -------------------------------------------------------------- */

static char root[256], place[300];

static int remove_entry(const char *path, const struct stat *found, int type, struct FTW *walk)
{
    (void)found, (void)type, (void)walk;
    return remove(path);
}

static int make_root(void **state)
{
    const char *temporary = getenv("TMPDIR");
    (void)state;
    snprintf(root, sizeof root, "%s/test_generate.XXXXXX", temporary ? temporary : "/tmp");
    snprintf(place, sizeof place, "%s/set", mkdtemp(root));
    return 0;
}

static void clear_place(void)
{
    nftw(place, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static int remove_root(void **state)
{
    (void)state;
    return nftw(root, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- What was written ------------------------------------------------------------------------ */

/* Files in no fixed order: the digest is a sum over the files. */
struct found {
    uint64_t digest, song_files, log_files, bytes, lines;
    struct buffer songs, logs; /* one record a line */
};
static struct found *found_now;

static void append_record(struct buffer *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++) /* pretty-printed ones have line ends */
        buffer_append_char(out, text.data[i] == '\n' ? ' ' : text.data[i]);
    buffer_append_char(out, '\n');
}

static void read_file(const char *path, struct buffer *out)
{
    char piece[4096];
    size_t count;
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    while ((count = fread(piece, 1, sizeof piece, file)) > 0)
        buffer_append(out, piece, count);
    fclose(file);
}

static int take_file(const char *path, const struct stat *info, int type, struct FTW *walk)
{
    struct buffer CLEANUP(buffer_release) content = {0};
    (void)walk;
    if (type != FTW_F)
        return 0;
    read_file(path, &content);
    const char *name = path + strlen(place) + 1;
    found_now->digest += hash_mix(hash_stored(str_of(name)), hash_stored(buffer_str(&content)));
    found_now->bytes += (uint64_t)info->st_size;
    if (strncmp(name, "song_data/", 10) == 0) {
        found_now->song_files++;
        append_record(&found_now->songs, buffer_str(&content));
    } else {
        found_now->log_files++;
        buffer_append_char(&content, '\n'); /* the last line has no end */
        for (size_t i = 0; i < content.len; i++)
            found_now->lines += content.data[i] == '\n';
        buffer_append_str(&found_now->logs, buffer_str(&content));
    }
    return 0;
}

static void find(struct found *found)
{
    *found = (struct found){0};
    found_now = found;
    nftw(place, take_file, 16, FTW_PHYS);
}

static void found_release(struct found *found)
{
    buffer_release(&found->songs);
    buffer_release(&found->logs);
}

static struct generate_report generate(struct generate_options options)
{
    struct generate_report report;
    struct error error;
    clear_place();
    options.folder = place;
    ASSERT_OK(generate_run(&options, &report, &error), error);
    return report;
}

static struct generate_options sized(uint64_t songs, uint64_t events)
{
    struct generate_options options = generate_options_default();
    options.songs = songs;
    options.events = events;
    options.threads = 2;
    return options;
}

/* ---- Fields ---------------------------------------------------------------------------------- */

/* The text of a value on a line, with its quotes; `key` as in "\"ts\":". */
static struct str value_of(struct str line, const char *key)
{
    const char *start = memmem(line.data, line.len, key, strlen(key));
    assert_non_null(start);
    start += strlen(key);
    start += *start == ' ';
    const char *end = start + 1;
    if (*start == '"') {
        for (; *end != '"'; end++)
            end += *end == '\\';
        end++;
    } else {
        while (*end != ',' && *end != '}' && *end != ' ')
            end++;
    }
    return (struct str){start, (size_t)(end - start)};
}

static struct str next_line(struct buffer *text, size_t *at)
{
    const char *start = text->data + *at;
    const char *end = memchr(start, '\n', text->len - *at);
    *at = (size_t)(end + 1 - text->data);
    return (struct str){start, (size_t)(end - start)};
}

/* Counts the lines whose `equal` keys have the values of an earlier line, and whose key `other` has
 * another value (NULL: not compared). */
static uint64_t count_pairs(struct buffer *text, const char *const *keys, const char *other)
{
    struct dictionary CLEANUP(dictionary_release) seen = {0};
    struct buffer CLEANUP(buffer_release) key = {0};
    struct str *others = mem_alloc((text->len / 64 + 1) * sizeof *others);
    uint64_t pairs = 0;
    for (size_t at = 0; at < text->len;) {
        struct str line = next_line(text, &at);
        buffer_reset(&key);
        for (size_t i = 0; keys[i]; i++)
            buffer_append_str(&key, value_of(line, keys[i]));
        struct str value = other ? value_of(line, other) : line;
        size_t before = seen.count;
        uint32_t code = dictionary_add(&seen, buffer_str(&key), hash_str(buffer_str(&key)));
        if (seen.count > before)
            others[code] = value;
        else
            pairs += !other || !str_equal(others[code], value);
    }
    mem_free(others);
    return pairs;
}

static uint64_t count_lines_with(struct buffer *text, const char *part)
{
    uint64_t count = 0;
    for (size_t at = 0; at < text->len;) {
        struct str line = next_line(text, &at);
        count += memmem(line.data, line.len, part, strlen(part)) != NULL;
    }
    return count;
}

/* ---- Tests ----------------------------------------------------------------------------------- */

static const struct {
    uint64_t songs, events, users;
    uint32_t days;
    double match;
} sizes[] = {
    {0, 0, 0, 30, 0.3},   {1, 0, 0, 30, 0.3},     {0, 1, 0, 30, 1},      {3, 50, 0, 30, 0.3},
    {7, 500, 1, 1, 0.5},  {100, 1000, 5, 2, 0},   {40, 3000, 0, 400, 1}, {71, 8056, 96, 30, 0.05},
    {300, 9999, 0, 3, 1}, {20, 700, 900, 5, 0.1},
};

static void every_record_is_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct found CLEANUP(found_release) found;
        struct generate_options options = sized(sizes[i].songs, sizes[i].events);
        options.users = sizes[i].users;
        options.days = sizes[i].days;
        options.match = sizes[i].match;
        struct generate_report report = generate(options);
        find(&found);
        assert_int_equal(found.song_files, sizes[i].songs);
        assert_int_equal(found.lines, sizes[i].events);
        assert_int_equal(report.song_files, found.song_files);
        assert_int_equal(report.log_files, found.log_files);
        assert_int_equal(report.events, found.lines);
        assert_int_equal(report.song_bytes + report.log_bytes, found.bytes);
        assert_int_equal(report.plays, count_lines_with(&found.logs, "\"page\":\"NextSong\""));
        assert_true(found.log_files <= sizes[i].days);
    }
}

static uint64_t digest_of(struct generate_options options)
{
    struct found CLEANUP(found_release) found;
    generate(options);
    find(&found);
    return found.digest;
}

static void bytes_depend_on_the_options_alone(void **state)
{
    struct generate_options options = sized(200, 5000);
    (void)state;
    options.threads = 1;
    uint64_t digest = digest_of(options);
    for (unsigned threads = 1; threads <= 7; threads += 3) {
        options.threads = threads;
        assert_true(digest_of(options) == digest);
    }
    options.seed = 2;
    assert_true(digest_of(options) != digest);
    options.seed = 1;
    options.match = 0.9;
    assert_true(digest_of(options) != digest);
}

static const char *const keys_of_song[] = {"\"song_id\":", NULL};
static const char *const keys_of_artist[] = {"\"artist_id\":", NULL};
static const char *const keys_of_tune[] = {
    "\"title\":", "\"artist_id\":", "\"artist_name\":", "\"duration\":", NULL};
static const char *const keys_of_time[] = {"\"ts\":", NULL};
static const char *const keys_of_play[] = {
    "\"userId\":", "\"sessionId\":", "\"ts\":", "\"itemInSession\":", NULL};

static void traps_of_songs_are_there(void **state)
{
    struct found CLEANUP(found_release) found;
    (void)state;
    generate(sized(300, 0));
    find(&found);
    assert_true(count_pairs(&found.songs, keys_of_song, "\"artist_id\":") > 0);
    assert_true(count_pairs(&found.songs, keys_of_artist, "\"artist_name\":") > 0);
    assert_true(count_pairs(&found.songs, keys_of_artist, "\"artist_location\":") > 0);
    assert_true(count_pairs(&found.songs, keys_of_tune, "\"song_id\":") > 0);
    assert_true(count_lines_with(&found.songs, "{   \"num_songs\"") > 0);
    static const char *const texts[] = {"\\u00",
                                        "\\u04",
                                        "\\u03",
                                        "\\u06",
                                        "\\u05",
                                        "\\u09",
                                        "\\u0e",
                                        "\\ud8",
                                        "\\\"",
                                        "/",
                                        "\"artist_latitude\": null",
                                        "\"artist_location\": \"\"",
                                        "\"year\": 0"};
    for (size_t i = 0; i < COUNT(texts); i++)
        if (count_lines_with(&found.songs, texts[i]) == 0)
            fail_msg("no song has %s", texts[i]);
}

/* The lines of plays alone, as input of count_pairs. */
static void keep_plays(struct found *found)
{
    struct buffer plays = {0};
    for (size_t at = 0; at < found->logs.len;) {
        struct str line = next_line(&found->logs, &at);
        if (!memmem(line.data, line.len, "\"NextSong\"", 10))
            continue;
        buffer_append_str(&plays, line);
        buffer_append_char(&plays, '\n');
    }
    buffer_release(&found->logs);
    found->logs = plays;
}

static void traps_of_logs_are_there(void **state)
{
    static const char *const texts[] = {"\"userId\":\"\"",
                                        "\"registration\":null",
                                        "\"Submit Upgrade\"",
                                        "\"level\":\"paid\"",
                                        "\"level\":\"free\"",
                                        "\"Logout\"",
                                        "\"Login\"",
                                        "\"Error\"",
                                        "\\/",
                                        "\\\"",
                                        "\\u",
                                        "\"userAgent\":\"\\\"Mozilla\\/5.0 ",
                                        ".0,\"sessionId\":"};
    struct found CLEANUP(found_release) found;
    (void)state;
    generate(sized(300, 8056));
    find(&found);
    for (size_t i = 0; i < COUNT(texts); i++)
        if (count_lines_with(&found.logs, texts[i]) == 0)
            fail_msg("no line has %s", texts[i]);
    keep_plays(&found);
    assert_true(count_pairs(&found.logs, keys_of_time, "\"userId\":") > 0);
    assert_true(count_pairs(&found.logs, keys_of_play, NULL) > 0);
    assert_int_equal(count_pairs(&found.logs, keys_of_play, "\"song\":"), 0);
}

static void times_rise_and_have_all_milliseconds(void **state)
{
    bool seen[1000] = {false};
    size_t different = 0;
    struct found CLEANUP(found_release) found;
    struct generate_options options = sized(0, 20000);
    (void)state;
    options.days = 1;
    generate(options);
    find(&found);
    assert_int_equal(found.log_files, 1);
    int64_t before = options.start_day * 86400000;
    for (size_t at = 0; at < found.logs.len;) {
        int64_t ts = strtoll(value_of(next_line(&found.logs, &at), "\"ts\":").data, NULL, 10);
        assert_true(ts >= before && ts < (options.start_day + 1) * 86400000);
        before = ts;
        different += !seen[ts % 1000];
        seen[ts % 1000] = true;
    }
    assert_true(different > 990);
}

static const struct {
    const char *what;
    struct generate_options options;
} wrong[] = {
    {"folder", {.folder = "", .days = 1, .threads = 1}},
    {"songs", {.folder = "x", .songs = 1000000000, .days = 1, .threads = 1}},
    {"events", {.folder = "x", .events = UINT64_MAX, .days = 1, .threads = 1}},
    {"users", {.folder = "x", .users = UINT64_MAX, .days = 1, .threads = 1}},
    {"days", {.folder = "x", .threads = 1}},
    {"days", {.folder = "x", .start_day = -1, .days = 1, .threads = 1}},
    {"days", {.folder = "x", .start_day = 2932896, .days = 2, .threads = 1}},
    {"threads", {.folder = "x", .days = 1}},
    {"match", {.folder = "x", .days = 1, .threads = 1, .match = 1.01}},
    {"match", {.folder = "x", .days = 1, .threads = 1, .match = -0.01}},
    {"match", {.folder = "x", .days = 1, .threads = 1, .match = __builtin_nan("")}},
};

static void wrong_options_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct generate_report report;
        struct error error;
        assert_int_equal(generate_run(&wrong[i].options, &report, &error), STATUS_USAGE);
        assert_non_null(strstr(error.message, wrong[i].what));
    }
}

static enum status run_in_place(struct generate_options options, struct error *error)
{
    struct generate_report report;
    options.folder = place;
    return generate_run(&options, &report, error);
}

static void what_is_there_is_left_alone(void **state)
{
    static const char *const names[] = {"song_data", "log_data"};
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        char path[320];
        struct found CLEANUP(found_release) found;
        struct error error;
        clear_place();
        snprintf(path, sizeof path, "%s/%s", place, names[i]);
        assert_int_equal(mkdir(place, 0777), 0);
        assert_int_equal(mkdir(path, 0777), 0);
        assert_int_equal(run_in_place(sized(3, 50), &error), STATUS_EXISTS);
        assert_non_null(strstr(error.message, path));
        find(&found);
        assert_int_equal(found.bytes, 0);
    }
}

static void a_file_in_the_way_is_named(void **state)
{
    struct error error;
    (void)state;
    clear_place();
    fclose(fopen(place, "w"));
    assert_int_equal(run_in_place(sized(3, 50), &error), STATUS_NOT_A_FOLDER);
    assert_non_null(strstr(error.message, place));
}

/* A file that may not grow any more fails like one on a full disk. */
static void a_full_disk_is_reported(void **state)
{
    struct rlimit limit, small = {.rlim_cur = 100000};
    struct error error;
    (void)state;
    clear_place();
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    small.rlim_max = limit.rlim_max;
    setrlimit(RLIMIT_FSIZE, &small);
    enum status status = run_in_place(sized(3, 20000), &error);
    setrlimit(RLIMIT_FSIZE, &limit);
    assert_int_equal(status, STATUS_NO_SPACE);
    assert_non_null(strstr(error.message, "-events.json"));
    assert_non_null(strstr(error_hint_text(&error), "incomplete"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_record_is_written),
        cmocka_unit_test(bytes_depend_on_the_options_alone),
        cmocka_unit_test(traps_of_songs_are_there),
        cmocka_unit_test(traps_of_logs_are_there),
        cmocka_unit_test(times_rise_and_have_all_milliseconds),
        cmocka_unit_test(wrong_options_are_refused),
        cmocka_unit_test(what_is_there_is_left_alone),
        cmocka_unit_test(a_file_in_the_way_is_named),
        cmocka_unit_test(a_full_disk_is_reported),
    };
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
