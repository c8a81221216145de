/* Times as text, in UTC (ISO 8601). */
#include <base.h>

#include <time.h>

/* Writes the six numbers of a date and time by `format`; "" for a year that does not fit into an
 * int. Returns the length. */
static size_t write_text(int64_t unix_s, const char *format, char out[static UTC_TEXT])
{
    time_t seconds = (time_t)unix_s;
    struct tm utc;
    out[0] = '\0';
    if (!gmtime_r(&seconds, &utc))
        return 0;
    int len = snprintf(out, UTC_TEXT, format, utc.tm_year + 1900LL, utc.tm_mon + 1, utc.tm_mday,
                       utc.tm_hour, utc.tm_min, utc.tm_sec);
    return (size_t)len;
}

void utc_text(int64_t unix_s, char out[static UTC_TEXT])
{
    write_text(unix_s, "%04lld-%02d-%02dT%02d:%02d:%02dZ", out);
}

void utc_text_ms(int64_t unix_ms, char out[static UTC_TEXT])
{
    int ms = (int)(unix_ms % 1000);
    int64_t seconds = unix_ms / 1000 - (ms < 0);
    size_t len = write_text(seconds, "%04lld-%02d-%02dT%02d:%02d:%02d", out);
    snprintf(out + len, UTC_TEXT - len, ".%03dZ", ms < 0 ? ms + 1000 : ms);
}

void utc_text_basic(int64_t unix_s, char out[static UTC_TEXT])
{
    write_text(unix_s, "%04lld%02d%02dT%02d%02d%02dZ", out);
}
