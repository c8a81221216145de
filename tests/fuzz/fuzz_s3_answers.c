/* The input is the responses of an S3 server: a letter for the call, then the responses to its
 * requests in order (the last one is repeated), each after a line "%%": a status line, header
 * lines, an empty line, and the body.
 *
 * The store must end each call. Keys that it lists must be below the folder, distinct, sorted, and
 * of possible sizes. It may delete only the objects that the call names, and uploads below the
 * folder. What it reads must have the requested length. */
#include "s3_private.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

/* After so many requests, the server closes the connection. */
#define MAX_REQUESTS 64

static struct {
    struct str answers; /* set between calls */
    size_t at;
    unsigned requests;
    bool deletes_others;
} script;

static struct store *store;

/* ---- The server ------------------------------------------------------------------------------ */

static struct str next_answer(void)
{
    static const char mark[] = "\n%%\n";
    if (script.requests++ >= MAX_REQUESTS)
        return STR("403\n\n<Error><Code>AccessDenied</Code></Error>");
    struct str rest = {script.answers.data + script.at, script.answers.len - script.at};
    const char *end = memmem(rest.data, rest.len, mark, strlen(mark));
    if (!end)
        return rest;
    script.at += (size_t)(end - rest.data) + strlen(mark);
    return (struct str){rest.data, (size_t)(end - rest.data)};
}

static struct str take_line(struct str *text)
{
    const char *end = text->len ? memchr(text->data, '\n', text->len) : NULL;
    size_t len = end ? (size_t)(end - text->data) : text->len;
    struct str line = {text->data, len};
    size_t skip = len + (end != NULL);
    *text = (struct str){text->data + skip, text->len - skip};
    return line;
}

/* Headers that determine the length of the response are skipped: they are handled by libcurl. */
static void append_header(struct str line, struct buffer *out)
{
    static const char *const names[] = {"etag:",
                                        "date:",
                                        "content-range:",
                                        "location:",
                                        "x-amz-bucket-region:",
                                        "x-amz-server-side-encryption:"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (line.len <= strlen(names[i]) || strncasecmp(line.data, names[i], strlen(names[i])) != 0)
            continue;
        for (size_t at = 0; at < line.len; at++)
            if ((unsigned char)line.data[at] >= 0x20)
                buffer_append_char(out, line.data[at]);
        buffer_append_str(out, STR("\r\n"));
    }
}

static void write_answer(struct str text, bool is_head, struct buffer *out)
{
    struct str line = take_line(&text);
    int status = 0;
    for (size_t i = 0; i < line.len && i < 3; i++)
        status = 10 * status + line.data[i] - '0';
    if (status < 200 || status > 599)
        status = 200;
    buffer_appendf(out, "HTTP/1.1 %d X\r\n", status);
    while ((line = take_line(&text)).len)
        append_header(line, out);
    bool has_body = status != 204 && status != 304;
    if (has_body)
        buffer_appendf(out, "Content-Length: %zu\r\n", text.len);
    buffer_append_str(out, STR("\r\n"));
    if (has_body && !is_head && text.len)
        buffer_append_str(out, text);
}

/* Whether a request may delete this: the objects that the calls name, and uploads below the folder.
 */
static void look_at(const char *head)
{
    size_t line = strcspn(head, "\r");
    bool is_delete = strncmp(head, "DELETE ", 7) == 0;
    bool is_upload = is_delete && memmem(head, line, "uploadId=", 9);
    if (is_delete)
        script.deletes_others |= strncmp(head, "DELETE /bucket/lake/", 20) != 0 ||
                                 memmem(head, line, "/..", 3) || memmem(head, line, "//", 2) ||
                                 (!is_upload && strncmp(head + 20, "users/a ", 8) != 0 &&
                                  strncmp(head + 20, "users/.b.tmp ", 13) != 0);
}

static bool read_request(int fd, struct buffer *request)
{
    size_t wanted = SIZE_MAX;
    buffer_reset(request);
    while (request->len < wanted) {
        ssize_t got = recv(fd, buffer_reserve(request, 65536), 65536, 0);
        if (got <= 0)
            return false;
        request->len += (size_t)got;
        if (wanted != SIZE_MAX)
            continue;
        const char *text = buffer_text(request), *end = strstr(text, "\r\n\r\n");
        const char *length = strcasestr(text, "\r\nContent-Length:");
        if (end)
            wanted = (size_t)(end - text) + 4 +
                     (length && length < end ? strtoull(length + 17, NULL, 10) : 0);
    }
    (void)buffer_text(request);
    return true;
}

static void *serve(void *ctx)
{
    CLEANUP(buffer_release) struct buffer request = {0}, text = {0};
    int listener = *(int *)ctx, fd;
    while ((fd = accept(listener, NULL, NULL)) >= 0) {
        while (read_request(fd, &request)) {
            look_at(buffer_text(&request));
            buffer_reset(&text);
            write_answer(next_answer(), strncmp(request.data, "HEAD ", 5) == 0, &text);
            if (send(fd, text.data, text.len, MSG_NOSIGNAL) < 0)
                break;
        }
        close(fd);
    }
    return NULL;
}

/* Uses one connection, so that the responses are used in order. */
static void begin(void)
{
    static int fd;
    static struct config config;
    static char url[64], access_key[] = "ACCESS", secret_key[] = "SECRET";
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    struct s3_options options = s3_options_default();
    struct error error;
    pthread_t thread;
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(bind(fd, (struct sockaddr *)&address, len) == 0 && listen(fd, 16) == 0);
    REQUIRE(getsockname(fd, (struct sockaddr *)&address, &len) == 0);
    snprintf(url, sizeof url, "http://127.0.0.1:%u", ntohs(address.sin_port));
    REQUIRE(pthread_create(&thread, NULL, serve, &fd) == 0);
    config.access_key = access_key;
    config.secret_key = secret_key;
    options.keys.config = &config;
    options.keys.endpoint = url;
    options.keys.region = "us-east-1";
    options.connections = 1;
    options.retry_seconds = 0;
    REQUIRE(s3_store_open("s3://bucket/lake", STORE_USE_INPUT, &options, &store, &error) ==
            STATUS_OK);
}

/* Resets what the store has learned from the responses of the input before. No request is running.
 */
static void reset_store(void)
{
    struct s3 *s3 = s3_of(store);
    s3->loop.has_clock = s3->loop.is_clock_set = s3->loop.is_answered = false;
    s3->loop.has_no_checksums = s3->loop.has_wrong_if_match = false;
    s3->loop.etags_are_not_hashes = false;
    s3->loop.given_up_ns = 0;
    s3->loop.renew_s = 0;
    mem_free(s3->loop.region);
    s3->loop.region = str_dup(STR("us-east-1"));
    mem_free(s3->shared.failure);
    s3->shared.failure = NULL;
    atomic_store(&s3->lists_by_marker, false);
    atomic_store(&s3->deletes_one_by_one, false);
}

/* ---- Calls ----------------------------------------------------------------------------------- */

static void check_object(const struct store_object *object, bool is_all)
{
    struct str version = object->version;
    REQUIRE(object->key.len > 0 && !memchr(object->key.data, '\0', object->key.len));
    REQUIRE(str_starts_with(object->key, STR("users/")));
    REQUIRE(object->size_bytes <= S3_MAX_OBJECT_BYTES);
    REQUIRE(!is_all || s3_key_is_sound(object->key));
    for (size_t i = 0; i < version.len && !store_is_temporary(object->key); i++)
        REQUIRE((unsigned char)version.data[i] > 0x20);
}

static enum status list(bool is_all, struct error *error)
{
    CLEANUP(store_listing_release) struct store_listing listing = {0};
    enum store_list_which which = is_all ? STORE_LIST_ALL : STORE_LIST_VISIBLE;
    TRY(store_list(store, "users", which, &listing, error));
    for (size_t i = 0; i < listing.count; i++) {
        check_object(&listing.objects[i], is_all);
        int order = i ? str_compare(listing.objects[i - 1].key, listing.objects[i].key) : -1;
        REQUIRE(order < 0 || (order == 0 && store_is_temporary(listing.objects[i].key)));
    }
    return STATUS_OK;
}

static enum status read_object(uint64_t offset, size_t length, struct error *error)
{
    CLEANUP(buffer_release) struct buffer out = {0};
    struct store_object object = {.key = STR("users/a"), .size_bytes = 5, .version = STR("\"e\"")};
    TRY(store_get(store, &object, offset, length, &out, error));
    REQUIRE(out.len == length);
    return STATUS_OK;
}

static enum status upload(struct error *error)
{
    static char bytes[S3_PART_BYTES];
    struct store_upload *one = NULL;
    TRY(store_upload_begin(store, STR("users/a"), &one, error));
    enum status status = store_upload_write(one, (struct str){bytes, sizeof bytes}, error);
    if (status == STATUS_OK)
        return store_upload_finish(one, error);
    store_upload_abort(one);
    return status;
}

static enum status make_call(char letter, struct error *error)
{
    static const struct str keys[] = {STR("users/a"), STR("users/.b.tmp")};
    static const struct store_object from = {.key = STR("users/a")};
    CLEANUP(buffer_release) struct buffer text = {0};
    switch (letter) {
    case 'l':
        return list(false, error);
    case 'a':
        return list(true, error);
    case 'r':
        return read_object(0, 5, error);
    case 'g':
        return read_object(1, 2, error);
    case 'p':
        return store_put(store, STR("users/a"), STR("hello"), error);
    case 'n':
        return store_put_if_absent(store, STR("users/a"), STR("hello"), error);
    case 'm':
        return store_move(store, &from, STR("users/c"), error);
    case 'u':
        return upload(error);
    case 'd':
        return store_delete(store, keys, 2, error);
    default:
        store_describe_folder(store, "users", 8, &text);
        return STATUS_OK;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error error = {0};
    if (!store)
        begin();
    if (size < 2)
        return 0;
    reset_store();
    script.answers = (struct str){(const char *)data + 2, size - 2};
    script.at = script.requests = 0;
    script.deletes_others = false;
    enum status status = make_call((char)data[0], &error);
    if (status == STATUS_OK)
        status = store_flush(store, &error);
    REQUIRE(status == STATUS_OK || (error.status == status && error.message[0]));
    REQUIRE(!script.deletes_others);
    return 0;
}
