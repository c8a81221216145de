/* catalogue: derives songs and artists from their numbers.
 *
 * Difficult cases of the real data ("traps") are at fixed positions in each hundred songs:
 *   TWIN      title, artist and duration of the song before, another song_id
 *   SHARED    song_id, title and duration of the song before, another artist
 *   RENAMED   the artist of the song before, under another name
 *
 * The numbers of songs of an artist, and of an artist's songs in the same year, follow the
 * real data: 14,896 songs have about 10,000 artists and 12,300 pairs of year and artist. */
#include "catalogue.h"

#include <assert.h>

#define TRAP_PERIOD  100u
#define TRAP_TWIN    23u
#define TRAP_SHARED  51u
#define TRAP_RENAMED 77u

static bool is_trap(const struct catalogue *catalogue, uint32_t track, uint32_t trap)
{
    return track < catalogue->songs && track % TRAP_PERIOD == trap;
}

/* The track that determines the title and duration: TWIN and SHARED repeat the song before. */
static uint32_t content_of(const struct catalogue *catalogue, uint32_t track)
{
    bool repeats = is_trap(catalogue, track, TRAP_TWIN) || is_trap(catalogue, track, TRAP_SHARED);
    return repeats ? track - 1 : track;
}

/* ---- Artists ------------------------------------------------------------------------------- */

static uint32_t songs_of_next_artist(struct rng *rng)
{
    uint32_t i = rng_below(rng, 64);
    if (i < 50)
        return 1;
    if (i < 59)
        return 2;
    return i < 63 ? i - 56 : 4 + rng_below(rng, 15);
}

/* The songs of an artist have consecutive numbers, so an artist is as popular as their songs. */
static void assign_songs(struct catalogue *catalogue)
{
    struct rng rng = rng_of(catalogue->seed, RNG_ARTISTS, 0);
    uint32_t left = 0;
    for (uint32_t song = 0; song < catalogue->songs; song++) {
        bool same = is_trap(catalogue, song, TRAP_TWIN) || is_trap(catalogue, song, TRAP_RENAMED);
        if (!same && (left == 0 || is_trap(catalogue, song, TRAP_SHARED))) {
            left = songs_of_next_artist(&rng);
            catalogue->artists++;
        }
        left -= left > 0;
        catalogue->artist_of[song] = catalogue->artists - 1;
    }
}

static uint32_t artist_of(const struct catalogue *catalogue, uint32_t track)
{
    if (track < catalogue->songs)
        return catalogue->artist_of[track];
    return catalogue->artists + (track - catalogue->songs) / 4;
}

/* The script of an artist's names and titles; each script occurs in every hundred artists. */
static enum list script_of(const struct catalogue *catalogue, uint32_t track)
{
    static const uint8_t scripts[] = {
        LIST_CYRILLIC,   LIST_GREEK, LIST_ARABIC, LIST_HEBREW, LIST_CJK,
        LIST_DEVANAGARI, LIST_THAI,  LIST_EMOJI,  LIST_LATIN,  LIST_LATIN,
    };
    uint32_t position = (artist_of(catalogue, track) * 37 + 50) % 100;
    return position < sizeof scripts ? scripts[position] : LIST_NOUNS;
}

/* ---- Phrases ------------------------------------------------------------------------------- */

/* A pattern is a sequence of lists (from which a word is drawn) and symbols, ended by 0. */
#define SYMBOL(name) (LIST_COUNT + SYMBOL_##name)
#define SP           SYMBOL(SPACE)
#define PATTERN_MAX  10

static const uint8_t title_patterns[][PATTERN_MAX] = {
    {LIST_NOUNS},
    {SYMBOL(THE), LIST_NOUNS},
    {LIST_ADJECTIVES, SP, LIST_NOUNS},
    {LIST_ADJECTIVES, SP, LIST_NOUNS},
    {LIST_ADJECTIVES, SP, LIST_ADJECTIVES, SP, LIST_NOUNS},
    {LIST_PHRASES, SP, LIST_NOUNS},
    {LIST_PHRASES, SP, LIST_ADJECTIVES, SP, LIST_NOUNS},
    {LIST_NOUNS, SYMBOL(OF_THE), LIST_NOUNS},
    {LIST_NOUNS, SYMBOL(AND), LIST_NOUNS},
    {LIST_NOUNS, SYMBOL(WIDE_SLASH), LIST_ADJECTIVES, SP, LIST_NOUNS},
    {LIST_WOMEN, SYMBOL(APOSTROPHE_S), LIST_NOUNS},
    {SYMBOL(QUOTE), LIST_ADJECTIVES, SYMBOL(QUOTE), SP, LIST_NOUNS},
};
static const uint8_t name_patterns[][PATTERN_MAX] = {
    {LIST_MEN, SP, LIST_SURNAMES},
    {LIST_WOMEN, SP, LIST_SURNAMES},
    {LIST_MEN, SP, LIST_SURNAMES},
    {LIST_WOMEN, SP, LIST_SURNAMES},
    {LIST_MEN, SP, LIST_NOUNS},
    {LIST_WOMEN, SP, LIST_NOUNS},
    {SYMBOL(THE), LIST_ADJECTIVES, SP, LIST_NOUNS},
    {SYMBOL(THE), LIST_NOUNS},
    {LIST_ADJECTIVES, SP, LIST_NOUNS},
    {LIST_ADJECTIVES, SP, LIST_NOUNS},
    {LIST_NOUNS, SYMBOL(SLASH), LIST_NOUNS},
    {SYMBOL(DJ), LIST_MEN},
    {LIST_SURNAMES, SYMBOL(AND), LIST_SURNAMES},
    {LIST_MEN, SP, LIST_SURNAMES, SYMBOL(AND), SYMBOL(THE), LIST_NOUNS},
    {LIST_MEN, SP, SYMBOL(QUOTE), LIST_NOUNS, SYMBOL(QUOTE), SP, LIST_SURNAMES},
    {LIST_SURNAMES, SYMBOL(ORCHESTRA)},
};

static void add_pattern(struct phrase *phrase, const struct vocabulary *vocabulary,
                        const uint8_t *pattern, struct rng *rng)
{
    for (; *pattern; pattern++) {
        if (*pattern < LIST_COUNT)
            phrase_add_drawn(phrase, vocabulary, *pattern, rng);
        else
            phrase_add_symbol(phrase, vocabulary, *pattern - LIST_COUNT);
    }
}

static void add_more(struct phrase *phrase, const struct vocabulary *vocabulary, enum symbol symbol,
                     enum list list, struct rng *rng)
{
    phrase_add_symbol(phrase, vocabulary, symbol);
    phrase_add_drawn(phrase, vocabulary, list, rng);
}

static void add_words(struct phrase *phrase, const struct vocabulary *vocabulary, enum list script,
                      struct rng *rng)
{
    phrase_add_drawn(phrase, vocabulary, script, rng);
    for (uint32_t more = rng_below(rng, 3); more; more--)
        add_more(phrase, vocabulary, SYMBOL_SPACE, script, rng);
}

/* A text in a script: words of it, or of LIST_NOUNS, one of the patterns. */
static void add_text(struct phrase *phrase, const struct vocabulary *vocabulary, enum list script,
                     const uint8_t (*patterns)[PATTERN_MAX], uint32_t count, struct rng *rng)
{
    phrase->count = 0;
    if (script == LIST_NOUNS)
        add_pattern(phrase, vocabulary, patterns[rng_below(rng, count)], rng);
    else
        add_words(phrase, vocabulary, script, rng);
}

void catalogue_title(const struct catalogue *catalogue, uint32_t track, struct phrase *out)
{
    uint32_t content = content_of(catalogue, track);
    struct rng rng = rng_of(catalogue->seed, RNG_TITLE, content);
    add_text(out, catalogue->vocabulary, script_of(catalogue, content), title_patterns,
             ARRAY_LENGTH(title_patterns), &rng);
    if (rng_percent(&rng, 12))
        add_more(out, catalogue->vocabulary, SYMBOL_SPACE, LIST_SUFFIXES, &rng);
}

void catalogue_artist_name(const struct catalogue *catalogue, uint32_t track, struct phrase *out)
{
    struct rng rng = rng_of(catalogue->seed, RNG_ARTIST_NAME, artist_of(catalogue, track));
    add_text(out, catalogue->vocabulary, script_of(catalogue, track), name_patterns,
             ARRAY_LENGTH(name_patterns), &rng);
    if (is_trap(catalogue, track, TRAP_RENAMED))
        add_more(out, catalogue->vocabulary, SYMBOL_FEATURING, LIST_WOMEN, &rng);
}

/* ---- Durations ----------------------------------------------------------------------------- */

/* Real durations are whole numbers of frames of 576 samples at 22,050 Hz. Songs of the song data
 * have an even number of frames and other tracks an odd one, so they never match by chance. */
#define FRAMES(seconds) ((seconds)*22050u / 576u)

uint32_t catalogue_duration(const struct catalogue *catalogue, uint32_t track)
{
    static const uint32_t quantiles[] = {
        FRAMES(16),  FRAMES(105), FRAMES(142), FRAMES(158), FRAMES(168), FRAMES(176), FRAMES(183),
        FRAMES(189), FRAMES(195), FRAMES(200), FRAMES(204), FRAMES(209), FRAMES(213), FRAMES(217),
        FRAMES(221), FRAMES(225), FRAMES(229), FRAMES(233), FRAMES(237), FRAMES(240), FRAMES(244),
        FRAMES(249), FRAMES(254), FRAMES(259), FRAMES(265), FRAMES(271), FRAMES(277), FRAMES(286),
        FRAMES(296), FRAMES(308), FRAMES(323), FRAMES(347), FRAMES(381), FRAMES(470), FRAMES(840),
    };
    struct rng rng = rng_of(catalogue->seed, RNG_DURATION, content_of(catalogue, track));
    uint64_t frames = rng_quantile(&rng, quantiles, ARRAY_LENGTH(quantiles));
    frames = (frames & ~UINT64_C(1)) | (track >= catalogue->songs);
    return (uint32_t)((frames * 57600000 + 11025) / 22050);
}

char *catalogue_write_duration(char *at, uint32_t units)
{
    char digits[10];
    unsigned count = 0, zeros = 0;
    for (; units || count < 6; units /= 10)
        digits[count++] = (char)('0' + units % 10);
    while (zeros < 4 && digits[zeros] == '0')
        zeros++;
    for (unsigned i = count; i-- > zeros;) {
        *at++ = digits[i];
        if (i == 5)
            *at++ = '.';
    }
    return at;
}

/* ---- Song records -------------------------------------------------------------------------- */

/* A permutation of the 28-bit numbers: each step is invertible. */
static uint32_t permute28(uint32_t x, uint64_t key)
{
    const uint32_t mask = (1u << 28) - 1;
    x = (x ^ (uint32_t)key) & mask;
    for (int round = 0; round < 2; round++) {
        x = (x * 0x9E3779B1u) & mask;
        x ^= x >> 15;
    }
    return x;
}

/* An id: two letters for the kind, five random ones, then eleven hexadecimal digits, the last seven
 * of which are a permutation of the number, so that ids are distinct. */
static void make_id(char out[ID_BYTES], const char *kind, const char *const prefixes[4],
                    const struct catalogue *catalogue, enum rng_kind rng_kind, uint32_t number)
{
    struct rng rng = rng_of(catalogue->seed, rng_kind, number);
    uint32_t last = permute28(number, rng_of(catalogue->seed, rng_kind, 0).state);
    memcpy(out, kind, 2);
    for (int i = 2; i < 7; i++)
        out[i] = (char)('A' + rng_below(&rng, 26));
    memcpy(out + 7, prefixes[rng_below(&rng, 4)], 4);
    for (int i = 0; i < 7; i++)
        out[11 + i] = "0123456789ABCDEF"[last >> (24 - 4 * i) & 15];
}

static int32_t random_year(struct rng *rng)
{
    static const uint32_t quantiles[] = {1922, 1955, 1964, 1970, 1976, 1982, 1986, 1989,
                                         1991, 1993, 1995, 1997, 1999, 2001, 2003, 2004,
                                         2005, 2006, 2007, 2008, 2009, 2010, 2011};
    return (int32_t)rng_quantile(rng, quantiles, ARRAY_LENGTH(quantiles));
}

/* Half of the years are unknown (0): of a single song, or of all songs of an artist. */
static int32_t year_of(const struct catalogue *catalogue, uint32_t track, struct rng *rng)
{
    struct rng artist = rng_of(catalogue->seed, RNG_ARTIST_YEAR, catalogue->artist_of[track]);
    struct rng *from = rng_percent(rng, 38) ? &artist : rng;
    return rng_percent(from, 50) ? 0 : random_year(from);
}

/* An artist has a location or none; one song in eight has another one. Some locations have no
 * coordinates. */
static void set_location(const struct catalogue *catalogue, uint32_t track, struct rng *rng,
                         struct song *out)
{
    struct rng artist = rng_of(catalogue->seed, RNG_ARTIST_LOCATION, catalogue->artist_of[track]);
    struct rng *from = rng_percent(rng, 12) ? rng : &artist;
    const struct word *place = vocabulary_draw(catalogue->vocabulary, LIST_PLACES, from);
    uint32_t known = rng_below(from, 100);
    out->location = known < 56 ? place : NULL;
    out->coordinates = known < 42 ? place : NULL;
}

void catalogue_song(const struct catalogue *catalogue, uint32_t track, struct song *out)
{
    static const char *const track_prefixes[] = {"128F", "128F", "1290", "128E"};
    static const char *const song_prefixes[] = {"12A8", "12AB", "12A6", "12AF"};
    static const char *const artist_prefixes[] = {"1187", "1187", "11C8", "1269"};
    assert(track < catalogue->songs);
    uint32_t folder = catalogue_folder(catalogue, track);
    uint32_t id = track - is_trap(catalogue, track, TRAP_SHARED);
    struct rng rng = rng_of(catalogue->seed, RNG_SONG, track);
    make_id(out->track_id, "TR", track_prefixes, catalogue, RNG_TRACK_ID, track);
    make_id(out->song_id, "SO", song_prefixes, catalogue, RNG_SONG_ID, id);
    make_id(out->artist_id, "AR", artist_prefixes, catalogue, RNG_ARTIST_ID,
            catalogue->artist_of[track]);
    for (unsigned level = 0; level < 3; level++)
        out->track_id[2 + level] = folder_letter(folder, level);
    out->year = year_of(catalogue, track, &rng);
    set_location(catalogue, track, &rng, out);
    out->pretty_printed = rng_percent(&rng, 4);
}

/* The real data set has all folders below A, with about 22 songs each. A smaller set has the first
 * of them; a larger one also has folders below B, C, … */
uint32_t catalogue_folders(const struct catalogue *catalogue)
{
    uint32_t letter = 26 * 26, folders = (catalogue->songs + 21) / 22;
    if (folders > letter)
        folders = (catalogue->songs + 19999) / 20000 * letter;
    return folders < 26 * letter ? folders : 26 * letter;
}

uint32_t catalogue_folder(const struct catalogue *catalogue, uint32_t track)
{
    struct rng rng = rng_of(catalogue->seed, RNG_FOLDER, track);
    return rng_below(&rng, catalogue_folders(catalogue));
}

/* ---- Initialization ------------------------------------------------------------------------ */

void catalogue_init(struct catalogue *catalogue, const struct vocabulary *vocabulary, uint64_t seed,
                    uint32_t songs)
{
    *catalogue = (struct catalogue){.vocabulary = vocabulary, .seed = seed, .songs = songs};
    catalogue->artist_of = mem_alloc(songs * sizeof *catalogue->artist_of);
    assign_songs(catalogue);
}

void catalogue_release(struct catalogue *catalogue)
{
    mem_free(catalogue->artist_of);
    *catalogue = (struct catalogue){0};
}
