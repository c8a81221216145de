/* A model that has nothing of the one that is built in: what is sold, and who bought it. */
#ifndef SPARKIFY_TEST_SHOP_MODEL_H
#define SPARKIFY_TEST_SHOP_MODEL_H

#include <model.h>

enum { PRODUCTS, ORDERS };
enum { SKU, LABEL, PRICE, STOCK, WEIGHT, NOTE };
enum { SHOP, NUMBER, PLACED, ORDER_SKU, PAID, TAX, STATUS, BUYER };
enum { SHOP_ORDERS, SHOP_DAYS, SHOP_PRODUCTS, SHOP_BUYERS, SHOP_PRICES };
enum { RULE_PRODUCTS, RULE_MATCHES, RULE_BUYERS, RULE_PRICES };

#define FIELD(text, its_type, its_need, ...)                                                       \
    {                                                                                              \
        .name = STR(text), .type = (its_type), .need = (its_need), .depth = 1,                     \
        .path = &(const struct model_step){.key = {text, sizeof(text) - 1}}, __VA_ARGS__           \
    }
static const struct model_field product_fields[] = {
    [SKU] = FIELD("sku", MODEL_STRING, NEED_ALWAYS),
    [LABEL] = FIELD("label", MODEL_STRING, NEED_OPTIONAL),
    [PRICE] = FIELD("price", MODEL_DOUBLE, NEED_OPTIONAL),
    [STOCK] = FIELD("stock", MODEL_INT32, NEED_OPTIONAL, .zero_for_null = true),
    [WEIGHT] = FIELD("weight", MODEL_INT64, NEED_OPTIONAL),
    [NOTE] = FIELD("note", MODEL_STRING, NEED_NOT_AT_ALL),
};
static const struct model_field order_fields[] = {
    [SHOP] = FIELD("shop", MODEL_STRING, NEED_KEPT),
    [NUMBER] = FIELD("number", MODEL_INT64, NEED_KEPT),
    [PLACED] = FIELD("placed", MODEL_TIMESTAMP, NEED_ALWAYS),
    [ORDER_SKU] = FIELD("ordered", MODEL_STRING, NEED_OPTIONAL),
    [PAID] = FIELD("paid", MODEL_DOUBLE, NEED_OPTIONAL),
    [TAX] = FIELD("tax", MODEL_DOUBLE, NEED_OPTIONAL),
    [STATUS] = FIELD("status", MODEL_STRING, NEED_ALWAYS),
    [BUYER] = FIELD("buyer", MODEL_STRING, NEED_KEPT),
};
static const struct model_source shop_sources[] = {
    [PRODUCTS] = {.name = "products",
                  .folder = "catalogue",
                  .fields = product_fields,
                  .field_count = ARRAY_LENGTH(product_fields),
                  .kept_field = -1},
    [ORDERS] = {.name = "orders",
                .folder = "sales",
                .layout = LAYOUT_DOCUMENT,
                .fields = order_fields,
                .field_count = ARRAY_LENGTH(order_fields),
                .kept_field = STATUS,
                .kept_value = STR("paid")},
};
static const struct model_winner shop_rules[] = {
    [RULE_PRODUCTS] = {PRODUCTS, {SKU}, 1, {{STOCK, true}, {WEIGHT, true}}, 2},
    [RULE_MATCHES] = {PRODUCTS, {LABEL, PRICE}, 2, {{SKU}}, 1},
    [RULE_BUYERS] = {ORDERS, {BUYER}, 1, {{PLACED, true}, {NUMBER, true}}, 2},
    [RULE_PRICES] = {PRODUCTS, {PRICE}, 1, {{LABEL}}, 1},
};

#define COLUMN(name, type, origin, part)                                                           \
    {                                                                                              \
        name, type, true, false, origin, part, "", 0                                               \
    }
#define PARTITION(name, type, origin, part)                                                        \
    {                                                                                              \
        name, type, true, true, origin, part, "", 0                                                \
    }
static const struct model_column order_columns[] = {
    COLUMN("placed_at", MODEL_TIMESTAMP, FROM_CALENDAR, CALENDAR_TIME),
    COLUMN("order_id", MODEL_INT64, FROM_ID, 0),
    COLUMN("buyer", MODEL_STRING, FROM_FIELD, BUYER),
    COLUMN("tax", MODEL_DOUBLE, FROM_FIELD, TAX),
    COLUMN("list_price", MODEL_DOUBLE, FROM_LOOKUP, PRICE),
    COLUMN("weight", MODEL_INT64, FROM_LOOKUP, WEIGHT),
    COLUMN("product", MODEL_STRING, FROM_LOOKUP, SKU),
    COLUMN("ordered", MODEL_STRING, FROM_FIELD, ORDER_SKU),
    COLUMN("paid", MODEL_DOUBLE, FROM_FIELD, PAID),
    PARTITION("day", MODEL_INT32, FROM_CALENDAR, CALENDAR_DAY),
};
static const struct model_column day_columns[] = {
    COLUMN("moment", MODEL_TIMESTAMP, FROM_CALENDAR, CALENDAR_TIME),
    COLUMN("week", MODEL_INT32, FROM_CALENDAR, CALENDAR_WEEK),
};
static const struct model_column product_columns[] = {
    COLUMN("sku", MODEL_STRING, FROM_FIELD, SKU),
    COLUMN("price", MODEL_DOUBLE, FROM_FIELD, PRICE),
    PARTITION("shelf", MODEL_STRING, FROM_FIELD, LABEL),
};
static const struct model_column buyer_columns[] = {
    COLUMN("name", MODEL_STRING, FROM_FIELD, BUYER),
};
static const struct model_column price_columns[] = {
    COLUMN("price", MODEL_DOUBLE, FROM_FIELD, PRICE),
    COLUMN("label", MODEL_STRING, FROM_FIELD, LABEL),
};

#define SHOP_COLUMNS(array) .columns = (array), .column_count = ARRAY_LENGTH(array)
static const struct model_table shop_tables[] = {
    [SHOP_ORDERS] = {.name = "sales",
                     .rows = ROWS_FACTS,
                     SHOP_COLUMNS(order_columns),
                     .partitions = {9},
                     .partition_count = 1,
                     .one_row_for = "order",
                     .winner = ""},
    [SHOP_DAYS] = {.name = "moments",
                   .rows = ROWS_CALENDAR,
                   SHOP_COLUMNS(day_columns),
                   .one_row_for = "moment",
                   .winner = ""},
    [SHOP_PRODUCTS] = {.name = "shelves",
                       .rows = ROWS_WINNERS,
                       .rule = &shop_rules[RULE_PRODUCTS],
                       SHOP_COLUMNS(product_columns),
                       .partitions = {2},
                       .partition_count = 1,
                       .one_row_for = "sku",
                       .winner = "greatest (stock, weight)"},
    [SHOP_BUYERS] = {.name = "buyers",
                     .rows = ROWS_WINNERS,
                     .rule = &shop_rules[RULE_BUYERS],
                     SHOP_COLUMNS(buyer_columns),
                     .one_row_for = "name",
                     .winner = ""},
    [SHOP_PRICES] = {.name = "prices",
                     .rows = ROWS_WINNERS,
                     .rule = &shop_rules[RULE_PRICES],
                     SHOP_COLUMNS(price_columns),
                     .one_row_for = "price",
                     .winner = ""},
};
static const struct model shop = {
    .sources = shop_sources,
    .source_count = ARRAY_LENGTH(shop_sources),
    .tables = shop_tables,
    .table_count = ARRAY_LENGTH(shop_tables),
    .all_count = ARRAY_LENGTH(shop_tables),
    .winners = shop_rules,
    .winner_count = ARRAY_LENGTH(shop_rules),
    .facts = {.source = ORDERS,
              .time = PLACED,
              .id = {SHOP, NUMBER},
              .id_count = 2,
              .lookups = {{.winner = &shop_rules[RULE_MATCHES], .fields = {ORDER_SKU, PAID}}},
              .lookup_count = 1},
};

#endif
