/* vocabulary: encodes the word lists as JSON text (RFC 8259, section 7). */
#include "vocabulary.h"

#include <assert.h>

/* Decodes the code point at *text, which is well-formed UTF-8, and moves *text past it. */
static uint32_t consume_code_point(const unsigned char **text)
{
    const unsigned char *at = *text;
    uint32_t lead = *at++;
    uint32_t more = lead < 0x80 ? 0 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    uint32_t code = more ? lead & (0x3Fu >> more) : lead;
    for (; more; more--)
        code = code << 6 | (*at++ & 0x3Fu);
    *text = at;
    return code;
}

static void append_escaped(struct buffer *out, uint32_t code, bool slash)
{
    if (code == '"' || code == '\\' || (code == '/' && slash))
        buffer_appendf(out, "\\%c", (int)code);
    else if (code < 0x80)
        buffer_append_char(out, (char)code);
    else if (code < 0x10000)
        buffer_appendf(out, "\\u%04x", code);
    else
        buffer_appendf(out, "\\u%04x\\u%04x", 0xD800 + ((code - 0x10000) >> 10),
                       0xDC00 + (code & 0x3FF));
}

static struct str escape(struct arena *arena, const char *word, bool slash)
{
    struct buffer CLEANUP(buffer_release) out = {0};
    const unsigned char *at = (const unsigned char *)word;
    while (*at)
        append_escaped(&out, consume_code_point(&at), slash);
    assert(out.len <= WORD_MAX_BYTES);
    return arena_copy(arena, buffer_str(&out));
}

void vocabulary_init(struct vocabulary *vocabulary)
{
    *vocabulary = (struct vocabulary){0};
    struct arena *arena = &vocabulary->arena;
    for (int list = LIST_NONE + 1; list < LIST_COUNT; list++) {
        const struct word_table *table = &word_tables[list];
        struct word *words = arena_alloc(arena, table->count * sizeof *words);
        for (uint32_t i = 0; i < table->count; i++) {
            words[i].text[IN_SONG] = escape(arena, table->words[i], false);
            words[i].text[IN_LOG] = escape(arena, table->words[i], true);
        }
        vocabulary->lists[list] = words;
    }
}

void vocabulary_release(struct vocabulary *vocabulary)
{
    arena_release(&vocabulary->arena);
}

static void phrase_add(struct phrase *phrase, const struct word *word)
{
    assert(phrase->count < PHRASE_MAX_WORDS);
    phrase->words[phrase->count++] = word;
}

void phrase_add_drawn(struct phrase *phrase, const struct vocabulary *vocabulary, enum list list,
                      struct rng *rng)
{
    phrase_add(phrase, vocabulary_draw(vocabulary, list, rng));
}

void phrase_add_symbol(struct phrase *phrase, const struct vocabulary *vocabulary,
                       enum symbol symbol)
{
    phrase_add(phrase, &vocabulary->lists[LIST_SYMBOLS][symbol]);
}

char *put_number(char *at, uint64_t number)
{
    char digits[20];
    unsigned first = sizeof digits;
    do {
        digits[--first] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    return put_str(at, (struct str){digits + first, sizeof digits - first});
}

char *put_phrase(char *at, const struct phrase *phrase, enum writer writer)
{
    *at++ = '"';
    for (uint32_t i = 0; i < phrase->count; i++)
        at = put_str(at, phrase->words[i]->text[writer]);
    *at++ = '"';
    return at;
}
