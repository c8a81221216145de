#include "lake_plan.h"

/* Advances *at over the next `bytes` of the text; false when it ends before. */
static bool consume_part(struct str text, size_t *at, uint64_t bytes, struct str *out)
{
    if (bytes > text.len - *at)
        return false;
    *out = str_from(text, *at);
    out->len = (size_t)bytes;
    *at += (size_t)bytes;
    return true;
}

bool lake_plan_cut(struct lake_plan *plan)
{
    struct str text = buffer_str(&plan->text);
    size_t at = 0;
    for (int table = 0; table < MODEL_MAX_TABLES; table++)
        if (!consume_part(text, &at, plan->log_bytes[table], &plan->parts[table].log))
            return false;
    for (int table = 0; table < MODEL_MAX_TABLES; table++)
        if (!consume_part(text, &at, plan->entries_bytes[table], &plan->parts[table].entries))
            return false;
    for (int table = 0; table < LAKE_MAX_RETIRED; table++)
        if (!consume_part(text, &at, plan->retired_bytes[table], &plan->retired[table].log))
            return false;
    return at == text.len;
}

void lake_plan_print_hash(const struct lake_plan *plan, char out[static LAKE_HASH_LEN + 1])
{
    snprintf(out, LAKE_HASH_LEN + 1, "%016llx", (unsigned long long)plan->hash);
}

void lake_plan_release(struct lake_plan *plan)
{
    buffer_release(&plan->text);
    *plan = (struct lake_plan){0};
}
