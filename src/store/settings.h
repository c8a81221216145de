/* settings: with what a store and the services of its keys are reached, where the options do not
 * say it: by dl.cfg, the environment, and the profile. Texts are owned by the caller; NULL where
 * nobody says anything. */
#ifndef SPARKIFY_STORE_SETTINGS_H
#define SPARKIFY_STORE_SETTINGS_H

#include <store.h>

/* The region; us-east-1 where nobody names one. */
char *settings_region(const struct store_options *options);

/* Whether requests are signed, and where the bucket stands in them. */
bool settings_is_signed(const struct store_options *options);
enum config_path_style settings_path_style(const struct store_options *options);

/* The address of a store other than AWS. *out_is_of_config: only dl.cfg names it. */
char *settings_endpoint(const struct store_options *options, bool *out_is_of_config);

/* The address of a service other than S3 ("STS", "SSO"), without '/' at its end. */
char *settings_service(const struct store_options *options, const char *service);

/* The certificates to trust. */
char *settings_ca_file(const struct store_options *options);

/* The profile that the environment names, or "default": static or the environment's own text. */
struct settings_profile {
    const char *name;
    const char *by; /* the variable that names it; NULL: none does */
};
struct settings_profile settings_usual_profile(void);

/* A variable, terminated; null when it is not set or empty. */
struct str settings_variable(const char *name);

#endif
