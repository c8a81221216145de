/* file_kind: what bytes are that are no JSON in UTF-8, told by how they begin. */
#ifndef SPARKIFY_NATIVE_FILE_KIND_H
#define SPARKIFY_NATIVE_FILE_KIND_H

#include <run.h>

/* Files that are known by their first bytes. */
struct file_kind {
    const char *name;     /* "gzip data" */
    enum packing packing; /* what it must be called for; PACKING_NONE: it is not read */
    const char *ending;   /* ".gz"; NULL: it is not read */
};
/* NULL for a text, and for what is not known. */
const struct file_kind *file_kind_of(struct str begin);

/* Whether a record that is none begins as one in UTF-16 does: with a byte-order mark, or with a
 * zero byte beside each of its first characters. */
bool file_kind_is_utf16(struct str record);

/* Sets the error of a file that is of this kind, itself or once it is unpacked, and whose name says
 * something else; returns its status. `address` is the store's. */
enum status file_kind_error(const struct file_kind *kind, const char *address, struct str key,
                            bool is_unpacked, struct error *error);

#endif
