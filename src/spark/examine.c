/* examine: tests on a small scale what a run needs of a cluster, for 'sparkify doctor'. */
#include <spark.h>

#include "hadoop.h"
#include "session.h"
#include "sql.h"

struct examination {
    const struct run_options *options;
    const struct model *model;
    struct store *in, *out; /* out may be NULL */
    struct connect_session *session;
    spark_tell_fn *tell;
    void *ctx;
};

static void report_step(const struct examination *examination, const char *step, const char *format,
                        ...) PRINTF(3, 4);
static void report_step(const struct examination *examination, const char *step, const char *format,
                        ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    examination->tell(examination->ctx, step, text, NULL);
}

static enum status skip_rows(void *ctx, const struct arrow_batch *batch, struct error *error)
{
    (void)ctx;
    (void)batch;
    (void)error;
    return STATUS_OK;
}

/* Checks that the driver lists the files of a source and that an executor reads one. */
static enum status try_read(const struct examination *examination,
                            const struct model_source *source, struct error *error)
{
    CLEANUP(buffer_release) struct buffer sql = {0};
    struct connect_relation relation;
    uint64_t start = clock_ns();
    TRY(spark_session_make_view(examination->session, examination->in, source, NULL,
                                connect_session_id(examination->session), error));
    buffer_appendf(&sql, "SELECT 1 AS one FROM %s LIMIT 1", spark_input_of(source).view);
    relation = (struct connect_relation){.sql = buffer_text(&sql)};
    if (connect_query(examination->session, &relation, skip_rows, NULL, NULL, NULL, error) !=
        STATUS_OK) {
        error_wrap(error, "Spark cannot read the %s", source->name);
        return hadoop_explain(examination->in, error);
    }
    report_step(examination, "read", "the cluster reads the %s: %.1f s", source->name,
                clock_seconds_since(start));
    return STATUS_OK;
}

static enum status write_row(const struct examination *examination, const char *folder,
                             struct error *error)
{
    CLEANUP(buffer_release) struct buffer url = {0};
    hadoop_url(&url, examination->out, folder, HADOOP_WRITE);
    struct connect_write write = {
        .input = {.sql = "SELECT 1 AS one"},
        .format = "parquet",
        .path = buffer_text(&url),
    };
    if (connect_write(examination->session, &write, NULL, NULL, error) == STATUS_OK)
        return STATUS_OK;
    error_wrap(error, "Spark cannot write to the output");
    return hadoop_explain(examination->out, error);
}

/* Checks that the file that the cluster has written is visible in the store here. */
static enum status find_row(const struct examination *examination, const char *folder,
                            struct error *error)
{
    CLEANUP(store_listing_release) struct store_listing listed = {0};
    TRY(store_list(examination->out, folder, STORE_LIST_VISIBLE, &listed, error));
    if (listed.count)
        return STATUS_OK;
    error_set(error, STATUS_FAILED, "the files that the cluster has written are not in %s",
              store_address(examination->out));
    return error_hint(error, "all machines of the cluster and this one must see the same folder "
                             "under that path: use S3, or a disk that they share");
}

static enum status remove_rows(const struct examination *examination, const char *folder,
                               struct error *error)
{
    CLEANUP(store_listing_release) struct store_listing listed = {0};
    TRY(store_list(examination->out, folder, STORE_LIST_ALL, &listed, error));
    CLEANUP(mem_drop) struct str *keys = mem_alloc((listed.count + 1) * sizeof *keys);
    size_t count = 0;
    for (size_t i = 0; i < listed.count; i++)
        if (lake_owns(examination->model, listed.objects[i].key))
            keys[count++] = listed.objects[i].key;
    enum status status = store_delete(examination->out, keys, count, error);
    store_prune(examination->out, folder);
    return status;
}

static enum status try_write(const struct examination *examination, struct error *error)
{
    CLEANUP(buffer_release) struct buffer folder = {0};
    struct error ignored;
    uint64_t start = clock_ns();
    buffer_appendf(&folder, "_sparkify/staging/doctor-%s",
                   connect_session_id(examination->session));
    const char *name = buffer_text(&folder);
    enum status status = write_row(examination, name, error);
    if (status == STATUS_OK)
        status = find_row(examination, name, error);
    if (status != STATUS_OK) {
        (void)!remove_rows(examination, name, &ignored);
        return status;
    }
    TRY(remove_rows(examination, name, error));
    report_step(examination, "write",
                "the cluster writes, and what it wrote is removed again: %.1f s",
                clock_seconds_since(start));
    return STATUS_OK;
}

static enum status try_all(struct examination *examination, const atomic_bool *cancel,
                           const char **step, struct error *error)
{
    uint64_t start = clock_ns();
    *step = "server";
    TRY(spark_session_open(examination->options, examination->in, examination->out, cancel,
                           &examination->session, error));
    report_step(examination, "server", "Spark %s at %s, a session in %.0f ms",
                connect_version(examination->session), connect_endpoint(examination->session),
                clock_seconds_since(start) * 1e3);
    *step = "read";
    for (int source = 0; source < (int)examination->model->source_count; source++)
        TRY(try_read(examination, &examination->model->sources[source], error));
    *step = "write";
    return examination->out ? try_write(examination, error) : STATUS_OK;
}

void spark_examine(const struct run_options *options, struct store *in, struct store *out,
                   const atomic_bool *cancel, spark_tell_fn *tell, void *ctx)
{
    struct examination examination = {.options = options,
                                      .model = run_options_model(options),
                                      .in = in,
                                      .out = out,
                                      .tell = tell,
                                      .ctx = ctx};
    const char *step;
    struct error error;
    if (try_all(&examination, cancel, &step, &error) != STATUS_OK)
        tell(ctx, step, NULL, &error);
    if (examination.session)
        connect_clear_up(examination.session);
    connect_close(examination.session);
}
