/* Whether a store can commit: a scripted one answers the puts of the probe. */
#include "unit.h"

#include "probe.h"

#include "names.h"

#include <store_kind.h>

struct scripted {
    struct store store;          /* first */
    enum status puts[2], remove; /* what the calls return */
    size_t put_count, remove_count;
};

static enum status answer(enum status status, struct error *error)
{
    return status == STATUS_OK ? status : error_set(error, status, "scripted");
}

static enum status put_if_absent(struct store *store, struct str key, struct str bytes,
                                 struct error *error)
{
    struct scripted *scripted = (struct scripted *)store;
    assert_str(key, LAKE_PROBE_KEY);
    assert_true(bytes.len > 0);
    assert_true(scripted->put_count < COUNT(scripted->puts));
    return answer(scripted->puts[scripted->put_count++], error);
}

static enum status remove_keys(struct store *store, const struct str *keys, size_t count,
                               struct error *error)
{
    struct scripted *scripted = (struct scripted *)store;
    assert_true(count == 1 && lake_owns(model_builtin(), keys[0]));
    scripted->remove_count++;
    return answer(scripted->remove, error);
}

static void prune(struct store *store, const char *prefix)
{
    (void)store;
    assert_string_equal(prefix, "_sparkify");
}

static const struct store_ops remote = {
    .is_remote = true, .put_if_absent = put_if_absent, .remove = remove_keys, .prune = prune};
static const struct store_ops disk = {
    .put_if_absent = put_if_absent, .remove = remove_keys, .prune = prune};

static void test_remote(void **state)
{
    static const struct {
        bool is_there;   /* the probe of an earlier run */
        int64_t version; /* of the lake */
        enum status puts[2], remove;
        size_t put_count, remove_count;
        enum status expected;
        bool has_put_probe;
    } cases[] = {
        {false, -1, {STATUS_OK, STATUS_EXISTS}, STATUS_OK, 2, 1, STATUS_OK, true},
        {false, 4, {STATUS_OK, STATUS_EXISTS}, STATUS_OK, 2, 0, STATUS_OK, true},
        {true, 4, {STATUS_EXISTS}, STATUS_OK, 1, 0, STATUS_OK, false},
        {false, 4, {STATUS_EXISTS}, STATUS_OK, 1, 0, STATUS_OK, false}, /* another run's */
        /* it overwrites what it must not */
        {false, 4, {STATUS_OK, STATUS_OK}, STATUS_OK, 2, 0, STATUS_FAILED, true},
        {true, 4, {STATUS_OK}, STATUS_OK, 1, 0, STATUS_FAILED, false},
        /* it refuses to write, or to delete */
        {false, 4, {STATUS_DENIED}, STATUS_OK, 1, 0, STATUS_DENIED, false},
        {false, -1, {STATUS_OK}, STATUS_DENIED, 0, 1, STATUS_DENIED, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct scripted scripted = {.store = {.ops = &remote, .address = (char[]){"s3://b"}},
                                    .remove = cases[i].remove};
        struct store_object probe = {.key = STR(LAKE_PROBE_KEY)};
        struct lake lake = {
            .model = model_builtin(), .store = &scripted.store, .last.number = cases[i].version};
        struct error error = {0};
        memcpy(scripted.puts, cases[i].puts, sizeof scripted.puts);
        lake_run_id_make(lake.run_id);
        if (cases[i].is_there)
            lake.own = (struct store_listing){.objects = &probe, .count = 1};
        if (lake_probe_store(&lake, &error) != cases[i].expected)
            fail_msg("case %zu: %s", i, error.message);
        assert_int_equal(scripted.put_count, cases[i].put_count);
        assert_int_equal(scripted.remove_count, cases[i].remove_count);
        assert_int_equal(lake.has_put_probe, cases[i].has_put_probe);
        if (cases[i].expected == STATUS_FAILED)
            assert_non_null(strstr(error.message, "s3://b cannot commit safely"));
    }
}

static void test_a_disk_probes_itself(void **state)
{
    struct scripted scripted = {.store = {.ops = &disk}};
    struct lake lake = {.model = model_builtin(), .store = &scripted.store, .last.number = -1};
    struct error error;
    (void)state;
    ASSERT_OK(lake_probe_store(&lake, &error), error);
    assert_int_equal(scripted.put_count + scripted.remove_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_remote),
        cmocka_unit_test(test_a_disk_probes_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
