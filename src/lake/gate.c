#include "gate.h"

#include "names.h"

static enum status check_key(const struct store *store, bool is_ours, const char *what,
                             struct str key, struct error *error)
{
    if (is_ours)
        return STATUS_OK;
    error_set(error, STATUS_CORRUPT, "%s/%.*s is not %s: sparkify gives no file such a name",
              store_address(store), STR_ARG(key), what);
    return error_hint(error,
                      "something else has written into the lake: 'sparkify check' may show what");
}

enum status lake_gate_put(struct store *store, struct str key, struct str bytes,
                          struct error *error)
{
    TRY(check_key(store, lake_owns(key), "written", key, error));
    return store_put(store, key, bytes, error);
}

enum status lake_gate_replace(struct store *store, struct str key, struct str bytes,
                              struct error *error)
{
    TRY(check_key(store, lake_owns(key), "written", key, error));
    return store_replace(store, key, bytes, error);
}

enum status lake_gate_put_if_absent(struct store *store, struct str key, struct str bytes,
                                    struct error *error)
{
    TRY(check_key(store, lake_owns(key), "written", key, error));
    return store_put_if_absent(store, key, bytes, error);
}

enum status lake_gate_upload_begin(struct store *store, struct str key, struct store_upload **out,
                                   struct error *error)
{
    TRY(check_key(store, lake_owns(key), "written", key, error));
    return store_upload_begin(store, key, out, error);
}

enum status lake_gate_move(struct store *store, const struct store_object *from, struct str key,
                           struct error *error)
{
    TRY(check_key(store, lake_is_staging_key(from->key), "moved", from->key, error));
    TRY(check_key(store, lake_owns(key), "written", key, error));
    return store_move(store, from, key, error);
}

enum status lake_gate_delete(struct store *store, const struct str *keys, size_t count,
                             struct error *error)
{
    for (size_t i = 0; i < count; i++)
        TRY(check_key(store, lake_owns(keys[i]), "deleted", keys[i], error));
    return store_delete(store, keys, count, error);
}
