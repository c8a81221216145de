/* A source whose fields lie in objects and arrays of its records. */
#ifndef SPARKIFY_TEST_NESTED_MODEL_H
#define SPARKIFY_TEST_NESTED_MODEL_H

#include <model.h>

enum {
    NESTED_ID,
    NESTED_LOGIN,
    NESTED_DEEP,
    NESTED_TAG,
    NESTED_LATER_TAG,
    NESTED_ITEM_NAME,
    NESTED_CELL,
    NESTED_DOTTED,
    NESTED_ACTOR,
    NESTED_KNOWN,
    NESTED_FIELDS,
};

#define KEY(text)                                                                                  \
    {                                                                                              \
        .key = { text, sizeof(text) - 1 }                                                          \
    }
#define ELEMENT(which)                                                                             \
    {                                                                                              \
        .index = which                                                                             \
    }
#define NESTED_FIELD(text, of_type, of_need, of_depth, ...)                                        \
    {                                                                                              \
        .name = {text, sizeof(text) - 1}, .type = of_type, .need = of_need, .depth = of_depth,     \
        .path = (const struct model_step[])                                                        \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
static const struct model_field nested_fields[NESTED_FIELDS] = {
    [NESTED_ID] = NESTED_FIELD("id", MODEL_STRING, NEED_ALWAYS, 1, KEY("id")),
    [NESTED_LOGIN] =
        NESTED_FIELD("actor.login", MODEL_STRING, NEED_OPTIONAL, 2, KEY("actor"), KEY("login")),
    [NESTED_DEEP] = NESTED_FIELD("actor.org.id", MODEL_INT64, NEED_OPTIONAL, 3, KEY("actor"),
                                 KEY("org"), KEY("id")),
    [NESTED_TAG] = NESTED_FIELD("tags[0]", MODEL_STRING, NEED_OPTIONAL, 2, KEY("tags"), ELEMENT(0)),
    [NESTED_LATER_TAG] =
        NESTED_FIELD("tags[2]", MODEL_STRING, NEED_OPTIONAL, 2, KEY("tags"), ELEMENT(2)),
    [NESTED_ITEM_NAME] = NESTED_FIELD("items[1].name", MODEL_STRING, NEED_OPTIONAL, 3, KEY("items"),
                                      ELEMENT(1), KEY("name")),
    [NESTED_CELL] = NESTED_FIELD("grid[1][0]", MODEL_DOUBLE, NEED_OPTIONAL, 3, KEY("grid"),
                                 ELEMENT(1), ELEMENT(0)),
    [NESTED_DOTTED] = NESTED_FIELD("`a.b`.c", MODEL_BOOL, NEED_OPTIONAL, 2, KEY("a.b"), KEY("c")),
    [NESTED_ACTOR] = NESTED_FIELD("actor", MODEL_JSON, NEED_OPTIONAL, 1, KEY("actor")),
    [NESTED_KNOWN] =
        NESTED_FIELD("seen.at", MODEL_STRING, NEED_NOT_AT_ALL, 2, KEY("seen"), KEY("at")),
};

static const struct model_source nested_source = {
    .name = "things",
    .noun = "thing",
    .folder = "things",
    .fields = nested_fields,
    .field_count = NESTED_FIELDS,
    .kept_field = -1,
};

#endif
