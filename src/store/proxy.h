/* proxy: what libcurl says of a proxy, without the password in the proxy's address. */
#ifndef SPARKIFY_STORE_PROXY_H
#define SPARKIFY_STORE_PROXY_H

#include <curl/curl.h>

/* Makes text of libcurl's fit for messages: where a variable names a proxy with a name and a
 * password, libcurl's own words may hold them, and words that are always the same come instead. */
void proxy_hide_login(CURLcode result, char *problem, size_t size);

#endif
