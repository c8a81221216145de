#include "check_private.h"

#include "history.h"
#include "markers.h"
#include "names.h"
#include "ours.h"

/* ---- Decisions ------------------------------------------------------------------------------- */

static void tell_damaged(void *ctx, const char *message)
{
    check_tell(ctx, "%s", message);
}

/* ---- Markers --------------------------------------------------------------------------------- */

/* NULL, or the field of a marker that is damaged. */
static const char *marker_fault(const json_t *marker, struct str run_id)
{
    const json_t *time = json_object_get(marker, "time"), *pid = json_object_get(marker, "pid");
    const char *run = json_string_value(json_object_get(marker, "run"));
    if (!run || !str_equal(str_of(run), run_id))
        return "run";
    if (!json_is_string(json_object_get(marker, "place")))
        return "place";
    if (!json_is_string(json_object_get(marker, "began")))
        return "began";
    if (!json_is_integer(pid) || json_integer_value(pid) < 1)
        return "pid";
    if (!json_is_integer(time) || json_integer_value(time) < 0 ||
        json_integer_value(time) > MODEL_MAX_TS)
        return "time";
    return NULL;
}

#define MARKER_HINT "the run has ended, and 'sparkify vacuum' removes it"

static void check_marker(struct check *check, const struct store_object *object, struct str run_id,
                         struct str text)
{
    json_auto_t *marker = text.len ? json_loadb(text.data, text.len, 0, NULL) : NULL;
    const char *fault = json_is_object(marker) ? marker_fault(marker, run_id) : NULL;
    if (!json_is_object(marker))
        check_tell(check, "%s/%.*s is damaged: it is not a JSON object; " MARKER_HINT,
                   store_address(check->lake->store), STR_ARG(object->key));
    else if (fault)
        check_tell(check, "%s/%.*s is damaged: its \"%s\" is impossible; " MARKER_HINT,
                   store_address(check->lake->store), STR_ARG(object->key), fault);
}

/* The run of a marker that is gone has ended. */
static enum status check_markers(struct check *check, struct error *error)
{
    struct str run_id;
    for (size_t i = 0; i < check->lake->own.count; i++) {
        const struct store_object *object = &check->lake->own.objects[i];
        CLEANUP(buffer_release) struct buffer text = {0};
        if (!lake_is_marker_key(object->key, &run_id))
            continue;
        enum status status =
            store_get(check->lake->store, object, 0, LAKE_MAX_MARKER_BYTES, &text, error);
        if (status == STATUS_NOT_FOUND || status == STATUS_CHANGED)
            continue;
        TRY(status);
        check_marker(check, object, run_id, buffer_str(&text));
    }
    return STATUS_OK;
}

/* ---- Objects of others ----------------------------------------------------------------------- */

static void note_other(struct check *check, struct str key)
{
    struct lake_check_report *report = &check->shared.report;
    if (report->others++ == 0)
        report->other_key = key;
}

static void note_others(struct check *check, const struct store_listing *listed)
{
    for (size_t i = 0; i < listed->count; i++)
        if (!lake_is_ours(check->lake, listed->objects[i].key))
            note_other(check, listed->objects[i].key);
}

static bool is_others(const struct lake *lake, int table, struct str key)
{
    return lake_is_hidden_key(lake_model_table(lake, table), key) && !lake_is_ours(lake, key) &&
           !lake_is_log_extra(lake_model_table(lake, table), key);
}

static void find_others(struct check *check)
{
    const struct lake *lake = check->lake;
    for (int table = 0; table < lake_table_count(lake); table++) {
        const struct store_listing *listed = &lake->tables[table].listed;
        for (size_t i = 0; i < listed->count; i++)
            if (is_others(lake, table, listed->objects[i].key))
                note_other(check, listed->objects[i].key);
    }
    note_others(check, &lake->own);
    note_others(check, &lake->rejects);
}

enum status check_own(struct check *check, struct error *error)
{
    TRY(lake_history_examine(check->lake->store, tell_damaged, check, error));
    TRY(check_markers(check, error));
    find_others(check);
    return STATUS_OK;
}
