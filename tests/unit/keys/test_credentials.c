/* The chain of credentials: its order, what each link says, and what it makes of servers that
 * answer wrongly. */
#include "home.h"
#include "settings.h"

/* ---- The chain ------------------------------------------------------------------------------- */

#define SHARED                                                                                     \
    "[default]\naws_access_key_id = KEYOFDEFAULT\naws_secret_access_key = HIDDEN/d\n"              \
    "[other]\naws_access_key_id=KEYOFOTHER01\naws_secret_access_key=HIDDEN/o\n"                    \
    "aws_session_token=HIDDEN/t\n"
#define ENVIRONMENT "AWS_ACCESS_KEY_ID=KEYOFENVIRON", "AWS_SECRET_ACCESS_KEY=HIDDEN/e"

static struct config keys_of_dl_cfg(void)
{
    static char path[] = "dl.cfg", key[] = "KEYOFDLCFG99", secret[] = "HIDDEN/c",
                token[] = "HIDDEN+t";
    return (struct config){
        .path = path, .access_key = key, .secret_key = secret, .session_token = token};
}

static struct config profile_of_dl_cfg(void)
{
    static char path[] = "dl.cfg", profile[] = "other";
    return (struct config){.path = path, .profile = profile};
}

static struct config half_of_dl_cfg(void)
{
    static char path[] = "dl.cfg", key[] = "KEYOFDLCFG99";
    return (struct config){.path = path, .access_key = key};
}

static void test_order(void **state)
{
    const struct config nothing = {0}, keys = keys_of_dl_cfg(), profile = profile_of_dl_cfg(),
                        half = half_of_dl_cfg();
    const struct {
        const struct config *config;
        const char *profile, *shared;
        const char *variables[MAX_VARIABLES];
        struct outcome outcome;
    } rows[] = {
        {&keys, NULL, SHARED, {ENVIRONMENT}, {"KEYOFDLCFG99", "dl.cfg: key …FG99\n", "dl.cfg"}},
        {&nothing,
         NULL,
         SHARED,
         {ENVIRONMENT},
         {"KEYOFENVIRON", "dl.cfg: no file\nenvironment: key …IRON\n", "the environment"}},
        {NULL, NULL, NULL, {ENVIRONMENT}, {"KEYOFENVIRON", "dl.cfg: no file\n", NULL}},
        {&half,
         NULL,
         SHARED,
         {ENVIRONMENT},
         {"KEYOFENVIRON", "dl.cfg: AWS_SECRET_ACCESS_KEY is missing in [AWS]\n", NULL}},
        {&nothing,
         NULL,
         SHARED,
         {NULL},
         {"KEYOFDEFAULT", "environment: AWS_ACCESS_KEY_ID is not set\nprofile default: key …AULT\n",
          "a profile of ~/.aws"}},
        {&nothing,
         NULL,
         SHARED,
         {"AWS_PROFILE=other"},
         {"KEYOFOTHER01", "profile other: key", NULL}},
        {&nothing, NULL, SHARED, {"AWS_PROFILE="}, {"KEYOFDEFAULT", NULL, NULL}},
        {&nothing, NULL, SHARED, {ENVIRONMENT, "AWS_PROFILE=other"}, {"KEYOFENVIRON", NULL, NULL}},
        /* a profile that is named for this run goes before what the environment has */
        {&profile,
         NULL,
         SHARED,
         {ENVIRONMENT},
         {"KEYOFOTHER01", "dl.cfg: no keys in [AWS]\nprofile other: key …ER01\n", NULL}},
        {&nothing, "other", SHARED, {ENVIRONMENT}, {"KEYOFOTHER01", NULL, NULL}},
        {&keys, "other", SHARED, {NULL}, {"KEYOFOTHER01", NULL, NULL}},
        {&profile, "default", SHARED, {NULL}, {"KEYOFDEFAULT", NULL, NULL}},
        /* and is an error when it is not there, or is of no use */
        {&keys,
         "nobody",
         SHARED,
         {ENVIRONMENT},
         {NULL, "profile nobody (named by --profile) is not in ", "list-profiles"}},
        {&profile,
         NULL,
         NULL,
         {ENVIRONMENT},
         {NULL, "profile other (named by dl.cfg) is not in ", NULL}},
        {&nothing,
         NULL,
         SHARED,
         {"AWS_PROFILE=nobody"},
         {NULL, "profile nobody (named by AWS_PROFILE) is not in ", NULL}},
        {&nothing,
         "other",
         "[other]\nregion = r\n",
         {ENVIRONMENT},
         {NULL, "profile other (named by --profile) has no keys", ".aws/credentials"}},
        /* what is half there */
        {&nothing,
         NULL,
         SHARED,
         {"AWS_ACCESS_KEY_ID=KEYOFENVIRON"},
         {NULL, "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not", "set both"}},
        {&nothing,
         NULL,
         SHARED,
         {"AWS_SECRET_ACCESS_KEY=HIDDEN/e"},
         {NULL, "AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not", "set both"}},
        {&nothing,
         NULL,
         "[default]\naws_secret_access_key=HIDDEN/d\n",
         {NULL},
         {NULL, "profile default has aws_secret_access_key, but aws_access_key_id is missing",
          NULL}},
        {&nothing,
         NULL,
         "[default]\nsso_session = work\n",
         {NULL},
         {NULL, "default gets its keys by SSO, but there is no section [sso-session work] in ",
          "aws configure sso --profile default"}},
        /* nobody */
        {&nothing,
         NULL,
         NULL,
         {NULL},
         {NULL,
          "no credentials for S3 (dl.cfg: no file; environment: AWS_ACCESS_KEY_ID is not set; "
          "profile default: not in ",
          "--no-sign-request"}},
        {&nothing,
         NULL,
         "[default]\nregion = r\n",
         {NULL},
         {NULL,
          "profile default: no keys in it; web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not "
          "set; container: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not set; instance "
          "metadata: not asked",
          "dl.cfg.example"}},
        /* what comes along from copying */
        {&nothing,
         NULL,
         NULL,
         {"AWS_ACCESS_KEY_ID= KEYOFENVIRON\n", "AWS_SECRET_ACCESS_KEY=HIDDEN/e\r\n"},
         {"KEYOFENVIRON", NULL, NULL}},
        {&nothing,
         NULL,
         NULL,
         {"AWS_ACCESS_KEY_ID=KEYOFENVIRON", "AWS_SECRET_ACCESS_KEY=HIDDEN\r\nX: y"},
         {NULL,
          "the secret key of the environment holds a character that no key has (at position 7)",
          "copy it again"}},
        {&nothing,
         NULL,
         NULL,
         {"AWS_ACCESS_KEY_ID=“KEY”", "AWS_SECRET_ACCESS_KEY=HIDDEN"},
         {NULL, "the access key of the environment", "typographic"}},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP(home_release) struct home home = {0};
        CLEANUP(credentials_release) struct credentials found = {0};
        home_open(&home);
        if (rows[i].shared)
            home_write(&home, ".aws/credentials", rows[i].shared);
        set_variables(&home, NULL, rows[i].variables);
        check(i, rows[i].config, rows[i].profile, &rows[i].outcome, &found);
        assert_int_equal(found.expires_s, 0);
    }
}

/* A session token belongs to its own pair. */
static void test_session_tokens(void **state)
{
    const struct config keys = keys_of_dl_cfg(), half = half_of_dl_cfg();
    const struct {
        const struct config *config;
        const char *profile, *token;
    } rows[] = {{&keys, NULL, "HIDDEN+t"},
                {&half, NULL, "HIDDEN+env"},
                {&half, "other", "HIDDEN/t"},
                {&half, "default", NULL}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP(home_release) struct home home = {0};
        CLEANUP(credentials_release) struct credentials found = {0};
        struct error error;
        static const char *const texts[MAX_VARIABLES] = {ENVIRONMENT,
                                                         "AWS_SESSION_TOKEN=HIDDEN+env"};
        home_open(&home);
        home_write(&home, ".aws/credentials", SHARED);
        set_variables(&home, NULL, texts);
        struct keys_options options = {
            .service = "S3", .config = rows[i].config, .profile = rows[i].profile};
        ASSERT_OK(credentials_find(&options, &found, NULL, &error), error);
        if (rows[i].token)
            assert_string_equal(found.session_token, rows[i].token);
        else
            assert_null(found.session_token);
    }
}

/* ---- Profiles -------------------------------------------------------------------------------- */

static void assert_text(size_t row, const char *actual, const char *expected)
{
    if ((!actual != !expected) || (actual && strcmp(actual, expected) != 0))
        fail_msg("row %zu: %s instead of %s", row, actual ? actual : "nothing",
                 expected ? expected : "nothing");
}

static void test_profiles(void **state)
{
    static const struct {
        const char *name, *shared, *config;
        const char *access_key, *session_token, *region, *endpoint;
    } rows[] = {
        {"default", SHARED, "[default]\nregion = r\nendpoint_url = http://e\n", "KEYOFDEFAULT",
         NULL, "r", "http://e"},
        {"default", NULL, "[profile default]\nregion=r\n", NULL, NULL, "r", NULL},
        {"other", SHARED, "[profile other]\nregion=r\n[other]\nregion=x\n", "KEYOFOTHER01",
         "HIDDEN/t", "r", NULL},
        {"other", "[profile other]\naws_access_key_id=K\n", "[other]\nregion=x\n", NULL, NULL, NULL,
         NULL},
        /* a pair is of one file: that of credentials */
        {"p", "[p]\naws_access_key_id=K1\naws_secret_access_key=HIDDEN1\n",
         "[profile p]\naws_access_key_id=K2\naws_secret_access_key=HIDDEN2\n"
         "aws_session_token=HIDDEN3\n",
         "K1", NULL, NULL, NULL},
        {"p", "[p]\nregion=r1\n",
         "[profile p]\nregion=r2\naws_access_key_id=K2\naws_secret_access_key=HIDDEN2\n"
         "aws_session_token=HIDDEN3\n",
         "K2", "HIDDEN3", "r1", NULL},
        /* what is nested belongs to another setting; what is merely indented does not */
        {"p", NULL,
         "[profile p]\ns3 =\n  endpoint_url = http://nested\n  region = nested\nregion = r\n", NULL,
         NULL, "r", NULL},
        {"p", "[p]\n  aws_access_key_id = K\n  aws_secret_access_key = HIDDEN\n", NULL, "K", NULL,
         NULL, NULL},
        {"a name of 70 bytes, which is more than other readers take of a section's own", NULL,
         "[profile a name of 70 bytes, which is more than other readers take of a section's not]\n"
         "region=x\n"
         "[profile a name of 70 bytes, which is more than other readers take of a section's own]\n"
         "region=r\n",
         NULL, NULL, "r", NULL},
        {"with blanks", NULL, "[profile \"with blanks\"]\nregion=r\n", NULL, NULL, "r", NULL},
        {"Case", "[case]\nregion=x\n", "[profile Case]\nREGION=r\n", NULL, NULL, "r", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP(home_release) struct home home = {0};
        CLEANUP(profile_release) struct profile profile = {0};
        struct error error;
        home_open(&home);
        if (rows[i].shared)
            home_write(&home, ".aws/credentials", rows[i].shared);
        if (rows[i].config)
            home_write(&home, ".aws/config", rows[i].config);
        ASSERT_OK(profile_read(rows[i].name, &profile, &error), error);
        assert_text(i, profile.access_key, rows[i].access_key);
        assert_text(i, profile.session_token, rows[i].session_token);
        assert_text(i, profile.region, rows[i].region);
        assert_text(i, profile.endpoint, rows[i].endpoint);
    }
}

static void test_where_the_files_are(void **state)
{
    static const struct {
        const char *variables[MAX_VARIABLES];
        struct outcome outcome;
    } rows[] = {
        {{"AWS_SHARED_CREDENTIALS_FILE=~/elsewhere"}, {"KEYELSEWHERE", NULL, NULL}},
        {{"AWS_CONFIG_FILE=~/config"}, {"KEYOFDEFAULT", NULL, NULL}},
        {{"AWS_SHARED_CREDENTIALS_FILE=~/none", "AWS_CONFIG_FILE=~/config"},
         {"KEYOFCONFIG1", NULL, NULL}},
        {{"AWS_SHARED_CREDENTIALS_FILE=~/none"}, {NULL, "/none or ", NULL}},
        {{"AWS_SHARED_CREDENTIALS_FILE=~"}, {NULL, "is a folder, not a file)", "dl.cfg"}},
        /* a place that cannot be read is skipped */
        {{"AWS_SHARED_CREDENTIALS_FILE=~", "AWS_CONFIG_FILE=~/config"},
         {"KEYOFCONFIG1", NULL, NULL}},
        {{"AWS_SHARED_CREDENTIALS_FILE=/dev/null/credentials", "AWS_CONFIG_FILE=/dev/null/config",
          "AWS_PROFILE=p"},
         {NULL, "is not in /dev/null/credentials or /dev/null/config (cannot read ", NULL}},
        {{"HOME=/dev/null"}, {NULL, "profile default: not in /dev/null/.aws/credentials", NULL}},
        {{"HOME=/dev/null", ENVIRONMENT}, {"KEYOFENVIRON", NULL, NULL}},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP(home_release) struct home home = {0};
        CLEANUP(credentials_release) struct credentials found = {0};
        home_open(&home);
        home_write(&home, ".aws/credentials", SHARED);
        home_write(&home, "elsewhere",
                   "[default]\naws_access_key_id=KEYELSEWHERE\naws_secret_access_key=HIDDEN\n");
        home_write(&home, "config",
                   "[default]\naws_access_key_id=KEYOFCONFIG1\naws_secret_access_key=HIDDEN\n");
        set_variables(&home, NULL, rows[i].variables);
        check(i, NULL, NULL, &rows[i].outcome, &found);
    }
    {
        /* "~/" in a variable is not the shell's to expand */
        CLEANUP(home_release) struct home home = {0};
        CLEANUP(credentials_release) struct credentials found = {0};
        static const struct outcome outcome = {"KEYOFDEFAULT", NULL, NULL};
        home_open(&home);
        home_write(&home, "elsewhere", SHARED);
        setenv("AWS_SHARED_CREDENTIALS_FILE", "~/elsewhere", 1);
        check(COUNT(rows), NULL, NULL, &outcome, &found);
    }
}

static void test_region_and_endpoint(void **state)
{
    static const struct {
        const char *variables[MAX_VARIABLES];
        const char *profile, *region, *endpoint;
    } rows[] = {
        {{NULL}, NULL, "of-default", NULL},
        {{NULL}, "other", "of-other", "http://of-other"},
        {{NULL}, "nobody", "us-east-1", NULL},
        {{"AWS_PROFILE=other"}, NULL, "of-other", "http://of-other"},
        {{"AWS_DEFAULT_REGION=r2", "AWS_ENDPOINT_URL=http://e2"}, "other", "r2", "http://e2"},
        {{"AWS_DEFAULT_REGION=r2", "AWS_ENDPOINT_URL=http://e2", "AWS_REGION=r1",
          "AWS_ENDPOINT_URL_S3=http://e1"},
         NULL,
         "r1",
         "http://e1"},
        {{"AWS_REGION=", "AWS_ENDPOINT_URL="}, "other", "of-other", "http://of-other"},
        {{"AWS_CONFIG_FILE=~"}, NULL, "us-east-1", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP(home_release) struct home home = {0};
        home_open(&home);
        home_write(&home, ".aws/config",
                   "[default]\nregion=of-default\n"
                   "[profile other]\nregion=of-other\nendpoint_url=http://of-other\n");
        set_variables(&home, NULL, rows[i].variables);
        struct keys_options options = {.service = "S3", .profile = rows[i].profile};
        bool is_of_config;
        char *region = keys_region(&options);
        char *endpoint = keys_endpoint(&options, &is_of_config);
        assert_false(is_of_config);
        assert_text(i, region, rows[i].region);
        assert_text(i, endpoint, rows[i].endpoint);
        mem_free(region);
        mem_free(endpoint);
    }
}

/* ---- Servers --------------------------------------------------------------------------------- */

#define WEB                                                                                        \
    "AWS_ENDPOINT_URL_STS=@", "AWS_WEB_IDENTITY_TOKEN_FILE=~/token",                               \
        "AWS_ROLE_ARN=arn:aws:iam::1:role/x y"

static void test_web_identity(void **state)
{
    static const struct server_case rows[] = {
        {{{"POST / ", 200, STS_GOOD}},
         {WEB, "AWS_ROLE_SESSION_NAME=me"},
         {"KEYOFSTS1234", "web identity: key …1234 (arn:aws:iam::1:role/x y)\n", "web identity"},
         {"Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3A"
          "role%2Fx%20y&RoleSessionName=me&WebIdentityToken=HIDDEN.web%26token%3D",
          "Content-Type: application/x-www-form-urlencoded"},
         1,
         T2024},
        {{{"POST / ", 200, STS_GOOD}},
         {WEB},
         {"KEYOFSTS1234", NULL, NULL},
         {"RoleSessionName=sparkify&"},
         1,
         T2024},
        {{{"POST / ", 400, STS_BAD("ExpiredTokenException", "it expired")}},
         {WEB},
         {NULL, "refuses the token: ExpiredTokenException: it expired", "AWS_ROLE_ARN"},
         {NULL},
         1,
         0},
        {{{"POST / ", 403, STS_BAD("AccessDenied", "your token is HIDDEN.web&amp;token= indeed")}},
         {WEB},
         {NULL, "refuses the token", NULL},
         {NULL},
         1,
         0},
        {{{"POST / ", 200, "<html>welcome</html>"}},
         {WEB},
         {NULL, "answered 200, and not as STS does", "AWS_ENDPOINT_URL_STS"},
         {NULL},
         1,
         0},
        {{{"POST / ", 200, "HIDDEN garbage"}},
         {WEB},
         {NULL, "not as STS does", NULL},
         {NULL},
         1,
         0},
        {{{"POST / ", 503, "busy"}}, {WEB}, {NULL, "answered 503", NULL}, {NULL}, 4, 0},
        /* moments in which STS is overloaded pass */
        {{{"POST / ", 503, "busy", NULL, SERVER_WHOLE, 2}, {"POST / ", 200, STS_GOOD}},
         {WEB},
         {"KEYOFSTS1234", NULL, NULL},
         {NULL},
         3,
         T2024},
        {{{"POST / ", 400, STS_BAD("Throttling", "Rate exceeded"), NULL, SERVER_WHOLE, 1},
          {"POST / ", 400, STS_BAD("IDPCommunicationError", "x"), NULL, SERVER_WHOLE, 1},
          {"POST / ", 500, STS_BAD("InternalFailure", "x"), NULL, SERVER_WHOLE, 1},
          {"POST / ", 200, STS_GOOD}},
         {WEB},
         {"KEYOFSTS1234", NULL, NULL},
         {NULL},
         4,
         T2024},
        {{{"POST / ", 400, STS_BAD("Throttling", "Rate exceeded")}},
         {WEB},
         {NULL, "refuses the token: Throttling: Rate exceeded", NULL},
         {NULL},
         4,
         0},
        {{{"POST / ", 200, "", NULL, SERVER_RESETS, 1}, {"POST / ", 200, STS_GOOD}},
         {WEB},
         {"KEYOFSTS1234", NULL, NULL},
         {NULL},
         2,
         T2024},
        /* what stands in an address may be secret */
        {{{NULL}},
         {"AWS_ENDPOINT_URL_STS=http://me:HIDDEN@127.0.0.1:1", "AWS_ROLE_ARN=r",
          "AWS_WEB_IDENTITY_TOKEN_FILE=~/token"},
         {NULL, "the address of STS has a name and a password in it", "AWS_ENDPOINT_URL_STS"},
         {NULL},
         0,
         0},
        /* the address of all services */
        {{{"POST /all/ ", 200, STS_GOOD}},
         {"AWS_ENDPOINT_URL=@/all/", "AWS_ROLE_ARN=r", "AWS_WEB_IDENTITY_TOKEN_FILE=~/token"},
         {"KEYOFSTS1234", NULL, NULL},
         {NULL},
         1,
         T2024},
        {{{"POST / ", 401, STS_GOOD}}, {WEB}, {NULL, "answered 401", NULL}, {NULL}, 1, 0},
        {{{"POST / ", 302, ""}}, {WEB}, {NULL, "answered 302", NULL}, {NULL}, 1, 0},
        {{{"POST / ", 200, STS_GOOD, NULL, SERVER_CUT}},
         {WEB},
         {NULL, "no answer from", NULL},
         {NULL},
         4,
         0},
        {{{"POST / ", 200, STS_GOOD, NULL, SERVER_ENDLESS}},
         {WEB},
         {NULL, "the answer is longer than 64 KiB", NULL},
         {NULL},
         1,
         0},
        {{{"POST / ", 200, "", NULL, SERVER_RESETS}},
         {WEB},
         {NULL, "no answer from", NULL},
         {NULL},
         4,
         0},
        {{{NULL}},
         {"AWS_ENDPOINT_URL_STS=@", "AWS_WEB_IDENTITY_TOKEN_FILE=~/none", "AWS_ROLE_ARN=r"},
         {NULL, "/none, which AWS_WEB_IDENTITY_TOKEN_FILE names, is not there", "unset"},
         {NULL},
         0,
         0},
        {{{NULL}},
         {"AWS_WEB_IDENTITY_TOKEN_FILE=~/empty", "AWS_ROLE_ARN=r"},
         {NULL, "is empty", NULL},
         {NULL},
         0,
         0},
        {{{NULL}},
         {"AWS_WEB_IDENTITY_TOKEN_FILE=~/token"},
         {NULL, "but AWS_ROLE_ARN is not", NULL},
         {NULL},
         0,
         0},
        {{{NULL}},
         {"AWS_ROLE_ARN=r"},
         {NULL, "AWS_WEB_IDENTITY_TOKEN_FILE is not set", NULL},
         {NULL},
         0,
         0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        check_server(i, &rows[i]);
}

#define JSON_GOOD                                                                                  \
    "{\"Code\":\"Success\",\"AccessKeyId\":\"KEYOFJSON567\",\"SecretAccessKey\":\"HIDDEN/j\","     \
    "\"Token\":\"HIDDEN/t\",\"Expiration\":\"2024-05-01T12:00:00Z\"}"
#define FULL  "AWS_CONTAINER_CREDENTIALS_FULL_URI=@/v2/keys?a=b"
#define PROXY "http_proxy=http://127.0.0.1:1/" /* must not be asked */

static void test_container(void **state)
{
    static const struct server_case rows[] = {
        {{{"GET /v2/keys?a=b ", 200, JSON_GOOD}},
         {FULL, PROXY},
         {"KEYOFJSON567", "container: key …N567 (http://127.0.0.1:", "the container's role"},
         {"GET /v2/keys?a=b HTTP/1.1\r\nHost: 127.0.0.1:"},
         1,
         T2024},
        {{{"GET /v2", 200, JSON_GOOD, "\r\nAuthorization: HIDDEN.plain\r\n"}},
         {FULL, "AWS_CONTAINER_AUTHORIZATION_TOKEN=HIDDEN.plain"},
         {"KEYOFJSON567", NULL, NULL},
         {NULL},
         1,
         T2024},
        {{{"GET /v2", 200, JSON_GOOD, "\r\nAuthorization: HIDDEN.web&token=\r\n"}},
         {FULL, "AWS_CONTAINER_AUTHORIZATION_TOKEN=HIDDEN.plain",
          "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=~/token"},
         {"KEYOFJSON567", NULL, NULL},
         {NULL},
         1,
         T2024},
        {{{"GET /v2", 200, JSON_GOOD, "Authorization: HIDDEN"}},
         {FULL},
         {NULL, "answered 401", "no token was sent"},
         {NULL},
         1,
         0},
        {{{"GET /v2", 403, "HIDDEN"}}, {FULL}, {NULL, "answered 403", NULL}, {NULL}, 1, 0},
        {{{"GET /v2", 200, "HIDDEN garbage"}},
         {FULL},
         {NULL, "the answer is not a JSON object", "dl.cfg"},
         {NULL},
         1,
         0},
        {{{"GET /v2", 200, "[1]"}},
         {FULL},
         {NULL, "the answer is not a JSON object", NULL},
         {NULL},
         1,
         0},
        {{{"GET /v2", 200, ""}},
         {FULL},
         {NULL, "the answer is not a JSON object", NULL},
         {NULL},
         1,
         0},
        {{{"GET /v2", 200, "{\"AccessKeyId\":\"K\",\"SecretAccessKey\":7}"}},
         {FULL},
         {NULL, "the answer holds no keys", NULL},
         {NULL},
         1,
         0},
        {{{"GET /v2", 200, "{\"AccessKeyId\":\"K\\n\",\"SecretAccessKey\":\"HIDDEN\"}"}},
         {FULL},
         {NULL, "holds a character that no key has", NULL},
         {NULL},
         1,
         0},
        {{{"GET /v2", 500, "{}", NULL, SERVER_WHOLE, 1},
          {"GET /v2", 429, "{}", NULL, SERVER_WHOLE, 1},
          {"GET /v2", 200, JSON_GOOD}},
         {FULL},
         {"KEYOFJSON567", NULL, NULL},
         {NULL},
         3,
         T2024},
        {{{"GET /v2", 503, "busy"}}, {FULL}, {NULL, "answered 503", NULL}, {NULL}, 4, 0},
        {{{NULL}},
         {"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://me:HIDDEN@127.0.0.1:1/x"},
         {NULL, "AWS_CONTAINER_CREDENTIALS_FULL_URI has a name and a password", NULL},
         {NULL},
         0,
         0},
        {{{"GET /x?HIDDEN ", 404, ""}},
         {"AWS_CONTAINER_CREDENTIALS_FULL_URI=@/x?HIDDEN"},
         {NULL, "/x?… answered 404", NULL},
         {NULL},
         1,
         0},
        {{{"GET /v2", 200, JSON_GOOD, NULL, SERVER_CUT}},
         {FULL},
         {NULL, "no answer from", NULL},
         {NULL},
         4,
         0},
        {{{"GET /v2", 200, JSON_GOOD, NULL, SERVER_ENDLESS}},
         {FULL},
         {NULL, "longer than 64 KiB", NULL},
         {NULL},
         1,
         0},
        {{{"GET /v2", 200, JSON_GOOD, NULL, SERVER_HANGS, 1}, {"GET /v2", 200, JSON_GOOD}},
         {FULL},
         {"KEYOFJSON567", NULL, NULL},
         {NULL},
         2,
         T2024},
        {{{"GET /v2", 301, ""}}, {FULL}, {NULL, "answered 301", NULL}, {NULL}, 1, 0},
        {{{NULL}},
         {"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://192.0.2.1/keys"},
         {NULL, "an address that is not used", NULL},
         {NULL},
         0,
         0},
        {{{NULL}},
         {FULL, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=~/none"},
         {NULL, "the authorization token is missing: its file is not there", NULL},
         {NULL},
         0,
         0},
        {{{NULL}},
         {FULL, "AWS_CONTAINER_AUTHORIZATION_TOKEN=HIDDEN\r\nX-Other: 1"},
         {NULL, "the authorization token holds a character that none has", NULL},
         {NULL},
         0,
         0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        check_server(i, &rows[i]);
}

static void test_container_addresses(void **state)
{
    static const struct {
        const char *relative, *full, *url; /* url: NULL for an error */
    } rows[] = {
        {"/v2/x", NULL, "http://169.254.170.2/v2/x"},
        {"@evil.example/x", NULL, "http://169.254.170.2/@evil.example/x"},
        {"/v2/x", "https://host/y", "http://169.254.170.2/v2/x"},
        {NULL, "https://host.example/y", "https://host.example/y"},
        {NULL, "http://localhost:8080/y", "http://localhost:8080/y"},
        {NULL, "http://127.0.0.1/y", "http://127.0.0.1/y"},
        {NULL, "http://127.9.8.7:1/y", "http://127.9.8.7:1/y"},
        {NULL, "http://[::1]/y", "http://[::1]/y"},
        {NULL, "http://169.254.170.2/y", "http://169.254.170.2/y"},
        {NULL, "http://169.254.170.23/y", "http://169.254.170.23/y"},
        {NULL, "http://[fd00:ec2::23]/y", "http://[fd00:ec2::23]/y"},
        {NULL, "http://169.254.169.254/y", NULL},
        {NULL, "http://example.com/y", NULL},
        {NULL, "http://127.0.0.1.example.com/y", NULL},
        {NULL, "http://127.0.0.1@example.com/y", NULL},
        {NULL, "http://localhost.example.com/y", NULL},
        {NULL, "ftp://127.0.0.1/y", NULL},
        {NULL, "file:///etc/passwd", NULL},
        {NULL, "127.0.0.1/y", NULL},
        {NULL, NULL, ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP(home_release) struct home home = {0};
        CLEANUP(buffer_release) struct buffer url = {0};
        struct error error = {0};
        home_open(&home);
        if (rows[i].relative)
            setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", rows[i].relative, 1);
        if (rows[i].full)
            setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", rows[i].full, 1);
        enum status status = credentials_container_url(&url, &error);
        if ((status == STATUS_OK) != (rows[i].url != NULL))
            fail_msg("row %zu: %s", i, error.message);
        if (rows[i].url)
            assert_string_equal(buffer_text(&url), rows[i].url);
    }
}

#define INSTANCE "AWS_EC2_METADATA_DISABLED=", "AWS_EC2_METADATA_SERVICE_ENDPOINT=@/"
#define ROLES    "GET /latest/meta-data/iam/security-credentials/ "
#define ROLE     "GET /latest/meta-data/iam/security-credentials/my-role "
#define TOKEN                                                                                      \
    {                                                                                              \
        "PUT /latest/api/token ", 200,                                                             \
            "HIDDENtoken==", "\r\nX-aws-ec2-metadata-token-ttl-seconds: 21600\r\n"                 \
    }
#define WITH_TOKEN "\r\nX-aws-ec2-metadata-token: HIDDENtoken==\r\n"

static void test_instance(void **state)
{
    static const struct server_case rows[] = {
        {{TOKEN, {ROLES, 200, "my-role\nmore", WITH_TOKEN}, {ROLE, 200, JSON_GOOD, WITH_TOKEN}},
         {INSTANCE, PROXY},
         {"KEYOFJSON567", "instance metadata: key …N567 (role my-role)\n", "the instance's role"},
         {"PUT /latest/api/token HTTP/1.1", "Content-Length: 0"},
         3,
         T2024},
        /* each is tried again, for a while */
        {{{"PUT ", 503, "", NULL, SERVER_WHOLE, 1},
          TOKEN,
          {ROLES, 200, "my-role"},
          {ROLE, 200, JSON_GOOD}},
         {INSTANCE},
         {"KEYOFJSON567", NULL, NULL},
         {NULL},
         4,
         T2024},
        {{{"PUT ", 503, ""}},
         {INSTANCE},
         {NULL, "answered 503 when asked for a token", NULL},
         {NULL},
         4,
         0},
        {{{"PUT ", 200, "", NULL, SERVER_RESETS}},
         {INSTANCE},
         {NULL, "instance metadata: ", NULL},
         {NULL},
         4,
         0},
        {{{"PUT ", 503, "", NULL, SERVER_WHOLE, 1}, TOKEN, {ROLES, 503, ""}},
         {INSTANCE},
         {NULL, "answered 503 when asked for a role", NULL},
         {NULL},
         6,
         0},
        /* no instance, or none that says anything: no error of its own */
        {{{"PUT ", 403, ""}},
         {INSTANCE},
         {NULL, "no credentials for S3 (dl.cfg: no file; ", "dl.cfg.example"},
         {NULL},
         1,
         0},
        {{{"PUT ", 200, "", NULL, SERVER_HANGS}},
         {INSTANCE},
         {NULL, "instance metadata: no answer within 1 s (http://127.0.0.1:", NULL},
         {NULL},
         1,
         0},
        {{{"PUT ", 200, "<html>\nlog in</html>"}},
         {INSTANCE},
         {NULL, "the answer is not a token", NULL},
         {NULL},
         1,
         0},
        {{TOKEN},
         {INSTANCE},
         {NULL, "instance metadata: the instance has no role", NULL},
         {NULL},
         2,
         0},
        {{TOKEN, {ROLES, 200, "../../x\r\nY: z"}},
         {INSTANCE},
         {NULL, "the answer is not a role", NULL},
         {NULL},
         2,
         0},
        {{TOKEN, {ROLES, 200, ""}},
         {INSTANCE},
         {NULL, "the answer is not a role", NULL},
         {NULL},
         2,
         0},
        /* a role whose keys are not to be had */
        {{TOKEN, {ROLES, 200, "my-role"}, {ROLE, 200, "HIDDEN garbage"}},
         {INSTANCE},
         {NULL, "cannot get credentials for S3: instance metadata: the answer is not a JSON", NULL},
         {NULL},
         3,
         0},
        {{TOKEN, {ROLES, 200, "my-role"}, {ROLE, 200, JSON_GOOD, NULL, SERVER_CUT}},
         {INSTANCE},
         {NULL, "instance metadata: no answer from http", NULL},
         {NULL},
         6,
         0},
        {{TOKEN,
          {ROLES, 500, "", NULL, SERVER_WHOLE, 1},
          {ROLES, 200, "my-role"},
          {ROLE, 200, JSON_GOOD, NULL, SERVER_RESETS, 1},
          {ROLE, 200, JSON_GOOD}},
         {INSTANCE},
         {"KEYOFJSON567", NULL, NULL},
         {NULL},
         5,
         T2024},
        {{TOKEN, {ROLES, 200, "my-role"}, {ROLE, 403, "HIDDEN"}},
         {INSTANCE},
         {NULL, "my-role answered 403", NULL},
         {NULL},
         3,
         0},
        {{TOKEN, {ROLES, 200, "my-role"}, {ROLE, 200, "{\"Code\":\"Failed\"}"}},
         {INSTANCE},
         {NULL, "the answer holds no keys", NULL},
         {NULL},
         3,
         0},
        {{TOKEN},
         {"AWS_EC2_METADATA_DISABLED=True", "AWS_EC2_METADATA_SERVICE_ENDPOINT=@"},
         {NULL, "instance metadata: not asked", NULL},
         {NULL},
         0,
         0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        check_server(i, &rows[i]);
}

static void test_instance_is_not_there(void **state)
{
    static const struct server_rule none[1] = {{NULL}};
    CLEANUP(home_release) struct home home = {0};
    CLEANUP(server_release) struct server server = {0};
    CLEANUP(credentials_release) struct credentials found = {0};
    static const struct outcome outcome = {NULL, "instance metadata: no answer", NULL};
    (void)state;
    home_open(&home);
    server_start(&server, none);
    server_stop(&server); /* the port is free now, and refuses */
    setenv("AWS_EC2_METADATA_DISABLED", "false", 1);
    setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", server.url, 1);
    check(0, NULL, NULL, &outcome, &found);
}

static void test_times(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds;
    } rows[] = {
        {"2024-05-01T12:00:00Z", T2024},
        {"1970-01-01T00:00:01Z", 1},
        {"2024-05-01T12:00:00.123Z", T2024},
        {"2024-05-01T12:00:00+00:00", T2024},
        {"2024-05-01T14:30:00+02:30", T2024},
        {"2024-05-01", 0},
        {"2024-05-01T12:00:00", 0},
        {"soon", 0},
        {"", 0},
        {"2024-05-01T11:00:00-01:00", T2024},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(credentials_time(rows[i].text), rows[i].seconds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_session_tokens),
        cmocka_unit_test(test_profiles),
        cmocka_unit_test(test_where_the_files_are),
        cmocka_unit_test(test_region_and_endpoint),
        cmocka_unit_test(test_web_identity),
        cmocka_unit_test(test_container),
        cmocka_unit_test(test_container_addresses),
        cmocka_unit_test(test_instance),
        cmocka_unit_test(test_instance_is_not_there),
        cmocka_unit_test(test_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
