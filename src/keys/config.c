/* dl.cfg: the file in which users keep their keys.
 *
 * It is written by hand, copied from a README or another project. So common variants are accepted,
 * entries that are not read are noted, and nothing that may be secret is shown: of the file's text
 * only names that this parser knows, and names of sections that look like names. */
#include "config.h"
#include "ini_text.h"
#include "secret.h"

#include <strings.h>

#define EXAMPLE "[AWS] with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"

/* As enum config_section_name. */
static const char *const section_names[CONFIG_SECTIONS] = {"INPUT", "OUTPUT", "AWS"};

/* The words that a value may be, and what they mean; NULL ends them. */
struct word {
    const char *name;
    int value;
};
static const struct word styles[] = {
    {"auto", CONFIG_PATH_AUTO}, {"on", CONFIG_PATH_ON}, {"off", CONFIG_PATH_OFF}, {NULL}};
static const struct word answers[] = {
    {"yes", CONFIG_YES}, {"true", CONFIG_YES}, {"on", CONFIG_YES},
    {"1", CONFIG_YES},   {"no", CONFIG_NO},    {"false", CONFIG_NO},
    {"off", CONFIG_NO},  {"0", CONFIG_NO},     {NULL}};

static const struct field {
    const char *name;
    size_t offset;            /* in struct config_section */
    bool is_key;              /* one of the two that are needed */
    const struct word *words; /* NULL: any text */
} fields[] = {
#define AT(member) offsetof(struct config_section, member)
    {"AWS_ACCESS_KEY_ID", AT(access_key), .is_key = true},
    {"AWS_SECRET_ACCESS_KEY", AT(secret_key), .is_key = true},
    {"AWS_SESSION_TOKEN", AT(session_token)},
    {"PROFILE", AT(profile)},
    {"AWS_PROFILE", AT(profile)},
    {"REGION", AT(region)},
    {"AWS_REGION", AT(region)},
    {"AWS_DEFAULT_REGION", AT(region)},
    {"ENDPOINT", AT(endpoint)},
    {"ENDPOINT_URL", AT(endpoint)},
    {"AWS_ENDPOINT_URL", AT(endpoint)},
    {"PATH_STYLE", AT(path_style), .words = styles},
    {"NO_SIGN_REQUEST", AT(no_sign_request), .words = answers},
#undef AT
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

struct parse {
    const struct config_text *text;
    struct config_file *file;
    struct buffer unread; /* keys in sections that are not read: "KEY in [Secrets], …" */
    bool has_placeholder[CONFIG_SECTIONS]; /* for one of the two keys */
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
    if (value.len == 0 || (value.len >= 3 && str_consists_of(value, "xX*.-_")))
        return true;
    char first = value.data[0], last = value.data[value.len - 1];
    return (first == '<' && last == '>') || (first == '{' && last == '}') || is_yours(value);
}

/* CONFIG_SECTIONS: none of these. */
static size_t find_section(struct str name)
{
    size_t section = 0;
    while (section < CONFIG_SECTIONS && !ini_name_equal(name, section_names[section]))
        section++;
    return section;
}

static const struct field *find_field(struct str name)
{
    for (size_t i = 0; i < ARRAY_LENGTH(fields); i++)
        if (ini_name_equal(name, fields[i].name))
            return &fields[i];
    return NULL;
}

/* False when the field has words, and the value is none of them. */
static bool set_field(struct config_section *section, const struct field *field, struct str value)
{
    void *place = (char *)section + field->offset;
    if (!field->words) {
        secret_free(*(char **)place);
        *(char **)place = str_dup(value);
        return true;
    }
    for (const struct word *word = field->words; word->name; word++)
        if (ini_name_equal(value, word->name)) {
            *(int *)place = word->value;
            return true;
        }
    return false;
}

static void tell_of_value(struct parse *parse, size_t section, const struct field *field,
                          const char *what)
{
    tell(parse->text, "%s: %s in [%s] %s, and is not read", parse->text->path, field->name,
         section_names[section], what);
}

static void parse_field(struct parse *parse, size_t section, const struct field *field,
                        struct str value)
{
    bool is_placeholder = config_is_placeholder(value);
    if (!is_placeholder && set_field(&parse->file->sections[section], field, value))
        return;
    parse->has_placeholder[section] |= field->is_key;
    if (!is_placeholder)
        tell_of_value(parse, section, field, "is not one of its values");
    else if (value.len || field->is_key)
        tell_of_value(parse, section, field, value.len ? "is still to be filled in" : "is empty");
}

/* The section [S3]: addresses for which no option was given. */
static bool parse_address(struct parse *parse, const struct ini_entry *entry)
{
    bool is_input = ini_name_equal(entry->name, "INPUT");
    if (!ini_name_equal(entry->section, "S3") ||
        (!is_input && !ini_name_equal(entry->name, "BUCKET")))
        return false;
    char **text = is_input ? &parse->file->input : &parse->file->bucket;
    if (!config_is_placeholder(entry->value)) {
        mem_free(*text);
        *text = str_dup(entry->value);
    }
    return true;
}

/* False for what may be a secret and no name of a section: those are short, and of letters that
 * base64 mixes with others. */
static bool is_shown(struct str section)
{
    return section.len <= 24 && str_consists_of(section, ASCII_LETTERS ASCII_DIGITS "_- ");
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

static void parse_entry(void *ctx, const struct ini_entry *entry)
{
    struct parse *parse = ctx;
    struct str name = entry->name;
    size_t section = find_section(entry->section);
    const struct field *field = section < CONFIG_SECTIONS ? find_field(name) : NULL;
    if (field) {
        parse_field(parse, section, field, entry->value);
        return;
    }
    if (parse_address(parse, entry))
        return;
    if (name.len > 7 && strncasecmp(name.data, "export ", 7) == 0) /* from a shell script */
        name = str_from(name, 7);
    for (size_t i = 0; i < ARRAY_LENGTH(key_names); i++)
        if (ini_name_equal(name, key_names[i]) && entry->value.len && parse->unread.len < 256)
            remember_unread(parse, entry->section, key_names[i]);
}

static void tell_of_half_pair(struct parse *parse, size_t section)
{
    const struct config_section *keys = &parse->file->sections[section];
    if (!keys->access_key == !keys->secret_key || parse->has_placeholder[section])
        return;
    tell(parse->text, "%s: %s is missing in [%s], so the other key is not used", parse->text->path,
         keys->access_key ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID", section_names[section]);
}

/* Notes keys in sections that are not read, but only where no pair was found. */
static void tell_of_keys(struct parse *parse)
{
    bool has_pair = false;
    for (size_t i = 0; i < CONFIG_SECTIONS; i++)
        has_pair |= parse->file->sections[i].access_key && parse->file->sections[i].secret_key;
    if (!has_pair && parse->unread.len) {
        tell(parse->text, "%s: %s: not read; keys are read from " EXAMPLE, parse->text->path,
             buffer_text(&parse->unread));
        return;
    }
    for (size_t i = 0; i < CONFIG_SECTIONS; i++)
        tell_of_half_pair(parse, i);
}

static bool has_secrets(const struct parse *parse)
{
    bool has = parse->unread.len > 0;
    for (size_t i = 0; i < CONFIG_SECTIONS; i++)
        has |= parse->file->sections[i].secret_key || parse->file->sections[i].session_token;
    return has;
}

/* Refuses what is no ini file; a single line that is no entry is only noted. */
static enum status check_outcome(const struct config_text *text, struct ini_outcome outcome,
                                 struct error *error)
{
    if (!outcome.is_text) {
        error_set(error, STATUS_FAILED, "%s is not text: it holds control characters", text->path);
        return error_hint(error, "save it as plain text, in UTF-8 (not UTF-16)");
    }
    if (outcome.unknown_line && outcome.entries == 0) {
        error_set(error, STATUS_FAILED,
                  "%s is not an ini file: line %u is neither [section] nor "
                  "NAME = value",
                  text->path, outcome.unknown_line);
        return error_hint(error, "write a section " EXAMPLE " into it (see dl.cfg.example)");
    }
    if (outcome.unknown_line)
        tell(text, "%s: line %u is neither [section] nor NAME = value, and is ignored", text->path,
             outcome.unknown_line);
    return STATUS_OK;
}

enum status config_parse(const struct config_text *text, struct config_file *out,
                         struct error *error)
{
    struct config_file file = {.path = str_dup(str_of(text->path))};
    struct parse parse = {.text = text, .file = &file};
    enum status status =
        check_outcome(text, ini_text_read(text->bytes, parse_entry, &parse), error);
    if (status == STATUS_OK) {
        tell_of_keys(&parse);
        file.has_secrets = has_secrets(&parse);
        *out = file;
    } else {
        config_file_release(&file);
    }
    buffer_release(&parse.unread);
    return status;
}

static void warn_of_readers(const struct config_text *text, mode_t mode)
{
    if (mode & (S_IRWXG | S_IRWXO))
        tell(text, "%s can be read by others: chmod 600 %s", text->path, text->path);
}

enum status config_file_read(const char *path, note_fn *note, void *note_ctx,
                             struct config_file *out, struct error *error)
{
    CLEANUP(secret_file_release) struct secret_file file = {0};
    *out = (struct config_file){0};
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

void config_file_release(struct config_file *file)
{
    for (size_t i = 0; i < CONFIG_SECTIONS; i++)
        for (size_t j = 0; j < ARRAY_LENGTH(fields); j++) {
            char **text = (char **)((char *)&file->sections[i] + fields[j].offset);
            if (fields[j].words)
                continue;
            secret_free(*text);
            *text = NULL; /* several fields name one text: it is freed once */
        }
    mem_free(file->path);
    mem_free(file->input);
    mem_free(file->bucket);
    *file = (struct config_file){0};
}

/* ---- For one store --------------------------------------------------------------------------- */

struct config config_of(const struct config_file *file, enum config_section_name name)
{
    const struct config_section *own = &file->sections[name], *both = &file->sections[CONFIG_BOTH];
    bool has_own =
        own->access_key || own->secret_key || own->profile || own->no_sign_request == CONFIG_YES;
    const struct config_section *keys = has_own ? own : both;
    return (struct config){
        .path = file->path,
        .section = section_names[keys - file->sections],
        .access_key = keys->access_key,
        .secret_key = keys->secret_key,
        .session_token = keys->session_token,
        .profile = keys->profile,
        .region = own->region ? own->region : both->region,
        .endpoint = own->endpoint ? own->endpoint : both->endpoint,
        .path_style = own->path_style ? own->path_style : both->path_style,
        .no_sign_request =
            (own->no_sign_request ? own->no_sign_request : keys->no_sign_request) == CONFIG_YES,
    };
}
