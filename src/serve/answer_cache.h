/* answer_cache: answers by request and generation of the lake's version. */
#pragma once

#include <base.h>

#include <microhttpd.h>

#define ANSWERS_MAX 2048

struct answer_cache {
    struct {
        pthread_mutex_t mutex;
        struct cached_answer {
            uint64_t hash;
            char *key; /* NULL: free */
            size_t key_len, bytes;
            uint64_t used; /* value of `uses` at the last use */
            struct MHD_Response *response;
        } *all; /* ANSWERS_MAX */
        uint64_t uses, generation;
        size_t bytes;
    } shared;
};
void answer_cache_init(struct answer_cache *answers);
void answer_cache_release(struct answer_cache *answers);

/* Queues the cached answer for this key; false when there is none. Without a connection it only
 * looks the answer up. */
bool answer_cache_send(struct answer_cache *answers, uint64_t generation, struct str key,
                       struct MHD_Connection *connection);
/* Caches an answer of `bytes`, and takes ownership of the response. Evicts the least recently used
 * answers, and all of older generations. */
void answer_cache_put(struct answer_cache *answers, uint64_t generation, struct str key,
                      struct MHD_Response *response, size_t bytes);
