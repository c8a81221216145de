/* The service's error codes (Amazon S3 API Reference, "List of error codes"): what to do about
 * each, and what to tell the user. A code that is not here is told in the server's words. */
#include "s3_private.h"

#include <strings.h>

struct known_error {
    const char *code;
    enum s3_remedy remedy;
    enum status status;
    /* What follows "cannot read s3://b/k: "; {key} is the key pair in words, {bucket} the bucket,
     * {region} the region. NULL: the server's words. */
    const char *words;
    const char *hint;
};

static const struct known_error known_errors[] = {
    {"AccessDenied", S3_FINAL, STATUS_DENIED, "{key} may not do that",
     NULL /* hint_for: it depends on the action */},
    {"AccountProblem", S3_FINAL, STATUS_DENIED, NULL,
     "the provider has closed the account: ask there what is wrong with it"},
    {"AllAccessDisabled", S3_FINAL, STATUS_DENIED, NULL,
     "the provider has closed the bucket or the object: ask there why"},
    {"AuthorizationHeaderMalformed", S3_MOVE, STATUS_FAILED, NULL,
     "the region may be another: --region"},
    {"BadDigest", S3_TRY_AGAIN, STATUS_FAILED, NULL, NULL},
    {"BucketAlreadyExists", S3_FINAL, STATUS_EXISTS, "somebody else has a bucket of this name",
     "choose another name"},
    {"BucketAlreadyOwnedByYou", S3_FINAL, STATUS_EXISTS, NULL, NULL},
    {"ConditionalRequestConflict", S3_TRY_AGAIN, STATUS_FAILED, NULL, NULL},
    {"ExpiredToken", S3_RENEW, STATUS_DENIED, "the session token of {key} has run out",
     "get new temporary credentials"},
    {"IllegalLocationConstraintException", S3_MOVE, STATUS_FAILED, NULL,
     "the region may be another: --region"},
    {"IncompleteBody", S3_TRY_AGAIN, STATUS_FAILED, NULL, NULL},
    {"InternalError", S3_TRY_AGAIN, STATUS_FAILED, NULL, NULL},
    {"InvalidAccessKeyId", S3_FINAL, STATUS_DENIED, "the server does not know {key}",
     "check AWS_ACCESS_KEY_ID, and that --endpoint is the store it belongs to"},
    {"InvalidBucketName", S3_FINAL, STATUS_USAGE, "{bucket} is not a bucket's name",
     "a bucket's name has 3 to 63 characters, of a-z, 0-9, '-' and '.'"},
    {"InvalidToken", S3_FINAL, STATUS_DENIED, "the session token of {key} is not valid",
     "check AWS_SESSION_TOKEN: it belongs to one key pair, and keys of a user have none"},
    {"InvalidTokenId", S3_FINAL, STATUS_DENIED, "the session token of {key} is not valid",
     "check AWS_SESSION_TOKEN: it belongs to one key pair, and keys of a user have none"},
    {"NoSuchBucket", S3_FINAL, STATUS_NOT_FOUND, "there is no bucket {bucket}",
     NULL /* hint_for */},
    {"NoSuchKey", S3_FINAL, STATUS_NOT_FOUND, "there is no such object",
     "check whether something else deletes objects"},
    {"NoSuchUpload", S3_FINAL, STATUS_NOT_FOUND, NULL,
     "check whether something, such as a lifecycle rule, aborts uploads"},
    {"NotImplemented", S3_FINAL, STATUS_FAILED, NULL,
     "this store lacks something that sparkify needs"},
    {"OperationAborted", S3_TRY_AGAIN, STATUS_FAILED, NULL, NULL},
    {"PermanentRedirect", S3_MOVE, STATUS_FAILED, "the bucket is in another region than {region}",
     "give its region: --region"},
    {"RequestTimeTooSkewed", S3_SET_CLOCK, STATUS_FAILED,
     "this machine's clock differs too much from the server's", "set the clock"},
    {"RequestTimeout", S3_TRY_AGAIN, STATUS_FAILED, NULL, NULL},
    {"ServiceUnavailable", S3_SLOW_DOWN, STATUS_FAILED, NULL, NULL},
    {"SignatureDoesNotMatch", S3_FINAL, STATUS_DENIED, "the secret key does not belong to {key}",
     "check AWS_SECRET_ACCESS_KEY: all of it, and nothing else"},
    {"SlowDown", S3_SLOW_DOWN, STATUS_FAILED, "the server asks to slow down", NULL},
    {"TemporaryRedirect", S3_MOVE, STATUS_FAILED, "the server sends us from place to place",
     "check --endpoint and --region"},
    {"TokenRefreshRequired", S3_RENEW, STATUS_DENIED, "the session token of {key} has run out",
     "get new temporary credentials"},
    {"TooManyRequests", S3_SLOW_DOWN, STATUS_FAILED, "the server asks to slow down", NULL},
    {"XAmzContentSHA256Mismatch", S3_TRY_AGAIN, STATUS_FAILED, NULL, NULL},
};

/* The code for a status that comes without one: from HEAD, or from a proxy before the store. The
 * page of a proxy says nothing of buckets and permissions; its status only decides about another
 * try. */
static const struct {
    long status;
    const char *code;
} status_codes[] = {
    {301, "PermanentRedirect"},  {302, "TemporaryRedirect"}, {307, "TemporaryRedirect"},
    {403, "AccessDenied"},       {404, "NoSuchKey"},         {408, "RequestTimeout"},
    {429, "TooManyRequests"},    {500, "InternalError"},     {502, "InternalError"},
    {503, "ServiceUnavailable"}, {504, "InternalError"},
};

static const struct known_error *find_error(const char *code)
{
    for (size_t i = 0; i < ARRAY_LENGTH(known_errors); i++)
        if (strcmp(known_errors[i].code, code) == 0)
            return &known_errors[i];
    return NULL;
}

/* ---- Reading --------------------------------------------------------------------------------- */

static void copy(char *to, size_t size, struct str text)
{
    snprintf(to, size, "%.*s", STR_ARG(text));
}

void s3_error_set_text(struct s3_error *error, const char *element, struct str text)
{
    if (strcmp(element, "Code") == 0)
        copy(error->code, sizeof error->code, text);
    else if (strcmp(element, "Message") == 0)
        copy(error->message, sizeof error->message, text);
    else if (strcmp(element, "Region") == 0)
        copy(error->region, sizeof error->region, text);
}

static void parse_element(void *ctx, const char *parent, const char *name, struct str text)
{
    if (strcmp(parent, "Error") == 0)
        s3_error_set_text(ctx, name, text);
}

static const char *code_of_status(const struct s3_request *request, bool is_page)
{
    long status = request->http.answer.status;
    bool is_lasting = status < 500 && status != 408 && status != 429;
    if (is_page && is_lasting)
        return "";
    if (status == 404 && request->key.len == 0)
        return "NoSuchBucket";
    for (size_t i = 0; i < ARRAY_LENGTH(status_codes); i++)
        if (status_codes[i].status == status)
            return status_codes[i].code;
    return "";
}

void s3_error_read(const struct s3_request *request, struct s3_error *out)
{
    static const struct xml_schema schema = {"Error",
                                             {{"Error", "Code"}, {"Error", "Message", true}}};
    const struct http_answer *answer = &request->http.answer;
    struct str body = buffer_str(&answer->body);
    *out = (struct s3_error){0};
    if (!xml_read(body, &schema, parse_element, out))
        *out = (struct s3_error){.is_page = body.len > 0};
    struct str region = http_answer_header(answer, "x-amz-bucket-region");
    if (region.len)
        copy(out->region, sizeof out->region, region);
    else if (answer->status / 100 == 3 && !out->code[0])
        out->is_page = true; /* S3 names the region, or sends an error */
    if (!out->code[0])
        copy(out->code, sizeof out->code, str_of(code_of_status(request, out->is_page)));
}

enum s3_remedy s3_error_remedy(const struct s3_request *request, const struct s3_error *error)
{
    const struct known_error *known = find_error(error->code);
    long status = request->http.answer.status;
    if (error->region[0] && strcmp(error->region, request->s3->loop.region) != 0 &&
        (status == 301 || status == 307 || status == 400))
        return S3_MOVE;
    if (status == 412 && request->sent_if_match)
        return S3_NO_IF_MATCH;
    if (request->sent_checksum && (status == 501 || strcmp(error->code, "InvalidArgument") == 0 ||
                                   strcmp(error->code, "InvalidRequest") == 0))
        return S3_NO_CHECKSUM;
    if (known)
        return known->remedy;
    if (status == 429 || status == 503)
        return S3_SLOW_DOWN;
    return status >= 500 && status != 501 ? S3_TRY_AGAIN : S3_FINAL;
}

/* ---- Telling --------------------------------------------------------------------------------- */

/* "the access key …WXYZ of dl.cfg" */
static void describe_keys(const struct s3 *s3, char *out, size_t size)
{
    const struct credentials *keys = &s3->loop.credentials;
    size_t len = keys->access_key ? strlen(keys->access_key) : 0;
    if (!s3->loop.is_signed)
        snprintf(out, size, "who does not sign");
    else
        snprintf(out, size, "the access key …%s of %s", len > 4 ? keys->access_key + len - 4 : "",
                 keys->source);
}

/* Appends `words` with the text of each {name}. */
static void expand(const struct s3 *s3, const char *words, struct buffer *out)
{
    char keys[128];
    describe_keys(s3, keys, sizeof keys);
    const struct {
        const char *name, *text;
    } names[] = {{"{key}", keys}, {"{bucket}", s3->location.bucket}, {"{region}", s3->loop.region}};
    while (*words) {
        size_t plain = strcspn(words, "{");
        buffer_append(out, words, plain);
        words += plain;
        for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
            if (strncmp(words, names[i].name, strlen(names[i].name)) == 0)
                buffer_append_str(out, str_of(names[i].text));
        words += strcspn(words, "}");
        words += *words == '}';
    }
}

/* Whether the message says more than "Access Denied": AWS may name the user, the action and the
 * policy. */
static bool has_reason(const struct s3_error *error)
{
    static const char *const empty[] = {"", "Access Denied", "Access Denied.", "AccessDenied",
                                        "Forbidden"};
    for (size_t i = 0; i < ARRAY_LENGTH(empty); i++)
        if (strcasecmp(error->message, empty[i]) == 0)
            return false;
    return true;
}

/* "… is not authorized to perform: kms:Decrypt …", "… with an explicit deny in a … policy" */
static bool names_cause(const struct s3_error *error)
{
    return strstr(error->message, "perform: ") || strstr(error->message, "polic");
}

static const char *hint_for(const struct s3_request *request, const struct known_error *known,
                            const struct s3_error *error)
{
    static const char *const permissions[] = {
        [S3_LIST] = "it needs s3:ListBucket on the bucket",
        [S3_READ] = "it needs s3:GetObject on the bucket's objects",
        [S3_WRITE] = "it needs s3:PutObject and s3:AbortMultipartUpload on the bucket's objects",
        [S3_DELETE] = "it needs s3:DeleteObject on the bucket's objects",
        [S3_BUCKET] = "it needs s3:ListBucket on the bucket, and s3:CreateBucket to make one",
    };
    const struct s3 *s3 = request->s3;
    if (strcmp(known->code, "AccessDenied") == 0 && !s3->loop.is_signed)
        return "the bucket is not public: leave --no-sign-request out, and give credentials";
    if (strcmp(known->code, "AccessDenied") == 0)
        return names_cause(error) ? "the server's words tell which permission or policy it is"
                                  : permissions[request->action];
    if (strcmp(known->code, "NoSuchBucket") == 0)
        return s3->store.use == STORE_USE_OUTPUT ? "check the name; --create-bucket makes a new one"
                                                 : "check the name, and --endpoint";
    return known->hint;
}

/* Fails with an answer that is no error of S3: of a proxy, or of another kind of server. */
static int64_t fail_by_page(struct s3_request *request)
{
    const struct http_answer *answer = &request->http.answer;
    struct str to = http_answer_header(answer, "location");
    size_t len = 0; /* what follows a '?' may be secret */
    while (answer->status / 100 == 3 && len < to.len && !strchr("?#", to.data[len]))
        len++;
    if (answer->status == 407) {
        (void)s3_request_fail(request, STATUS_FAILED,
                              "the proxy requires a name and a password (status 407)");
        error_hint(request->error, HTTP_PROXY_LOGIN_HINT);
        return HTTP_OVER;
    }
    (void)s3_request_fail(request, STATUS_FAILED,
                          "the server answers with status %ld%s%.*s, and not as S3 does",
                          answer->status, len ? " and sends us to " : "", (int)len, to.data);
    error_hint(request->error,
               "what answers may not be an S3 store, but a web server or a proxy: check "
               "--endpoint, http_proxy and https_proxy");
    return HTTP_OVER;
}

/* Fails with the server's message and code. They are text of another party: the command line
 * shows them without control bytes. */
static int64_t fail_in_server_words(struct s3_request *request, const struct s3_error *error,
                                    enum status status)
{
    const struct http_answer *answer = &request->http.answer;
    if (error->code[0] && error->message[0])
        return s3_request_fail(request, status, "%s (%s)", error->message, error->code);
    if (error->code[0])
        return s3_request_fail(request, status, "%s (status %ld)", error->code, answer->status);
    return fail_by_page(request);
}

/* Whether the server does not implement the request. Servers answer this with different
 * statuses. */
static bool is_unknown_call(const struct s3_request *request, const struct s3_error *error)
{
    static const long statuses[] = {400, 405, 411, 415, 501};
    static const char *const of_keys[] = {"AuthorizationHeaderMalformed", "ExpiredToken",
                                          "InvalidToken", "TokenRefreshRequired",
                                          "InvalidBucketName"};
    bool is_unknown = error->is_page && request->http.answer.status == 404;
    for (size_t i = 0; i < ARRAY_LENGTH(statuses); i++)
        is_unknown |= statuses[i] == request->http.answer.status;
    for (size_t i = 0; i < ARRAY_LENGTH(of_keys); i++)
        is_unknown &= strcmp(error->code, of_keys[i]) != 0;
    return is_unknown;
}

/* Whether a condition of the request (If-Match, If-None-Match, Range) was not met. */
static bool is_condition(const struct s3_request *request)
{
    long status = request->http.answer.status;
    return (status == 412 && (request->if_none_match || request->if_match.len)) ||
           (status == 416 && request->range[0]);
}

static int64_t fail_by_condition(struct s3_request *request)
{
    long status = request->http.answer.status;
    if (status == 412 && request->if_none_match)
        return s3_request_fail(request, STATUS_EXISTS, "it is there already");
    return s3_request_fail(request, STATUS_CHANGED,
                           status == 412 ? "it has changed since it was listed"
                                         : "it is shorter than when it was listed");
}

int64_t s3_error_fail(struct s3_request *request, const struct s3_error *error)
{
    const struct known_error *known = find_error(error->code);
    CLEANUP(buffer_release) struct buffer words = {0};
    request->is_unknown_call = is_unknown_call(request, error);
    if (is_condition(request))
        return fail_by_condition(request);
    if (error->is_page)
        return fail_by_page(request);
    if (!known)
        return fail_in_server_words(request, error, STATUS_FAILED);
    if (known->words) {
        expand(request->s3, known->words, &words);
        if (strcmp(known->code, "AccessDenied") == 0 && has_reason(error))
            buffer_appendf(&words, ": %s", error->message);
        (void)s3_request_fail(request, known->status, "%s", buffer_text(&words));
    } else {
        (void)fail_in_server_words(request, error, known->status);
    }
    const char *hint = hint_for(request, known, error);
    if (hint)
        error_hint(request->error, "%s", hint);
    return HTTP_OVER;
}
