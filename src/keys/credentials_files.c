/* Profiles of the files that Amazon's own tools share ("Configuration and credential file settings"
 * in the AWS CLI's guide): a section is named "[x]" in credentials, "[profile x]" in config. Keys
 * are a pair of one file, credentials before config. */
#include "credentials_private.h"
#include "ini_text.h"
#include "settings.h"

struct reader {
    struct str name;  /* of the profile */
    const char *kind; /* "profile", "sso-session": of sections in config; NULL: in credentials */
    struct profile found; /* in this file */
};

/* The section's name behind its kind: `x` of "profile x" or "profile "x"". Null when it is of
 * another kind. */
static struct str name_of_section(struct str section, const char *kind)
{
    size_t len = strlen(kind);
    if (section.len <= len || memcmp(section.data, kind, len) != 0 ||
        !strchr(" \t", section.data[len]))
        return STR_NULL;
    section = str_from(section, len);
    while (section.len && strchr(" \t\"'", *section.data))
        section = str_from(section, 1);
    while (section.len && strchr("\"'", section.data[section.len - 1]))
        section.len--;
    return section;
}

static struct str profile_of_section(const struct reader *reader, struct str section)
{
    bool is_default = str_equal(section, STR("default"));
    if (!reader->kind || (is_default && strcmp(reader->kind, "profile") == 0))
        return section;
    return name_of_section(section, reader->kind);
}

static void replace(char **text, struct str value)
{
    secret_free(*text);
    *text = value.len ? str_dup(value) : NULL;
}

static const struct setting {
    const char *name;
    size_t offset; /* in struct profile */
} settings[] = {
#define X(member, name) {name, offsetof(struct profile, member)},
    PROFILE_SETTINGS(X)
#undef X
};
#define SETTING_COUNT (ARRAY_LENGTH(settings))

static char **member_of(struct profile *profile, const struct setting *setting)
{
    return (char **)((char *)profile + setting->offset);
}

static void parse_entry(void *ctx, const struct ini_entry *entry)
{
    struct reader *reader = ctx;
    if (!str_equal(profile_of_section(reader, entry->section), reader->name))
        return;
    reader->found.is_there = true;
    if (entry->is_nested)
        return;
    for (size_t i = 0; i < SETTING_COUNT; i++)
        if (ini_name_equal(entry->name, settings[i].name)) {
            /* a command keeps its quotes: they may be those of its first and its last word */
            bool is_command = settings[i].offset == offsetof(struct profile, credential_process);
            replace(member_of(&reader->found, &settings[i]),
                    is_command ? entry->raw_value : entry->value);
        }
}

static void move(char **to, char **from)
{
    if (!*from)
        return;
    secret_free(*to);
    *to = *from;
    *from = NULL;
}

/* Settings of this file override those of the file that was read before. */
static void merge(struct profile *profile, struct reader *reader)
{
    struct profile *found = &reader->found;
    if (found->access_key || found->secret_key) {
        replace(&profile->access_key, STR_NULL);
        replace(&profile->secret_key, STR_NULL);
        replace(&profile->session_token, STR_NULL);
        profile->keys_are_of_config = reader->kind != NULL;
    } else {
        replace(&found->session_token, STR_NULL); /* of no pair */
    }
    for (size_t i = 0; i < SETTING_COUNT; i++)
        move(member_of(profile, &settings[i]), member_of(found, &settings[i]));
    profile->is_there |= found->is_there;
}

/* A file that cannot be read counts as missing, and is noted in profile->unread. */
static enum status skip_file(struct profile *profile, const struct error *why)
{
    buffer_appendf(&profile->unread, "%s%s", profile->unread.len ? "; " : "", why->message);
    return STATUS_OK;
}

static enum status read_file(const char *path, struct reader *reader, struct profile *profile,
                             struct error *error)
{
    CLEANUP(secret_file_release) struct secret_file file = {0};
    if (secret_file_read(path, &file, error) != STATUS_OK)
        return skip_file(profile, error);
    if (!ini_text_read(buffer_str(&file.text), parse_entry, reader).is_text) {
        error_set(error, STATUS_FAILED, "%s is not text: it holds control characters", path);
        return error_hint(error, "save it as plain text, in UTF-8 (not UTF-16)");
    }
    merge(profile, reader);
    profile_release(&reader->found);
    return STATUS_OK;
}

/* The file that the variable names, or `usual` in the home folder; "" without a home folder. */
static void find_file(const char *variable, const char *usual, struct buffer *out)
{
    struct str named = keys_variable(variable), home = keys_variable("HOME");
    if (named.data && !str_starts_with(named, STR("~/"))) {
        buffer_append_str(out, named);
    } else if (home.data) {
        buffer_append_str(out, home);
        buffer_append_str(out, named.data ? str_from(named, 1) : str_of(usual));
    }
}

enum status profile_read(const char *name, struct profile *out, struct error *error)
{
    CLEANUP(buffer_release) struct buffer config = {0}, credentials = {0}, who = {0};
    struct reader of_config = {.name = str_of(name), .kind = "profile"};
    struct reader of_credentials = {.name = str_of(name)};
    buffer_appendf(&who, "profile %s", name);
    out->who = str_dup(buffer_str(&who));
    find_file("AWS_CONFIG_FILE", "/.aws/config", &config);
    find_file("AWS_SHARED_CREDENTIALS_FILE", "/.aws/credentials", &credentials);
    if (config.len && credentials.len)
        buffer_appendf(&out->files, "%s or %s", buffer_text(&credentials), buffer_text(&config));
    else
        buffer_append_str(&out->files, STR("~/.aws (HOME is not set)"));
    if (config.len)
        TRY(read_file(buffer_text(&config), &of_config, out, error));
    if (credentials.len)
        TRY(read_file(buffer_text(&credentials), &of_credentials, out, error));
    return STATUS_OK;
}

enum status profile_read_sso_session(const char *name, struct profile *out, struct error *error)
{
    CLEANUP(buffer_release) struct buffer config = {0};
    struct reader reader = {.name = str_of(name), .kind = "sso-session"};
    find_file("AWS_CONFIG_FILE", "/.aws/config", &config);
    buffer_append_str(&out->files, buffer_str(&config));
    return config.len ? read_file(buffer_text(&config), &reader, out, error) : STATUS_OK;
}

void profile_release(struct profile *profile)
{
    mem_free(profile->who);
    buffer_release(&profile->files);
    buffer_release(&profile->unread);
    for (size_t i = 0; i < SETTING_COUNT; i++)
        replace(member_of(profile, &settings[i]), STR_NULL);
    *profile = (struct profile){0};
}
