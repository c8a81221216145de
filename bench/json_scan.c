/* json_scan: measures the scanner alone.
 *
 *     json_scan FILE [TIMES] [VERSION]
 *
 * Scans the records of FILE (one a line) TIMES times with each version of the scanner, without and
 * with conversion of the values, and prints GB/s. The fields are those of the logs, in the order of
 * the data. */
#include <json.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum field_type { TEXT, INTEGER, REAL, NOTHING };

static const struct str names[] = {
    {"artist", 6},   {"auth", 4},          {"firstName", 9}, {"gender", 6},   {"itemInSession", 13},
    {"lastName", 8}, {"length", 6},        {"level", 5},     {"location", 8}, {"method", 6},
    {"page", 4},     {"registration", 12}, {"sessionId", 9}, {"song", 4},     {"status", 6},
    {"ts", 2},       {"userAgent", 9},     {"userId", 6},
};
static const enum field_type types[] = {
    TEXT,    NOTHING, TEXT,    TEXT,    INTEGER, TEXT,    REAL,    TEXT, TEXT,
    NOTHING, TEXT,    NOTHING, INTEGER, TEXT,    NOTHING, INTEGER, TEXT, TEXT,
};
#define FIELD_COUNT (sizeof names / sizeof names[0])

static void read_file(const char *path, struct buffer *text)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(1);
    }
    for (;;) {
        size_t got = fread(buffer_reserve(text, 1 << 20), 1, 1 << 20, file);
        if (got == 0)
            break;
        text->len += got;
    }
    fclose(file);
    memset(buffer_reserve(text, JSON_PADDING), 0, JSON_PADDING);
}

/* Returns a sum that depends on every value, so that the compiler removes no conversion. */
static uint64_t convert(const struct json_value *values, struct buffer *scratch)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        int64_t integer = 0;
        double real = 0;
        if (types[i] == TEXT)
            sum += json_text(&values[i], scratch).len;
        else if (types[i] == INTEGER && json_int64(&values[i], &integer) == JSON_FITS)
            sum += (uint64_t)integer;
        else if (types[i] == REAL && json_double(&values[i], &real) == JSON_FITS)
            sum += (uint64_t)real;
    }
    return sum;
}

static uint64_t scan_all(struct json_scanner *scanner, struct str text, bool converting)
{
    CLEANUP(buffer_release) struct buffer scratch = {0};
    struct json_value values[FIELD_COUNT];
    struct json_fault fault;
    uint64_t sum = 0;
    const char *at = text.data, *end = at + text.len;
    while ((at = json_skip_space(at, end, JSON_DOCUMENT)) < end) {
        const char *record = at;
        at = json_scan(scanner, at, end, JSON_LINE, values, &fault);
        if (!at) {
            fprintf(stderr, "byte %td: %s\n", fault.at - text.data, fault.message);
            exit(1);
        }
        sum += converting ? convert(values, &scratch) : (uint64_t)(at - record);
    }
    return sum;
}

static void measure(struct str text, const char *version, int times, bool converting)
{
    struct json_scanner *scanner = json_scanner_new(names, FIELD_COUNT, NULL, NULL);
    json_use_version(version);
    uint64_t sum = 0;
    clock_t least = LONG_MAX;
    for (int i = 0; i <= times; i++) {
        clock_t start = clock();
        sum += scan_all(scanner, text, converting);
        clock_t spent = clock() - start;
        least = spent < least ? spent : least;
    }
    double seconds = (double)least / CLOCKS_PER_SEC;
    printf("%-8s %-20s %6.2f GB/s   (check %llu)\n", version,
           converting ? "scanned, converted" : "scanned", (double)text.len / seconds * 1e-9,
           (unsigned long long)sum);
    json_scanner_free(scanner);
}

int main(int argc, char **argv)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    if (argc < 2) {
        fputs("usage: json_scan FILE [TIMES] [VERSION]\n", stderr);
        return 2;
    }
    read_file(argv[1], &text);
    int times = argc > 2 ? atoi(argv[2]) : 100;
    for (size_t i = 0; json_version(i); i++)
        for (int converting = 0; converting <= 1; converting++)
            if (argc < 4 || strcmp(argv[3], json_version(i)) == 0)
                measure(buffer_str(&text), json_version(i), times, converting);
    return 0;
}
