/* Which objects are a source's files. */
#include <run.h>

static const struct {
    const char *suffix;
    enum packing packing;
} packings[] = {{".gz", PACKING_GZIP}, {".zst", PACKING_ZSTD}};

enum packing run_packing(struct str key)
{
    for (size_t i = 0; i < sizeof packings / sizeof packings[0]; i++)
        if (str_ends_with(key, str_of(packings[i].suffix)))
            return packings[i].packing;
    return PACKING_NONE;
}

static bool is_json_name(struct str key)
{
    static const char *const endings[] = {".json", ".ndjson", ".jsonl"};
    for (size_t i = 0; i < sizeof packings / sizeof packings[0]; i++)
        if (str_ends_with(key, str_of(packings[i].suffix))) {
            key.len -= strlen(packings[i].suffix);
            break;
        }
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (str_ends_with(key, str_of(endings[i])))
            return true;
    return false;
}

static void keep_json_files(struct store_listing *files)
{
    size_t kept = 0;
    for (size_t i = 0; i < files->count; i++)
        if (files->objects[i].size_bytes > 0 && is_json_name(files->objects[i].key))
            files->objects[kept++] = files->objects[i];
    files->count = kept;
}

/* `others` files are there that are none of these. */
static enum status no_files(const struct model_source *source, struct store *store, size_t others,
                            struct error *error)
{
    CLEANUP(buffer_release) struct buffer there = {0};
    const char *root = store_address(store);
    if (others) {
        store_describe_folder(store, source->folder, 8, &there);
        error_set(
            error, STATUS_NO_INPUT,
            "no %s: there is no .json, .jsonl or .ndjson file (also .gz, .zst) with something in "
            "it below %s/%s, which holds %s",
            source->name, root, source->folder, buffer_text(&there));
        return error_hint(error, "names that begin with '_' or '.' and empty files are skipped");
    }
    store_describe_folder(store, "", 8, &there);
    error_set(error, STATUS_NO_INPUT, "no %s: looked for %s/%s/**/*.json; %s holds %s",
              source->name, root, source->folder, root,
              there.len ? buffer_text(&there) : "nothing");
    return error_hint(error,
                      "--input is the folder that has %s and %s in it; 'sparkify generate DIR' "
                      "makes one",
                      model_sources[SOURCE_SONGS].folder, model_sources[SOURCE_LOGS].folder);
}

enum status run_list_source(const struct model_source *source, struct store *store,
                            struct store_listing *out, struct error *error)
{
    TRY(store_list(store, source->folder, STORE_LIST_VISIBLE, out, error));
    size_t listed = out->count;
    keep_json_files(out);
    return out->count ? STATUS_OK : no_files(source, store, listed, error);
}
