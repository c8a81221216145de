/* The certificates to trust, where the user names none. The libcurl of a distribution has the
 * path built in; that of a static program has none, since each distribution has another path. */
#include <http.h>

#include <stdlib.h>
#include <unistd.h>

static const char *const paths[] = {
    "/etc/ssl/certs/ca-certificates.crt",                /* Debian, Ubuntu, Alpine, Arch, Gentoo */
    "/etc/pki/tls/certs/ca-bundle.crt",                  /* Fedora, RHEL, Amazon Linux */
    "/etc/ssl/ca-bundle.pem",                            /* SUSE */
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", /* RHEL without the compatible links */
    "/etc/ssl/certs/ca-bundle.crt",                      /* NixOS */
    "/etc/ssl/cert.pem",                                 /* Alpine without ca-certificates */
};

static bool has_place(const curl_version_info_data *curl)
{
    return curl->age >= CURLVERSION_SEVENTH && (curl->cainfo || curl->capath);
}

const char *http_system_ca_file(void)
{
    const char *named = getenv("SSL_CERT_FILE");
    if (named && *named)
        return named;
    if (has_place(curl_version_info(CURLVERSION_NOW)))
        return NULL;
    for (size_t i = 0; i < ARRAY_LENGTH(paths); i++)
        if (access(paths[i], R_OK) == 0)
            return paths[i];
    return NULL;
}
