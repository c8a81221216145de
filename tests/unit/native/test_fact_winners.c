/* The record of a user that wins, whatever the order of the plays and wherever pieces are cut. */
#include "builtin.h"
#include "native_case.h"

#include "fact_winners.h"

#include <model_parse.h>

#include <stdio.h>

#define PLAYS 400

struct play {
    const char *user_id; /* as in the input */
    int64_t ts_ms, session_id, item;
    const char *level, *first_name, *last_name, *gender; /* NULL: null; as in the input */
};

static void append_member(struct buffer *out, const char *name, const char *raw)
{
    if (raw)
        buffer_appendf(out, ",\"%s\":\"%s\"", name, raw);
}

static void append_play(struct buffer *json, const struct play *play)
{
    buffer_appendf(json,
                   "{\"ts\":%lld,\"page\":\"NextSong\",\"userId\":\"%s\",\"sessionId\":%lld,"
                   "\"itemInSession\":%lld",
                   (long long)play->ts_ms, play->user_id, (long long)play->session_id,
                   (long long)play->item);
    append_member(json, "level", play->level);
    append_member(json, "firstName", play->first_name);
    append_member(json, "lastName", play->last_name);
    append_member(json, "gender", play->gender);
    buffer_append_str(json, STR("}\n"));
}

static void keep_play(struct facts_batch *batch, const struct play *play)
{
    CLEANUP(buffer_release) struct buffer json = {0};
    append_play(&json, play);
    keep_json(source_of("logs"), buffer_text(&json), facts_batch_keep, batch);
}

static void show(const struct fact_winners *users, struct buffer *out)
{
    const int strings[] = {field_of("logs", "level"), field_of("logs", "firstName"),
                           field_of("logs", "lastName"), field_of("logs", "gender")};
    const struct row_layout *layout = users->rows.layout;
    CLEANUP(sorted_rows_release)
    struct sorted_rows sorted =
        rows_sorted(&users->rows, NULL, users->rows.count, builtin_table("users"));
    for (size_t i = 0; i < users->rows.count; i++) {
        const void *row = sorted_row(&sorted, i);
        buffer_appendf(out, "%.*s %d.%d.%d",
                       STR_ARG(row_string(layout, row, field_of("logs", "userId"))),
                       (int)row_number(layout, row, field_of("logs", "ts")).int64,
                       (int)row_number(layout, row, field_of("logs", "sessionId")).int64,
                       (int)row_number(layout, row, field_of("logs", "itemInSession")).int64);
        for (size_t string = 0; string < COUNT(strings); string++) {
            struct str value = row_string(layout, row, strings[string]);
            assert_int_equal(row_is_null(row, strings[string]), value.data == NULL);
            buffer_append_str(out, value.data ? STR(" =") : STR(" -"));
            buffer_append_str(out, value);
        }
        buffer_append_char(out, '\n');
    }
}

/* The users that plays give when they come in that order, `piece_plays` to a piece of input, two
 * pieces to a batch. */
static void gather(const struct play *plays, const size_t *order, size_t count, size_t piece_plays,
                   struct buffer *out)
{
    static const struct lookup no_lookup;
    struct fact_layout layout;
    CLEANUP(fact_winners_release) struct fact_winners users;
    CLEANUP(facts_batch_release) struct facts_batch batch;
    CLEANUP(buffer_release) struct buffer piece = {0};
    fact_layout_init(&layout, model_builtin());
    fact_winners_init(&users, &layout.rules[0]);
    facts_batch_init(&batch, &layout, &no_lookup, &users);
    for (size_t i = 0; i < count; i++) {
        append_play(&piece, &plays[order[i]]);
        if ((i + 1) % piece_plays && i + 1 < count)
            continue;
        keep_json(source_of("logs"), buffer_text(&piece), facts_batch_keep, &batch);
        buffer_reset(&piece);
        if ((i + 1) / piece_plays % 2 == 0)
            facts_batch_reset(&batch);
    }
    fact_winners_finish(&users);
    buffer_reset(out);
    show(&users, out);
}

static void test_greatest_time_session_item_then_greatest_values(void **state)
{
    static const struct {
        struct play winner, loser;
        const char *expected;
    } cases[] = {
        {{"u", 2, 0, 0, "a", "a", "a", "a"},
         {"u", 1, 9, 9, "z", "z", "z", "z"},
         "u 2.0.0 =a =a =a =a\n"},
        {{"u", 1, 2, 0, "a", "a", "a", "a"},
         {"u", 1, 1, 9, "z", "z", "z", "z"},
         "u 1.2.0 =a =a =a =a\n"},
        {{"u", 1, -1, 0, "a", NULL, NULL, NULL},
         {"u", 1, -2, 9, "z", "z", "z", "z"},
         "u 1.-1.0 =a - - -\n"},
        {{"u", 1, 1, 2, "a", "a", "a", "a"},
         {"u", 1, 1, 1, "z", "z", "z", "z"},
         "u 1.1.2 =a =a =a =a\n"},
        {{"u", 1, 1, 1, "b", "a", "a", "a"},
         {"u", 1, 1, 1, "a", "z", "z", "z"},
         "u 1.1.1 =b =a =a =a\n"},
        {{"u", 1, 1, 1, "a", "b", "a", "a"},
         {"u", 1, 1, 1, "a", "a", "z", "z"},
         "u 1.1.1 =a =b =a =a\n"},
        {{"u", 1, 1, 1, "a", "a", "b", "a"},
         {"u", 1, 1, 1, "a", "a", "a", "z"},
         "u 1.1.1 =a =a =b =a\n"},
        {{"u", 1, 1, 1, "a", "a", "a", "b"},
         {"u", 1, 1, 1, "a", "a", "a", "a"},
         "u 1.1.1 =a =a =a =b\n"},
        {{"u", 1, 1, 1, "", NULL, NULL, NULL},
         {"u", 1, 1, 1, NULL, "z", "z", "z"},
         "u 1.1.1 = - - -\n"}, /* null is less than every value */
        {{"u", 1, 1, 1, "\\u0062", NULL, NULL, NULL},
         {"u", 1, 1, 1, "a", NULL, NULL, NULL},
         "u 1.1.1 =b - - -\n"}, /* as text, not as it is written */
        {{"u", 1, 1, 1, "é", NULL, NULL, NULL},
         {"u", 1, 1, 1, "z", NULL, NULL, NULL},
         "u 1.1.1 =é - - -\n"}, /* as bytes */
        {{"\\u0075", 2, 1, 1, "a", NULL, NULL, NULL},
         {"u", 1, 1, 1, "z", NULL, NULL, NULL},
         "u 2.1.1 =a - - -\n"}, /* one user, written in two ways */
        {{"u", 0, -1, -1, NULL, NULL, NULL, NULL},
         {"u", 0, -1, -2, NULL, NULL, NULL, NULL},
         "u 0.-1.-1 - - - -\n"},
    };
    static const size_t orders[2][2] = {{0, 1}, {1, 0}};
    CLEANUP(buffer_release) struct buffer got = {0};
    (void)state;
    for (size_t i = 0; i < COUNT(cases) * 4; i++) {
        const struct play plays[] = {cases[i / 4].winner, cases[i / 4].loser};
        gather(plays, orders[i % 2], 2, 1 + i / 2 % 2, &got);
        assert_string_equal(buffer_text(&got), cases[i / 4].expected);
    }
}

static void random_plays(struct play *plays, uint64_t *random)
{
    static const char *const users[] = {"a", "b", "\\u0062", "é", "10", "9"};
    static const char *const values[] = {NULL, "", "a", "\\u0061", "b", "a longer value", "é"};
    for (size_t i = 0; i < PLAYS; i++)
        plays[i] = (struct play){
            .user_id = users[random_below(random, COUNT(users))],
            .ts_ms = random_below(random, 3),
            .session_id = (int64_t)random_below(random, 3) - 1,
            .item = random_below(random, 2),
            .level = values[random_below(random, COUNT(values))],
            .first_name = values[random_below(random, COUNT(values))],
            .last_name = values[random_below(random, COUNT(values))],
            .gender = values[random_below(random, COUNT(values))],
        };
}

static void test_the_order_and_the_pieces_do_not_matter(void **state)
{
    static const size_t piece_plays[] = {1, 7, 100, PLAYS};
    CLEANUP(buffer_release) struct buffer expected = {0}, got = {0};
    struct play plays[PLAYS];
    size_t order[PLAYS];
    uint64_t random = 17;
    (void)state;
    random_plays(plays, &random);
    for (size_t round = 0; round < 16; round++) {
        random_order(&random, order, PLAYS);
        gather(plays, order, PLAYS, piece_plays[round % COUNT(piece_plays)],
               round ? &got : &expected);
        if (round)
            assert_string_equal(buffer_text(&got), buffer_text(&expected));
    }
    /* "10", "9", "a", "b", "é": sorted as bytes, "\u0062" is "b". */
    size_t lines = 0;
    for (const char *at = buffer_text(&expected); (at = strchr(at, '\n')); at++)
        lines++;
    assert_int_equal(lines, 5);
    assert_memory_equal(buffer_text(&expected), "10 2.1.1 ", 9);
}

/* Of the rows in use, and of those that moved on. */
static size_t memory_of(const struct fact_winners *users)
{
    size_t bytes = 0;
    for (size_t i = 0; i < WINNER_SHARDS; i++)
        bytes += users->shards[i].rows.row_bytes + users->shards[i].rows.dropped_bytes;
    return bytes;
}

/* A user whose name is longer with each play: only the last is kept in memory. Names that do not
 * grow take the place of those before. */
static void test_replaced_winners_are_dropped(void **state)
{
    enum { LONG = 100000, TIMES = 300 };
    static const struct lookup no_lookup;
    struct fact_layout layout;
    CLEANUP(fact_winners_release) struct fact_winners users;
    CLEANUP(facts_batch_release) struct facts_batch batch;
    CLEANUP(buffer_release) struct buffer name = {0}, got = {0}, expected = {0};
    (void)state;
    fact_layout_init(&layout, model_builtin());
    fact_winners_init(&users, &layout.rules[0]);
    facts_batch_init(&batch, &layout, &no_lookup, &users);
    memset(buffer_reserve(&name, LONG + 1), 'a', LONG + 1);
    name.data[LONG] = '\0';
    for (int i = 0; i < TIMES; i++) {
        const char *text = name.data + (TIMES - 1 - i) * 17;
        name.data[LONG - 1] = (char)('a' + i % 26);
        keep_play(&batch, &(struct play){"u", i, 0, 0, "paid", text, NULL, NULL});
        keep_play(&batch, &(struct play){"quiet", 1, 0, i == 0, "free", "x", "y", NULL});
        assert_true(memory_of(&users) < (size_t)6 * LONG);
    }
    size_t before = memory_of(&users);
    keep_play(&batch, &(struct play){"quiet", 2, 0, 0, "free", "x", "z", NULL});
    assert_int_equal(memory_of(&users), before);
    fact_winners_finish(&users);
    buffer_appendf(&expected, "quiet 2.0.0 =free =x =z -\nu %d.0.0 =paid =%s - -\n", TIMES - 1,
                   name.data);
    show(&users, &got);
    assert_string_equal(buffer_text(&got), buffer_text(&expected));
}

/* Each user has a long name once: memory is that of the names they have now. */
static void test_winners_that_are_shorter(void **state)
{
    enum { USERS = 400, LONG = 50000 };
    static const struct lookup no_lookup;
    struct fact_layout layout;
    CLEANUP(fact_winners_release) struct fact_winners users;
    CLEANUP(facts_batch_release) struct facts_batch batch;
    CLEANUP(buffer_release) struct buffer name = {0};
    (void)state;
    fact_layout_init(&layout, model_builtin());
    fact_winners_init(&users, &layout.rules[0]);
    facts_batch_init(&batch, &layout, &no_lookup, &users);
    memset(buffer_reserve(&name, LONG), 'a', LONG);
    name.data[LONG - 1] = '\0';
    for (int i = 0; i < USERS; i++) {
        char id[16];
        snprintf(id, sizeof id, "%d", i);
        keep_play(&batch, &(struct play){id, 1, 0, 0, "paid", name.data, NULL, NULL});
        keep_play(&batch, &(struct play){id, 2, 0, 0, "paid", "short", NULL, NULL});
        assert_true(memory_of(&users) < (size_t)USERS * LONG / 3);
    }
    fact_winners_finish(&users);
    assert_int_equal(users.rows.count, USERS);
    for (size_t i = 0; i < USERS; i++)
        assert_true(str_equal(
            row_string(users.rows.layout, rows_at(&users.rows, i), field_of("logs", "firstName")),
            STR("short")));
}

static void assert_sorted(const struct rows *rows, const struct model_table *table, int key)
{
    CLEANUP(sorted_rows_release)
    struct sorted_rows sorted = rows_sorted(rows, NULL, rows->count, table);
    for (size_t i = 1; i < rows->count; i++)
        assert_true(row_number(rows->layout, sorted_row(&sorted, i - 1), key).int64 <
                    row_number(rows->layout, sorted_row(&sorted, i), key).int64);
}

/* Names as they stand in the input, and what they are: null, short, long, escaped. */
static const struct {
    const char *name, *expected;
    size_t len;
    bool is_escaped;
} names[] = {
    {0},
    {"", "", 0, false},
    {"short", "short", 5, false},
    {"a name of more than thirty-two bytes", "a name of more than thirty-two bytes", 36, false},
    {"n\\u0061me", "name", 9, true}};

static struct json_value name_value(char memory[static 64 + JSON_PADDING], size_t number)
{
    if (!names[number].name)
        return (struct json_value){0};
    memset(memory, 'x', 64 + JSON_PADDING);
    memcpy(memory, names[number].name, names[number].len);
    return (struct json_value){.text = memory,
                               .len = (uint32_t)names[number].len,
                               .kind = JSON_KIND_STRING,
                               .escaped = names[number].is_escaped};
}

/* Keys by number, nearly all of them new for long: the batch stops looking for them, and yet each
 * has one winner. */
static void test_keys_of_which_nearly_all_are_new(void **state)
{
    enum { KEYS = 1500, SMALLER = 700, RECORDS = 2000, TS = 0, KEY = 1, NAME = 2 };
    static const char text[] =
        "model: m\nsources: {e: {folder: e, fields: {ts: {type: timestamp_us, required: true},"
        " key: {type: int64, required: true}, name: string}}}\n"
        "dimensions: {keys: {from: e, key: key, order: [-ts], columns: {key: key, name: name, ts: "
        "ts}}}\n"
        "facts: {f: {from: e, time: ts, id: {id: [key]}, columns: {ts: ts, key: key}}}\n";
    struct model *model;
    struct error error;
    struct fact_layout layout;
    struct batch_winners batch;
    struct fact_winners winners;
    char memory[COUNT(names)][64 + JSON_PADDING];
    (void)state;
    ASSERT_OK(model_parse(str_of(text), "model.yaml", &model, &error), error);
    fact_layout_init(&layout, model);
    batch_winners_init(&batch, &layout.rules[0]);
    fact_winners_init(&winners, &layout.rules[0]);
    for (int64_t i = 0; i < RECORDS; i++) {
        struct model_record record = {0};
        record.values[TS].kind = record.values[KEY].kind = JSON_KIND_NUMBER;
        record.numbers[TS].int64 = i % 2 ? i + 5000 : 5000 - i;
        record.numbers[KEY].int64 = i % KEYS - SMALLER;
        record.values[NAME] = name_value(memory[i % COUNT(names)], i % COUNT(names));
        batch_winners_offer(&batch, &record);
        assert_int_equal(batch.rows.count, i + 1);
    }
    assert_true(batch_winners_are_enough(&batch));
    fact_winners_add(&winners, &batch);
    batch_winners_end_piece(&batch);
    assert_int_equal(batch.rows.count, 0);
    fact_winners_finish(&winners);
    assert_int_equal(winners.rows.count, KEYS);
    for (size_t i = 0; i < KEYS; i++) {
        const void *row = rows_at(&winners.rows, i);
        int64_t key = row_number(winners.rows.layout, row, KEY).int64 + SMALLER;
        int64_t last = key + KEYS < RECORDS && key % 2 ? key + KEYS : key;
        assert_int_equal(row_number(winners.rows.layout, row, TS).int64,
                         key % 2 ? last + 5000 : 5000 - key);
        const char *name = names[last % COUNT(names)].expected;
        assert_int_equal(row_is_null(row, NAME), !name);
        assert_true(
            str_equal(row_string(winners.rows.layout, row, NAME), name ? str_of(name) : STR_NULL));
    }
    assert_sorted(&winners.rows, &model->tables[0], KEY);
    batch_winners_release(&batch);
    fact_winners_release(&winners);
    model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_greatest_time_session_item_then_greatest_values),
        cmocka_unit_test(test_the_order_and_the_pieces_do_not_matter),
        cmocka_unit_test(test_replaced_winners_are_dropped),
        cmocka_unit_test(test_winners_that_are_shorter),
        cmocka_unit_test(test_keys_of_which_nearly_all_are_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
