#include "markers.h"

#include "gate.h"
#include "names.h"
#include "remembered.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define HEARTBEAT_SECONDS 30
#define BELIEVED_MS       INT64_C(600000)
#define SPACE_BYTES       160
#define PROCESS_BYTES     32

/* ---- Processes ----------------------------------------------------------------------------- */

static bool read_text(const char *path, char *out, size_t size)
{
    FILE *file = fopen(path, "re");
    size_t len = file ? fread(out, 1, size - 1, file) : 0;
    if (file)
        fclose(file);
    while (len && out[len - 1] == '\n')
        len--;
    out[len] = '\0';
    return len > 0;
}

/* Identifies the space of process ids: this boot of this machine, and this PID namespace; "" where
 * that is not known. */
static void find_pid_space(char out[static SPACE_BYTES])
{
    char boot[64], space[64];
    ssize_t len = readlink("/proc/self/ns/pid", space, sizeof space - 1);
    out[0] = '\0';
    if (len <= 0 || !read_text("/proc/sys/kernel/random/boot_id", boot, sizeof boot))
        return;
    space[len] = '\0';
    snprintf(out, SPACE_BYTES, "%s %s", boot, space);
}

/* When a process began, in ticks: the 22nd field of proc_pid_stat(5), the 20th after the name; a
 * later process of the same id has another one. "" when there is none, or it has ended. */
static void find_start(long pid, char out[static PROCESS_BYTES])
{
    char path[64], stat[1024];
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    out[0] = '\0';
    if (!read_text(path, stat, sizeof stat))
        return;
    const char *at = strrchr(stat, ')'); /* the name may hold anything */
    if (!at || at[1] != ' ' || at[2] == 'Z' || at[2] == 'X')
        return;
    for (int field = 0; field < 20 && at; field++)
        at = strchr(at + 1, ' ');
    if (at)
        snprintf(out, PROCESS_BYTES, "%.*s", (int)strcspn(at + 1, " "), at + 1);
}

/* ---- Other runs ---------------------------------------------------------------------------- */

static bool is_marker_running(const json_t *marker, int64_t now_ms)
{
    char space[SPACE_BYTES], start[PROCESS_BYTES];
    const char *where = json_string_value(json_object_get(marker, "place"));
    const char *began = json_string_value(json_object_get(marker, "began"));
    int64_t time_ms = json_integer_value(json_object_get(marker, "time"));
    find_pid_space(space);
    if (where && began && space[0] && strcmp(where, space) == 0) {
        find_start((long)json_integer_value(json_object_get(marker, "pid")), start);
        return strcmp(start, began) == 0;
    }
    int64_t age_ms;
    return !__builtin_sub_overflow(now_ms, time_ms, &age_ms) && age_ms < BELIEVED_MS &&
           age_ms > -BELIEVED_MS;
}

static enum status classify_marker(struct lake *lake, const struct store_object *object,
                                   struct str run_id, struct error *error)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    enum status status = store_get(lake->store, object, 0, LAKE_MAX_MARKER_BYTES, &text, error);
    if (status == STATUS_NOT_FOUND ||
        status == STATUS_CHANGED) /* it has ended, or has put its marker anew */
        status = STATUS_OK;
    TRY(status);
    json_auto_t *marker = text.len ? json_loadb(text.data, text.len, 0, NULL) : NULL;
    /* A damaged one, as a loss of power leaves it, has no run. */
    if (marker && is_marker_running(marker, lake->now_ms))
        lake_keys_add_copy(&lake->running, run_id);
    return STATUS_OK;
}

enum status lake_find_running(struct lake *lake, struct error *error)
{
    struct str run_id;
    for (size_t i = 0; i < lake->own.count; i++)
        if (lake_is_marker_key(lake->own.objects[i].key, &run_id))
            TRY(classify_marker(lake, &lake->own.objects[i], run_id, error));
    return STATUS_OK;
}

bool lake_is_running(const struct lake *lake, struct str key)
{
    for (size_t i = 0; i < lake->running.count; i++)
        if (memmem(key.data, key.len, lake->running.keys[i].data, lake->running.keys[i].len))
            return true;
    return false;
}

/* ---- This run ------------------------------------------------------------------------------ */

struct lake_heartbeat {
    struct lake *lake;
    pthread_t thread;
    bool has_thread;
    char pid_space[SPACE_BYTES], began[PROCESS_BYTES];
    struct {
        pthread_mutex_t mutex;
        pthread_cond_t ends;
        bool is_ending;
    } shared;
};

static enum status put_marker(const struct lake_heartbeat *heartbeat, struct error *error)
{
    CLEANUP(buffer_release) struct buffer key = {0};
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    lake_marker_key(&key, heartbeat->lake->run_id);
    json_auto_t *marker = json_pack("{ss ss ss si sI}", "run", heartbeat->lake->run_id, "place",
                                    heartbeat->pid_space, "began", heartbeat->began, "pid",
                                    (int)getpid(), "time", (json_int_t)now.tv_sec * 1000);
    char *text = json_dumps(marker, JSON_COMPACT);
    enum status status = lake_gate_replace(heartbeat->lake, buffer_str(&key), str_of(text), error);
    free(text);
    return status;
}

/* Errors are ignored: the next put may succeed, and the commit has errors of its own. */
static void *keep_putting(void *ctx)
{
    struct lake_heartbeat *heartbeat = ctx;
    struct error ignored;
    struct timespec next;
    pthread_mutex_lock(&heartbeat->shared.mutex);
    clock_gettime(CLOCK_MONOTONIC, &next);
    while (!heartbeat->shared.is_ending) {
        next.tv_sec += HEARTBEAT_SECONDS;
        while (!heartbeat->shared.is_ending &&
               pthread_cond_timedwait(&heartbeat->shared.ends, &heartbeat->shared.mutex, &next) !=
                   ETIMEDOUT)
            continue;
        if (heartbeat->shared.is_ending)
            break;
        pthread_mutex_unlock(&heartbeat->shared.mutex);
        (void)!put_marker(heartbeat, &ignored);
        pthread_mutex_lock(&heartbeat->shared.mutex);
    }
    pthread_mutex_unlock(&heartbeat->shared.mutex);
    return NULL;
}

static void heartbeat_free(struct lake_heartbeat *heartbeat)
{
    pthread_cond_destroy(&heartbeat->shared.ends);
    pthread_mutex_destroy(&heartbeat->shared.mutex);
    mem_free(heartbeat);
}

static enum status begin_locked(struct lake *lake, struct error *error)
{
    struct lake_heartbeat *heartbeat = mem_zalloc(sizeof *heartbeat);
    pthread_condattr_t clock;
    heartbeat->lake = lake;
    find_pid_space(heartbeat->pid_space);
    find_start(getpid(), heartbeat->began);
    pthread_mutex_init(&heartbeat->shared.mutex, NULL);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&heartbeat->shared.ends, &clock);
    pthread_condattr_destroy(&clock);
    enum status status = lake_put_both_models(lake, error);
    if (status == STATUS_OK)
        status = put_marker(heartbeat, error);
    if (status != STATUS_OK) {
        heartbeat_free(heartbeat);
        store_prune(lake->store, "_sparkify"); /* without a marker nothing else is put */
        return status;
    }
    heartbeat->has_thread = thread_start(&heartbeat->thread, keep_putting, heartbeat) == 0;
    atomic_store(&lake->shared.heartbeat, heartbeat);
    return STATUS_OK;
}

enum status lake_heartbeat_begin(struct lake *lake, struct error *error)
{
    enum status status = STATUS_OK;
    if (atomic_load(&lake->shared.heartbeat))
        return STATUS_OK;
    pthread_mutex_lock(&lake->shared.mutex);
    if (!atomic_load(&lake->shared.heartbeat))
        status = begin_locked(lake, error);
    pthread_mutex_unlock(&lake->shared.mutex);
    return status;
}

void lake_heartbeat_end(struct lake *lake, struct lake_keys *out)
{
    CLEANUP(buffer_release) struct buffer key = {0};
    struct lake_heartbeat *heartbeat = atomic_exchange(&lake->shared.heartbeat, NULL);
    if (!heartbeat)
        return;
    pthread_mutex_lock(&heartbeat->shared.mutex);
    heartbeat->shared.is_ending = true;
    pthread_cond_signal(&heartbeat->shared.ends);
    pthread_mutex_unlock(&heartbeat->shared.mutex);
    if (heartbeat->has_thread)
        pthread_join(heartbeat->thread, NULL);
    heartbeat_free(heartbeat);
    lake_marker_key(&key, lake->run_id);
    lake_keys_add_copy(out, buffer_str(&key));
}
