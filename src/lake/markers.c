/* Which runs are at work.
 *
 * A run has a marker, "_sparkify/runs/<run id>.json", from its first file to its end, and
 * puts it anew every half minute. Another run on the same machine looks whether the process is
 * still there; one on another machine believes the marker for ten minutes, which is far more than
 * two clocks differ: a marker from further ahead, too, is that of a crashed run. What a run that is
 * at work has put is left alone.
 *
 * A run that only slept, and was taken for dead, does no harm when it wakes up: nothing of it is
 * removed without a decision, and with that its own is refused. */
#include "lake_private.h"

#include "gate.h"
#include "names.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define BEAT_SECONDS  30
#define ALIVE_MS      INT64_C(600000)
#define PLACE_BYTES   160
#define PROCESS_BYTES 32

/* ---- Processes --------------------------------------------------------------------------------
 */

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

/* Where process ids mean the same: this start of this machine, and this name space of processes; ""
 * where that cannot be told. */
static void find_place(char out[static PLACE_BYTES])
{
    char boot[64], space[64];
    ssize_t len = readlink("/proc/self/ns/pid", space, sizeof space - 1);
    out[0] = '\0';
    if (len <= 0 || !read_text("/proc/sys/kernel/random/boot_id", boot, sizeof boot))
        return;
    space[len] = '\0';
    snprintf(out, PLACE_BYTES, "%s %s", boot, space);
}

/* When a process began, in ticks: the 22nd field of proc_pid_stat(5), the 20th after the name; it
 * tells a process from a later one of the same id. "" when there is none, or a dead one. */
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

/* ---- Other runs --------------------------------------------------------------------------------
 */

static bool is_marker_alive(const json_t *marker, int64_t now_ms)
{
    char place[PLACE_BYTES], start[PROCESS_BYTES];
    const char *where = json_string_value(json_object_get(marker, "place"));
    const char *began = json_string_value(json_object_get(marker, "began"));
    int64_t time_ms = json_integer_value(json_object_get(marker, "time"));
    find_place(place);
    if (where && began && place[0] && strcmp(where, place) == 0) {
        find_start((long)json_integer_value(json_object_get(marker, "pid")), start);
        return strcmp(start, began) == 0;
    }
    int64_t age_ms;
    return !__builtin_sub_overflow(now_ms, time_ms, &age_ms) && age_ms < ALIVE_MS &&
           age_ms > -ALIVE_MS;
}

static enum status judge_marker(struct lake *lake, const struct store_object *object,
                                struct str run_id, struct error *error)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    enum status status = store_get(lake->store, object, 0, LAKE_MAX_MARKER_BYTES, &text, error);
    if (status == STATUS_NOT_FOUND ||
        status == STATUS_CHANGED) /* it has ended, or has just beaten */
        status = STATUS_OK;
    TRY(status);
    json_t *marker = text.len ? json_loadb(text.data, text.len, 0, NULL) : NULL;
    /* Damaged, as after a loss of power: its writer is gone. */
    if (marker && is_marker_alive(marker, lake->now_ms))
        lake_keys_add(&lake->alive, arena_copy(&lake->alive.arena, run_id));
    json_decref(marker);
    return STATUS_OK;
}

enum status lake_find_running(struct lake *lake, struct error *error)
{
    struct str run_id;
    for (size_t i = 0; i < lake->own.count; i++)
        if (lake_is_marker_key(lake->own.objects[i].key, &run_id))
            TRY(judge_marker(lake, &lake->own.objects[i], run_id, error));
    return STATUS_OK;
}

bool lake_is_running(const struct lake *lake, struct str key)
{
    for (size_t i = 0; i < lake->alive.count; i++)
        if (memmem(key.data, key.len, lake->alive.keys[i].data, lake->alive.keys[i].len))
            return true;
    return false;
}

/* ---- This run ----------------------------------------------------------------------------------
 */

struct lake_heartbeat {
    struct lake *lake;
    pthread_t thread;
    bool has_thread;
    char place[PLACE_BYTES], began[PROCESS_BYTES];
    struct {
        pthread_mutex_t mutex;
        pthread_cond_t ends;
        bool is_ending;
    } shared;
};

static enum status put_marker(const struct lake_heartbeat *beat, struct error *error)
{
    CLEANUP(buffer_release) struct buffer key = {0};
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    lake_marker_key(&key, beat->lake->run_id);
    json_t *marker =
        json_pack("{ss ss ss si sI}", "run", beat->lake->run_id, "place", beat->place, "began",
                  beat->began, "pid", (int)getpid(), "time", (json_int_t)now.tv_sec * 1000);
    char *text = json_dumps(marker, JSON_COMPACT);
    enum status status =
        lake_gate_replace(beat->lake->store, buffer_str(&key), str_of(text), error);
    free(text);
    json_decref(marker);
    return status;
}

/* A beat that fails is not the end: the next may succeed, and the commit will find out. */
static void *beat_on(void *ctx)
{
    struct lake_heartbeat *beat = ctx;
    struct error ignored;
    struct timespec next;
    pthread_mutex_lock(&beat->shared.mutex);
    clock_gettime(CLOCK_MONOTONIC, &next);
    while (!beat->shared.is_ending) {
        next.tv_sec += BEAT_SECONDS;
        while (!beat->shared.is_ending &&
               pthread_cond_timedwait(&beat->shared.ends, &beat->shared.mutex, &next) != ETIMEDOUT)
            continue;
        if (beat->shared.is_ending)
            break;
        pthread_mutex_unlock(&beat->shared.mutex);
        (void)!put_marker(beat, &ignored);
        pthread_mutex_lock(&beat->shared.mutex);
    }
    pthread_mutex_unlock(&beat->shared.mutex);
    return NULL;
}

static void beat_free(struct lake_heartbeat *beat)
{
    pthread_cond_destroy(&beat->shared.ends);
    pthread_mutex_destroy(&beat->shared.mutex);
    mem_free(beat);
}

static enum status begin_locked(struct lake *lake, struct error *error)
{
    struct lake_heartbeat *beat = mem_zalloc(sizeof *beat);
    pthread_condattr_t clock;
    beat->lake = lake;
    find_place(beat->place);
    find_start(getpid(), beat->began);
    pthread_mutex_init(&beat->shared.mutex, NULL);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&beat->shared.ends, &clock);
    pthread_condattr_destroy(&clock);
    enum status status = put_marker(beat, error);
    if (status != STATUS_OK) {
        beat_free(beat);
        store_prune(lake->store, "_sparkify"); /* without a marker nothing else is put */
        return status;
    }
    beat->has_thread = thread_start(&beat->thread, beat_on, beat) == 0;
    atomic_store(&lake->shared.beat, beat);
    return STATUS_OK;
}

enum status lake_heartbeat_begin(struct lake *lake, struct error *error)
{
    enum status status = STATUS_OK;
    if (atomic_load(&lake->shared.beat))
        return STATUS_OK;
    pthread_mutex_lock(&lake->shared.mutex);
    if (!atomic_load(&lake->shared.beat))
        status = begin_locked(lake, error);
    pthread_mutex_unlock(&lake->shared.mutex);
    return status;
}

void lake_heartbeat_end(struct lake *lake, struct lake_keys *out)
{
    CLEANUP(buffer_release) struct buffer key = {0};
    struct lake_heartbeat *beat = atomic_exchange(&lake->shared.beat, NULL);
    if (!beat)
        return;
    pthread_mutex_lock(&beat->shared.mutex);
    beat->shared.is_ending = true;
    pthread_cond_signal(&beat->shared.ends);
    pthread_mutex_unlock(&beat->shared.mutex);
    if (beat->has_thread)
        pthread_join(beat->thread, NULL);
    beat_free(beat);
    lake_marker_key(&key, lake->run_id);
    lake_keys_add(out, arena_copy(&out->arena, buffer_str(&key)));
}
