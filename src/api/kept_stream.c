/* A stream whose batches are kept in memory: they are freed when the last stream over them, and the
 * last array and schema that was exported, are released. Exported arrays share their buffers. */
#include "arrow_export.h"

struct kept {
    atomic_size_t references;
    struct ArrowSchema schema;
    struct ArrowArray *batches;
    size_t count, cap;
};

struct cursor {
    struct kept *kept;
    size_t next;
};

static struct kept *kept_share(struct kept *kept)
{
    atomic_fetch_add(&kept->references, 1);
    return kept;
}

static void kept_release(struct kept *kept)
{
    if (atomic_fetch_sub(&kept->references, 1) > 1)
        return;
    for (size_t i = 0; i < kept->count; i++)
        kept->batches[i].release(&kept->batches[i]);
    if (kept->schema.release) /* not set where reading failed */
        kept->schema.release(&kept->schema);
    mem_free(kept->batches);
    mem_free(kept);
}

/* ---- Exported arrays and schemas ------------------------------------------------------------- */

static void release_schema(struct ArrowSchema *schema)
{
    arrow_export_release_fields(schema);
    kept_release(schema->private_data);
    schema->release = NULL;
}

static void share_schema(struct kept *kept, const struct ArrowSchema *schema,
                         struct ArrowSchema *out)
{
    *out = *schema;
    out->release = release_schema;
    out->private_data = kept_share(kept);
    out->children = mem_zalloc(((size_t)schema->n_children + 1) * sizeof(struct ArrowSchema *));
    for (int64_t i = 0; i < schema->n_children; i++) {
        out->children[i] = mem_alloc(sizeof *out->children[i]);
        share_schema(kept, schema->children[i], out->children[i]);
    }
}

static void release_array(struct ArrowArray *array)
{
    arrow_export_release_columns(array);
    kept_release(array->private_data);
    array->release = NULL;
}

static void share_array(struct kept *kept, const struct ArrowArray *array, struct ArrowArray *out)
{
    *out = *array;
    out->release = release_array;
    out->private_data = kept_share(kept);
    out->children = mem_zalloc(((size_t)array->n_children + 1) * sizeof(struct ArrowArray *));
    for (int64_t i = 0; i < array->n_children; i++) {
        out->children[i] = mem_alloc(sizeof *out->children[i]);
        share_array(kept, array->children[i], out->children[i]);
    }
}

/* ---- Streams --------------------------------------------------------------------------------- */

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
    const struct cursor *cursor = stream->private_data;
    share_schema(cursor->kept, &cursor->kept->schema, out);
    return 0;
}

static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
    struct cursor *cursor = stream->private_data;
    *out = (struct ArrowArray){0};
    if (cursor->next < cursor->kept->count)
        share_array(cursor->kept, &cursor->kept->batches[cursor->next++], out);
    return 0;
}

static const char *get_last_error(struct ArrowArrayStream *stream)
{
    (void)stream; /* none of its calls fails */
    return NULL;
}

static void release_stream(struct ArrowArrayStream *stream)
{
    struct cursor *cursor = stream->private_data;
    kept_release(cursor->kept);
    mem_free(cursor);
    stream->release = NULL;
}

/* Takes ownership of the reference. */
static void make_stream(struct kept *kept, struct ArrowArrayStream *out)
{
    struct cursor *cursor = mem_zalloc(sizeof *cursor);
    cursor->kept = kept;
    *out = (struct ArrowArrayStream){
        .get_schema = get_schema,
        .get_next = get_next,
        .get_last_error = get_last_error,
        .release = release_stream,
        .private_data = cursor,
    };
}

/* ---- Keeping --------------------------------------------------------------------------------- */

static int read_all(struct ArrowArrayStream *stream, struct kept *kept)
{
    int failed = stream->get_schema(stream, &kept->schema);
    while (!failed) {
        struct ArrowArray batch = {0};
        failed = stream->get_next(stream, &batch);
        if (failed || !batch.release)
            break;
        *MEM_ADD(kept->batches, kept->count, kept->cap) = batch;
    }
    return failed;
}

int sparkify_stream_keep(struct ArrowArrayStream *stream)
{
    struct kept *kept = mem_zalloc(sizeof *kept);
    atomic_store(&kept->references, 1);
    int failed = read_all(stream, kept);
    if (failed) {
        kept_release(kept);
        return failed;
    }
    stream->release(stream);
    make_stream(kept, stream);
    return 0;
}

void sparkify_stream_again(const struct ArrowArrayStream *kept, struct ArrowArrayStream *out)
{
    const struct cursor *cursor = kept->private_data;
    make_stream(kept_share(cursor->kept), out);
}
