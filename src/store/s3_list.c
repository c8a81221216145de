/* ListObjectsV2: a folder is listed flat, a thousand keys a page; several folders at once. */
#include "s3.h"

#include <stdlib.h>

/* A thousand keys of 1,024 bytes, each byte "%XX", and what else there is of an object. */
#define MAX_ANSWER_BYTES ((size_t)8 << 20)

/* A store may answer with pages that are empty, and say that there is more. */
#define MAX_EMPTY_PAGES 1000

/* An object of a page; its strings begin in the page's text. */
struct entry {
    size_t key, key_len, etag, etag_len;
    uint64_t size_bytes;
};

struct page {
    struct buffer text;
    struct entry *entries;
    size_t count, cap;
    struct entry entry;    /* what is being read */
    struct buffer folders; /* common prefixes, each terminated */
    struct buffer token;   /* of the next page */
    bool is_truncated, is_encoded;
};

static void page_reset(struct page *page)
{
    buffer_reset(&page->text);
    buffer_reset(&page->folders);
    buffer_reset(&page->token);
    page->count = 0;
    page->entry = (struct entry){0};
    page->is_truncated = page->is_encoded = false;
}

static void page_release(struct page *page)
{
    buffer_release(&page->text);
    buffer_release(&page->folders);
    buffer_release(&page->token);
    mem_free(page->entries);
}

/* ---- Reading a page -------------------------------------------------------------------------- */

static uint64_t number_of(struct str text)
{
    uint64_t number = 0;
    for (size_t i = 0; i < text.len && text.data[i] >= '0' && text.data[i] <= '9'; i++)
        number = number * 10 + (uint64_t)(text.data[i] - '0');
    return number;
}

/* An ETag goes into headers of later requests. */
static bool is_header_text(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] <= 0x20 || text.data[i] == 0x7F)
            return false;
    return true;
}

static void take_object(struct page *page, const char *name, struct str text)
{
    struct entry *entry = &page->entry;
    size_t begin = page->text.len;
    if (strcmp(name, "Size") == 0) {
        entry->size_bytes = number_of(text);
    } else if (strcmp(name, "Key") == 0) {
        buffer_append_str(&page->text, text);
        entry->key = begin;
        entry->key_len = text.len;
    } else if (strcmp(name, "ETag") == 0) {
        buffer_append_str(&page->text, text);
        entry->etag = begin;
        entry->etag_len = is_header_text(text) ? text.len : 0;
    }
}

static void take_result(struct page *page, const char *name, struct str text)
{
    if (strcmp(name, "Contents") == 0) {
        MEM_GROW(page->entries, page->count + 1, page->cap);
        page->entries[page->count++] = page->entry;
        page->entry = (struct entry){0};
    } else if (strcmp(name, "IsTruncated") == 0) {
        page->is_truncated = str_equal(text, STR("true"));
    } else if (strcmp(name, "EncodingType") == 0) {
        page->is_encoded = str_equal(text, STR("url"));
    } else if (strcmp(name, "NextContinuationToken") == 0) {
        buffer_reset(&page->token);
        buffer_append_str(&page->token, text);
    }
}

static void take_element(void *ctx, const char *parent, const char *name, struct str text)
{
    struct page *page = ctx;
    if (strcmp(parent, "Contents") == 0) {
        take_object(page, name, text);
    } else if (strcmp(parent, "ListBucketResult") == 0) {
        take_result(page, name, text);
    } else if (strcmp(parent, "CommonPrefixes") == 0 && strcmp(name, "Prefix") == 0) {
        buffer_append_str(&page->folders, text);
        buffer_append_char(&page->folders, '\0');
    }
}

/* A page that says there is more, and not where, would end the listing too soon. */
static bool check_page(struct s3_request *request, const char **problem)
{
    struct page *page = request->ctx;
    page_reset(page);
    if (s3_xml_read(buffer_str(&request->http.answer.body), "ListBucketResult", take_element,
                    page) &&
        page->is_truncated == (page->token.len > 0))
        return true;
    request->is_garbage = true;
    *problem = "the answer is no listing";
    return false;
}

/* ---- Keys ------------------------------------------------------------------------------------ */

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

/* encoding-type=url is that of forms: a '+' is a blank. */
static void append_decoded(struct str text, struct buffer *out)
{
    for (size_t i = 0; i < text.len; i++) {
        bool may_be_hex = text.data[i] == '%' && i + 2 < text.len;
        int high = may_be_hex ? hex_digit(text.data[i + 1]) : -1;
        int low = may_be_hex ? hex_digit(text.data[i + 2]) : -1;
        if (high >= 0 && low >= 0) {
            buffer_append_char(out, (char)(high << 4 | low));
            i += 2;
        } else {
            buffer_append_char(out, text.data[i] == '+' ? ' ' : text.data[i]);
        }
    }
}

static void append_key(const struct page *page, struct str text, struct buffer *out)
{
    buffer_reset(out);
    if (page->is_encoded)
        append_decoded(text, out);
    else
        buffer_append_str(out, text);
}

/* True for what has a name, or is in a folder with a name, that begins with '_' or '.'. */
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
    struct page page;
    struct buffer greatest;     /* key so far, whole */
    unsigned empty_pages;       /* in a row */
    struct s3_request *request; /* under way, or NULL */
    bool is_sorted;
};

static void folder_init(struct folder *folder, struct s3 *s3, struct store_list *list)
{
    *folder = (struct folder){.s3 = s3, .list = list, .is_sorted = true};
    buffer_append_str(&folder->prefix, str_of(s3->place.prefix));
    if (list->prefix[0]) {
        buffer_append_str(&folder->prefix, str_of(list->prefix));
        buffer_append_char(&folder->prefix, '/');
    }
}

static void folder_release(struct folder *folder)
{
    buffer_release(&folder->prefix);
    buffer_release(&folder->greatest);
    page_release(&folder->page);
    s3_request_free(folder->request);
}

static struct s3_request *page_request(struct s3 *s3, struct page *page, struct str prefix,
                                       bool only_names)
{
    struct s3_request *request = s3_request_new(s3, S3_LIST, "GET", STR_NULL);
    request->http.answer_limit = MAX_ANSWER_BYTES;
    request->check = check_page;
    request->ctx = page;
    if (page->token.len)
        s3_request_query(request, "continuation-token", buffer_str(&page->token));
    if (only_names)
        s3_request_query(request, "delimiter", STR("/"));
    s3_request_query(request, "encoding-type", STR("url"));
    s3_request_query(request, "list-type", STR("2"));
    s3_request_query(request, "prefix", prefix.len ? prefix : STR(""));
    return request;
}

static void ask_for_page(struct folder *folder)
{
    s3_request_free(folder->request);
    folder->request = page_request(folder->s3, &folder->page, buffer_str(&folder->prefix), false);
    s3_send(folder->request);
}

static void add_object(struct folder *folder, struct str key, const struct entry *entry)
{
    struct store_listing *out = folder->list->out;
    const char *text = folder->page.text.data;
    struct str etag = {text + entry->etag, entry->etag_len};
    MEM_GROW(out->objects, out->count + 1, out->cap);
    out->objects[out->count] = (struct store_object){
        .key = arena_copy(&out->arena, key),
        .size_bytes = entry->size_bytes,
        .version = etag.len ? arena_copy(&out->arena, etag) : STR_NULL,
        .identity = etag.len ? hash_str(etag) : 0,
    };
    if (out->count && str_compare(out->objects[out->count - 1].key, key) >= 0)
        folder->is_sorted = false;
    out->count++;
}

/* Pages whose keys do not go on, or that are empty again and again, would have no end. */
static bool goes_on(struct folder *folder, struct str key)
{
    folder->empty_pages = 0;
    if (folder->greatest.len && str_compare(key, buffer_str(&folder->greatest)) <= 0)
        return false;
    buffer_reset(&folder->greatest);
    buffer_append_str(&folder->greatest, key);
    return true;
}

/* False when the page holds what was not asked for. */
static bool add_page(struct folder *folder)
{
    CLEANUP(buffer_release) struct buffer key = {0};
    const struct page *page = &folder->page;
    size_t skip = strlen(folder->s3->place.prefix);
    bool has_gone_on = page->count == 0 && ++folder->empty_pages <= MAX_EMPTY_PAGES;
    for (size_t i = 0; i < page->count; i++) {
        const struct entry *entry = &page->entries[i];
        append_key(page, (struct str){page->text.data + entry->key, entry->key_len}, &key);
        if (!str_starts_with(buffer_str(&key), buffer_str(&folder->prefix)) || !key.len)
            return false;
        has_gone_on |= goes_on(folder, buffer_str(&key));
        struct str below = {key.data + folder->prefix.len, key.len - folder->prefix.len};
        bool is_folder = key.data[key.len - 1] == '/'; /* as consoles make them */
        if (is_folder || (folder->list->which == STORE_LIST_VISIBLE && is_hidden(below)))
            continue;
        add_object(folder, (struct str){key.data + skip, key.len - skip}, entry);
    }
    return has_gone_on;
}

static int compare_objects(const void *a, const void *b)
{
    const struct store_object *left = a, *right = b;
    return str_compare(left->key, right->key);
}

static void sort_objects(struct store_listing *listing)
{
    if (listing->count)
        qsort(listing->objects, listing->count, sizeof *listing->objects, compare_objects);
}

/* Takes the page that has come, and asks for the next; *more becomes false after the last. */
static enum status next_page(struct folder *folder, bool *more, struct error *error)
{
    struct store_listing *out = folder->list->out;
    TRY(s3_wait(folder->request, error));
    if (!add_page(folder))
        return error_set(error, STATUS_FAILED,
                         "cannot list s3://%s/%.*s: the answer is not what was asked for",
                         folder->s3->place.bucket, STR_ARG(buffer_str(&folder->prefix)));
    *more = folder->page.is_truncated;
    if (*more)
        ask_for_page(folder);
    else if (!folder->is_sorted)
        sort_objects(out);
    return STATUS_OK;
}

/* A request that is under way when another has failed is waited for: it borrows its page. */
static void finish_requests(struct folder *folders, const bool *more, size_t count)
{
    struct error ignored;
    for (size_t i = 0; i < count; i++)
        if (more[i])
            (void)!s3_wait(folders[i].request, &ignored);
}

static enum status list_folders(struct folder *folders, size_t count, struct error *error)
{
    bool *more = mem_zalloc(count * sizeof *more);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < count; i++) {
        ask_for_page(&folders[i]);
        more[i] = true;
    }
    for (bool any = true; any && status == STATUS_OK;) {
        any = false;
        for (size_t i = 0; i < count && status == STATUS_OK; i++) {
            if (!more[i])
                continue;
            more[i] = false;
            status = next_page(&folders[i], &more[i], error);
            any |= more[i];
        }
    }
    finish_requests(folders, more, count);
    mem_free(more);
    return status;
}

/* ---- Unfinished uploads ---------------------------------------------------------------------- */

struct all_lists {
    struct store_list *lists;
    size_t count;
    struct buffer name;
};

static bool is_below(struct str key, const char *folder)
{
    size_t len = strlen(folder);
    return len == 0 ||
           (key.len > len && memcmp(key.data, folder, len) == 0 && key.data[len] == '/');
}

/* Adds an upload of "a/x" as the temporary "a/.x.tmp". */
static void add_upload(void *ctx, struct str key, struct str upload_id)
{
    struct all_lists *all = ctx;
    buffer_reset(&all->name);
    buffer_append_str(&all->name, key_folder(key));
    buffer_append_str(&all->name, STR(TEMPORARY_PREFIX));
    buffer_append_str(&all->name, key_name(key));
    buffer_append_str(&all->name, STR(TEMPORARY_SUFFIX));
    for (size_t i = 0; i < all->count; i++) {
        struct store_listing *out = all->lists[i].out;
        if (all->lists[i].which != STORE_LIST_ALL || !is_below(key, all->lists[i].prefix))
            continue;
        MEM_GROW(out->objects, out->count + 1, out->cap);
        out->objects[out->count++] = (struct store_object){
            .key = arena_copy(&out->arena, buffer_str(&all->name)),
            .version = arena_copy(&out->arena, upload_id),
        };
    }
}

/* One request finds those of all folders. Who may not ask, or a store that does not know, has
 * none. */
static enum status list_uploads(struct s3 *s3, struct store_list *lists, size_t count,
                                struct error *error)
{
    struct all_lists all = {.lists = lists, .count = count};
    bool is_wanted = false;
    for (size_t i = 0; i < count; i++)
        is_wanted |= lists[i].which == STORE_LIST_ALL;
    enum status status = is_wanted ? s3_each_upload(s3, "", add_upload, &all, error) : STATUS_OK;
    for (size_t i = 0; i < count && is_wanted; i++)
        sort_objects(lists[i].out);
    buffer_release(&all.name);
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

static void describe_page(const struct page *page, struct str prefix, size_t limit,
                          struct buffer *out)
{
    CLEANUP(buffer_release) struct buffer key = {0};
    size_t count = 0;
    const char *folder = page->folders.data;
    for (size_t at = 0; at < page->folders.len && count < limit; count++) {
        struct str text = str_of(folder + at);
        append_key(page, text, &key);
        buffer_appendf(out, "%s%.*s", count ? ", " : "",
                       key.len > prefix.len ? (int)(key.len - prefix.len) : 0,
                       key.data + prefix.len);
        at += text.len + 1;
    }
    for (size_t i = 0; i < page->count && count < limit; i++, count++) {
        const struct entry *entry = &page->entries[i];
        append_key(page, (struct str){page->text.data + entry->key, entry->key_len}, &key);
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
    folder.request = page_request(s3, &folder.page, buffer_str(&folder.prefix), true);
    if (s3_call(folder.request, &ignored) == STATUS_OK)
        describe_page(&folder.page, buffer_str(&folder.prefix), limit, out);
    folder_release(&folder);
}
