#include "gate.h"

#include "names.h"
#include "ours.h"

static enum status check_key(const struct lake *lake, bool is_ours, const char *what,
                             struct str key, struct error *error)
{
    if (is_ours)
        return STATUS_OK;
    error_set(error, STATUS_CORRUPT, "%s/%.*s is not %s: sparkify gives no file such a name",
              store_address(lake->store), STR_ARG(key), what);
    return error_hint(error,
                      "something else has written into the lake: 'sparkify check' may show what");
}

enum status lake_gate_put_later(const struct lake *lake, struct str key, struct str bytes,
                                struct error *error)
{
    TRY(check_key(lake, lake_is_ours(lake, key), "written", key, error));
    return store_put_later(lake->store, key, bytes, lake->staged_folder.data, error);
}

enum status lake_gate_replace(const struct lake *lake, struct str key, struct str bytes,
                              struct error *error)
{
    TRY(check_key(lake, lake_is_ours(lake, key), "written", key, error));
    return store_replace(lake->store, key, bytes, error);
}

enum status lake_gate_put_if_absent(const struct lake *lake, struct str key, struct str bytes,
                                    struct error *error)
{
    TRY(check_key(lake, lake_is_ours(lake, key), "written", key, error));
    return store_put_if_absent(lake->store, key, bytes, error);
}

enum status lake_gate_upload_begin(const struct lake *lake, struct str key,
                                   struct store_upload **out, struct error *error)
{
    TRY(check_key(lake, lake_is_ours(lake, key), "written", key, error));
    return store_upload_begin(lake->store, key, out, error);
}

enum status lake_gate_move(const struct lake *lake, const struct store_object *from, struct str key,
                           struct error *error)
{
    TRY(check_key(lake, lake_is_staging_key(from->key), "moved", from->key, error));
    TRY(check_key(lake, lake_is_ours(lake, key), "written", key, error));
    return store_move(lake->store, from, key, error);
}

enum status lake_gate_delete(const struct lake *lake, const struct str *keys, size_t count,
                             struct error *error)
{
    for (size_t i = 0; i < count; i++)
        TRY(check_key(lake, lake_is_ours(lake, keys[i]), "deleted", keys[i], error));
    return store_delete(lake->store, keys, count, error);
}
