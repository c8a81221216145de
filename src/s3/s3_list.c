/* Listing by ListObjectsV2: each folder flat, a thousand keys a page, several folders at once.
 * For a store that knows only ListObjects, the next page begins after the last key of the page
 * before. */
#include "s3_page.h"

/* A thousand keys of 1,024 bytes, each byte as "%XX", and the other elements of an object. */
#define MAX_ANSWER_BYTES ((size_t)8 << 20)

/* A store may send empty pages and say that more follow. */
#define MAX_EMPTY_PAGES 1000

static const char *check_page(struct s3_request *request)
{
    request->is_not_s3 = true;
    return s3_page_read(request->ctx, buffer_str(&request->http.answer.body));
}

/* ---- Keys ------------------------------------------------------------------------------------ */

/* Whether a part of the key begins with '_' or '.'. */
static bool is_hidden(struct str below)
{
    bool begins = true;
    for (size_t i = 0; i < below.len; i++) {
        if (begins && (below.data[i] == '_' || below.data[i] == '.'))
            return true;
        begins = below.data[i] == '/';
    }
    return false;
}

/* ---- Folders --------------------------------------------------------------------------------- */

/* The listing of one folder, page by page. */
struct folder {
    struct s3 *s3;
    struct store_list *list;
    struct buffer prefix; /* whole: what every key begins with */
    struct s3_page page;
    struct buffer greatest;     /* last key so far, whole */
    struct buffer after;        /* the marker of ListObjects */
    unsigned empty_pages;       /* in a row */
    struct s3_request *request; /* under way, or NULL */
    bool is_sorted;
    bool by_marker; /* by ListObjects */
    bool has_more;  /* a page is under way */
};

static void folder_init(struct folder *folder, struct s3 *s3, struct store_list *list)
{
    *folder = (struct folder){
        .s3 = s3, .list = list, .is_sorted = true, .by_marker = atomic_load(&s3->lists_by_marker)};
    buffer_append_str(&folder->prefix, str_of(s3->location.prefix));
    if (list->prefix[0]) {
        buffer_append_str(&folder->prefix, str_of(list->prefix));
        buffer_append_char(&folder->prefix, '/');
    }
}

static void folder_release(struct folder *folder)
{
    buffer_release(&folder->prefix);
    buffer_release(&folder->greatest);
    buffer_release(&folder->after);
    s3_page_release(&folder->page);
    s3_request_free(folder->request);
}

/* `after`: the key after which ListObjects goes on; null with ListObjectsV2. */
static struct s3_request *page_request(struct s3 *s3, struct s3_page *page, struct str prefix,
                                       struct str after, bool only_names)
{
    struct s3_request *request = s3_request_new(s3, S3_LIST, "GET", STR_NULL);
    request->http.answer_limit = MAX_ANSWER_BYTES;
    request->check = check_page;
    request->ctx = page;
    if (page->token.len && !after.data)
        s3_request_query(request, "continuation-token", buffer_str(&page->token));
    if (only_names)
        s3_request_query(request, "delimiter", STR("/"));
    s3_request_query(request, "encoding-type", STR("url"));
    if (after.data)
        s3_request_query(request, "marker", after);
    else
        s3_request_query(request, "list-type", STR("2"));
    s3_request_query(request, "prefix", prefix.len ? prefix : STR(""));
    return request;
}

static void ask_for_page(struct folder *folder)
{
    struct str after = STR_NULL;
    folder->has_more = true;
    if (folder->by_marker)
        after = folder->after.len ? buffer_str(&folder->after) : STR("");
    s3_request_free(folder->request);
    folder->request =
        page_request(folder->s3, &folder->page, buffer_str(&folder->prefix), after, false);
    s3_request_send(folder->request);
}

static void list_by_marker(struct folder *folder)
{
    folder->by_marker = true;
    atomic_store(&folder->s3->lists_by_marker, true);
}

/* Goes on by markers: the page has no token, so the store ignores list-type=2. The last key is a
 * marker with every store; NextMarker is used where the page has no key. */
static void go_on_by_marker(struct folder *folder)
{
    const struct s3_page *page = &folder->page;
    struct str marker =
        page->count ? page->entries[page->count - 1].key : buffer_str(&page->marker);
    (void)s3_page_decode(page, marker, &folder->after);
    list_by_marker(folder);
}

/* Keeps the ETag in the form of If-Match: strong, and in quotes. */
static struct str keep_etag(struct arena *arena, struct str etag)
{
    struct str value = s3_etag_value(etag);
    if (value.len == 0)
        return STR_NULL;
    char *copy = arena_alloc(arena, value.len + 2);
    copy[0] = copy[value.len + 1] = '"';
    memcpy(copy + 1, value.data, value.len);
    return (struct str){copy, value.len + 2};
}

static void add_object(struct folder *folder, struct str key, const struct s3_entry *entry)
{
    struct store_listing *out = folder->list->out;
    struct str etag = keep_etag(&out->arena, entry->etag);
    if (out->count && str_compare(out->objects[out->count - 1].key, key) >= 0)
        folder->is_sorted = false;
    *MEM_ADD(out->objects, out->count, out->cap) = (struct store_object){
        .key = arena_copy(&out->arena, key),
        .size_bytes = entry->size_bytes,
        .version = etag,
        .identity = etag.len ? hash_stored(etag) : 0,
    };
}

/* Whether the listing makes progress: pages that repeat keys, or stay empty, would have no end.
 * With markers, keys that are not in order would be listed twice, or not at all. */
static bool goes_on(struct folder *folder, struct str key)
{
    folder->empty_pages = 0;
    if (folder->greatest.len && str_compare(key, buffer_str(&folder->greatest)) <= 0)
        return false;
    buffer_set(&folder->greatest, key);
    return true;
}

bool s3_key_is_sound(struct str key)
{
    for (size_t i = 0; i < key.len; i++) {
        unsigned char c = (unsigned char)key.data[i];
        if (c < 0x20 || c == 0x7F)
            return false;
    }
    return store_is_key(key);
}

/* Objects that are skipped: markers that consoles make for folders, hidden ones of an input, and
 * in an output keys that no run writes and that some stores confuse with others. */
static bool is_no_file(const struct folder *folder, struct str key)
{
    struct str below = str_from(key, folder->prefix.len);
    bool is_all = folder->list->which == STORE_LIST_ALL;
    return key.data[key.len - 1] == '/' || (is_all ? !s3_key_is_sound(below) : is_hidden(below));
}

/* Adds the page's objects. False when the page holds keys outside the prefix, or makes no
 * progress. */
static bool add_page(struct folder *folder)
{
    CLEANUP(buffer_release) struct buffer key = {0};
    const struct s3_page *page = &folder->page;
    size_t skip = strlen(folder->s3->location.prefix);
    bool has_gone_on = page->count == 0 && ++folder->empty_pages <= MAX_EMPTY_PAGES;
    for (size_t i = 0; i < page->count; i++) {
        const struct s3_entry *entry = &page->entries[i];
        if (!s3_page_decode(page, entry->key, &key) ||
            !str_starts_with(buffer_str(&key), buffer_str(&folder->prefix)))
            return false;
        bool is_next = goes_on(folder, buffer_str(&key));
        if (folder->by_marker && !is_next)
            return false;
        has_gone_on |= is_next;
        if (!is_no_file(folder, buffer_str(&key)))
            add_object(folder, str_from(buffer_str(&key), skip), entry);
    }
    return has_gone_on;
}

/* Sorts the objects, and refuses a key that is listed twice: it would be read twice. */
static enum status finish_folder(struct folder *folder, struct error *error)
{
    struct store_listing *out = folder->list->out;
    if (folder->is_sorted)
        return STATUS_OK;
    store_listing_sort(out);
    for (size_t i = 1; i < out->count; i++)
        if (str_equal(out->objects[i].key, out->objects[i - 1].key))
            return error_set(error, STATUS_FAILED,
                             "cannot list s3://%s/%.*s: the server lists %.*s twice",
                             folder->s3->location.bucket, STR_ARG(buffer_str(&folder->prefix)),
                             STR_ARG(out->objects[i].key));
    return STATUS_OK;
}

/* Whether the store does not know ListObjectsV2: then the listing begins anew by ListObjects. */
static bool must_ask_otherwise(struct folder *folder)
{
    if (!folder->request->is_unknown_call || folder->by_marker)
        return false;
    list_by_marker(folder);
    return true;
}

/* Waits for the page that was requested, adds it, and requests the next, if there is one. */
static enum status next_page(struct folder *folder, struct error *error)
{
    const struct s3_page *page = &folder->page;
    enum status status = s3_request_wait(folder->request, error);
    folder->has_more = false;
    if (status != STATUS_OK && !must_ask_otherwise(folder))
        return status;
    if (status == STATUS_OK) {
        if (!add_page(folder))
            return error_set(error, STATUS_FAILED,
                             "cannot list s3://%s/%.*s: the answer is not what was asked for",
                             folder->s3->location.bucket, STR_ARG(buffer_str(&folder->prefix)));
        if (!page->is_truncated)
            return finish_folder(folder, error);
        if (!page->token.len)
            go_on_by_marker(folder);
    }
    ask_for_page(folder);
    return STATUS_OK;
}

/* After a failure the requests that are still under way are waited for: they borrow their pages. */
static enum status list_folders(struct folder *folders, size_t count, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < count; i++)
        ask_for_page(&folders[i]);
    for (bool any = true; any && status == STATUS_OK;) {
        any = false;
        for (size_t i = 0; i < count && status == STATUS_OK; i++) {
            if (folders[i].has_more)
                status = next_page(&folders[i], error);
            any |= folders[i].has_more;
        }
    }
    for (size_t i = 0; i < count; i++) {
        struct error ignored;
        if (folders[i].has_more)
            (void)!s3_request_wait(folders[i].request, &ignored);
    }
    return status;
}

/* ---- Unfinished uploads ---------------------------------------------------------------------- */

static bool is_below(struct str key, const char *folder)
{
    size_t len = strlen(folder);
    return len == 0 ||
           (key.len > len && memcmp(key.data, folder, len) == 0 && key.data[len] == '/');
}

/* Adds an upload of "a/x" as the temporary "a/.x.tmp". */
static void add_upload(const struct store_object *upload, struct store_list *lists, size_t count)
{
    CLEANUP(buffer_release) struct buffer name = {0};
    struct str folder = store_key_folder(upload->key), last = store_key_name(upload->key);
    buffer_appendf(&name, "%.*s" TEMPORARY_PREFIX "%.*s" TEMPORARY_SUFFIX, STR_ARG(folder),
                   STR_ARG(last));
    for (size_t i = 0; i < count; i++) {
        struct store_listing *out = lists[i].out;
        if (lists[i].which != STORE_LIST_ALL || !is_below(upload->key, lists[i].prefix))
            continue;
        *MEM_ADD(out->objects, out->count, out->cap) = (struct store_object){
            .key = arena_copy(&out->arena, buffer_str(&name)),
            .version = arena_copy(&out->arena, upload->version),
        };
    }
}

/* One request lists the uploads of all folders. Where the request is denied or not implemented,
 * there are none. */
static enum status list_uploads(struct s3 *s3, struct store_list *lists, size_t count,
                                struct error *error)
{
    CLEANUP(store_listing_release) struct store_listing uploads = {0};
    bool is_wanted = false;
    for (size_t i = 0; i < count; i++)
        is_wanted |= lists[i].which == STORE_LIST_ALL;
    enum status status = is_wanted ? s3_uploads_list(s3, "", &uploads, error) : STATUS_OK;
    for (size_t i = 0; i < uploads.count; i++)
        add_upload(&uploads.objects[i], lists, count);
    for (size_t i = 0; i < count && uploads.count; i++)
        store_listing_sort(lists[i].out);
    return status == STATUS_INTERRUPTED || status == STATUS_UNREACHABLE ? status : STATUS_OK;
}

enum status s3_list(struct store *store, struct store_list *lists, size_t count,
                    struct error *error)
{
    struct s3 *s3 = s3_of(store);
    struct folder *folders = mem_zalloc(count * sizeof *folders);
    for (size_t i = 0; i < count; i++)
        folder_init(&folders[i], s3, &lists[i]);
    enum status status = list_folders(folders, count, error);
    for (size_t i = 0; i < count; i++)
        folder_release(&folders[i]);
    mem_free(folders);
    return status == STATUS_OK ? list_uploads(s3, lists, count, error) : status;
}

/* ---- What is there, in words ----------------------------------------------------------------- */

static void describe_page(const struct s3_page *page, struct str prefix, size_t limit,
                          struct buffer *out)
{
    CLEANUP(buffer_release) struct buffer key = {0};
    size_t count = 0;
    const char *folder = page->folders.data;
    for (size_t at = 0; at < page->folders.len && count < limit; count++) {
        struct str text = str_of(folder + at);
        (void)s3_page_decode(page, text, &key);
        buffer_appendf(out, "%s%.*s", count ? ", " : "",
                       key.len > prefix.len ? (int)(key.len - prefix.len) : 0,
                       key.data + prefix.len);
        at += text.len + 1;
    }
    for (size_t i = 0; i < page->count && count < limit; i++, count++) {
        (void)s3_page_decode(page, page->entries[i].key, &key);
        if (key.len > prefix.len)
            buffer_appendf(out, "%s%.*s", count ? ", " : "", (int)(key.len - prefix.len),
                           key.data + prefix.len);
    }
    if (count == limit)
        buffer_append_str(out, STR(" and more"));
}

void s3_describe_folder(struct store *store, const char *prefix, size_t limit, struct buffer *out)
{
    struct s3 *s3 = s3_of(store);
    struct error ignored;
    struct folder folder;
    struct store_list list = {.prefix = prefix};
    folder_init(&folder, s3, &list);
    struct str after = folder.by_marker ? STR("") : STR_NULL;
    folder.request = page_request(s3, &folder.page, buffer_str(&folder.prefix), after, true);
    if (s3_request_call(folder.request, &ignored) == STATUS_OK)
        describe_page(&folder.page, buffer_str(&folder.prefix), limit, out);
    folder_release(&folder);
}
