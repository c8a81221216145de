/* Parsing options: GNU style, with a suggestion for what was probably meant. */
#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

enum status option_parse_text(const char *text, void *out, struct error *error)
{
    if (!text[0])
        return error_set(error, STATUS_USAGE, "expected some text");
    *(const char **)out = text;
    return STATUS_OK;
}

static bool parse_uint64(const char *text, uint64_t *out)
{
    char *end;
    if (!isdigit((unsigned char)text[0]))
        return false;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0';
}

enum status option_parse_count(const char *text, void *out, struct error *error)
{
    uint64_t number;
    if (!parse_uint64(text, &number) || number > INT64_MAX)
        return error_set(error, STATUS_USAGE, "expected a whole number");
    *(uint64_t *)out = number;
    return STATUS_OK;
}

enum status option_parse_positive(const char *text, void *out, struct error *error)
{
    uint64_t number;
    if (!parse_uint64(text, &number) || number == 0 || number > 1024)
        return error_set(error, STATUS_USAGE, "expected a whole number from 1 to 1024");
    *(unsigned *)out = (unsigned)number;
    return STATUS_OK;
}

enum status option_parse_seconds(const char *text, void *out, struct error *error)
{
    uint64_t number;
    if (!parse_uint64(text, &number) || number > 24 * 3600)
        return error_set(error, STATUS_USAGE, "expected a number of seconds, a day's at most");
    *(unsigned *)out = (unsigned)number;
    return STATUS_OK;
}

enum status option_parse_duration(const char *text, void *out, struct error *error)
{
    static const struct {
        char letter;
        uint64_t ms;
    } units[] = {{'s', 1000}, {'m', 60000}, {'h', 3600000}, {'d', 86400000}};
    CLEANUP(buffer_release) struct buffer number_text = {0};
    size_t len = strlen(text);
    uint64_t number;
    buffer_append(&number_text, text, len ? len - 1 : 0);
    for (size_t i = 0; len && i < sizeof units / sizeof units[0]; i++)
        if (text[len - 1] == units[i].letter && parse_uint64(buffer_text(&number_text), &number) &&
            number <= 36500) {
            *(int64_t *)out = (int64_t)(number * units[i].ms);
            return STATUS_OK;
        }
    return error_set(error, STATUS_USAGE,
                     "expected a time such as 90s, 10m, 2h or 7d, with a number up to 36500");
}

enum status option_parse_share(const char *text, void *out, struct error *error)
{
    char *end;
    double share = strtod(text, &end);
    if (end == text || *end || !(share >= 0 && share <= 1))
        return error_set(error, STATUS_USAGE, "expected a number from 0 to 1");
    *(double *)out = share;
    return STATUS_OK;
}

/* ---- Suggestions ----------------------------------------------------------------------------- */

#define MAX_WORD 32

/* How many letters must be put in, taken out or replaced to make `b` of `a` (Levenshtein). */
static size_t edit_distance(const char *a, const char *b)
{
    size_t row[MAX_WORD + 1], len_a = strlen(a), len_b = strlen(b);
    if (len_a > MAX_WORD || len_b > MAX_WORD)
        return MAX_WORD;
    for (size_t j = 0; j <= len_b; j++)
        row[j] = j;
    for (size_t i = 1; i <= len_a; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= len_b; j++) {
            size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
            size_t shorter = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = replaced < shorter ? replaced : shorter;
        }
    }
    return row[len_b];
}

/* Keeps in *best the candidate nearest to the word. */
static void consider(const char *word, const char *candidate, size_t *distance, const char **best)
{
    size_t candidate_distance = edit_distance(word, candidate);
    if (candidate_distance < *distance) {
        *distance = candidate_distance;
        *best = candidate;
    }
}

static enum status unknown_option(const struct command *command, const char *name, size_t len,
                                  struct error *error)
{
    char word[MAX_WORD + 2];
    const char *best = NULL;
    size_t distance = 4;
    snprintf(word, sizeof word, "%.*s", (int)(len < MAX_WORD ? len : MAX_WORD), name);
    EACH_OPTION (option, command->options)
        consider(word, option->name, &distance, &best);
    EACH_OPTION (option, command->shared.options)
        consider(word, option->name, &distance, &best);
    error_set(error, STATUS_USAGE, "%s has no option --%.*s", command->name, (int)len, name);
    return best ? error_hint(error, "did you mean --%s?", best)
                : error_hint(error, "see 'sparkify %s --help'", command->name);
}

enum status options_find_command(const char *name, const struct command **out, struct error *error)
{
    const char *best = NULL;
    size_t distance = 4;
    for (size_t i = 0; commands[i]; i++) {
        if (strcmp(commands[i]->name, name) == 0) {
            *out = commands[i];
            return STATUS_OK;
        }
        consider(name, commands[i]->name, &distance, &best);
    }
    error_set(error, STATUS_USAGE, "there is no command '%s'", name);
    return best ? error_hint(error, "did you mean '%s'?", best) : STATUS_USAGE;
}

/* ---- Parsing --------------------------------------------------------------------------------- */

static const struct option *find_in(const struct option *table, const char *name, size_t len)
{
    EACH_OPTION (option, table)
        if (strlen(option->name) == len && memcmp(option->name, name, len) == 0)
            return option;
    return NULL;
}

/* The option and the place of its value. */
static const struct option *find_option(const struct command *command, const char *name, size_t len,
                                        void *settings, void **place)
{
    const struct option *option = find_in(command->options, name, len);
    char *base = settings;
    if (!option) {
        option = find_in(command->shared.options, name, len);
        base += command->shared.offset;
    }
    if (option)
        *place = base + option->offset;
    return option;
}

/* Parses the option at argv[*at] and moves *at to the last argument that belongs to it. */
static enum status parse_option(const struct command *command, int argc, char **argv, int *at,
                                void *settings, struct error *error)
{
    const char *name = argv[*at] + 2;
    size_t len = strcspn(name, "=");
    const char *value = name[len] == '=' ? name + len + 1 : NULL;
    void *place = NULL;
    const struct option *option = find_option(command, name, len, settings, &place);
    if (!option)
        return unknown_option(command, name, len, error);
    if (!option->value) {
        if (value)
            return error_set(error, STATUS_USAGE, "--%s takes no value", option->name);
        *(bool *)place = true;
        return STATUS_OK;
    }
    if (!value && *at + 1 < argc)
        value = argv[++*at];
    if (!value)
        return error_set(error, STATUS_USAGE, "--%s needs a value: --%s %s", option->name,
                         option->name, option->value);
    if (option->parse(value, place, error) != STATUS_OK)
        return error_wrap(error, "--%s %s", option->name, value);
    return STATUS_OK;
}

static enum status parse_operand(const struct command *command, const char *text, void *settings,
                                 struct error *error)
{
    const char **place = (const char **)((char *)settings + command->operand_offset);
    if (text[0] == '-' && text[1])
        return error_set(error, STATUS_USAGE, "%s has no option %s; options begin with --",
                         command->name, text);
    if (!command->operand)
        return error_set(error, STATUS_USAGE, "%s does not know what to do with '%s'",
                         command->name, text);
    if (*place)
        return error_set(error, STATUS_USAGE, "%s takes one %s; '%s' is one too many",
                         command->name, command->operand, text);
    *place = text;
    return STATUS_OK;
}

enum status options_parse(const struct command *command, int argc, char **argv, void *settings,
                          bool *help, struct error *error)
{
    bool only_operands = false;
    *help = false;
    for (int i = 0; i < argc; i++) {
        if (!only_operands && strcmp(argv[i], "--") == 0)
            only_operands = true;
        else if (!only_operands && (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0))
            *help = true;
        else if (!only_operands && strncmp(argv[i], "--", 2) == 0)
            TRY(parse_option(command, argc, argv, &i, settings, error));
        else
            TRY(parse_operand(command, argv[i], settings, error));
    }
    return STATUS_OK;
}
