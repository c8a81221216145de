/* s3_canned: an S3 server that does as little as possible: it checks nothing and has all objects in
 * memory. It shows how fast a client can be.
 *
 *     s3_canned FOLDER          prints its port, serves FOLDER/bucket/key until it is killed
 *
 * It supports LIST (1,000 keys a page), GET (also of a range), HEAD, PUT, DeleteObjects and
 * multipart uploads; a list of uploads is empty. Of objects that are put it keeps only the name and
 * the size, of those of multipart uploads only the name. */
#include <base.h>

#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE     1000
#define ETAG_LEN 32
#define DELETED  SIZE_MAX /* the size of a deleted object */

struct object {
    char *path; /* "bucket/key" */
    char *bytes;
    size_t size;
    char etag[ETAG_LEN + 1];
};

static struct {
    struct object *objects; /* the first `sorted` are sorted by path */
    size_t count, cap, sorted;
} store;

struct request {
    const char *head, *path; /* path: "bucket/key" */
    struct str bucket, query, body;
    bool has_key;
};

struct client {
    int fd;
    struct buffer in, out;
    size_t sent;
};

/* ---- Objects -------------------------------------------------------------------------------- */

static void md5_hex(struct str bytes, char *out)
{
    unsigned char hash[ETAG_LEN / 2];
    EVP_Digest(bytes.data, bytes.len, hash, NULL, EVP_md5(), NULL);
    for (size_t i = 0; i < sizeof hash; i++)
        sprintf(out + 2 * i, "%02x", hash[i]);
}

static struct object *add_object(const char *path, struct str bytes)
{
    MEM_GROW(store.objects, store.count + 1, store.cap);
    struct object *object = &store.objects[store.count++];
    *object = (struct object){.path = str_dup(str_of(path)), .size = bytes.len};
    md5_hex(bytes, object->etag);
    return object;
}

static void load_file(const char *path, const char *file, size_t size)
{
    struct buffer bytes = {0};
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    ssize_t got = read(fd, buffer_reserve(&bytes, size + 1), size);
    if (got < 0 || (size_t)got != size) {
        perror(file);
        exit(1);
    }
    close(fd);
    bytes.len = size;
    add_object(path, buffer_str(&bytes))->bytes = bytes.data;
}

static void load(const char *root, const char *below)
{
    CLEANUP(buffer_release) struct buffer folder = {0};
    buffer_appendf(&folder, "%s/%s", root, below);
    DIR *dir = opendir(buffer_text(&folder));
    struct dirent *entry;
    while (dir && (entry = readdir(dir)) != NULL) {
        CLEANUP(buffer_release) struct buffer path = {0}, full = {0};
        struct stat info;
        if (entry->d_name[0] == '.')
            continue;
        buffer_appendf(&path, "%s%s%s", below, *below ? "/" : "", entry->d_name);
        buffer_appendf(&full, "%s/%s", root, buffer_text(&path));
        if (stat(buffer_text(&full), &info) != 0)
            continue;
        if (S_ISDIR(info.st_mode))
            load(root, buffer_text(&path));
        else
            load_file(buffer_text(&path), buffer_text(&full), (size_t)info.st_size);
    }
    if (dir)
        closedir(dir);
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct object *)a)->path, ((const struct object *)b)->path);
}

static void sort(void)
{
    if (store.sorted != store.count)
        qsort(store.objects, store.count, sizeof *store.objects, compare);
    store.sorted = store.count;
}

/* The position of the first object whose path is not less than `path`. */
static size_t find(const char *path)
{
    size_t low = 0, high = store.sorted;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcmp(store.objects[middle].path, path) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* ---- Requests ------------------------------------------------------------------------------- */

static int digit(char c)
{
    return c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
}

static void decode(struct str text, struct buffer *out)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] == '%' && i + 2 < text.len) {
            buffer_append_char(out, (char)(digit(text.data[i + 1]) << 4 | digit(text.data[i + 2])));
            i += 2;
        } else {
            buffer_append_char(out, text.data[i]);
        }
}

static bool parameter(struct str query, const char *name, struct buffer *out)
{
    size_t len = strlen(name);
    for (size_t at = 0; at < query.len;) {
        const char *end = memchr(query.data + at, '&', query.len - at);
        size_t next = end ? (size_t)(end - query.data) : query.len;
        if (next - at > len && memcmp(query.data + at, name, len) == 0 &&
            query.data[at + len] == '=') {
            decode((struct str){query.data + at + len + 1, next - at - len - 1}, out);
            return true;
        }
        at = next + 1;
    }
    return false;
}

static bool has(struct str query, const char *name)
{
    return memmem(query.data, query.len, name, strlen(name)) != NULL;
}

static void encode(const char *text, struct buffer *out)
{
    for (; *text; text++)
        if (isalnum((unsigned char)*text) || strchr("-_.~/", *text))
            buffer_append_char(out, *text);
        else
            buffer_appendf(out, "%%%02X", (unsigned char)*text);
}

static const char *header(const char *head, const char *name)
{
    const char *found = strcasestr(head, name);
    return found ? found + strlen(name) : NULL;
}

static void answer(struct client *client, const char *status, const char *more, struct str body)
{
    buffer_appendf(&client->out, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n%s\r\n", status, body.len,
                   more);
    buffer_append_str(&client->out, body);
}

/* The position of the first object of the page: after the key in the continuation token (which is
 * the key, percent-encoded) or in start-after. */
static size_t first_of_page(const struct request *request, const char *prefix)
{
    CLEANUP(buffer_release) struct buffer token = {0}, after = {0};
    buffer_appendf(&after, "%.*s/", STR_ARG(request->bucket));
    if (parameter(request->query, "continuation-token", &token))
        decode(buffer_str(&token), &after);
    else if (!parameter(request->query, "start-after", &after))
        return find(prefix);
    size_t at = find(buffer_text(&after));
    return at < store.count && strcmp(store.objects[at].path, buffer_text(&after)) == 0 ? at + 1
                                                                                        : at;
}

static void append_entry(const struct object *object, const char *key, bool is_encoded,
                         struct buffer *out)
{
    buffer_append_str(out, STR("<Contents><Key>"));
    if (is_encoded)
        encode(key, out);
    else
        buffer_append_str(out, str_of(key));
    buffer_appendf(out, "</Key><ETag>&quot;%s&quot;</ETag><Size>%zu</Size></Contents>",
                   object->etag, object->size);
}

static void answer_list(struct client *client, const struct request *request)
{
    CLEANUP(buffer_release) struct buffer prefix = {0}, body = {0};
    bool is_encoded = has(request->query, "encoding-type=url");
    size_t count = 0;
    buffer_appendf(&prefix, "%.*s/", STR_ARG(request->bucket));
    parameter(request->query, "prefix", &prefix);
    sort();
    buffer_appendf(&body, "<ListBucketResult>%s",
                   is_encoded ? "<EncodingType>url</EncodingType>" : "");
    const char *key = NULL;
    size_t at = first_of_page(request, buffer_text(&prefix));
    bool is_more = false;
    for (; at < store.count && !is_more; at++) {
        const struct object *object = &store.objects[at];
        if (strncmp(object->path, buffer_text(&prefix), prefix.len) != 0)
            break;
        is_more = count == PAGE;
        if (object->size == DELETED || is_more)
            continue;
        key = object->path + request->bucket.len + 1;
        append_entry(object, key, is_encoded, &body);
        count++;
    }
    buffer_appendf(&body, "<IsTruncated>%s</IsTruncated>", is_more ? "true" : "false");
    if (is_more) {
        buffer_append_str(&body, STR("<NextContinuationToken>"));
        encode(key, &body);
        buffer_append_str(&body, STR("</NextContinuationToken>"));
    }
    buffer_append_str(&body, STR("</ListBucketResult>"));
    answer(client, "200 OK", "", buffer_str(&body));
}

static void answer_get(struct client *client, const struct request *request)
{
    char more[160];
    size_t at = find(request->path), first = 0;
    if (at == store.sorted || strcmp(store.objects[at].path, request->path) != 0 ||
        !store.objects[at].bytes) {
        answer(client, "404 Not Found", "", STR("<Error><Code>NoSuchKey</Code></Error>"));
        return;
    }
    const struct object *object = &store.objects[at];
    size_t last = object->size ? object->size - 1 : 0;
    const char *range = header(request->head, "\r\nrange: bytes=");
    if (range) {
        first = strtoull(range, NULL, 10);
        last = strtoull(strchr(range, '-') + 1, NULL, 10);
        if (last >= object->size)
            last = object->size - 1;
    }
    snprintf(more, sizeof more, "ETag: \"%s\"\r\nContent-Range: bytes %zu-%zu/%zu\r\n",
             object->etag, first, last, object->size);
    answer(client, range ? "206 Partial Content" : "200 OK", more,
           (struct str){object->bytes + first, object->size ? last - first + 1 : 0});
}

/* Answers a PUT of an object or of a part, for which only the hash is needed. */
static void answer_put(struct client *client, const struct request *request)
{
    if (header(request->head, "\r\nif-none-match: *")) {
        sort();
        size_t at = find(request->path);
        if (at < store.sorted && strcmp(store.objects[at].path, request->path) == 0) {
            answer(client, "412 Precondition Failed", "",
                   STR("<Error><Code>PreconditionFailed</Code></Error>"));
            return;
        }
    }
    char etag[ETAG_LEN + 1], more[64];
    if (has(request->query, "partNumber="))
        md5_hex(request->body, etag);
    else
        memcpy(etag, add_object(request->path, request->body)->etag, sizeof etag);
    snprintf(more, sizeof more, "ETag: \"%s\"\r\n", etag);
    answer(client, "200 OK", more, STR(""));
}

static void delete_object(const char *path)
{
    size_t i = find(path);
    if (i < store.sorted && strcmp(store.objects[i].path, path) == 0)
        store.objects[i].size = DELETED;
}

static void answer_delete(struct client *client, const struct request *request)
{
    CLEANUP(buffer_release) struct buffer path = {0};
    sort();
    for (const char *at = request->body.data, *end = at + request->body.len;
         (at = memmem(at, (size_t)(end - at), "<Key>", 5)) != NULL;) {
        at += 5;
        const char *stop = memchr(at, '<', (size_t)(end - at));
        buffer_reset(&path);
        buffer_appendf(&path, "%.*s/%.*s", STR_ARG(request->bucket), (int)(stop - at), at);
        delete_object(buffer_text(&path));
    }
    answer(client, "200 OK", "", STR("<DeleteResult></DeleteResult>"));
}

static void answer_post(struct client *client, const struct request *request)
{
    if (has(request->query, "delete")) {
        answer_delete(client, request);
    } else if (has(request->query, "uploads")) {
        answer(client, "200 OK", "",
               STR("<InitiateMultipartUploadResult><UploadId>1</UploadId>"
                   "</InitiateMultipartUploadResult>"));
    } else {
        add_object(request->path, STR(""));
        answer(client, "200 OK", "",
               STR("<CompleteMultipartUploadResult><ETag>&quot;0-1&quot;</ETag>"
                   "</CompleteMultipartUploadResult>"));
    }
}

static void answer_request(struct client *client, const struct request *request)
{
    bool is_get = strncmp(request->head, "GET", 3) == 0;
    if (is_get && has(request->query, "list-type"))
        answer_list(client, request);
    else if (is_get && has(request->query, "uploads"))
        answer(client, "200 OK", "",
               STR("<ListMultipartUploadsResult></ListMultipartUploadsResult>"));
    else if (is_get)
        answer_get(client, request);
    else if (strncmp(request->head, "PUT", 3) == 0 && request->has_key)
        answer_put(client, request);
    else if (strncmp(request->head, "POST", 4) == 0)
        answer_post(client, request);
    else if (strncmp(request->head, "DELETE", 6) == 0)
        answer(client, "204 No Content", "", STR(""));
    else /* HEAD, or PUT of a bucket */
        answer(client, "200 OK", "", STR(""));
}

static void serve(struct client *client, const char *head, struct str body)
{
    CLEANUP(buffer_release) struct buffer path = {0};
    struct request request = {.head = head, .query = STR(""), .body = body};
    const char *target = strchr(head, ' ') + 2;
    struct str raw = {target, strcspn(target, " ?")};
    if (raw.data[raw.len] == '?')
        request.query = (struct str){raw.data + raw.len + 1, strcspn(raw.data + raw.len + 1, " ")};
    decode(raw, &path);
    request.path = buffer_text(&path);
    request.bucket = (struct str){request.path, strcspn(request.path, "/")};
    request.has_key = request.bucket.len + 1 < path.len;
    answer_request(client, &request);
}

/* ---- Connections ---------------------------------------------------------------------------- */

static void serve_all(struct client *client)
{
    size_t at = 0;
    while (at < client->in.len) {
        char *head = client->in.data + at;
        char *end = memmem(head, client->in.len - at, "\r\n\r\n", 4);
        if (!end)
            break;
        end[2] = '\0';
        const char *length = header(head, "\r\ncontent-length: ");
        size_t body_len = length ? strtoull(length, NULL, 10) : 0;
        size_t head_len = (size_t)(end + 4 - head);
        if (client->in.len - at < head_len + body_len) {
            end[2] = '\r';
            break;
        }
        serve(client, head, (struct str){end + 4, body_len});
        at += head_len + body_len;
    }
    memmove(client->in.data, client->in.data + at, client->in.len - at);
    client->in.len -= at;
}

static bool is_alive(struct client *client)
{
    ssize_t got;
    while ((got = recv(client->fd, buffer_reserve(&client->in, 64 << 10), 64 << 10, MSG_DONTWAIT)) >
           0) {
        client->in.len += (size_t)got;
        serve_all(client);
    }
    if (got == 0 || (errno != EAGAIN && errno != EINTR))
        return false;
    if (client->sent < client->out.len) {
        ssize_t sent = send(client->fd, client->out.data + client->sent,
                            client->out.len - client->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        client->sent += sent > 0 ? (size_t)sent : 0;
    }
    if (client->sent == client->out.len)
        client->sent = client->out.len = 0;
    return true;
}

static int listen_somewhere(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 1024) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0) {
        perror("s3_canned");
        exit(1);
    }
    printf("%u\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

static void accept_client(int epoll_fd, int listener)
{
    int one = 1, fd = accept(listener, NULL, NULL);
    if (fd < 0)
        return;
    struct client *client = mem_zalloc(sizeof *client);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = client};
    client->fd = fd;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static void client_free(struct client *client)
{
    close(client->fd);
    buffer_release(&client->in);
    buffer_release(&client->out);
    mem_free(client);
}

int main(int argc, char **argv)
{
    struct epoll_event event = {.events = EPOLLIN}, events[256];
    if (argc != 2) {
        fprintf(stderr, "usage: s3_canned FOLDER\n");
        return 2;
    }
    load(argv[1], "");
    sort();
    int listener = listen_somewhere(), epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int count = epoll_wait(epoll_fd, events, 256, -1);
        for (int i = 0; i < count; i++) {
            struct client *client = events[i].data.ptr;
            if (!client)
                accept_client(epoll_fd, listener);
            else if (!is_alive(client))
                client_free(client);
        }
    }
}
