/* model_parse: what a file's model is, and what is wrong with others. */
#include "model_files.h"

#include <stdlib.h>

/* ---- A model that has everything ------------------------------------------------------------- */

static const struct model_table *table_named(const struct model *model, const char *name)
{
    for (size_t i = 0; i < model->all_count; i++)
        if (strcmp(model->tables[i].name, name) == 0)
            return &model->tables[i];
    fail_msg("no table %s", name);
    return NULL;
}

/* "name type" of each column, with "?" where it may be null. */
static void assert_columns(const struct model *model, const char *table, const char *expected)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    const struct model_table *of = table_named(model, table);
    for (size_t i = 0; i < of->column_count; i++)
        buffer_appendf(&text, "%s%s %s%s", i ? ", " : "", of->columns[i].name,
                       model_type_name(of->columns[i].type), of->columns[i].nullable ? "?" : "");
    assert_string_equal(buffer_text(&text), expected);
}

static void test_a_model_with_all_there_is(void **state)
{
    (void)state;
    struct model *model = parse_text(STR(EVENTS_MODEL));
    assert_string_equal(model->name, "events");
    assert_string_equal(model->row_noun, "row");
    assert_string_equal(model->questions_folder, "asked");
    const struct model_source *events = &model->sources[0];
    assert_int_equal(events->layout, LAYOUT_RECORDS);
    assert_str(events->records_key, "Records");
    assert_int_equal(events->unknown, CONTRACT_DISCARD_ROW);
    assert_int_equal(events->faulty, CONTRACT_DISCARD_VALUE);
    assert_int_equal(events->fields[1].time_form, TIME_ISO_8601);
    assert_int_equal(events->fields[2].depth, 2);
    assert_str(events->fields[2].path[1].key, "login");
    assert_int_equal(events->fields[4].path[1].index, 0);
    assert_null(events->fields[4].path[1].key.data);
    assert_str(events->fields[5].path[0].key, "a.b");
    assert_int_equal(events->fields[8].precision, 10);
    assert_int_equal(events->fields[8].scale, 2);
    assert_int_equal(events->fields[13].need, NEED_NOT_AT_ALL);
    assert_int_equal(model->table_count, 4);
    assert_columns(model, "actors", "actor_id int64, login string?, seen timestamp?");
    assert_columns(model, "products", "sku string?, shop int32?, name string?");
    assert_columns(model, "moments", "at timestamp, date date, hour int32");
    assert_columns(model, "events",
                   "event_id int64, at timestamp, login string?, tag string?, abc int32, payload "
                   "json?, size int64?, price decimal?, born date?, is_new bool?, name string?, "
                   "added timestamp?, year int32, hour int32, sku string?");
    /* The state. */
    assert_columns(model, "goods to match", "sku string, added int64?, name string?");
    assert_columns(model, "newest rows", "actor_id int64, at int64, login string?, seen int64?");
    assert_columns(model, "all products", "sku string?, shop int32?, name string?");
    assert_columns(model, "thing records", "sku string?, name string?, added int64?, shop int32?");
    assert_string_equal(table_named(model, "thing records")->folder, "_sparkify/state/records");
    assert_string_equal(table_named(model, "goods to match")->folder, "_sparkify/state/good");
    /* The order goes over all columns, so that it does not matter what is read first. */
    assert_int_equal(table_named(model, "actors")->rule->order_count, 3);
    assert_string_equal(table_named(model, "actors")->winner,
                        "greatest at; then least (login, seen)");
    assert_string_equal(table_named(model, "moments")->one_row_for, "distinct at of the rows");
    assert_string_equal(table_named(model, "events")->columns[10].from,
                        "goods: name, where sku match");
    model_free(model);
}

static void test_tables_of_the_state_have_folders_of_their_own(void **state)
{
    static const char text[] =
        "model: m\n"
        "sources:\n"
        "  a: {folder: a, fields: {k: string, v: string}}\n"
        "  b: {folder: b, fields: {k: string, v: int32}}\n"
        "  e: {folder: e, fields: {t: {type: timestamp_s, required: true}, fooBar: string, "
        "foo_bar: string, k: string}}\n"
        "dimensions:\n"
        "  objects: {from: a, key: k, columns: {k: k, v: v}, partition: v}\n"
        "  d: {from: e, key: k, order: [-t, -fooBar, -foo_bar], columns: {k: k}}\n"
        "facts: {f: {from: e, time: t, id: {i: t}, lookups: {d: {in: b, on: {k: k}}}, columns: {t: "
        "t, k: k, v: d.v}}}\n";
    static const char *const folders[] = {"objects",  "d",         "d_",
                                          "objects_", "records_a", "records_b"};
    (void)state;
    struct model *model = parse_text(STR(text));
    assert_int_equal(model->all_count - model->table_count, COUNT(folders));
    for (size_t i = 0; i < COUNT(folders); i++)
        assert_string_equal(
            model->tables[model->table_count + i].folder + strlen("_sparkify/state/"), folders[i]);
    assert_columns(model, "newest rows", "k string, t int64, foo_bar string?, foo_bar_2 string?");
    model_free(model);
}

/* ---- Faults ---------------------------------------------------------------------------------- */

/* A small model, in which a row of the table below replaces a part. */
static const char base[] =
    "model: m\n"                                          /* 1 */
    "sources:\n"                                          /* 2 */
    "  goods:\n"                                          /* 3 */
    "    folder: goods\n"                                 /* 4 */
    "    fields: {sku: string, name: string, n: int32}\n" /* 5 */
    "  events:\n"                                         /* 6 */
    "    folder: events\n"                                /* 7 */
    "    keep: {kind: sale}\n"                            /* 8 */
    "    fields:\n"                                       /* 9 */
    "      kind: {type: string, required: true}\n"        /* 10 */
    "      at: {type: timestamp_ms, required: kept}\n"    /* 11 */
    "      sku: string\n"                                 /* 12 */
    "      user: {type: string, required: kept}\n"        /* 13 */
    "dimensions:\n"                                       /* 14 */
    "  products:\n"                                       /* 15 */
    "    from: goods\n"                                   /* 16 */
    "    key: sku\n"                                      /* 17 */
    "    order: [-n, name]\n"                             /* 18 */
    "    columns: {sku: sku, name: name, n: n}\n"         /* 19 */
    "    partition: [n]\n"                                /* 20 */
    "  days: {calendar: true, columns: {at: time}}\n"     /* 21 */
    "facts:\n"                                            /* 22 */
    "  sales:\n"                                          /* 23 */
    "    from: events\n"                                  /* 24 */
    "    time: at\n"                                      /* 25 */
    "    id: {sale_id: [user, at]}\n"                     /* 26 */
    "    lookups: {found: {in: goods, on: {sku: sku}}}\n" /* 27 */
    "    columns: {at: at, user: user, sku: sku, name: found.name, y: {part: "
    "year}}\n"
    "    partition: y\n"; /* 29 */

struct fault {
    const char *part, *instead, *message, *hint;
};

static const struct fault faults[] = {
    /* The file. */
    {base, "", "m.yaml:1: the file is empty", ""},
    {base, "# no more", "m.yaml:1: the file is empty", ""},
    {base, "[1]", "m.yaml:1: expected the keys of the model", ""},
    {base, "model", "m.yaml:1: expected the keys of the model", ""},
    {"model: m\n", "model: [m\n",
     "m.yaml:2: did not find expected ',' or ']', while parsing a flow sequence that begins in "
     "line 1",
     NULL},
    {"    partition: y\n", "    partition: y\n---\nmodel: m\n",
     "m.yaml:31: a second document begins here; a file holds one model", ""},
    {"model: m\n", "", "m.yaml:1: the model has no name; write 'model: NAME'", ""},
    {"model: m\n", "model: 2m\n", "m.yaml:1: '2m' cannot be the name of a model",
     "a name has letters, digits and '_', does not begin with a digit, and has at most 64 bytes"},
    {"model: m\n", "model:\n", "m.yaml:1: expected the name of a model, found nothing", ""},
    {"model: m\n", "model: \"a\\0b\"\n",
     "m.yaml:1: expected the name of a model, found a null byte", ""},
    {"model: m\n", "model: m\nmodel: n\n", "m.yaml:2: 'model' is there twice, first in line 1", ""},
    {"dimensions:\n", "dimension:\n", "m.yaml:14: the model has no key 'dimension'",
     "did you mean dimensions?"},
    {"dimensions:\n", "tables:\n", "m.yaml:14: the model has no key 'tables'",
     "its keys are: model, questions, charts, sources, dimensions, facts"},
    {"facts:\n", "#facts:\n", "m.yaml:1: the model has no 'facts'", ""},
    /* Sources. */
    {"folder: goods", "folder: ../goods",
     "m.yaml:4: '../goods' is no folder of the input: '.' and '..' lead out of the input, or "
     "nowhere",
     ""},
    {"folder: goods", "folder: a/./b",
     "m.yaml:4: 'a/./b' is no folder of the input: '.' and '..' lead out of the input, or nowhere",
     ""},
    {"folder: goods", "folder: /goods",
     "m.yaml:4: '/goods' is no folder of the input: it is an address of its own; a folder is named "
     "below the input",
     ""},
    {"folder: goods", "folder: s3://b/goods",
     "m.yaml:4: 's3://b/goods' is no folder of the input: it is an address of its own; a folder is "
     "named below the input",
     ""},
    {"folder: goods", "folder: goods/",
     "m.yaml:4: 'goods/' is no folder of the input: a name is empty; folders have one '/' between "
     "their names",
     ""},
    {"folder: goods", "folder: events/old",
     "m.yaml:7: the folders of 'goods' and 'events' overlap: each file is of one source", ""},
    {"    folder: goods\n", "", "m.yaml:3: the source 'goods' has no 'folder'", ""},
    {"    folder: goods\n", "    folder: goods\n    layout: rows\n",
     "m.yaml:5: 'rows' is no layout, which may be {records: KEY}, too; write lines, document or "
     "concatenated",
     ""},
    {"    folder: goods\n", "    folder: goods\n    layout: {record: a}\n",
     "m.yaml:5: the layout has no key 'record'", "did you mean records?"},
    {"    folder: goods\n", "    folder: goods\n    layout: {records: [a]}\n",
     "m.yaml:5: expected the key of the records, found a list", ""},
    {"    folder: goods\n", "    folder: goods\n    layout: {}\n",
     "m.yaml:5: the layout has no 'records'", ""},
    {"    folder: goods\n", "    folder: goods\n    unknown: refuse\n",
     "m.yaml:5: 'refuse' is no contract for unknown fields; write evolve, freeze, discard_row or "
     "discard_value",
     ""},
    {"    folder: goods\n", "    folder: goods\n    faulty: evolve\n",
     "m.yaml:5: 'evolve' is no contract for faulty fields; write discard_row, freeze or "
     "discard_value",
     ""},
    {"    folder: goods\n", "    folder: goods\n    ignored: [name]\n",
     "m.yaml:5: the field 'name' is there twice", NULL},
    {"keep: {kind: sale}", "keep: {kind: sale, sku: 1}",
     "m.yaml:8: expected a field, and the value of the records to keep: at most 1, found 2", ""},
    {"keep: {kind: sale}", "keep: {sku: sale}",
     "m.yaml:8: records are kept by a string that each has; write 'sku: {type: string, required: "
     "true}'",
     ""},
    {"  events:\n    folder", "  Goods:\n    folder",
     "m.yaml:6: there is a source 'goods' already; engines read names without regard to capital "
     "letters",
     ""},
    {"    folder: goods\n", "    folder: goods\n    noun: \"a\\nb\"\n",
     "m.yaml:5: expected a noun, found a text with control characters", ""},
    {"folder: goods", "folder: \"\\e[1m\"",
     "m.yaml:4: expected a folder, found a text with control characters", ""},
    /* Fields. */
    {"sku: string, name", "sku: text, name", "m.yaml:5: 'text' is no type",
     "write string, int32, int64, double, bool, date, decimal(P,S) with at most 18 digits P, S of "
     "them behind the point, json, "
     "timestamp_s, timestamp_ms, timestamp_us or timestamp_iso"},
    {"sku: string, name", "sku: \"decimal(19,2)\", name", "m.yaml:5: 'decimal(19,2)' is no type",
     NULL},
    {"sku: string, name", "sku: \"decimal(2,3)\", name", "m.yaml:5: 'decimal(2,3)' is no type",
     NULL},
    {"sku: string, name", "sku: \"decimal(4,2)x\", name", "m.yaml:5: 'decimal(4,2)x' is no type",
     NULL},
    {"sku: string, name", "sku: \"decimal(+4,2)\", name", "m.yaml:5: 'decimal(+4,2)' is no type",
     NULL},
    {"sku: string, name", "sku: decimal(4,2), name", "m.yaml:5: 'decimal(4' is no type",
     "quote it inside of braces: \"decimal(10,2)\""},
    {"sku: string, name", "sku: {type: decimal(4,2)}, name",
     "m.yaml:5: the field 'sku' has no key '2)'", "quote it inside of braces: \"decimal(10,2)\""},
    {"sku: string, name", "sku: {required: true}, name", "m.yaml:5: the field 'sku' has no 'type'",
     ""},
    {"sku: string, name", "sku: {type: string, required: yes}, name",
     "m.yaml:5: 'yes' is no value of 'required'; write true, false or kept", ""},
    {"sku: string, name", "sku: {type: string, null: 0}, name",
     "m.yaml:5: 'null: 0' is for int32, int64 and double, and has no other value", ""},
    {"n: int32", "n: {type: int32, null: 1}",
     "m.yaml:5: 'null: 0' is for int32, int64 and double, and has no other value", ""},
    {"n: int32", "n: {type: int32, null: 0, required: true}",
     "m.yaml:5: a required field is never null; remove 'null: 0' or 'required'", ""},
    {"n: int32", "n: int32, sku.a: string",
     "m.yaml:5: 'sku.a' lies in 'sku', which is no object here",
     "give 'sku' the type json, or remove one of them"},
    {"n: int32", "n: int32, a..b: string",
     "m.yaml:5: 'a..b' is no path of a field: a key is missing",
     "write actor.login, tags[0], or `a.b` for a key with a dot"},
    {"n: int32", "n: int32, \"`n`\": string", "m.yaml:5: the field 'n' is there twice", ""},
    {"name: string, n: int32", "name: ignored, n: int32",
     "m.yaml:18: 'name' is among the 'ignored' of 'goods'; declare it under 'fields'", ""},
    {"n: int32", "n: int32, m: string", "m.yaml:5: nothing uses the field 'm' of 'goods'",
     "make a column of it, or name it under 'ignored'"},
    /* Dimensions. */
    {"from: goods", "from: good", "m.yaml:16: there is no source 'good'",
     "the sources are: goods, events"},
    {"key: sku", "key: skv", "m.yaml:17: the source 'goods' has no field 'skv'",
     "did you mean sku?"},
    {"key: sku", "key: price", "m.yaml:17: the source 'goods' has no field 'price'",
     "declare it under 'fields' of 'goods'"},
    {"key: sku", "key: [sku, sku]", "m.yaml:17: the field 'sku' is there twice", ""},
    {"key: sku", "key: []", "m.yaml:17: expected a field, or a list of 1 to 4 of them, found 0",
     ""},
    {"key: sku", "key: {sku: sku}", "m.yaml:17: expected a field, or a list of them", ""},
    {"    key: sku\n", "", "m.yaml:15: the dimension 'products' has no 'key'", ""},
    {"order: [-n, name]", "order: [sku]",
     "m.yaml:18: 'sku' is a part of the key, and equal in all records of one: leave it out", ""},
    {"order: [-n, name]", "order: [n, -n]", "m.yaml:18: the field '-n' is there twice", ""},
    {"{sku: sku, name: name, n: n}", "{name: name, n: n}",
     "m.yaml:19: the table 'products' has no column of its key 'sku'", ""},
    {"{sku: sku, name: name, n: n}", "{sku: sku, SKU: name, n: n}",
     "m.yaml:19: the table 'products' has the column 'sku' already; engines read names without "
     "regard to capital letters",
     ""},
    {"{sku: sku, name: name, n: n}", "{sku: sku, name: name, m: name, n: n}",
     "m.yaml:19: the columns 'name' and 'm' of 'products' are made of the same; keep one", ""},
    {"{sku: sku, name: name, n: n}", "{sku: sku, name: {of: name, part: day}, n: n}",
     "m.yaml:19: the column 'name' is made of a field ('of'), or of a part of the time ('part'): "
     "write one of them",
     ""},
    {"{sku: sku, name: name, n: n}", "{sku: sku, name: {part: day}, n: n}",
     "m.yaml:19: parts of the time are columns of the facts and of the calendar", ""},
    {"partition: [n]", "partition: [m]", "m.yaml:20: the table 'products' has no column 'm'", ""},
    {"partition: [n]", "partition: [n, n]", "m.yaml:20: the column 'n' is there twice", ""},
    {"partition: [n]", "partition: [n, sku, name]",
     "m.yaml:20: all columns of 'products' would be partitions, and its files empty", ""},
    {"n: int32", "n: double",
     "m.yaml:20: 'n' cannot be a partition: columns of string or int32 can", ""},
    {"  products:\n", "  _products:\n",
     "m.yaml:15: '_products' cannot be the name of a table: what begins with '_' is hidden from "
     "readers",
     ""},
    {"  products:\n", "  Sales:\n",
     "m.yaml:23: there is a table 'Sales' already; engines read names without regard to capital "
     "letters",
     ""},
    {"days: {calendar: true,", "days: {calendar: maybe,",
     "m.yaml:21: 'maybe' is no value of 'calendar'; write true", ""},
    {"days: {calendar: true,", "days: {calendar: true, key: sku,",
     "m.yaml:21: a calendar has no 'key': its rows are the times of the facts", ""},
    {"columns: {at: time}", "columns: {at: hour}",
     "m.yaml:21: the table 'days' has no column of the time itself",
     "add 'start_time: time' to its columns"},
    {"columns: {at: time}", "columns: {at: minute}",
     "m.yaml:21: 'minute' is no part of a time; write time, hour, day, week, month, year, weekday "
     "or date",
     ""},
    {"facts:\n", "  more: {calendar: true, columns: {at: time}}\nfacts:\n",
     "m.yaml:22: 'days' is a calendar already; a model has one", ""},
    /* Facts. */
    {"    partition: y\n", "    partition: y\n  others: {from: events}\n",
     "m.yaml:23: expected the table of facts below its name: at most 1, found 2", ""},
    {"    time: at\n", "", "m.yaml:23: the table of facts 'sales' has no 'time'", ""},
    {"time: at\n", "time: sku\n", "m.yaml:25: the time 'sku' must be a required timestamp",
     "declare it as {type: timestamp_ms, required: true}, or with another form of timestamps"},
    {"required: kept}\n      sku", "required: false}\n      sku",
     "m.yaml:25: the time 'at' must be a required timestamp", NULL},
    {"[user, at]", "[sku, at]",
     "m.yaml:26: 'sku' is a part of the id, so it must be 'required: true' or 'required: kept'",
     ""},
    {"user: {type: string", "user: {type: double",
     "m.yaml:26: 'user' cannot be a part of the id: strings, int32, int64 and timestamps can", ""},
    {"user: user, sku: sku, name", "user: user, name",
     "m.yaml:28: the look-up 'found' looks up 'sku', which is in no column; add 'NAME: sku'", ""},
    {"{in: goods,", "{in: events,",
     "m.yaml:27: facts cannot be looked up in their own source; name another one", ""},
    {"{in: goods, on: {sku: sku}}", "{in: goods}", "m.yaml:27: the look-up 'found' has no 'on'",
     ""},
    {"on: {sku: sku}", "on: {n: sku}",
     "m.yaml:27: 'n' and 'sku' have different types, so that none would be equal", ""},
    {"      sku: string\n", "      sku: string\n      found.name: string\n",
     "m.yaml:29: 'found.name' is a field of the facts and one of the look-up 'found'; give the "
     "look-up another name",
     ""},
    {"name: found.name", "name: fund.name",
     "m.yaml:28: the source 'events' has no field 'fund.name'", NULL},
    {"name: found.name", "name: found.nam", "m.yaml:28: the source 'goods' has no field 'nam'",
     "did you mean name?"},
    {"{at: at, user", "{user", "m.yaml:28: the table 'sales' has no column of the time itself",
     "add 'start_time: at' to its columns"},
    {"partition: y\n", "partition: user\n",
     "m.yaml:29: 'user' cannot be a partition: year, month, day and hour of the time can", ""},
    {"partition: y\n", "schema: +2\n", "m.yaml:29: '+2' is no number from 1 to 9999", ""},
    {"partition: y\n", "schema: 10000\n", "m.yaml:29: '10000' is no number from 1 to 9999", ""},
    {"partition: y\n", "schema: 0\n", "m.yaml:29: '0' is no number from 1 to 9999", ""},
};

/* The base text with one part replaced. */
static void make_text(const struct fault *fault, struct buffer *out)
{
    const char *at = strstr(base, fault->part);
    assert_non_null(at);
    buffer_append(out, base, (size_t)(at - base));
    buffer_append_str(out, str_of(fault->instead));
    buffer_append_str(out, str_of(at + strlen(fault->part)));
}

static void test_faults_are_refused_with_their_line(void **state)
{
    (void)state;
    model_free(parse_text(STR(base)));
    for (size_t i = 0; i < COUNT(faults); i++) {
        CLEANUP(buffer_release) struct buffer text = {0};
        struct error error = {0};
        struct model *model = NULL;
        make_text(&faults[i], &text);
        if (model_parse(buffer_str(&text), "m.yaml", &model, &error) == STATUS_OK)
            fail_msg("accepted: %s", faults[i].instead);
        if (faults[i].message && strcmp(error.message, faults[i].message) != 0)
            print_error("%s\ninstead of\n%s\n", error.message, faults[i].message);
        assert_int_equal(error.status, STATUS_USAGE);
        assert_string_equal(error.message, faults[i].message);
        if (faults[i].hint)
            assert_string_equal(error_hint_text(&error), faults[i].hint);
    }
}

static void assert_refused(const char *text, const char *message)
{
    struct error error = {0};
    struct model *model = NULL;
    assert_int_equal(model_parse(str_of(text), "m.yaml", &model, &error), STATUS_USAGE);
    assert_string_equal(error.message, message);
}

static void test_limits(void **state)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    (void)state;
    for (int i = 0; i < 9; i++)
        buffer_appendf(&text, "%s  s%d: {folder: f%d, fields: {a: string}}\n",
                       i ? "" : "model: m\nfacts: {f: {from: s1}}\nsources:\n", i, i);
    assert_refused(buffer_text(&text),
                   "m.yaml:4: expected sources by their names: at most 8, found 9");
    buffer_reset(&text);
    for (int i = 0; i < 64; i++)
        buffer_appendf(&text, "%s      f%d: string\n",
                       i ? ""
                         : "model: m\nfacts: {f: {}}\nsources:\n  s:\n    folder: s\n"
                           "    ignored: more\n    fields:\n",
                       i);
    assert_refused(buffer_text(&text),
                   "m.yaml:6: a source has at most 64 fields, with those that are ignored");
    buffer_reset(&text);
    memset(buffer_reserve(&text, MODEL_MAX_FILE_BYTES + 2), '#', MODEL_MAX_FILE_BYTES + 1);
    text.len = MODEL_MAX_FILE_BYTES + 1;
    assert_refused(buffer_text(&text),
                   "m.yaml:1: the file is too long; a model has at most 1048576 bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_model_with_all_there_is),
        cmocka_unit_test(test_tables_of_the_state_have_folders_of_their_own),
        cmocka_unit_test(test_faults_are_refused_with_their_line),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
