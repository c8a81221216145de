/* The entries of an ini file. Parsed here, as the libraries cut long lines (a session token has
 * more than 1,000 bytes), end a value at " ;" even in quotes, or append an indented line to the
 * value before, which Amazon's files do not mean. */
#include "ini_text.h"

#include <strings.h>

#define BYTE_ORDER_MARK STR("\xEF\xBB\xBF")

struct reader {
    struct str rest;     /* of the text */
    struct str section;  /* of the lines from here on */
    size_t indent;       /* of this line */
    size_t entry_indent; /* of the section's entries that are not nested; SIZE_MAX: none yet */
    unsigned line;       /* its number */
    struct ini_outcome outcome;
    ini_entry_fn *entry;
    void *ctx;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool ends_with_nocase(struct str s, struct str suffix)
{
    return s.len >= suffix.len &&
           strncasecmp(s.data + s.len - suffix.len, suffix.data, suffix.len) == 0;
}

/* Cuts off Markdown's line break "<br/>", which is copied along with lines of a README. */
static struct str without_breaks(struct str s)
{
    static const struct str breaks[] = {{"<br/>", 5}, {"<br />", 6}, {"<br>", 4}};
    for (size_t i = 0; i < ARRAY_LENGTH(breaks);) {
        if (ends_with_nocase(s, breaks[i])) {
            s.len -= breaks[i].len;
            s = str_trim(s);
            i = 0;
        } else {
            i++;
        }
    }
    return s;
}

/* A comment begins after a blank: a secret may hold '#' and ';', but no blank. */
static struct str without_comment(struct str s)
{
    char quote = '\0', before = ' ';
    for (size_t i = 0; i < s.len; i++) {
        char c = s.data[i];
        bool is_first = is_blank(before);
        if (quote)
            quote = c == quote ? '\0' : quote;
        else if ((c == '"' || c == '\'') && (is_first || before == '=' || before == ':'))
            quote = c;
        else if ((c == '#' || c == ';') && is_first)
            return (struct str){s.data, i};
        before = c;
    }
    return s;
}

static struct str without_quotes(struct str s)
{
    if (s.len >= 2 && (*s.data == '"' || *s.data == '\'') && s.data[s.len - 1] == *s.data)
        return (struct str){s.data + 1, s.len - 2};
    return s;
}

static size_t find_byte(struct str s, const char *bytes)
{
    for (size_t i = 0; i < s.len; i++)
        if (strchr(bytes, s.data[i]))
            return i;
    return s.len;
}

/* Consumes the next line, and returns it without white space and comments. */
static struct str consume_line(struct reader *reader)
{
    struct str line = {reader->rest.data, find_byte(reader->rest, "\r\n")};
    struct str end = {line.data + line.len, reader->rest.len - line.len};
    size_t consumed = line.len + (str_starts_with(end, STR("\r\n")) ? 2 : end.len > 0);
    reader->rest = str_from(reader->rest, consumed);
    struct str trimmed = str_trim(line);
    reader->indent = (size_t)(trimmed.data - line.data);
    return without_breaks(str_trim(without_comment(without_breaks(trimmed))));
}

/* Parses "[section]"; false when the ']' is missing. */
static bool parse_section(struct reader *reader, struct str line)
{
    struct str name = str_from(line, 1);
    size_t len = find_byte(name, "]");
    bool is_whole = len < name.len;
    name.len = len;
    reader->section = str_trim(name);
    reader->entry_indent = SIZE_MAX;
    return is_whole;
}

/* Parses "name = value" and calls `entry`; false for any other line. */
static bool parse_entry(struct reader *reader, struct str line)
{
    size_t name_len = find_byte(line, "=:");
    if (name_len == line.len)
        return false;
    struct str name = str_trim((struct str){line.data, name_len});
    struct str value = str_trim(str_from(line, name_len + 1));
    bool is_nested = reader->indent > reader->entry_indent;
    if (!is_nested)
        reader->entry_indent = reader->indent;
    struct ini_entry entry = {reader->section, without_quotes(name), without_quotes(value), value,
                              is_nested};
    reader->outcome.entries++;
    reader->entry(reader->ctx, &entry);
    return true;
}

static void read_line(struct reader *reader)
{
    struct str line = consume_line(reader);
    bool is_known = true;
    reader->line++;
    if (line.len && *line.data == '[')
        is_known = parse_section(reader, line);
    else if (line.len)
        is_known = parse_entry(reader, line);
    if (!is_known && !reader->outcome.unknown_line)
        reader->outcome.unknown_line = reader->line;
}

static bool is_text(struct str bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char c = (unsigned char)bytes.data[i];
        if ((c < ' ' && !is_blank((char)c)) || c == 0x7F)
            return false;
    }
    return true;
}

struct ini_outcome ini_text_read(struct str text, ini_entry_fn *entry, void *ctx)
{
    struct reader reader = {
        .rest = text, .section = STR(""), .entry_indent = SIZE_MAX, .entry = entry, .ctx = ctx};
    if (!is_text(text))
        return reader.outcome;
    if (str_starts_with(text, BYTE_ORDER_MARK)) {
        reader.rest = str_from(reader.rest, BYTE_ORDER_MARK.len);
    }
    reader.outcome.is_text = true;
    while (reader.rest.len)
        read_line(&reader);
    return reader.outcome;
}

bool ini_name_equal(struct str name, const char *other)
{
    return name.len == strlen(other) && strncasecmp(name.data, other, name.len) == 0;
}
