/* arrow_export: rows as Arrow's C stream.
 *
 * https://arrow.apache.org/docs/format/CDataInterface.html
 * https://arrow.apache.org/docs/format/CStreamInterface.html */
#pragma once

#include <gather.h>
#include <sparkify.h>

#define ARROW_FORMAT_BYTES 16

struct arrow_export_field {
    const char *name;                /* owned by the export */
    char format[ARROW_FORMAT_BYTES]; /* of the C data interface: "i", "tsu:UTC", "d:10,2" */
    bool is_nullable;
};

/* Where the rows come from. */
struct arrow_export_source {
    struct arrow_export_field *fields; /* owned; names, too */
    size_t count;
    /* Appends the rows of the next batch to each column; none at the end. */
    enum status (*next)(void *ctx, struct gathered_column *columns, struct error *error);
    void (*free)(void *ctx);
    void *ctx; /* owned */
};
/* Makes the stream, which takes ownership of the source. At its end, after the source,
 * `drop`(owner) is called: of what the source borrows. */
void arrow_export(const struct arrow_export_source *source, void (*drop)(void *owner), void *owner,
                  struct ArrowArrayStream *out);

/* Releases the children of an array or a schema that a consumer has not moved away, and frees the
 * list; both were made by mem_alloc. */
static inline void arrow_export_release_columns(struct ArrowArray *array)
{
    for (int64_t i = 0; i < array->n_children; i++) {
        if (array->children[i]->release)
            array->children[i]->release(array->children[i]);
        mem_free(array->children[i]);
    }
    mem_free(array->children);
}

static inline void arrow_export_release_fields(struct ArrowSchema *schema)
{
    for (int64_t i = 0; i < schema->n_children; i++) {
        if (schema->children[i]->release)
            schema->children[i]->release(schema->children[i]);
        mem_free(schema->children[i]);
    }
    mem_free(schema->children);
}
