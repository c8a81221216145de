/* http: many HTTP/1.1 requests at once, on one thread, over libcurl. Knows nothing of S3. And what
 * every client needs: the certificates of the system, proxies, addresses of servers.
 *
 * A request has a connection of its own from its first try to its end, also while it waits to be
 * tried again. So a server that fails gets fewer requests at once, by as many as are waiting. */
#pragma once

#include <base.h>

#include <curl/curl.h>

struct http;

/* Where the kernel watches no more sockets for this user. */
#define HTTP_WATCHES_HINT "raise sysctl fs.epoll.max_user_watches, or lower --connections"

/* The result of a try. */
struct http_answer {
    CURLcode result; /* CURLE_OK: an answer is there, whatever its status */
    long status;
    char problem[CURL_ERROR_SIZE]; /* libcurl's message, where the result is not CURLE_OK */
    int os_error;                  /* EMFILE or the like, where that may be why; 0: none */
    long proxy_status;             /* with which a proxy has refused to connect us; 0: it has not */
    bool too_long;                 /* the body went past the limit, and was cut off */
    CURL *easy;                    /* has the headers */
    size_t header_bytes;
    struct buffer body;
};

#define HTTP_MAX_HEADERS 16

/* Owned by the caller, who must not touch it between http_send and `ended`. */
struct http_request {
    void *ctx;
    /* Called before each try, on the loop's thread: makes the url and the headers. */
    void (*prepare)(struct http_request *request);
    /* Called after each try, on the loop's thread: how long to wait before the next, in ms, or
     * HTTP_OVER. */
    int64_t (*next_try_ms)(struct http_request *request);
    /* Called once, on the loop's thread; the request is the caller's again. */
    void (*ended)(struct http_request *request);

    const char *method;
    struct str body;       /* null: none */
    size_t answer_limit;   /* in bytes */
    size_t expected_bytes; /* of the answer's body, if it is known */
    unsigned stall_s;      /* less than 1 KiB/s for so long ends a try; 0: as the options say */
    unsigned timeout_s;    /* so long at most for a try */
    struct buffer url;     /* terminated */
    struct buffer header_text;
    size_t headers[HTTP_MAX_HEADERS]; /* where each "Name: value" begins in header_text */
    size_t header_count;

    struct http_answer answer;
    unsigned tries;
    bool stopped;         /* ended by `cancel`, `dropped` or http_free, and not by its own answer */
    bool outlived_cancel; /* ended by itself after `cancel`, within the second that it had */
    atomic_bool dropped;  /* set by anybody: it is not tried again */
    struct http_request *next;
};
#define HTTP_OVER (-1)

struct http_options {
    unsigned connections;      /* requests at once */
    const char *ca_file;       /* NULL: the system's */
    unsigned connect_s;        /* until a connection stands */
    unsigned stall_s;          /* less than 1 KiB/s for so long ends a try */
    unsigned first_byte_s;     /* longer than stall_s: how long an answer may take to begin */
    const atomic_bool *cancel; /* may be NULL */
};

/* Of the connections no more are used than a quarter of the descriptors that the process may have.
 * The options' strings are copied; `cancel` is borrowed: when it becomes true, all requests that
 * are under way or waiting end, once. Tries of other methods than GET and HEAD have a second to end
 * by themselves: what a server has received, it may do even after the connection is closed. Later
 * requests run as ever, so that one can clear up. */
NODISCARD enum status http_new(const struct http_options *options, struct http **out,
                               struct error *error);
/* Ends what is under way or waiting. */
void http_free(struct http *http);
/* After `cancel` has become true: waits until the requests that it ends have ended, so that
 * later requests are not ended as well. */
void http_settle(struct http *http);
void http_send(struct http *http, struct http_request *request);
/* From next_try_ms, when the server asks to slow down: halves the number of requests at once,
 * which then grows again slowly. */
void http_slow_down(struct http *http);
/* From next_try_ms, when there are not enough descriptors: lowers the number of connections for
 * good. */
void http_use_fewer(struct http *http);
/* What was sent and received so far. */
struct http_counts {
    uint64_t requests, retries; /* retries are among the requests */
    uint64_t bytes_sent, bytes_received;
};
struct http_counts http_counts(const struct http *http);

/* Appends a header, from prepare. */
void http_header(struct http_request *request, const char *name, struct str value);
/* The value of the answer's header, or a null string; on the loop's thread, until `ended` returns.
 */
struct str http_answer_header(const struct http_answer *answer, const char *name);
void http_request_release(struct http_request *request);

/* ---- What every client needs ----------------------------------------------------------------- */

/* Initialises libcurl, once; the result of that. */
CURLcode http_init_libcurl(void);
/* EMFILE or the like where no descriptor can be had, which libcurl does not report; else 0. */
int http_find_os_error(void);
/* The certificates of servers to trust, where the user names none: the file of SSL_CERT_FILE; where
 * libcurl has no place built in, the first that is there of those that distributions have. NULL:
 * libcurl's own place. Borrowed. */
const char *http_system_ca_file(void);

#define HTTP_PROXY_LOGIN_HINT                                                                      \
    "give them in the proxy's address: https_proxy=http://NAME:PASSWORD@host:port"
/* Replaces libcurl's message by a constant text where a variable names a proxy with a name and a
 * password, as libcurl's messages may quote them. */
void http_proxy_hide_login(CURLcode result, char *problem, size_t size);

/* The parts of the address of a server as libcurl, which makes the requests, reads them: another
 * parser might see another host. Owned. */
struct http_url {
    char *scheme, *host, *path;
    char *port; /* NULL: that of the scheme */
    char *zone; /* "eth0" of [fe80::1%25eth0], whose host is [fe80::1]; NULL: none */
};
/* False for what is no address. */
bool http_url_parse(const char *url, struct http_url *out);
void http_url_release(struct http_url *parts);
/* Appends "host:port", or "host" with the scheme's port: the Host header that libcurl sends, which
 * has no zone. */
void http_url_authority(const struct http_url *parts, struct buffer *out);
/* Whether something stands before an '@' in the address of a server: a name and a password. */
bool http_url_has_login(const char *url);
/* Whether what goes to the address is not encrypted, and leaves this machine. */
bool http_url_is_plain(const char *url);
/* Whether a host, as libcurl names it, is this machine. */
bool http_host_is_loopback(const char *host);
