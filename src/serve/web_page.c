/* The page has a Content-Security-Policy in a <meta>, with hashes of its script and style
 * (web/build.mjs). The response header repeats it and adds what only a header can say. */
#include "web_page.h"

#include "serve_request.h"

#include <web.h>
#include <zlib.h>

static enum status find_policy(struct web_page *page, struct error *error)
{
    static const struct str begin = STR("http-equiv=\"Content-Security-Policy\" content=\"");
    CLEANUP(buffer_release) struct buffer policy = {0};
    const char *found = memmem(page->html.data, page->html.len, begin.data, begin.len);
    const char *text = found ? found + begin.len : NULL;
    const char *end =
        text ? memchr(text, '"', (size_t)(page->html.data + page->html.len - text)) : NULL;
    if (!end)
        return error_set(error, STATUS_INTERNAL, "the page has no Content-Security-Policy");
    buffer_append(&policy, text, (size_t)(end - text));
    buffer_append_str(&policy, STR("; frame-ancestors 'none'"));
    page->policy = str_dup(buffer_str(&policy));
    return STATUS_OK;
}

static void compress_page(struct web_page *page)
{
    z_stream stream = {0};
    if (deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        mem_exhausted();
    uLong bound = deflateBound(&stream, (uLong)page->html.len);
    stream.next_in = (Bytef *)(uintptr_t)page->html.data;
    stream.avail_in = (uInt)page->html.len;
    stream.next_out = (Bytef *)buffer_reserve(&page->gzip, bound);
    stream.avail_out = (uInt)bound;
    deflate(&stream, Z_FINISH);
    page->gzip.len = bound - stream.avail_out;
    deflateEnd(&stream);
}

enum status web_page_init(struct web_page *page, struct error *error)
{
    *page = (struct web_page){.html = web_asset("serve.html")};
    if (page->html.len == 0) {
        error_set(error, STATUS_NOT_FOUND, "this program was built without its pages");
        return error_hint(error, "build it where there is npm, or from the release archive");
    }
    TRY(find_policy(page, error));
    compress_page(page);
    snprintf(page->etag, sizeof page->etag, "\"%016llx\"",
             (unsigned long long)hash_stored(page->html));
    return STATUS_OK;
}

void web_page_release(struct web_page *page)
{
    buffer_release(&page->gzip);
    mem_free(page->policy);
    *page = (struct web_page){0};
}

static const char *header_of(const struct serve_request *request, const char *name)
{
    const char *value = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
    return value ? value : "";
}

enum MHD_Result route_page(struct serve_request *request)
{
    const struct web_page *page = &request->server->page;
    bool is_known = strcmp(header_of(request, "If-None-Match"), page->etag) == 0;
    bool is_small = strstr(header_of(request, "Accept-Encoding"), "gzip") != NULL;
    struct str bytes = is_known ? STR("") : is_small ? buffer_str(&page->gzip) : page->html;
    struct MHD_Response *response = MHD_create_response_from_buffer(
        bytes.len, (void *)(uintptr_t)bytes.data, MHD_RESPMEM_PERSISTENT);
    if (!response)
        mem_exhausted();
    serve_request_set_headers(response, "text/html; charset=utf-8", page->policy, "no-cache");
    MHD_add_response_header(response, "ETag", page->etag);
    MHD_add_response_header(response, "Vary", "Accept-Encoding");
    if (is_small && !is_known)
        MHD_add_response_header(response, "Content-Encoding", "gzip");
    return serve_request_send(request, is_known ? MHD_HTTP_NOT_MODIFIED : MHD_HTTP_OK, response);
}
