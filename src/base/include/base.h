/* base: strings, buffers, arenas, hashing, errors and threads. Knows nothing of songs.
 *
 * Verbs: init/release work on the caller's storage (release takes a zeroed object too, so `= {0}`
 * is always a right start), new/free on ours, reset empties and keeps the memory. */
#pragma once

#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* ---- Errors ------------------------------------------------------------------------------ */

/* name, exit status of the program, what to try when the error itself gives no better hint */
#define STATUS_LIST(X)                                                                             \
    X(OK, 0, "")                                                                                   \
    X(FAILED, 1, "")                                                                               \
    X(USAGE, 2, "")                                                                                \
    X(NOT_FOUND, 1, "check the spelling of the path")                                              \
    X(NOT_A_FOLDER, 1, "give the folder, not a file in it")                                        \
    X(DENIED, 1, "check the permissions of the path and of the folders above it")                  \
    X(NO_SPACE, 1, "free some space, or choose another output")                                    \
    X(IO, 1, "check the disk; the system's log may say more")                                      \
    X(CORRUPT, 1, "replace the file by a good copy, or move it out of the input")                  \
    X(CHANGED, 1, "run again when nothing writes to the input")                                    \
    X(NO_INPUT, 1, "")                                                                             \
    X(FOREIGN, 1, "")                                                                              \
    X(UNREACHABLE, 1, "check the network, and that the server answers")                            \
    X(EXISTS, 1, "")                                                                               \
    X(LIMIT, 1, "")                                                                                \
    X(CONFLICT, 4, "run again")                                                                    \
    X(TOO_MANY_REJECTS, 3, "")                                                                     \
    X(INTERRUPTED, 130, "")                                                                        \
    X(INTERNAL, 1, "this is a bug in sparkify: please report it with the command that led here")

enum status {
#define X(name, exit_status, hint) STATUS_##name,
    STATUS_LIST(X)
#undef X
};

/* What went wrong, in one sentence, and what to try. Valid only after a call returned a status
 * other than STATUS_OK. */
struct error {
    enum status status;
    char message[1536];
    char hint[512];
};

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof(array)[0])
#define NODISCARD           __attribute__((warn_unused_result))
#define CLEANUP(f)          __attribute__((cleanup(f)))
/* Also of a function that only prefetches: gcc drops its calls, unless it is inlined first. */
#define ALWAYS_INLINE               inline __attribute__((always_inline))
#define PRINTF(format_index, first) __attribute__((format(printf, format_index, first)))

/* Returns the status of `expr` to the caller unless it is STATUS_OK. */
#define TRY(expr)                                                                                  \
    do {                                                                                           \
        enum status try_status_ = (expr);                                                          \
        if (try_status_ != STATUS_OK)                                                              \
            return try_status_;                                                                    \
    } while (0)

/* Sets the error and returns its status, so that a caller can `return error_set(...)`. */
enum status error_set(struct error *error, enum status status, const char *format, ...)
    PRINTF(3, 4);
/* The same from errno: maps ENOENT, EACCES, ENOSPC, ... to their status and appends strerror. */
enum status error_set_errno(struct error *error, int error_number, const char *format, ...)
    PRINTF(3, 4);
/* The system's words for an errno, in `buffer` or constant. */
#define ERRNO_TEXT 128
const char *errno_text(int error_number, char buffer[static ERRNO_TEXT]);
/* Replaces the hint of an error that is set; returns its status. */
enum status error_hint(struct error *error, const char *format, ...) PRINTF(2, 3);
/* Puts "what was being done: " before the message of an error that is set; returns its status. */
enum status error_wrap(struct error *error, const char *format, ...) PRINTF(2, 3);
/* The error's own hint, or its status' one; "" when there is none. */
const char *error_hint_text(const struct error *error);
int status_exit_code(enum status status);
const char *status_name(enum status status);

/* ---- Memory ------------------------------------------------------------------------------ */

/* Running out of memory ends the process in mem_exhausted, with one message and by abort: a
 * killed run leaves the old tables as they are, so no other code handles it. Called directly
 * where a library reports that it has no memory. */
_Noreturn void mem_exhausted(void);
/* Makes mem_exhausted end the process by _exit(code), after it has printed `hint` (static text):
 * for our own programs. */
void mem_exit_when_exhausted(int code, const char *hint);
void *mem_alloc(size_t size) __attribute__((malloc, returns_nonnull));
void *mem_zalloc(size_t size) __attribute__((malloc, returns_nonnull));
void *mem_realloc(void *pointer, size_t size) __attribute__((returns_nonnull));
void mem_free(void *pointer);
/* For CLEANUP: frees what the variable at `pointer` points to. */
void mem_drop(void *pointer);

/* Grows `array` so that it holds at least `needed` elements; `cap`, its capacity in elements, is
 * updated. */
#define MEM_GROW(array, needed, cap)                                                               \
    ((array) = mem_grow((array), (needed), &(cap), sizeof *(array)))
void *mem_grow(void *array, size_t needed, size_t *cap, size_t element_size);
/* Grows `array` by one element, which is counted; a pointer to it, whose contents are undefined. */
#define MEM_ADD(array, count, cap) (MEM_GROW(array, (count) + 1, cap), (array) + (count)++)

/* ---- Strings ----------------------------------------------------------------------------- */

/* Borrowed bytes: not terminated, never freed through this. A null string has data == NULL. */
struct str {
    const char *data;
    size_t len;
};

#define STR(literal) ((struct str){literal, sizeof(literal) - 1})
#define STR_NULL     ((struct str){NULL, 0})
/* For printf's "%.*s". */
#define STR_ARG(s) (int)(s).len, (s).data

static inline struct str str_of(const char *text)
{
    return (struct str){text, strlen(text)};
}

/* What follows the first `at` bytes. A null string has none before it: adding even 0 to its null
   pointer is undefined in C17 (6.5.6). */
static inline struct str str_from(struct str s, size_t at)
{
    return (struct str){at == 0 ? s.data : s.data + at, s.len - at};
}

/* The noun for a count: `one` for 1, else `many`. */
static inline const char *plural(uint64_t count, const char *one, const char *many)
{
    return count == 1 ? one : many;
}

static inline uint64_t bytes_word(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* As memcmp() == 0, but inlined: most comparisons are of short strings, and not every C
 * library's memcmp is fast. */
static inline bool bytes_equal(const char *a, const char *b, size_t len)
{
#ifdef __clang_analyzer__ /* which does not know that NULL has the length 0 */
    if (!a || !b)
        return len == 0;
#endif
    if (len < sizeof(uint32_t)) /* its first, middle and last byte are all there are */
        return len == 0 || (a[0] == b[0] && a[len / 2] == b[len / 2] && a[len - 1] == b[len - 1]);
    if (len < sizeof(uint64_t)) { /* two words that overlap */
        uint32_t first[2], last[2];
        memcpy(&first[0], a, sizeof *first);
        memcpy(&first[1], b, sizeof *first);
        memcpy(&last[0], a + len - sizeof *last, sizeof *last);
        memcpy(&last[1], b + len - sizeof *last, sizeof *last);
        return first[0] == first[1] && last[0] == last[1];
    }
    for (size_t at = 0; at + sizeof(uint64_t) < len; at += sizeof(uint64_t))
        if (bytes_word(a + at) != bytes_word(b + at))
            return false;
    size_t last = len - sizeof(uint64_t);
    return bytes_word(a + last) == bytes_word(b + last);
}

static inline bool str_equal(struct str a, struct str b)
{
    return a.len == b.len && (a.data == NULL) == (b.data == NULL) &&
           bytes_equal(a.data, b.data, a.len);
}

/* A terminated copy, freed with mem_free. */
char *str_dup(struct str s) __attribute__((malloc, returns_nonnull));
/* A copy of a terminated text, freed with mem_free; NULL of NULL. */
char *text_dup(const char *text);
/* Whether two terminated texts are equal; NULL equals NULL alone. */
static inline bool text_equal(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}
/* Byte order; null is less than every string. */
int str_compare(struct str a, struct str b);
bool str_starts_with(struct str s, struct str prefix);
/* Whether each byte of the text is one of `bytes`. */
bool str_consists_of(struct str s, const char *bytes);
#define ASCII_DIGITS  "0123456789"
#define ASCII_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
bool str_ends_with(struct str s, struct str suffix);
/* Without the white space (isspace(3) in the C locale) at either end. */
struct str str_trim(struct str s);
/* The text before the first newline, or all of it; the line and its newline are removed from the
 * text. */
struct str str_consume_line(struct str *text);
/* The length of the longest prefix of `bytes` that is well-formed UTF-8 (RFC 3629: no overlong
 * forms, no surrogates, nothing above U+10FFFF). Equal to `len` when all is. */
size_t utf8_valid_prefix(const char *bytes, size_t len);

/* A file that is in the program (cmake/texts.cmake); after the last of an array name is NULL. */
struct text_file {
    const char *name, *text; /* the name without its ending */
};

/* A growable byte buffer that we own. */
struct buffer {
    char *data;
    size_t len, cap;
};

void buffer_release(struct buffer *buffer);
/* Makes room for `extra` bytes past len and returns where they go, never NULL; len does not change.
 */
static inline char *buffer_reserve(struct buffer *buffer, size_t extra)
{
    if (!buffer->data || buffer->cap - buffer->len < extra)
        MEM_GROW(buffer->data, buffer->len + extra, buffer->cap);
    return buffer->data + buffer->len;
}
static inline void buffer_append(struct buffer *buffer, const void *bytes, size_t len)
{
    if (len == 0)
        return;
    memcpy(buffer_reserve(buffer, len), bytes, len);
    buffer->len += len;
}
static inline void buffer_append_str(struct buffer *buffer, struct str s)
{
    buffer_append(buffer, s.data, s.len);
}
static inline void buffer_append_char(struct buffer *buffer, char c)
{
    *buffer_reserve(buffer, 1) = c;
    buffer->len++;
}
/* Appends the bytes as hexadecimal digits in lower case. */
void buffer_append_hex(struct buffer *buffer, const void *bytes, size_t len);
/* Appends the bytes as UTF-8: what is not well-formed becomes U+FFFD. */
void buffer_append_utf8(struct buffer *buffer, struct str bytes);
void buffer_appendf(struct buffer *buffer, const char *format, ...) PRINTF(2, 3);
/* The value of a hexadecimal digit, 0 to 15; -1 for any other byte. */
int hex_digit(char c);
/* Writes the bytes as 2 * len hexadecimal digits in lower case, not terminated. */
void hex_write(const void *bytes, size_t len, char *out);
/* Appends the byte percent-encoded: "%2F". */
void buffer_append_percent(struct buffer *buffer, unsigned char byte);
/* Appends the text with each %XX decoded; what is not well encoded stays as it is. */
void buffer_append_percent_decoded(struct buffer *buffer, struct str text);
/* As "%llu", "%lld" and "%.17g" write them, in a tenth of the time. */
void buffer_append_uint64(struct buffer *buffer, uint64_t number);
void buffer_append_int64(struct buffer *buffer, int64_t number);
void buffer_append_double(struct buffer *buffer, double number);
/* As strtod(3), whatever the locale: a decimal point is a point. */
double double_parse(const char *text, char **end);
/* The number at the start of the text; 0 where there is none. */
double str_parse_double(struct str text);
/* Sets the C locale for this thread, so that printf(3) writes a decimal point as a point, and
 * returns the locale before for locale_restore: a program that uses this code as a library may
 * have set another one. */
locale_t locale_use_c(void);
void locale_restore(locale_t before);
/* The contents as a terminated string, borrowed until the next change; "" when empty. */
const char *buffer_text(struct buffer *buffer);
static inline struct str buffer_str(const struct buffer *buffer)
{
    return (struct str){buffer->data, buffer->len};
}
static inline void buffer_reset(struct buffer *buffer)
{
    buffer->len = 0;
}
/* Makes the buffer hold the text alone. */
static inline void buffer_set(struct buffer *buffer, struct str text)
{
    buffer_reset(buffer);
    buffer_append_str(buffer, text);
}

/* ---- Addresses --------------------------------------------------------------------------- */

/* "scheme" of "scheme:…" (RFC 3986, section 3.1), a part of the address; empty where there is none.
 */
struct str address_scheme(const char *address);
/* Whether a scheme is this one, whatever the case of its letters. */
bool address_scheme_is(struct str scheme, const char *name);
/* s3, or one of the names that Hadoop has for it. */
bool address_scheme_is_s3(struct str scheme);
/* True for s3://, s3a:// and s3n://. */
bool address_is_s3(const char *address);
/* Appends "s3://bucket/prefix" for Amazon's long name "arn:aws:s3:::bucket/prefix"; false where the
 * text is no such name. */
bool address_of_arn(struct str arn, struct buffer *out);
/* Appends the address as messages may show it: without a name, a password or keys before '@', and,
 * of a web address, without what follows a '?'. */
void address_show(const char *address, struct buffer *out);

/* ---- Arenas ------------------------------------------------------------------------------ */

/* Memory that is given back all at once. */
struct arena {
    struct arena_block *blocks;
    char *next, *end;
    size_t total_bytes; /* of all blocks */
};

void arena_release(struct arena *arena);
/* Empties the arena; keeps as much memory as was used, but not more than 4 MiB, in one block. */
void arena_reset(struct arena *arena);
/* Aligned to 8 bytes, not zeroed. */
void *arena_alloc(struct arena *arena, size_t size);
/* A copy of `s`; null stays null. */
struct str arena_copy(struct arena *arena, struct str s);
/* A terminated copy. */
const char *arena_text(struct arena *arena, struct str s);

/* ---- Hashing ----------------------------------------------------------------------------- */

/* For indexes in memory: a keyed hash, whose key each process draws at random, so that nobody can
 * choose values that collide. A null string hashes apart from the empty one. Nothing of it may be
 * stored, or decide about an order. */
uint64_t hash_str(struct str s);
uint64_t hash_words(const uint64_t *words, size_t count);
/* For tests: sets the key of hash_str and hash_words. */
void hash_set_key(uint64_t seed);

/* For what is stored: XXH3 of the bytes, the same in every process. */
uint64_t hash_stored(struct str bytes);
/* The hash_stored of all that is added, piece by piece. */
struct hasher;
struct hasher *hasher_new(void);
void hasher_free(struct hasher *hasher);
void hasher_add(struct hasher *hasher, struct str bytes);
uint64_t hasher_value(const struct hasher *hasher);
/* Mixes `value` into `seed`, the same in every process; order matters. Not for indexes. */
static inline uint64_t hash_mix(uint64_t seed, uint64_t value)
{
    uint64_t h = (seed ^ value) * 0x9E3779B97F4A7C15u;
    h ^= h >> 32;
    h *= 0xD6E8FEB86659FD93u;
    return h ^ (h >> 32);
}

/* An open-addressing index over records that the caller keeps by number: it maps a hash to the
 * record numbers 0, 1, 2, … and asks the caller whether two records are equal. */
struct index {
    struct index_slot {
        uint32_t tag;    /* upper half of the record's hash */
        uint32_t record; /* its number + 1, or 0 */
    } *slots;
    size_t cap, count;
};

#define INDEX_NONE UINT32_MAX
typedef bool index_equal_fn(const void *ctx, uint32_t record, const void *key);

void index_release(struct index *index);
void index_reset(struct index *index);
/* The record equal to `key`, or INDEX_NONE. */
uint32_t index_find(const struct index *index, uint64_t hash, index_equal_fn *equal,
                    const void *ctx, const void *key);
/* For many lookups in a row: index_prefetch fetches the slot where a lookup of the hash begins
 * into the cache; index_peek then returns the first record whose hash may be this, which is
 * probably the right one and must be compared by the caller, or INDEX_NONE. */
static inline void index_prefetch(const struct index *index, uint64_t hash)
{
    if (index->count)
        __builtin_prefetch(&index->slots[hash >> 32 & (index->cap - 1)]);
}
static inline uint32_t index_peek(const struct index *index, uint64_t hash)
{
    if (index->count == 0)
        return INDEX_NONE;
    size_t mask = index->cap - 1, i = hash >> 32 & mask;
    while (index->slots[i].record && index->slots[i].tag != hash >> 32)
        i = (i + 1) & mask;
    return index->slots[i].record - 1; /* of record 0: INDEX_NONE */
}
/* Adds a record that index_find did not find. */
void index_add(struct index *index, uint64_t hash, uint32_t record);
/* A record that is in the index has another number from now on. */
void index_renumber(struct index *index, uint64_t hash, uint32_t record, uint32_t number);

/* Distinct strings with dense codes 0, 1, 2, … in the order in which they were first added, in
 * Apache Arrow's layout of a string column: value i is data[offsets[i] .. offsets[i + 1]). */
struct dictionary {
    struct index index;
    uint32_t *offsets; /* count + 1 of them once count > 0 */
    size_t count, cap;
    struct buffer data;
};

void dictionary_release(struct dictionary *dictionary);
void dictionary_reset(struct dictionary *dictionary);
/* The code of `value` (not null; `hash` is its hash_str), which is added if it is new. The
 * caller keeps all values together below 4 GiB. */
uint32_t dictionary_add(struct dictionary *dictionary, struct str value, uint64_t hash);
/* Adds `value` without looking for it: its code is found by nobody. For a dictionary all of whose
 * values the caller tells apart by other means. */
uint32_t dictionary_append(struct dictionary *dictionary, struct str value);
/* The code of `value`, or INDEX_NONE. */
uint32_t dictionary_find(const struct dictionary *dictionary, struct str value, uint64_t hash);
static inline struct str dictionary_value(const struct dictionary *dictionary, uint32_t code)
{
    uint32_t start = dictionary->offsets[code];
    return (struct str){dictionary->data.data + start, dictionary->offsets[code + 1] - start};
}
/* Brings the value that a hash probably stands for nearer to the processor; index_prefetch of the
 * dictionary's index comes some time before it. */
static inline void dictionary_prefetch(const struct dictionary *dictionary, uint64_t hash)
{
    uint32_t code = index_peek(&dictionary->index, hash);
    if (code != INDEX_NONE)
        __builtin_prefetch(dictionary->data.data + dictionary->offsets[code]);
}

/* ---- Sorting ----------------------------------------------------------------------------- */

typedef int compare_fn(const void *, const void *);
/* As qsort, for items of which a few sequences are likely to be in order, one behind the other or
 * mixed, as several threads leave them: these take few comparisons, others as many as qsort. */
void patience_sort(void *items, size_t count, size_t bytes, compare_fn *compare);

/* ---- Notes ------------------------------------------------------------------------------- */

/* Is given what the user should know though nothing failed; `text` is one sentence, borrowed. */
typedef void note_fn(void *ctx, const char *text);

/* ---- Threads ----------------------------------------------------------------------------- */

/* As pthread_create: returns 0 or an errno. The thread blocks all signals but those of its own
 * faults: signals are for the threads of the program, which may use this code as a library. */
int thread_start(pthread_t *out, void *(*thread_main)(void *), void *ctx);
/* For threads that another library starts: blocks the same signals in the calling thread, whose
 * threads inherit that; `before` is the mask to restore by pthread_sigmask(SIG_SETMASK, …). */
void thread_block_signals(sigset_t *before);

typedef void threads_fn(void *ctx, unsigned worker);
/* Runs fn(ctx, 0) … fn(ctx, count - 1) at once, worker 0 on the calling thread; returns when all
 * have returned. */
void threads_run(unsigned count, threads_fn *fn, void *ctx);
typedef enum status task_pool_fn(void *ctx, unsigned worker, uint32_t task, struct error *error);
/* Calls `fn` for the tasks 0 … tasks - 1, each once, on at most `threads` threads; `worker` is the
 * thread's number from 0. After a failure no more tasks are started, and the first error is
 * returned. */
NODISCARD enum status task_pool_run(unsigned threads, uint32_t tasks, task_pool_fn *fn, void *ctx,
                                    struct error *error);
/* The processors this process may use, at least 1. */
unsigned threads_available(void);

/* Starts "sh -c line" with the descriptors `in` (-1: /dev/null) and `out` as its standard input and
 * output, no signal blocked, and those that we ignore at their defaults. Returns 0 or an errno. */
int shell_start(const char *line, int in, int out, pid_t *child);

/* ---- Files ---------------------------------------------------------------------------------- */

/* Appends what a stream still has, to its end or, where it has more than `max` bytes, `max` + 1 of
 * them, so that the caller sees it. `what` and `path` name it in the error: "cannot read the model
 * shop.yaml". */
NODISCARD enum status file_read_stream(FILE *stream, size_t max, const char *what, const char *path,
                                       struct buffer *out, struct error *error);
/* The same of a file. */
NODISCARD enum status file_read(const char *path, size_t max, const char *what, struct buffer *out,
                                struct error *error);

/* ---- Random -------------------------------------------------------------------------------- */

/* Fills `out` (up to 256 bytes) with the kernel's random bytes. False, with errno, where there are
 * none: early in a machine's boot; `waits`: waits for them instead. */
bool random_bytes(void *out, size_t len, bool waits);
/* A random UUID (RFC 9562, version 4), terminated; of the clock where there are no random bytes
 * yet. */
#define UUID_TEXT 37
void uuid_make(char out[static UUID_TEXT]);

/* ---- Time -------------------------------------------------------------------------------- */

/* "2018-11-01T20:57:10Z" of a time in seconds since 1970, terminated; "" for one whose year does
 * not fit into an int. */
#define UTC_TEXT 48
void utc_text(int64_t unix_s, char out[static UTC_TEXT]);
/* The same with milliseconds: "2018-11-01T20:57:10.796Z". */
void utc_text_ms(int64_t unix_ms, char out[static UTC_TEXT]);
/* The same in the basic format: "20181101T205710Z". */
void utc_text_basic(int64_t unix_s, char out[static UTC_TEXT]);

/* Monotonic, in nanoseconds. */
uint64_t clock_ns(void);
#define NS_PER_MS UINT64_C(1000000)
static inline double clock_seconds_since(uint64_t start_ns)
{
    return (double)(clock_ns() - start_ns) * 1e-9;
}
