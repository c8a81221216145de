/* The input is the lines of a plan. Entries that are read, written and read again must be the same.
 */
#include "entries.h"

#include "../unit/builtin.h"

#include <stdlib.h>

#define NEWEST 9

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

static void require_same(const struct lake_entry *a, const struct lake_entry *b)
{
    REQUIRE(a->key.len > 0 && str_equal(a->key, b->key) && str_equal(a->stats, b->stats));
    REQUIRE(!memchr(a->key.data, '\t', a->key.len) && !memchr(a->key.data, '\n', a->key.len));
    REQUIRE(a->bytes == b->bytes && a->rows == b->rows && a->hash == b->hash);
    REQUIRE(a->added_ms == b->added_ms && a->since == b->since && a->until == b->until);
    REQUIRE(a->removed_ms == b->removed_ms && a->keep_until_ms == b->keep_until_ms);
}

static void read_again(int table, struct lake_entries *entries)
{
    CLEANUP(lake_entries_release) struct lake_entries again = {0}, tombstones = {0};
    CLEANUP(buffer_release) struct buffer text = {0};
    struct error error = {0};
    for (size_t i = 0; i < entries->count; i++)
        lake_entry_write(&entries->entries[i], &text);
    REQUIRE(lake_entries_parse(buffer_str(&text), &model_builtin()->tables[table], NEWEST, &again,
                               &tombstones, &error) == STATUS_OK);
    REQUIRE(again.count == entries->count);
    for (size_t i = 0; i < again.count; i++)
        require_same(&entries->entries[i], &again.entries[i]);
}

static void read_as(int table, struct str text)
{
    CLEANUP(lake_entries_release) struct lake_entries entries = {0}, tombstones = {0};
    struct error error = {0};
    enum status status = lake_entries_parse(text, &model_builtin()->tables[table], NEWEST, &entries,
                                            &tombstones, &error);
    REQUIRE((status == STATUS_OK) == (error.message[0] == '\0'));
    for (size_t i = 0; i < tombstones.count; i++)
        REQUIRE(tombstones.entries[i].until != LAKE_CURRENT);
    if (status == STATUS_OK)
        read_again(table, &entries);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const tables[] = {"songs", "users", "songplays", "state/users"};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        read_as(table_of(tables[i]), (struct str){(const char *)data, size});
    return 0;
}
