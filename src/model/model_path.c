/* Paths of fields: keys with dots between, and indexes of elements in brackets. A key that has one
 * of these signs, or a backtick, stands in backticks, in which a backtick is written twice. */
#include "model_path.h"

#include <model_parse.h>

#define SPECIAL   ".[]`"
#define MAX_INDEX 9999

struct parsing {
    struct arena *arena;
    const char *at;
    struct model_step steps[MODEL_MAX_DEPTH];
    uint8_t depth;
    const char *why;
};

static bool wrong(struct parsing *parsing, const char *why)
{
    parsing->why = why;
    return false;
}

static bool add_step(struct parsing *parsing, struct model_step step)
{
    if (parsing->depth == MODEL_MAX_DEPTH)
        return wrong(parsing, "it has more steps than the 16 that are possible");
    parsing->steps[parsing->depth++] = step;
    return true;
}

static bool parse_quoted(struct parsing *parsing)
{
    size_t len = 0;
    char *key = arena_alloc(parsing->arena, strlen(parsing->at) + 1);
    for (parsing->at++; *parsing->at; parsing->at++) {
        if (*parsing->at == '`' && *++parsing->at != '`')
            return add_step(parsing, (struct model_step){{key, len}, 0});
        key[len++] = *parsing->at;
    }
    return wrong(parsing, "a ` is missing behind a key");
}

static bool parse_bare(struct parsing *parsing)
{
    size_t len = strcspn(parsing->at, SPECIAL);
    struct str key = {parsing->at, len};
    if (len == 0)
        return wrong(parsing, "a key is missing");
    parsing->at += len;
    return add_step(parsing, (struct model_step){arena_copy(parsing->arena, key), 0});
}

static bool parse_index(struct parsing *parsing)
{
    int index = 0;
    const char *digit = parsing->at + 1;
    for (; *digit >= '0' && *digit <= '9' && index <= MAX_INDEX; digit++)
        index = index * 10 + (*digit - '0');
    if (digit == parsing->at + 1 || *digit != ']' || index > MAX_INDEX)
        return wrong(parsing, "in brackets stands the number of an element, 0 to 9999");
    parsing->at = digit + 1;
    return add_step(parsing, (struct model_step){STR_NULL, index});
}

/* A key, and the indexes behind it. */
static bool parse_part(struct parsing *parsing)
{
    if (!(*parsing->at == '`' ? parse_quoted(parsing) : parse_bare(parsing)))
        return false;
    while (*parsing->at == '[')
        if (!parse_index(parsing))
            return false;
    return *parsing->at == '\0' || *parsing->at == '.' ||
           wrong(parsing, "a '.' is missing between two keys");
}

static bool parse(struct parsing *parsing)
{
    for (;; parsing->at++) { /* behind a '.' */
        if (!parse_part(parsing))
            return false;
        if (*parsing->at != '.')
            return true;
    }
}

bool model_path_parse(struct arena *arena, const char *text, const struct model_step **out,
                      uint8_t *out_depth, const char **out_why)
{
    struct parsing parsing = {.arena = arena, .at = text};
    if (!parse(&parsing)) {
        *out_why = parsing.why;
        return false;
    }
    struct model_step *steps = arena_alloc(arena, parsing.depth * sizeof *steps);
    memcpy(steps, parsing.steps, parsing.depth * sizeof *steps);
    *out = steps;
    *out_depth = parsing.depth;
    return true;
}

static bool is_bare(struct str key)
{
    for (size_t i = 0; i < key.len; i++)
        if (strchr(SPECIAL, key.data[i]))
            return false;
    return key.len > 0;
}

static void append_key(struct str key, struct buffer *out)
{
    if (is_bare(key)) {
        buffer_append_str(out, key);
        return;
    }
    buffer_append_char(out, '`');
    for (size_t i = 0; i < key.len; i++) {
        if (key.data[i] == '`')
            buffer_append_char(out, '`');
        buffer_append_char(out, key.data[i]);
    }
    buffer_append_char(out, '`');
}

void model_path_append(const struct model_step *steps, size_t depth, struct buffer *out)
{
    for (size_t i = 0; i < depth; i++) {
        if (!steps[i].key.data) {
            buffer_appendf(out, "[%d]", steps[i].index);
            continue;
        }
        if (i > 0)
            buffer_append_char(out, '.');
        append_key(steps[i].key, out);
    }
}

bool model_path_holds(const struct model_field *outer, const struct model_field *inner)
{
    if (outer->depth > inner->depth)
        return false;
    for (size_t i = 0; i < outer->depth; i++)
        if (!str_equal(outer->path[i].key, inner->path[i].key) ||
            outer->path[i].index != inner->path[i].index)
            return false;
    return true;
}
