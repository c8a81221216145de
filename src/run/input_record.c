/* Recording which objects a run has read, and which are gone. */
#include <run.h>

static enum status write_object(struct rows_file *file, const struct recorded_object *object,
                                struct error *error)
{
    TRY(rows_file_add_row(file, error));
    columns_set_string(file->columns, OBJECTS_KEY, object->key);
    columns_set_int64(file->columns, OBJECTS_BYTES, object->bytes);
    columns_set_int64(file->columns, OBJECTS_IDENTITY, object->identity);
    columns_set_int32(file->columns, OBJECTS_FORMAT, object->format);
    columns_set_string(file->columns, OBJECTS_GONE_SINCE, object->since);
    columns_set_string(file->columns, OBJECTS_LACKS, object->lacks);
    return STATUS_OK;
}

/* The record of a file that is there: a full run has read it, and it lacks nothing. */
static struct recorded_object present(const struct store_listing *files,
                                      const struct source_diff *source, size_t file,
                                      bool is_increment)
{
    const struct store_object *object = &files->objects[file];
    return (struct recorded_object){.key = object->key,
                                    .bytes = (int64_t)object->size_bytes,
                                    .identity = (int64_t)object->identity,
                                    .format = MODEL_FORMAT,
                                    .lacks = is_increment && source->lacks ? source->lacks[file]
                                                                           : STR_NULL};
}

/* Writes the present and the gone objects of a source, in the order of their keys. */
static enum status write_source(struct rows_file *file, const struct store_listing *files,
                                const struct source_diff *diff, bool is_increment,
                                struct str run_id, struct error *error)
{
    for (size_t i = 0, j = 0;;) {
        const struct store_object *there = i < files->count ? &files->objects[i] : NULL;
        const struct recorded_object *gone = j < diff->gone_count ? &diff->gone[j] : NULL;
        struct recorded_object row;
        if (!there && !gone)
            return STATUS_OK;
        if (gone && (!there || str_compare(gone->key, there->key) < 0)) {
            row = *gone;
            row.since = gone->since.data ? gone->since : run_id;
            j++;
        } else {
            row = present(files, diff, i++, is_increment);
        }
        TRY(write_object(file, &row, error));
    }
}

enum status input_diff_write(const struct input_diff *diff, struct output *output,
                             const struct store_listing *const files[], unsigned worker,
                             struct error *error)
{
    CLEANUP(rows_file_release) struct rows_file file = {0};
    struct str run_id = str_of(lake_run_id(output->lake));
    rows_file_begin(&file, output, worker, model_objects_table(diff->model), STR(""));
    for (int source = 0; source < (int)diff->model->source_count; source++)
        TRY(write_source(&file, files[source], &diff->sources[source], diff->is_increment, run_id,
                         error));
    return rows_file_finish(&file, error);
}
