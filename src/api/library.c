#include "library.h"

#include <host.h>
#include <jansson.h>
#include <stdlib.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Makes jansson abort when memory is exhausted, so that its calls do not fail. Functions that a
 * host has set are kept. */
static void set_jansson_memory(void)
{
    json_malloc_t allocate;
    json_free_t release;
    json_get_alloc_funcs(&allocate, &release);
    if (allocate == malloc && release == free)
        json_set_alloc_funcs(mem_alloc, mem_free);
}

void library_init(void)
{
    pthread_once(&once, set_jansson_memory);
}

const char *library_keep(struct arena *arena, const char *text)
{
    return text ? arena_text(arena, str_of(text)) : NULL;
}

const char *library_message(const struct error *error)
{
    return error->status == STATUS_OK ? "" : error->message;
}

const char *library_hint(const struct error *error)
{
    return error->status == STATUS_OK ? "" : host_hint_text(error);
}

void notes_init(struct notes *notes)
{
    pthread_mutex_init(&notes->mutex, NULL);
}

void notes_release(struct notes *notes)
{
    pthread_mutex_destroy(&notes->mutex);
    buffer_release(&notes->lines);
    buffer_release(&notes->read);
}

void notes_say(void *ctx, enum host_level level, const char *text)
{
    struct notes *notes = ctx;
    if (level == HOST_STEP)
        return;
    pthread_mutex_lock(&notes->mutex);
    buffer_appendf(&notes->lines, "%s%s\n", level == HOST_WARNING ? "warning: " : "", text);
    pthread_mutex_unlock(&notes->mutex);
}

const char *notes_text(struct notes *notes)
{
    buffer_reset(&notes->read);
    pthread_mutex_lock(&notes->mutex);
    buffer_append_str(&notes->read, buffer_str(&notes->lines));
    pthread_mutex_unlock(&notes->mutex);
    return buffer_text(&notes->read);
}
