/* dl.cfg: the file in which users keep their keys.
 *
 * It is written by hand, copied out of a README, and comes from other people's projects; so what is
 * meant is read, what is not read is said, and nothing of it that may be secret is ever shown: of a
 * file's text only names that this file knows, and sections' names that look like names. */
#include "config.h"
#include "ini_text.h"
#include "secret.h"

#include <stdio.h>
#include <strings.h>

#define EXAMPLE "[AWS] with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"

static const struct field {
    const char *section, *name;
    size_t offset; /* of the text in struct store_config */
    bool is_key;   /* one of the two that are needed */
} fields[] = {
#define FIELD(section, name, member, is_key)                                                       \
    {                                                                                              \
        section, name, offsetof(struct store_config, member), is_key                               \
    }
    FIELD("AWS", "AWS_ACCESS_KEY_ID", access_key, true),
    FIELD("AWS", "AWS_SECRET_ACCESS_KEY", secret_key, true),
    FIELD("AWS", "AWS_SESSION_TOKEN", session_token, false),
    FIELD("AWS", "PROFILE", profile, false),
    FIELD("AWS", "AWS_PROFILE", profile, false),
    FIELD("AWS", "REGION", region, false),
    FIELD("AWS", "AWS_REGION", region, false),
    FIELD("AWS", "AWS_DEFAULT_REGION", region, false),
    FIELD("AWS", "ENDPOINT", endpoint, false),
    FIELD("AWS", "ENDPOINT_URL", endpoint, false),
    FIELD("AWS", "AWS_ENDPOINT_URL", endpoint, false),
    FIELD("S3", "INPUT", input, false),
    FIELD("S3", "BUCKET", bucket, false),
#undef FIELD
};

/* How other projects call their keys. */
static const char *const key_names[] = {
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "AWS_KEY_ID",
    "AWS_KEY",
    "AWS_SECRET",
    "ACCESS_KEY_ID",
    "SECRET_ACCESS_KEY",
    "ACCESS_KEY",
    "SECRET_KEY",
    "KEY_ID",
    "KEY",
    "SECRET",
    "SESSION_TOKEN",
};

#define LENGTH(array) (sizeof(array) / sizeof *(array))

struct parse {
    const struct config_text *text;
    struct store_config *config;
    struct buffer unread; /* keys in other places: "KEY in [Secrets], …" */
    bool has_placeholder; /* for one of the two keys */
};

PRINTF(2, 3)
static void tell(const struct config_text *text, const char *format, ...)
{
    char message[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (text->note)
        text->note(text->note_ctx, message);
}

static bool consists_of(struct str text, const char *bytes)
{
    for (size_t i = 0; i < text.len; i++)
        if (!strchr(bytes, text.data[i]))
            return false;
    return true;
}

/* "your-key-here", "YOUR_ACCESS_KEY" */
static bool is_yours(struct str value)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    if (value.len < 4 || strncasecmp(value.data, "your", 4) != 0)
        return false;
    buffer_append_str(&text, value);
    const char *rest = buffer_text(&text) + 4;
    return strchr("_- ", *rest) || strcasestr(rest, "key") || strcasestr(rest, "secret");
}

bool config_is_placeholder(struct str value)
{
    if (value.len == 0 || (value.len >= 3 && consists_of(value, "xX*.-_")))
        return true;
    char first = value.data[0], last = value.data[value.len - 1];
    return (first == '<' && last == '>') || (first == '{' && last == '}') || is_yours(value);
}

static const struct field *find_field(const struct ini_entry *entry)
{
    for (size_t i = 0; i < LENGTH(fields); i++)
        if (ini_name_equal(entry->section, fields[i].section) &&
            ini_name_equal(entry->name, fields[i].name))
            return &fields[i];
    return NULL;
}

static void take_field(struct parse *parse, const struct field *field, struct str value)
{
    char **text = (char **)((char *)parse->config + field->offset);
    if (!config_is_placeholder(value)) {
        secret_free(*text);
        *text = str_dup(value);
        return;
    }
    parse->has_placeholder |= field->is_key;
    if (value.len || field->is_key)
        tell(parse->text, "%s: %s in [%s] %s, and is not read", parse->text->path, field->name,
             field->section, value.len ? "is still to be filled in" : "is empty");
}

/* Sections have short names, in which base64 and the like do not look as these do. */
static bool is_shown(struct str section)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_- ";
    return section.len <= 24 && consists_of(section, letters);
}

static void remember_unread(struct parse *parse, struct str section, const char *name)
{
    struct buffer *unread = &parse->unread;
    buffer_append_str(unread, unread->len ? STR(", ") : STR(""));
    if (section.len == 0)
        buffer_appendf(unread, "%s above all sections", name);
    else if (is_shown(section))
        buffer_appendf(unread, "%s in [%.*s]", name, STR_ARG(section));
    else
        buffer_appendf(unread, "%s in another section", name);
}

static void take_entry(void *ctx, const struct ini_entry *entry)
{
    struct parse *parse = ctx;
    struct str name = entry->name;
    const struct field *field = find_field(entry);
    if (field) {
        take_field(parse, field, entry->value);
        return;
    }
    if (name.len > 7 && strncasecmp(name.data, "export ", 7) == 0) /* from a shell script */
        name = (struct str){name.data + 7, name.len - 7};
    for (size_t i = 0; i < LENGTH(key_names); i++)
        if (ini_name_equal(name, key_names[i]) && entry->value.len && parse->unread.len < 256)
            remember_unread(parse, entry->section, key_names[i]);
}

/* When the keys are there, it is nobody's business what else is. */
static void tell_of_keys(struct parse *parse)
{
    const struct store_config *config = parse->config;
    const char *path = parse->text->path;
    if (config->access_key && config->secret_key)
        return;
    if (parse->unread.len)
        tell(parse->text, "%s: %s: not read; what is read is " EXAMPLE, path,
             buffer_text(&parse->unread));
    else if ((config->access_key || config->secret_key) && !parse->has_placeholder)
        tell(parse->text, "%s: %s is missing in [AWS], so the other key is not used", path,
             config->access_key ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID");
}

/* A line that is nothing: worth a word in a file that makes sense otherwise. */
static enum status judge(const struct config_text *text, struct ini_outcome outcome,
                         struct error *error)
{
    if (!outcome.is_text) {
        error_set(error, STATUS_FAILED, "%s is not text: it holds control characters", text->path);
        return error_hint(error, "save it as plain text, in UTF-8 (not UTF-16)");
    }
    if (outcome.strange_line && outcome.entries == 0) {
        error_set(error, STATUS_FAILED,
                  "%s is no ini file: line %u is neither [section] nor "
                  "NAME = value",
                  text->path, outcome.strange_line);
        return error_hint(error, "write a section " EXAMPLE " into it (see dl.cfg.example)");
    }
    if (outcome.strange_line)
        tell(text, "%s: line %u is neither [section] nor NAME = value, and is passed over",
             text->path, outcome.strange_line);
    return STATUS_OK;
}

enum status config_parse(const struct config_text *text, struct store_config *out,
                         struct error *error)
{
    struct store_config config = {.path = str_dup(str_of(text->path))};
    struct parse parse = {.text = text, .config = &config};
    enum status status = judge(text, ini_text_read(text->bytes, take_entry, &parse), error);
    if (status == STATUS_OK) {
        tell_of_keys(&parse);
        config.has_secrets = config.secret_key || config.session_token || parse.unread.len;
        *out = config;
    } else {
        store_config_release(&config);
    }
    buffer_release(&parse.unread);
    return status;
}

static void warn_of_readers(const struct config_text *text, mode_t mode)
{
    if (mode & (S_IRWXG | S_IRWXO))
        tell(text, "%s can be read by others: chmod 600 %s", text->path, text->path);
}

enum status store_config_read(const char *path, store_note_fn *note, void *note_ctx,
                              struct store_config *out, struct error *error)
{
    CLEANUP(secret_file_release) struct secret_file file = {0};
    *out = (struct store_config){0};
    if (secret_file_read(path, &file, error) != STATUS_OK)
        return error_hint(error,
                          "%s is where keys are looked for first: make it a file that you may "
                          "read, or move it away",
                          path);
    if (!file.is_there)
        return STATUS_OK;
    struct config_text text = {path, buffer_str(&file.text), note, note_ctx};
    TRY(config_parse(&text, out, error));
    if (out->has_secrets)
        warn_of_readers(&text, file.mode);
    return STATUS_OK;
}

void store_config_release(struct store_config *config)
{
    mem_free(config->path);
    secret_free(config->access_key);
    secret_free(config->secret_key);
    secret_free(config->session_token);
    mem_free(config->profile);
    mem_free(config->region);
    mem_free(config->endpoint);
    mem_free(config->input);
    mem_free(config->bucket);
    *config = (struct store_config){0};
}
