/* The hash against what Spark 4.3.0 gave for xxhash64(user_id, session_id, ts, itemInSession).
 */
#include "unit.h"

#include <model.h>
#include <spark_hash.h>

static int64_t hash_of(const char *user_id, int64_t session_id, int64_t ts_ms, int64_t item)
{
    uint64_t hash = spark_hash_string(SPARK_HASH_SEED, str_of(user_id));
    hash = spark_hash_int64(hash, session_id);
    hash = spark_hash_int64(hash, ts_ms);
    return (int64_t)spark_hash_int64(hash, item);
}

static void test_a_chain_is_spark_s_xxhash64(void **state)
{
    static const struct {
        const char *user_id;
        int64_t session_id, ts_ms, item, id;
    } cases[] = {
        {"39", 583, 1541106106796, 2, 2540724111563630629},
        {"15", 818, 1542837407796, 0, 3681045179312653550},
        {"ünïcødé-💾 longer than thirty-two bytes of text", 583, -1, 0, 5955243143168513578},
        {"8", 139, 1541106106796, 1, -1840231213315168022},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(
            hash_of(cases[i].user_id, cases[i].session_id, cases[i].ts_ms, cases[i].item),
            cases[i].id);
}

static void test_a_string_alone(void **state)
{
    static const struct {
        const char *user_id;
        int64_t hash;
    } cases[] = {{"", -7444071767201028348}, {"a", -8582455328737087284}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(spark_hash_string(SPARK_HASH_SEED, str_of(cases[i].user_id)),
                         cases[i].hash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_chain_is_spark_s_xxhash64),
        cmocka_unit_test(test_a_string_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
