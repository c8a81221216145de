/* library: what jobs and lakes have in common. */
#pragma once

#include <host.h>

/* To be called before anything else; may be called repeatedly, from any thread. */
void library_init(void);
/* A copy in the arena that ends with '\0'; NULL of NULL. */
const char *library_keep(struct arena *arena, const char *text);
/* The message; "" where the status is STATUS_OK. */
const char *library_message(const struct error *error);
const char *library_hint(const struct error *error);

/* Notes and warnings, collected line by line. */
struct notes {
    pthread_mutex_t mutex;
    struct buffer lines; /* guarded by the mutex */
    struct buffer read;  /* what notes_text has returned */
};
void notes_init(struct notes *notes);
void notes_release(struct notes *notes);
/* For host.say: `ctx` is the struct notes *. */
void notes_say(void *ctx, enum host_level level, const char *text);
/* All lines so far; valid until the next call. */
const char *notes_text(struct notes *notes);
