#include "newest.h"

#include "names.h"

#include <jansson.h>

/* *out: the next decision, of the listing; NULL: there is none. */
static enum status find_next(const struct lake *lake, struct store_listing *listing,
                             const struct store_object **out, struct error *error)
{
    CLEANUP(buffer_release) struct buffer key = {0};
    TRY(store_list(lake->store, "_sparkify/commits", STORE_LIST_ALL, listing, error));
    lake_decision_key(&key, lake->last.number + 1);
    *out = store_listing_find(listing, buffer_str(&key));
    return STATUS_OK;
}

enum status lake_is_newest(const struct lake *lake, bool *out_is_newest, struct error *error)
{
    CLEANUP(store_listing_release) struct store_listing listing = {0};
    const struct store_object *next;
    TRY(find_next(lake, &listing, &next, error));
    *out_is_newest = !next;
    return STATUS_OK;
}

enum status lake_report_conflict(const struct lake *lake, struct error *error)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    CLEANUP(store_listing_release) struct store_listing listing = {0};
    struct error ignored;
    const struct store_object *next = NULL;
    json_auto_t *decision = NULL;
    if (find_next(lake, &listing, &next, &ignored) == STATUS_OK && next &&
        store_get(lake->store, next, 0, LAKE_MAX_DECISION_BYTES, &text, &ignored) == STATUS_OK)
        decision = json_loadb(text.data, text.len, 0, NULL);
    const char *winner = json_string_value(json_object_get(decision, "run"));
    error_set(error, STATUS_CONFLICT,
              "another run has committed to %s since this one began: %s; its tables are current, "
              "and what this run wrote is removed",
              store_address(lake->store), winner ? winner : "its run is unknown");
    return STATUS_CONFLICT;
}

/* A dry run wrote nothing, which is what the error would say was removed. */
enum status lake_still_newest(struct lake *lake, struct error *error)
{
    struct error ignored;
    bool is_newest = true;
    if (lake->dry_store || lake_is_newest(lake, &is_newest, &ignored) != STATUS_OK || is_newest)
        return STATUS_OK;
    return lake_report_conflict(lake, error);
}
