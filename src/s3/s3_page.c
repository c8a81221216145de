/* One page of a listing, parsed and checked. A page with objects missing that passed for a whole
 * one would be an input, or a lake, without some of its files. */
#include "s3_page.h"

static void page_reset(struct s3_page *page)
{
    arena_reset(&page->arena);
    buffer_reset(&page->folders);
    buffer_reset(&page->token);
    buffer_reset(&page->marker);
    page->count = page->folder_count = 0;
    page->entry = (struct s3_entry){0};
    page->key_count = UINT64_MAX;
    page->is_truncated = page->is_encoded = false;
    page->problem = NULL;
}

void s3_page_release(struct s3_page *page)
{
    arena_release(&page->arena);
    buffer_release(&page->folders);
    buffer_release(&page->token);
    buffer_release(&page->marker);
    mem_free(page->entries);
}

/* ---- Reading --------------------------------------------------------------------------------- */

static void wrong(struct s3_page *page, const char *problem)
{
    if (!page->problem)
        page->problem = problem;
}

/* Parses a number of at most 18 digits; UINT64_MAX when it is none. */
static uint64_t number_of(struct str text)
{
    uint64_t number = 0;
    if (text.len == 0 || text.len > 18)
        return UINT64_MAX;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return UINT64_MAX;
        number = number * 10 + (uint64_t)(text.data[i] - '0');
    }
    return number;
}

/* Whether the text may go into a header: an ETag becomes If-Match of later requests. */
static bool is_header_text(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] <= 0x20 || text.data[i] == 0x7F)
            return false;
    return true;
}

static void parse_object(struct s3_page *page, const char *name, struct str text)
{
    struct s3_entry *entry = &page->entry;
    if (strcmp(name, "Size") == 0) {
        entry->size_bytes = number_of(text);
        if (entry->size_bytes > S3_MAX_OBJECT_BYTES)
            wrong(page, "the answer has a size that no object of S3 can have");
    } else if (strcmp(name, "Key") == 0) {
        entry->key = arena_copy(&page->arena, text);
        if (text.len == 0)
            wrong(page, "the answer has an object without a key");
    } else if (strcmp(name, "ETag") == 0) {
        entry->etag = is_header_text(text) ? arena_copy(&page->arena, text) : STR_NULL;
    }
}

static void parse_result(struct s3_page *page, const char *name, struct str text)
{
    if (strcmp(name, "Contents") == 0) {
        *MEM_ADD(page->entries, page->count, page->cap) = page->entry;
        page->entry = (struct s3_entry){0};
    } else if (strcmp(name, "IsTruncated") == 0) {
        page->is_truncated = str_equal(text, STR("true"));
        if (!page->is_truncated && !str_equal(text, STR("false")))
            wrong(page, "the answer does not say whether there is more");
    } else if (strcmp(name, "EncodingType") == 0) {
        page->is_encoded = str_equal(text, STR("url"));
    } else if (strcmp(name, "NextContinuationToken") == 0) {
        buffer_set(&page->token, text);
    } else if (strcmp(name, "NextMarker") == 0) {
        buffer_set(&page->marker, text);
    } else if (strcmp(name, "KeyCount") == 0) {
        page->key_count = number_of(text);
        if (page->key_count == UINT64_MAX)
            wrong(page, "the answer has a KeyCount that is not a number");
    }
}

static void parse_element(void *ctx, const char *parent, const char *name, struct str text)
{
    struct s3_page *page = ctx;
    if (strcmp(parent, "Contents") == 0) {
        parse_object(page, name, text);
    } else if (strcmp(parent, "ListBucketResult") == 0) {
        parse_result(page, name, text);
    } else if (strcmp(parent, "CommonPrefixes") == 0 && strcmp(name, "Prefix") == 0) {
        buffer_append_str(&page->folders, text);
        buffer_append_char(&page->folders, '\0');
        page->folder_count++;
    }
}

const char *s3_page_read(struct s3_page *page, struct str answer)
{
    static const struct xml_schema schema = {"ListBucketResult",
                                             {{"ListBucketResult", "IsTruncated"},
                                              {"ListBucketResult", "KeyCount", true},
                                              {"ListBucketResult", "NextContinuationToken", true},
                                              {"Contents", "Key"},
                                              {"Contents", "Size"},
                                              {"Contents", "ETag", true}}};
    page_reset(page);
    if (!xml_read(answer, &schema, parse_element, page))
        return "the answer is no listing";
    if (!page->is_truncated && page->token.len > 0)
        wrong(page, "the answer says that there is no more, and where to go on");
    if (page->is_truncated && !page->token.len && !page->marker.len && !page->count)
        wrong(page, "the answer says that there is more, and not where");
    if (page->key_count != UINT64_MAX && page->key_count != page->count + page->folder_count)
        wrong(page, "the answer has not as many keys as it says (KeyCount)");
    return page->problem;
}

/* ---- Keys ------------------------------------------------------------------------------------ */

/* encoding-type=url is that of forms: a '+' is a blank. */
static void append_decoded(struct str text, struct buffer *out)
{
    for (;;) {
        const char *plus = text.len ? memchr(text.data, '+', text.len) : NULL;
        size_t len = plus ? (size_t)(plus - text.data) : text.len;
        buffer_append_percent_decoded(out, (struct str){text.data, len});
        if (!plus)
            return;
        buffer_append_char(out, ' ');
        text = (struct str){plus + 1, text.len - len - 1};
    }
}

bool s3_page_decode(const struct s3_page *page, struct str text, struct buffer *out)
{
    buffer_reset(out);
    if (page->is_encoded)
        append_decoded(text, out);
    else
        buffer_append_str(out, text);
    return out->len == 0 || !memchr(out->data, '\0', out->len);
}
