/* Models that the Spark engine refuses, and why. */
#include "model_support.h"

#include "builtin.h"
#include "shop_model.h"
#include "unit.h"

static const struct row {
    const char *words; /* of the error; NULL: there is none */
    struct model_field field;
    struct model_source source;
} rows[] = {
    {NULL, {STR("plain_1"), MODEL_DOUBLE, NEED_OPTIONAL}, {.kept_field = -1}},
    {NULL, {STR("a b"), MODEL_DATE, NEED_NOT_AT_ALL}, {.kept_field = -1}},
    {"the field a.b of orders lies in an object",
     {STR("a.b"), MODEL_STRING, NEED_OPTIONAL, .depth = 2},
     {.kept_field = -1}},
    {"is of a type", {STR("a"), MODEL_BOOL, NEED_OPTIONAL}, {.kept_field = -1}},
    {"is of a type", {STR("a"), MODEL_JSON, NEED_OPTIONAL}, {.kept_field = -1}},
    {"in another form than",
     {STR("a"), MODEL_TIMESTAMP, NEED_OPTIONAL, .time_form = TIME_ISO_8601},
     {.kept_field = -1}},
    {"another layout",
     {STR("a"), MODEL_STRING, NEED_OPTIONAL},
     {.layout = LAYOUT_CONCATENATED, .kept_field = -1}},
    {"unknown fields",
     {STR("a"), MODEL_STRING, NEED_OPTIONAL},
     {.unknown = CONTRACT_FREEZE, .kept_field = -1}},
    {"faulty values",
     {STR("a"), MODEL_STRING, NEED_OPTIONAL},
     {.faulty = CONTRACT_DISCARD_VALUE, .kept_field = -1}},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct error error;
        struct model_source sources[] = {shop_sources[PRODUCTS], rows[i].source};
        struct model model = shop;
        model.sources = sources;
        sources[ORDERS].name = "orders";
        sources[ORDERS].fields = &rows[i].field;
        sources[ORDERS].field_count = 1;
        enum status status = spark_check_model(&model, &error);
        assert_int_equal(status, rows[i].words ? STATUS_USAGE : STATUS_OK);
        if (rows[i].words && !strstr(error.message, rows[i].words))
            fail_msg("%s: %s", rows[i].words, error.message);
    }
}

static void test_whole_models(void **state)
{
    struct error error;
    (void)state;
    ASSERT_OK(spark_check_model(model_builtin(), &error), error);
    ASSERT_OK(spark_check_model(&shop, &error), error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_whole_models),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
