/* A server on 127.0.0.1 that gives canned answers, good and bad, and keeps what it was asked. */
#ifndef SPARKIFY_TEST_HTTP_SERVER_H
#define SPARKIFY_TEST_HTTP_SERVER_H

#include "unit.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum server_how {
    SERVER_WHOLE,
    SERVER_CUT,     /* half of the body, and the connection is closed */
    SERVER_HANGS,   /* nothing, until the client gives up */
    SERVER_ENDLESS, /* the body again and again, without a length */
    SERVER_RESETS,  /* closed without an answer */
};

/* The answer to requests that begin with `request`; the first that fits counts. */
struct server_rule {
    const char *request; /* "GET /path", or its beginning; NULL ends the list */
    int status;
    const char *body;
    const char *header; /* that the request must have, or it is answered with 401; NULL: none */
    enum server_how how;
    unsigned times; /* so often, then the next rule that fits; 0: always */
};

#define SERVER_MAX_RULES 8

struct server {
    int fd;
    char url[64]; /* "http://127.0.0.1:PORT" */
    pthread_t thread;
    struct server_rule rules[SERVER_MAX_RULES];
    unsigned used[SERVER_MAX_RULES];
    struct buffer log; /* all requests, as they came; read it after server_stop */
    unsigned requests;
};

static inline void server_send(int fd, const char *bytes, size_t len)
{
    while (len) {
        ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        bytes += sent;
        len -= (size_t)sent;
    }
}

/* Reads one request to the end of its body; terminated. */
static inline void server_read(int fd, struct buffer *request)
{
    size_t wanted = SIZE_MAX;
    while (request->len < wanted) {
        ssize_t got = recv(fd, buffer_reserve(request, 65536), 65536, 0);
        if (got <= 0)
            break;
        request->len += (size_t)got;
        if (wanted != SIZE_MAX)
            continue;
        const char *text = buffer_text(request), *end = strstr(text, "\r\n\r\n");
        const char *length = strcasestr(text, "\r\nContent-Length:");
        if (end)
            wanted =
                (size_t)(end - text) + 4 + (length && length < end ? (size_t)atoi(length + 17) : 0);
    }
    (void)buffer_text(request);
}

static inline const struct server_rule *server_find(struct server *server, const char *request)
{
    for (size_t i = 0; i < SERVER_MAX_RULES && server->rules[i].request; i++) {
        const struct server_rule *rule = &server->rules[i];
        if (strncmp(request, rule->request, strlen(rule->request)) == 0 &&
            (rule->times == 0 || server->used[i]++ < rule->times))
            return rule;
    }
    return NULL;
}

static inline void server_answer(int fd, int status, const char *body, enum server_how how)
{
    CLEANUP(buffer_release) struct buffer answer = {0};
    char byte;
    size_t len = strlen(body);
    if (how == SERVER_RESETS)
        return;
    if (how == SERVER_HANGS) {
        while (recv(fd, &byte, 1, 0) > 0)
            ;
        return;
    }
    buffer_appendf(&answer, "HTTP/1.1 %d Status\r\nConnection: close\r\n", status);
    if (how != SERVER_ENDLESS)
        buffer_appendf(&answer, "Content-Length: %zu\r\n", len);
    buffer_appendf(&answer, "\r\n%.*s", (int)(how == SERVER_CUT ? len / 2 : len), body);
    server_send(fd, answer.data, answer.len);
    for (int i = 0; how == SERVER_ENDLESS && i < 100000; i++)
        server_send(fd, body, len);
}

static inline void *server_run(void *ctx)
{
    struct server *server = ctx;
    for (;;) {
        CLEANUP(buffer_release) struct buffer request = {0};
        int fd = accept(server->fd, NULL, NULL);
        if (fd < 0)
            return NULL;
        server_read(fd, &request);
        const char *text = buffer_text(&request);
        const struct server_rule *rule = server_find(server, text);
        buffer_append_str(&server->log, buffer_str(&request));
        server->requests++;
        if (!rule)
            server_answer(fd, 404, "there is no such thing", SERVER_WHOLE);
        else if (rule->header && !strstr(text, rule->header))
            server_answer(fd, 401, "who are you", SERVER_WHOLE);
        else
            server_answer(fd, rule->status, rule->body, rule->how);
        close(fd);
    }
}

static inline void server_start(struct server *server, const struct server_rule *rules)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    *server = (struct server){0};
    for (size_t i = 0; i < SERVER_MAX_RULES && rules[i].request; i++)
        server->rules[i] = rules[i];
    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server->fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(server->fd, 16), 0);
    assert_int_equal(getsockname(server->fd, (struct sockaddr *)&address, &len), 0);
    snprintf(server->url, sizeof server->url, "http://127.0.0.1:%u", ntohs(address.sin_port));
    assert_int_equal(pthread_create(&server->thread, NULL, server_run, server), 0);
}

/* Call it before looking at the log. */
static inline void server_stop(struct server *server)
{
    shutdown(server->fd, SHUT_RDWR); /* ends accept */
    pthread_join(server->thread, NULL);
    close(server->fd);
    (void)buffer_text(&server->log);
}

static inline void server_release(struct server *server)
{
    buffer_release(&server->log);
}

#endif
