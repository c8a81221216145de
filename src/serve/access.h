/* access: who may ask. */
#ifndef SPARKIFY_SERVE_ACCESS_H
#define SPARKIFY_SERVE_ACCESS_H

#include <serve.h>

struct access {
    const char *token;
    const char *address;     /* that is listened on */
    char *public_origin;     /* "https://lake.example.org"; NULL: there is none */
    const char *public_host; /* in it: behind "://" */
};
void access_init(struct access *access, const struct serve_options *options);
void access_release(struct access *access);

/* False for a name that is not ours: a page of a foreign name that was made to point here (DNS
 * rebinding) has that name in its requests. `host` is the header, or NULL. */
bool access_allows_host(const struct access *access, const char *host);
/* False for a request that another page has made. `origin` is the header, or NULL. */
bool access_allows_origin(const struct access *access, const char *host, const char *origin);
/* True when the header "Authorization" has the token; takes as long for any of its length. */
bool access_allows_token(const struct access *access, const char *authorization);

#endif
