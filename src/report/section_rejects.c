/* The rejected records of the newest runs, counted by their codes.
 *
 * A line of a reject file is {"source":…,"file":…,"line":…,"byte_offset":…,"code":"not_json",…}. In
 * a string all quotes are escaped, so the first `"code":"` of a line is the field. */
#include "lake_sections.h"

#include <model_record.h>

#define MAX_RUNS       10
#define MAX_RUN_BYTES  ((uint64_t)64 << 20) /* limit of bytes read of a run's rejects */
#define PIECE_BYTES    ((size_t)1 << 20)
#define REJECTS_PREFIX "_rejects/run="

struct run_rejects {
    struct str run_id; /* borrowed from a key */
    uint64_t counts[REJECT_CODE_COUNT], bytes;
    bool is_cut; /* the file was longer than the limit */
};

static void count_line(struct run_rejects *run, struct str line)
{
    static const struct str field = STR("\"code\":\"");
    const char *found = line.len ? memmem(line.data, line.len, field.data, field.len) : NULL;
    if (!found)
        return;
    const char *word = found + field.len, *end = line.data + line.len;
    for (int code = 0; code < REJECT_CODE_COUNT; code++) {
        struct str name = str_of(reject_code_word((enum reject_code)code));
        if ((size_t)(end - word) > name.len && memcmp(word, name.data, name.len) == 0 &&
            word[name.len] == '"')
            run->counts[code]++;
    }
}

/* Counts the complete lines of `bytes`, and leaves the rest in it. */
static void count_lines(struct run_rejects *run, struct buffer *bytes)
{
    size_t at = 0;
    for (const char *end; at < bytes->len; at = (size_t)(end - bytes->data) + 1) {
        end = memchr(bytes->data + at, '\n', bytes->len - at);
        if (!end)
            break;
        count_line(run, (struct str){bytes->data + at, (size_t)(end - bytes->data) - at});
    }
    if (at)
        memmove(bytes->data, bytes->data + at, bytes->len - at);
    bytes->len -= at;
}

static enum status count_file(struct store *store, const struct store_object *object,
                              struct run_rejects *run, struct error *error)
{
    CLEANUP(buffer_release) struct buffer bytes = {0};
    for (uint64_t at = 0; at < object->size_bytes; at += PIECE_BYTES) {
        if (run->bytes >= MAX_RUN_BYTES) {
            run->is_cut = true;
            return STATUS_OK;
        }
        TRY(store_get(store, object, at, PIECE_BYTES, &bytes, error));
        run->bytes += PIECE_BYTES;
        count_lines(run, &bytes);
    }
    return STATUS_OK;
}

static json_t *run_json(const struct run_rejects *run)
{
    json_t *codes = json_object();
    for (int code = 0; code < REJECT_CODE_COUNT; code++)
        if (run->counts[code])
            json_object_set_new(codes, reject_code_word((enum reject_code)code),
                                json_integer((json_int_t)run->counts[code]));
    return json_pack("{so sb so}", "run", query_json_text(run->run_id), "is_cut", (int)run->is_cut,
                     "codes", codes);
}

/* The runs whose rejects are counted. */
struct runs {
    const struct lake_history *history;
    const struct lake_snapshot *snapshot;
};

/* For the newest version also runs that have failed since. */
static bool is_counted(const struct runs *runs, struct str run_id)
{
    if (runs->snapshot->version == runs->snapshot->newest)
        return true;
    for (size_t i = 0; i < runs->history->count; i++)
        if (runs->history->entries[i].version <= runs->snapshot->version &&
            str_equal(runs->history->entries[i].run_id, run_id))
            return true;
    return false;
}

/* The run id in the key of a file of rejects; null for other keys. */
static struct str run_of(const struct runs *runs, struct str key)
{
    static const struct str prefix = STR(REJECTS_PREFIX);
    if (!str_starts_with(key, prefix) || store_is_temporary(key) ||
        !lake_owns(runs->snapshot->model, key))
        return STR_NULL;
    struct str run_id = {key.data + prefix.len, LAKE_RUN_ID_LEN};
    return is_counted(runs, run_id) ? run_id : STR_NULL;
}

/* Runs' ids begin with their times, so the newest come last in the listing. */
static enum status append_runs(struct store *store, const struct store_listing *listing,
                               const struct runs *runs, json_t *out, struct error *error)
{
    const struct store_object *objects = listing->objects;
    for (size_t i = listing->count; i > 0 && json_array_size(out) < MAX_RUNS;) {
        struct run_rejects run = {.run_id = run_of(runs, objects[i - 1].key)};
        if (!run.run_id.data) {
            i--;
            continue;
        }
        for (; i > 0 && str_equal(run_of(runs, objects[i - 1].key), run.run_id); i--)
            TRY(count_file(store, &objects[i - 1], &run, error));
        json_array_append_new(out, run_json(&run));
    }
    return STATUS_OK;
}

enum status report_append_rejects(struct store *store, const struct lake_history *history,
                                  const struct lake_snapshot *snapshot, struct buffer *out,
                                  struct error *error)
{
    CLEANUP(store_listing_release) struct store_listing listing = {0};
    json_auto_t *rejects = json_array();
    struct runs runs = {history, snapshot};
    TRY(store_list(store, "_rejects", STORE_LIST_ALL, &listing, error));
    TRY(append_runs(store, &listing, &runs, rejects, error));
    query_append_json(out, json_pack("{sO}", "rejects", rejects), JSON_EMBED);
    return STATUS_OK;
}
