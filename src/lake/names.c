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

/* The random bits differ for two runs of one second; without a source of them the clocks do. */
static uint32_t random_bits(const struct timespec *now)
{
    uint32_t bits;
    if (random_bytes(&bits, sizeof bits, false))
        return bits;
    return (uint32_t)hash_mix((uint64_t)now->tv_nsec, (uint64_t)clock_ns());
}

void lake_run_id_make(char *out)
{
    struct timespec now;
    char text[UTC_TEXT + 16];
    clock_gettime(CLOCK_REALTIME, &now);
    utc_text_basic((int64_t)now.tv_sec, text);
    size_t len = strlen(text);
    snprintf(text + len, sizeof text - len, "-%08x", random_bits(&now));
    memcpy(out, text, LAKE_RUN_ID_LEN);
    out[LAKE_RUN_ID_LEN] = '\0';
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

/* Matches a pattern in which 9 stands for a digit and f for a hexadecimal digit. */
static bool matches(const char *text, const char *pattern)
{
    for (; *pattern; text++, pattern++) {
        bool is_digit = *text >= '0' && *text <= '9';
        bool same = *pattern == '9'   ? is_digit
                    : *pattern == 'f' ? is_digit || (*text >= 'a' && *text <= 'f')
                                      : *text == *pattern;
        if (!same)
            return false;
    }
    return true;
}

#define RUN_ID_PATTERN "99999999T999999Z-ffffffff"

bool lake_is_run_id(struct str text)
{
    return text.len == LAKE_RUN_ID_LEN && matches(text.data, RUN_ID_PATTERN);
}

#define UUID_PATTERN "ffffffff-ffff-ffff-ffff-ffffffffffff"

bool lake_is_uuid(struct str text)
{
    return text.len == sizeof UUID_PATTERN - 1 && matches(text.data, UUID_PATTERN);
}

static bool is_data_name(struct str name)
{
    static const char prefix[] = "part-99999-" RUN_ID_PATTERN;
    const size_t prefix_len = sizeof prefix - 1;
    if (name.len <= prefix_len || !matches(name.data, prefix))
        return false;
    struct str suffix = {name.data + prefix_len, name.len - prefix_len};
    for (size_t i = 0; i < ARRAY_LENGTH(suffixes); i++)
        if (str_equal(suffix, str_of(suffixes[i])))
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

#define NUMBER_LEN 20 /* digits of a version (Delta protocol, "Delta Log Entries") */

static void append_number(struct buffer *out, int64_t number)
{
    buffer_appendf(out, "%0*lld", NUMBER_LEN, (long long)number);
}

/* The number between `prefix` and `suffix`, which are all of the key. */
static bool parse_number(struct str key, const char *prefix, const char *suffix, int64_t *number)
{
    size_t prefix_len = strlen(prefix), suffix_len = strlen(suffix);
    int64_t value = 0;
    if (key.len != prefix_len + NUMBER_LEN + suffix_len || !str_starts_with(key, str_of(prefix)) ||
        !str_ends_with(key, str_of(suffix)))
        return false;
    for (size_t i = 0; i < NUMBER_LEN; i++) {
        char c = key.data[prefix_len + i];
        if (c < '0' || c > '9' || value > INT64_MAX / 10 - 1)
            return false;
        value = value * 10 + (c - '0');
    }
    *number = value;
    return true;
}

void lake_log_folder(char out[static LAKE_LOG_FOLDER_SIZE], const struct model_table *table)
{
    snprintf(out, LAKE_LOG_FOLDER_SIZE, "%s/_delta_log", table->folder);
}

static void append_log_folder(struct buffer *out, const struct model_table *table)
{
    buffer_append_str(out, str_of(table->name));
    buffer_append_str(out, STR("/_delta_log/"));
}

void lake_log_key(struct buffer *out, const struct model_table *table, int64_t version)
{
    append_log_folder(out, table);
    append_number(out, version);
    buffer_append_str(out, STR(".json"));
}

bool lake_is_log_key(const struct model_table *table, struct str key, int64_t *version)
{
    CLEANUP(buffer_release) struct buffer folder = {0};
    append_log_folder(&folder, table);
    return parse_number(key, buffer_text(&folder), ".json", version);
}

#define CHECKPOINT      ".checkpoint.parquet"
#define LAST_CHECKPOINT "_last_checkpoint"

void lake_checkpoint_key(struct buffer *out, const struct model_table *table, int64_t version)
{
    append_log_folder(out, table);
    append_number(out, version);
    buffer_append_str(out, STR(CHECKPOINT));
}

bool lake_is_checkpoint_key(const struct model_table *table, struct str key, int64_t *version)
{
    CLEANUP(buffer_release) struct buffer folder = {0};
    append_log_folder(&folder, table);
    return parse_number(key, buffer_text(&folder), CHECKPOINT, version);
}

void lake_last_checkpoint_key(struct buffer *out, const struct model_table *table)
{
    append_log_folder(out, table);
    buffer_append_str(out, STR(LAST_CHECKPOINT));
}

bool lake_is_log_extra(const struct model_table *table, struct str key)
{
    CLEANUP(buffer_release) struct buffer folder = {0};
    append_log_folder(&folder, table);
    if (!str_starts_with(key, buffer_str(&folder)))
        return false;
    return str_ends_with(key, STR("/" LAST_CHECKPOINT)) || str_ends_with(key, STR(".crc")) ||
           str_ends_with(key, STR(CHECKPOINT)) || store_is_temporary(key);
}

#define DECISIONS "_sparkify/commits/"
#define PLANS     "_sparkify/plans/"
#define MARKERS   "_sparkify/runs/"
#define STAGING   "_sparkify/staging/"

void lake_decision_key(struct buffer *out, int64_t number)
{
    buffer_append_str(out, STR(DECISIONS));
    append_number(out, number);
    buffer_append_str(out, STR(".json"));
}

bool lake_is_decision_key(struct str key, int64_t *number)
{
    return parse_number(key, DECISIONS, ".json", number);
}

void lake_plan_key(struct buffer *out, const char *run_id)
{
    buffer_appendf(out, PLANS "%s.plan", run_id);
}

static bool consume_run_id(struct str *rest, struct str *run_id)
{
    *run_id = (struct str){rest->data, LAKE_RUN_ID_LEN};
    if (rest->len < LAKE_RUN_ID_LEN || !lake_is_run_id(*run_id))
        return false;
    *rest = (struct str){rest->data + LAKE_RUN_ID_LEN, rest->len - LAKE_RUN_ID_LEN};
    return true;
}

bool lake_is_plan_key(struct str key)
{
    struct str run_id;
    return consume_prefix(&key, STR(PLANS)) && consume_run_id(&key, &run_id) &&
           str_equal(key, STR(".plan"));
}

void lake_model_key(struct buffer *out, const struct model *model)
{
    buffer_appendf(out, "_sparkify/models/%016llx.yaml", (unsigned long long)model_hash(model));
}

void lake_decided_model_key(struct buffer *out, const struct model *model)
{
    if (model != model_builtin() && model_hash(model) != model_hash(model_builtin()))
        lake_model_key(out, model);
}

bool lake_is_model_key(struct str key)
{
    struct str name = key;
    return consume_prefix(&name, STR("_sparkify/models/")) &&
           name.len == sizeof "0123456789abcdef.yaml" - 1 &&
           matches(name.data, "ffffffffffffffff.yaml");
}

void lake_marker_key(struct buffer *out, const char *run_id)
{
    buffer_appendf(out, MARKERS "%s.json", run_id);
}

bool lake_is_marker_key(struct str key, struct str *run_id)
{
    return consume_prefix(&key, STR(MARKERS)) && consume_run_id(&key, run_id) &&
           str_equal(key, STR(".json"));
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

/* No part of the key is empty, or leads to another folder. */
static bool is_well_formed(struct str key)
{
    struct str part;
    bool has_more = true;
    while (has_more) {
        has_more = consume_folder(&key, &part);
        part = has_more ? part : key;
        if (part.len == 0 || str_equal(part, STR(".")) || str_equal(part, STR("..")) ||
            memchr(part.data, '\0', part.len))
            return false;
    }
    return true;
}

/* "doctor-" and the id of a session, a UUID. */
static bool consume_doctor_id(struct str *rest)
{
    static const char pattern[] = "doctor-" UUID_PATTERN;
    size_t len = sizeof pattern - 1;
    if (rest->len < len || !matches(rest->data, pattern))
        return false;
    *rest = (struct str){rest->data + len, rest->len - len};
    return true;
}

/* Other programs give names of their own, within the run's folder. */
bool lake_is_staging_key(struct str key)
{
    struct str run_id;
    return consume_prefix(&key, STR(STAGING)) &&
           (consume_run_id(&key, &run_id) || consume_doctor_id(&key)) &&
           consume_prefix(&key, STR("/")) && is_well_formed(key);
}

size_t lake_key_folder_len(struct str key)
{
    const char *slash = key.len ? memrchr(key.data, '/', key.len) : NULL;
    return slash ? (size_t)(slash - key.data) + 1 : 0;
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
        const struct model_table *table = &model->tables[i];
        CLEANUP(buffer_release) struct buffer last = {0};
        if (!str_starts_with(key, str_of(table->folder)))
            continue;
        lake_last_checkpoint_key(&last, table);
        if (lake_is_log_key(table, key, &version) || lake_is_checkpoint_key(table, key, &version) ||
            str_equal(key, buffer_str(&last)))
            return true;
    }
    return false;
}

bool lake_is_rejects_key(struct str key)
{
    struct str run_id;
    return consume_prefix(&key, STR("_rejects/run=")) && consume_run_id(&key, &run_id) &&
           (str_equal(key, STR("/part-00000.json")) || str_equal(key, STR("/part-00001.json")));
}

/* What 'sparkify doctor' puts, and deletes again: "_sparkify/doctor-0123456789abcdef". */
static bool is_doctor_key(struct str key)
{
    static const char pattern[] = "_sparkify/doctor-ffffffffffffffff";
    return key.len == sizeof pattern - 1 && matches(key.data, pattern);
}

/* What a store puts, and deletes again, to find out what it can do; the second has a letter that
 * some file systems normalise. */
static bool is_probe_key(struct str key)
{
    return str_equal(key, STR(LAKE_PROBE_KEY)) || str_equal(key, STR(LAKE_PROBE_KEY "\xC3\xA9"));
}

static bool is_state_key(struct str key)
{
    struct str run_id;
    int64_t number;
    return lake_is_decision_key(key, &number) || lake_is_plan_key(key) ||
           lake_is_marker_key(key, &run_id) || lake_is_model_key(key) || is_probe_key(key) ||
           is_doctor_key(key);
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
