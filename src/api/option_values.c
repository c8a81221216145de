/* Parsers of option values. */
#include <options.h>
#include <suggestion.h>

#include <calendar.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

enum status option_parse_text(const char *text, void *out, struct error *error)
{
    if (!text[0])
        return error_set(error, STATUS_USAGE, "expected a value that is not empty");
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
        return error_set(error, STATUS_USAGE, "expected a number of seconds, at most 86400");
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
    for (size_t i = 0; len && i < ARRAY_LENGTH(units); i++)
        if (text[len - 1] == units[i].letter && parse_uint64(buffer_text(&number_text), &number) &&
            number <= 36500) {
            *(int64_t *)out = (int64_t)(number * units[i].ms);
            return STATUS_OK;
        }
    return error_set(error, STATUS_USAGE,
                     "expected a time such as 90s, 10m, 2h or 7d, with a number up to 36500");
}

enum status option_parse_day(const char *text, void *out, struct error *error)
{
    int64_t days;
    if (!calendar_parse(str_of(text), &days) || days < 0)
        return error_set(error, STATUS_USAGE,
                         "expected a day from 1970-01-01 to 9999-12-31, such as 2018-11-01");
    *(int64_t *)out = days * MS_PER_DAY * 1000;
    return STATUS_OK;
}

/* Without a letter: bytes. */
enum status option_parse_size(const char *text, void *out, struct error *error)
{
    static const char letters[] = "KMGT";
    char *end;
    errno = 0;
    uint64_t number = strtoull(text, &end, 10);
    const char *letter = *end ? strchr(letters, *end) : NULL;
    unsigned shift = letter ? 10 * (unsigned)(letter - letters + 1) : 0;
    if (!isdigit((unsigned char)text[0]) || errno || (*end && (!letter || end[1])) ||
        number > (uint64_t)INT64_MAX >> shift)
        return error_set(error, STATUS_USAGE, "expected a size such as 500M or 2G");
    *(uint64_t *)out = number << shift;
    return STATUS_OK;
}

enum status option_parse_share(const char *text, void *out, struct error *error)
{
    char *end;
    double share = double_parse(text, &end);
    if (end == text || *end || !(share >= 0 && share <= 1))
        return error_set(error, STATUS_USAGE, "expected a number from 0 to 1");
    *(double *)out = share;
    return STATUS_OK;
}

static void list_words(const struct option_word *words, struct buffer *out)
{
    for (size_t i = 0; words[i].name; i++)
        buffer_appendf(out, "%s%s", i == 0 ? "" : words[i + 1].name ? ", " : " or ", words[i].name);
}

enum status option_parse_word(const struct option_word *words, const char *text, int *out,
                              struct error *error)
{
    CLEANUP(buffer_release) struct buffer list = {0};
    struct suggestion suggestion;
    suggestion_init(&suggestion, text);
    for (size_t i = 0; words[i].name; i++) {
        if (strcmp(words[i].name, text) == 0) {
            *out = words[i].value;
            return STATUS_OK;
        }
        suggestion_consider(&suggestion, words[i].name);
    }
    list_words(words, &list);
    error_set(error, STATUS_USAGE, "expected %s", buffer_text(&list));
    suggestion_hint(&suggestion, "", error);
    return STATUS_USAGE;
}
