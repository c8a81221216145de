/* Answers are kept as libmicrohttpd responses, which are reference-counted: sending one again
 * copies nothing. Their total size is limited. */
#include "answer_cache.h"

#define ANSWERS_BYTES ((size_t)128 << 20)
#define ANSWER_BYTES  ((size_t)16 << 20)

void answer_cache_init(struct answer_cache *answers)
{
    *answers = (struct answer_cache){.shared = {.mutex = PTHREAD_MUTEX_INITIALIZER}};
    answers->shared.all = mem_zalloc(ANSWERS_MAX * sizeof *answers->shared.all);
}

static void drop_locked(struct answer_cache *answers, struct cached_answer *answer)
{
    if (!answer->key)
        return;
    MHD_destroy_response(answer->response);
    answers->shared.bytes -= answer->bytes;
    mem_free(answer->key);
    *answer = (struct cached_answer){0};
}

void answer_cache_release(struct answer_cache *answers)
{
    for (size_t i = 0; i < ANSWERS_MAX; i++)
        drop_locked(answers, &answers->shared.all[i]);
    mem_free(answers->shared.all);
    pthread_mutex_destroy(&answers->shared.mutex);
    *answers = (struct answer_cache){0};
}

static struct cached_answer *find_locked(struct answer_cache *answers, uint64_t hash,
                                         struct str key)
{
    for (size_t i = 0; i < ANSWERS_MAX; i++) {
        struct cached_answer *answer = &answers->shared.all[i];
        if (answer->key && answer->hash == hash && answer->key_len == key.len &&
            memcmp(answer->key, key.data, key.len) == 0)
            return answer;
    }
    return NULL;
}

bool answer_cache_send(struct answer_cache *answers, uint64_t generation, struct str key,
                       struct MHD_Connection *connection)
{
    uint64_t hash = hash_str(key);
    bool is_sent = false;
    pthread_mutex_lock(&answers->shared.mutex);
    struct cached_answer *found =
        answers->shared.generation == generation ? find_locked(answers, hash, key) : NULL;
    if (found) {
        found->used = ++answers->shared.uses;
        is_sent =
            !connection || MHD_queue_response(connection, MHD_HTTP_OK, found->response) == MHD_YES;
    }
    pthread_mutex_unlock(&answers->shared.mutex);
    return is_sent;
}

static void drop_all_locked(struct answer_cache *answers)
{
    for (size_t i = 0; i < ANSWERS_MAX; i++)
        drop_locked(answers, &answers->shared.all[i]);
}

/* Evicts answers until a slot and `bytes` are free; returns the slot. */
static struct cached_answer *make_room_locked(struct answer_cache *answers, size_t bytes)
{
    for (;;) {
        struct cached_answer *free_one = NULL, *oldest = NULL;
        for (size_t i = 0; i < ANSWERS_MAX; i++) {
            struct cached_answer *answer = &answers->shared.all[i];
            if (!answer->key)
                free_one = answer;
            else if (!oldest || answer->used < oldest->used)
                oldest = answer;
        }
        if (free_one && answers->shared.bytes + bytes <= ANSWERS_BYTES)
            return free_one;
        drop_locked(answers, oldest);
    }
}

void answer_cache_put(struct answer_cache *answers, uint64_t generation, struct str key,
                      struct MHD_Response *response, size_t bytes)
{
    uint64_t hash = hash_str(key);
    bytes += key.len;
    pthread_mutex_lock(&answers->shared.mutex);
    if (generation > answers->shared.generation) {
        drop_all_locked(answers);
        answers->shared.generation = generation;
    }
    if (bytes <= ANSWER_BYTES && generation == answers->shared.generation &&
        !find_locked(answers, hash, key)) {
        struct cached_answer *slot = make_room_locked(answers, bytes);
        *slot = (struct cached_answer){hash,  str_dup(key),           key.len,
                                       bytes, ++answers->shared.uses, response};
        answers->shared.bytes += bytes;
        response = NULL;
    }
    pthread_mutex_unlock(&answers->shared.mutex);
    if (response)
        MHD_destroy_response(response);
}
