/* s3_page: one page of a listing, of ListObjectsV2 or of ListObjects. */
#pragma once

#include "s3_private.h"

/* An object of a page; its strings are the page's. */
struct s3_entry {
    struct str key; /* as it stands in the page */
    struct str etag;
    uint64_t size_bytes;
};

struct s3_page {
    struct arena arena;
    struct s3_entry *entries;
    size_t count, cap;
    struct s3_entry entry; /* what is being read */
    struct buffer folders; /* common prefixes, each terminated */
    size_t folder_count;
    struct buffer token;  /* of the next page */
    struct buffer marker; /* of ListObjects, of the next page */
    uint64_t key_count;   /* its KeyCount; UINT64_MAX: it has none */
    bool is_truncated, is_encoded;
    const char *problem; /* the first thing that is wrong */
};
void s3_page_release(struct s3_page *page);

/* Parses an answer. NULL when it is a complete and consistent page, else what is wrong with it:
 * the schema, a number that is none, a size that no object can have, a KeyCount that is not that
 * of its keys, or a truncated page with neither a token nor, for ListObjects, a key or marker to
 * go on from. */
const char *s3_page_read(struct s3_page *page, struct str answer);

/* Decodes a key, a prefix or a marker of the page; false when there is a byte NUL in it. */
bool s3_page_decode(const struct s3_page *page, struct str text, struct buffer *out);
