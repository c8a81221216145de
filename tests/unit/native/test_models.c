/* Whole runs of models that are not the built-in one: the rows of each table, the same bytes on any
 * number of threads, and increments that leave what a full run would. */
#include "scratch.h"
#include "unit.h"

#include <model_parse.h>
#include <native.h>

#include <stdio.h>

#define CLICKS 3000

/* Dimensions of two sources, winners among the facts by numbers and by several keys, two look-ups,
 * nullable columns of each type, partitions by hour that stand before other columns. */
static const char shop[] =
    "model: shop\n"
    "sources:\n"
    "  clicks:\n"
    "    folder: clicks\n"
    "    fields: {ts: {type: timestamp_us, required: true}, session: {type: int64, required: true},"
    " seq: {type: int32, required: true}, sku: string, price: 'decimal(10,2)', bot: bool,"
    " day: date, big: int64, seen: timestamp_s}\n"
    "  products:\n"
    "    folder: products\n"
    "    fields: {sku: {type: string, required: true}, name: string, price: 'decimal(10,2)',"
    " shelf: int32, since: date}\n"
    "  owners:\n"
    "    folder: owners\n"
    "    fields: {no: {type: int64, required: true}, city: string}\n"
    "dimensions:\n"
    "  products: {from: products, key: sku, order: [-price, name], columns: {sku: sku, name: name,"
    " price: price, shelf: shelf}, partition: [shelf]}\n"
    "  owners: {from: owners, key: no, order: [city], columns: {no: no, city: city}}\n"
    "  sessions: {from: clicks, key: session, order: [-ts, -seq, sku], columns: {session: session,"
    " last_seen: ts, bot: bot, price: price}}\n"
    "  days: {from: clicks, key: [session, day], order: [ts, seq, -sku], columns:"
    " {session: session, day: day, big: big}}\n"
    "  skus: {from: clicks, key: sku, order: [ts, session, seq], columns: {sku: sku, first: ts}}\n"
    "  moments: {calendar: true, columns: {t: time, date: date, hour: hour, day: day},"
    " partition: [day]}\n"
    "facts:\n"
    "  clicks:\n"
    "    from: clicks\n"
    "    time: ts\n"
    "    id: {click_id: [session, seq, ts]}\n"
    "    lookups:\n"
    "      product: {in: products, on: {sku: sku}, order: [-price, name]}\n"
    "      owner: {in: owners, on: {no: session}, order: [city]}\n"
    "    columns: {year: {part: year}, t: ts, hour: {part: hour}, session: session, seq: seq,"
    " sku: sku, price: price, bot: bot, day: day, big: big, seen: seen, name: product.name,"
    " cost: product.price, since: product.since, city: owner.city, weekday: {part: weekday}}\n"
    "    partition: [year, hour]\n";

/* Neither dimensions, nor partitions, nor a calendar. */
static const char plain[] =
    "model: plain\n"
    "sources:\n"
    "  clicks:\n"
    "    folder: clicks\n"
    "    fields: {ts: {type: timestamp_us, required: true}, session: {type: int64, required: true},"
    " sku: string}\n"
    "facts:\n"
    "  rows: {from: clicks, time: ts, id: {id: [session, ts]}, columns: {t: ts, session: session,"
    " sku: sku}}\n";

static void append_click(struct buffer *out, unsigned number)
{
    unsigned i = number % 50 == 7 ? number - 1 : number; /* some are there twice */
    buffer_appendf(out, "{\"ts\":%llu,\"session\":%u,\"seq\":%u",
                   1709200000000000ULL + i % 900 * 413000123ULL, i % 37, i);
    if (i % 5)
        buffer_appendf(out, ",\"sku\":\"s%u\",\"price\":%u.%u", i % 23, i % 11, i % 10);
    if (i % 3)
        buffer_appendf(out, ",\"bot\":%s,\"day\":\"2024-02-%u\"", i % 2 ? "true" : "false",
                       20 + i % 4);
    if (i % 7)
        buffer_appendf(out, ",\"big\":%u,\"seen\":%u", i, i);
    buffer_append_str(out, STR("}\n"));
}

static void put_clicks(struct scratch *scratch, unsigned from, unsigned to)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    char key[64];
    for (unsigned i = from; i < to; i++)
        append_click(&text, i);
    snprintf(key, sizeof key, "clicks/%06u.json", from);
    scratch_put(scratch, key, buffer_str(&text));
}

static void put_dimensions(struct scratch *scratch)
{
    CLEANUP(buffer_release) struct buffer products = {0}, owners = {0};
    for (unsigned i = 0; i < 60; i++) {
        buffer_appendf(&products, "{\"sku\":\"s%u\",\"name\":%s,\"price\":%u.5,\"since\":%s",
                       i % 20, i % 4 ? "\"n\"" : "null", i % 9, i % 3 ? "\"2020-01-02\"" : "null");
        buffer_appendf(&products, i % 2 ? ",\"shelf\":%u}\n" : "}\n", i % 3);
        buffer_appendf(&owners, "{\"no\":%u,\"city\":\"c%u\"}\n", i % 30, i);
    }
    scratch_put(scratch, "products/p.json", buffer_str(&products));
    scratch_put(scratch, "owners/o.json", buffer_str(&owners));
}

struct job {
    struct scratch in, out;
    struct model *model;
    unsigned threads;
    bool incremental;
};

static void job_init(struct job *job, const char *text)
{
    struct error error;
    *job = (struct job){.threads = 2};
    ASSERT_OK(model_parse(str_of(text), "model.yaml", &job->model, &error), error);
    scratch_open(&job->in);
    scratch_open(&job->out);
}

static void job_release(struct job *job)
{
    scratch_release(&job->in);
    scratch_release(&job->out);
    model_free(job->model);
}

static void run(const struct job *job, struct run_report *report)
{
    struct run_options options = run_options_default();
    struct run_progress progress = {0};
    atomic_bool cancel = false;
    struct error error = {0};
    options.input = job->in.path;
    options.output = job->out.path;
    options.version = "0";
    options.threads = job->threads;
    options.incremental = job->incremental;
    options.model = job->model;
    ASSERT_OK(native_run(&options, &cancel, &progress, report, &error), error);
}

static uint64_t rows_of(const struct job *job, const struct run_report *report, const char *table)
{
    return report->tables[model_find_table(job->model, table)].rows;
}

/* Distinct clicks are those that are not there twice. */
static uint64_t clicks(unsigned count)
{
    return count - (count + 42) / 50;
}

static void check_shop(const struct job *job, const struct run_report *report, unsigned count)
{
    assert_int_equal(rows_of(job, report, "products"), 20);
    assert_int_equal(rows_of(job, report, "owners"), 30);
    assert_int_equal(rows_of(job, report, "sessions"), 37);
    assert_int_equal(rows_of(job, report, "days"), 37 * 4);
    assert_int_equal(rows_of(job, report, "skus"), 23);
    assert_int_equal(rows_of(job, report, "moments"), clicks(900));
    assert_int_equal(rows_of(job, report, "clicks"), clicks(count));
}

/* The tables' files and the state's, with the run's id left out. */
static void show_files(struct job *job, const char *run_id, struct buffer *out)
{
    CLEANUP(store_listing_release) struct store_listing listing = {0};
    struct error error;
    scratch_list(&job->out, &listing);
    for (size_t i = 0; i < listing.count; i++) {
        struct str key = listing.objects[i].key;
        const char *id = memmem(key.data, key.len, run_id, LAKE_RUN_ID_LEN);
        if (!id || !memmem(key.data, key.len, ".parquet", 8))
            continue;
        buffer_append(out, key.data, (size_t)(id - key.data));
        ASSERT_OK(store_get(job->out.store, &listing.objects[i], 0, (size_t)1 << 30, out, &error),
                  error);
    }
}

static void test_the_same_bytes_on_any_number_of_threads(void **state)
{
    static const unsigned threads[] = {1, 2, 7};
    CLEANUP(buffer_release) struct buffer expected = {0};
    (void)state;
    for (size_t i = 0; i < COUNT(threads); i++) {
        CLEANUP(job_release) struct job job;
        CLEANUP(run_report_release) struct run_report report;
        CLEANUP(buffer_release) struct buffer got = {0};
        job_init(&job, shop);
        job.threads = threads[i];
        put_dimensions(&job.in);
        for (unsigned from = 0; from < CLICKS; from += 500)
            put_clicks(&job.in, from, from + 500);
        run(&job, &report);
        check_shop(&job, &report, CLICKS);
        show_files(&job, report.run_id, i ? &got : &expected);
        if (i == 0)
            continue;
        assert_int_equal(got.len, expected.len);
        assert_memory_equal(got.data, expected.data, got.len);
    }
}

/* What the day brings again is not stored again; times that are there are not added again. */
static void test_increments(void **state)
{
    CLEANUP(job_release) struct job job;
    CLEANUP(run_report_release) struct run_report first, second;
    (void)state;
    job_init(&job, shop);
    put_dimensions(&job.in);
    put_clicks(&job.in, 0, 2000);
    run(&job, &first);
    check_shop(&job, &first, 2000);
    put_clicks(&job.in, 1000, CLICKS);
    job.incremental = true;
    run(&job, &second);
    assert_string_equal(second.full_because, "");
    assert_int_equal(rows_of(&job, &second, "sessions"), 37);
    assert_int_equal(rows_of(&job, &second, "days"), 37 * 4);
    assert_int_equal(second.identical, 1000 + (1000 - (clicks(3000) - clicks(2000))));
    assert_int_equal(rows_of(&job, &second, "clicks"), clicks(CLICKS) - clicks(2000));
    assert_int_equal(rows_of(&job, &second, "moments"), 0);
}

static void test_a_model_of_facts_alone(void **state)
{
    CLEANUP(job_release) struct job job;
    CLEANUP(run_report_release) struct run_report first, second;
    (void)state;
    job_init(&job, plain);
    put_clicks(&job.in, 0, 900);
    run(&job, &first);
    assert_int_equal(first.tables[0].rows, clicks(900));
    assert_int_equal(first.tables[0].files, 1);
    put_clicks(&job.in, 899, 950);
    job.incremental = true;
    run(&job, &second);
    assert_string_equal(second.full_because, "");
    assert_int_equal(second.tables[0].rows, clicks(950) - clicks(900));
}

/* Null and the empty string have one folder; below it, a folder for each number. */
static void test_folders_of_null(void **state)
{
    static const char text[] =
        "model: folders\n"
        "sources:\n"
        "  clicks: {folder: clicks, fields: {at: {type: timestamp_s, required: true}}}\n"
        "  shops: {folder: shops, fields: {no: {type: int64, required: true}, city: string,"
        " size: int32}}\n"
        "dimensions:\n"
        "  shops: {from: shops, key: no, columns: {no: no, city: city, size: size},"
        " partition: [city, size]}\n"
        "facts:\n"
        "  clicks: {from: clicks, time: at, id: {id: [at]}, columns: {at: at}}\n";
    CLEANUP(job_release) struct job job;
    CLEANUP(store_listing_release) struct store_listing files = {0};
    CLEANUP(run_report_release) struct run_report report;
    struct error error;
    (void)state;
    job_init(&job, text);
    scratch_put(&job.in, "clicks/c.json", STR("{\"at\":1}\n"));
    scratch_put(
        &job.in, "shops/s.json",
        STR("{\"no\":1,\"size\":1}\n{\"no\":2,\"size\":2}\n{\"no\":3,\"city\":\"\",\"size\":1}\n"
            "{\"no\":4,\"city\":\"\",\"size\":2}\n{\"no\":5,\"city\":\"\"}\n"));
    run(&job, &report);
    assert_int_equal(rows_of(&job, &report, "shops"), 5);
    ASSERT_OK(store_list(job.out.store, "shops/city=" MODEL_NULL_PARTITION, STORE_LIST_ALL, &files,
                         &error),
              error);
    assert_int_equal(files.count, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_bytes_on_any_number_of_threads),
        cmocka_unit_test(test_increments),
        cmocka_unit_test(test_a_model_of_facts_alone),
        cmocka_unit_test(test_folders_of_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
