/* A lake's model may only get columns that may be null. */
#include "model_files.h"

#include <stdlib.h>

/* The text with `from` replaced; `from` must be there. */
static struct model *changed(const char *from, const char *to)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    const char *at = strstr(EVENTS_MODEL, from);
    assert_non_null(at);
    buffer_append(&text, EVENTS_MODEL, (size_t)(at - EVENTS_MODEL));
    buffer_append_str(&text, str_of(to));
    buffer_append_str(&text, str_of(at + strlen(from)));
    return parse_text(buffer_str(&text));
}

static void test_what_extends_a_model(void **state)
{
    static const struct {
        const char *from, *to, *why; /* NULL: the model can become this one */
    } cases[] = {
        {"asked", "other", NULL},
        {"price: price,", "last_seen: seen, price: price,", NULL},
        {"login: actor.login, seen: seen", "login: actor.login, seen: seen, sku: sku", NULL},
        {"{at: at, login", "{at: at, first_seen: seen, login", NULL},
        {"tag: 'tags[0]'", "label: 'tags[0]'", "the column tag of the table events is gone"},
        {"price: price,", "price: price, actor: actor.id,",
         "the new column actor of the table events is never null"},
        {"folder: in/events", "folder: in/others", "the source events has another folder"},
        {"layout: {records: Records}", "layout: {records: Others}",
         "the source events has another layout"},
        {"unknown: discard_row", "unknown: freeze", "the source events has another contract"},
        {"born: date", "born: string",
         "the field 'born' of the source events was date, and is string"},
        {"ignored: [note]", "ignored: [else]", "the field 'note' of the source events is gone"},
        {"seen: timestamp_s", "seen: {type: timestamp_s, required: true}",
         "'seen' of the source events differs in its digits, or in whether it is required"},
        {"size: payload.size, price: price", "price: price, size: payload.size",
         "the column price of the table events differs, or stands elsewhere"},
        {"  moments: {calendar: true, columns: {at: time, date: date, hour: hour}, partition: "
         "hour}\n",
         "", "the table moments is gone"},
        {"  moments:", "  more: {from: goods, key: sku, columns: {sku: sku}}\n  moments:",
         "the table more is new"},
        {"order: -added", "order: added", "the look-up"},
        {"order: [-at]", "order: [at]", "another record wins in the table actors"},
        {"partition: shop}", "}", "other partitions of the table products"},
        {"  actors:", "  people:", "the table actors is gone"},
        {"event_id: [id, at]", "event_id: [id]", "the id of the facts differs"},
    };
    struct model *old = parse_text(STR(EVENTS_MODEL));
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(buffer_release) struct buffer why = {0};
        struct model *model = changed(cases[i].from, cases[i].to);
        bool extends = model_extends(model, old, &why);
        if (extends != !cases[i].why || (cases[i].why && !strstr(buffer_text(&why), cases[i].why)))
            fail_msg("%s -> %s: %s", cases[i].from, cases[i].to, buffer_text(&why));
        model_free(model);
    }
    model_free(old);
}

static void test_fields_that_come_and_go(void **state)
{
    struct model *old = parse_text(STR(EVENTS_MODEL));
    struct model *used = changed("ignored: [note]\n", "ignored: [note, noise]\n");
    CLEANUP(buffer_release) struct buffer why = {0};
    (void)state;
    assert_true(model_extends(used, old, &why));
    assert_false(model_extends(old, used, &why));
    assert_non_null(strstr(buffer_text(&why), "the field 'noise' of the source events is gone"));
    assert_true(model_extends(model_builtin(), model_builtin(), &why));
    assert_false(model_extends(old, model_builtin(), &why));
    model_free(used);
    model_free(old);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_extends_a_model),
        cmocka_unit_test(test_fields_that_come_and_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
