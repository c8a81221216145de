/* YAML by libyaml: a document as nodes, what is expected of a node, and errors at its line. */
#include <yaml_nodes.h>

#include <model_parse.h>
#include <suggestion.h>

#include <ctype.h>

#define MAX_NESTING    32  /* of lists and mappings */
#define MAX_TEXT_BYTES 512 /* so that messages can show it */

enum status nodes_wrong(struct nodes *nodes, const yaml_node_t *node, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return error_set(nodes->error, STATUS_USAGE, "%s:%zu: %s", nodes->file,
                     node ? node->start_mark.line + 1 : 1, text);
}

/* ---- Loading --------------------------------------------------------------------------------- */

/* What is not text has a place in bytes alone. */
static size_t line_of(const struct nodes *nodes, const yaml_parser_t *parser)
{
    size_t line = 1;
    if (parser->error != YAML_READER_ERROR)
        return parser->problem_mark.line + 1;
    for (size_t i = 0; i < parser->problem_offset && i < nodes->text.len; i++)
        line += nodes->text.data[i] == '\n';
    return line;
}

static enum status not_yaml(struct nodes *nodes, const yaml_parser_t *parser)
{
    static const struct {
        const char *problem, *hint;
    } hints[] = {
        {"cannot start any token", "indent by blanks, not by tabs; quote a text that begins with a "
                                   "special character"},
        {"mapping values are not allowed", "indent the keys of a mapping alike, write a blank "
                                           "behind ':', and quote a text that has ': ' in it"},
        {"did not find expected ',' or", "inside of { } and [ ] quote texts that have one of "
                                         ",:[]{} in them, as \"tags[0]\""},
        {"did not find expected", "indent what belongs together alike, and quote texts that have "
                                  "special characters"},
        {"unexpected end", "close the quotation mark or bracket"},
    };
    if (parser->error == YAML_MEMORY_ERROR || parser->error == YAML_NO_ERROR)
        mem_exhausted(); /* libyaml does not always say so */
    const char *problem = parser->problem ? parser->problem : "this is not YAML";
    error_set(nodes->error, STATUS_USAGE, "%s:%zu: %s", nodes->file, line_of(nodes, parser),
              problem);
    if (parser->context && parser->context_mark.line < parser->problem_mark.line)
        error_set(nodes->error, STATUS_USAGE, "%s:%zu: %s, %s that begins in line %zu", nodes->file,
                  line_of(nodes, parser), problem, parser->context, parser->context_mark.line + 1);
    if (parser->error == YAML_READER_ERROR)
        return error_hint(nodes->error, "a %s is text in UTF-8", nodes->noun);
    for (size_t i = 0; i < ARRAY_LENGTH(hints); i++)
        if (strstr(problem, hints[i].problem))
            return error_hint(nodes->error, "%s", hints[i].hint);
    return STATUS_USAGE;
}

/* libyaml's time grows with the square of the depth of brackets. A text in which brackets seem to
 * lie deep, which those in quotes may do, is read for that alone, as far as its limit. */
static bool may_be_deep(struct str text)
{
    size_t depth = 0;
    for (size_t i = 0; i < text.len && depth <= MAX_NESTING; i++) {
        char c = text.data[i];
        depth += c == '[' || c == '{';
        depth -= depth > 0 && (c == ']' || c == '}');
    }
    return depth > MAX_NESTING;
}

static enum status check_depth(struct nodes *nodes, yaml_parser_t *parser)
{
    yaml_event_t event;
    size_t depth = 0;
    for (yaml_event_type_t type = YAML_NO_EVENT; type != YAML_STREAM_END_EVENT;) {
        if (!yaml_parser_parse(parser, &event))
            return not_yaml(nodes, parser);
        type = event.type;
        size_t line = event.start_mark.line + 1;
        yaml_event_delete(&event);
        depth += type == YAML_SEQUENCE_START_EVENT || type == YAML_MAPPING_START_EVENT;
        depth -= type == YAML_SEQUENCE_END_EVENT || type == YAML_MAPPING_END_EVENT;
        if (depth > MAX_NESTING)
            return error_set(nodes->error, STATUS_USAGE,
                             "%s:%zu: lists and mappings lie more than %d deep", nodes->file, line,
                             MAX_NESTING);
    }
    return STATUS_OK;
}

/* A second document behind "---" would be ignored silently. */
static enum status expect_end(struct nodes *nodes, yaml_parser_t *parser)
{
    yaml_document_t next;
    if (!yaml_parser_load(parser, &next))
        return not_yaml(nodes, parser);
    const yaml_node_t *root = yaml_document_get_root_node(&next);
    enum status status =
        root ? nodes_wrong(nodes, root, "a second document begins here; a file holds one %s",
                           nodes->noun)
             : STATUS_OK;
    yaml_document_delete(&next);
    return status;
}

static enum status load(struct nodes *nodes, yaml_parser_t *parser, bool for_depth)
{
    if (for_depth)
        return check_depth(nodes, parser);
    if (!yaml_parser_load(parser, &nodes->document))
        return not_yaml(nodes, parser);
    bool is_empty = !yaml_document_get_root_node(&nodes->document);
    enum status status = is_empty ? STATUS_OK : expect_end(nodes, parser);
    if (status != STATUS_OK)
        yaml_document_delete(&nodes->document);
    return status;
}

static enum status parse(struct nodes *nodes, bool for_depth)
{
    yaml_parser_t parser;
    struct str text = nodes->text;
    if (!yaml_parser_initialize(&parser))
        mem_exhausted();
    yaml_parser_set_input_string(&parser, (const unsigned char *)(text.data ? text.data : ""),
                                 text.len);
    enum status status = load(nodes, &parser, for_depth);
    yaml_parser_delete(&parser);
    return status;
}

enum status nodes_load(struct nodes *nodes)
{
    struct str text = nodes->text;
    if (text.len > MODEL_MAX_FILE_BYTES)
        return nodes_wrong(nodes, NULL, "the file is too long; a %s has at most %zu bytes",
                           nodes->noun, MODEL_MAX_FILE_BYTES);
    if (may_be_deep(text))
        TRY(parse(nodes, true));
    return parse(nodes, false);
}

void nodes_release(struct nodes *nodes)
{
    yaml_document_delete(&nodes->document);
}

/* ---- Scalars --------------------------------------------------------------------------------- */

enum status nodes_any_text(struct nodes *nodes, const yaml_node_t *node, const char *what,
                           const char **out)
{
    if (node->type != YAML_SCALAR_NODE)
        return nodes_wrong(nodes, node, "expected %s, found a %s", what,
                           node->type == YAML_SEQUENCE_NODE ? "list" : "mapping");
    struct str text = {(const char *)node->data.scalar.value, node->data.scalar.length};
    if (memchr(text.data, '\0', text.len))
        return nodes_wrong(nodes, node, "expected %s, found a null byte", what);
    *out = arena_text(nodes->arena, text);
    return STATUS_OK;
}

enum status nodes_long_text(struct nodes *nodes, const yaml_node_t *node, const char *what,
                            const char **out)
{
    if (node->type == YAML_SCALAR_NODE && node->data.scalar.length == 0)
        return nodes_wrong(nodes, node, "expected %s, found nothing", what);
    return nodes_any_text(nodes, node, what, out);
}

enum status nodes_text(struct nodes *nodes, const yaml_node_t *node, const char *what,
                       const char **out)
{
    TRY(nodes_long_text(nodes, node, what, out));
    size_t len = strlen(*out);
    return len <= MAX_TEXT_BYTES
               ? STATUS_OK
               : nodes_wrong(nodes, node, "expected %s of at most %d bytes, found a text of %zu",
                             what, MAX_TEXT_BYTES, len);
}

enum status nodes_line(struct nodes *nodes, const yaml_node_t *node, const char *what,
                       const char **out)
{
    TRY(nodes_text(nodes, node, what, out));
    for (const char *at = *out; *at; at++)
        if (iscntrl((unsigned char)*at))
            return nodes_wrong(nodes, node, "expected %s, found a text with control characters",
                               what);
    return STATUS_OK;
}

static bool is_name(const char *text)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++)
        if (text[i] != '_' && !(text[i] >= 'a' && text[i] <= 'z') &&
            !(text[i] >= 'A' && text[i] <= 'Z') && !(i > 0 && text[i] >= '0' && text[i] <= '9'))
            return false;
    return len <= MODEL_MAX_NAME_BYTES;
}

enum status nodes_name(struct nodes *nodes, const yaml_node_t *node, const char *what,
                       const char **out)
{
    const char *text;
    TRY(nodes_text(nodes, node, what, &text));
    if (!is_name(text)) {
        nodes_wrong(nodes, node, "'%s' cannot be %s", text, what);
        return error_hint(nodes->error,
                          "a name has letters, digits and '_', does not begin with a digit, and "
                          "has at most %d bytes",
                          MODEL_MAX_NAME_BYTES);
    }
    *out = text;
    return STATUS_OK;
}

static void append_choices(const struct node_word *words, struct buffer *out)
{
    for (size_t i = 0; words[i].word; i++)
        buffer_appendf(out, "%s%s", i == 0 ? "" : words[i + 1].word ? ", " : " or ", words[i].word);
}

enum status nodes_word(struct nodes *nodes, const yaml_node_t *node, const char *what,
                       const struct node_word *words, int *out)
{
    CLEANUP(buffer_release) struct buffer choices = {0};
    const char *text;
    append_choices(words, &choices);
    TRY(nodes_text(nodes, node, buffer_text(&choices), &text));
    for (size_t i = 0; words[i].word; i++)
        if (strcmp(words[i].word, text) == 0) {
            *out = words[i].value;
            return STATUS_OK;
        }
    return nodes_wrong(nodes, node, "'%s' is no %s; write %s", text, what, buffer_text(&choices));
}

/* ---- Mappings and lists ---------------------------------------------------------------------- */

static enum status read_pair(struct nodes *nodes, const yaml_node_pair_t *from,
                             struct node_pair *pair)
{
    pair->key = yaml_document_get_node(&nodes->document, from->key);
    pair->value = yaml_document_get_node(&nodes->document, from->value);
    return nodes_text(nodes, pair->key, "a name", &pair->name);
}

static enum status twice(struct nodes *nodes, const struct node_pair *pair,
                         const yaml_node_t *first)
{
    return nodes_wrong(nodes, pair->key, "'%s' is there twice, first in line %zu", pair->name,
                       first->start_mark.line + 1);
}

enum status nodes_any_pairs(struct nodes *nodes, const yaml_node_t *node, const char *what,
                            size_t max, struct node_pair **out, size_t *out_count)
{
    if (node->type != YAML_MAPPING_NODE)
        return nodes_wrong(nodes, node, "expected %s", what);
    const yaml_node_pair_t *pairs = node->data.mapping.pairs.start;
    size_t count = (size_t)(node->data.mapping.pairs.top - pairs);
    if (count > max)
        return nodes_wrong(nodes, node, "expected %s: at most %zu, found %zu", what, max, count);
    struct node_pair *all = arena_alloc(nodes->arena, count * sizeof *all);
    for (size_t i = 0; i < count; i++) {
        TRY(read_pair(nodes, &pairs[i], &all[i]));
        for (size_t j = 0; j < i; j++)
            if (strcmp(all[j].name, all[i].name) == 0)
                return twice(nodes, &all[i], all[j].key);
    }
    *out = all;
    *out_count = count;
    return STATUS_OK;
}

enum status nodes_pairs(struct nodes *nodes, const yaml_node_t *node, const char *what, size_t max,
                        struct node_pair **out, size_t *out_count)
{
    TRY(nodes_any_pairs(nodes, node, what, max, out, out_count));
    return *out_count ? STATUS_OK : nodes_wrong(nodes, node, "expected %s, found none", what);
}

/* Keys that must be there begin with '!' in a list. */
static const char *name_of(const char *key)
{
    return key + (key[0] == '!');
}

/* "the source 'songs'" */
static const char *words_of(struct nodes *nodes, const struct node_pair *pair, const char *what)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    buffer_appendf(&text, pair->name ? "the %s '%s'" : "the %s", what, pair->name);
    return arena_text(nodes->arena, buffer_str(&text));
}

static enum status unknown_key(struct nodes *nodes, const struct node_pair *pair, const char *what,
                               const char *const *known)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    struct suggestion near;
    suggestion_init(&near, pair->name);
    for (size_t i = 0; known[i]; i++)
        suggestion_consider(&near, name_of(known[i]));
    nodes_wrong(nodes, pair->key, "%s has no key '%s'", what, pair->name);
    if (strchr(pair->name, ')')) /* of {type: decimal(10,2)} */
        return error_hint(nodes->error, "quote it inside of braces: \"decimal(10,2)\"");
    if (suggestion_hint(&near, "", nodes->error))
        return nodes->error->status;
    for (size_t i = 0; known[i]; i++)
        buffer_appendf(&text, "%s%s", i ? ", " : "", name_of(known[i]));
    return error_hint(nodes->error, "its keys are: %s", buffer_text(&text));
}

/* One by one, so that a file of many unknown keys is refused at the first of them. */
enum status nodes_keys(struct nodes *nodes, const struct node_pair *of, const char *what,
                       const char *const *known, const yaml_node_t **values)
{
    const yaml_node_t *keys[NODES_MAX_KEYS];
    what = words_of(nodes, of, what);
    for (size_t k = 0; known[k]; k++)
        values[k] = NULL;
    if (of->value->type != YAML_MAPPING_NODE)
        return nodes_wrong(nodes, of->value, "expected the keys of %s", what);
    const yaml_node_pair_t *pairs = of->value->data.mapping.pairs.start;
    for (; pairs < of->value->data.mapping.pairs.top; pairs++) {
        struct node_pair pair;
        size_t k = 0;
        TRY(read_pair(nodes, pairs, &pair));
        while (known[k] && strcmp(name_of(known[k]), pair.name) != 0)
            k++;
        if (!known[k])
            return unknown_key(nodes, &pair, what, known);
        if (values[k])
            return twice(nodes, &pair, keys[k]);
        keys[k] = pair.key;
        values[k] = pair.value;
    }
    for (size_t k = 0; known[k]; k++)
        if (known[k][0] == '!' && !values[k])
            return nodes_wrong(nodes, of->key, "%s has no '%s'", what, name_of(known[k]));
    return STATUS_OK;
}

enum status nodes_list(struct nodes *nodes, const yaml_node_t *node, const char *what, size_t max,
                       const yaml_node_t **out, size_t *out_count)
{
    if (node->type == YAML_SCALAR_NODE) {
        out[0] = node;
        *out_count = 1;
        return STATUS_OK;
    }
    if (node->type != YAML_SEQUENCE_NODE)
        return nodes_wrong(nodes, node, "expected %s, or a list of them", what);
    const yaml_node_item_t *items = node->data.sequence.items.start;
    size_t count = (size_t)(node->data.sequence.items.top - items);
    if (count == 0 || count > max)
        return nodes_wrong(nodes, node, "expected %s, or a list of 1 to %zu of them, found %zu",
                           what, max, count);
    for (size_t i = 0; i < count; i++)
        out[i] = yaml_document_get_node(&nodes->document, items[i]);
    *out_count = count;
    return STATUS_OK;
}
