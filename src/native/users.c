/* The record of a user that wins has the greatest (ts, sessionId, itemInSession), then the greatest
 * (level, first_name, last_name, gender) (docs/semantics.md, Tables). */
#include "users.h"

#include <stdlib.h>

void users_release(struct users *users)
{
    for (size_t i = 0; i < users->count; i++)
        buffer_release(&users->all[i].text);
    for (int i = 0; i < USER_STRINGS; i++)
        buffer_release(&users->scratch[i]);
    mem_free(users->all);
    index_release(&users->index);
    arena_release(&users->arena);
    *users = (struct users){0};
}

static bool same_user_id(const void *ctx, uint32_t entry, const void *key)
{
    return str_equal(((const struct users *)ctx)->all[entry].user_id, *(const struct str *)key);
}

static int compare(const struct user_play *play, const struct str *strings, const struct user *user)
{
    if (play->ts_ms != user->ts_ms)
        return play->ts_ms < user->ts_ms ? -1 : 1;
    if (play->session_id != user->session_id)
        return play->session_id < user->session_id ? -1 : 1;
    if (play->item != user->item)
        return play->item < user->item ? -1 : 1;
    int order = 0;
    for (int i = 0; i < USER_STRINGS && order == 0; i++)
        order = str_compare(strings[i], user->strings[i]);
    return order;
}

static bool same_strings(const struct str *a, const struct str *b)
{
    for (int i = 0; i < USER_STRINGS; i++)
        if (!str_equal(a[i], b[i]))
            return false;
    return true;
}

/* The text is kept in one buffer a user, so that what is replaced takes no memory. */
static void set_strings(struct user *user, const struct str *strings)
{
    size_t total = 0;
    for (int i = 0; i < USER_STRINGS; i++)
        total += strings[i].len;
    buffer_reset(&user->text);
    buffer_reserve(&user->text, total + 1);
    for (int i = 0; i < USER_STRINGS; i++) {
        user->strings[i] = STR_NULL;
        if (strings[i].data)
            user->strings[i] = (struct str){user->text.data + user->text.len, strings[i].len};
        buffer_append_str(&user->text, strings[i]);
    }
}

static struct user *add_user(struct users *users, struct str user_id, uint64_t hash)
{
    MEM_GROW(users->all, users->count + 1, users->cap);
    index_add(&users->index, hash, (uint32_t)users->count);
    struct user *user = &users->all[users->count++];
    *user = (struct user){.user_id = arena_copy(&users->arena, user_id), .ts_ms = -1};
    return user;
}

static void take(struct users *users, const struct user_play *play, struct str user_id,
                 uint64_t hash)
{
    struct str strings[USER_STRINGS];
    uint32_t entry = index_find(&users->index, hash, same_user_id, users, &user_id);
    struct user *user = entry == INDEX_NONE ? add_user(users, user_id, hash) : &users->all[entry];
    if (play->ts_ms < user->ts_ms)
        return;
    for (int i = 0; i < USER_STRINGS; i++)
        strings[i] = raw_decode(play->raw[i], &users->scratch[i]);
    if (compare(play, strings, user) <= 0)
        return;
    user->ts_ms = play->ts_ms;
    user->session_id = play->session_id;
    user->item = play->item;
    if (!same_strings(strings, user->strings))
        set_strings(user, strings);
}

/* Users of a batch that are looked for at once. */
#define LOOKS 32

static void prefetch(const struct users *users, const uint64_t *hashes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        index_prefetch(&users->index, hashes[i]);
    for (size_t i = 0; i < count; i++) {
        uint32_t entry = index_peek(&users->index, hashes[i]);
        if (entry == INDEX_NONE)
            continue;
        __builtin_prefetch(&users->all[entry]);
        __builtin_prefetch((const char *)&users->all[entry + 1] - 1);
    }
}

void users_add(struct users *users, const struct plays_batch *batch)
{
    const struct distinct *ids = &batch->strings[PLAY_USER_ID];
    CLEANUP(buffer_release) struct buffer scratch = {0};
    for (uint32_t entry = 0; entry < ids->raw.count; entry++) {
        size_t left = ids->raw.count - entry;
        if (entry % LOOKS == 0)
            prefetch(users, ids->hashes + entry, left < LOOKS ? left : LOOKS);
        take(users, &batch->users[entry], raw_decode(dictionary_value(&ids->raw, entry), &scratch),
             ids->hashes[entry]);
    }
}

void users_put(struct users *users, const struct user *user)
{
    struct user *copy = add_user(users, user->user_id, hash_str(user->user_id));
    copy->ts_ms = user->ts_ms;
    copy->session_id = user->session_id;
    copy->item = user->item;
    set_strings(copy, user->strings);
}

static int by_user_id(const void *a, const void *b)
{
    return str_compare(((const struct user *)a)->user_id, ((const struct user *)b)->user_id);
}

void users_sort(struct users *users)
{
    if (users->count)
        qsort(users->all, users->count, sizeof *users->all, by_user_id);
}
