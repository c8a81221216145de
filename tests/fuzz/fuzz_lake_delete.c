/* The input is a damaged or forged lake: entries of its plan, the log that a crashed run did not
 * write, markers and names of objects. A run, a vacuum or a restore works on it, on a store in
 * memory that checks each call:
 *
 *   every key that is deleted, replaced or moved is a name that sparkify gives
 *   no file that the new plan keeps is deleted
 *
 * The names that sparkify gives are described here by patterns of their own, without the lake's
 * code. */
#include "inventory.h"

#include "../unit/builtin.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <store_kind.h>

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

/* ---- What is ours ---------------------------------------------------------------------------- */

#define ID        "[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}"
#define INT       "(0|-?[1-9][0-9]{0,9}|__HIVE_DEFAULT_PARTITION__)"
#define TOKEN     "(\\.[0-9a-fA-F]{16})?"
#define FILE_     "part-[0-9]{5}-" ID "(\\.zstd|\\.snappy)?\\.parquet"
#define DATA      "(" FILE_ "|\\." FILE_ TOKEN "\\.tmp)"
#define NUMBER    "[0-9]{20}"
#define TMP(name) "(" name "|\\." name TOKEN "\\.tmp)"

static const char *const patterns[] = {
    "^songs/year=" INT "/artist_id=[^/]+/" DATA "$",
    "^(artists|users)/" DATA "$",
    "^(time|songplays)/year=" INT "/month=" INT "/" DATA "$",
    "^_sparkify/state/[a-z]+/" DATA "$",
    "^(songs|artists|users|time|songplays)/_delta_log/" TMP(
        "(" NUMBER "\\.json|" NUMBER "\\.checkpoint\\.parquet|_last_checkpoint)") "$",
    "^_sparkify/commits/" TMP(NUMBER "\\.json") "$",
    "^_sparkify/plans/" TMP(ID "\\.plan") "$",
    "^_sparkify/runs/" TMP(ID "\\.json") "$",
    "^_sparkify/staging/(" ID "|doctor-[0-9a-f-]{36})/.+$",
    "^_sparkify/" TMP("(probe|doctor-[0-9a-f]{16})") "$",
    "^_rejects/run=" ID "/" TMP("part-0000[01]\\.json") "$",
};
#define PATTERNS (sizeof patterns / sizeof *patterns)
static regex_t compiled[PATTERNS];

static bool has_bad_part(const char *key)
{
    for (const char *part = key;; part++) {
        size_t len = strcspn(part, "/");
        if (len == 0 || (len == 1 && part[0] == '.') || (len == 2 && memcmp(part, "..", 2) == 0))
            return true;
        part += len;
        if (!*part)
            return false;
    }
}

static bool is_ours(struct str key)
{
    char text[4096];
    if (key.len == 0 || key.len >= sizeof text || memchr(key.data, '\0', key.len))
        return false;
    memcpy(text, key.data, key.len);
    text[key.len] = '\0';
    for (size_t i = 0; i < PATTERNS; i++)
        if (regexec(&compiled[i], text, 0, NULL, 0) == 0)
            return !has_bad_part(text);
    return false;
}

/* ---- The store ------------------------------------------------------------------------------- */

struct recorder {
    struct store store;
    struct store_listing objects; /* `version` has the bytes */
    pthread_mutex_t mutex;        /* because a thread of its own renews the marker */
    struct buffer plan;           /* the last plan that was put */
    bool is_decided;              /* a decision for that plan was put */
};
struct recorded_read {
    struct store_read read;
    const struct store_object *object;
    uint64_t offset;
    size_t length;
};

static struct recorder *recorder_of(struct store *store)
{
    return (struct recorder *)store;
}

/* The position of an object of this name, or that at which it would be inserted. */
static size_t position_of(const struct store_listing *all, struct str key)
{
    size_t at = 0;
    while (at < all->count && str_compare(all->objects[at].key, key) < 0)
        at++;
    return at;
}

/* Adds or replaces an object; the list is sorted by key. */
static void add_object(struct recorder *recorder, struct str key, struct str bytes)
{
    struct store_listing *all = &recorder->objects;
    size_t at = position_of(all, key);
    struct store_object object = {.key = arena_copy(&all->arena, key),
                                  .size_bytes = bytes.len,
                                  .version = arena_copy(&all->arena, bytes)};
    if (at == all->count || !str_equal(all->objects[at].key, key)) {
        MEM_GROW(all->objects, all->count + 1, all->cap);
        memmove(&all->objects[at + 1], &all->objects[at],
                (all->count++ - at) * sizeof *all->objects);
    }
    all->objects[at] = object;
}

static bool is_below(struct str key, const char *prefix)
{
    size_t len = strlen(prefix);
    return len == 0 ||
           (str_starts_with(key, str_of(prefix)) && key.len > len && key.data[len] == '/');
}

static enum status do_list(struct store *store, struct store_list *lists, size_t count,
                           struct error *error)
{
    const struct store_listing *all = &recorder_of(store)->objects;
    (void)error;
    pthread_mutex_lock(&recorder_of(store)->mutex);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < all->count; j++) {
            struct store_listing *out = lists[i].out;
            struct store_object object = all->objects[j];
            if (!is_below(object.key, lists[i].prefix))
                continue;
            object.key = arena_copy(&out->arena, object.key);
            object.version = STR_NULL;
            MEM_GROW(out->objects, out->count + 1, out->cap);
            out->objects[out->count++] = object;
        }
    pthread_mutex_unlock(&recorder_of(store)->mutex);
    return STATUS_OK;
}

static struct store_ahead do_reads_ahead(const struct store *store)
{
    (void)store;
    return (struct store_ahead){0};
}

static struct store_read *do_read_begin(struct store *store, const struct store_object *object,
                                        uint64_t offset, size_t length)
{
    struct recorded_read *read = mem_zalloc(sizeof *read);
    *read = (struct recorded_read){{store}, object, offset, length};
    return &read->read;
}

static void do_read_drop(struct store_read *read)
{
    mem_free(read);
}

static enum status do_read_finish(struct store_read *read, struct buffer *out, struct error *error)
{
    struct recorded_read asked = *(struct recorded_read *)read;
    const struct store_listing *all = &recorder_of(read->store)->objects;
    mem_free(read);
    pthread_mutex_lock(&recorder_of(asked.read.store)->mutex);
    const struct store_object *found = store_listing_find(all, asked.object->key);
    if (found && asked.offset < found->version.len) {
        size_t rest = found->version.len - (size_t)asked.offset;
        buffer_append(out, found->version.data + asked.offset,
                      asked.length < rest ? asked.length : rest);
    }
    pthread_mutex_unlock(&recorder_of(asked.read.store)->mutex);
    return found ? STATUS_OK : error_set(error, STATUS_NOT_FOUND, "it is gone");
}

static enum status do_put(struct store *store, struct str key, struct str bytes,
                          struct error *error)
{
    struct recorder *recorder = recorder_of(store);
    (void)error;
    REQUIRE(is_ours(key));
    pthread_mutex_lock(&recorder->mutex);
    add_object(recorder, key, bytes);
    if (str_ends_with(key, STR(".plan"))) {
        buffer_reset(&recorder->plan);
        buffer_append_str(&recorder->plan, bytes);
    }
    recorder->is_decided |= str_starts_with(key, STR("_sparkify/commits/"));
    pthread_mutex_unlock(&recorder->mutex);
    return STATUS_OK;
}

static enum status do_put_if_absent(struct store *store, struct str key, struct str bytes,
                                    struct error *error)
{
    struct recorder *recorder = recorder_of(store);
    pthread_mutex_lock(&recorder->mutex);
    bool is_there = store_listing_find(&recorder->objects, key);
    pthread_mutex_unlock(&recorder->mutex);
    if (is_there)
        return error_set(error, STATUS_EXISTS, "it is there");
    return do_put(store, key, bytes, error);
}

static enum status do_upload_begin(struct store *store, struct str key, struct store_upload **out,
                                   struct error *error)
{
    (void)error;
    REQUIRE(is_ours(key));
    *out = mem_zalloc(sizeof **out);
    (*out)->store = store;
    return STATUS_OK;
}

static enum status do_upload_write(struct store_upload *upload, struct str bytes,
                                   struct error *error)
{
    (void)upload, (void)bytes, (void)error;
    return STATUS_OK;
}

static void do_upload_abort(struct store_upload *upload)
{
    mem_free(upload);
}

static enum status do_upload_finish(struct store_upload *upload, struct error *error)
{
    (void)error;
    mem_free(upload);
    return STATUS_OK;
}

static enum status do_move(struct store *store, const struct store_object *from, struct str key,
                           struct error *error)
{
    (void)store, (void)error;
    REQUIRE(is_ours(from->key) && is_ours(key));
    return STATUS_OK;
}

static enum status do_flush(struct store *store, struct error *error)
{
    (void)store, (void)error;
    return STATUS_OK;
}

/* Whether a line of a plan, up to its first tab, names the file and its last number is not -1.
 * After the tab are statistics, which may be any text. */
static bool keeps(struct str line, struct str name)
{
    const char *tab = line.len ? memchr(line.data, '\t', line.len) : NULL;
    struct str head = {line.data, tab ? (size_t)(tab - line.data) : 0};
    size_t numbers = head.len - name.len;
    return head.len > name.len + 3 && str_ends_with(head, name) && line.data[numbers - 1] == ' ' &&
           memcmp(line.data + numbers - 4, " -1", 3) != 0;
}

/* Whether the new plan keeps a file. Lines of songs have the folder, which tells them from those of
 * other tables. */
static bool is_kept(struct str plan, struct str key)
{
    size_t folder = strlen("songs/");
    if (!is_below(key, "songs"))
        return false;
    struct str name = {key.data + folder, key.len - folder};
    while (plan.len) {
        const char *newline = memchr(plan.data, '\n', plan.len);
        size_t len = newline ? (size_t)(newline - plan.data) : plan.len;
        if (keeps((struct str){plan.data, len}, name))
            return true;
        len += newline != NULL;
        plan = (struct str){plan.data + len, plan.len - len};
    }
    return false;
}

static enum status do_remove(struct store *store, const struct str *keys, size_t count,
                             struct error *error)
{
    struct recorder *recorder = recorder_of(store);
    (void)error;
    struct str plan = recorder->is_decided ? buffer_str(&recorder->plan) : STR_NULL;
    for (size_t i = 0; i < count; i++)
        REQUIRE(is_ours(keys[i]) && !is_kept(plan, keys[i]));
    return STATUS_OK;
}

static void do_prune(struct store *store, const char *prefix)
{
    (void)store;
    REQUIRE(strcmp(prefix, "_sparkify") == 0 || strcmp(prefix, "_rejects") == 0 ||
            lake_is_own_name(model_builtin(), str_of(prefix)));
}

static void do_free(struct store *store)
{
    (void)store;
}

static const struct store_ops ops = {
    .free = do_free,
    .list = do_list,
    .reads_ahead = do_reads_ahead,
    .read_begin = do_read_begin,
    .read_finish = do_read_finish,
    .read_drop = do_read_drop,
    .put = do_put,
    .replace = do_put,
    .put_if_absent = do_put_if_absent,
    .upload_begin = do_upload_begin,
    .upload_write = do_upload_write,
    .upload_finish = do_upload_finish,
    .upload_replace = do_upload_finish,
    .upload_abort = do_upload_abort,
    .move = do_move,
    .flush = do_flush,
    .remove = do_remove,
    .prune = do_prune,
};

static void recorder_release(struct recorder *recorder)
{
    store_listing_release(&recorder->objects);
    buffer_release(&recorder->plan);
    pthread_mutex_destroy(&recorder->mutex);
}

/* ---- The lake -------------------------------------------------------------------------------- */

#define RUN    "20181101T120000Z-1f2e3d4c"
#define OTHER  "20181101T130000Z-0a1b2c3d"
#define PARTED "\n--\n"
#define NEWEST 3

/* The parts of the input. */
enum { HOW, SONGS, USERS, STATE, LOG, NAMES, MARKER, PARTS };

static void part(struct str text, struct str out[static PARTS])
{
    for (size_t i = 0; i < PARTS; i++) {
        const char *end = text.len ? memmem(text.data, text.len, PARTED, strlen(PARTED)) : NULL;
        size_t len = end && i + 1 < PARTS ? (size_t)(end - text.data) : text.len;
        size_t used = len + (len < text.len ? strlen(PARTED) : 0);
        /* lines of a plan and a log end with a newline, which is part of the separator here */
        out[i] = (struct str){text.data, end && len && len < text.len ? len + 1 : len};
        text = (struct str){text.data + used, text.len - used};
    }
}

static struct str entries_of(const struct str parts[static PARTS], int table)
{
    return table == table_of("songs")         ? parts[SONGS]
           : table == table_of("users")       ? parts[USERS]
           : table == table_of("state/users") ? parts[STATE]
                                              : STR("");
}

static void add_decision(struct recorder *recorder, const struct str parts[static PARTS])
{
    CLEANUP(buffer_release) struct buffer plan = {0}, text = {0};
    unsigned keep = parts[HOW].len > 1 ? (unsigned char)parts[HOW].data[1] % 4 + 1 : 1;
    buffer_appendf(
        &text,
        "{\"format\":%d,\"run\":\"" RUN "\",\"time\":1541073600000,\"operation\":\"etl\","
        "\"keep_versions\":%u,\"oldest\":%d,\"plan\":\"_sparkify/plans/" RUN ".plan\",\"tables\":{",
        LAKE_FORMAT, keep, keep > 2 ? 1 : NEWEST);
    buffer_append_str(&plan, parts[LOG]);
    for (int table = 0; table < (int)model_builtin()->all_count; table++) {
        struct str entries = entries_of(parts, table);
        buffer_append_str(&plan, entries);
        buffer_appendf(&text,
                       "%s\"%s\":{\"version\":%d,\"log\":%zu,\"entries\":%zu,\"created\":1,"
                       "\"id\":\"c6a3d9f2-8e0b-4a53-9e1f-0d2c4b6a8e10\",\"rows\":0,\"files\":0,"
                       "\"bytes\":0,\"added\":0,\"removed\":0}",
                       table ? "," : "", model_builtin()->tables[table].folder,
                       table < (int)model_builtin()->table_count ? NEWEST : -1,
                       table == table_of("songs") ? parts[LOG].len : 0, entries.len);
    }
    buffer_append_str(&text, STR("}}"));
    add_object(recorder, STR("_sparkify/commits/00000000000000000003.json"), buffer_str(&text));
    add_object(recorder, STR("_sparkify/plans/" RUN ".plan"), buffer_str(&plan));
}

/* The log of songs lacks the newest version, so that the lake writes it from the plan. */
static void add_logs(struct recorder *recorder)
{
    for (int table = 0; table < (int)model_builtin()->table_count; table++)
        for (int version = 0; version <= NEWEST - (table == table_of("songs")); version++) {
            char key[96];
            snprintf(key, sizeof key, "%s/_delta_log/%020d.json",
                     model_builtin()->tables[table].folder, version);
            add_object(recorder, str_of(key), STR("{\"commitInfo\":{}}\n"));
        }
}

static void add_names(struct recorder *recorder, struct str names)
{
    while (names.len) {
        const char *newline = memchr(names.data, '\n', names.len);
        size_t len = newline ? (size_t)(newline - names.data) : names.len;
        if (len)
            add_object(recorder, (struct str){names.data, len}, STR("data"));
        len += newline != NULL;
        names = (struct str){names.data + len, names.len - len};
    }
}

static enum status put_some(struct lake *lake, struct error *error)
{
    struct lake_file song = {table_of("songs"), STR("year=1/artist_id=A"), 1, NULL};
    struct lake_file user = {table_of("users"), STR(""), 1, NULL};
    struct lake_file state = {table_of("state/users"), STR(""), 1, NULL};
    TRY(lake_put(lake, &song, STR("song"), error));
    TRY(lake_put(lake, &user, STR("user"), error));
    return lake_put(lake, &state, STR("state"), error);
}

static enum status change(struct lake *lake, unsigned how, struct error *error)
{
    switch (how % 6) {
    case 0:
        TRY(put_some(lake, error));
        break;
    case 1:
        TRY(lake_vacuum(lake, -1, error));
        break;
    case 2:
        TRY(lake_vacuum(lake, 0, error));
        break;
    case 3:
        TRY(lake_restore(lake, 2, error));
        break;
    case 4:
        lake_set_mode(lake, table_of("users"), LAKE_APPEND);
        TRY(put_some(lake, error));
        break;
    default: /* a run that fails */
        TRY(put_some(lake, error));
        return STATUS_OK;
    }
    return lake_commit(lake, error);
}

static void run(struct recorder *recorder, unsigned how)
{
    const struct lake_options options = {.codec = PARQUET_ZSTD, .version = "0", .operation = "etl"};
    struct lake *lake = NULL;
    struct error error = {0};
    enum status status = lake_open(&recorder->store, &options, &lake, &error);
    if (status == STATUS_OK)
        status = change(lake, how, &error);
    REQUIRE((status == STATUS_OK) == (error.message[0] == '\0'));
    lake_free(lake);
}

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count, (void)arguments;
    for (size_t i = 0; i < PATTERNS; i++)
        REQUIRE(regcomp(&compiled[i], patterns[i], REG_EXTENDED | REG_NOSUB) == 0);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(recorder_release)
    struct recorder recorder = {.store = {.ops = &ops,
                                          .read_from = &recorder.store,
                                          .address = (char[]){"lake"},
                                          .location = (char[]){"lake"}}};
    struct str parts[PARTS];
    part((struct str){(const char *)data, size}, parts);
    pthread_mutex_init(&recorder.mutex, NULL);
    add_names(&recorder, parts[NAMES]);
    add_decision(&recorder, parts);
    add_logs(&recorder);
    add_object(&recorder, STR("_sparkify/runs/" OTHER ".json"), parts[MARKER]);
    run(&recorder, parts[HOW].len ? (unsigned char)parts[HOW].data[0] : 0);
    return 0;
}
