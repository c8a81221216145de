/* fact_append: strings of batches become those of a row group, whose columns may become loose. */
#include "builtin.h"
#include "native_case.h"

#include "fact_append.h"

#include <stdio.h>

#define PLAYS 1100

static struct fact_layout layout;
static const struct lookup no_lookup;

static size_t agent_column(void)
{
    size_t number = 0;
    while (layout.coded.all[number].field != field_of("logs", "userAgent"))
        number++;
    return number;
}

/* The agent of play `i`: one of `distinct`, or null. */
static void agent_of(int i, int distinct, const char *escape, char out[32])
{
    snprintf(out, 32, i % 7 == 3 ? "null" : "\"a%s/%d\"", escape, i % distinct);
}

static void fill(struct facts_batch *batch, int distinct)
{
    facts_batch_reset(batch);
    for (int i = 0; i < PLAYS; i++) {
        char agent[32], play[200];
        agent_of(i, distinct, "\\", agent);
        snprintf(play, sizeof play,
                 "{\"ts\":1,\"page\":\"NextSong\",\"userId\":%d,\"sessionId\":1,"
                 "\"itemInSession\":1,\"level\":\"paid\",\"userAgent\":%s}",
                 i, agent);
        keep_json(source_of("logs"), play, facts_batch_keep, batch);
    }
    facts_batch_finish(batch);
}

/* Appends the batch in pieces of `step` rows. */
static void append(struct fact_group *group, struct code_maps *maps,
                   const struct facts_batch *batch, size_t step)
{
    static uint64_t batches;
    batches++;
    for (size_t from = 0; from < batch->rows; from += step) {
        size_t count = batch->rows - from < step ? batch->rows - from : step;
        fact_group_append(group, maps, code_maps_begin(maps, 0, batches, batch, group), batch, from,
                          count);
        group->rows += count;
    }
}

static void assert_agents(const struct parquet_column *column, size_t row, int distinct)
{
    for (int i = 0; i < PLAYS; i++, row++) {
        char wanted[32];
        agent_of(i, distinct, "", wanted);
        assert_int_equal(parquet_is_null(column, row), i % 7 == 3);
        if (i % 7 == 3)
            continue;
        wanted[strlen(wanted) - 1] = '\0';
        assert_str(parquet_dictionary_string(column, column->codes ? column->codes[row] : row),
                   wanted + 1);
    }
}

static void test_columns_of_a_group(void **state)
{
    static const struct {
        int distinct[3]; /* of each batch */
        bool is_loose;
    } cases[] = {{{5, 40, 5}, false}, {{5, PLAYS, 40}, true}, {{PLAYS, PLAYS, PLAYS}, true}};
    static const size_t steps[] = {PLAYS, 1, 100};
    CLEANUP(code_maps_release) struct code_maps maps = {0};
    (void)state;
    fact_layout_init(&layout, model_builtin());
    struct fact_group *group = fact_group_new(&layout);
    for (size_t i = 0; i < COUNT(cases) * COUNT(steps); i++) {
        const int *distinct = cases[i % COUNT(cases)].distinct;
        struct parquet_column view[MODEL_MAX_COLUMNS];
        /* A new one: what was loose stays so for some batches. */
        CLEANUP(facts_batch_release) struct facts_batch batch;
        facts_batch_init(&batch, &layout, &no_lookup, NULL);
        fact_group_reset(group);
        group->serial++;
        for (size_t k = 0; k < COUNT(cases[0].distinct); k++) {
            fill(&batch, distinct[k]);
            append(group, &maps, &batch, steps[i / COUNT(cases)]);
        }
        fact_group_view(group, view);
        const struct parquet_column *agents = &view[layout.coded.all[agent_column()].at];
        assert_int_equal(agents->codes == NULL, cases[i % COUNT(cases)].is_loose);
        for (size_t k = 0; k < COUNT(cases[0].distinct); k++)
            assert_agents(agents, k * PLAYS, distinct[k]);
    }
    fact_group_free(group);
}

/* Where row groups end depends on these bytes: they are the same for texts and for a dictionary. */
static void test_bytes_of_new_strings(void **state)
{
    CLEANUP(facts_batch_release) struct facts_batch batch;
    CLEANUP(code_maps_release) struct code_maps maps = {0};
    (void)state;
    fact_layout_init(&layout, model_builtin());
    facts_batch_init(&batch, &layout, &no_lookup, NULL);
    struct fact_group *group = fact_group_new(&layout);
    fill(&batch, PLAYS);
    batch.strings[agent_column()].is_loose = false; /* its values are decoded: "a/1" */
    append(group, &maps, &batch, PLAYS);
    size_t bytes = fact_group_bytes(group);
    fact_group_loosen(group, &group->coded[agent_column()]);
    assert_int_equal(fact_group_bytes(group), bytes);
    fact_group_free(group);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns_of_a_group),
        cmocka_unit_test(test_bytes_of_new_strings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
