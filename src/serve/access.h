/* access: which requests are allowed. */
#pragma once

#include <serve.h>

struct access {
    const char *token;
    const char *address;     /* the address that the server listens on */
    char *public_origin;     /* "https://lake.example.org"; NULL: there is none */
    const char *public_host; /* the part of public_origin after "://" */
};
void access_init(struct access *access, const struct serve_options *options);
void access_release(struct access *access);

/* True when the Host header names this server. A page whose DNS name was made to point here (DNS
 * rebinding) sends its own name. `host` is the header, or NULL. */
bool access_allows_host(const struct access *access, const char *host);
/* True when the request does not come from another page. `origin` is the header, or NULL. */
bool access_allows_origin(const struct access *access, const char *host, const char *origin);
/* True when the Authorization header has the token; takes constant time for tokens of one length.
 */
bool access_allows_token(const struct access *access, const char *authorization);
