/* YAML by libyaml: a document as nodes, what is expected of a node, and errors at its line. */
#include "model_yaml.h"

#include <model_parse.h>
#include <suggestion.h>

#include <ctype.h>
#include <stdio.h>

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

static enum status not_yaml(struct nodes *nodes, const yaml_parser_t *parser)
{
    if (parser->error == YAML_MEMORY_ERROR)
        mem_exhausted();
    return error_set(nodes->error, STATUS_USAGE, "%s:%zu: %s", nodes->file,
                     parser->problem_mark.line + 1,
                     parser->problem ? parser->problem : "this is not YAML");
}

/* A second document behind "---" would be ignored silently. */
static enum status expect_end(struct nodes *nodes, yaml_parser_t *parser)
{
    yaml_document_t next;
    if (!yaml_parser_load(parser, &next))
        return not_yaml(nodes, parser);
    const yaml_node_t *root = yaml_document_get_root_node(&next);
    enum status status =
        root ? nodes_wrong(nodes, root, "a second document begins here; a file holds one model")
             : STATUS_OK;
    yaml_document_delete(&next);
    return status;
}

static enum status load(struct nodes *nodes, yaml_parser_t *parser)
{
    if (!yaml_parser_load(parser, &nodes->document))
        return not_yaml(nodes, parser);
    enum status status = yaml_document_get_root_node(&nodes->document)
                             ? expect_end(nodes, parser)
                             : nodes_wrong(nodes, NULL, "the file is empty");
    if (status != STATUS_OK)
        yaml_document_delete(&nodes->document);
    return status;
}

enum status nodes_load(struct nodes *nodes, struct str text)
{
    yaml_parser_t parser;
    if (text.len > MODEL_MAX_FILE_BYTES)
        return nodes_wrong(nodes, NULL, "the file has %zu bytes; a model has at most %zu", text.len,
                           MODEL_MAX_FILE_BYTES);
    if (!yaml_parser_initialize(&parser))
        mem_exhausted();
    yaml_parser_set_input_string(&parser, (const unsigned char *)(text.data ? text.data : ""),
                                 text.len);
    enum status status = load(nodes, &parser);
    yaml_parser_delete(&parser);
    return status;
}

void nodes_release(struct nodes *nodes)
{
    yaml_document_delete(&nodes->document);
}

/* ---- Scalars --------------------------------------------------------------------------------- */

enum status nodes_text(struct nodes *nodes, const yaml_node_t *node, const char *what,
                       const char **out)
{
    if (node->type != YAML_SCALAR_NODE)
        return nodes_wrong(nodes, node, "expected %s, found a %s", what,
                           node->type == YAML_SEQUENCE_NODE ? "list" : "mapping");
    struct str text = {(const char *)node->data.scalar.value, node->data.scalar.length};
    if (text.len == 0)
        return nodes_wrong(nodes, node, "expected %s, found nothing", what);
    if (memchr(text.data, '\0', text.len))
        return nodes_wrong(nodes, node, "expected %s, found a null byte", what);
    *out = arena_text(nodes->arena, text);
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
                             struct node_pair *pairs, size_t before)
{
    struct node_pair *pair = &pairs[before];
    pair->key = yaml_document_get_node(&nodes->document, from->key);
    pair->value = yaml_document_get_node(&nodes->document, from->value);
    TRY(nodes_text(nodes, pair->key, "a name", &pair->name));
    for (size_t i = 0; i < before; i++)
        if (strcmp(pairs[i].name, pair->name) == 0)
            return nodes_wrong(nodes, pair->key, "'%s' is there twice, first in line %zu",
                               pair->name, pairs[i].key->start_mark.line + 1);
    return STATUS_OK;
}

enum status nodes_pairs(struct nodes *nodes, const yaml_node_t *node, const char *what, size_t max,
                        struct node_pair **out, size_t *out_count)
{
    if (node->type != YAML_MAPPING_NODE)
        return nodes_wrong(nodes, node, "expected %s", what);
    const yaml_node_pair_t *pairs = node->data.mapping.pairs.start;
    size_t count = (size_t)(node->data.mapping.pairs.top - pairs);
    if (count == 0)
        return nodes_wrong(nodes, node, "expected %s, found none", what);
    if (count > max)
        return nodes_wrong(nodes, node, "%zu entries; at most %zu are possible here", count, max);
    struct node_pair *all = arena_alloc(nodes->arena, count * sizeof *all);
    for (size_t i = 0; i < count; i++)
        TRY(read_pair(nodes, &pairs[i], all, i));
    *out = all;
    *out_count = count;
    return STATUS_OK;
}

static enum status unknown_key(struct nodes *nodes, const struct node_pair *pair, const char *what,
                               const char *const *known)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    struct suggestion near;
    suggestion_init(&near, pair->name);
    for (size_t i = 0; known[i]; i++)
        suggestion_consider(&near, known[i]);
    nodes_wrong(nodes, pair->key, "%s has no key '%s'", what, pair->name);
    if (suggestion_append(&near, "", &text))
        return error_hint(nodes->error, "did you mean %s?", buffer_text(&text));
    for (size_t i = 0; known[i]; i++)
        buffer_appendf(&text, "%s%s", i ? ", " : "", known[i]);
    return error_hint(nodes->error, "its keys are: %s", buffer_text(&text));
}

enum status nodes_keys(struct nodes *nodes, const yaml_node_t *node, const char *what,
                       const char *const *known, const yaml_node_t **values)
{
    CLEANUP(buffer_release) struct buffer expected = {0};
    struct node_pair *pairs = NULL;
    size_t count = 0;
    for (size_t k = 0; known[k]; k++)
        values[k] = NULL;
    buffer_appendf(&expected, "the keys of %s", what);
    TRY(nodes_pairs(nodes, node, buffer_text(&expected), SIZE_MAX, &pairs, &count));
    for (size_t i = 0; i < count; i++) {
        size_t k = 0;
        while (known[k] && strcmp(known[k], pairs[i].name) != 0)
            k++;
        if (!known[k])
            return unknown_key(nodes, &pairs[i], what, known);
        values[k] = pairs[i].value;
    }
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
        return nodes_wrong(nodes, node, "%zu entries; 1 to %zu are possible here", count, max);
    for (size_t i = 0; i < count; i++)
        out[i] = yaml_document_get_node(&nodes->document, items[i]);
    *out_count = count;
    return STATUS_OK;
}
