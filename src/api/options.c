/* Parses options in GNU style, and suggests names for misspelt ones. */
#include "option_sources.h"
#include <suggestion.h>

/* The command that prints the help; of the program where there is no command. */
static const char *help_of(const struct command *command, struct buffer *out)
{
    buffer_appendf(out, "sparkify%s%s --help", command->summary ? " " : "",
                   command->summary ? command->name : "");
    return buffer_text(out);
}

#define COMMON(member) offsetof(struct common_settings, member)

static const struct option_word log_formats[] = {
    {"text", LOGGING_TEXT}, {"json", LOGGING_JSON}, {NULL, 0}};
static const struct option_word log_levels[] = {
#define X(id, name) {name, id},
    LOGGING_LEVELS(X)
#undef X
        {NULL, 0}};

const struct option options_common[] = {
    {"json", NULL, "print one JSON document, also of a failure", NULL, COMMON(json), NULL, 0},
    {"quiet", NULL, "print only errors, and with --json the document", NULL, COMMON(quiet), NULL,
     'q', .answers = "how much is printed"},
    {"verbose", NULL, "print each step on stderr", NULL, COMMON(verbose), NULL, 'v',
     .answers = "how much is printed"},
    {"settings", "FILE", "the file of profiles instead of sparkify.yaml in this folder",
     option_parse_text, COMMON(settings_path)},
    {"use", "PROFILE", "which of its profiles", option_parse_text, COMMON(use)},
    {"log-file", "FILE", "append messages to this file, each line with its time", option_parse_text,
     COMMON(logging.file)},
    {"log-format", "HOW", "text, or json: one object a line; without --log-file on stderr", NULL,
     COMMON(logging.format), log_formats},
    {"log-level", "LEVEL", "the lowest level to log: debug, info (the default), warning, error",
     NULL, COMMON(logging.level), log_levels},
    {"version", NULL, "print the program's version; with --verbose also its build and libraries",
     NULL, COMMON(version), NULL, 'V', true},
    {"help", NULL, "print this help", NULL, COMMON(help), NULL, 'h', true},
    {NULL},
};

bool options_group(const struct command *command, size_t n, struct option_group *out)
{
    size_t shared = 0;
    while (shared < OPTION_GROUPS && command->shared[shared].options)
        shared++;
    if (n == 0)
        *out = (struct option_group){"options", command->options, 0};
    else if (n <= shared)
        *out = command->shared[n - 1];
    else
        *out = (struct option_group){"in every command", options_common, 0};
    return n <= shared + 1;
}

/* ---- Unknown options ------------------------------------------------------------------------- */

static bool name_is(const char *name, size_t len, const char *text)
{
    return strlen(text) == len && memcmp(text, name, len) == 0;
}

static enum status suggest_option(const struct command *command, const char *name, size_t len,
                                  struct error *error)
{
    CLEANUP(buffer_release) struct buffer word = {0}, help = {0};
    struct suggestion suggestion;
    struct option_group group;
    buffer_append(&word, name, len);
    suggestion_init(&suggestion, buffer_text(&word));
    EACH_OPTION_OF (command, group, option)
        suggestion_consider(&suggestion, option->name);
    return suggestion_hint(&suggestion, "--", error)
               ? STATUS_USAGE
               : error_hint(error, "see '%s'", help_of(command, &help));
}

bool options_has_name(const char *name, size_t len)
{
    struct option_group group;
    for (size_t i = 0; command_table[i]; i++)
        EACH_OPTION_OF (command_table[i], group, option)
            if (name_is(name, len, option->name))
                return true;
    return false;
}

static enum status unknown_option(const struct command *command, const char *name, size_t len,
                                  struct error *error)
{
    error_set(error, STATUS_USAGE, "%s has no option --%.*s", command->name, (int)len, name);
    for (const struct option_removed *removed = command->removed; removed && removed->name;
         removed++)
        if (name_is(name, len, removed->name))
            return error_hint(error, "%s", removed->hint);
    if (!command->summary && options_has_name(name, len))
        return error_hint(error, "the command comes first: sparkify COMMAND --%.*s", (int)len,
                          name);
    return suggest_option(command, name, len, error);
}

enum status command_find(const char *name, const struct command **out, struct error *error)
{
    struct suggestion suggestion;
    suggestion_init(&suggestion, name);
    for (size_t i = 0; command_table[i]; i++) {
        if (strcmp(command_table[i]->name, name) == 0) {
            *out = command_table[i];
            return STATUS_OK;
        }
        suggestion_consider(&suggestion, command_table[i]->name);
    }
    error_set(error, STATUS_USAGE, "there is no command '%s'", name);
    return suggestion_hint(&suggestion, "", error)
               ? STATUS_USAGE
               : error_hint(error, "'sparkify --help' lists the commands");
}

/* ---- Parsing --------------------------------------------------------------------------------- */

struct parsing {
    const struct command *command;
    char **argv;
    int argc, at; /* index of the current argument */
    void *settings;
};

/* An option that was found, and where its value goes. */
struct found {
    const struct option *option;
    void *target;
};

/* By its name, or by its letter where there is no name. */
static bool find_option(const struct parsing *parsing, const char *name, size_t len, char letter,
                        struct found *out)
{
    struct option_group group;
    EACH_OPTION_OF (parsing->command, group, option)
        if (name ? name_is(name, len, option->name) : option->letter == letter) {
            *out =
                (struct found){option, (char *)parsing->settings + group.offset + option->offset};
            return true;
        }
    return false;
}

static void note_given(struct common_settings *common, const struct option *option)
{
    if (!options_is_given(common, option->name) && common->given_count < OPTIONS_GIVEN)
        common->given[common->given_count++] = option;
}

enum status option_set(const struct option *option, const char *value, void *target,
                       struct error *error)
{
    int number;
    if (!option->words)
        return option->parse(value, target, error);
    TRY(option_parse_word(option->words, value, &number, error));
    memcpy(target, &number, sizeof number);
    return STATUS_OK;
}

/* The argument of an option that needs a value; an error where that is an option itself. */
static enum status next_value(struct parsing *parsing, const struct option *option,
                              const char **out, struct error *error)
{
    const char *next = parsing->at + 1 < parsing->argc ? parsing->argv[parsing->at + 1] : NULL;
    if (next && strncmp(next, "--", 2) != 0) {
        parsing->at++;
        *out = next;
        return STATUS_OK;
    }
    error_set(error, STATUS_USAGE, "--%s needs a value: --%s %s", option->name, option->name,
              option->value);
    return next && next[2] ? error_hint(error, "one that begins with -- is given as --%s=%s",
                                        option->name, next)
                           : error->status;
}

/* Parses the option at parsing->at and moves on to the last argument that belongs to it. */
static enum status parse_long(struct parsing *parsing, struct error *error)
{
    const char *name = parsing->argv[parsing->at] + 2;
    size_t len = strcspn(name, "=");
    const char *value = name[len] == '=' ? name + len + 1 : NULL;
    struct found found;
    if (!find_option(parsing, name, len, 0, &found))
        return unknown_option(parsing->command, name, len, error);
    note_given(parsing->settings, found.option);
    if (!found.option->value) {
        if (value)
            return error_set(error, STATUS_USAGE, "--%s takes no value", found.option->name);
        *(bool *)found.target = true;
        return STATUS_OK;
    }
    if (!value)
        TRY(next_value(parsing, found.option, &value, error));
    if (option_set(found.option, value, found.target, error) != STATUS_OK)
        return error_wrap(error, "--%s %s", found.option->name, value);
    return STATUS_OK;
}

/* The value follows the letter at once, or is the next argument. */
static enum status parse_letter_value(struct parsing *parsing, const struct found *found,
                                      const char *letter, struct error *error)
{
    const char *value = letter + 1;
    if (!value[0])
        TRY(next_value(parsing, found->option, &value, error));
    if (option_set(found->option, value, found->target, error) != STATUS_OK)
        return error_wrap(error, "-%c %s", *letter, value);
    return STATUS_OK;
}

/* "-q", or several flags as in "-qv"; the last may be an option with a value. */
static enum status parse_letters(struct parsing *parsing, struct error *error)
{
    const char *text = parsing->argv[parsing->at], *name = text + 1;
    struct found found;
    for (const char *letter = name; *letter; letter++) {
        if (!find_option(parsing, NULL, 0, *letter, &found)) {
            error_set(error, STATUS_USAGE,
                      "%s has no option %s; all but -h, -q, -v and -V begin "
                      "with --",
                      parsing->command->name, text);
            return suggest_option(parsing->command, name, strcspn(name, "="), error);
        }
        note_given(parsing->settings, found.option);
        if (found.option->value)
            return parse_letter_value(parsing, &found, letter, error);
        *(bool *)found.target = true;
    }
    return STATUS_OK;
}

static enum status parse_operand(const struct parsing *parsing, struct error *error)
{
    const struct command *command = parsing->command;
    const char *text = parsing->argv[parsing->at];
    const char **target = (const char **)((char *)parsing->settings + command->operand_offset);
    size_t left = command->operand_count ? command->operand_count : 1;
    if (!command->operand)
        return error_set(error, STATUS_USAGE, "%s takes no argument, and '%s' is one",
                         command->name, text);
    if (!text[0])
        return error_set(error, STATUS_USAGE, "the %s of %s is empty", command->operand,
                         command->name);
    while (--left && *target)
        target++;
    if (*target)
        return error_set(error, STATUS_USAGE, "%s takes %s; '%s' is one too many", command->name,
                         command->operand, text);
    *target = text;
    return STATUS_OK;
}

/* A typographic dash, as word processors write "--". */
static bool has_typographic_dash(const char *text)
{
    return strncmp(text, "\xE2\x80\x93", 3) == 0 || strncmp(text, "\xE2\x80\x94", 3) == 0;
}

/* "-- a comment", with which a text of SQL may begin. */
static bool is_comment(const char *text)
{
    return strncmp(text, "--", 2) == 0 && text[2] && strchr(" \t\r\n", text[2]);
}

static enum status parse_argument(struct parsing *parsing, struct error *error)
{
    const char *text = parsing->argv[parsing->at];
    if (is_comment(text))
        return parse_operand(parsing, error);
    if (strncmp(text, "--", 2) == 0)
        return parse_long(parsing, error);
    if (text[0] == '-' && text[1])
        return parse_letters(parsing, error);
    if (has_typographic_dash(text)) {
        error_set(error, STATUS_USAGE, "'%s' begins with a typographic dash, not a hyphen", text);
        return error_hint(error, "write --%s; after -- it is an argument as it is", text + 3);
    }
    return parse_operand(parsing, error);
}

enum status options_complete(const struct command *command, void *settings, struct error *error)
{
    const struct common_settings *common = settings;
    TRY(option_sources_read(command, settings, error));
    if (common->quiet && common->verbose)
        return error_set(error, STATUS_USAGE, "--quiet and --verbose exclude each other");
    return STATUS_OK;
}

enum status options_parse(const struct command *command, int argc, char **argv, void *settings,
                          struct error *error)
{
    struct parsing parsing = {.command = command, .argv = argv, .argc = argc, .settings = settings};
    bool only_operands = false;
    for (; parsing.at < argc; parsing.at++) {
        if (!only_operands && strcmp(argv[parsing.at], "--") == 0)
            only_operands = true;
        else if (only_operands)
            TRY(parse_operand(&parsing, error));
        else
            TRY(parse_argument(&parsing, error));
    }
    return options_complete(command, settings, error);
}

/* ---- Options by name, for the library -------------------------------------------------------- */

/* True when `name` is, in small letters, the first word of "LAKE", "[LAKE] [SQL|QUESTION]". */
static bool is_operand(const struct command *command, const char *name)
{
    const char *word = command->operand ? command->operand : "";
    word += strspn(word, "[");
    size_t len = strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    return len > 0 && strlen(name) == len && strncasecmp(name, word, len) == 0;
}

/* True for options of the program alone, which prints and logs. */
static bool is_of_program(const struct option *option)
{
    static const char *const names[] = {"quiet",     "verbose", "log-file", "log-format",
                                        "log-level", "version", "help"};
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        if (strcmp(option->name, names[i]) == 0)
            return true;
    return false;
}

enum status options_set(const struct command *command, void *settings, const char *name,
                        const char *value, struct error *error)
{
    struct parsing parsing = {.command = command, .settings = settings};
    struct found found;
    if (is_operand(command, name) && value) {
        *(const char **)((char *)settings + command->operand_offset) = value;
        return STATUS_OK;
    }
    if (!find_option(&parsing, name, strlen(name), 0, &found))
        return unknown_option(command, name, strlen(name), error);
    if (is_of_program(found.option))
        return error_set(error, STATUS_USAGE, "%s is not available in the library", name);
    if (found.option->value && !value)
        return error_set(error, STATUS_USAGE, "%s needs a value: %s", name, found.option->value);
    note_given(settings, found.option);
    if (option_sources_set(found.option, value ? value : "true", found.target, error) != STATUS_OK)
        return error_wrap(error, "%s=%s", name, value ? value : "");
    return STATUS_OK;
}

bool options_is_common(const char *argument)
{
    EACH_OPTION (option, options_common)
        if (argument[0] == '-' && !option->value &&
            ((argument[1] == '-' && strcmp(argument + 2, option->name) == 0) ||
             (option->letter && argument[1] == option->letter && !argument[2])))
            return true;
    return false;
}

bool options_is_given(const struct common_settings *settings, const char *name)
{
    for (size_t i = 0; i < settings->given_count; i++)
        if (strcmp(settings->given[i]->name, name) == 0)
            return true;
    return false;
}

const struct option *options_find_given(const struct common_settings *settings,
                                        const struct option *table)
{
    for (size_t i = 0; i < settings->given_count; i++)
        EACH_OPTION (option, table)
            if (option == settings->given[i])
                return option;
    return NULL;
}
