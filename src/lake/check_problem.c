#include "check_private.h"

bool check_is_cancelled(const struct check *check)
{
    const atomic_bool *cancel = check->lake->options.cancel;
    return cancel && atomic_load(cancel);
}

/* Reads that fail because the user has cancelled the check are no problems. */
static void tell(struct check *check, const char *subject, const char *format, va_list arguments)
{
    char text[2048];
    size_t used = (size_t)snprintf(text, sizeof text / 2, "%s", subject);
    used = used < sizeof text / 2 ? used : sizeof text / 2 - 1;
    vsnprintf(text + used, sizeof text - used, format, arguments);
    if (check_is_cancelled(check))
        return;
    pthread_mutex_lock(&check->shared.mutex);
    check->shared.report.problems++;
    check->problem(check->ctx, text);
    pthread_mutex_unlock(&check->shared.mutex);
}

void check_problem(struct check *check, int table, struct str key, const char *format, ...)
{
    CLEANUP(buffer_release) struct buffer subject = {0};
    va_list arguments;
    buffer_appendf(&subject, "%s%s%.*s: ", lake_model_table(check->lake, table)->name,
                   key.len ? "/" : "", (int)key.len, key.len ? key.data : "");
    va_start(arguments, format);
    tell(check, buffer_text(&subject), format, arguments);
    va_end(arguments);
}

void check_tell(struct check *check, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    tell(check, "", format, arguments);
    va_end(arguments);
}
