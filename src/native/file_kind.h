/* file_kind: recognizes files that are not JSON in UTF-8 by their first bytes. */
#pragma once

#include <run.h>

struct file_kind {
    const char *name; /* "gzip data" */
    enum packing
        packing; /* how the file is read when its name says so; PACKING_NONE: it is never read */
    const char *ending; /* ".gz"; NULL: it is not read */
};
/* The kind of a file with these first bytes; NULL for text and for unknown kinds. */
const struct file_kind *file_kind_of(struct str begin);

/* Whether a record that is none begins as one in UTF-16 does: with a byte-order mark, or with a
 * zero byte beside each of its first characters. */
bool file_kind_is_utf16(struct str record);

/* Sets the error of a file that is of this kind, itself or once it is unpacked, and whose name says
 * something else; returns its status. `address` is the store's. */
enum status file_kind_error(const struct file_kind *kind, const char *address, struct str key,
                            bool is_unpacked, struct error *error);
