/* Values of options from the environment (SPARKIFY_<NAME>) and from a profile in sparkify.yaml. The
 * command line takes precedence, then the environment, then the file. */
#include "option_sources.h"

#include <suggestion.h>

#include <ctype.h>
#include <stdlib.h>

/* The options given by sources of higher precedence. */
struct said {
    const struct option *options[2 * OPTIONS_GIVEN];
    size_t count;
};

/* True when the option was given, or another one that answers the same question. */
static bool is_answered(const struct said *said, const struct option *option)
{
    for (size_t i = 0; i < said->count; i++) {
        const struct option *other = said->options[i];
        if (other == option ||
            (option->answers && other->answers && strcmp(option->answers, other->answers) == 0))
            return true;
    }
    return false;
}

static void add(struct said *said, const struct option *option)
{
    if (said->count < ARRAY_LENGTH(said->options))
        said->options[said->count++] = option;
}

static const struct option_word flag_words[] = {{"1", true},   {"true", true}, {"yes", true},
                                                {"on", true},  {"0", false},   {"false", false},
                                                {"no", false}, {"off", false}, {NULL, 0}};

enum status option_sources_set(const struct option *option, const char *value, void *target,
                               struct error *error)
{
    int flag;
    if (option->value)
        return option_set(option, value, target, error);
    TRY(option_parse_word(flag_words, value, &flag, error));
    *(bool *)target = flag;
    return STATUS_OK;
}

/* ---- The environment ------------------------------------------------------------------------- */

static const char *read_variable(const struct option *option, struct buffer *name)
{
    buffer_append_str(name, STR("SPARKIFY_"));
    for (const char *c = option->name; *c; c++)
        buffer_append_char(name, *c == '-' ? '_' : (char)toupper((unsigned char)*c));
    return getenv(buffer_text(name));
}

static enum status read_environment(const struct command *command, void *settings,
                                    const struct said *before, struct said *said,
                                    struct error *error)
{
    struct option_group group;
    EACH_OPTION_OF (command, group, option) {
        CLEANUP(buffer_release) struct buffer name = {0};
        const char *value = read_variable(option, &name);
        if (!value || !value[0] || option->on_command_line_alone || is_answered(before, option))
            continue;
        if (option_sources_set(option, value, (char *)settings + group.offset + option->offset,
                               error) != STATUS_OK)
            return error_wrap(error, "the environment's %s=%s", buffer_text(&name), value);
        add(said, option);
    }
    return STATUS_OK;
}

/* ---- sparkify.yaml --------------------------------------------------------------------------- */

static enum status unknown_setting(const struct settings_file *file, const struct setting *setting,
                                   struct error *error)
{
    struct suggestion suggestion;
    struct option_group group;
    suggestion_init(&suggestion, setting->name);
    for (size_t i = 0; command_table[i]; i++)
        EACH_OPTION_OF (command_table[i], group, option)
            suggestion_consider(&suggestion, option->name);
    error_set(error, STATUS_USAGE, "%s:%zu: no command has an option --%s", file->path,
              setting->line, setting->name);
    return suggestion_hint(&suggestion, "", error)
               ? STATUS_USAGE
               : error_hint(error, "'sparkify help etl' lists those of etl");
}

static enum status apply(const struct settings_file *file, const struct setting *setting,
                         const struct option *option, void *target, struct error *error)
{
    if (strcmp(option->name, "settings") == 0 || strcmp(option->name, "use") == 0)
        return error_set(error, STATUS_USAGE, "%s:%zu: %s is in no profile", file->path,
                         setting->line, setting->name);
    if (option->on_command_line_alone) {
        error_set(error, STATUS_USAGE, "%s:%zu: %s can be given on the command line only",
                  file->path, setting->line, setting->name);
        return error_hint(error, "it removes data, permits something, or concerns a single run");
    }
    if (option_sources_set(option, setting->value, target, error) != STATUS_OK) {
        CLEANUP(buffer_release) struct buffer start = {0};
        buffer_appendf(&start, "%s:%zu: %s", file->path, setting->line, setting->name);
        return error_wrap(error, "%s", buffer_text(&start));
    }
    return STATUS_OK;
}

/* A profile serves several commands: options of other commands are skipped. */
static enum status apply_setting(const struct command *command, void *settings,
                                 const struct said *before, const struct setting *setting,
                                 struct error *error)
{
    const struct settings_file *file = &((const struct common_settings *)settings)->file;
    struct option_group group;
    EACH_OPTION_OF (command, group, option)
        if (strcmp(option->name, setting->name) == 0)
            return is_answered(before, option)
                       ? STATUS_OK
                       : apply(file, setting, option,
                               (char *)settings + group.offset + option->offset, error);
    return options_has_name(setting->name, strlen(setting->name))
               ? STATUS_OK
               : unknown_setting(file, setting, error);
}

static enum status read_file(const struct command *command, void *settings,
                             const struct said *before, struct error *error)
{
    struct common_settings *common = settings;
    TRY(settings_file_read(common->settings_path, common->use, &common->file, error));
    for (size_t i = 0; i < common->file.count; i++)
        TRY(apply_setting(command, settings, before, &common->file.all[i], error));
    return STATUS_OK;
}

enum status option_sources_read(const struct command *command, void *settings, struct error *error)
{
    const struct common_settings *common = settings;
    struct said line = {0}, both;
    if (common->help || common->version || !command->summary)
        return STATUS_OK;
    for (size_t i = 0; i < common->given_count; i++)
        add(&line, common->given[i]);
    both = line;
    TRY(read_environment(command, settings, &line, &both, error));
    return command->needs_no_settings ? STATUS_OK : read_file(command, settings, &both, error);
}
