/* dl.cfg as people write it: what is read, what is said, and that nothing said holds a secret. */
#include "config.h"
#include "scratch_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#define BOTH   2 /* the section [AWS] */
#define ID     "AKIAIOSFODNN7EXAMPLE"
#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY="

/* ---- Files and notes ------------------------------------------------------------------------- */

static void take_note(void *ctx, const char *text)
{
    buffer_appendf(ctx, "%s\n", text);
}

static void write_file(const char *path, struct str text, mode_t mode)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text.data, 1, text.len, file), text.len);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

/* A folder that goes when the test ends. */
struct folder {
    char path[256];
};

static void folder_open(struct folder *folder)
{
    scratch_folder(folder->path);
}

static void folder_release(struct folder *folder)
{
    scratch_folder_release(folder->path);
}

static void assert_text(const char *actual, const char *expected)
{
    if (!expected)
        assert_null(actual);
    else
        assert_str(actual ? str_of(actual) : STR_NULL, expected);
}

static void assert_no_secret(const char *text)
{
    assert_null(strstr(text, SECRET));
    assert_null(strstr(text, ID));
    assert_null(strstr(text, "wJalr"));
}

static enum status parse(struct str text, struct config_file *out, struct buffer *notes,
                         struct error *error)
{
    struct config_text config = {"dl.cfg", text, take_note, notes};
    return config_parse(&config, out, error);
}

/* ---- Keys ------------------------------------------------------------------------------------ */

/* All of these hold the two keys, and nothing is to be said about them. */
static void test_keys_are_read(void **state)
{
    static const char *const texts[] = {
        "[AWS]\nAWS_ACCESS_KEY_ID=" ID "\nAWS_SECRET_ACCESS_KEY=" SECRET "\n",
        "[AWS]\nAWS_ACCESS_KEY_ID=" ID "\nAWS_SECRET_ACCESS_KEY=" SECRET,
        "[AWS]\rAWS_ACCESS_KEY_ID=" ID "\rAWS_SECRET_ACCESS_KEY=" SECRET "\r",
        "[AWS]\r\nAWS_ACCESS_KEY_ID=" ID "\r\nAWS_SECRET_ACCESS_KEY=" SECRET "\r\n",
        "\xEF\xBB\xBF[AWS]\nAWS_ACCESS_KEY_ID=" ID "\nAWS_SECRET_ACCESS_KEY=" SECRET "\n",
        "[aws]\naws_access_key_id = " ID "\nAws_Secret_Access_Key = " SECRET "\n",
        "[ AWS ]\nAWS_ACCESS_KEY_ID\t=\t" ID "  \nAWS_SECRET_ACCESS_KEY : " SECRET "\t\n",
        "[AWS]\nAWS_ACCESS_KEY_ID='" ID "'\nAWS_SECRET_ACCESS_KEY=\"" SECRET "\"\n",
        "[AWS]<br/>\nAWS_ACCESS_KEY_ID=" ID "<br/>\nAWS_SECRET_ACCESS_KEY=" SECRET "<br/>\n",
        "[AWS]<br>\nAWS_ACCESS_KEY_ID=" ID " <BR />\r\nAWS_SECRET_ACCESS_KEY='" SECRET "'<br>\n",
        "# mine\n[AWS]\n; keys\nAWS_ACCESS_KEY_ID=" ID " # id\nAWS_SECRET_ACCESS_KEY=" SECRET
        " ; key<br/>\n",
        "  [AWS]\n  AWS_ACCESS_KEY_ID=" ID "\n    AWS_SECRET_ACCESS_KEY=" SECRET "\n",
        "[AWS] # mine\n\n\nAWS_ACCESS_KEY_ID=x\nAWS_ACCESS_KEY_ID=" ID
        "\nAWS_SECRET_ACCESS_KEY=" SECRET "\n[S3]\nKEY=1\n",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        CLEANUP(config_file_release) struct config_file config = {0};
        CLEANUP(buffer_release) struct buffer notes = {0};
        struct error error;
        ASSERT_OK(parse(str_of(texts[i]), &config, &notes, &error), error);
        assert_text(config.path, "dl.cfg");
        assert_text(config.sections[BOTH].access_key, ID);
        assert_text(config.sections[BOTH].secret_key, SECRET);
        assert_null(config.sections[BOTH].session_token);
        assert_true(config.has_secrets);
        assert_string_equal(buffer_text(&notes), "");
    }
}

static void test_other_settings_are_read(void **state)
{
    static const struct {
        const char *text, *token, *profile, *region, *endpoint, *input, *bucket;
    } rows[] = {
        {"[AWS]\nAWS_SESSION_TOKEN=t#o;k=\nPROFILE=p\nREGION=r\nENDPOINT=http://h:1/\n"
         "[S3]\nINPUT=s3://in/a b\nBUCKET=out\n",
         "t#o;k=", "p", "r", "http://h:1/", "s3://in/a b", "out"},
        {"[AWS]\naws_region=r1\n", NULL, NULL, "r1", NULL, NULL, NULL},
        {"[AWS]\nAWS_DEFAULT_REGION=r2\nAWS_ENDPOINT_URL: https://e\nAWS_PROFILE=q\n", NULL, "q",
         "r2", "https://e", NULL, NULL},
        {"[s3]\ninput = '/data/a # b' # folder\nbucket =\n", NULL, NULL, NULL, NULL, "/data/a # b",
         NULL},
        {"[S3]\nREGION=r\n[AWS]\nBUCKET=b\n", NULL, NULL, NULL, NULL, NULL, NULL},
        {"[AWS]\nREGION=<your region>\n", NULL, NULL, NULL, NULL, NULL, NULL},
        {"", NULL, NULL, NULL, NULL, NULL, NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP(config_file_release) struct config_file config = {0};
        CLEANUP(buffer_release) struct buffer notes = {0};
        struct error error;
        ASSERT_OK(parse(str_of(rows[i].text), &config, &notes, &error), error);
        assert_text(config.sections[BOTH].session_token, rows[i].token);
        assert_text(config.sections[BOTH].profile, rows[i].profile);
        assert_text(config.sections[BOTH].region, rows[i].region);
        assert_text(config.sections[BOTH].endpoint, rows[i].endpoint);
        assert_text(config.input, rows[i].input);
        assert_text(config.bucket, rows[i].bucket);
        assert_int_equal(config.has_secrets, rows[i].token != NULL);
    }
}

/* What each store gets of the sections: keys that belong together stay together. */
static void test_sides(void **state)
{
    static const struct {
        const char *text;
        enum config_section_name side;
        struct config expected;
    } rows[] = {
        {"[AWS]\nAWS_ACCESS_KEY_ID=K\nAWS_SECRET_ACCESS_KEY=S\nREGION=r\nENDPOINT=http://e\n"
         "PATH_STYLE=On\n[OUTPUT]\nENDPOINT=http://f\nPATH_STYLE=auto\n",
         CONFIG_INPUT,
         {NULL, "AWS", "K", "S", NULL, NULL, "r", "http://e", CONFIG_PATH_ON, false}},
        {"[AWS]\nAWS_ACCESS_KEY_ID=K\nAWS_SECRET_ACCESS_KEY=S\nREGION=r\nENDPOINT=http://e\n"
         "PATH_STYLE=On\n[OUTPUT]\nENDPOINT=http://f\nPATH_STYLE=auto\n",
         CONFIG_OUTPUT,
         {NULL, "AWS", "K", "S", NULL, NULL, "r", "http://f", CONFIG_PATH_AUTO, false}},
        /* a token is not of other keys, nor is a profile */
        {"[AWS]\nAWS_ACCESS_KEY_ID=K\nAWS_SECRET_ACCESS_KEY=S\nAWS_SESSION_TOKEN=T\nPROFILE=p\n"
         "[input]\naws_access_key_id=L\naws_secret_access_key=U\n",
         CONFIG_INPUT,
         {NULL, "INPUT", "L", "U", NULL, NULL, NULL, NULL, CONFIG_PATH_UNSAID, false}},
        {"[AWS]\nAWS_ACCESS_KEY_ID=K\nAWS_SECRET_ACCESS_KEY=S\n[OUTPUT]\nPROFILE=q\n",
         CONFIG_OUTPUT,
         {NULL, "OUTPUT", NULL, NULL, NULL, "q", NULL, NULL, CONFIG_PATH_UNSAID, false}},
        {"[AWS]\nAWS_ACCESS_KEY_ID=K\nAWS_SECRET_ACCESS_KEY=S\n[INPUT]\nNO_SIGN_REQUEST=true\n",
         CONFIG_INPUT,
         {NULL, "INPUT", NULL, NULL, NULL, NULL, NULL, NULL, CONFIG_PATH_UNSAID, true}},
        {"[AWS]\nNO_SIGN_REQUEST=1\n[OUTPUT]\nPROFILE=q\n",
         CONFIG_OUTPUT,
         {NULL, "OUTPUT", NULL, NULL, NULL, "q", NULL, NULL, CONFIG_PATH_UNSAID, false}},
        {"[AWS]\nNO_SIGN_REQUEST=yes\nPROFILE=p\n[OUTPUT]\nNO_SIGN_REQUEST=no\n",
         CONFIG_OUTPUT,
         {NULL, "AWS", NULL, NULL, NULL, "p", NULL, NULL, CONFIG_PATH_UNSAID, false}},
        {"", CONFIG_INPUT, {NULL, "AWS", NULL, NULL, NULL, NULL, NULL, NULL, 0, false}},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP(config_file_release) struct config_file file = {0};
        CLEANUP(buffer_release) struct buffer notes = {0};
        struct error error;
        ASSERT_OK(parse(str_of(rows[i].text), &file, &notes, &error), error);
        assert_string_equal(buffer_text(&notes), "");
        struct config config = config_of(&file, rows[i].side);
        const struct config *expected = &rows[i].expected;
        assert_text(config.path, "dl.cfg");
        assert_text(config.section, expected->section);
        assert_text(config.access_key, expected->access_key);
        assert_text(config.secret_key, expected->secret_key);
        assert_text(config.session_token, expected->session_token);
        assert_text(config.profile, expected->profile);
        assert_text(config.region, expected->region);
        assert_text(config.endpoint, expected->endpoint);
        assert_int_equal(config.path_style, expected->path_style);
        assert_int_equal(config.no_sign_request, expected->no_sign_request);
    }
}

/* Longer than what other readers take of a line. */
static void test_long_values_are_whole(void **state)
{
    static const size_t lengths[] = {150, 197, 198, 199, 200, 201, 400, 2000, 20000};
    (void)state;
    for (size_t i = 0; i < COUNT(lengths); i++) {
        CLEANUP(config_file_release) struct config_file config = {0};
        CLEANUP(buffer_release) struct buffer text = {0}, notes = {0};
        struct error error;
        buffer_append_str(&text, STR("[AWS]\nAWS_SESSION_TOKEN = "));
        size_t start = text.len;
        for (size_t j = 0; j < lengths[i]; j++)
            buffer_append_char(&text, "ab/+=;#:[]"[j % 10]);
        size_t end = text.len;
        buffer_append_str(&text, STR(" # long\nREGION=r\n"));
        ASSERT_OK(parse(buffer_str(&text), &config, &notes, &error), error);
        assert_int_equal(strlen(config.sections[BOTH].session_token), lengths[i]);
        assert_memory_equal(config.sections[BOTH].session_token, text.data + start, end - start);
        assert_text(config.sections[BOTH].region, "r");
        assert_string_equal(buffer_text(&notes), "");
    }
}

/* ---- What is said ---------------------------------------------------------------------------- */

static void test_notes(void **state)
{
    static const struct {
        const char *text, *note; /* all of `note`'s parts, between '|', are said */
    } rows[] = {
        {"[KEYS]\nAWS_ACCESS_KEY_ID=" ID "\nAWS_SECRET_ACCESS_KEY=" SECRET "\n",
         "AWS_ACCESS_KEY_ID in [KEYS], AWS_SECRET_ACCESS_KEY in [KEYS]: not read|[AWS] with"},
        {"[Secrets]\nKey=" ID "\nSecret=" SECRET "\n", "KEY in [Secrets], SECRET in [Secrets]"},
        {"[AWS_ACCESS]\naws_access_key=" ID "\n", "AWS_ACCESS_KEY in [AWS_ACCESS]"},
        {"[default]\naws_access_key_id=" ID "\naws_secret_access_key=" SECRET "\n",
         "AWS_ACCESS_KEY_ID in [default]"},
        {"AWS_ACCESS_KEY_ID=" ID "\nexport AWS_SECRET_ACCESS_KEY=" SECRET "\n",
         "AWS_ACCESS_KEY_ID above all sections, AWS_SECRET_ACCESS_KEY above all sections"},
        {"[AWS]\nKEY=" ID "\nSECRET=" SECRET "\n", "KEY in [AWS], SECRET in [AWS]: not read"},
        {"{\n\"AWS_ACCESS_KEY_ID\": \"" ID "\"\n}\n", "AWS_ACCESS_KEY_ID above all|line 1 is"},
        {"[" SECRET "]\nKEY=1\n", "KEY in another section"},
        {"[wJalr/x]\nKEY=1\n", "KEY in another section"},
        {"[wJalrXUtnFEMIK7MDENGbPxRfiCY]\nKEY=1\n", "KEY in another section"},
        {"[AWS]\nAWS_ACCESS_KEY_ID=" ID "\n", "AWS_SECRET_ACCESS_KEY is missing in [AWS]"},
        {"[AWS]\nAWS_SECRET_ACCESS_KEY=" SECRET "\n", "AWS_ACCESS_KEY_ID is missing in [AWS]"},
        {"[AWS]\nAWS_ACCESS_KEY_ID=\nAWS_SECRET_ACCESS_KEY=\n",
         "AWS_ACCESS_KEY_ID in [AWS] is empty|AWS_SECRET_ACCESS_KEY in [AWS] is empty"},
        {"[AWS]\nAWS_ACCESS_KEY_ID=" ID "\nAWS_SECRET_ACCESS_KEY=<your key>\n",
         "AWS_SECRET_ACCESS_KEY in [AWS] is still to be filled in"},
        {"[AWS]\nAWS_ACCESS_KEY_ID=xxx\n", "AWS_ACCESS_KEY_ID in [AWS] is still to be filled in"},
        {"[AWS]\n" SECRET "\nREGION=r\nwJalr/no/equals\n", "line 4 is neither [section] nor"},
        {"[AWS]\nREGION=r\n[INPUT\nREGION=r\n", "line 3 is neither [section] nor"},
        {"[INPUT]\nAWS_ACCESS_KEY_ID=" ID "\n", "AWS_SECRET_ACCESS_KEY is missing in [INPUT]"},
        {"[OUTPUT]\nAWS_ACCESS_KEY_ID=<key>\n", "AWS_ACCESS_KEY_ID in [OUTPUT] is still to be"},
        {"[OUTPUT]\nPATH_STYLE=maybe\n", "PATH_STYLE in [OUTPUT] is not one of its values"},
        {"[INPUT]\nNO_SIGN_REQUEST=wJalr\n", "NO_SIGN_REQUEST in [INPUT] is not one of its values"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP(config_file_release) struct config_file config = {0};
        CLEANUP(buffer_release) struct buffer notes = {0};
        char parts[256], *rest = parts;
        struct error error;
        ASSERT_OK(parse(str_of(rows[i].text), &config, &notes, &error), error);
        assert_false(config.sections[BOTH].access_key && config.sections[BOTH].secret_key);
        snprintf(parts, sizeof parts, "%s", rows[i].note);
        for (char *part; (part = strsep(&rest, "|"));)
            if (!strstr(buffer_text(&notes), part))
                fail_msg("row %zu: \"%s\" lacks \"%s\"", i, buffer_text(&notes), part);
        assert_true(str_starts_with(buffer_str(&notes), STR("dl.cfg: ")));
        assert_no_secret(buffer_text(&notes));
    }
}

static void test_placeholders(void **state)
{
    static const char *const placeholders[] = {
        "", "xxx", "XXXX", "***", "...", "<k>", "{K}", "your", "YOUR_SECRET", "YourAccessKey"};
    static const char *const values[] = {ID, SECRET, "x", "x1", "minio", "Yourself7", "a"};
    (void)state;
    for (size_t i = 0; i < COUNT(placeholders); i++)
        if (!config_is_placeholder(str_of(placeholders[i])))
            fail_msg("%s", placeholders[i]);
    for (size_t i = 0; i < COUNT(values); i++)
        if (config_is_placeholder(str_of(values[i])))
            fail_msg("%s", values[i]);
}

static void test_what_is_no_ini_file(void **state)
{
    static const struct {
        struct str text;
        const char *message;
    } rows[] = {
        {{"[\0A\0W\0S\0]\0\n\0", 12}, "dl.cfg is not text"},
        {{"[AWS]\nREGION=a\vb\n", 17}, "dl.cfg is not text"},
        {{ID "\n" SECRET "x\n", sizeof(ID "\n" SECRET "x\n") - 1}, NULL},
        {{ID "\nwJalr\n", sizeof(ID "\nwJalr\n") - 1}, "dl.cfg is not an ini file: line 1"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP(config_file_release) struct config_file config = {0};
        CLEANUP(buffer_release) struct buffer notes = {0};
        struct error error = {0};
        enum status status = parse(rows[i].text, &config, &notes, &error);
        assert_int_equal(status, rows[i].message ? STATUS_FAILED : STATUS_OK);
        if (rows[i].message) {
            assert_non_null(strstr(error.message, rows[i].message));
            assert_string_not_equal(error_hint_text(&error), "");
        }
        assert_no_secret(error.message);
        assert_no_secret(buffer_text(&notes));
    }
}

/* ---- Files ----------------------------------------------------------------------------------- */

#define KEYS "[AWS]\nAWS_ACCESS_KEY_ID=" ID "\nAWS_SECRET_ACCESS_KEY=" SECRET "\n"

static void test_who_may_read_it(void **state)
{
    static const struct {
        mode_t mode;
        const char *text;
        bool is_told;
    } rows[] = {
        {0600, KEYS, false},        {0400, KEYS, false}, {0640, KEYS, true},
        {0604, KEYS, true},         {0666, KEYS, true},  {0644, "[AWS]\nREGION=r\n", false},
        {0644, "[X]\nKEY=1", true},
    };
    CLEANUP(folder_release) struct folder folder = {0};
    char path[300];
    (void)state;
    folder_open(&folder);
    snprintf(path, sizeof path, "%s/dl.cfg", folder.path);
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP(config_file_release) struct config_file config = {0};
        CLEANUP(buffer_release) struct buffer notes = {0};
        struct error error;
        write_file(path, str_of(rows[i].text), rows[i].mode);
        ASSERT_OK(config_file_read(path, take_note, &notes, &config, &error), error);
        assert_text(config.path, path);
        bool is_told = strstr(buffer_text(&notes), "can be read by others: chmod 600") != NULL;
        assert_int_equal(is_told, rows[i].is_told);
        assert_null(strstr(buffer_text(&notes), "git"));
        unlink(path);
    }
}

static int run(const char *command, const char *folder)
{
    CLEANUP(buffer_release) struct buffer line = {0};
    buffer_appendf(&line, "cd '%s' && { %s; } >/dev/null 2>&1", folder, command);
    return system(buffer_text(&line));
}

static void test_no_file(void **state)
{
    CLEANUP(folder_release) struct folder folder = {0};
    struct config_file config = {.path = &folder.path[0]};
    char path[300];
    struct error error;
    (void)state;
    folder_open(&folder);
    snprintf(path, sizeof path, "%s/dl.cfg", folder.path);
    ASSERT_OK(config_file_read(path, NULL, NULL, &config, &error), error);
    assert_null(config.path);
    assert_null(config.sections[BOTH].access_key);
    config_file_release(&config);
}

static void test_files_that_cannot_be_read(void **state)
{
    static const struct {
        const char *command, *message;
        enum status status;
        bool is_for_users; /* root may read anything */
    } rows[] = {
        {"mkdir dl.cfg", "is a folder, not a file", STATUS_FAILED, false},
        {"rmdir dl.cfg; mkfifo dl.cfg", "is something special, not a file", STATUS_FAILED, false},
        {"rm dl.cfg; truncate -s 2M dl.cfg", "more than 1024 KiB", STATUS_LIMIT, false},
        {"truncate -s 0 dl.cfg; chmod 0 dl.cfg", "cannot read", STATUS_DENIED, true},
    };
    CLEANUP(folder_release) struct folder folder = {0};
    char path[300];
    (void)state;
    folder_open(&folder);
    snprintf(path, sizeof path, "%s/dl.cfg", folder.path);
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP(config_file_release) struct config_file config = {0};
        struct error error = {0};
        assert_int_equal(run(rows[i].command, folder.path), 0);
        if (rows[i].is_for_users && geteuid() == 0)
            continue;
        assert_int_equal(config_file_read(path, NULL, NULL, &config, &error), rows[i].status);
        assert_non_null(strstr(error.message, rows[i].message));
        assert_non_null(strstr(error_hint_text(&error), path));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_are_read),
        cmocka_unit_test(test_other_settings_are_read),
        cmocka_unit_test(test_sides),
        cmocka_unit_test(test_long_values_are_whole),
        cmocka_unit_test(test_notes),
        cmocka_unit_test(test_placeholders),
        cmocka_unit_test(test_what_is_no_ini_file),
        cmocka_unit_test(test_who_may_read_it),
        cmocka_unit_test(test_no_file),
        cmocka_unit_test(test_files_that_cannot_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
