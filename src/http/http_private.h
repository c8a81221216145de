/* What http.c (the loop) and http_try.c (one try of a request) share. */
#pragma once

#include <http.h>

struct http_slot {
    CURL *easy;
    struct http_request *request; /* NULL: free */
    uint64_t due_ns;              /* 0: a try is under way */
    struct http *http;
    uint64_t moved_ns; /* when bytes were last sent or received */
    size_t moved_bytes;
    unsigned stall_s; /* of the try */
    int os_error;     /* why the try cannot go on; 0: it can */
    struct http_slot *next_free;
    struct curl_slist headers[HTTP_MAX_HEADERS + 2];
};

struct http {
    struct http_options options;
    char *ca_file;
    CURLM *multi;
    int epoll_fd, event_fd;
    pthread_t thread;
    struct http_slot *slots, *free;
    unsigned used;       /* slots with a request */
    unsigned waiting;    /* of these, those that wait to be tried again */
    bool has_failed;     /* some try cannot go on */
    bool is_started;     /* the thread runs */
    bool is_answered;    /* the first try has ended */
    unsigned most;       /* connections at once: fewer than asked for if descriptors are few */
    double limit;        /* how many may be used: falls and rises with what the server can take */
    uint64_t lowered_ns; /* when it fell last */
    uint64_t timer_ns;   /* when libcurl wants to be called, 0: not at all */
    uint64_t settle_ns;  /* after a cancel: when tries that change something are stopped, too */
    atomic_bool cancel_seen, is_ending;
    struct {
        _Atomic uint64_t requests, retries, bytes_sent, bytes_received;
    } counts;
    struct {
        pthread_mutex_t mutex;
        struct http_request *first, **end; /* the queue */
    } shared;
};

/* Ends the process when `is_done` is false: for calls of libcurl that fail only for want of
 * memory. */
void http_need(bool is_done);
/* A handle for the slot's tries. */
CURL *http_new_easy(struct http *http, struct http_slot *slot);
/* Begins the first or the next try of the slot's request. */
void http_begin_try(struct http *http, struct http_slot *slot);
/* Within libcurl's callbacks: the try that the handle is for cannot go on. */
void http_fail_try(CURL *easy, int os_error);
/* Calls next_try_ms for the tries that have ended: their requests end, or wait for another try. */
void http_end_tries(struct http *http);
/* The request is over; the slot is free. */
void http_end_request(struct http *http, struct http_slot *slot, bool stopped);
