#include <document.h>

#include <host.h>
#include <printable.h>

#include <ctype.h>
#include <stdlib.h>

json_t *document_text(const char *text)
{
    return text && text[0] ? query_json_text(str_of(text)) : json_null();
}

json_t *document_time(int64_t time_ms)
{
    char text[UTC_TEXT];
    utc_text(time_ms / 1000, text);
    return json_string(text);
}

json_t *document_count(uint64_t count)
{
    return json_integer((json_int_t)count);
}

json_t *document_version(int64_t version)
{
    return version >= 0 ? json_integer((json_int_t)version) : json_null();
}

static json_t *error_json(enum status status, const struct error *error)
{
    char code[64];
    if (status == STATUS_OK)
        return json_null();
    snprintf(code, sizeof code, "%s", status_name(status));
    for (char *letter = code; *letter; letter++)
        *letter = (char)tolower((unsigned char)*letter);
    return json_pack("{ss so so}", "code", code, "message", document_text(error->message), "hint",
                     document_text(host_hint_text(error)));
}

void document_write_value(FILE *out, const json_t *value)
{
    char *text = json_dumps(value, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    if (!text)
        mem_exhausted();
    printable_print_json(out, text);
    free(text);
}

void document_write(FILE *out, const struct command *command, json_t *content, enum status status,
                    const struct error *error)
{
    json_auto_t *document = json_pack(
        "{si so ss ss so}", "format", DOCUMENT_FORMAT, "command",
        document_text(command ? command->name : NULL), "version", SPARKIFY_VERSION, "status",
        status == STATUS_OK ? "ok" : "failed", "error", error_json(status, error));
    if (!document || (content && json_object_update(document, content) != 0))
        mem_exhausted();
    document_write_value(out, document);
}
