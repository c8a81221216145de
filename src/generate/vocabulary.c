/* vocabulary: reads the word lists, and encodes them as JSON text (RFC 8259, section 7).
 *
 * In words.txt a list stands below a line "== NAME", a word in a line; a place has its latitude and
 * longitude behind tabs. As in the real data, a user agent with a comma is in quotation marks of
 * its own. */
#include "vocabulary.h"

#include <assert.h>
#include <utf8proc.h>
#include <word_texts.h>

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

static struct str escape(struct arena *arena, struct str word, bool slash)
{
    struct buffer CLEANUP(buffer_release) out = {0};
    utf8proc_int32_t code;
    for (size_t at = 0; at < word.len;) {
        at += (size_t)utf8proc_iterate((const utf8proc_uint8_t *)word.data + at,
                                       (utf8proc_ssize_t)(word.len - at), &code);
        append_escaped(&out, (uint32_t)code, slash);
    }
    assert(out.len <= WORD_MAX_BYTES);
    return arena_copy(arena, buffer_str(&out));
}

/* Removes what stands before the first tab, or all, and that. */
static struct str consume_part(struct str *line)
{
    const char *tab = line->len ? memchr(line->data, '\t', line->len) : NULL;
    struct str part = {line->data, tab ? (size_t)(tab - line->data) : line->len};
    *line = tab ? (struct str){tab + 1, line->len - part.len - 1} : STR("");
    return part;
}

static void add_line(struct vocabulary *vocabulary, int list, struct str line)
{
    struct word_list *to = &vocabulary->lists[list];
    struct str text = consume_part(&line), latitude = consume_part(&line);
    *MEM_ADD(to->words, to->count, to->cap) = (struct word){
        .text = {escape(&vocabulary->arena, text, false), escape(&vocabulary->arena, text, true)},
        .latitude = latitude,
        .longitude = line,
    };
}

void vocabulary_init(struct vocabulary *vocabulary)
{
    static const char *const symbols[] = {
#define X(name, text) text,
        SYMBOLS(X)
#undef X
    };
    struct str text = str_of(word_texts[0].text);
    int list = LIST_NONE;
    *vocabulary = (struct vocabulary){0};
    while (text.len) {
        struct str line = str_consume_line(&text);
        if (str_starts_with(line, STR("== ")))
            list++;
        else if (line.len)
            add_line(vocabulary, list, line);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(symbols); i++)
        add_line(vocabulary, LIST_SYMBOLS, str_of(symbols[i]));
}

void vocabulary_release(struct vocabulary *vocabulary)
{
    for (int list = 0; list < LIST_COUNT; list++)
        mem_free(vocabulary->lists[list].words);
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
    phrase_add(phrase, &vocabulary->lists[LIST_SYMBOLS].words[symbol]);
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
