/* users: each user's newest play. */
#ifndef SPARKIFY_NATIVE_USERS_H
#define SPARKIFY_NATIVE_USERS_H

#include "plays.h"

struct user {
    struct str user_id;
    int64_t ts_ms, session_id, item;
    struct str strings[USER_STRINGS]; /* decoded */
    struct buffer text;               /* where they lie */
};

struct users {
    struct index index;
    struct user *all;
    size_t count, cap;
    struct arena arena; /* the ids */
    struct buffer scratch[USER_STRINGS];
};

void users_release(struct users *users);
/* Takes in the newest plays of a batch. */
void users_add(struct users *users, const struct plays_batch *batch);
/* Takes in a user as another run has left it; its strings are copied. */
void users_put(struct users *users, const struct user *user);
/* Sorts them by user_id, for the table; nothing can be added after it. */
void users_sort(struct users *users);

#endif
