/* The tables as views over a snapshot's files. A view is made when a statement first may need it:
 *
 *      CREATE VIEW songplays AS SELECT songplay_id, …, year, month
 *      FROM read_parquet(['…', '…'], hive_partitioning = true, hive_types = {…})
 *
 * Its files are those that the time asked for can be in, by the bounds in the plan; partitions are
 * pruned by DuckDB itself. Timestamps lose their time zone, since DuckDB computes with zones
 * slowly; all are UTC. */
#include "query_session.h"

#include "file_cache.h"

#include <ctype.h>
#include <model.h>
#include <strings.h>

static void append_type(struct buffer *out, const struct model_column *column)
{
    static const char *const names[] = {
        [MODEL_STRING] = "VARCHAR", [MODEL_INT32] = "INTEGER",         [MODEL_INT64] = "BIGINT",
        [MODEL_DOUBLE] = "DOUBLE",  [MODEL_TIMESTAMP] = "TIMESTAMPTZ", [MODEL_BOOL] = "BOOLEAN",
        [MODEL_DATE] = "DATE",      [MODEL_DECIMAL] = "DECIMAL",       [MODEL_JSON] = "VARCHAR",
    };
    buffer_append_str(out, str_of(names[column->type]));
    if (column->type == MODEL_DECIMAL)
        buffer_appendf(out, "(%d, %d)", column->precision, column->scale);
}

/* ---- Tables named by a statement ------------------------------------------------------------- */

static bool is_word_character(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* True when the word occurs in the text, regardless of case. A word in a literal or a comment
 * counts, too: that costs an unused view. */
static bool has_word(struct str text, const char *word)
{
    size_t len = strlen(word);
    for (size_t at = 0; at + len <= text.len; at++) {
        if (at > 0 && is_word_character(text.data[at - 1]))
            continue;
        if (strncasecmp(text.data + at, word, len) == 0 &&
            (at + len == text.len || !is_word_character(text.data[at + len])))
            return true;
    }
    return false;
}

int query_find_table(const struct model *model, const char *name)
{
    for (size_t i = 0; i < model->table_count; i++)
        if (strcasecmp(model->tables[i].name, name) == 0)
            return (int)i;
    return strcasecmp(name, USERS_ALIAS) == 0 ? model_find_table(model, "users") : -1;
}

static bool has_alias(const struct model *model, int table)
{
    return table == model_find_table(model, "users") &&
           table == query_find_table(model, USERS_ALIAS);
}

static bool may_name(const struct model *model, struct str sql, int table)
{
    return has_word(sql, model->tables[table].name) ||
           (has_alias(model, table) && has_word(sql, USERS_ALIAS));
}

/* ---- Files of a view ------------------------------------------------------------------------- */

/* Bounds such as "2018-11-01T21:01:46.796Z" of the log's statistics are compared as text; they are
 * truncated to milliseconds, so an upper bound covers the whole millisecond. */
static void append_log_time(struct buffer *out, int64_t us)
{
    char text[UTC_TEXT];
    utc_text_ms(us / 1000 - (us % 1000 < 0), text);
    buffer_append_str(out, str_of(text));
}

/* True when the bound is outside the requested range, so that the file has no matching row. */
static bool lies_beyond(const struct lake_snapshot_file *file, const char *column, int64_t limit_us,
                        bool is_from)
{
    CLEANUP(buffer_release) struct buffer bound = {0}, limit = {0};
    if (limit_us == (is_from ? QUERY_NO_FROM : QUERY_NO_TO) ||
        !lake_snapshot_bound(file, is_from, column, &bound))
        return false;
    append_log_time(&limit, limit_us);
    int order = str_compare(buffer_str(&bound), buffer_str(&limit));
    return is_from ? order < 0 : order >= 0;
}

static bool is_wanted(const struct query_lake *lake, int table,
                      const struct lake_snapshot_file *file)
{
    const char *column =
        model_calendar_column(&lake->snapshot->model->tables[table], CALENDAR_TIME);
    return !column || (!lies_beyond(file, column, lake->from_us, true) &&
                       !lies_beyond(file, column, lake->to_us, false));
}

/* ---- The view -------------------------------------------------------------------------------- */

static void append_hive_types(const struct model_table *model, struct buffer *out)
{
    for (size_t i = 0; i < model->partition_count; i++) {
        const struct model_column *column = &model->columns[model->partitions[i]];
        buffer_appendf(out, "%s%s: ", i ? ", " : ", hive_types = {", column->name);
        append_type(out, column);
    }
    if (model->partition_count)
        buffer_append_char(out, '}');
}

static void append_source(const struct model_table *model, const struct str *paths, size_t count,
                          bool by_name, struct buffer *out)
{
    buffer_append_str(out, STR("read_parquet(["));
    for (size_t i = 0; i < count; i++) {
        buffer_append_str(out, i ? STR(",\n") : STR(""));
        query_append_literal(out, paths[i]);
    }
    buffer_appendf(out, "], hive_partitioning = %s", model->partition_count ? "true" : "false");
    append_hive_types(model, out);
    buffer_append_str(out, by_name ? STR(", union_by_name = true)") : STR(")"));
}

static void append_and(struct buffer *conditions)
{
    if (conditions->len)
        buffer_append_str(conditions, STR(" AND "));
}

static void append_time_filter(const struct query_lake *lake, int table, bool is_spark,
                               struct buffer *conditions)
{
    const char *column =
        model_calendar_column(&lake->snapshot->model->tables[table], CALENDAR_TIME);
    const struct {
        int64_t us, none;
        const char *relation;
    } limits[] = {{lake->from_us, QUERY_NO_FROM, ">="}, {lake->to_us, QUERY_NO_TO, "<"}};
    for (size_t i = 0; column && i < ARRAY_LENGTH(limits); i++) {
        if (limits[i].us == limits[i].none)
            continue;
        append_and(conditions);
        buffer_appendf(conditions,
                       is_spark ? "%s %s timestamp_micros(%lld)" : "epoch_us(\"%s\") %s %lld",
                       column, limits[i].relation, (long long)limits[i].us);
    }
}

static void append_play_filter(const struct query_filter *filter, struct buffer *conditions)
{
    const struct {
        const char *value;
        struct str wanted;
    } all[] = {
        {"level", filter->level},
        {"regexp_extract(location, ', ([A-Z]+)', 1)", filter->state}, /* as in queries/states.sql */
        {"artist", filter->artist},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(all); i++) {
        if (!all[i].wanted.data)
            continue;
        append_and(conditions);
        buffer_appendf(conditions, "%s = ", all[i].value);
        query_append_literal(conditions, all[i].wanted);
    }
}

static void append_filter(const struct query_lake *lake, int table, struct buffer *out)
{
    CLEANUP(buffer_release) struct buffer conditions = {0};
    append_time_filter(lake, table, false, &conditions);
    if (table == model_facts_table(lake->snapshot->model))
        append_play_filter(&lake->filter, &conditions);
    if (conditions.len)
        buffer_append_str(out, STR(" WHERE "));
    buffer_append_str(out, buffer_str(&conditions));
}

/* `has_no_zone`: of a time that is null. */
static void append_null(struct buffer *out, const struct model_column *column, bool has_no_zone)
{
    buffer_append_str(out, STR("CAST(NULL AS "));
    if (has_no_zone)
        buffer_append_str(out, STR("TIMESTAMP"));
    else
        append_type(out, column);
    buffer_appendf(out, ") AS \"%s\"", column->name);
}

/* Appends the columns of the model; without files, the view has no rows. */
static void append_columns(const struct model_table *model, bool has_files, struct buffer *out)
{
    for (size_t i = 0; i < model->column_count; i++) {
        const struct model_column *column = &model->columns[i];
        bool is_time = column->type == MODEL_TIMESTAMP;
        buffer_append_str(out, i ? STR(", ") : STR("SELECT "));
        if (!has_files)
            append_null(out, column, is_time);
        else if (is_time)
            buffer_appendf(out, "make_timestamp(epoch_us(\"%s\")) AS \"%s\"", column->name,
                           column->name);
        else if (column->empty_is_null)
            buffer_appendf(out, "nullif(\"%s\", '') AS \"%s\"", column->name, column->name);
        else
            buffer_appendf(out, "\"%s\"", column->name);
    }
}

/* Files written before a column was added lack it: its values are null. */
static void append_old_source(const struct model_table *model, const struct str *paths,
                              size_t count, struct buffer *out)
{
    buffer_append_str(out, STR("(FROM "));
    append_source(model, paths, count, true, out);
    buffer_append_str(out, STR(" UNION ALL BY NAME SELECT "));
    bool is_first = true;
    for (size_t i = 0; i < model->column_count; i++) {
        if (!model->columns[i].nullable)
            continue;
        buffer_append_str(out, is_first ? STR("") : STR(", "));
        append_null(out, &model->columns[i], false);
        is_first = false;
    }
    buffer_append_str(out, STR(" WHERE false)"));
}

/* Decides by the statistics in the plan, without reading the file. */
static bool is_known_whole(const struct model_table *model, const struct lake_snapshot_file *file)
{
    for (size_t i = 0; i < model->column_count; i++)
        if (!model->columns[i].partition && !lake_snapshot_has_column(file, model->columns[i].name))
            return false;
    return true;
}

/* True when the file has all columns of the model. */
static enum status has_all_columns(struct query_session *session, const struct model_table *model,
                                   struct str path, bool *out, struct error *error)
{
    CLEANUP(buffer_release) struct buffer sql = {0};
    CLEANUP(query_result_drop) struct query_result *result = NULL;
    const struct query_batch *batch;
    size_t wanted = 0;
    buffer_append_str(&sql, STR("SELECT count(DISTINCT name) FROM parquet_schema("));
    query_append_literal(&sql, path);
    buffer_append_str(&sql, STR(") WHERE name IN ("));
    for (size_t i = 0; i < model->column_count; i++)
        if (!model->columns[i].partition)
            buffer_appendf(&sql, "%s'%s'", wanted++ ? ", " : "", model->columns[i].name);
    buffer_append_char(&sql, ')');
    TRY(query_run(session, buffer_str(&sql), &result, error));
    TRY(query_result_next(result, &batch, error));
    *out = batch && (size_t)batch->columns[0].int64s[0] == wanted;
    return STATUS_OK;
}

/* The run that wrote a file, by its name: part-00000-20181130T120000Z-0badcafe.zstd.parquet. */
static struct str run_of(const struct lake_snapshot_file *file)
{
    static const size_t prefix = sizeof "part-00000-" - 1;
    size_t begin = file->key.len;
    while (begin > 0 && file->key.data[begin - 1] != '/')
        begin--;
    struct str name = {file->key.data + begin, file->key.len - begin};
    return name.len < prefix + LAKE_RUN_ID_LEN ? name
                                               : (struct str){name.data + prefix, LAKE_RUN_ID_LEN};
}

/* Its second; runs of the same one may have begun in any order. */
static struct str time_of(const struct lake_snapshot_file *file)
{
    struct str run = run_of(file);
    return (struct str){run.data, run.len == LAKE_RUN_ID_LEN ? run.len - strlen("-0badcafe") : 0};
}

/* True when a file of the oldest runs lacks a column: only those can that ran before the column
 * was added. */
static enum status lacks_columns(struct query_session *session, const struct model_table *model,
                                 const struct cached_files *cached, bool *out, struct error *error)
{
    struct str oldest = time_of(cached->files[0]), checked = STR_NULL;
    *out = false;
    for (size_t i = 1; i < cached->count; i++)
        if (str_compare(time_of(cached->files[i]), oldest) < 0)
            oldest = time_of(cached->files[i]);
    for (size_t i = 0; i < cached->count && !*out; i++) {
        struct str run = run_of(cached->files[i]);
        bool is_whole = true;
        if (!str_equal(time_of(cached->files[i]), oldest) || str_equal(run, checked))
            continue;
        checked = run;
        if (!is_known_whole(model, cached->files[i]))
            TRY(has_all_columns(session, model, cached->paths[i], &is_whole, error));
        *out = !is_whole;
    }
    return STATUS_OK;
}

/* The table whose files the view reads: that of a partitioned dimension may read the single file of
 * all its rows, except in lakes of older versions. */
static int table_of_files(const struct query_lake *lake, int table)
{
    int list = model_list_of(lake->snapshot->model, table);
    return list >= 0 && lake->snapshot->tables[list].count ? list : table;
}

static enum status append_view(struct query_session *session, const struct query_lake *lake,
                               int table, const struct cached_files *cached, struct buffer *out,
                               struct error *error)
{
    const struct model_table *tables = lake->snapshot->model->tables;
    const struct model_table *model = &tables[table_of_files(lake, table)];
    size_t count = cached->count;
    bool is_old;
    buffer_appendf(out, "CREATE OR REPLACE TEMP VIEW \"%s\" AS ", tables[table].name);
    append_columns(model, count > 0, out);
    if (count == 0) {
        buffer_append_str(out, STR(" WHERE false"));
        return STATUS_OK;
    }
    TRY(lacks_columns(session, model, cached, &is_old, error));
    buffer_append_str(out, STR(" FROM "));
    if (is_old)
        append_old_source(model, cached->paths, count, out);
    else
        append_source(model, cached->paths, count, false, out);
    append_filter(lake, table, out);
    return STATUS_OK;
}

static enum status make_cluster_view(struct query_session *session, const struct query_lake *lake,
                                     int table, struct error *error)
{
    int files_of = table_of_files(lake, table);
    const struct model_table *tables = lake->snapshot->model->tables;
    const struct lake_snapshot_table *files = &lake->snapshot->tables[files_of];
    CLEANUP(mem_drop) struct str *keys = mem_alloc((files->count + 1) * sizeof *keys);
    CLEANUP(buffer_release) struct buffer where = {0};
    struct spark_view view = {
        .name = tables[table].name, .files_of = &tables[files_of], .keys = keys};
    for (size_t i = 0; i < files->count; i++)
        if (is_wanted(lake, table, &files->files[i]))
            keys[view.count++] = files->files[i].key;
    append_time_filter(lake, table, true, &where);
    view.where = where.len ? buffer_text(&where) : NULL;
    return spark_make_view(session->cluster, &view, error);
}

static enum status fetch_files(struct query_session *session, const struct query_lake *lake,
                               int table, struct cached_files *out, struct error *error)
{
    const struct lake_snapshot_table *files = &lake->snapshot->tables[table_of_files(lake, table)];
    for (size_t i = 0; i < files->count; i++)
        if (is_wanted(lake, table, &files->files[i]))
            cached_files_add(out, &files->files[i]);
    return file_cache_fetch(lake, out, session->options.cancel, error);
}

/* Creating a view reads a file's footer: an error is about the file, not about SQL of the user, so
 * the hint is replaced. */
static enum status explain_file(enum status status, struct error *error)
{
    if (status == STATUS_FAILED)
        error_hint(error, "'sparkify check' says what is wrong with the lake's files");
    return status;
}

static enum status make_duckdb_view(struct query_session *session, const struct query_lake *lake,
                                    int table, struct error *error)
{
    CLEANUP(cached_files_release) struct cached_files cached = {0};
    CLEANUP(buffer_release) struct buffer sql = {0};
    TRY(fetch_files(session, lake, table, &cached, error));
    TRY(append_view(session, lake, table, &cached, &sql, error));
    return explain_file(query_execute(session, buffer_str(&sql), error), error);
}

static enum status make_view(struct query_session *session, const struct query_lake *lake,
                             int table, struct error *error)
{
    TRY((session->cluster ? make_cluster_view : make_duckdb_view)(session, lake, table, error));
    session->has_view[table] = true;
    if (!has_alias(lake->snapshot->model, table))
        return STATUS_OK;
    return query_execute(
        session, STR("CREATE OR REPLACE TEMP VIEW " USERS_ALIAS " AS SELECT * FROM users"), error);
}

/* Cached files of a view may have been evicted since it was created. */
static enum status keep_files(struct query_session *session, const struct query_lake *lake,
                              int table, struct error *error)
{
    CLEANUP(cached_files_release) struct cached_files cached = {0};
    return store_is_remote(lake->store) && !session->cluster
               ? fetch_files(session, lake, table, &cached, error)
               : STATUS_OK;
}

enum status query_use_tables(struct query_session *session, const struct query_lake *lake,
                             struct str sql, struct error *error)
{
    query_session_forget_dead(session);
    const struct model *model = lake->snapshot->model;
    const struct model_table *facts = model_table_of_facts(model);
    buffer_set(&session->id_name, str_of(facts->columns[model_key_column(facts)].name));
    for (int table = 0; table < (int)model->table_count; table++)
        if (may_name(model, sql, table))
            TRY((session->has_view[table] ? keep_files : make_view)(session, lake, table, error));
    return STATUS_OK;
}

void query_forget_tables(struct query_session *session)
{
    memset(session->has_view, 0, sizeof session->has_view);
}
