/* One JSON object a line: source, file, line, byte_offset, code, reason, record (SEMANTICS,
 * Rejected records). */
#include <output.h>

#include <inttypes.h>

#define WRITE_BYTES ((size_t)1 << 20)

void rejects_init(struct rejects *rejects, struct lake *lake)
{
    *rejects = (struct rejects){.lake = lake};
}

void rejects_release(struct rejects *rejects)
{
    lake_upload_abort(rejects->upload);
    buffer_release(&rejects->text);
    *rejects = (struct rejects){0};
}

/* Names of files may be any bytes. */
static void quote_name(struct buffer *out, struct str name)
{
    CLEANUP(buffer_release) struct buffer clean = {0};
    buffer_append_utf8(&clean, name);
    json_quote(out, buffer_str(&clean));
}

/* RFC 4648, section 4. */
static void append_base64(struct buffer *out, struct str bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *in = (const unsigned char *)bytes.data;
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t left = bytes.len - i;
        uint32_t three = (uint32_t)in[i] << 16 | (left > 1 ? (uint32_t)in[i + 1] << 8 : 0) |
                         (left > 2 ? in[i + 2] : 0);
        char four[4] = {digits[three >> 18], digits[three >> 12 & 63],
                        left > 1 ? digits[three >> 6 & 63] : '=',
                        left > 2 ? digits[three & 63] : '='};
        buffer_append(out, four, sizeof four);
    }
}

static void append_record(struct buffer *out, const struct reject_line *line)
{
    struct str record = line->record;
    if (line->record_base64.data) {
        buffer_append_str(out, STR(",\"record_base64\":"));
        json_quote(out, line->record_base64);
    } else if (utf8_valid_prefix(record.data, record.len) == record.len) {
        buffer_append_str(out, STR(",\"record\":"));
        json_quote(out, record);
    } else {
        buffer_append_str(out, STR(",\"record_base64\":\""));
        append_base64(out, record);
        buffer_append_char(out, '"');
    }
}

static void append_number(struct buffer *out, const char *name, const uint64_t *number)
{
    buffer_appendf(out, ",\"%s\":", name);
    if (number)
        buffer_appendf(out, "%" PRIu64, *number);
    else
        buffer_append_str(out, STR("null"));
}

static void append_reject(struct buffer *out, const struct reject_line *line)
{
    buffer_appendf(out, "{\"source\":\"%s\",\"file\":", line->source->name);
    quote_name(out, line->file);
    append_number(out, "line", line->line ? &line->line : NULL);
    append_number(out, "byte_offset", line->offset);
    buffer_appendf(out, ",\"code\":\"%s\",\"reason\":", reject_code_word(line->code));
    json_quote(out, line->reason);
    append_record(out, line);
    buffer_append_str(out, STR("}\n"));
}

static enum status write_text(struct rejects *rejects, struct error *error)
{
    if (!rejects->upload)
        TRY(lake_rejects_begin(rejects->lake, &rejects->upload, error));
    TRY(lake_upload_write(rejects->upload, buffer_str(&rejects->text), error));
    buffer_reset(&rejects->text);
    return STATUS_OK;
}

enum status rejects_write(struct rejects *rejects, const struct reject_line *line,
                          struct error *error)
{
    append_reject(&rejects->text, line);
    rejects->count++;
    return rejects->text.len >= WRITE_BYTES ? write_text(rejects, error) : STATUS_OK;
}

enum status rejects_finish(struct rejects *rejects, struct error *error)
{
    if (rejects->count == 0)
        return STATUS_OK;
    TRY(write_text(rejects, error));
    struct lake_upload *upload = rejects->upload;
    rejects->upload = NULL;
    return lake_upload_finish(upload, rejects->count, NULL, error);
}
