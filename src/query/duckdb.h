/* The part of DuckDB's C API that is used, declared here, since the library comes without a header
 * (duckdb.org/docs/stable/clients/c/api). All of it but the streaming is in the API's stable set.
 */
#pragma once

#include <base.h>

typedef uint64_t idx_t;
typedef struct duckdb_database_ *duckdb_database;
typedef struct duckdb_connection_ *duckdb_connection;
typedef struct duckdb_config_ *duckdb_config;
typedef struct duckdb_statement_ *duckdb_statement;
typedef struct duckdb_chunk_ *duckdb_chunk;
typedef struct duckdb_vector_ *duckdb_vector;

typedef struct {
    idx_t deprecated_column_count, deprecated_row_count, deprecated_rows_changed;
    void *deprecated_columns;
    char *deprecated_error_message;
    void *internal_data;
} duckdb_result;

/* A string of a vector; strings of up to 12 bytes are inlined. */
union duckdb_text {
    struct {
        uint32_t length;
        char prefix[4];
        const char *data;
    } pointer;
    struct {
        uint32_t length;
        char data[12];
    } inlined;
};

typedef int duckdb_state; /* 0: success */

enum { DUCKDB_STATEMENT_SELECT = 1 }; /* enum duckdb_statement_type */
enum { DUCKDB_QUERY_RESULT = 3 };     /* enum duckdb_result_type */

/* result, name, parameters */
#define DUCKDB_FUNCTIONS(X)                                                                        \
    X(const char *, library_version, (void))                                                       \
    X(duckdb_state, create_config, (duckdb_config *))                                              \
    X(duckdb_state, set_config, (duckdb_config, const char *, const char *))                       \
    X(void, destroy_config, (duckdb_config *))                                                     \
    X(duckdb_state, open_ext, (const char *, duckdb_database *, duckdb_config, char **))           \
    X(duckdb_state, connect, (duckdb_database, duckdb_connection *))                               \
    X(void, interrupt, (duckdb_connection))                                                        \
    X(duckdb_state, prepare, (duckdb_connection, const char *, duckdb_statement *))                \
    X(const char *, prepare_error, (duckdb_statement))                                             \
    X(void, destroy_prepare, (duckdb_statement *))                                                 \
    X(int, prepared_statement_type, (duckdb_statement))                                            \
    X(idx_t, prepared_statement_column_count, (duckdb_statement))                                  \
    X(const char *, prepared_statement_column_name, (duckdb_statement, idx_t))                     \
    X(int, prepared_statement_column_type, (duckdb_statement, idx_t))                              \
    X(duckdb_state, execute_prepared_streaming, (duckdb_statement, duckdb_result *))               \
    X(const char *, result_error, (duckdb_result *))                                               \
    X(int, result_return_type, (duckdb_result))                                                    \
    X(void, destroy_result, (duckdb_result *))                                                     \
    X(duckdb_chunk, fetch_chunk, (duckdb_result))                                                  \
    X(void, destroy_data_chunk, (duckdb_chunk *))                                                  \
    X(idx_t, data_chunk_get_size, (duckdb_chunk))                                                  \
    X(duckdb_vector, data_chunk_get_vector, (duckdb_chunk, idx_t))                                 \
    X(void *, vector_get_data, (duckdb_vector))                                                    \
    X(uint64_t *, vector_get_validity, (duckdb_vector))                                            \
    X(void, free, (void *))

struct duckdb {
#define X(result, name, parameters) result(*name) parameters;
    DUCKDB_FUNCTIONS(X)
#undef X
};

/* Loads the library: `path` unless it is NULL, else SPARKIFY_DUCKDB if it is set, else libduckdb.so
 * beside the program (sparkify-worker), in ../lib and ../lib/sparkify of there, in the same places
 * seen from a program in PREFIX/bin, else as the system's loader finds it. STATUS_NOT_FOUND when
 * there is none, with the way to get it; STATUS_CORRUPT when it cannot be loaded, or is too old. */
NODISCARD enum status duckdb_load(const char *path, struct duckdb *out, struct error *error);
