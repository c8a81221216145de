#include "check_problem.h"

bool check_is_cancelled(const struct check *check)
{
    const atomic_bool *cancel = check->lake->options.cancel;
    return cancel && atomic_load(cancel);
}

/* Reads that fail because the user has cancelled the check are no problems. */
static void tell(struct check *check, const char *text)
{
    if (check_is_cancelled(check))
        return;
    pthread_mutex_lock(&check->shared.mutex);
    check->shared.report.problems++;
    check->problem(check->ctx, text);
    pthread_mutex_unlock(&check->shared.mutex);
}

void check_problem(struct check *check, int table, struct str key, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    int len = snprintf(text, sizeof text, "%s%s%.*s: ", lake_model_table(check->lake, table)->name,
                       key.len ? "/" : "", (int)key.len, key.len ? key.data : "");
    size_t used = len < 0 ? 0 : (size_t)len < sizeof text ? (size_t)len : sizeof text - 1;
    va_start(arguments, format);
    vsnprintf(text + used, sizeof text - used, format, arguments);
    va_end(arguments);
    tell(check, text);
}

void check_tell(struct check *check, const char *format, ...)
{
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    tell(check, text);
}
