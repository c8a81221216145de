/* Numbers as text. A commit of the songs table writes 300,000 of them, and printf was a third of
 * the instructions of a small run. */
#include <base.h>

#include <math.h>

#define MAX_DIGITS 20 /* of 64 bits */

/* Writes the digits so that they end before `end`; returns where they begin. */
static char *digits_before(char *end, uint64_t number)
{
    do
        *--end = (char)('0' + number % 10);
    while (number /= 10);
    return end;
}

void buffer_append_uint64(struct buffer *buffer, uint64_t number)
{
    char text[MAX_DIGITS], *end = text + sizeof text, *begin = digits_before(end, number);
    buffer_append(buffer, begin, (size_t)(end - begin));
}

void buffer_append_int64(struct buffer *buffer, int64_t number)
{
    if (number < 0)
        buffer_append_char(buffer, '-');
    buffer_append_uint64(buffer, number < 0 ? -(uint64_t)number : (uint64_t)number);
}

/* ---- Doubles -----------------------------------------------------------------------------------
 *
 * A double is m * 2^e with m < 2^53. Its digits are those of m * 10^k * 2^e, rounded to a whole
 * number, where k makes 17 of them. Between LEAST and BEYOND no more than 120 bits are needed, so
 * the product, and what is cut off, are exact. */
#define DIGITS        17
#define LEAST         1e-4
#define BEYOND        1e17
#define TEN_TO_17     UINT64_C(100000000000000000)
#define MANTISSA_BITS 53

/* The whole number next to `value` * 10^power, of two the even one. */
static uint64_t scale(double value, int power)
{
    int exponent;
    unsigned __int128 product = (uint64_t)ldexp(frexp(value, &exponent), MANTISSA_BITS);
    exponent -= MANTISSA_BITS;
    for (; power > 0; power--)
        product *= 10;
    if (exponent >= 0)
        return (uint64_t)(product << exponent);
    unsigned __int128 half = (unsigned __int128)1 << (-exponent - 1);
    unsigned __int128 rest = product & (half * 2 - 1);
    uint64_t whole = (uint64_t)(product >> -exponent);
    return whole + (rest > half || (rest == half && whole % 2));
}

/* The power of ten of the first digit. No double lies between a power of ten and the double that is
 * written so. */
static int first_power(double value)
{
    static const double powers[] = {1e-3, 1e-2, 1e-1, 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6, 1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17};
    int power = -4;
    while (value >= powers[power + 4])
        power++;
    return power;
}

static void append_digits(struct buffer *buffer, uint64_t digits, int power)
{
    char text[DIGITS] = {0};
    int count = DIGITS, whole = power + 1;
    digits_before(text + DIGITS, digits);
    while (count > 1 && count > whole && text[count - 1] == '0')
        count--;
    if (whole > 0) {
        buffer_append(buffer, text, (size_t)whole);
        if (count > whole)
            buffer_append_char(buffer, '.');
    } else {
        buffer_append(buffer, "0.000", (size_t)(2 - whole));
        whole = 0;
    }
    buffer_append(buffer, text + whole, (size_t)(count - whole));
}

void buffer_append_double(struct buffer *buffer, double number)
{
    double value = fabs(number);
    if (!(value >= LEAST && value < BEYOND)) {
        locale_t before = locale_use_c();
        buffer_appendf(buffer, "%.17g", number);
        locale_restore(before);
        return;
    }
    int power = first_power(value);
    uint64_t digits = scale(value, DIGITS - 1 - power);
    if (digits == TEN_TO_17) { /* rounding made it the next power of ten */
        digits /= 10;
        power++;
    }
    if (number < 0)
        buffer_append_char(buffer, '-');
    append_digits(buffer, digits, power);
}
