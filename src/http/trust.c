/* The certificates to trust of servers, where the user names none. A libcurl of a distribution
 * knows that distribution's place. One that is part of a static program knows none, since each has
 * another. */
#include <http.h>

#include <stdlib.h>
#include <unistd.h>

static const char *const places[] = {
    "/etc/ssl/certs/ca-certificates.crt",                /* Debian, Ubuntu, Alpine, Arch, Gentoo */
    "/etc/pki/tls/certs/ca-bundle.crt",                  /* Fedora, RHEL, Amazon Linux */
    "/etc/ssl/ca-bundle.pem",                            /* SUSE */
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", /* RHEL without its compatible links */
    "/etc/ssl/certs/ca-bundle.crt",                      /* NixOS */
    "/etc/ssl/cert.pem",                                 /* Alpine without its package of them */
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
    for (size_t i = 0; i < ARRAY_LENGTH(places); i++)
        if (access(places[i], R_OK) == 0)
            return places[i];
    return NULL;
}
