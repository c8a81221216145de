/* arrow_export: rows as Arrow's C stream.
 *
 * https://arrow.apache.org/docs/format/CDataInterface.html
 * https://arrow.apache.org/docs/format/CStreamInterface.html */
#pragma once

#include <base.h>
#include <sparkify.h>

/* How a column's values are laid out. */
enum arrow_export_layout { ARROW_LAYOUT_BITS, ARROW_LAYOUT_FIXED, ARROW_LAYOUT_STRINGS };

#define ARROW_FORMAT_BYTES 16

struct arrow_export_field {
    const char *name;                /* owned by the export */
    char format[ARROW_FORMAT_BYTES]; /* of the C data interface: "i", "tsu:UTC", "d:10,2" */
    enum arrow_export_layout layout;
    size_t width; /* bytes of a value of ARROW_LAYOUT_FIXED */
    bool is_nullable;
};

/* A column of the batch being built. */
struct arrow_export_column {
    struct buffer validity; /* bits, of all rows once there is a null; else empty */
    struct buffer values;   /* bits, values, or int32_t offsets: rows + 1 of them */
    struct buffer bytes;    /* of strings */
    size_t rows, nulls;
};

/* Each appends `rows` rows; `validity` has a bit for each row from bit 0 on, or is NULL. */
void arrow_export_append_fixed(struct arrow_export_column *column, const void *values, size_t width,
                               const uint8_t *validity, size_t rows);
/* Appends a string, or a null for STR_NULL. */
void arrow_export_append_string(struct arrow_export_column *column, struct str value);
void arrow_export_append_bit(struct arrow_export_column *column, bool value, bool is_null);

/* Where the rows come from. */
struct arrow_export_source {
    struct arrow_export_field *fields; /* owned; names, too */
    size_t count;
    /* Appends the rows of the next batch to each column; none at the end. */
    enum status (*next)(void *ctx, struct arrow_export_column *columns, struct error *error);
    void (*free)(void *ctx);
    void *ctx; /* owned */
};
/* Makes the stream, which takes ownership of the source. */
void arrow_export(const struct arrow_export_source *source, struct ArrowArrayStream *out);
