/* A model whose sources have what the one that is built in has not: each type of field, nested
 * fields, contracts and layouts. */
#ifndef SPARKIFY_TEST_READING_MODEL_H
#define SPARKIFY_TEST_READING_MODEL_H

#include <model.h>

enum {
    READING_ID,
    READING_AT,
    READING_OK,
    READING_DAY,
    READING_PRICE,
    READING_UNITS,
    READING_SECONDS,
    READING_MICROS,
    READING_MILLIS,
    READING_DATA,
    READING_NOTE,
    READING_COUNT,
    READING_PLAIN_FIELDS,
};

#define READING_FIELD(text, of_type, of_need, ...)                                                 \
    {                                                                                              \
        .name = {text, sizeof(text) - 1}, .type = of_type, .need = of_need, .depth = 1,            \
        .path = &(const struct model_step){.key = {text, sizeof(text) - 1}}, __VA_ARGS__           \
    }

static const struct model_field reading_fields[READING_PLAIN_FIELDS] = {
    [READING_ID] = READING_FIELD("id", MODEL_STRING, NEED_KEPT, ),
    [READING_AT] = READING_FIELD("at", MODEL_TIMESTAMP, NEED_ALWAYS, .time_form = TIME_ISO_8601),
    [READING_OK] = READING_FIELD("ok", MODEL_BOOL, NEED_OPTIONAL, ),
    [READING_DAY] = READING_FIELD("day", MODEL_DATE, NEED_OPTIONAL, ),
    [READING_PRICE] =
        READING_FIELD("price", MODEL_DECIMAL, NEED_OPTIONAL, .precision = 7, .scale = 2),
    [READING_UNITS] =
        READING_FIELD("units", MODEL_DECIMAL, NEED_OPTIONAL, .precision = 18, .scale = 0),
    [READING_SECONDS] =
        READING_FIELD("seconds", MODEL_TIMESTAMP, NEED_OPTIONAL, .time_form = TIME_SECONDS),
    [READING_MICROS] =
        READING_FIELD("micros", MODEL_TIMESTAMP, NEED_OPTIONAL, .time_form = TIME_MICROSECONDS),
    [READING_MILLIS] = READING_FIELD("millis", MODEL_TIMESTAMP, NEED_OPTIONAL, ),
    [READING_DATA] = READING_FIELD("data", MODEL_JSON, NEED_OPTIONAL, ),
    [READING_NOTE] = READING_FIELD("note", MODEL_STRING, NEED_OPTIONAL, ),
    [READING_COUNT] = READING_FIELD("count", MODEL_INT32, NEED_OPTIONAL, ),
};

static const struct model_source reading_source = {
    .name = "readings",
    .noun = "reading",
    .folder = "readings",
    .fields = reading_fields,
    .field_count = READING_PLAIN_FIELDS,
    .kept_field = -1,
};

/* A model of one source and no table. */
#define READING_MODEL(source_)                                                                     \
    {                                                                                              \
        .name = "readings", .sources = (source_), .source_count = 1                                \
    }

#endif
