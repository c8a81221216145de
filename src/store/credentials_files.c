/* Profiles of the files that Amazon's own tools share ("Configuration and credential file settings"
 * in the AWS CLI's guide): a section is named "[x]" in credentials, "[profile x]" in config. Keys
 * are a pair of one file, credentials before config. */
#include "credentials_private.h"
#include "ini_text.h"

#include <stdlib.h>

struct reader {
    struct str name; /* of the profile */
    bool is_config;
    struct profile found; /* in this file */
};

static bool starts_with_profile(struct str section)
{
    return str_starts_with(section, STR("profile")) && section.len > 7 &&
           (section.data[7] == ' ' || section.data[7] == '\t');
}

/* `x` of "profile x" or "profile "x"". */
static struct str profile_of_section(struct str section)
{
    if (!starts_with_profile(section))
        return str_equal(section, STR("default")) ? section : STR_NULL;
    section.data += 7;
    section.len -= 7;
    while (section.len && strchr(" \t\"'", *section.data)) {
        section.data++;
        section.len--;
    }
    while (section.len && strchr("\"'", section.data[section.len - 1]))
        section.len--;
    return section;
}

static void replace(char **text, struct str value)
{
    secret_free(*text);
    *text = value.len ? str_dup(value) : NULL;
}

static void take_setting(struct profile *found, const struct ini_entry *entry)
{
    static const struct {
        const char *name;
        size_t offset;
    } settings[] = {
        {"aws_access_key_id", offsetof(struct profile, access_key)},
        {"aws_secret_access_key", offsetof(struct profile, secret_key)},
        {"aws_session_token", offsetof(struct profile, session_token)},
        {"region", offsetof(struct profile, region)},
        {"endpoint_url", offsetof(struct profile, endpoint)},
    };
    static const char *const unread[] = {"role_arn", "sso_session", "sso_start_url",
                                         "credential_process", "login_session"};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (ini_name_equal(entry->name, settings[i].name))
            replace((char **)((char *)found + settings[i].offset), entry->value);
    for (size_t i = 0; i < sizeof unread / sizeof *unread; i++)
        if (ini_name_equal(entry->name, unread[i]))
            found->unread = unread[i];
}

static void take_entry(void *ctx, const struct ini_entry *entry)
{
    struct reader *reader = ctx;
    struct str name = reader->is_config ? profile_of_section(entry->section) : entry->section;
    if (!str_equal(name, reader->name))
        return;
    reader->found.is_there = true;
    if (!entry->is_nested)
        take_setting(&reader->found, entry);
}

static void move(char **to, char **from)
{
    if (!*from)
        return;
    secret_free(*to);
    *to = *from;
    *from = NULL;
}

/* What the file says goes before what the file read earlier said. */
static void merge(struct profile *profile, struct profile *found)
{
    if (found->access_key || found->secret_key) {
        replace(&profile->access_key, STR_NULL);
        replace(&profile->secret_key, STR_NULL);
        replace(&profile->session_token, STR_NULL);
        move(&profile->access_key, &found->access_key);
        move(&profile->secret_key, &found->secret_key);
        move(&profile->session_token, &found->session_token);
    }
    move(&profile->region, &found->region);
    move(&profile->endpoint, &found->endpoint);
    profile->unread = found->unread ? found->unread : profile->unread;
    profile->is_there |= found->is_there;
}

static enum status read_profile_file(const char *path, const char *name, bool is_config,
                                     struct profile *profile, struct error *error)
{
    CLEANUP(secret_file_release) struct secret_file file = {0};
    struct reader reader = {.name = str_of(name), .is_config = is_config};
    if (secret_file_read(path, &file, error) != STATUS_OK)
        return error_hint(error, "make it a file that you may read, or give the keys in dl.cfg");
    if (!ini_text_read(buffer_str(&file.text), take_entry, &reader).is_text) {
        error_set(error, STATUS_FAILED, "%s is not text: it holds control characters", path);
        return error_hint(error, "save it as plain text, in UTF-8 (not UTF-16)");
    }
    merge(profile, &reader.found);
    profile_release(&reader.found);
    return STATUS_OK;
}

/* The file that the variable names, or `usual` in the home folder; "" without a home folder. */
static void find_file(const char *variable, const char *usual, struct buffer *out)
{
    struct str named = env_text(variable), home = env_text("HOME");
    if (named.data && !str_starts_with(named, STR("~/"))) {
        buffer_append_str(out, named);
    } else if (home.data) {
        buffer_append_str(out, home);
        buffer_append_str(out,
                          named.data ? (struct str){named.data + 1, named.len - 1} : str_of(usual));
    }
}

enum status profile_read(const char *name, struct profile *out, struct error *error)
{
    CLEANUP(buffer_release) struct buffer config = {0};
    CLEANUP(buffer_release) struct buffer credentials = {0};
    find_file("AWS_CONFIG_FILE", "/.aws/config", &config);
    find_file("AWS_SHARED_CREDENTIALS_FILE", "/.aws/credentials", &credentials);
    if (config.len && credentials.len)
        buffer_appendf(&out->files, "%s or %s", buffer_text(&credentials), buffer_text(&config));
    else
        buffer_append_str(&out->files, STR("~/.aws (HOME is not set)"));
    if (config.len)
        TRY(read_profile_file(buffer_text(&config), name, true, out, error));
    if (credentials.len)
        TRY(read_profile_file(buffer_text(&credentials), name, false, out, error));
    return STATUS_OK;
}

void profile_release(struct profile *profile)
{
    buffer_release(&profile->files);
    secret_free(profile->access_key);
    secret_free(profile->secret_key);
    secret_free(profile->session_token);
    mem_free(profile->region);
    mem_free(profile->endpoint);
    *profile = (struct profile){0};
}
