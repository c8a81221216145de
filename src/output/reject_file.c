/* The files of rejected records: one JSON object a line with source, file, line, byte_offset, code,
 * reason, record (docs/semantics.md, Rejected records).
 *
 * A run that fails because of its rejects must not fill the disk: a few KiB of gzip may hold a
 * million. So the first rejects of each source go into one file, the others into a second file that
 * is deleted when the run fails. Where the limit is a number of rejects, the run fails as soon as
 * there are more, and the second file ends then; a share of the records is known only at the end.
 */
#include <output.h>

#include <inttypes.h>
#include <openssl/evp.h>

#define WRITE_BYTES ((size_t)1 << 20)

static void part_release(struct rejects_part *part)
{
    lake_upload_abort(part->upload);
    buffer_release(&part->text);
    *part = (struct rejects_part){0};
}

void rejects_release(struct rejects *rejects)
{
    part_release(&rejects->first);
    part_release(&rejects->rest);
    arena_release(&rejects->arena);
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
    char *to = buffer_reserve(out, (bytes.len + 2) / 3 * 4 + 1);
    out->len += (size_t)EVP_EncodeBlock((unsigned char *)to, (const unsigned char *)bytes.data,
                                        (int)bytes.len);
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

static enum status write_text(struct rejects *rejects, struct rejects_part *part,
                              struct error *error)
{
    if (!part->upload)
        TRY(lake_rejects_begin(rejects->lake, part == &rejects->rest, &part->upload, error));
    TRY(lake_upload_write(part->upload, buffer_str(&part->text), error));
    buffer_reset(&part->text);
    return STATUS_OK;
}

static void add_sample(struct rejects *rejects, struct rejects_source *source,
                       const struct reject_line *line)
{
    if (source->sample_count == REJECTS_SHOWN)
        return;
    source->samples[source->sample_count++] = (struct reject_sample){
        .file = arena_copy(&rejects->arena, line->file),
        .reason = arena_copy(&rejects->arena, line->reason),
        .line = line->line,
        .code = line->code,
    };
}

enum status rejects_write(struct rejects *rejects, const struct reject_line *line,
                          struct error *error)
{
    struct rejects_source *source =
        &rejects->sources[line->source - lake_model(rejects->lake)->sources];
    add_sample(rejects, source, line);
    source->count++;
    bool is_first = source->count <= REJECTS_ALWAYS_WRITTEN;
    if (!is_first && source->count > rejects->most) {
        part_release(&rejects->rest); /* the run fails: further rejects are only counted */
        return STATUS_OK;
    }
    struct rejects_part *part = is_first ? &rejects->first : &rejects->rest;
    append_reject(&part->text, line);
    part->count++;
    return part->text.len >= WRITE_BYTES ? write_text(rejects, part, error) : STATUS_OK;
}

static enum status finish_part(struct rejects *rejects, struct rejects_part *part,
                               struct error *error)
{
    if (part->count == 0)
        return STATUS_OK;
    TRY(write_text(rejects, part, error));
    struct lake_upload *upload = part->upload;
    part->upload = NULL;
    return lake_upload_finish(upload, part->count, NULL, error);
}

enum status rejects_finish(struct rejects *rejects, bool all, struct error *error)
{
    if (!all)
        part_release(&rejects->rest);
    TRY(finish_part(rejects, &rejects->first, error));
    return finish_part(rejects, &rejects->rest, error);
}
