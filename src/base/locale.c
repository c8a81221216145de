/* Numbers as text in the C locale. A locale is made once, and stays. */
#include <base.h>

#include <stdlib.h>

static locale_t c_locale;

static void make_c_locale(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0); /* a predefined locale: this cannot fail */
}

static locale_t get_c_locale(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_c_locale);
    return c_locale;
}

double double_parse(const char *text, char **end)
{
    return strtod_l(text, end, get_c_locale());
}

double str_parse_double(struct str text)
{
    char copy[64];
    size_t len = text.len < sizeof copy ? text.len : sizeof copy - 1;
    memcpy(copy, text.data, len);
    copy[len] = '\0';
    return double_parse(copy, NULL);
}

locale_t locale_use_c(void)
{
    return uselocale(get_c_locale());
}

void locale_restore(locale_t before)
{
    uselocale(before);
}
