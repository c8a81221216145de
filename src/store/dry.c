/* The dry store: what another store holds can be read, and whatever is written, moved or deleted
 * succeeds and changes nothing. So a dry run takes the same path as any other. */
#include <store_kind.h>

struct dry {
    struct store store;  /* first */
    struct store *inner; /* borrowed; NULL: there are no objects */
};

static struct store *inner_of(const struct store *store)
{
    return ((const struct dry *)store)->inner;
}

static enum status do_list(struct store *store, struct store_list *lists, size_t count,
                           struct error *error)
{
    struct store *inner = inner_of(store);
    return inner ? store_list_all(inner, lists, count, error) : STATUS_OK;
}

static void do_describe_folder(struct store *store, const char *prefix, size_t limit,
                               struct buffer *out)
{
    if (inner_of(store))
        store_describe_folder(inner_of(store), prefix, limit, out);
}

static struct store_ahead do_reads_ahead(const struct store *store)
{
    return inner_of(store) ? store_reads_ahead(inner_of(store)) : (struct store_ahead){0};
}

/* The read is the other store's, which finishes or drops it. Without that store no listing has an
 * object that could be read. */
static struct store_read *do_read_begin(struct store *store, const struct store_object *object,
                                        uint64_t offset, size_t length)
{
    return store_read_begin(inner_of(store), object, offset, length);
}

static struct store_counts do_counts(const struct store *store)
{
    return inner_of(store) ? store_counts(inner_of(store)) : (struct store_counts){0};
}

static void do_free(struct store *store)
{
    mem_free(store->address);
    mem_free(store->location);
    mem_free(store);
}

/* No function that writes. Not remote: nothing is asked of a server, as nothing is written to it.
 */
static const struct store_ops ops = {
    .free = do_free,
    .list = do_list,
    .describe_folder = do_describe_folder,
    .reads_ahead = do_reads_ahead,
    .read_begin = do_read_begin,
    .counts = do_counts,
};

struct store *store_dry_new(struct store *inner)
{
    struct dry *dry = mem_zalloc(sizeof *dry);
    dry->store = (struct store){
        .ops = &ops,
        .address = str_dup(str_of(inner ? inner->address : "")),
        .location = str_dup(str_of(inner ? inner->location : "")),
        .threads = inner ? inner->threads : 1,
        .use = STORE_USE_OUTPUT,
    };
    dry->inner = inner;
    return &dry->store;
}
