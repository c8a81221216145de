/* XML by expat: the answers of S3 and STS are flat enough for one function that is called at the
 * end of each element with its text. Each answer is checked against a schema: the root, and the
 * children that elements must have, so that another document, or a part of one, is not read as
 * an empty answer. */
#include <xml.h>

#include <expat.h>

#define MAX_DEPTH 16

struct reader {
    XML_Parser parser;
    const struct xml_schema *schema;
    xml_element_fn *element;
    void *ctx;
    struct buffer names; /* of the open elements, each terminated */
    size_t begins[MAX_DEPTH];
    unsigned seen[MAX_DEPTH]; /* which of the schema's fields each open element has had */
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
    if (reader->is_wrong)
        return;
    if (colon)
        name = colon + 1;
    if (reader->depth == MAX_DEPTH ||
        (reader->depth == 0 && reader->schema && strcmp(name, reader->schema->root) != 0)) {
        stop(reader);
        return;
    }
    reader->seen[reader->depth] = 0;
    reader->begins[reader->depth++] = reader->names.len;
    buffer_append(&reader->names, name, strlen(name) + 1);
    buffer_reset(&reader->text);
}

/* Whether the element `name`, which has ended in `parent`, has all its fields, and is no second
 * one where the parent may have one. */
static bool fits_schema(struct reader *reader, unsigned depth, const char *parent, const char *name)
{
    const struct xml_field *fields = reader->schema ? reader->schema->fields : NULL;
    for (unsigned i = 0; fields && i < XML_MAX_FIELDS && fields[i].parent; i++) {
        unsigned bit = 1u << i;
        if (!fields[i].is_optional && strcmp(fields[i].parent, name) == 0 &&
            !(reader->seen[depth] & bit))
            return false;
        if (!depth || strcmp(fields[i].parent, parent) != 0 || strcmp(fields[i].name, name) != 0)
            continue;
        if (reader->seen[depth - 1] & bit)
            return false;
        reader->seen[depth - 1] |= bit;
    }
    return true;
}

/* Also called for an empty element whose begin has stopped the parser. */
static void end_element(void *ctx, const char *raw_name)
{
    struct reader *reader = ctx;
    (void)raw_name;
    if (reader->is_wrong)
        return;
    unsigned depth = --reader->depth;
    const char *parent = depth ? reader->names.data + reader->begins[depth - 1] : "";
    const char *name = reader->names.data + reader->begins[depth];
    if (!fits_schema(reader, depth, parent, name)) {
        stop(reader);
        return;
    }
    if (reader->element)
        reader->element(reader->ctx, parent, name,
                        reader->text.len ? buffer_str(&reader->text) : STR(""));
    reader->names.len = reader->begins[depth];
    buffer_reset(&reader->text);
}

static void append_text(void *ctx, const char *text, int len)
{
    struct reader *reader = ctx;
    buffer_append(&reader->text, text, (size_t)len);
}

/* No service sends a document type; its entities could expand without bounds. */
static void refuse_doctype(void *ctx, const char *name, const char *system_id,
                           const char *public_id, int has_internal)
{
    (void)name, (void)system_id, (void)public_id, (void)has_internal;
    stop(ctx);
}

bool xml_read(struct str bytes, const struct xml_schema *schema, xml_element_fn *element, void *ctx)
{
    struct reader reader = {.schema = schema, .element = element, .ctx = ctx};
    if (bytes.len == 0 || bytes.len > INT32_MAX)
        return false;
    reader.parser = XML_ParserCreate(NULL);
    if (!reader.parser)
        mem_exhausted();
    XML_SetUserData(reader.parser, &reader);
    XML_SetElementHandler(reader.parser, begin_element, end_element);
    XML_SetCharacterDataHandler(reader.parser, append_text);
    XML_SetStartDoctypeDeclHandler(reader.parser, refuse_doctype);
    bool is_read = XML_Parse(reader.parser, bytes.data, (int)bytes.len, 1) == XML_STATUS_OK;
    if (!is_read && XML_GetErrorCode(reader.parser) == XML_ERROR_NO_MEMORY)
        mem_exhausted();
    XML_ParserFree(reader.parser);
    buffer_release(&reader.names);
    buffer_release(&reader.text);
    return is_read && !reader.is_wrong;
}

void xml_escape(struct str text, struct buffer *out)
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
