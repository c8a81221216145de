/* Patience sort (Chandramouli and Goldstein 2014, "Patience is a Virtue"): items are dealt to
 * piles, each in order, and the piles are merged. What came from a few sequences that were in order
 * takes few comparisons: one for nearly every item, and one more for each doubling of the piles. */
#include <base.h>

#include <stdlib.h>

/* With more piles there is no order to make use of. */
#define MAX_PILES 32

struct piles {
    const char *items;
    size_t bytes; /* of an item */
    compare_fn *compare;
    size_t tails[MAX_PILES]; /* numbers of the last items: never ascending */
    size_t counts[MAX_PILES];
    size_t count;
};

/* The first pile that the item may follow; MAX_PILES: there is none, and no place for another. */
static size_t deal(struct piles *piles, size_t number)
{
    const char *item = piles->items + number * piles->bytes;
    size_t pile = 0;
    while (pile < piles->count &&
           piles->compare(piles->items + piles->tails[pile] * piles->bytes, item) > 0)
        pile++;
    if (pile == MAX_PILES)
        return pile;
    piles->count += pile == piles->count;
    piles->tails[pile] = number;
    piles->counts[pile]++;
    return pile;
}

static char *copy_item(char *to, const char *item, size_t bytes)
{
    memcpy(to, item, bytes);
    return to + bytes;
}

/* Merges items [from, middle) with [middle, to), in bytes. */
static void merge_two(const struct piles *piles, const char *from, const char *middle,
                      const char *end, char *out)
{
    const char *left = from, *right = middle;
    while (left < middle && right < end) {
        bool is_left = piles->compare(left, right) <= 0;
        out = copy_item(out, is_left ? left : right, piles->bytes);
        *(is_left ? &left : &right) += piles->bytes;
    }
    memcpy(out, left, (size_t)(middle - left));
    memcpy(out + (middle - left), right, (size_t)(end - right));
}

/* Merges neighbours: half as many piles, in `out`. */
static void merge_pairs(struct piles *piles, const char *items, char *out)
{
    size_t merged = 0;
    for (size_t pile = 0; pile < piles->count; pile += 2) {
        size_t left = piles->counts[pile] * piles->bytes;
        size_t both =
            pile + 1 < piles->count ? left + piles->counts[pile + 1] * piles->bytes : left;
        merge_two(piles, items, items + left, items + both, out);
        piles->counts[merged++] = both / piles->bytes;
        items += both;
        out += both;
    }
    piles->count = merged;
}

/* Puts the piles one behind the other. */
static void gather(const struct piles *piles, const uint8_t *pile_of, size_t count, char *out)
{
    char *ends[MAX_PILES];
    for (size_t pile = 0; pile < piles->count; pile++) {
        ends[pile] = out;
        out += piles->counts[pile] * piles->bytes;
    }
    for (size_t i = 0; i < count; i++)
        ends[pile_of[i]] =
            copy_item(ends[pile_of[i]], piles->items + i * piles->bytes, piles->bytes);
}

static void sort_piles(struct piles *piles, const uint8_t *pile_of, char *items, size_t count)
{
    char *from = mem_alloc(count * piles->bytes), *to = items, *first = from;
    gather(piles, pile_of, count, from);
    while (piles->count > 1) {
        merge_pairs(piles, from, to);
        char *merged = to;
        to = from;
        from = merged;
    }
    if (from != items)
        memcpy(items, from, count * piles->bytes);
    mem_free(first);
}

void patience_sort(void *items, size_t count, size_t bytes, compare_fn *compare)
{
    struct piles piles = {.items = items, .bytes = bytes, .compare = compare};
    uint8_t *pile_of = mem_alloc(count + 1);
    size_t dealt = 0, pile = 0;
    for (; dealt < count && (pile = deal(&piles, dealt)) < MAX_PILES; dealt++)
        pile_of[dealt] = (uint8_t)pile;
    if (dealt < count)
        qsort(items, count, bytes, compare);
    else if (piles.count > 1)
        sort_piles(&piles, pile_of, items, count);
    mem_free(pile_of);
}
