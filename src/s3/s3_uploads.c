/* Uploads that were not finished: listed by ListMultipartUploads, page by page, and aborted. */
#include "s3_private.h"

/* A bound for servers whose markers lead in a circle. */
#define MAX_UPLOAD_PAGES 1000

struct uploads_page {
    struct s3 *s3;
    struct store_listing *out;
    size_t begin;                        /* of the page's uploads in the listing */
    struct buffer key, id;               /* of the upload being read */
    struct buffer key_marker, id_marker; /* where the next page begins */
    bool is_truncated;
};

static void page_release(struct uploads_page *page)
{
    buffer_release(&page->key);
    buffer_release(&page->id);
    buffer_release(&page->key_marker);
    buffer_release(&page->id_marker);
}

/* Keys that are not below the store's prefix, or that no run writes, are skipped. */
static void end_upload(struct uploads_page *page)
{
    struct store_listing *out = page->out;
    struct str prefix = str_of(page->s3->location.prefix), key = buffer_str(&page->key);
    if (!str_starts_with(key, prefix) || page->id.len == 0)
        return;
    key = str_from(key, prefix.len);
    if (s3_key_is_sound(key))
        *MEM_ADD(out->objects, out->count, out->cap) = (struct store_object){
            .key = arena_copy(&out->arena, key),
            .version = arena_copy(&out->arena, buffer_str(&page->id)),
        };
}

static void parse_upload(void *ctx, const char *parent, const char *name, struct str text)
{
    struct uploads_page *page = ctx;
    bool in_result = strcmp(parent, "ListMultipartUploadsResult") == 0;
    if (strcmp(parent, "Upload") == 0 && strcmp(name, "Key") == 0)
        buffer_set(&page->key, text);
    else if (strcmp(parent, "Upload") == 0 && strcmp(name, "UploadId") == 0)
        buffer_set(&page->id, text);
    else if (in_result && strcmp(name, "Upload") == 0)
        end_upload(page);
    else if (in_result && strcmp(name, "NextKeyMarker") == 0)
        buffer_set(&page->key_marker, text);
    else if (in_result && strcmp(name, "NextUploadIdMarker") == 0)
        buffer_set(&page->id_marker, text);
    else if (in_result && strcmp(name, "IsTruncated") == 0)
        page->is_truncated = str_equal(text, STR("true"));
}

static const char *check_uploads(struct s3_request *request)
{
    static const struct xml_schema schema = {
        "ListMultipartUploadsResult",
        {{"ListMultipartUploadsResult", "IsTruncated"}, {"Upload", "Key"}, {"Upload", "UploadId"}}};
    struct uploads_page *page = request->ctx;
    buffer_reset(&page->key_marker);
    buffer_reset(&page->id_marker);
    request->is_not_s3 = true;
    bool is_page = xml_read(buffer_str(&request->http.answer.body), &schema, parse_upload, page) &&
                   page->is_truncated <= (page->key_marker.len > 0);
    if (is_page)
        return NULL;
    page->out->count = page->begin;
    return "the answer is no list of uploads";
}

static enum status read_uploads(struct uploads_page *page, const char *prefix, struct error *error)
{
    CLEANUP(buffer_release) struct buffer whole = {0};
    buffer_appendf(&whole, "%s%s", page->s3->location.prefix, prefix);
    struct s3_request *request = s3_request_new(page->s3, S3_LIST, "GET", STR_NULL);
    request->is_optional = true;
    if (page->key_marker.len)
        s3_request_query(request, "key-marker", buffer_str(&page->key_marker));
    s3_request_query(request, "prefix", whole.len ? buffer_str(&whole) : STR(""));
    if (page->id_marker.len)
        s3_request_query(request, "upload-id-marker", buffer_str(&page->id_marker));
    s3_request_query(request, "uploads", STR(""));
    request->check = check_uploads;
    request->ctx = page;
    return s3_request_finish(request, error);
}

enum status s3_uploads_list(struct s3 *s3, const char *prefix, struct store_listing *out,
                            struct error *error)
{
    CLEANUP(page_release) struct uploads_page page = {.s3 = s3, .out = out, .is_truncated = true};
    for (int i = 0; i < MAX_UPLOAD_PAGES && page.is_truncated; i++) {
        page.begin = out->count;
        TRY(read_uploads(&page, prefix, error));
    }
    return STATUS_OK;
}

enum status s3_upload_discard(struct s3 *s3, struct str key, struct str upload_id,
                              struct error *error)
{
    struct s3_request *request = s3_request_new(s3, S3_WRITE, "DELETE", key);
    s3_request_query(request, "uploadId", upload_id);
    enum status status = s3_request_finish(request, error);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum status s3_uploads_abort(struct s3 *s3, const char *key, struct str kept, struct error *error)
{
    CLEANUP(store_listing_release) struct store_listing uploads = {0};
    enum status status = STATUS_OK;
    TRY(s3_uploads_list(s3, key, &uploads, error));
    for (size_t i = 0; i < uploads.count; i++) {
        const struct store_object *upload = &uploads.objects[i];
        struct error other;
        if (!str_equal(upload->key, str_of(key)) || str_equal(upload->version, kept))
            continue;
        enum status one = s3_upload_discard(s3, upload->key, upload->version,
                                            status == STATUS_OK ? error : &other);
        status = status == STATUS_OK ? one : status;
    }
    return status;
}
