/* credentials: who we are to S3: found in a chain of places, and renewed before they run out. */
#ifndef SPARKIFY_STORE_CREDENTIALS_H
#define SPARKIFY_STORE_CREDENTIALS_H

#include <store.h>

/* A key pair; the strings are owned. Never printed: messages name the source and the key id's last
 * four characters. */
struct credentials {
    char *access_key, *secret_key;
    char *session_token; /* NULL where there is none */
    int64_t expires_s;   /* seconds since 1970; 0: never */
    const char *source;  /* "dl.cfg", "the environment", …: static text */
};
void credentials_release(struct credentials *credentials);

/* Asks each link of the chain in turn: the profile that an option names, dl.cfg, the environment,
 * the shared files' profile, web identity, the container's address, the instance's metadata (v2;
 * last, 1 s). What each link said goes to `said` (a line each, no secrets), which may be NULL.
 * STATUS_DENIED when no link has any: the message says what was asked. An error of a link that is
 * set up but fails (a profile that is not there, a token that STS refuses) ends the chain and names
 * it. */
NODISCARD enum status credentials_find(const struct store_options *options, struct credentials *out,
                                       struct buffer *said, struct error *error);

#endif
