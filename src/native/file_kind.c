/* Kinds of files by their first bytes. */
#include "file_kind.h"

static const struct {
    struct str magic;
    struct file_kind kind;
} kinds[] = {
    {{"\x1F\x8B\x08", 3}, {"gzip data", PACKING_GZIP, ".gz"}},
    {{"\x28\xB5\x2F\xFD", 4}, {"zstd data", PACKING_ZSTD, ".zst"}},
    {{"BZh", 3}, {"bzip2 data", PACKING_NONE, NULL}},
    {{"\xFD"
      "7zXZ\0",
      6},
     {"xz data", PACKING_NONE, NULL}},
    {{"PK\3\4", 4}, {"a zip archive", PACKING_NONE, NULL}},
    {{"PAR1", 4}, {"a Parquet file", PACKING_NONE, NULL}},
};

const struct file_kind *file_kind_of(struct str begin)
{
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
        if (str_starts_with(begin, kinds[i].magic))
            return &kinds[i].kind;
    return NULL;
}

static bool is_ascii(signed char byte)
{
    return byte > 0;
}

bool file_kind_is_utf16(struct str record)
{
    const char *at = record.data;
    if (record.len >= 2 && (memcmp(at, "\xFF\xFE", 2) == 0 || memcmp(at, "\xFE\xFF", 2) == 0))
        return true;
    return record.len >= 4 && ((is_ascii(at[0]) && !at[1] && is_ascii(at[2]) && !at[3]) ||
                               (!at[0] && is_ascii(at[1]) && !at[2] && is_ascii(at[3])));
}

enum status file_kind_error(const struct file_kind *kind, const char *address, struct str key,
                            bool is_unpacked, struct error *error)
{
    static const char *const named[] = {
        [PACKING_NONE] = "text", [PACKING_GZIP] = "gzip", [PACKING_ZSTD] = "zstd"};
    if (is_unpacked) {
        error_set(error, STATUS_CORRUPT, "%s/%.*s, once it is unpacked, is %s", address,
                  STR_ARG(key), kind->name);
        return error_hint(error, "unpack it once, and keep its name");
    }
    error_set(error, STATUS_CORRUPT, "%s/%.*s is %s, and its name says %s", address, STR_ARG(key),
              kind->name, named[run_packing(key)]);
    if (kind->ending)
        return error_hint(error, "give it a name that ends in %s", kind->ending);
    return error_hint(error, "it is not read here: unpack it, or move it out of the input");
}
