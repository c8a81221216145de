/* Data files are part-00000-<run id>.<codec>.parquet below a folder for each partition column. No
 * other run, and no other program, gives names with the run's id. */
#include "names.h"

#include <model_parse.h>
#include <strings.h>
#include <time.h>

static const char *const suffixes[] = {
    [PARQUET_NONE] = ".parquet",
    [PARQUET_SNAPPY] = ".snappy.parquet",
    [PARQUET_ZSTD] = ".zstd.parquet",
};

/* The random bits, the first of a UUID, differ for two runs of one second. */
void lake_run_id_make(char *out)
{
    char now[UTC_TEXT], random[UUID_TEXT];
    utc_text_basic((int64_t)time(NULL), now);
    uuid_make(random);
    snprintf(out, LAKE_RUN_ID_LEN + 1, "%.16s-%.8s", now, random);
}

bool lake_is_own_name(const struct model *model, struct str name)
{
    for (size_t i = 0; i < model->table_count; i++)
        if (str_equal(name, str_of(model->tables[i].name)))
            return true;
    return str_equal(name, STR("_rejects")) || str_equal(name, STR("_sparkify"));
}

void lake_data_key(struct buffer *out, const struct model_table *table, struct str folder,
                   unsigned number, const char *run_id, enum parquet_codec codec)
{
    buffer_append_str(out, str_of(table->folder));
    buffer_append_char(out, '/');
    if (folder.len) {
        buffer_append_str(out, folder);
        buffer_append_char(out, '/');
    }
    if (number)
        buffer_appendf(out, "part-%05u-", number);
    else
        buffer_append_str(out, STR("part-00000-")); /* the most frequent one, without a format */
    buffer_append_str(out, str_of(run_id));
    buffer_append_str(out, str_of(suffixes[codec]));
}

void lake_table_key(struct buffer *out, const struct model_table *table, struct str key)
{
    buffer_append_str(out, str_of(table->folder));
    buffer_append_char(out, '/');
    buffer_append_str(out, key);
}

static bool consume_prefix(struct str *rest, struct str prefix)
{
    if (!str_starts_with(*rest, prefix))
        return false;
    *rest = (struct str){rest->data + prefix.len, rest->len - prefix.len};
    return true;
}

/* Consumes the part before the next '/', and that; false when there is none. */
static bool consume_folder(struct str *rest, struct str *folder)
{
    const char *slash = rest->len ? memchr(rest->data, '/', rest->len) : NULL;
    if (!slash)
        return false;
    *folder = (struct str){rest->data, (size_t)(slash - rest->data)};
    rest->len -= folder->len + 1;
    rest->data = slash + 1;
    return true;
}

#define RUN_ID  "########T######Z-@@@@@@@@"
#define UUID    "@@@@@@@@-@@@@-@@@@-@@@@-@@@@@@@@@@@@"
#define HASH    "@@@@@@@@@@@@@@@@"
#define VERSION "####################" /* Delta protocol, "Delta Log Entries" */

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* Consumes what a pattern describes, in which # stands for a digit and @ for a hexadecimal one. */
static bool consume(struct str *rest, const char *pattern)
{
    size_t len = strlen(pattern);
    if (rest->len < len)
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = rest->data[i];
        bool fits = pattern[i] == '#'   ? c >= '0' && c <= '9'
                    : pattern[i] == '@' ? is_hex(c)
                                        : c == pattern[i];
        if (!fits)
            return false;
    }
    *rest = (struct str){rest->data + len, rest->len - len};
    return true;
}

static bool matches(struct str text, const char *pattern)
{
    return consume(&text, pattern) && text.len == 0;
}

bool lake_is_run_id(struct str text)
{
    return matches(text, RUN_ID);
}

bool lake_is_uuid(struct str text)
{
    return matches(text, UUID);
}

static bool is_data_name(struct str name)
{
    if (!consume(&name, "part-#####-" RUN_ID))
        return false;
    for (size_t i = 0; i < ARRAY_LENGTH(suffixes); i++)
        if (str_equal(name, str_of(suffixes[i])))
            return true;
    return false;
}

/* Consumes the folders of the table's partitions. */
static bool consume_partitions(const struct model_table *table, struct str *rest)
{
    struct str folder;
    for (size_t i = 0; i < table->partition_count; i++)
        if (!consume_folder(rest, &folder) ||
            !model_is_partition_folder(folder, &table->columns[table->partitions[i]]))
            return false;
    return true;
}

bool lake_is_data_file(const struct model_table *table, struct str key)
{
    return consume_partitions(table, &key) && is_data_name(key);
}

bool lake_is_data_key(const struct model_table *table, struct str key)
{
    CLEANUP(buffer_release) struct buffer scratch = {0};
    if (!consume_prefix(&key, str_of(table->folder)) || !consume_prefix(&key, STR("/")) ||
        !consume_partitions(table, &key))
        return false;
    return is_data_name(store_is_temporary(key) ? store_temporary_target(key, &scratch) : key);
}

/* ---- Logs, decisions, markers ---------------------------------------------------------------- */

static void append_version(struct buffer *out, int64_t version, const char *suffix)
{
    buffer_appendf(out, "%0*lld%s", (int)strlen(VERSION), (long long)version, suffix);
}

/* A version, and the suffix behind it. */
static bool parse_version(struct str text, const char *suffix, int64_t *version)
{
    struct str rest = text;
    int64_t value = 0;
    if (!consume(&rest, VERSION) || !str_equal(rest, str_of(suffix)))
        return false;
    for (const char *digit = text.data; digit < rest.data; digit++) {
        if (value > INT64_MAX / 10 - 1)
            return false;
        value = value * 10 + (*digit - '0');
    }
    *version = value;
    return true;
}

void lake_log_folder(char out[static LAKE_LOG_FOLDER_SIZE], const struct model_table *table)
{
    snprintf(out, LAKE_LOG_FOLDER_SIZE, "%s/_delta_log", table->folder);
}

#define CHECKPOINT      ".checkpoint.parquet"
#define LAST_CHECKPOINT "_last_checkpoint"

static void append_log_folder(struct buffer *out, const struct model_table *table)
{
    buffer_append_str(out, str_of(table->folder));
    buffer_append_str(out, STR("/_delta_log/"));
}

static bool consume_log_folder(struct str *rest, const struct model_table *table)
{
    return consume_prefix(rest, str_of(table->folder)) && consume(rest, "/_delta_log/");
}

void lake_log_key(struct buffer *out, const struct model_table *table, int64_t version)
{
    append_log_folder(out, table);
    append_version(out, version, ".json");
}

bool lake_is_log_key(const struct model_table *table, struct str key, int64_t *version)
{
    return consume_log_folder(&key, table) && parse_version(key, ".json", version);
}

void lake_checkpoint_key(struct buffer *out, const struct model_table *table, int64_t version)
{
    append_log_folder(out, table);
    append_version(out, version, CHECKPOINT);
}

bool lake_is_checkpoint_key(const struct model_table *table, struct str key, int64_t *version)
{
    return consume_log_folder(&key, table) && parse_version(key, CHECKPOINT, version);
}

void lake_last_checkpoint_key(struct buffer *out, const struct model_table *table)
{
    append_log_folder(out, table);
    buffer_append_str(out, STR(LAST_CHECKPOINT));
}

bool lake_is_log_extra(const struct model_table *table, struct str key)
{
    struct str name = key;
    if (!consume_log_folder(&name, table))
        return false;
    return str_ends_with(key, STR("/" LAST_CHECKPOINT)) || str_ends_with(name, STR(".crc")) ||
           str_ends_with(name, STR(CHECKPOINT)) || store_is_temporary(key);
}

#define DECISIONS "_sparkify/commits/"
#define PLANS     "_sparkify/plans/"
#define PLAN      PLANS RUN_ID ".plan"
#define MODELS    "_sparkify/models/"
#define MODEL     MODELS HASH ".yaml"
#define MARKERS   "_sparkify/runs/"
#define MARKER    MARKERS RUN_ID ".json"
#define STAGING   "_sparkify/staging/"

void lake_decision_key(struct buffer *out, int64_t number)
{
    buffer_append_str(out, STR(DECISIONS));
    append_version(out, number, ".json");
}

bool lake_is_decision_key(struct str key, int64_t *number)
{
    return consume(&key, DECISIONS) && parse_version(key, ".json", number);
}

void lake_plan_key(struct buffer *out, const char *run_id)
{
    buffer_appendf(out, PLANS "%s.plan", run_id);
}

bool lake_is_plan_key(struct str key)
{
    return matches(key, PLAN);
}

void lake_model_key(struct buffer *out, const struct model *model)
{
    buffer_appendf(out, MODELS "%016llx.yaml", (unsigned long long)model_hash(model));
}

void lake_decided_model_key(struct buffer *out, const struct model *model)
{
    if (model != model_builtin() && model_hash(model) != model_hash(model_builtin()))
        lake_model_key(out, model);
}

bool lake_is_model_key(struct str key)
{
    return matches(key, MODEL);
}

void lake_marker_key(struct buffer *out, const char *run_id)
{
    buffer_appendf(out, MARKERS "%s.json", run_id);
}

bool lake_is_marker_key(struct str key, struct str *run_id)
{
    if (!matches(key, MARKER))
        return false;
    *run_id = (struct str){key.data + strlen(MARKERS), LAKE_RUN_ID_LEN};
    return true;
}

void lake_staging_key(struct buffer *out, const char *run_id)
{
    buffer_appendf(out, STAGING "%s", run_id);
}

/* No table has such a name. */
void lake_put_later_key(struct buffer *out, const char *run_id)
{
    lake_staging_key(out, run_id);
    buffer_append_str(out, STR("/_new"));
}

/* Other programs give names of their own, within the run's folder. */
bool lake_is_staging_key(struct str key)
{
    return consume(&key, STAGING) &&
           (consume(&key, RUN_ID "/") || consume(&key, "doctor-" UUID "/")) && store_is_key(key);
}

/* ---- Files of others ------------------------------------------------------------------------- */

static bool is_hidden_name(struct str name)
{
    static const char *const names[] = {"thumbs.db", "ehthumbs.db", "desktop.ini", "@eadir",
                                        "lost+found"};
    if (name.len && name.data[0] == '.')
        return true;
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        if (name.len == strlen(names[i]) && strncasecmp(name.data, names[i], name.len) == 0)
            return true;
    return false;
}

bool lake_is_hidden_key(const struct model_table *table, struct str key)
{
    struct str folder;
    if (!consume_prefix(&key, str_of(table->folder)) || !consume_prefix(&key, STR("/")))
        return false;
    while (consume_folder(&key, &folder))
        if (is_hidden_name(folder))
            return true;
    return is_hidden_name(key);
}

/* ---- All of them ----------------------------------------------------------------------------- */

static bool is_log_file(const struct model *model, struct str key)
{
    int64_t version;
    for (size_t i = 0; i < model->table_count; i++) {
        struct str name = key;
        if (consume_log_folder(&name, &model->tables[i]))
            return parse_version(name, ".json", &version) ||
                   parse_version(name, CHECKPOINT, &version) ||
                   str_equal(name, STR(LAST_CHECKPOINT));
    }
    return false;
}

bool lake_is_rejects_key(struct str key)
{
    return consume(&key, "_rejects/run=" RUN_ID) &&
           (str_equal(key, STR("/part-00000.json")) || str_equal(key, STR("/part-00001.json")));
}

static bool is_state_key(struct str key)
{
    static const char *const patterns[] = {
        PLAN,
        MARKER,
        MODEL,
        "_sparkify/doctor-" HASH, /* what 'sparkify doctor' puts, and deletes again */
        /* what a store puts to find out what it can do; some file systems normalise the letter */
        LAKE_PROBE_KEY,
        LAKE_PROBE_KEY "\xC3\xA9",
    };
    int64_t number;
    for (size_t i = 0; i < ARRAY_LENGTH(patterns); i++)
        if (matches(key, patterns[i]))
            return true;
    return lake_is_decision_key(key, &number);
}

bool lake_owns(const struct model *model, struct str key)
{
    CLEANUP(buffer_release) struct buffer scratch = {0};
    for (size_t i = 0; i < model->all_count; i++)
        if (lake_is_data_key(&model->tables[i], key))
            return true;
    if (lake_is_staging_key(key))
        return true;
    struct str target = store_temporary_target(key, &scratch);
    return is_log_file(model, target) || lake_is_rejects_key(target) || is_state_key(target);
}
