/* Exported arrays own their memory: the consumer may keep a batch after the stream, and move
 * columns out of it. */
#include "arrow_export.h"

#include <errno.h>
#include <host.h>

struct export
{
    struct arrow_export_source source;
    void (*drop)(void *owner);
    void *owner;
    struct error error;
    struct buffer text; /* returned by get_last_error */
    bool is_done;
};

/* ---- Schema ---------------------------------------------------------------------------------- */

/* A schema may outlive its stream. */
struct exported_field {
    char format[ARROW_FORMAT_BYTES];
    char name[];
};

static void release_field(struct ArrowSchema *schema)
{
    mem_free(schema->private_data);
    schema->release = NULL;
}

static struct ArrowSchema make_field(const struct arrow_export_field *field)
{
    size_t name_bytes = strlen(field->name) + 1;
    struct exported_field *exported = mem_alloc(sizeof *exported + name_bytes);
    memcpy(exported->format, field->format, sizeof exported->format);
    memcpy(exported->name, field->name, name_bytes);
    return (struct ArrowSchema){
        .format = exported->format,
        .name = exported->name,
        .flags = field->is_nullable ? ARROW_FLAG_NULLABLE : 0,
        .release = release_field,
        .private_data = exported,
    };
}

static void release_schema(struct ArrowSchema *schema)
{
    arrow_export_release_fields(schema);
    schema->release = NULL;
}

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
    const struct export *export = stream->private_data;
    size_t count = export->source.count;
    *out = (struct ArrowSchema){
        .format = "+s",
        .name = "",
        .n_children = (int64_t)count,
        .children = mem_zalloc((count + 1) * sizeof *out->children),
        .release = release_schema,
    };
    for (size_t i = 0; i < count; i++) {
        out->children[i] = mem_alloc(sizeof *out->children[i]);
        *out->children[i] = make_field(&export->source.fields[i]);
    }
    return 0;
}

/* ---- Batches --------------------------------------------------------------------------------- */

struct exported_column {
    struct gathered_column builder;
    const void *buffers[3];
};

static void release_column(struct ArrowArray *array)
{
    struct exported_column *column = array->private_data;
    gather_column_release(&column->builder);
    mem_free(column);
    array->release = NULL;
}

static void release_batch(struct ArrowArray *array)
{
    arrow_export_release_columns(array);
    mem_free((void *)(uintptr_t)array->buffers);
    array->release = NULL;
}

/* Takes ownership of the builder. */
static struct ArrowArray *make_column(const struct arrow_export_field *field,
                                      struct gathered_column *builder)
{
    struct exported_column *column = mem_zalloc(sizeof *column);
    struct ArrowArray *array = mem_zalloc(sizeof *array);
    bool is_strings = text_equal(field->format, "u") || text_equal(field->format, "z");
    column->builder = *builder;
    column->buffers[0] = gather_validity(builder);
    column->buffers[1] = buffer_text(&column->builder.values); /* never NULL */
    column->buffers[2] = is_strings ? buffer_text(&column->builder.bytes) : NULL;
    *array = (struct ArrowArray){
        .length = (int64_t)builder->rows,
        .null_count = (int64_t)builder->nulls,
        .n_buffers = is_strings ? 3 : 2,
        .buffers = column->buffers,
        .release = release_column,
        .private_data = column,
    };
    return array;
}

static void make_batch(const struct arrow_export_source *source, struct gathered_column *columns,
                       size_t rows, struct ArrowArray *out)
{
    *out = (struct ArrowArray){
        .length = (int64_t)rows,
        .n_buffers = 1,
        .buffers = mem_zalloc(sizeof *out->buffers),
        .n_children = (int64_t)source->count,
        .children = mem_zalloc((source->count + 1) * sizeof *out->children),
        .release = release_batch,
    };
    for (size_t i = 0; i < source->count; i++)
        out->children[i] = make_column(&source->fields[i], &columns[i]);
}

static int failed(struct export *export, enum status status)
{
    export->is_done = true;
    buffer_set(&export->text, str_of(export->error.message));
    const char *hint = host_hint_text(&export->error);
    if (hint[0])
        buffer_appendf(&export->text, "\n%s", hint);
    return status == STATUS_INTERRUPTED ? ECANCELED : EIO;
}

static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
    struct export *export = stream->private_data;
    const struct arrow_export_source *source = &export->source;
    struct gathered_column *columns = mem_zalloc((source->count + 1) * sizeof *columns);
    enum status status = STATUS_OK;
    *out = (struct ArrowArray){0};
    if (!export->is_done)
        status = source->next(source->ctx, columns, &export->error);
    size_t rows = status == STATUS_OK ? columns[0].rows : 0;
    if (rows)
        make_batch(source, columns, rows, out);
    else
        for (size_t i = 0; i < source->count; i++)
            gather_column_release(&columns[i]);
    mem_free(columns);
    export->is_done |= rows == 0;
    return status == STATUS_OK ? 0 : failed(export, status);
}

/* ---- The stream ------------------------------------------------------------------------------ */

static const char *get_last_error(struct ArrowArrayStream *stream)
{
    struct export *export = stream->private_data;
    return export->text.len ? buffer_text(&export->text) : NULL;
}

static void release_stream(struct ArrowArrayStream *stream)
{
    struct export *export = stream->private_data;
    export->source.free(export->source.ctx);
    export->drop(export->owner);
    for (size_t i = 0; i < export->source.count; i++)
        mem_free((char *)(uintptr_t) export->source.fields[i].name);
    mem_free(export->source.fields);
    buffer_release(&export->text);
    mem_free(export);
    stream->release = NULL;
}

void arrow_export(const struct arrow_export_source *source, void (*drop)(void *owner), void *owner,
                  struct ArrowArrayStream *out)
{
    struct export *export = mem_zalloc(sizeof *export);
    *export = (struct export){.source = *source, .drop = drop, .owner = owner};
    *out = (struct ArrowArrayStream){
        .get_schema = get_schema,
        .get_next = get_next,
        .get_last_error = get_last_error,
        .release = release_stream,
        .private_data = export,
    };
}
