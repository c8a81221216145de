/* settings: what the options do not say, by the environment and the profile; what of it others use
 * is in keys.h. */
#pragma once

#include <keys.h>

/* A service that gives keys. */
struct keys_service {
    const char *name; /* "STS", as in the variable that names its address */
    const char *host; /* "sts", of its hosts in Amazon's regions */
};
/* Appends its address, without '/' at its end: of AWS_ENDPOINT_URL_NAME, AWS_ENDPOINT_URL, or the
 * profile; where nobody names one, Amazon's in the region. `who` is for messages. */
NODISCARD enum status keys_service_url(const struct keys_options *options,
                                       const struct keys_service *service, const char *region,
                                       const char *who, struct buffer *out, struct error *error);

/* The profile that the environment names, or "default": static or the environment's own text. */
struct keys_profile {
    const char *name;
    const char *by; /* the variable that names it; NULL: none does */
};
struct keys_profile keys_usual_profile(void);

/* A variable, terminated; null when it is not set or empty. */
struct str keys_variable(const char *name);
