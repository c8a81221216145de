/* Files of models, for the tests of what reads and prints them. */
#ifndef SPARKIFY_TEST_MODEL_FILES_H
#define SPARKIFY_TEST_MODEL_FILES_H

#include "unit.h"

#include <model_parse.h>

#include <stdio.h>

static inline void read_file(const char *name, struct buffer *out)
{
    char path[512];
    snprintf(path, sizeof path, TEST_FOLDER "/%s", name);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    for (size_t got = 1; got; out->len += got)
        got = fread(buffer_reserve(out, 4096), 1, 4096, file);
    fclose(file);
}

static inline struct model *parse_text(struct str text)
{
    struct error error = {0};
    struct model *model = NULL;
    ASSERT_OK(model_parse(text, "model.yaml", &model, &error), error);
    return model;
}

/* All that a model can have. */
#define EVENTS_MODEL                                                                               \
    "model: events\n"                                                                              \
    "questions: asked\n"                                                                           \
    "sources:\n"                                                                                   \
    "  events:\n"                                                                                  \
    "    folder: in/events\n"                                                                      \
    "    layout: {records: Records}\n"                                                             \
    "    unknown: discard_row\n"                                                                   \
    "    faulty: discard_value\n"                                                                  \
    "    fields:\n"                                                                                \
    "      id: {type: string, required: true}\n"                                                   \
    "      at: {type: timestamp_iso, required: true}\n"                                            \
    "      actor.login: string\n"                                                                  \
    "      actor.id: {type: int64, required: kept}\n"                                              \
    "      tags[0]: string\n"                                                                      \
    "      \"`a.b`.c\": {type: int32, null: 0}\n"                                                  \
    "      payload: json\n"                                                                        \
    "      payload.size: int64\n"                                                                  \
    "      price: decimal(10,2)\n"                                                                 \
    "      born: date\n"                                                                           \
    "      is_new: bool\n"                                                                         \
    "      seen: timestamp_s\n"                                                                    \
    "      sku: string\n"                                                                          \
    "    ignored: [note]\n"                                                                        \
    "  goods:\n"                                                                                   \
    "    folder: goods\n"                                                                          \
    "    layout: concatenated\n"                                                                   \
    "    noun: thing\n"                                                                            \
    "    fields: {sku: string, name: string, added: timestamp_us, shop: int32}\n"                  \
    "dimensions:\n"                                                                                \
    "  actors: {from: events, key: actor.id, order: [-at],\n"                                      \
    "           columns: {actor_id: actor.id, login: actor.login, seen: seen}}\n"                  \
    "  products: {from: goods, key: [sku, shop],\n"                                                \
    "             columns: {sku: sku, shop: shop, name: name}, partition: shop}\n"                 \
    "  moments: {calendar: true, columns: {at: time, date: date, hour: hour}, partition: hour}\n"  \
    "facts:\n"                                                                                     \
    "  events:\n"                                                                                  \
    "    from: events\n"                                                                           \
    "    time: at\n"                                                                               \
    "    id: {event_id: [id, at]}\n"                                                               \
    "    lookups: {good: {in: goods, on: {sku: sku}, order: -added}}\n"                            \
    "    columns: {at: at, login: actor.login, tag: 'tags[0]', abc: '`a.b`.c', payload: "          \
    "payload,\n"                                                                                   \
    "              size: payload.size, price: price, born: born, is_new: is_new,\n"                \
    "              name: good.name, added: {of: good.added, comment: \"when: \\\"then\\\"\"},\n"   \
    "              year: {part: year}, hour: {part: hour}, sku: sku}\n"                            \
    "    partition: [year, hour]\n"

#endif
