/* arrow_children: releases the children of an array or a schema of Arrow's C data interface, each
 * of which a consumer may have moved away. */
#pragma once

#include <base.h>
#include <sparkify.h>

/* Releases the children that are left, and frees the list; both were made by mem_alloc. */
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
