/* What libcurl says of a proxy, without the password in the proxy's address. */
#include <http.h>

#include <stdlib.h>

/* The first variable of those that libcurl reads ("libcurl-env") with a login in it, whether
 * libcurl has used it or not; NULL: none has. */
static const char *variable_with_login(void)
{
    static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "http_proxy", "all_proxy",
                                        "ALL_PROXY"};
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        const char *value = getenv(names[i]);
        if (value && strchr(value, '@'))
            return names[i];
    }
    return NULL;
}

void http_proxy_hide_login(CURLcode result, char *problem, size_t size)
{
    const char *variable = variable_with_login();
    if (variable)
        snprintf(problem, size, "%s (by the proxy that %s names, if it applies)",
                 curl_easy_strerror(result), variable);
}
