/* The ways in which a profile gives keys: roles, SSO, a token's file, a program, keys; and that
 * none of them is passed over for keys that stand beside it. */
#include "home.h"
#include "settings.h"

#include <signal.h>

#define BASE  "aws_access_key_id = KEYOFBASE001\naws_secret_access_key = HIDDEN/b\n"
#define OTHER "aws_access_key_id = KEYOFOTHER01\naws_secret_access_key = HIDDEN/o\n"
#define ROLE  "role_arn = arn:aws:iam::1:role/etl\n"
#define ASSUMED                                                                                    \
    "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>KEYOFROLE999</AccessKeyId>"   \
    "<SecretAccessKey>HIDDEN/s</SecretAccessKey><SessionToken>HIDDEN/t</SessionToken>"             \
    "<Expiration>2024-05-01T12:00:00Z</Expiration></Credentials></AssumeRoleResult>"               \
    "</AssumeRoleResponse>"
#define STS "AWS_ENDPOINT_URL_STS=@"

/* Names are the SHA-1 of "my" and of "https://start.example/". */
#define CACHE_OF_MY  ".aws/sso/cache/3ece1471f44f63177cbc35ba0b904e0c096b6783.json"
#define CACHE_OF_URL ".aws/sso/cache/49125fd26523180d5d8af830007783f37aef2a1e.json"

struct profile_case {
    const char *config, *credentials; /* of ~/.aws */
    const char *my, *url;             /* of the caches of SSO */
    const char *profile;              /* as --profile */
    struct server_rule rules[5];      /* the last is empty */
    const char *variables[MAX_VARIABLES];
    struct outcome outcome;
    const char *log[4]; /* parts of what the server was asked */
    unsigned requests;
    int64_t expires_s;
};

static void make_caches(const struct home *home, const struct profile_case *row)
{
    char path[320];
    for (const char *const *folder = (const char *const[]){"/.aws/sso", "/.aws/sso/cache", NULL};
         *folder; folder++) {
        snprintf(path, sizeof path, "%s%s", home->path, *folder);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    if (row->my)
        home_write(home, CACHE_OF_MY, row->my);
    if (row->url)
        home_write(home, CACHE_OF_URL, row->url);
}

static void check_profile(size_t i, const struct profile_case *row)
{
    CLEANUP(home_release) struct home home = {0};
    CLEANUP(server_release) struct server server = {0};
    CLEANUP(credentials_release) struct credentials found = {0};
    home_open(&home);
    home_write(&home, "token", "HIDDEN.web&token=\n");
    if (row->config)
        home_write(&home, ".aws/config", row->config);
    if (row->credentials)
        home_write(&home, ".aws/credentials", row->credentials);
    make_caches(&home, row);
    server_start(&server, row->rules);
    set_variables(&home, &server, row->variables);
    check(i, NULL, row->profile, &row->outcome, &found);
    server_stop(&server);
    for (size_t part = 0; part < COUNT(row->log); part++)
        assert_part(i, buffer_text(&server.log), row->log[part]);
    if (server.requests != row->requests)
        fail_msg("row %zu: %u requests instead of %u", i, server.requests, row->requests);
    assert_int_equal(found.expires_s, row->expires_s);
}

#define CHECK_ALL(rows)                                                                            \
    for (size_t i = 0; i < COUNT(rows); i++)                                                       \
    check_profile(i, &(rows)[i])

/* ---- Roles ----------------------------------------------------------------------------------- */

static void test_roles(void **state)
{
    static const struct profile_case rows[] = {
        {.config = "[profile p]\n" ROLE "source_profile = base\nregion = eu-west-3\n",
         .credentials = "[base]\n" BASE,
         .profile = "p",
         .rules = {{"POST / ", 200, ASSUMED}},
         .variables = {STS},
         .outcome = {"KEYOFROLE999",
                     "profile base: key …E001\nprofile p: key …E999 (arn:aws:iam::1:role/etl)\n",
                     "a role of ~/.aws"},
         .log = {"Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fetl&"
                 "RoleSessionName=sparkify",
                 "\r\nAuthorization: AWS4-HMAC-SHA256 Credential=KEYOFBASE001/",
                 "/eu-west-3/sts/aws4_request,SignedHeaders=host;x-amz-date,Signature="},
         .requests = 1,
         .expires_s = T2024},
        {.config = "[profile p]\n" ROLE "source_profile = base\nexternal_id = a b\n"
                   "role_session_name = me\nduration_seconds = 900\n",
         .credentials = "[base]\n" BASE "aws_session_token = HIDDEN/x\n",
         .profile = "p",
         .rules = {{"POST / ", 200, ASSUMED}},
         .variables = {STS},
         .outcome = {"KEYOFROLE999", NULL, NULL},
         .log = {"&RoleSessionName=me&DurationSeconds=900&ExternalId=a%20b",
                 "\r\nX-Amz-Security-Token: HIDDEN/x\r\n",
                 "SignedHeaders=host;x-amz-date;x-amz-security-token,"},
         .requests = 1,
         .expires_s = T2024},
        /* a profile may be its own source, in either file, with keys of either */
        {.credentials = "[p]\n" BASE ROLE "source_profile = p\n",
         .profile = "p",
         .rules = {{"POST / ", 200, ASSUMED}},
         .variables = {STS},
         .outcome = {"KEYOFROLE999", NULL, NULL},
         .log = {"Credential=KEYOFBASE001/"},
         .requests = 1,
         .expires_s = T2024},
        {.config = "[profile p]\n" ROLE "source_profile = base\n",
         .credentials = "[base]\n" BASE "[p]\n" OTHER,
         .profile = "p",
         .rules = {{"POST / ", 200, ASSUMED}},
         .variables = {STS},
         .outcome = {"KEYOFROLE999", NULL, NULL},
         .log = {"Credential=KEYOFBASE001/"},
         .requests = 1,
         .expires_s = T2024},
        /* a role for a role's keys */
        {.config = "[profile p]\n" ROLE "source_profile = q\n[profile q]\nrole_arn = second\n"
                   "source_profile = base\n[profile base]\n" BASE,
         .profile = "p",
         .rules = {{"POST / ", 200, ASSUMED}},
         .variables = {STS},
         .outcome = {"KEYOFROLE999", "profile q: key …E999 (second)\nprofile p: key", NULL},
         .log = {"Credential=KEYOFBASE001/", "RoleArn=second&", "Credential=KEYOFROLE999/",
                 "X-Amz-Security-Token: HIDDEN/t"},
         .requests = 2,
         .expires_s = T2024},
        /* of the environment, and by the environment's profile */
        {.config = "[default]\n" ROLE "credential_source = Environment\n",
         .rules = {{"POST / ", 200, ASSUMED}},
         .profile = "default",
         .variables = {STS, "AWS_ACCESS_KEY_ID=KEYOFENVIRON", "AWS_SECRET_ACCESS_KEY=HIDDEN"},
         .outcome = {"KEYOFROLE999", NULL, NULL},
         .log = {"Credential=KEYOFENVIRON/"},
         .requests = 1,
         .expires_s = T2024},
        {.config = "[profile p]\n" ROLE "credential_source = EcsContainer\n",
         .rules = {{"POST / ", 200, ASSUMED},
                   {"GET /x ", 200,
                    "{\"AccessKeyId\":\"KEYOFJSON567\",\"SecretAccessKey\":"
                    "\"HIDDEN\"}"}},
         .variables = {STS, "AWS_CONTAINER_CREDENTIALS_FULL_URI=@/x", "AWS_DEFAULT_PROFILE=p",
                       "AWS_PROFILE=none"},
         .outcome = {"KEYOFROLE999", NULL, NULL},
         .log = {"Credential=KEYOFJSON567/"},
         .requests = 2,
         .expires_s = T2024},
        {.config = "[profile p]\n" ROLE "credential_source = Ec2InstanceMetadata\n",
         .profile = "p",
         .outcome = {NULL, "profile p: its credential_source, Ec2InstanceMetadata, has no keys",
                     "leave --profile out then"}},
        /* what is wrong */
        {.config = "[profile p]\n" ROLE,
         .credentials = "[p]\n" OTHER,
         .profile = "p",
         .outcome = {NULL, "profile p has role_arn, but neither source_profile nor", NULL}},
        {.config = "[profile p]\n" ROLE "source_profile = p\ncredential_source = Environment\n",
         .profile = "p",
         .outcome = {NULL, "and both source_profile and credential_source", NULL}},
        {.config = "[profile p]\n" ROLE "credential_source = Moon\n",
         .profile = "p",
         .outcome = {NULL, "there is no credential_source Moon", "EcsContainer"}},
        {.config = "[profile p]\n" ROLE "source_profile = p\n",
         .profile = "p",
         .outcome = {NULL, "its source_profile, p, leads back to itself", NULL}},
        {.config = "[profile p]\n" ROLE "source_profile = q\n"
                   "[profile q]\n" ROLE "source_profile = p\n",
         .profile = "p",
         .outcome = {NULL, "profile q: its source_profile, p, leads back", NULL}},
        {.config = "[profile p]\n" ROLE "source_profile = none\n",
         .profile = "p",
         .outcome = {NULL, "profile none (source_profile of p) is not in ", NULL}},
        {.config = "[profile p]\n" ROLE "source_profile = q\n[profile q]\nregion = r\n",
         .profile = "p",
         .outcome = {NULL, "profile q (source_profile of p) has no keys", NULL}},
        {.config = "[profile it's]\n" ROLE "source_profile = q\nmfa_serial = arn\n",
         .credentials = "[it's]\n" OTHER,
         .profile = "it's",
         .outcome = {NULL, "profile it's requires a code of an MFA device",
                     "--profile 'it'\\''s' --format env)\", and leave --profile out then"}},
        {.credentials = "[p]\n" BASE ROLE "source_profile = p\n",
         .profile = "p",
         .rules = {{"POST / ", 403, STS_BAD("AccessDenied", "not you, with HIDDEN/b")}},
         .variables = {STS},
         .outcome = {NULL, "refuses the role: AccessDenied", "trust policy"},
         .requests = 1},
        {.credentials = "[p]\n" BASE ROLE "source_profile = p\n",
         .profile = "p",
         .rules = {{"POST / ", 403, STS_BAD("AccessDenied", "User x is not authorized")}},
         .variables = {STS},
         .outcome = {NULL, "refuses the role: AccessDenied: User x is not authorized", NULL},
         .requests = 1},
        {.credentials = "[p]\n" BASE ROLE "source_profile = p\n",
         .profile = "p",
         .rules = {{"POST / ", 403, "<E><Error><Code>Odd</Code></Error></E>"}},
         .variables = {STS},
         .outcome = {NULL, "refuses the role: Odd", NULL},
         .requests = 1},
        {.credentials = "[p]\n" BASE ROLE "source_profile = p\n",
         .profile = "p",
         .variables = {"AWS_ENDPOINT_URL_STS=http://"},
         .outcome = {NULL, "the address of STS is not a URL", "AWS_ENDPOINT_URL_STS"}},
    };
    (void)state;
    CHECK_ALL(rows);
}

static void test_web_identity_of_a_profile(void **state)
{
    char config[1024];
    CLEANUP(home_release) struct home home = {0};
    CLEANUP(server_release) struct server server = {0};
    CLEANUP(credentials_release) struct credentials found = {0}, none = {0};
    static const struct server_rule rules[] = {{"POST / ", 200, STS_GOOD}, {NULL}};
    static const struct outcome good = {"KEYOFSTS1234", "profile p: key …1234", NULL},
                                bad = {NULL,
                                       "/none, which web_identity_token_file names, is not "
                                       "there",
                                       NULL};
    (void)state;
    home_open(&home);
    home_write(&home, "token", "HIDDEN.web&token=\n");
    snprintf(config, sizeof config,
             "[profile p]\n" ROLE "web_identity_token_file = %s/token\nrole_session_name = me\n"
             "[profile q]\n" ROLE "web_identity_token_file = %s/none\n",
             home.path, home.path);
    home_write(&home, ".aws/config", config);
    home_write(&home, ".aws/credentials", "[p]\n" OTHER "[q]\n" OTHER);
    server_start(&server, rules);
    setenv("AWS_ENDPOINT_URL_STS", server.url, 1);
    check(0, NULL, "p", &good, &found);
    check(1, NULL, "q", &bad, &none);
    server_stop(&server);
    assert_part(0, buffer_text(&server.log), "Action=AssumeRoleWithWebIdentity");
    assert_part(0, buffer_text(&server.log), "RoleSessionName=me&WebIdentityToken=HIDDEN.web");
    assert_null(strstr(buffer_text(&server.log), "Authorization"));
}

/* Where no address is given, STS is that of the region; the region of another store is none. */
static void test_region_of_sts(void **state)
{
    static const struct {
        const char *region, *message;
    } rows[] = {
        {"eu-central-1", "https://sts.eu-central-1.amazonaws.com/"},
        {"cn-north-1", "https://sts.cn-north-1.amazonaws.com.cn/"},
        {"us-gov-west-1", "https://sts.us-gov-west-1.amazonaws.com/"},
        {"auto", "https://sts.us-east-1.amazonaws.com/"},
        {"garage", "https://sts.us-east-1.amazonaws.com/"},
        {"x1@evil", "https://sts.us-east-1.amazonaws.com/"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP(home_release) struct home home = {0};
        CLEANUP(credentials_release) struct credentials found = {0};
        struct error error = {0};
        struct keys_options options = {.service = "S3", .region = rows[i].region};
        home_open(&home);
        home_write(&home, "token", "HIDDEN");
        setenv("AWS_REGION", "eu-west-1", 1); /* the option goes before it */
        setenv("AWS_ROLE_ARN", "r", 1);
        setenv("https_proxy", "http://127.0.0.1:1", 1); /* nobody listens there */
        set_variable(&home, NULL, "AWS_WEB_IDENTITY_TOKEN_FILE=~/token");
        assert_int_equal(credentials_find(&options, &found, NULL, &error), STATUS_UNREACHABLE);
        assert_part(i, error.message, rows[i].message);
    }
}

/* ---- SSO ------------------------------------------------------------------------------------- */

#define TOKEN_UNTIL(time) "{\"accessToken\":\"HIDDEN.sso\",\"expiresAt\":\"" time "\"}"
#define GOOD_TOKEN        TOKEN_UNTIL("2099-01-01T00:00:00Z")
#define SESSION           "[sso-session my]\nsso_start_url = https://start.example/\nsso_region = eu-west-1\n"
#define OF_SESSION        "[profile p]\nsso_session = my\nsso_account_id = 123\nsso_role_name = a b\n"
#define OF_URL                                                                                     \
    "[profile p]\nsso_start_url = https://start.example/\nsso_region = eu-west-1\n"                \
    "sso_account_id = 123\nsso_role_name = a b\n"
#define ROLE_KEYS                                                                                  \
    "{\"roleCredentials\":{\"accessKeyId\":\"KEYOFSSO1234\",\"secretAccessKey\":\"HIDDEN/s\","     \
    "\"sessionToken\":\"HIDDEN/t\",\"expiration\":1714564800000}}"
#define GET_KEYS "GET /federation/credentials?role_name=a%20b&account_id=123 "
#define BEARER   "\r\nx-amz-sso_bearer_token: HIDDEN.sso\r\n"
#define SSO      "AWS_ENDPOINT_URL_SSO=@/"

static void test_sso(void **state)
{
    static const struct profile_case rows[] = {
        {.config = SESSION OF_SESSION,
         .credentials = "[p]\n" OTHER,
         .my = GOOD_TOKEN,
         .profile = "p",
         .rules = {{GET_KEYS, 200, ROLE_KEYS, BEARER}},
         .variables = {SSO},
         .outcome = {"KEYOFSSO1234", "profile p: key …1234 (SSO, role a b of account 123)\n",
                     "SSO"},
         .requests = 1,
         .expires_s = T2024},
        {.config = OF_URL,
         .url = TOKEN_UNTIL("2099-01-01T00:00:00UTC"),
         .variables = {SSO, "AWS_PROFILE=p"},
         .rules = {{GET_KEYS, 503, "", NULL, SERVER_WHOLE, 1}, {GET_KEYS, 200, ROLE_KEYS, BEARER}},
         .outcome = {"KEYOFSSO1234", NULL, NULL},
         .requests = 2,
         .expires_s = T2024},
        /* as a role's source */
        {.config = SESSION OF_SESSION "[profile r]\n" ROLE "source_profile = p\n",
         .my = GOOD_TOKEN,
         .profile = "r",
         .rules = {{GET_KEYS, 200, ROLE_KEYS, BEARER}, {"POST / ", 200, ASSUMED}},
         .variables = {SSO, STS},
         .outcome = {"KEYOFROLE999", NULL, NULL},
         .log = {"Credential=KEYOFSSO1234/"},
         .requests = 2,
         .expires_s = T2024},
        {.config = SESSION OF_SESSION,
         .credentials = "[p]\n" OTHER,
         .profile = "p",
         .outcome = {NULL, "profile p gets its keys by SSO, and no one has logged in",
                     "aws sso login --profile p"}},
        {.config = SESSION OF_SESSION,
         .my = TOKEN_UNTIL("2024-01-01T00:00:00Z"),
         .profile = "p",
         .outcome = {NULL, "and the login has run out", "aws sso login --profile p"}},
        {.config = SESSION OF_SESSION,
         .my = "{\"accessToken\":\"HIDDEN.sso\\r\\nX: y\",\"expiresAt\":\"2099-01-01T00:00:00Z\"}",
         .profile = "p",
         .outcome = {NULL, "what the last login has left is no token", "aws sso login"}},
        {.config = SESSION OF_SESSION,
         .my = "HIDDEN",
         .profile = "p",
         .outcome = {NULL, "what the last login has left is no token", NULL}},
        {.config = SESSION OF_SESSION,
         .my = GOOD_TOKEN,
         .profile = "p",
         .rules = {{GET_KEYS, 401, "{\"message\":\"Session token not found\"}"}},
         .variables = {SSO},
         .outcome = {NULL, "the login has run out", "aws sso login --profile p"},
         .requests = 1},
        {.config = SESSION OF_SESSION,
         .my = GOOD_TOKEN,
         .profile = "p",
         .rules = {{GET_KEYS, 403, "{\"message\":\"No access\"}"}},
         .variables = {SSO},
         .outcome = {NULL, "profile p: SSO answered 403: No access", "sso_role_name"},
         .requests = 1},
        {.config = SESSION OF_SESSION,
         .my = GOOD_TOKEN,
         .profile = "p",
         .rules = {{GET_KEYS, 403, "{\"message\":\"bad HIDDEN.sso\"}"}},
         .variables = {SSO},
         .outcome = {NULL, "SSO answered 403", NULL},
         .requests = 1},
        {.config = SESSION OF_SESSION,
         .my = GOOD_TOKEN,
         .profile = "p",
         .rules = {{GET_KEYS, 200, "{\"roleCredentials\":[]}"}},
         .variables = {SSO},
         .outcome = {NULL, "profile p: SSO: the answer is not a JSON object", NULL},
         .requests = 1},
        {.config = OF_SESSION,
         .credentials = "[p]\n" OTHER,
         .profile = "p",
         .outcome = {NULL, "there is no section [sso-session my] in ", "aws configure sso"}},
        {.config = "[sso-session my]\nsso_region = r\n" OF_SESSION,
         .profile = "p",
         .outcome = {NULL, "profile p gets its keys by SSO, but has no sso_start_url", NULL}},
        {.config = "[profile p]\nsso_start_url = u\nsso_region = r\n",
         .credentials = "[p]\n" OTHER,
         .profile = "p",
         .outcome = {NULL, "has no sso_account_id", NULL}},
        {.config = "[profile p]\nsso_start_url = u\nsso_region = r@evil\nsso_account_id = 1\n"
                   "sso_role_name = x\n",
         .profile = "p",
         .outcome = {NULL, "its sso_region is not the name of a region", NULL}},
        {.config = SESSION OF_SESSION,
         .my = GOOD_TOKEN,
         .profile = "p",
         .variables = {"AWS_ENDPOINT_URL_SSO=http://me:HIDDEN@127.0.0.1:1"},
         .outcome = {NULL, "the address of SSO has a name and a password", NULL}},
    };
    (void)state;
    CHECK_ALL(rows);
}

/* ---- Programs -------------------------------------------------------------------------------- */

#define PRINTS(json) "[profile p]\ncredential_process = echo '" json "'\n"
#define PAIR         "\"AccessKeyId\":\"KEYOFPROCESS\",\"SecretAccessKey\":\"HIDDEN/p\""

static void test_programs(void **state)
{
    static const struct profile_case rows[] = {
        {.config = PRINTS("{\"Version\":1," PAIR ",\"SessionToken\":\"HIDDEN/t\","
                          "\"Expiration\":\"2024-05-01T12:00:00Z\"}"),
         .profile = "p",
         .outcome = {"KEYOFPROCESS", "profile p: key …CESS (credential_process)\n", "a program"},
         .expires_s = T2024},
        /* keys in the file credentials go before it, those in config do not */
        {.config = PRINTS("{\"Version\":1," PAIR "}") OTHER,
         .profile = "p",
         .outcome = {"KEYOFPROCESS", NULL, NULL}},
        {.config = PRINTS("{\"Version\":1," PAIR "}"),
         .credentials = "[p]\n" OTHER,
         .profile = "p",
         .outcome = {"KEYOFOTHER01", NULL, NULL}},
        /* words are as a shell has them, also where the first and the last are in quotes */
        {.config =
             "[profile p]\ncredential_process = \"/bin/sh\" -c 'printf \"{%s}\" \"$0\"' "
             "\"\\\"Version\\\":1,\\\"AccessKeyId\\\":\\\"KEY=A:B\\\",\\\"SecretAccessKey\\\":"
             "\\\"HIDDEN\\\"\"\n",
         .profile = "p",
         .outcome = {"KEY=A:B", NULL, NULL}},
        {.config = "[profile p]\ncredential_process = exit 3 # HIDDEN\n",
         .profile = "p",
         .outcome = {NULL, "profile p: its credential_process failed with exit code 3",
                     "run that command in a shell"}},
        {.config = "[profile p]\ncredential_process = /none/HIDDEN 2>/dev/null\n",
         .profile = "p",
         .outcome = {NULL, "failed with exit code 127", NULL}},
        {.config = "[profile p]\ncredential_process = kill -9 $$\n",
         .profile = "p",
         .outcome = {NULL, "was ended by signal 9", NULL}},
        {.config = "[profile p]\ncredential_process = echo HIDDEN\n",
         .profile = "p",
         .outcome = {NULL, "credential_process: the answer is not a JSON object", NULL}},
        {.config = "[profile p]\ncredential_process = true\n",
         .profile = "p",
         .outcome = {NULL, "the answer is not a JSON object", NULL}},
        {.config = "[profile p]\ncredential_process = yes\n",
         .profile = "p",
         .outcome = {NULL, "prints more than 64 KiB", NULL}},
        {.config = PRINTS("{\"Version\":2," PAIR "}"),
         .profile = "p",
         .outcome = {NULL, "has another Version than 1", NULL}},
        {.config = PRINTS("{" PAIR "}"),
         .profile = "p",
         .outcome = {NULL, "has another Version than 1", NULL}},
        {.config = PRINTS("{\"Version\":1}"),
         .profile = "p",
         .outcome = {NULL, "the answer holds no keys", NULL}},
        {.config = "[profile p]\nlogin_session = x\ncredential_process = true\n",
         .profile = "p",
         .outcome = {NULL, "by login_session, which sparkify cannot do", "leave --profile out"}},
    };
    (void)state;
    CHECK_ALL(rows);
}

/* One that does not end is stopped when the user wants to stop. */
static void test_program_that_hangs(void **state)
{
    CLEANUP(home_release) struct home home = {0};
    CLEANUP(credentials_release) struct credentials found = {0};
    static const atomic_bool cancel = true;
    struct keys_options options = {.service = "S3", .profile = "p", .cancel = &cancel};
    struct error error = {0};
    (void)state;
    home_open(&home);
    home_write(&home, ".aws/config", "[profile p]\ncredential_process = exec sleep 1000\n");
    assert_int_equal(credentials_find(&options, &found, NULL, &error), STATUS_INTERRUPTED);
}

/* ---- What is told ---------------------------------------------------------------------------- */

static void take_note(void *ctx, const char *text)
{
    buffer_appendf(ctx, "%s\n", text);
}

static void test_plain_addresses(void **state)
{
    static const struct {
        const char *url;
        bool is_told;
    } rows[] = {{"http://127.0.0.1:1", false},
                {"http://localhost:1", false},
                {"http://sts.localhost:1", true}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP(home_release) struct home home = {0};
        CLEANUP(buffer_release) struct buffer notes = {0};
        CLEANUP(credentials_release) struct credentials found = {0};
        struct keys_options options = {.service = "S3", .note = take_note, .note_ctx = &notes};
        struct error error = {0};
        home_open(&home);
        home_write(&home, "token", "HIDDEN");
        setenv("AWS_ROLE_ARN", "r", 1);
        setenv("AWS_ENDPOINT_URL_STS", rows[i].url, 1);
        set_variable(&home, NULL, "AWS_WEB_IDENTITY_TOKEN_FILE=~/token");
        assert_int_equal(credentials_find(&options, &found, NULL, &error), STATUS_UNREACHABLE);
        assert_int_equal(strstr(buffer_text(&notes), "without encryption") != NULL,
                         rows[i].is_told);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_roles),           cmocka_unit_test(test_web_identity_of_a_profile),
        cmocka_unit_test(test_region_of_sts),   cmocka_unit_test(test_sso),
        cmocka_unit_test(test_programs),        cmocka_unit_test(test_program_that_hangs),
        cmocka_unit_test(test_plain_addresses),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
