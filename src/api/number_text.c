/* Counts, sizes and times as text. */
#include <number_text.h>

#include <inttypes.h>

struct number_text number_count(uint64_t count)
{
    struct number_text out;
    char digits[sizeof out.text];
    int len = snprintf(digits, sizeof digits, "%" PRIu64, count);
    char *to = out.text;
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = '\0';
    return out;
}

struct number_text number_bytes(double bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    struct number_text out;
    size_t unit = 0;
    while (bytes >= 1000 && unit + 1 < ARRAY_LENGTH(units)) {
        bytes /= 1024;
        unit++;
    }
    snprintf(out.text, sizeof out.text, unit && bytes < 100 ? "%.1f %s" : "%.0f %s", bytes,
             units[unit]);
    return out;
}

struct number_text number_seconds(double seconds)
{
    struct number_text out;
    if (seconds < 60)
        snprintf(out.text, sizeof out.text, "%.2f s", seconds);
    else
        snprintf(out.text, sizeof out.text, "%.0f m %02.0f s", (double)(int)(seconds / 60),
                 seconds - 60.0 * (int)(seconds / 60));
    return out;
}

struct number_text number_of(uint64_t count, const char *one, const char *many)
{
    struct number_text out;
    snprintf(out.text, sizeof out.text, "%.28s %s", number_count(count).text,
             count == 1 ? one : many);
    return out;
}
