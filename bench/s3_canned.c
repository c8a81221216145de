/* A server that answers as S3 does, and does as little as it can: nothing is checked, all is in
 * memory. It shows how fast a client can be.
 *
 *     s3_canned FOLDER          prints its port, serves FOLDER/bucket/key until it is killed
 *
 * LIST (1,000 keys a page), GET (also of a range), HEAD, PUT, DeleteObjects; a list of uploads is
 * empty. Objects that are put are kept by name and size alone. */
#include <base.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 1000

struct object {
    char *path; /* "bucket/key" */
    char *bytes;
    size_t size;
    char etag[33];
};

static struct {
    struct object *objects; /* sorted by path but for those after `sorted` */
    size_t count, cap, sorted;
} store;

struct client {
    int fd;
    struct buffer in, out;
    size_t sent;
};

/* ---- Objects -------------------------------------------------------------------------------- */

static void add_object(const char *path, struct str bytes, bool keep)
{
    unsigned char hash[16];
    MEM_GROW(store.objects, store.count + 1, store.cap);
    struct object *object = &store.objects[store.count++];
    *object = (struct object){.path = str_dup(str_of(path)), .size = bytes.len};
    if (keep) {
        object->bytes = mem_alloc(bytes.len + 1);
        memcpy(object->bytes, bytes.data, bytes.len);
    }
    EVP_Digest(bytes.data, bytes.len, hash, NULL, EVP_md5(), NULL);
    for (int i = 0; i < 16; i++)
        sprintf(object->etag + 2 * i, "%02x", hash[i]);
}

static void load(const char *root, const char *below)
{
    CLEANUP(buffer_release) struct buffer folder = {0};
    buffer_appendf(&folder, "%s/%s", root, below);
    DIR *dir = opendir(buffer_text(&folder));
    struct dirent *entry;
    while (dir && (entry = readdir(dir)) != NULL) {
        CLEANUP(buffer_release) struct buffer path = {0}, full = {0}, bytes = {0};
        struct stat info;
        if (entry->d_name[0] == '.')
            continue;
        buffer_appendf(&path, "%s%s%s", below, *below ? "/" : "", entry->d_name);
        buffer_appendf(&full, "%s/%s", root, buffer_text(&path));
        if (stat(buffer_text(&full), &info) != 0)
            continue;
        if (S_ISDIR(info.st_mode)) {
            load(root, buffer_text(&path));
            continue;
        }
        int fd = open(buffer_text(&full), O_RDONLY | O_CLOEXEC);
        ssize_t got = read(fd, buffer_reserve(&bytes, (size_t)info.st_size), (size_t)info.st_size);
        bytes.len = got > 0 ? (size_t)got : 0;
        close(fd);
        add_object(buffer_text(&path), buffer_str(&bytes), true);
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

/* The first object whose path is not less. */
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

static void answer_list(struct client *client, struct str bucket, struct str query)
{
    CLEANUP(buffer_release) struct buffer prefix = {0}, from = {0}, body = {0};
    buffer_appendf(&prefix, "%.*s/", STR_ARG(bucket));
    buffer_append_str(&from, buffer_str(&prefix));
    parameter(query, "prefix", &prefix);
    sort();
    bool is_next =
        parameter(query, "continuation-token", &from) || parameter(query, "start-after", &from);
    size_t at = find(is_next ? buffer_text(&from) : buffer_text(&prefix)), count = 0;
    buffer_append_str(&body, STR("<ListBucketResult>"));
    for (; at < store.count && count < PAGE; at++) {
        const struct object *object = &store.objects[at];
        if (strncmp(object->path, buffer_text(&prefix), prefix.len) != 0)
            break;
        if (object->size == SIZE_MAX || (is_next && strcmp(object->path, buffer_text(&from)) == 0))
            continue;
        buffer_appendf(
            &body, "<Contents><Key>%s</Key><ETag>&quot;%s&quot;</ETag><Size>%zu</Size></Contents>",
            object->path + bucket.len + 1, object->etag, object->size);
        count++;
    }
    bool more = count == PAGE && at < store.count &&
                strncmp(store.objects[at].path, buffer_text(&prefix), prefix.len) == 0;
    buffer_appendf(&body, "<IsTruncated>%s</IsTruncated>", more ? "true" : "false");
    if (more)
        buffer_appendf(&body, "<NextContinuationToken>%s</NextContinuationToken>",
                       store.objects[at - 1].path + bucket.len + 1);
    buffer_append_str(&body, STR("</ListBucketResult>"));
    answer(client, "200 OK", "", buffer_str(&body));
}

static void answer_get(struct client *client, const char *path, const char *head)
{
    char more[160];
    size_t at = find(path), first = 0;
    if (at == store.sorted || strcmp(store.objects[at].path, path) != 0 ||
        !store.objects[at].bytes) {
        answer(client, "404 Not Found", "", STR("<Error><Code>NoSuchKey</Code></Error>"));
        return;
    }
    const struct object *object = &store.objects[at];
    size_t last = object->size ? object->size - 1 : 0;
    const char *range = header(head, "\r\nrange: bytes=");
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

static void answer_delete(struct client *client, struct str bucket, struct str body)
{
    CLEANUP(buffer_release) struct buffer path = {0};
    sort();
    for (const char *at = body.data, *end = body.data + body.len;
         (at = memmem(at, (size_t)(end - at), "<Key>", 5)) != NULL;) {
        at += 5;
        const char *stop = memchr(at, '<', (size_t)(end - at));
        buffer_reset(&path);
        buffer_appendf(&path, "%.*s/%.*s", STR_ARG(bucket), (int)(stop - at), at);
        size_t i = find(buffer_text(&path));
        if (i < store.sorted && strcmp(store.objects[i].path, buffer_text(&path)) == 0)
            store.objects[i].size = SIZE_MAX; /* no longer listed */
    }
    answer(client, "200 OK", "", STR("<DeleteResult></DeleteResult>"));
}

static void serve(struct client *client, const char *head, struct str body)
{
    CLEANUP(buffer_release) struct buffer path = {0};
    const char *target = strchr(head, ' ') + 2;
    struct str raw = {target, strcspn(target, " ?")}, query = STR("");
    if (raw.data[raw.len] == '?')
        query = (struct str){raw.data + raw.len + 1, strcspn(raw.data + raw.len + 1, " ")};
    decode(raw, &path);
    const char *name = buffer_text(&path), *slash = strchr(name, '/');
    struct str bucket = {name, slash ? (size_t)(slash - name) : path.len};
    bool is_get = strncmp(head, "GET", 3) == 0;
    if (is_get && memmem(query.data, query.len, "list-type", 9))
        answer_list(client, bucket, query);
    else if (is_get && memmem(query.data, query.len, "uploads", 7))
        answer(client, "200 OK", "",
               STR("<ListMultipartUploadsResult></ListMultipartUploadsResult>"));
    else if (is_get)
        answer_get(client, name, head);
    else if (strncmp(head, "PUT", 3) == 0 && slash) {
        add_object(name, body, false);
        answer(client, "200 OK", "ETag: \"0\"\r\n", STR(""));
    } else if (strncmp(head, "POST", 4) == 0 && memmem(query.data, query.len, "delete", 6))
        answer_delete(client, bucket, body);
    else
        answer(client,
               strncmp(head, "HEAD", 4) == 0 || slash == NULL ? "200 OK" : "501 Not Implemented",
               "", STR(""));
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
    if (got == 0)
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

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    struct epoll_event event = {.events = EPOLLIN}, events[256];
    if (argc != 2)
        return 2;
    load(argv[1], "");
    sort();
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), epoll_fd = epoll_create1(0);
    if (bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 1024) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0)
        return 1;
    printf("%u\n", ntohs(address.sin_port));
    fflush(stdout);
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int count = epoll_wait(epoll_fd, events, 256, -1);
        for (int i = 0; i < count; i++) {
            struct client *client = events[i].data.ptr;
            if (!client) {
                int one = 1;
                client = mem_zalloc(sizeof *client);
                client->fd = accept(listener, NULL, NULL);
                setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                event = (struct epoll_event){.events = EPOLLIN | EPOLLOUT | EPOLLET,
                                             .data.ptr = client};
                epoll_ctl(epoll_fd, EPOLL_CTL_ADD, client->fd, &event);
                continue;
            }
            if (is_alive(client))
                continue;
            close(client->fd);
            buffer_release(&client->in);
            buffer_release(&client->out);
            mem_free(client);
        }
    }
}
