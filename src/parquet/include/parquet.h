/* parquet: writes and reads Parquet files (Apache Parquet Format; sections cited in this layer are
 * those of the files README.md, Encodings.md, LogicalTypes.md, PageIndex.md and parquet.thrift of
 * https://github.com/apache/parquet-format).
 *
 * A file is written in three steps, which may run on different threads:
 *   parquet_encode        columns → an encoded row group (any thread, each with its own encoder)
 *   parquet_file_append   row groups → the file          (in order)
 *   parquet_file_finish   page indexes and footer
 *
 * The same columns and options give the same bytes on any thread. */
#pragma once

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

/* The kinds of groups: fields that have children and no values (LogicalTypes.md, "Nested
 * Types"). */
enum parquet_group {
    PARQUET_NO_GROUP,
    PARQUET_STRUCT,
    PARQUET_LIST, /* its child is a repeated struct "list" with one field "element" */
    PARQUET_MAP,  /* its child is a repeated struct "key_value" with "key" (REQUIRED) and "value" */
};

/* A field of a schema. Fields are listed depth first, as in FileMetaData.schema: a group, then its
 * children, each with its descendants. A column is a field that is not a group. */
struct parquet_field {
    const char *name;
    enum parquet_type type;
    bool nullable; /* OPTIONAL, else REQUIRED */
    bool repeated; /* REPEATED */
    enum parquet_group group;
    size_t children; /* the number of a group's direct children */
    bool is_date;    /* PARQUET_INT32: days since 1970-01-01 (DATE) */
    /* PARQUET_INT64: a number times ten to the power of `scale` (DECIMAL); 0: it is an integer. */
    uint8_t precision, scale;
    bool is_binary; /* PARQUET_STRING: any bytes, without the annotation STRING */
};

/* The slots of a nested column (README.md, "Nested Encoding"): for each row one, or one for each
 * element of a row that has elements. */
struct parquet_levels {
    /* The number of optional and repeated fields on the column's path that are defined. */
    const uint8_t *definition;
    /* The repeated field on the column's path at which the slot repeats; 0 begins a row. Ignored
     * if the path has no repeated field. */
    const uint8_t *repetition;
    size_t slots;
};

/* One column of a batch, in Apache Arrow's layout. A column within a group has `levels` instead of
 * `validity`, and only the values that are not null, without gaps. */
struct parquet_column {
    struct parquet_levels levels;
    const uint8_t *validity; /* one bit a row, least significant first, 1 = set; NULL = no nulls */
    union {
        const uint8_t *bits;   /* BOOLEAN: one bit a row */
        const int32_t *int32s; /* the slot of a null has any value */
        const int64_t *int64s; /* INT64 and TIMESTAMP (microseconds) */
        const double *doubles;
        const uint32_t *codes; /* STRING with a dictionary: into `strings` */
        const void *values;
    };
    /* STRING: string i is data[offsets[i] … offsets[i + 1]). One string a row if codes == NULL;
     * otherwise the dictionary, whose strings are distinct and may be unused. */
    struct {
        const uint32_t *offsets;
        const char *data;
        size_t count;
        /* Without codes: a dictionary is tried even if the first strings do not repeat. */
        bool may_repeat_late;
        /* Without codes: the upper halves of the hash_str of the strings; NULL: not known yet. */
        const uint32_t *tags;
    } strings;
};

struct parquet_options {
    enum parquet_codec codec;
    int zstd_level;
    size_t page_rows;        /* most rows of a data page; of nested columns: slots, or one row */
    size_t page_bytes;       /* a data page ends when its values in PLAIN exceed this */
    size_t dictionary_bytes; /* with a larger dictionary the values are written in PLAIN */
    const char *created_by;  /* "sparkify version 0.1.0" */
};
/* Returns zstd level 1, pages of 20,000 rows or 1 MiB, dictionaries up to 1 MiB. */
struct parquet_options parquet_options_default(void);

/* A schema and the options of its files, with the bytes that all footers share. It does not change,
 * so threads may share it. */
struct parquet_schema;
/* Copies the fields and options. The caller frees the schema after all encoders, files and readers
 * that use it. */
struct parquet_schema *parquet_schema_new(const struct parquet_field *fields, size_t count,
                                          const struct parquet_options *options);
/* NULL is allowed, as in all functions here that free. */
void parquet_schema_free(struct parquet_schema *schema);
/* Returns the number of columns: the fields that are not groups. */
size_t parquet_schema_columns(const struct parquet_schema *schema);

/* The compression contexts and scratch memory of one thread. */
struct parquet_encoder;
struct parquet_encoder *parquet_encoder_new(void);
void parquet_encoder_free(struct parquet_encoder *encoder);

/* An encoded row group with its statistics and page indexes, without a position in a file. */
struct parquet_row_group;
/* The greatest number of rows in a row group. A reader allocates memory for all of them at once,
 * and a damaged footer can give any number. */
#define PARQUET_MAX_GROUP_ROWS ((size_t)16 << 20)
/* Encodes `rows` rows; `columns` has one entry for each column of the schema. The row group is in
 * the encoder's memory, until that is used again. */
const struct parquet_row_group *parquet_encode(struct parquet_encoder *encoder,
                                               const struct parquet_schema *schema,
                                               const struct parquet_column *columns, size_t rows);
/* Moves the row group that was encoded last out of the encoder. The caller frees it. */
struct parquet_row_group *parquet_row_group_take(struct parquet_encoder *encoder);
void parquet_row_group_free(struct parquet_row_group *group);

/* A file that is being written. Its bytes are appended to a buffer, which the caller may write and
 * empty between calls. */
struct parquet_file;
/* The schema is borrowed. */
struct parquet_file *parquet_file_new(const struct parquet_schema *schema);
void parquet_file_free(struct parquet_file *file);
/* Appends the bytes of the row group to `out`. One without rows is skipped, as some readers do not
 * support it. */
void parquet_file_append(struct parquet_file *file, const struct parquet_row_group *group,
                         struct buffer *out);
/* The same, but returns the bytes of the row group, which come next; borrowed from it. */
struct str parquet_file_place(struct parquet_file *file, const struct parquet_row_group *group,
                              struct buffer *out);
/* Appends the column indexes, the offset indexes and the footer. Without row groups, the result is
 * a valid file without rows. */
void parquet_file_finish(struct parquet_file *file, struct buffer *out);
/* Returns the rows appended so far. */
uint64_t parquet_file_rows(const struct parquet_file *file);

/* The statistics of a column. A bound may be wider than the values, because long strings are
 * shortened. There are no bounds if all values are null or if one is NaN. */
#define PARQUET_BOUND_BYTES 64
struct parquet_bound {
    bool is_set;
    bool is_exact; /* it is a value of the column; not known of a file that is read */
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
    bool is_absent; /* only of a file that is read: it does not have the column */
    uint64_t values, nulls;
    uint64_t nans; /* among the values */
    struct parquet_bound min, max;
};
/* Sets *out to the statistics of the rows appended so far. */
void parquet_file_statistics(const struct parquet_file *file, size_t column,
                             struct parquet_statistics *out);
/* Sets *out to the statistics of the last file that parquet_write_small wrote. */
void parquet_small_statistics(const struct parquet_encoder *encoder, size_t column,
                              struct parquet_statistics *out);

/* Appends a whole file of one row group to `out`. Allocates no row group and no file, for
 * partitions with thousands of small files. */
void parquet_write_small(struct parquet_encoder *encoder, const struct parquet_schema *schema,
                         const struct parquet_column *columns, size_t rows, struct buffer *out);

/* ---- Reading files written by this layer or by Spark ------------------------------------------
 *
 * The caller reads bytes from the file and passes them: first the last PARQUET_TAIL_BYTES, then the
 * footer, then column chunks as needed. A malformed file is STATUS_CORRUPT; the caller adds the
 * file's name to the message (error_wrap). */

#define PARQUET_TAIL_BYTES 8
/* Sets *out to the length of the footer with its tail. `tail` is the end of a file of `file_bytes`
 * bytes and has at least PARQUET_TAIL_BYTES. STATUS_CORRUPT: it is not the end of a Parquet file.
 */
NODISCARD enum status parquet_footer_bytes(struct str tail, uint64_t file_bytes, uint64_t *out,
                                           struct error *error);

/* A parsed footer. It does not change, so threads may share it. */
struct parquet_reader;
/* Parses `footer`: the last bytes of the file, as many as parquet_footer_bytes returned. The schema
 * is borrowed and has no groups. The file must have its columns in the same order; nullable ones
 * may be absent, and are then null in all rows. STATUS_CORRUPT: the footer is damaged or has other
 * columns. */
NODISCARD enum status parquet_reader_new(const struct parquet_schema *schema, struct str footer,
                                         uint64_t file_bytes, struct parquet_reader **out,
                                         struct error *error);
void parquet_reader_free(struct parquet_reader *reader);
/* Return the rows of the file, the number of its row groups, and the rows of one. */
uint64_t parquet_reader_rows(const struct parquet_reader *reader);
size_t parquet_reader_groups(const struct parquet_reader *reader);
uint64_t parquet_group_rows(const struct parquet_reader *reader, size_t group);

/* A range of bytes in a file. */
struct parquet_range {
    uint64_t offset, bytes;
};
/* Returns the range of a column chunk; 0 bytes if the file does not have the column. */
struct parquet_range parquet_chunk_range(const struct parquet_reader *reader, size_t group,
                                         size_t column);
/* Returns the statistics of a column chunk, borrowed from the reader. */
const struct parquet_statistics *parquet_chunk_statistics(const struct parquet_reader *reader,
                                                          size_t group, size_t column);
/* Sets *out to the statistics of a column in the whole file. */
void parquet_reader_statistics(const struct parquet_reader *reader, size_t column,
                               struct parquet_statistics *out);

/* The memory for the values of one column chunk; reused for the next chunk. */
struct parquet_values;
struct parquet_values *parquet_values_new(void);
void parquet_values_free(struct parquet_values *values);
/* Decodes a column chunk from `bytes`, the range parquet_chunk_range. *out is valid until `values`
 * is used again or freed; its strings always have codes. STATUS_CORRUPT: a page is damaged or does
 * not match its checksum, or the column has a null where the schema allows none. */
NODISCARD enum status parquet_read_chunk(struct parquet_values *values,
                                         const struct parquet_reader *reader, size_t group,
                                         size_t column, struct str bytes,
                                         struct parquet_column *out, struct error *error);

static inline bool parquet_is_null(const struct parquet_column *column, size_t row)
{
    return column->validity && !(column->validity[row / 8] >> row % 8 & 1);
}

/* Returns the string of a column's dictionary with this code. */
static inline struct str parquet_dictionary_string(const struct parquet_column *column, size_t code)
{
    uint32_t begin = column->strings.offsets[code];
    return (struct str){column->strings.data + begin, column->strings.offsets[code + 1] - begin};
}

/* Returns the string in a row of a column that parquet_read_chunk has set; STR_NULL for a null. */
static inline struct str parquet_string(const struct parquet_column *column, size_t row)
{
    return parquet_is_null(column, row) ? STR_NULL
                                        : parquet_dictionary_string(column, column->codes[row]);
}
