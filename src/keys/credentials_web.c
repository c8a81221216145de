/* Web identity, as the environment of pods of EKS and of GitHub's actions has it: a file with a
 * token of an identity provider, and the role that STS gives for it. */
#include "credentials_private.h"
#include "settings.h"

#define SOURCE "web identity"

enum status credentials_from_web_identity(struct search *search, struct credentials *out,
                                          struct error *error)
{
    struct str path = keys_variable("AWS_WEB_IDENTITY_TOKEN_FILE");
    struct role role = {
        .who = SOURCE,
        .source = SOURCE,
        .arn = keys_variable("AWS_ROLE_ARN"),
        .session_name = keys_variable("AWS_ROLE_SESSION_NAME"),
    };
    if (!path.data) {
        search_say(search, SOURCE ": AWS_WEB_IDENTITY_TOKEN_FILE is not set");
        return STATUS_OK;
    }
    if (!role.arn.data) {
        error_set(error, STATUS_DENIED,
                  SOURCE ": AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not");
        return error_hint(error, "set both, or neither");
    }
    return credentials_of_web_token(search, path.data, "AWS_WEB_IDENTITY_TOKEN_FILE", &role, out,
                                    error);
}
