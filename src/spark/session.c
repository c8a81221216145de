/* Spark sessions: settings, S3 keys, and the views of the sources. */
#include "session.h"

#include "hadoop.h"
#include "sql.h"

#include <assert.h>

#define MAX_SETTINGS 32

static enum status set_settings(struct connect_session *session, struct error *error)
{
    struct connect_pair pairs[MAX_SETTINGS];
    assert(spark_sql_setting_count <= MAX_SETTINGS);
    for (size_t i = 0; i < spark_sql_setting_count; i++)
        pairs[i] = (struct connect_pair){spark_sql_settings[i].key, spark_sql_settings[i].value};
    return connect_set(session, pairs, spark_sql_setting_count, error);
}

static enum status set_keys(struct connect_session *session, const struct run_options *options,
                            const struct store *in, const struct store *out, struct error *error)
{
    CLEANUP(hadoop_settings_release) struct hadoop_settings hadoop;
    TRY(hadoop_settings_make(&hadoop, in, out, options->stores[STORE_INPUT].connections, error));
    if (hadoop.has_keys && !options->spark_plain_keys && !connect_is_private(session)) {
        error_set(
            error, STATUS_DENIED,
            "the S3 keys are not sent to Spark at %s: without TLS they could be read on the way",
            connect_endpoint(session));
        return error_hint(error, "put TLS before the server (;use_ssl=true), reach it through a "
                                 "tunnel to this machine (ssh -L 15002:…), or, in a network that "
                                 "you trust, add --spark-plain-keys");
    }
    return hadoop.count ? connect_set(session, hadoop.pairs, hadoop.count, error) : STATUS_OK;
}

enum status spark_session_open(const struct run_options *options, const struct store *in,
                               const struct store *out, const atomic_bool *cancel,
                               struct connect_session **out_session, struct error *error)
{
    struct connect_options connect = connect_options_default();
    CLEANUP(buffer_release) struct buffer client = {0};
    buffer_appendf(&client, "sparkify/%s", options->version);
    connect.address = options->spark;
    connect.client = buffer_text(&client);
    connect.ca_file = options->ca_file;
    connect.cancel = cancel;
    TRY(connect_open(&connect, out_session, error));
    TRY(set_settings(*out_session, error));
    return set_keys(*out_session, options, in, out, error);
}

/* The source's folder, or the files that are wanted. */
static const char **paths_of(const struct store *in, const struct model_source *source,
                             const struct spark_input_files *wanted, struct arena *arena,
                             size_t *out_count)
{
    size_t most = wanted ? wanted->files->count : 1;
    const char **paths = arena_alloc(arena, most * sizeof *paths);
    *out_count = 0;
    if (!wanted)
        paths[(*out_count)++] = hadoop_read_url(arena, in, str_of(source->folder));
    for (size_t i = 0; wanted && i < most; i++)
        if (wanted->is_wanted[i])
            paths[(*out_count)++] = hadoop_read_url(arena, in, wanted->files->objects[i].key);
    return paths;
}

/* Spark looks cached data up by its plan, in all sessions; and two plans that read one path with
 * the same options are equal, even when files have been added since. So the run's id is one of the
 * options. */
enum status spark_session_make_view(struct connect_session *session, const struct store *in,
                                    const struct model_source *source,
                                    const struct spark_input_files *wanted, const char *run_id,
                                    struct error *error)
{
    const struct spark_input input = spark_input_of(source);
    CLEANUP(arena_release) struct arena arena = {0};
    struct connect_pair options[MAX_SETTINGS];
    assert(input.option_count < MAX_SETTINGS);
    size_t path_count;
    const char **paths = paths_of(in, source, wanted, &arena, &path_count);
    for (size_t i = 0; i < input.option_count; i++)
        options[i] = (struct connect_pair){input.options[i].key, input.options[i].value};
    options[input.option_count] = (struct connect_pair){"sparkifyRun", run_id};
    struct connect_source files = {
        .format = "text",
        .options = options,
        .option_count = input.option_count + 1,
        .paths = paths,
        .path_count = path_count,
    };
    struct connect_relation relation = {.source = &files};
    if (connect_create_view(session, input.view, &relation, error) == STATUS_OK)
        return STATUS_OK;
    error_wrap(error, "Spark cannot read the %s", source->name);
    return hadoop_explain(in, error);
}
