#include "probe.h"

#include "gate.h"
#include "names.h"

/* The first run of a lake finds out before it writes anything whether it may delete: at its end it
 * must. */
static enum status probe_deletes(struct lake *lake, struct error *error)
{
    CLEANUP(buffer_release) struct buffer key = {0};
    lake_marker_key(&key, lake->run_id); /* no such object yet */
    struct str keys[] = {buffer_str(&key)};
    return lake->last.number < 0 ? store_delete(lake->store, keys, 1, error) : STATUS_OK;
}

/* The probe's folder is removed where there is no lake yet: the command may find nothing to do. */
static enum status probe_disk(struct lake *lake, struct error *error)
{
    enum status status = store_probe(lake->store, error);
    if (lake->own.count == 0)
        store_prune(lake->store, "_sparkify");
    return status;
}

/* With a store that overwrites what it was asked not to, two runs could both put a decision. In S3
 * the probe stays, so that the next run needs only one request for it. */
enum status lake_probe_store(struct lake *lake, struct error *error)
{
    if (!store_is_remote(lake->store))
        return probe_disk(lake, error);
    TRY(probe_deletes(lake, error));
    for (int tries = store_listing_find(&lake->own, STR(LAKE_PROBE_KEY)) ? 1 : 0; tries < 2;
         tries++) {
        CLEANUP(buffer_release) struct buffer text = {0}; /* other bytes each time */
        buffer_appendf(&text, "%s %d", lake->run_id, tries);
        enum status status =
            lake_gate_put_if_absent(lake, STR(LAKE_PROBE_KEY), buffer_str(&text), error);
        if (status == STATUS_EXISTS)
            return STATUS_OK;
        TRY(status);
        lake->has_put_probe |= tries == 0;
    }
    error_set(error, STATUS_FAILED,
              "%s cannot commit safely: it overwrites an object though asked not to "
              "(If-None-Match: *)",
              store_address(lake->store));
    return error_hint(error, "use a store that supports conditional writes, or write to a disk and "
                             "copy the result");
}
