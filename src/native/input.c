/* Listing a source and cutting it into tasks of some MiB: many small files make one task, a large
 * file makes many. The cuts depend on the files' sizes alone, so a run is repeatable. */
#include "input.h"

#define MAX_FILES_PER_TASK 64

/* A source's tasks take 48 bytes each, here and in fetch.c: 16 TiB are 200 MB of them. A size that
 * a server makes up, or that of a file full of holes, must not take all memory. */
#define MAX_SOURCE_BYTES ((uint64_t)16 << 40)

static void add_task(struct input *input, struct task task)
{
    *MEM_ADD(input->tasks, input->task_count, input->task_cap) = task;
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

/* A file may be one document of many lines. */
static uint64_t whole_file_limit(const struct input *input)
{
    enum model_layout layout = input->source->layout;
    bool may_be_document = layout == LAYOUT_DOCUMENT || layout == LAYOUT_RECORDS;
    return may_be_document ? MODEL_MAX_DOCUMENT_BYTES : INPUT_PIECE_BYTES;
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
        if (bytes > INPUT_PIECE_BYTES / 4 || run_packing(file->key) != PACKING_NONE)
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
        bool is_large = object->size_bytes > whole_file_limit(input);
        if (run_packing(object->key) != PACKING_NONE ||
            (is_large && input->source->layout == LAYOUT_CONCATENATED)) {
            add_task(input, (struct task){.kind = TASK_STREAM, .file = file, .file_count = 1});
        } else if (is_large) {
            add_ranges(input, file, object->size_bytes);
        } else {
            count = count_group(input, is_wanted, file);
            add_task(input, (struct task){.kind = TASK_FILES, .file = file, .file_count = count});
        }
        for (uint32_t i = file; i < file + count; i++)
            input->bytes += input->files.objects[i].size_bytes;
    }
}

enum status input_too_large(const struct input *input, const struct store_object *file,
                            struct error *error)
{
    error_set(error, STATUS_LIMIT,
              "%s/%.*s is longer than the %zu MiB that a file with all its records under one key "
              "may have",
              store_address(input->store), STR_ARG(file->key), MODEL_MAX_DOCUMENT_BYTES >> 20);
    return error_hint(error, "split the file, or write its records as lines");
}

static enum status check_sizes(const struct input *input, struct error *error)
{
    uint64_t left = MAX_SOURCE_BYTES;
    for (size_t i = 0; i < input->files.count; i++) {
        const struct store_object *file = &input->files.objects[i];
        if (run_packing(file->key) != PACKING_NONE)
            continue;
        if (file->size_bytes > left) {
            error_set(error, STATUS_LIMIT,
                      "%s/%.*s is listed with %llu bytes: with it, %s is larger than the 16 TiB "
                      "that one run reads",
                      store_address(input->store), STR_ARG(file->key),
                      (unsigned long long)file->size_bytes, input->source->folder);
            return error_hint(error, "check that file, or move a part of the input away");
        }
        if (input->source->layout == LAYOUT_RECORDS && file->size_bytes > MODEL_MAX_DOCUMENT_BYTES)
            return input_too_large(input, file, error);
        left -= file->size_bytes;
    }
    return STATUS_OK;
}

void input_select(struct input *input, const bool *is_wanted)
{
    input->task_count = 0;
    input->bytes = 0;
    make_tasks(input, is_wanted);
}

enum status input_list(struct input *input, const struct model_source *source, struct store *store,
                       bool allow_empty, struct source_report *report, struct error *error)
{
    input->source = source;
    input->store = store;
    TRY(run_list_source(source, store, allow_empty, &input->files, report, error));
    if (input->files.count >= UINT32_MAX)
        return error_set(error, STATUS_LIMIT, "%s/%s holds more than %u files",
                         store_address(store), source->folder, UINT32_MAX - 1);
    TRY(check_sizes(input, error));
    make_tasks(input, NULL);
    return STATUS_OK;
}

void input_release(struct input *input)
{
    store_listing_release(&input->files);
    mem_free(input->tasks);
    *input = (struct input){0};
}
