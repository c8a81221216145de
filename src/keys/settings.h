/* settings: what the options do not say, by the environment and the profile; what of it others use
 * is in keys.h. */
#pragma once

#include <keys.h>

/* The address of a service that gives keys ("STS", "SSO"), without '/' at its end: of
 * AWS_ENDPOINT_URL_SERVICE, AWS_ENDPOINT_URL, or the profile; owned by the caller. NULL where
 * nobody names one. */
char *keys_service_url(const struct keys_options *options, const char *service);

/* The profile that the environment names, or "default": static or the environment's own text. */
struct keys_profile {
    const char *name;
    const char *by; /* the variable that names it; NULL: none does */
};
struct keys_profile keys_usual_profile(void);

/* A variable, terminated; null when it is not set or empty. */
struct str keys_variable(const char *name);
