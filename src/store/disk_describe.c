/* The contents of a folder as text for messages. */
#include "disk.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

struct names {
    struct str *items;
    size_t count, cap;
    struct arena arena;
};

static void names_release(struct names *names)
{
    mem_free(names->items);
    arena_release(&names->arena);
}

static bool is_folder(int at_fd, const struct dirent *entry)
{
    struct stat info;
    if (entry->d_type != DT_LNK && entry->d_type != DT_UNKNOWN)
        return entry->d_type == DT_DIR;
    return fstatat(at_fd, entry->d_name, &info, 0) == 0 && S_ISDIR(info.st_mode);
}

static void names_add(struct names *names, int at_fd, const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    bool folder = is_folder(at_fd, entry);
    char *text = arena_alloc(&names->arena, len + 1);
    memcpy(text, entry->d_name, len);
    text[len] = '/';
    *MEM_ADD(names->items, names->count, names->cap) = (struct str){text, len + folder};
}

static int compare_names(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

static void names_read(struct names *names, DIR *listing)
{
    const struct dirent *entry;
    while ((entry = disk_listing_next(listing)))
        if (!store_is_temporary(str_of(entry->d_name)))
            names_add(names, dirfd(listing), entry);
    if (names->count)
        qsort(names->items, names->count, sizeof *names->items, compare_names);
}

void disk_describe_path(int at_fd, const char *path, size_t limit, struct buffer *out)
{
    CLEANUP(names_release) struct names names = {0};
    CLEANUP(listing_release) DIR *listing = disk_listing_open(at_fd, path, 0);
    if (!listing)
        return;
    names_read(&names, listing);
    size_t shown = names.count < limit ? names.count : limit;
    for (size_t i = 0; i < shown; i++) {
        buffer_append_str(out, i == 0 ? STR("") : i + 1 < names.count ? STR(", ") : STR(" and "));
        buffer_append_str(out, names.items[i]);
    }
    if (shown < names.count)
        buffer_appendf(out, "%s%zu more", shown ? " and " : "", names.count - shown);
}

void disk_describe_folder(struct store *store, const char *prefix, size_t limit, struct buffer *out)
{
    int root_fd = atomic_load(&disk_of(store)->root_fd);
    if (root_fd >= 0)
        disk_describe_path(root_fd, *prefix ? prefix : ".", limit, out);
}
