/* What is generated of each field, from its type and need. */
#include "sql_private.h"

#include "shop_model.h"
#include "unit.h"

static const struct text_row {
    const char *value; /* of sql_set_fields */
    int source;
    const char *expected; /* all of it, or, in doubts and checks, a part */
} rows[] = {
    {"names", PRODUCTS, "'sku', 'label', 'price', 'stock', 'weight', 'note'"},
    {"record_fields", PRODUCTS,
     "record.`sku` AS `.sku`, record.`label` AS `.label`, record.`price` AS `.price`, "
     "record.`stock` AS `.stock`, record.`weight` AS `.weight`"},
    {"schema", PRODUCTS,
     "`sku`: STRING, `label`: STRING, `price`: DOUBLE, `stock`: INT, `weight`: BIGINT"},
    {"fields", PRODUCTS, "`.sku`, `.label`, `.price`, `.stock`, `.weight`"},
    {"checked_fields", PRODUCTS, "`.sku`, `.label`, `.price`, `.stock`, `.weight`"},
    {"kept_fields", PRODUCTS,
     "`.sku`, `.label`, `.price`, coalesce(`.stock`, 0) AS `.stock`, `.weight`"},
    {"kept_fields", ORDERS,
     "`.shop`, `.number`, `.placed`, `.ordered`, `.paid`, `.tax`, `.status`, `.buyer`"},
    {"discarded", PRODUCTS, "0"},
    {"raw_copied", PRODUCTS, ""},
};

static const struct text_row parts[] = {
    /* required in every record, and where records are kept by rule */
    {"doubts", PRODUCTS,
     "\n      WHEN record.`sku` IS NULL OR record.`sku` = '' OR startswith(record.`sku`, '{')"},
    {"doubts", ORDERS,
     "\n      WHEN record.`status` = 'paid' AND (record.`shop` IS NULL OR record.`shop` = '' OR "
     "startswith("},
    {"doubts", ORDERS,
     "\n      WHEN record.`status` = 'paid' AND (record.`number` IS NULL) THEN true"},
    {"doubts", ORDERS,
     "\n      WHEN record.`placed` IS NULL OR record.`placed` NOT BETWEEN 0 AND 253402300799999 "
     "THEN true"},
    {"doubts", PRODUCTS,
     "\n      WHEN abs(record.`price`) = double('Infinity') OR record.`price` = 0 THEN true"},
    /* "shelf=" leaves 249 of 255 bytes */
    {"doubts", PRODUCTS,
     "\n      WHEN octet_length(record.`label`) * 3 > 249\n"
     "        OR record.`label` = '__HIVE_DEFAULT_PARTITION__' THEN true"},
    {"checks", PRODUCTS, "'%XX')) > 249\n      THEN 'out_of_range label: too long for the name"},
    {"checks", PRODUCTS, "is not in the range of a 32-bit integer')"},
    {"checks", PRODUCTS, "weight: expected an integer, found '"},
    {"checks", PRODUCTS, "WHEN `.weight` IS NULL AND `text.weight` RLIKE '^#-?[0-9]+$'"},
    {"checks", ORDERS, "WHEN `.status` <> 'paid' THEN NULL\n    WHEN `text.shop` IS NULL THEN"},
    {"values", ORDERS, "THEN `text.shop` END AS `.shop`,\n      IF(`text.number` RLIKE"},
    {"views", ORDERS, "'`~shop` STRING, `~number` STRING, "},
    {"views", ORDERS, "AS `text.shop`, `text.number`, "},
};

static const char *find(struct sql_values *values, const char *name)
{
    for (size_t i = 0; i < values->count; i++)
        if (strcmp(values->all[i].name, name) == 0)
            return buffer_text(&values->all[i].text);
    fail_msg("no value %s", name);
    return NULL;
}

static void test_lists(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP(sql_values_release) struct sql_values values = {0};
        sql_set_fields(&values, &shop, &shop_sources[rows[i].source]);
        assert_string_equal(find(&values, rows[i].value), rows[i].expected);
    }
}

static void test_doubts_and_checks(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(parts); i++) {
        CLEANUP(sql_values_release) struct sql_values values = {0};
        sql_set_fields(&values, &shop, &shop_sources[parts[i].source]);
        const char *text = find(&values, parts[i].value);
        if (!strstr(text, parts[i].expected))
            fail_msg("%s\nis not in\n%s", parts[i].expected, text);
    }
}

/* What is optional and tells all by its type is never a reason for a doubt; nor is what no table
 * needs. */
static void test_what_is_not_doubted(void **state)
{
    static const char *const names[] = {"stock", "weight", "note"};
    CLEANUP(sql_values_release) struct sql_values values = {0};
    (void)state;
    sql_set_fields(&values, &shop, &shop_sources[PRODUCTS]);
    for (size_t i = 0; i < COUNT(names); i++)
        assert_null(strstr(find(&values, "doubts"), names[i]));
    assert_null(strstr(find(&values, "checks"), "note"));
}

/* ---- Nested fields --------------------------------------------------------------------------- */

#define KEY(text)                                                                                  \
    {                                                                                              \
        {text, sizeof(text) - 1}, 0                                                                \
    }
#define INDEX(i)                                                                                   \
    {                                                                                              \
        {NULL, 0}, i                                                                               \
    }
#define PATH(...)                                                                                  \
    (const struct model_step[])                                                                    \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

static const struct model_field nested_fields[] = {
    {.name = STR("actor.id"),
     .type = MODEL_INT64,
     .need = NEED_ALWAYS,
     .depth = 2,
     .path = PATH(KEY("actor"), KEY("id"))},
    {.name = STR("actor.since"),
     .type = MODEL_DATE,
     .need = NEED_OPTIONAL,
     .depth = 2,
     .path = PATH(KEY("actor"), KEY("since"))},
    {.name = STR("tags[2]"),
     .type = MODEL_STRING,
     .need = NEED_OPTIONAL,
     .depth = 2,
     .path = PATH(KEY("tags"), INDEX(2))},
    {.name = STR("parts[1].`it's`"),
     .type = MODEL_BOOL,
     .need = NEED_OPTIONAL,
     .depth = 3,
     .path = PATH(KEY("parts"), INDEX(1), KEY("it's"))},
    {.name = STR("more"),
     .type = MODEL_JSON,
     .need = NEED_OPTIONAL,
     .depth = 1,
     .path = PATH(KEY("more"))},
};
/* Without the JSON all is told by the first look. */
#define PLAIN_COUNT 4

static struct model_source nested_source(size_t count)
{
    return (struct model_source){
        .name = "events", .fields = nested_fields, .field_count = count, .kept_field = -1};
}

static const struct part_row {
    const char *value, *part;
} nested_parts[] = {
    {"names", "'actor', 'tags', 'parts'"},
    {"schema", "`actor`: STRUCT<`id`: BIGINT, `since`: STRING>, `tags`: ARRAY<STRING>, "
               "`parts`: ARRAY<STRUCT<`it\\'s`: BOOLEAN>>"},
    {"record_fields", "record.`actor`.`id` AS `.actor.id`, IF(record.`actor`.`since` RLIKE"},
    {"record_fields", "get(record.`tags`, 2) AS `.tags[2]`, "
                      "get(record.`parts`, 1).`it's` AS `.parts[1].``it's```"},
    {"views", "'`~actor` STRING, `~tags` STRING, `~parts` STRING'"},
    {"views", "from_json(IF(startswith(`text.actor`, '{'), `text.actor`, NULL),\n"
              "      '`~id` STRING, `~since` STRING'"},
    {"views", "elements -> struct(get(elements, 1)))) AS `text.parts[1]`"},
    {"checks", "WHEN NOT startswith(`text.actor`, '{')\n      THEN concat('wrong_type actor.id: "
               "expected an object that holds it, found '"},
    {"checks", "WHEN NOT startswith(`text.parts`, '[')\n      THEN concat('wrong_type "
               "parts[1].`it\\'s`: expected an array that holds it, found '"},
};

static void test_nested_fields(void **state)
{
    const struct model_source source = nested_source(PLAIN_COUNT);
    CLEANUP(sql_values_release) struct sql_values values = {0};
    (void)state;
    assert_false(sql_is_exact(&source));
    sql_set_fields(&values, &shop, &source);
    for (size_t i = 0; i < COUNT(nested_parts); i++) {
        const char *text = find(&values, nested_parts[i].value);
        if (!strstr(text, nested_parts[i].part))
            fail_msg("%s\nis not in\n%s", nested_parts[i].part, text);
    }
}

/* What is kept as JSON is taken of a copy that has all escapes. */
static void test_json(void **state)
{
    const struct model_source source = nested_source(COUNT(nested_fields));
    CLEANUP(sql_values_release) struct sql_values values = {0};
    (void)state;
    assert_true(sql_is_exact(&source));
    sql_set_fields(&values, &shop, &source);
    assert_non_null(strstr(find(&values, "raw_copied"), " AS raw"));
    assert_non_null(strstr(find(&values, "views"), "AS `raw.more`"));
    assert_null(strstr(find(&values, "views"), "`raw.actor`"));
}

static void test_decimals(void **state)
{
    static const struct {
        int precision, scale;
        const char *value; /* of record.`price`, but its name */
    } cases[] = {
        {10, 2,
         "r'\\A-?(?:0|[1-9][0-9]{0,7})(?:\\.[0-9]{1,2})?\\z',\n        try_cast(record.`price` "
         "AS DECIMAL(10,2))"},
        {18, 0, "r'\\A-?(?:0|[1-9][0-9]{0,17})\\z',"},
        {18, 18, "r'\\A-?(?:0)(?:\\.[0-9]{1,18})?\\z',"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct model_field price = {.name = STR("price"),
                                          .type = MODEL_DECIMAL,
                                          .precision = cases[i].precision,
                                          .scale = cases[i].scale,
                                          .need = NEED_OPTIONAL,
                                          .depth = 1,
                                          .path = PATH(KEY("price"))};
        struct model_source source = nested_source(1);
        CLEANUP(sql_values_release) struct sql_values values = {0};
        source.fields = &price;
        assert_false(sql_is_exact(&source));
        sql_set_fields(&values, &shop, &source);
        assert_string_equal(find(&values, "schema"), "`price`: STRING");
        assert_non_null(strstr(find(&values, "record_fields"), cases[i].value));
        assert_non_null(strstr(find(&values, "doubts"), "WHEN text RLIKE '[0-9][0-9.]{15}' THEN"));
    }
}

static void test_contracts(void **state)
{
    struct model_source source = nested_source(PLAIN_COUNT);
    (void)state;
    source.unknown = CONTRACT_DISCARD_ROW;
    source.faulty = CONTRACT_DISCARD_VALUE;
    CLEANUP(sql_values_release) struct sql_values values = {0};
    sql_set_fields(&values, &shop, &source);
    assert_non_null(
        strstr(find(&values, "doubts"), "WHEN cardinality(array_except(names, array('actor', "));
    assert_non_null(strstr(find(&values, "checks"), "WHEN unknown IS NOT NULL THEN"));
    assert_null(strstr(find(&values, "checks"), "tags"));
    assert_non_null(strstr(find(&values, "discarded"),
                           "IF(NOT startswith(`text.tags`, '[') OR `.tags[2]` IS NULL AND "
                           "`text.tags[2]` IS NOT NULL, 1, 0)"));
    assert_null(strstr(find(&values, "discarded"), "actor.id"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_doubts_and_checks),
        cmocka_unit_test(test_what_is_not_doubted),
        cmocka_unit_test(test_nested_fields),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_decimals),
        cmocka_unit_test(test_contracts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
