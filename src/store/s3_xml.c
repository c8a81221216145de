/* XML by expat: what S3 answers is flat enough for one function that is called at each element's
 * end with its text. */
#include "s3.h"

#include <expat.h>

#define MAX_DEPTH 16

struct reader {
    XML_Parser parser;
    const char *root;
    s3_xml_fn *element;
    void *ctx;
    struct buffer names; /* of the open elements, each terminated */
    size_t begins[MAX_DEPTH];
    unsigned depth;
    struct buffer text; /* of the innermost */
    bool is_wrong;
};

static void stop(struct reader *reader)
{
    reader->is_wrong = true;
    XML_StopParser(reader->parser, XML_FALSE);
}

static void begin_element(void *ctx, const char *name, const char **attributes)
{
    struct reader *reader = ctx;
    const char *colon = strchr(name, ':');
    (void)attributes;
    if (colon)
        name = colon + 1;
    if (reader->depth == MAX_DEPTH ||
        (reader->depth == 0 && reader->root && strcmp(name, reader->root) != 0)) {
        stop(reader);
        return;
    }
    reader->begins[reader->depth++] = reader->names.len;
    buffer_append(&reader->names, name, strlen(name) + 1);
    buffer_reset(&reader->text);
}

static void end_element(void *ctx, const char *name)
{
    struct reader *reader = ctx;
    unsigned depth = --reader->depth;
    const char *parent = depth ? reader->names.data + reader->begins[depth - 1] : "";
    (void)name;
    reader->element(reader->ctx, parent, reader->names.data + reader->begins[depth],
                    reader->text.len ? buffer_str(&reader->text) : STR(""));
    reader->names.len = reader->begins[depth];
    buffer_reset(&reader->text);
}

static void take_text(void *ctx, const char *text, int len)
{
    struct reader *reader = ctx;
    buffer_append(&reader->text, text, (size_t)len);
}

/* S3 never sends one; entities of it are how XML grows without bounds. */
static void refuse_doctype(void *ctx, const char *name, const char *system_id,
                           const char *public_id, int has_internal)
{
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)has_internal;
    stop(ctx);
}

bool s3_xml_read(struct str bytes, const char *root, s3_xml_fn *element, void *ctx)
{
    struct reader reader = {.root = root, .element = element, .ctx = ctx};
    if (bytes.len == 0 || bytes.len > INT32_MAX)
        return false;
    reader.parser = XML_ParserCreate(NULL);
    if (!reader.parser)
        return false;
    XML_SetUserData(reader.parser, &reader);
    XML_SetElementHandler(reader.parser, begin_element, end_element);
    XML_SetCharacterDataHandler(reader.parser, take_text);
    XML_SetStartDoctypeDeclHandler(reader.parser, refuse_doctype);
    bool is_read = XML_Parse(reader.parser, bytes.data, (int)bytes.len, 1) == XML_STATUS_OK;
    XML_ParserFree(reader.parser);
    buffer_release(&reader.names);
    buffer_release(&reader.text);
    return is_read && !reader.is_wrong;
}

void s3_xml_escape(struct str text, struct buffer *out)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c == '&')
            buffer_append_str(out, STR("&amp;"));
        else if (c == '<')
            buffer_append_str(out, STR("&lt;"));
        else if (c == '>')
            buffer_append_str(out, STR("&gt;"));
        else if (c < 0x20)
            buffer_appendf(out, "&#%u;", c);
        else
            buffer_append_char(out, (char)c);
    }
}
