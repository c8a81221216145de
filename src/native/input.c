/* Listing a source and cutting it into tasks of some MiB: many small files make one task, a large
 * file makes many. The cuts depend on the files' sizes alone, so a run is repeatable. */
#include "input.h"

#define MAX_FILES_PER_TASK 64
/* A song file up to this size may be one document of many lines; beyond it, it is lines. Log files
 * up to the size of a piece are read whole as well. */
#define MAX_WHOLE_FILE_BYTES MODEL_MAX_RECORD_BYTES

static const struct {
    const char *suffix;
    enum packing packing;
} packings[] = {{".gz", PACKING_GZIP}, {".zst", PACKING_ZSTD}};

enum packing input_packing(struct str key)
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

static void keep_json_files(struct input *input)
{
    struct store_listing *files = &input->files;
    size_t kept = 0;
    for (size_t i = 0; i < files->count; i++)
        if (files->objects[i].size_bytes > 0 && is_json_name(files->objects[i].key))
            files->objects[kept++] = files->objects[i];
    files->count = kept;
}

static void add_task(struct input *input, struct task task)
{
    MEM_GROW(input->tasks, input->task_count + 1, input->task_cap);
    input->tasks[input->task_count++] = task;
}

static void add_ranges(struct input *input, uint32_t file, uint64_t size)
{
    for (uint64_t offset = 0; offset < size; offset += INPUT_PIECE_BYTES) {
        uint64_t left = size - offset;
        add_task(input,
                 (struct task){.kind = TASK_RANGE,
                               .file = file,
                               .file_count = 1,
                               .offset = offset,
                               .length = left < INPUT_PIECE_BYTES ? left : INPUT_PIECE_BYTES});
    }
}

static uint64_t whole_file_limit(const struct input *input)
{
    return input->source == &model_sources[SOURCE_SONGS] ? MAX_WHOLE_FILE_BYTES : INPUT_PIECE_BYTES;
}

/* How many files from `first` on one task reads whole: at least one. */
static uint32_t count_group(const struct input *input, const bool *is_wanted, uint32_t first)
{
    const struct store_listing *files = &input->files;
    uint64_t bytes = files->objects[first].size_bytes;
    uint32_t count = 1;
    while (first + count < files->count && count < MAX_FILES_PER_TASK &&
           (!is_wanted || is_wanted[first + count])) {
        const struct store_object *file = &files->objects[first + count];
        bytes += file->size_bytes;
        if (bytes > INPUT_PIECE_BYTES / 4 || input_packing(file->key) != PACKING_NONE)
            break;
        count++;
    }
    return count;
}

static void make_tasks(struct input *input, const bool *is_wanted)
{
    uint32_t file = 0, count;
    for (; file < input->files.count; file += count) {
        const struct store_object *object = &input->files.objects[file];
        count = 1;
        if (is_wanted && !is_wanted[file])
            continue;
        if (input_packing(object->key) != PACKING_NONE) {
            add_task(input, (struct task){.kind = TASK_STREAM, .file = file, .file_count = 1});
        } else if (object->size_bytes > whole_file_limit(input)) {
            add_ranges(input, file, object->size_bytes);
        } else {
            count = count_group(input, is_wanted, file);
            add_task(input, (struct task){.kind = TASK_FILES, .file = file, .file_count = count});
        }
        for (uint32_t i = file; i < file + count; i++)
            input->bytes += input->files.objects[i].size_bytes;
    }
}

void input_select(struct input *input, const bool *is_wanted)
{
    input->task_count = 0;
    input->bytes = 0;
    make_tasks(input, is_wanted);
}

static enum status no_files(const struct input *input, size_t others, struct error *error)
{
    CLEANUP(buffer_release) struct buffer there = {0};
    const struct model_source *source = input->source;
    const char *root = store_address(input->store);
    if (others) {
        store_describe_folder(input->store, source->folder, 8, &there);
        error_set(
            error, STATUS_NO_INPUT,
            "no %s: there is no .json, .jsonl or .ndjson file (also .gz, .zst) with something in "
            "it below %s/%s, which holds %s",
            source->name, root, source->folder, buffer_text(&there));
        return error_hint(error, "names that begin with '_' or '.' and empty files are skipped");
    }
    store_describe_folder(input->store, "", 8, &there);
    error_set(error, STATUS_NO_INPUT, "no %s: looked for %s/%s/**/*.json; %s holds %s",
              source->name, root, source->folder, root,
              there.len ? buffer_text(&there) : "nothing");
    return error_hint(error,
                      "--input is the folder that has %s and %s in it; 'sparkify generate DIR' "
                      "makes one",
                      model_sources[SOURCE_SONGS].folder, model_sources[SOURCE_LOGS].folder);
}

enum status input_list(struct input *input, const struct model_source *source, struct store *store,
                       struct error *error)
{
    input->source = source;
    input->store = store;
    TRY(store_list(store, source->folder, STORE_LIST_VISIBLE, &input->files, error));
    size_t listed = input->files.count;
    keep_json_files(input);
    if (input->files.count == 0)
        return no_files(input, listed, error);
    if (input->files.count >= UINT32_MAX)
        return error_set(error, STATUS_LIMIT, "%s/%s holds more than %u files",
                         store_address(store), source->folder, UINT32_MAX - 1);
    make_tasks(input, NULL);
    return STATUS_OK;
}

void input_release(struct input *input)
{
    store_listing_release(&input->files);
    mem_free(input->tasks);
    *input = (struct input){0};
}
