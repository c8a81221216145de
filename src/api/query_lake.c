/* Resolves operands and options to a session over a version of a lake. */
#include <query_lake.h>

#include <spark.h>
#include <sys/stat.h>

#define DEFAULT_CACHE_BYTES (UINT64_C(2) << 30)

void query_settings_set_defaults(void *settings)
{
    struct query_settings *query = settings;
    query->limit = query->at = UINT64_MAX;
    query->cache_bytes = DEFAULT_CACHE_BYTES;
    query->from_us = QUERY_NO_FROM;
    query->to_us = QUERY_NO_TO;
    query->format = QUERY_FORMAT_UNSET;
}

static bool is_folder(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

/* An address begins with a scheme such as "s3://"; the rest may have blanks. */
static bool is_lake_operand(const char *text)
{
    size_t scheme = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789+.-");
    return (scheme > 0 && strncmp(text + scheme, "://", 3) == 0) || is_folder(text);
}

static enum status resolve_format(struct query_settings *query, struct error *error)
{
    if (!query->common.json)
        return STATUS_OK;
    if (query->format != QUERY_FORMAT_UNSET && query->format != QUERY_FORMAT_JSON)
        return error_set(error, STATUS_USAGE, "--json and --format exclude each other");
    query->format = QUERY_FORMAT_JSON;
    return STATUS_OK;
}

/* Refuses options of the other engine. Values from the environment are ignored instead. */
static enum status check_engine(struct query_settings *query, struct error *error)
{
    static const char *const of_duckdb[] = {"threads", "cache-size"};
    for (size_t i = 0; i < 2 && query->engine == ENGINE_SPARK; i++) {
        if (!options_is_given(&query->common, of_duckdb[i]))
            continue;
        error_set(error, STATUS_USAGE, "--%s works with the DuckDB engine only", of_duckdb[i]);
        return error_hint(error, "with --engine spark the cluster has its own settings");
    }
    return engine_resolve(&query->common, query->engine, query->plain_keys, &query->spark, error);
}

static enum status check_cache(const struct query_settings *query, struct error *error)
{
    if (!options_is_given(&query->common, "cache-size") || address_is_s3(query->stores.output))
        return STATUS_OK;
    return error_set(error, STATUS_USAGE, "--cache-size is for a lake in S3, and %s is not in S3",
                     query->stores.output);
}

enum status query_settings_resolve(struct query_settings *query, struct error *error)
{
    const char *const *operands = query->operands;
    bool first_is_lake = operands[0] && is_lake_operand(operands[0]);
    if (operands[1] && !first_is_lake) {
        error_set(error, STATUS_NOT_FOUND, "there is no lake %s: no such folder", operands[0]);
        return error_hint(error, "the lake comes first, then the SQL or the question");
    }
    query->stores.lake = first_is_lake ? operands[0] : NULL;
    query->text = first_is_lake ? operands[1] : operands[0];
    if (query->text && query->file)
        return error_set(error, STATUS_USAGE, "--file and '%s' both say what to run", query->text);
    if (query->from_us >= query->to_us)
        return error_set(error, STATUS_USAGE, "--from must be a day before --to");
    return STATUS_OK;
}

enum status query_settings_check(struct query_settings *query, struct error *error)
{
    TRY(check_engine(query, error));
    return resolve_format(query, error);
}

static void find_lake(struct query_settings *query)
{
    struct stores_settings *stores = &query->stores;
    stores_find_lake(stores);
    if (!stores->lake && !stores->output && !stores->bucket && is_folder("_sparkify/commits"))
        stores->lake = ".";
}

static enum status open_spark(struct query_lake_open *out, struct query_settings *query,
                              const atomic_bool *cancel, struct error *error)
{
    struct s3_options options = stores_options_of(&query->stores, STORE_OUTPUT);
    struct spark_options spark = {
        .address = query->spark,
        .version = SPARKIFY_VERSION,
        .ca_file = options.keys.ca_file,
        .plain_keys = query->plain_keys,
        .connections = options.connections,
        .lake = out->store,
        .cancel = cancel,
    };
    return query_spark_session_new(&spark, &out->session, error);
}

enum status query_lake_resolve(struct query_settings *query, struct error *error)
{
    find_lake(query);
    TRY(stores_resolve_lake(&query->stores, error));
    return check_cache(query, error);
}

static enum status open_session(struct query_lake_open *out, struct query_settings *query,
                                const atomic_bool *cancel, struct error *error)
{
    struct query_options options = {.threads = query->threads, .cancel = cancel};
    return query->engine == ENGINE_SPARK ? open_spark(out, query, cancel, error)
                                         : query_session_new(&options, &out->session, error);
}

enum status query_lake_open(struct query_lake_open *out, struct query_settings *query,
                            const atomic_bool *cancel, struct error *error)
{
    int64_t version = query->at > INT64_MAX ? -1 : (int64_t)query->at;
    if (query->engine != ENGINE_SPARK) /* the worker loads DuckDB in the meantime */
        TRY(open_session(out, query, cancel, error));
    TRY(stores_open_resolved(&query->stores, &out->store, error));
    TRY(lake_snapshot_read(out->store, version, &out->snapshot, error));
    if (query->engine == ENGINE_SPARK)
        TRY(open_session(out, query, cancel, error));
    out->lake = (struct query_lake){
        .store = out->store,
        .snapshot = &out->snapshot,
        .from_us = query->from_us,
        .to_us = query->to_us,
        .cache_bytes = query->cache_bytes,
    };
    out->is_newest = version < 0 || query->at == UINT64_MAX;
    return STATUS_OK;
}

static bool is_kept(const struct lake_snapshot *asked, const struct lake_snapshot *now)
{
    return asked->version >= now->oldest && asked->version <= now->newest;
}

enum status query_lake_explain(struct query_lake_open *lake, struct error *error)
{
    CLEANUP(lake_snapshot_release) struct lake_snapshot now = {0};
    struct error ignored;
    bool may_be = error->status == STATUS_FAILED || error->status == STATUS_NOT_FOUND ||
                  error->status == STATUS_CORRUPT;
    if (!may_be || lake_snapshot_read(lake->store, -1, &now, &ignored) != STATUS_OK ||
        is_kept(&lake->snapshot, &now))
        return error->status;
    error_set(error, STATUS_CONFLICT,
              "version %lld of %s was replaced by version %lld while it was read",
              (long long)lake->snapshot.version, store_address(lake->store), (long long)now.newest);
    error_hint(
        error,
        "run the query again; 'sparkify etl' with --keep-versions 2 or --grace 10m keeps for "
        "readers what it replaces");
    if (lake->is_newest) {
        struct lake_snapshot old = lake->snapshot;
        lake->snapshot = now;
        now = old;
        query_forget_tables(lake->session);
    }
    return error->status;
}

void query_lake_close(struct query_lake_open *lake)
{
    query_session_free(lake->session);
    lake_snapshot_release(&lake->snapshot);
    store_free(lake->store);
    *lake = (struct query_lake_open){0};
}

enum status query_lake_run(struct query_lake_open *lake, struct str sql, struct query_result **out,
                           struct error *error)
{
    TRY(query_use_tables(lake->session, &lake->lake, sql, error));
    return query_run(lake->session, sql, out, error);
}
