/* Which objects are a source's files. */
#include <run.h>

#include <strings.h>

static const struct {
    const char *suffix;
    enum packing packing;
} packings[] = {{".gz", PACKING_GZIP}, {".zst", PACKING_ZSTD}};

/* In upper or lower case. */
static bool has_ending(struct str key, const char *ending)
{
    size_t len = strlen(ending);
    return key.len >= len && strncasecmp(key.data + key.len - len, ending, len) == 0;
}

enum packing run_packing(struct str key)
{
    for (size_t i = 0; i < ARRAY_LENGTH(packings); i++)
        if (has_ending(key, packings[i].suffix))
            return packings[i].packing;
    return PACKING_NONE;
}

bool run_is_json_name(struct str key)
{
    static const char *const endings[] = {".json", ".ndjson", ".jsonl"};
    for (size_t i = 0; i < ARRAY_LENGTH(packings); i++)
        if (has_ending(key, packings[i].suffix)) {
            key.len -= strlen(packings[i].suffix);
            break;
        }
    for (size_t i = 0; i < ARRAY_LENGTH(endings); i++)
        if (has_ending(key, endings[i]))
            return true;
    return false;
}

static void note_passed_over(struct source_report *report, struct str key)
{
    if (report->passed_over++ == 0)
        snprintf(report->passed_over_example, sizeof report->passed_over_example, "%.*s",
                 STR_ARG(key));
}

/* Keeps the files with a JSON name that are not empty; returns how many are empty. */
static size_t keep_json_files(struct store_listing *files, struct source_report *report)
{
    size_t kept = 0, empty = 0;
    for (size_t i = 0; i < files->count; i++) {
        const struct store_object *file = &files->objects[i];
        if (!run_is_json_name(file->key))
            note_passed_over(report, file->key);
        else if (file->size_bytes > 0)
            files->objects[kept++] = *file;
        else
            empty++;
    }
    files->count = kept;
    return empty;
}

/* 'generate' makes input of the built-in model alone. */
static enum status hint_of_input(const struct model_source *source, struct error *error)
{
    CLEANUP(buffer_release) struct buffer folders = {0};
    const struct model *model = model_builtin();
    bool is_builtin = false;
    for (size_t i = 0; i < model->source_count; i++) {
        is_builtin |= source == &model->sources[i];
        buffer_appendf(&folders, "%s%s", i ? " and " : "", model->sources[i].folder);
    }
    if (!is_builtin)
        return error_hint(error, "--input is the folder that has %s in it", source->folder);
    return error_hint(error,
                      "--input is the folder that has %s in it; 'sparkify generate DIR' makes one",
                      buffer_text(&folders));
}

/* STATUS_NO_INPUT; `others` files were listed and none of them is JSON with something in it. */
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
    return hint_of_input(source, error);
}

enum status run_list_source(const struct model_source *source, struct store *store,
                            bool allow_empty, struct store_listing *out,
                            struct source_report *report, struct error *error)
{
    TRY(store_list(store, source->folder, STORE_LIST_VISIBLE, out, error));
    size_t listed = out->count;
    size_t empty = keep_json_files(out, report);
    if (out->count || (allow_empty && empty))
        return STATUS_OK;
    return no_files(source, store, listed, error);
}
