/* Addresses as users give them, as text: their scheme, and what of them messages may show. */
#include <base.h>

#include <ctype.h>
#include <strings.h>

/* ---- Parts ----------------------------------------------------------------------------------- */

struct str address_scheme(const char *address)
{
    size_t len = strspn(address, ASCII_LETTERS ASCII_DIGITS "+-.");
    bool is_scheme = isalpha((unsigned char)*address) && address[len] == ':';
    return (struct str){address, is_scheme ? len : 0};
}

bool address_scheme_is(struct str scheme, const char *name)
{
    return scheme.len == strlen(name) && strncasecmp(scheme.data, name, scheme.len) == 0;
}

bool address_scheme_is_s3(struct str scheme)
{
    return address_scheme_is(scheme, "s3") || address_scheme_is(scheme, "s3a") ||
           address_scheme_is(scheme, "s3n");
}

bool address_is_s3(const char *address)
{
    struct str scheme = address_scheme(address);
    return *address == 's' && address_scheme_is_s3(scheme) &&
           strncmp(address + scheme.len, "://", 3) == 0;
}

/* ---- Showing --------------------------------------------------------------------------------- */

/* Whether there is a ':' that no port follows, and that is not of an IPv6 address in brackets. */
static bool has_odd_colon(const char *rest, size_t len)
{
    const char *colon = *rest == '[' ? NULL : memchr(rest, ':', len);
    if (!colon)
        return false;
    size_t digits = strspn(colon + 1, "0123456789");
    return colon + 1 + digits != rest + len;
}

/* Where the part of `rest`, which follows "scheme://", begins that may be shown: at its start,
 * or behind a login, which ends at the last '@', as a secret key may hold a '/'. */
static const char *shown_part(const char *rest, bool is_s3)
{
    size_t len = strcspn(rest, "/");
    bool has_login = is_s3 ? memchr(rest, '@', len) || memchr(rest, ':', len)
                           : strchr(rest, '@') || has_odd_colon(rest, len);
    if (!has_login)
        return rest;
    const char *last_at = strrchr(rest, '@');
    return last_at ? last_at + 1 : rest + strlen(rest);
}

void address_show(const char *address, struct buffer *out)
{
    struct str scheme = address_scheme(address);
    bool is_s3 = address_scheme_is_s3(scheme);
    if (!scheme.len || address_scheme_is(scheme, "file") || address_scheme_is(scheme, "arn")) {
        buffer_append_str(out, str_of(address));
        return;
    }
    const char *rest = address + scheme.len + 1;
    rest += strspn(rest, "/");
    const char *shown = shown_part(rest, is_s3);
    size_t shown_len = is_s3 ? strlen(shown) : strcspn(shown, "?#");
    buffer_append(out, address, (size_t)(rest - address));
    if (shown != rest)
        buffer_append_str(out, *shown ? STR("…@") : STR("…"));
    buffer_append(out, shown, shown_len);
    if (shown[shown_len])
        buffer_append_str(out, STR("?…"));
}

bool address_of_arn(struct str arn, struct buffer *out)
{
    size_t colons = 0, at = 0;
    if (!str_starts_with(arn, STR("arn:")))
        return false;
    while (at < arn.len && colons < 5)
        colons += arn.data[at++] == ':';
    /* arn:PARTITION:s3:::BUCKET/KEY; those with a region are no buckets */
    if (colons < 5 || at < 6 || memcmp(arn.data + at - 6, ":s3:::", 6) != 0)
        return false;
    buffer_appendf(out, "s3://%.*s", (int)(arn.len - at), arn.data + at);
    return true;
}
