/* What the S3 store makes of what servers do: each file in s3_scripts/ is one test, and a new one
 * needs no code. A script is lines of these kinds, in this order:
 *
 *   # why                          anywhere
 *   option NAME VALUE              retry SECONDS, sse AES256|aws:kms, sse-kms-key-id ID,
 * request-payer yes on PATTERN                     the answer to requests whose first line is like
 * this (fnmatch); the first rule that fits counts. Below it: when TEXT                      only if
 * the request has this text times N                        so often, then the next rule that fits
 *     status N                       200 by default
 *     header NAME: VALUE             of the answer
 *     how cut|hangs|resets|late      half of the body; nothing; closed; after a second and a half
 *     body TEXT                      a line of the answer's body; the first has no line feed before
 *   call WHAT ARGUMENTS            list PREFIX, list-all PREFIX, describe PREFIX, read KEY SIZE
 * ETAG, range KEY OFFSET LENGTH SIZE ETAG, put KEY TEXT, put-new KEY TEXT, upload KEY SIZE, move
 * FROM TO, delete KEY … expect ok RESULT               of a call: keys with sizes, bytes, nothing
 *   expect STATUS TEXT             the call fails, and message and hint have the text
 *   saw TEXT, never TEXT           some request had the text, or none had
 *   requests N                     so many there were
 *
 * The bucket is "bucket", the prefix "lake/"; what no rule fits is answered with status 418. */
#include "http_server.h"

#include <dirent.h>
#include <fnmatch.h>
#include <s3.h>

#define MAX_LINES 256
#define MAX_RULES 32

struct rule {
    const char *pattern, *when;
    unsigned times, used;
    int status;
    const char *how;
    struct buffer headers, body;
    bool has_body;
};

struct script {
    struct buffer text;
    char *lines[MAX_LINES];
    size_t line_count;
    struct rule rules[MAX_RULES];
    size_t rule_count;
    int fd;
    pthread_t thread;
    struct buffer log; /* read it after the server has ended */
    unsigned requests;
    struct store *store;
    enum status status; /* of the last call */
    struct error error;
    struct buffer result;
};

/* ---- Reading a script ------------------------------------------------------------------------ */

/* What follows "word " in the line, or NULL. */
static char *after(char *line, const char *word)
{
    size_t len = strlen(word);
    if (strncmp(line, word, len) != 0 || (line[len] != ' ' && line[len] != '\0'))
        return NULL;
    return line[len] ? line + len + 1 : line + len;
}

static void read_script(struct script *script, const char *path)
{
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    size_t got;
    while ((got = fread(buffer_reserve(&script->text, 4096), 1, 4096, file)) > 0)
        script->text.len += got;
    fclose(file);
    (void)buffer_text(&script->text);
    char *rest = script->text.data, *line;
    while ((line = strsep(&rest, "\n")) != NULL) {
        line += strspn(line, " ");
        if (line[0] == '\0' || line[0] == '#')
            continue;
        assert_true(script->line_count < MAX_LINES);
        script->lines[script->line_count++] = line;
    }
}

static void add_body(struct rule *rule, const char *text)
{
    if (rule->has_body)
        buffer_append_char(&rule->body, '\n');
    buffer_append_str(&rule->body, str_of(text));
    rule->has_body = true;
}

/* Lines that are none of a rule's are passed over. */
static void read_rule_line(struct script *script, char *line)
{
    char *value = after(line, "on");
    if (value) {
        assert_true(script->rule_count < MAX_RULES);
        script->rules[script->rule_count++] = (struct rule){.pattern = value, .status = 200};
    }
    if (value || script->rule_count == 0)
        return;
    struct rule *rule = &script->rules[script->rule_count - 1];
    if ((value = after(line, "when")) != NULL)
        rule->when = value;
    else if ((value = after(line, "times")) != NULL)
        rule->times = (unsigned)atoi(value);
    else if ((value = after(line, "status")) != NULL)
        rule->status = atoi(value);
    else if ((value = after(line, "how")) != NULL)
        rule->how = value;
    else if ((value = after(line, "header")) != NULL)
        buffer_appendf(&rule->headers, "%s\r\n", value);
    else if ((value = after(line, "body")) != NULL)
        add_body(rule, value);
}

static void read_option(struct s3_options *options, char *text)
{
    char *value = strchr(text, ' ');
    assert_non_null(value);
    *value++ = '\0';
    if (strcmp(text, "retry") == 0)
        options->retry_seconds = (unsigned)atoi(value);
    else if (strcmp(text, "sse") == 0)
        options->sse = strcmp(value, "AES256") == 0 ? S3_SSE_AES256 : S3_SSE_KMS;
    else if (strcmp(text, "sse-kms-key-id") == 0)
        options->sse_kms_key_id = value;
    else if (strcmp(text, "request-payer") == 0)
        options->request_payer = true;
    else
        fail_msg("there is no option %s", text);
}

/* ---- The server ------------------------------------------------------------------------------ */

static struct rule *find_rule(struct script *script, const char *request)
{
    char line[8192];
    snprintf(line, sizeof line, "%.*s", (int)strcspn(request, "\r"), request);
    for (size_t i = 0; i < script->rule_count; i++) {
        struct rule *rule = &script->rules[i];
        if (fnmatch(rule->pattern, line, 0) == 0 && (!rule->when || strstr(request, rule->when)) &&
            (rule->times == 0 || rule->used++ < rule->times))
            return rule;
    }
    return NULL;
}

static void answer(int fd, const struct rule *rule)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    const char *how = rule->how ? rule->how : "";
    char byte;
    size_t len = rule->body.len;
    if (strcmp(how, "resets") == 0)
        return;
    while (strcmp(how, "hangs") == 0 && recv(fd, &byte, 1, 0) > 0)
        ;
    if (strcmp(how, "late") == 0)
        usleep(1500000);
    buffer_appendf(&text, "HTTP/1.1 %d Status\r\nConnection: close\r\nContent-Length: %zu\r\n",
                   rule->status, len);
    buffer_append_str(&text, buffer_str(&rule->headers));
    buffer_append_str(&text, STR("\r\n"));
    buffer_append(&text, rule->body.data, strcmp(how, "cut") == 0 ? len / 2 : len);
    server_send(fd, text.data, text.len);
}

static void *serve(void *ctx)
{
    static const struct rule none = {.status = 418};
    struct script *script = ctx;
    for (;;) {
        CLEANUP(buffer_release) struct buffer request = {0};
        int fd = accept(script->fd, NULL, NULL);
        if (fd < 0)
            return NULL;
        server_read(fd, &request);
        buffer_append_str(&script->log, buffer_str(&request));
        buffer_append_char(&script->log, '\n');
        script->requests++;
        const struct rule *rule = find_rule(script, buffer_text(&request));
        answer(fd, rule ? rule : &none);
        close(fd);
    }
}

static void begin_server(struct script *script, char *url, size_t size)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    script->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(script->fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(script->fd, 16), 0);
    assert_int_equal(getsockname(script->fd, (struct sockaddr *)&address, &len), 0);
    snprintf(url, size, "http://127.0.0.1:%u", ntohs(address.sin_port));
    assert_int_equal(pthread_create(&script->thread, NULL, serve, script), 0);
}

static void end_server(struct script *script)
{
    shutdown(script->fd, SHUT_RDWR); /* ends accept */
    pthread_join(script->thread, NULL);
    close(script->fd);
    (void)buffer_text(&script->log);
}

/* ---- Calls ----------------------------------------------------------------------------------- */

static enum status call_list(struct script *script, char *prefix, enum store_list_which which)
{
    CLEANUP(store_listing_release) struct store_listing listing = {0};
    TRY(store_list(script->store, prefix, which, &listing, &script->error));
    for (size_t i = 0; i < listing.count; i++)
        buffer_appendf(&script->result, "%s%.*s=%llu", i ? " " : "",
                       STR_ARG(listing.objects[i].key),
                       (unsigned long long)listing.objects[i].size_bytes);
    return STATUS_OK;
}

static enum status call_read(struct script *script, char *arguments, bool is_range)
{
    struct store_object object = {.key = str_of(strsep(&arguments, " "))};
    uint64_t offset = is_range ? strtoull(strsep(&arguments, " "), NULL, 10) : 0;
    size_t length = is_range ? strtoull(strsep(&arguments, " "), NULL, 10) : SIZE_MAX;
    object.size_bytes = strtoull(strsep(&arguments, " "), NULL, 10);
    object.version = arguments ? str_of(arguments) : STR_NULL;
    return store_get(script->store, &object, offset, length, &script->result, &script->error);
}

static enum status call_upload(struct script *script, char *arguments)
{
    CLEANUP(buffer_release) struct buffer bytes = {0};
    struct store_upload *upload = NULL;
    struct str key = str_of(strsep(&arguments, " "));
    size_t size = strtoull(arguments, NULL, 10), step = (3 << 20) + 1;
    memset(buffer_reserve(&bytes, step), 'x', step);
    TRY(store_upload_begin(script->store, key, &upload, &script->error));
    for (size_t done = 0; done < size; done += step) {
        struct str piece = {bytes.data, size - done < step ? size - done : step};
        enum status status = store_upload_write(upload, piece, &script->error);
        if (status != STATUS_OK) {
            store_upload_abort(upload);
            return status;
        }
    }
    return store_upload_finish(upload, &script->error);
}

static enum status call_delete(struct script *script, char *arguments)
{
    struct str keys[16];
    size_t count = 0;
    while (arguments)
        keys[count++] = str_of(strsep(&arguments, " "));
    return store_delete(script->store, keys, count, &script->error);
}

static enum status call_put(struct script *script, char *arguments, bool is_new)
{
    struct str key = str_of(strsep(&arguments, " ")), bytes = str_of(arguments);
    if (is_new)
        return store_put_if_absent(script->store, key, bytes, &script->error);
    return store_put(script->store, key, bytes, &script->error);
}

static enum status call_move(struct script *script, char *arguments)
{
    struct store_object from = {.key = str_of(strsep(&arguments, " "))};
    return store_move(script->store, &from, str_of(arguments), &script->error);
}

static enum status make_call(struct script *script, char *text)
{
    char *verb = strsep(&text, " "), none[] = "", *arguments = text ? text : none;
    if (strcmp(verb, "list") == 0)
        return call_list(script, arguments, STORE_LIST_VISIBLE);
    if (strcmp(verb, "list-all") == 0)
        return call_list(script, arguments, STORE_LIST_ALL);
    if (strcmp(verb, "describe") == 0) {
        store_describe_folder(script->store, arguments, 8, &script->result);
        return STATUS_OK;
    }
    if (strcmp(verb, "read") == 0 || strcmp(verb, "range") == 0)
        return call_read(script, arguments, strcmp(verb, "range") == 0);
    if (strcmp(verb, "put") == 0 || strcmp(verb, "put-new") == 0)
        return call_put(script, arguments, strcmp(verb, "put-new") == 0);
    if (strcmp(verb, "upload") == 0)
        return call_upload(script, arguments);
    if (strcmp(verb, "move") == 0)
        return call_move(script, arguments);
    assert_string_equal(verb, "delete");
    return call_delete(script, arguments);
}

/* What was put is there, or has failed, when all has been flushed. */
static void run_call(struct script *script, char *text)
{
    buffer_reset(&script->result);
    script->status = make_call(script, text);
    if (script->status == STATUS_OK)
        script->status = store_flush(script->store, &script->error);
}

/* ---- What is expected ------------------------------------------------------------------------ */

static void check_result(struct script *script, char *text)
{
    char *status = strsep(&text, " "), none[] = "", *wanted = text ? text : none;
    struct error *error = &script->error;
    if (strcmp(status, "ok") == 0) {
        ASSERT_OK(script->status, *error);
        assert_string_equal(buffer_text(&script->result), wanted);
        return;
    }
    CLEANUP(buffer_release) struct buffer said = {0};
    if (script->status == STATUS_OK)
        fail_msg("the call should have failed: %s %s", status, wanted);
    buffer_appendf(&said, "%s | %s", error->message, error_hint_text(error));
    if (!strstr(buffer_text(&said), wanted))
        fail_msg("not in \"%s\": %s", buffer_text(&said), wanted);
    assert_string_equal(status_name(script->status), status);
}

static void check_log(struct script *script, char *line)
{
    const char *log = buffer_text(&script->log);
    char *value;
    if ((value = after(line, "saw")) != NULL && !strstr(log, value))
        fail_msg("no request has: %s\n%s", value, log);
    if ((value = after(line, "never")) != NULL && strstr(log, value))
        fail_msg("a request has: %s\n%s", value, log);
    if ((value = after(line, "requests")) != NULL)
        assert_int_equal(script->requests, atoi(value));
}

static void release(struct script *script)
{
    for (size_t i = 0; i < script->rule_count; i++) {
        buffer_release(&script->rules[i].headers);
        buffer_release(&script->rules[i].body);
    }
    buffer_release(&script->text);
    buffer_release(&script->log);
    buffer_release(&script->result);
}

static void run_script(void **state)
{
    CLEANUP(release) struct script script = {0};
    struct s3_options options = s3_options_default();
    char url[64], access_key[] = "ACCESS", secret_key[] = "SECRET", *value;
    struct config config = {.access_key = access_key, .secret_key = secret_key};
    read_script(&script, *state);
    for (size_t i = 0; i < script.line_count; i++)
        if ((value = after(script.lines[i], "option")) != NULL)
            read_option(&options, value);
        else
            read_rule_line(&script, script.lines[i]);
    begin_server(&script, url, sizeof url);
    options.keys.endpoint = url;
    options.keys.config = &config;
    options.connections = 4;
    script.status =
        s3_store_open("s3://bucket/lake", STORE_USE_INPUT, &options, &script.store, &script.error);
    for (size_t i = 0; i < script.line_count; i++)
        if (script.store && (value = after(script.lines[i], "call")) != NULL)
            run_call(&script, value);
        else if ((value = after(script.lines[i], "expect")) != NULL)
            check_result(&script, value);
    if (script.store)
        store_free(script.store);
    end_server(&script);
    for (size_t i = 0; i < script.line_count; i++)
        check_log(&script, script.lines[i]);
}

/* ---- All of them ----------------------------------------------------------------------------- */

static int is_script(const struct dirent *entry)
{
    return str_ends_with(str_of(entry->d_name), STR(".s3"));
}

int main(void)
{
    static struct CMUnitTest tests[256];
    static const char folder[] = TEST_FOLDER "/s3_scripts";
    struct dirent **names = NULL;
    int count = scandir(folder, &names, is_script, alphasort);
    if (count <= 0 || count > 256)
        return 1;
    for (int i = 0; i < count; i++) {
        char *path = NULL;
        if (asprintf(&path, "%s/%s", folder, names[i]->d_name) < 0)
            return 1;
        tests[i] = (struct CMUnitTest){
            .name = strrchr(path, '/') + 1, .test_func = run_script, .initial_state = path};
    }
    int failed = _cmocka_run_group_tests("s3_scripts", tests, (size_t)count, NULL, NULL);
    for (int i = 0; i < count; i++) {
        free(tests[i].initial_state);
        free(names[i]);
    }
    free(names);
    return failed;
}
