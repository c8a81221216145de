/* Recording which objects a run has read, and which are gone. */
#include <run.h>

static enum status write_object(struct rows_file *file, const struct gone_object *object,
                                struct error *error)
{
    TRY(rows_file_add_row(file, error));
    columns_set_string(file->columns, OBJECTS_KEY, object->key);
    columns_set_int64(file->columns, OBJECTS_BYTES, object->bytes);
    columns_set_int64(file->columns, OBJECTS_IDENTITY, object->identity);
    columns_set_int32(file->columns, OBJECTS_FORMAT, object->format);
    columns_set_string(file->columns, OBJECTS_GONE_SINCE, object->since);
    return STATUS_OK;
}

/* Writes the present and the gone objects of a source, in the order of their keys. */
static enum status write_source(struct rows_file *file, const struct store_listing *files,
                                const struct source_diff *diff, struct str run_id,
                                struct error *error)
{
    for (size_t i = 0, j = 0;;) {
        const struct store_object *there = i < files->count ? &files->objects[i] : NULL;
        const struct gone_object *gone = j < diff->gone_count ? &diff->objects[j] : NULL;
        struct gone_object row;
        if (!there && !gone)
            return STATUS_OK;
        if (gone && (!there || str_compare(gone->key, there->key) < 0)) {
            row = *gone;
            row.since = gone->since.data ? gone->since : run_id;
            j++;
        } else {
            row = (struct gone_object){.key = there->key,
                                       .bytes = (int64_t)there->size_bytes,
                                       .identity = (int64_t)there->identity,
                                       .format = MODEL_FORMAT};
            i++;
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
        TRY(write_source(&file, files[source], &diff->sources[source], run_id, error));
    return rows_file_finish(&file, error);
}
