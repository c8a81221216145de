/* parquet: columns in, Parquet files out (Apache Parquet format 2.x, parquet-format's README).
 *
 * A file is written in three steps that may run on different threads:
 *   parquet_encode   columns of one row group → encoded bytes (any thread, with its own encoder)
 *   parquet_file_append   encoded row group → file                 (in order)
 *   parquet_file_finish   page indexes and footer
 *
 * The same columns and options give the same bytes on any thread. */
#ifndef SPARKIFY_PARQUET_H
#define SPARKIFY_PARQUET_H

#include <base.h>

enum parquet_type {
    PARQUET_BOOLEAN,
    PARQUET_INT32,
    PARQUET_INT64,
    PARQUET_TIMESTAMP, /* INT64, TIMESTAMP(MICROS, isAdjustedToUTC = true) */
    PARQUET_DOUBLE,
    PARQUET_STRING, /* BYTE_ARRAY, STRING */
};

enum parquet_codec {
    PARQUET_NONE,
    PARQUET_SNAPPY,
    PARQUET_ZSTD,
};

/* A group of fields, which is no column itself (LogicalTypes.md, "Nested Types"). */
enum parquet_group {
    PARQUET_NO_GROUP,
    PARQUET_STRUCT,
    PARQUET_LIST, /* of a repeated struct "list" of one field "element" */
    PARQUET_MAP,  /* of a repeated struct "key_value" of "key", not nullable, and "value" */
};

/* Fields are listed as the format lists them: a group, then its children, each with all below it.
 * A column is a field that is no group. */
struct parquet_field {
    const char *name;
    enum parquet_type type;
    bool nullable; /* OPTIONAL, else REQUIRED */
    bool repeated; /* REPEATED */
    enum parquet_group group;
    size_t children; /* of a group */
    bool is_date;    /* INT32: days since 1970-01-01 (DATE) */
    bool is_binary;  /* STRING: any bytes, not annotated as text */
};

/* The slots of a nested column (README.md, "Nested Encoding"): one a row, or one for each element
 * that a row has. */
struct parquet_levels {
    /* How many of the nullable and repeated fields on the way, the column among them, are there. */
    const uint8_t *definition;
    /* At which of the repeated fields on the way a slot goes on: 0 begins a row. Not looked at
     * where there are none. */
    const uint8_t *repetition;
    size_t slots;
};

/* One column of a batch, in Apache Arrow's layout. A column below a group has `levels` instead of
 * `validity`, and only the values that are there, one behind the other. */
struct parquet_column {
    struct parquet_levels levels;
    const uint8_t *validity; /* one bit a row, least significant first, 1 = set; NULL = no nulls */
    union {
        const uint8_t *bits;   /* BOOLEAN: one bit a row */
        const int32_t *int32s; /* a null's slot holds anything */
        const int64_t *int64s; /* INT64 and TIMESTAMP (microseconds) */
        const double *doubles;
        const uint32_t *codes; /* STRING with a dictionary: into `strings` */
        const void *values;
    };
    /* STRING: offsets[i] … offsets[i + 1] of data; one string a row (codes == NULL), or one a
     * dictionary value: distinct, each used by some row or not. */
    struct {
        const uint32_t *offsets;
        const char *data;
        size_t count;
    } strings;
};

struct parquet_options {
    enum parquet_codec codec;
    int zstd_level;
    size_t page_rows;        /* rows in a data page at most; nested columns: slots, or one row */
    size_t page_bytes;       /* a data page is cut when its plain values pass this */
    size_t dictionary_bytes; /* a larger dictionary falls back to PLAIN */
    const char *created_by;  /* "sparkify version 0.1.0" */
};
struct parquet_options parquet_options_default(void);

/* A file's schema with the bytes that all its files share made once; may be shared by threads. */
struct parquet_schema;
struct parquet_schema *parquet_schema_new(const struct parquet_field *fields, size_t count,
                                          const struct parquet_options *options);
void parquet_schema_free(struct parquet_schema *schema);
size_t parquet_schema_columns(const struct parquet_schema *schema);

/* The contexts and scratch memory of one thread. */
struct parquet_encoder;
struct parquet_encoder *parquet_encoder_new(void);
void parquet_encoder_free(struct parquet_encoder *encoder);

/* Encoded columns with their statistics and page indexes, not yet placed in a file. */
struct parquet_row_group;
/* No row group has more rows: a reader makes room for all of them at once, and a damaged footer may
 * say any number. */
#define PARQUET_MAX_GROUP_ROWS ((size_t)16 << 20)
/* `columns` has one entry for each column of the schema, all with `rows` rows; they are only read.
 * The row group is the caller's. */
struct parquet_row_group *parquet_encode(struct parquet_encoder *encoder,
                                         const struct parquet_schema *schema,
                                         const struct parquet_column *columns, size_t rows);
void parquet_row_group_free(struct parquet_row_group *group);
size_t parquet_row_group_bytes(const struct parquet_row_group *group);

/* A file being put together; the bytes come out into a buffer that the caller writes and empties
 * as it likes. */
struct parquet_file;
struct parquet_file *parquet_file_new(const struct parquet_schema *schema);
void parquet_file_free(struct parquet_file *file);
/* Appends to `out` the file's next bytes; takes the row group. */
void parquet_file_append(struct parquet_file *file, struct parquet_row_group *group,
                         struct buffer *out);
/* Appends column indexes, offset indexes and the footer. A file without row groups is a valid file
 * without rows. */
void parquet_file_finish(struct parquet_file *file, struct buffer *out);
uint64_t parquet_file_rows(const struct parquet_file *file);
uint64_t parquet_file_bytes(const struct parquet_file *file);

/* What a file holds of a column. Bounds may be wider than the values, as long strings are
 * shortened; there are none where all is null, or where NaNs are among the values. */
#define PARQUET_BOUND_BYTES 64
struct parquet_bound {
    bool is_set;
    union {
        int64_t int64; /* BOOLEAN, INT32, INT64, TIMESTAMP */
        double float64;
        struct {
            char bytes[PARQUET_BOUND_BYTES];
            size_t len;
        } string;
    };
};
struct parquet_statistics {
    bool is_absent; /* a file that is read does not have the column */
    uint64_t nulls;
    struct parquet_bound min, max;
};
/* Of the rows appended so far. */
void parquet_file_statistics(const struct parquet_file *file, size_t column,
                             struct parquet_statistics *out);
/* Of the file that parquet_write_small has made last. */
void parquet_small_statistics(const struct parquet_encoder *encoder, size_t column,
                              struct parquet_statistics *out);

/* A whole file of one row group at once, for the thousands of small ones: appends it to `out`
 * without making any object. */
void parquet_write_small(struct parquet_encoder *encoder, const struct parquet_schema *schema,
                         const struct parquet_column *columns, size_t rows, struct buffer *out);

/* ---- Reading files of ours, and those that Spark has written for us --------------------------
 *
 * The caller fetches bytes and gives them: first the last PARQUET_TAIL_BYTES, then the footer, then
 * column chunks as it needs them. What is malformed is STATUS_CORRUPT, and said without the file's
 * name, which the caller knows. */

#define PARQUET_TAIL_BYTES 8
/* From the end of a file of `file_bytes`, at least PARQUET_TAIL_BYTES of it: how many bytes at the
 * end make the footer. */
NODISCARD enum status parquet_footer_bytes(struct str tail, uint64_t file_bytes, uint64_t *out,
                                           struct error *error);

/* What a file's footer says; may be shared by threads. */
struct parquet_reader;
/* `footer` is the end of the file, as long as parquet_footer_bytes says. The schema is borrowed.
 * Nullable columns of it may be absent from the file: they are null in all its rows. */
NODISCARD enum status parquet_reader_new(const struct parquet_schema *schema, struct str footer,
                                         uint64_t file_bytes, struct parquet_reader **out,
                                         struct error *error);
void parquet_reader_free(struct parquet_reader *reader);
uint64_t parquet_reader_rows(const struct parquet_reader *reader);
size_t parquet_reader_groups(const struct parquet_reader *reader);
uint64_t parquet_group_rows(const struct parquet_reader *reader, size_t group);

/* Bytes of the file. */
struct parquet_range {
    uint64_t offset, bytes;
};
/* Of 0 bytes where the file does not have the column. */
struct parquet_range parquet_chunk_range(const struct parquet_reader *reader, size_t group,
                                         size_t column);
const struct parquet_statistics *parquet_chunk_statistics(const struct parquet_reader *reader,
                                                          size_t group, size_t column);
/* Of the whole file. */
void parquet_reader_statistics(const struct parquet_reader *reader, size_t column,
                               struct parquet_statistics *out);

/* The memory of one column chunk's values, used again for the next. */
struct parquet_values;
struct parquet_values *parquet_values_new(void);
void parquet_values_free(struct parquet_values *values);
/* Decodes a column chunk from its bytes, whose pages must agree with their checksums. `out` lives
 * as long as `values` is not used again; strings always have codes. */
NODISCARD enum status parquet_read_chunk(struct parquet_values *values,
                                         const struct parquet_reader *reader, size_t group,
                                         size_t column, struct str bytes,
                                         struct parquet_column *out, struct error *error);

/* Rows of a column that was read so. */
static inline bool parquet_is_null(const struct parquet_column *column, size_t row)
{
    return column->validity && !(column->validity[row / 8] >> row % 8 & 1);
}

static inline struct str parquet_dictionary_string(const struct parquet_column *column, size_t code)
{
    uint32_t begin = column->strings.offsets[code];
    return (struct str){column->strings.data + begin, column->strings.offsets[code + 1] - begin};
}

/* STR_NULL where it is null. */
static inline struct str parquet_string(const struct parquet_column *column, size_t row)
{
    return parquet_is_null(column, row) ? STR_NULL
                                        : parquet_dictionary_string(column, column->codes[row]);
}

#endif
