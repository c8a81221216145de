/* Counts, sizes and times as text. */
#include <number_text.h>

#include <inttypes.h>
#include <stdio.h>

const char *number_count(char *out, uint64_t count)
{
    char digits[NUMBER_TEXT];
    int len = snprintf(digits, sizeof digits, "%" PRIu64, count);
    char *to = out;
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = '\0';
    return out;
}

const char *number_bytes(char *out, double bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    size_t unit = 0;
    while (bytes >= 1000 && unit + 1 < ARRAY_LENGTH(units)) {
        bytes /= 1024;
        unit++;
    }
    snprintf(out, NUMBER_TEXT, unit && bytes < 100 ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
    return out;
}

const char *number_seconds(char *out, double seconds)
{
    if (seconds < 60)
        snprintf(out, NUMBER_TEXT, "%.2f s", seconds);
    else
        snprintf(out, NUMBER_TEXT, "%.0f m %02.0f s", (double)(int)(seconds / 60),
                 seconds - 60.0 * (int)(seconds / 60));
    return out;
}

const char *number_of(char *out, uint64_t count, const char *one, const char *many)
{
    char number[NUMBER_TEXT];
    snprintf(out, NUMBER_TEXT, "%.28s %s", number_count(number, count), count == 1 ? one : many);
    return out;
}
