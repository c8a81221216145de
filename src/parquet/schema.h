/* A schema, with the bytes of the footer that all its files share. */
#pragma once

#include <base.h>
#include <parquet.h>

/* A column. */
struct schema_field {
    struct str *groups; /* the names of the groups on its path, the outermost first */
    size_t group_count;
    struct str name;
    enum parquet_type type;
    bool nullable;
    bool is_decimal;
    uint8_t definition, repetition; /* its greatest levels (README.md, "Nested Encoding") */
};

struct parquet_schema {
    struct arena arena; /* names */
    struct schema_field *fields;
    size_t count, cap;
    struct parquet_options options;
    struct buffer footer_head; /* FileMetaData, fields 1 and 2 */
    struct buffer footer_tail; /* FileMetaData, field 7 and the end of the struct */
    struct str created_by;
};
