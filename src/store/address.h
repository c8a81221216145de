/* address: what users give as the place of a store, besides what store.h has of it. */
#ifndef SPARKIFY_STORE_ADDRESS_H
#define SPARKIFY_STORE_ADDRESS_H

#include <base.h>

/* Whether something stands before an '@' in the address of a server: a name and a password. */
bool address_has_login(const char *url);

/* Whether what goes to the address is not encrypted, and leaves this machine. */
bool address_is_plain(const char *url);
/* Whether a host, as libcurl names it, is this machine. */
bool address_is_loopback(const char *host);

/* Appends "s3://bucket/prefix" of Amazon's long name "arn:aws:s3:::bucket/prefix"; false where the
 * text is no such name. */
bool address_of_arn(struct str arn, struct buffer *out);

#endif
