/* Views of what earlier runs have left in the lake. Of its facts, an increment needs only those
 * that new ones may be identical to: those in the same partitions, between the same times. */
#include "spark_run_private.h"

#include "session.h"
#include "table_rows.h"

#include <inttypes.h>

/* ---- The partitions of the new facts --------------------------------------------------------- */

struct partitions {
    const struct model_table *table;
    struct buffer folders; /* each with a newline behind it */
    int64_t first_time, last_time;
    size_t count;
};

static void partitions_release(struct partitions *partitions)
{
    buffer_release(&partitions->folders);
}

static enum status check_columns(const struct partitions *partitions,
                                 const struct arrow_batch *batch, struct error *error)
{
    size_t count = partitions->table->partition_count;
    bool is_good = batch->column_count == count + 2;
    for (size_t i = 0; is_good && i < batch->column_count; i++) {
        is_good = batch->columns[i].type == (i < count ? ARROW_INT32 : ARROW_INT64);
        for (size_t row = 0; is_good && row < batch->rows; row++)
            is_good = !arrow_is_null(&batch->columns[i], row);
    }
    return is_good ? STATUS_OK
                   : error_set(error, STATUS_CORRUPT,
                               "Spark sent other columns than those of partitions");
}

static void add_partition(struct partitions *partitions, const struct arrow_batch *batch,
                          size_t row)
{
    static const int positions[MODEL_MAX_PARTITIONS] = {0, 1, 2, 3};
    const struct arrow_column *times = &batch->columns[partitions->table->partition_count];
    int64_t first = arrow_integer(&times[0], row), last = arrow_integer(&times[1], row);
    table_rows_append_folder(&partitions->folders, partitions->table, batch, positions, row);
    buffer_append_char(&partitions->folders, '\n');
    if (partitions->count++ == 0 || first < partitions->first_time)
        partitions->first_time = first;
    if (partitions->count == 1 || last > partitions->last_time)
        partitions->last_time = last;
}

static enum status add_partitions(void *ctx, const struct arrow_batch *batch, struct error *error)
{
    struct partitions *partitions = ctx;
    TRY(check_columns(partitions, batch, error));
    for (size_t row = 0; row < batch->rows; row++)
        add_partition(partitions, batch, row);
    return STATUS_OK;
}

/* Whether the file, by its key, is in one of the partitions. */
static bool has_file(const struct partitions *partitions, struct str key)
{
    size_t begin = strlen(partitions->table->folder) + 1;
    const char *slash = memrchr(key.data, '/', key.len);
    size_t end = slash ? (size_t)(slash - key.data) : 0;
    struct str folder = {key.data + begin, end > begin ? end - begin : 0};
    struct str rest = buffer_str(&partitions->folders);
    while (rest.len) {
        size_t len = (size_t)((const char *)memchr(rest.data, '\n', rest.len) - rest.data);
        if (str_equal(folder, (struct str){rest.data, len}))
            return true;
        rest = (struct str){rest.data + len + 1, rest.len - len - 1};
    }
    return false;
}

/* ---- Views ----------------------------------------------------------------------------------- */

/* With `partitions` of the files in them, and of the rows between their times. */
static enum status make_view(struct spark_run *run, const struct spark_stored *stored,
                             const struct partitions *partitions, const char *where,
                             struct error *error)
{
    CLEANUP(store_listing_release) struct store_listing files = {0};
    const struct model_table *table = &run->model->tables[stored->table];
    size_t count = 0;
    lake_list_files(run->lake, stored->table, &files);
    CLEANUP(mem_drop) struct str *keys = mem_alloc((files.count + 1) * sizeof *keys);
    for (size_t i = 0; i < files.count; i++)
        if (!partitions || has_file(partitions, files.objects[i].key))
            keys[count++] = files.objects[i].key;
    const struct spark_view view = {
        .name = stored->view, .files_of = table, .keys = keys, .count = count, .where = where};
    enum status status = lake_view_make(run->session, run->out, &view, error);
    return status == STATUS_OK ? status : error_wrap(error, "%s", table->name);
}

static bool is_of_facts(const struct spark_run *run, const struct spark_stored *stored)
{
    return run->model->tables[stored->table].rows == ROWS_FACTS;
}

enum status spark_view_state(struct spark_run *run, struct error *error)
{
    for (size_t i = 0; i < run->sql->stored_count; i++)
        if (!is_of_facts(run, &run->sql->stored[i]))
            TRY(make_view(run, &run->sql->stored[i], NULL, NULL, error));
    return STATUS_OK;
}

static enum status view_needed_facts(struct spark_run *run, const struct spark_stored *stored,
                                     struct error *error)
{
    const struct model *model = run->model;
    const char *to_timestamp =
        spark_sql_to_timestamp(model_field(model, model->facts.source, model->facts.time));
    CLEANUP(buffer_release) struct buffer where = {0};
    CLEANUP(partitions_release)
    struct partitions partitions = {.table = &model->tables[stored->table]};
    TRY(spark_select(run, &run->sql->partitions, add_partitions, &partitions, error));
    buffer_appendf(&where, "`%s` BETWEEN %s(%" PRId64 ") AND %s(%" PRId64 ")",
                   model_calendar_column(partitions.table, CALENDAR_TIME), to_timestamp,
                   partitions.first_time, to_timestamp, partitions.last_time);
    return make_view(run, stored, &partitions, buffer_text(&where), error);
}

enum status spark_view_facts(struct spark_run *run, struct error *error)
{
    for (size_t i = 0; i < run->sql->stored_count; i++) {
        const struct spark_stored *stored = &run->sql->stored[i];
        if (!is_of_facts(run, stored))
            continue;
        if (run->diff.is_increment)
            TRY(view_needed_facts(run, stored, error));
        else
            TRY(make_view(run, stored, NULL, NULL, error));
    }
    return STATUS_OK;
}
