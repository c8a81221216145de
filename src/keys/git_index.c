/* Whether git keeps versions of a file, from the repository's index alone. git itself is not asked:
 * what a repository's config says can make git run programs (fsmonitor, a promisor's address, …),
 * and the repository may be somebody else's. */
#include "git_index.h"
#include "ini_text.h"
#include "secret.h"

#include <keys.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

#define MOST_INDEX_BYTES ((off_t)1 << 30)
#define STAT_BYTES       40 /* of an entry, before the hash: times, device, inode, mode, … */
#define EXTENDED         0x4000u

/* ---- The index ------------------------------------------------------------------------------- */

struct index_reader {
    struct str rest;
    size_t hash_len;
    unsigned version;
    struct buffer name; /* of the last entry; in version 4 the next one shares its beginning */
};

static unsigned big_endian(const char *bytes, size_t count)
{
    unsigned value = 0;
    for (size_t i = 0; i < count; i++)
        value = value << 8 | (unsigned char)bytes[i];
    return value;
}

static bool skip(struct index_reader *reader, size_t count)
{
    if (count > reader->rest.len)
        return false;
    reader->rest = str_from(reader->rest, count);
    return true;
}

/* Version 4: parses how many bytes to drop from the name before, encoded as the offsets of pack
 * files are. */
static bool read_varint(struct index_reader *reader, size_t *out)
{
    size_t value = 0;
    for (unsigned i = 0; i < 5 && reader->rest.len; i++) {
        unsigned char byte = (unsigned char)*reader->rest.data;
        value = (i ? (value + 1) << 7 : 0) | (byte & 0x7F);
        (void)skip(reader, 1);
        if (!(byte & 0x80)) {
            *out = value;
            return true;
        }
    }
    return false;
}

static bool read_name(struct index_reader *reader)
{
    size_t dropped = reader->name.len;
    if (reader->version == 4 && (!read_varint(reader, &dropped) || dropped > reader->name.len))
        return false;
    reader->name.len -= dropped;
    const char *end = reader->rest.len ? memchr(reader->rest.data, '\0', reader->rest.len) : NULL;
    if (!end)
        return false;
    size_t len = (size_t)(end - reader->rest.data);
    buffer_append(&reader->name, reader->rest.data, len);
    return skip(reader, len);
}

static bool read_entry(struct index_reader *reader)
{
    size_t flags_at = STAT_BYTES + reader->hash_len, head = flags_at + 2;
    if (reader->rest.len < head)
        return false;
    if (big_endian(reader->rest.data + flags_at, 2) & EXTENDED)
        head += 2;
    if (!skip(reader, head) || !read_name(reader))
        return false;
    /* before version 4, zeros follow the name up to a multiple of 8, one at least */
    size_t used = head + reader->name.len;
    return skip(reader, reader->version == 4 ? 1 : 8 - used % 8);
}

bool git_index_has(struct str index, size_t hash_len, struct str name)
{
    struct index_reader reader = {.rest = index, .hash_len = hash_len};
    bool found = false;
    if (index.len < 12 || memcmp(index.data, "DIRC", 4) != 0)
        return false;
    reader.version = big_endian(index.data + 4, 4);
    unsigned count = big_endian(index.data + 8, 4);
    if (reader.version < 2 || reader.version > 4)
        return false;
    (void)skip(&reader, 12);
    for (unsigned i = 0; i < count && !found && read_entry(&reader); i++)
        found = str_equal(buffer_str(&reader.name), name);
    buffer_release(&reader.name);
    return found;
}

/* ---- The repository -------------------------------------------------------------------------- */

struct repository {
    struct buffer root, git; /* the folder that has .git, and where that leads */
    size_t hash_len;
};

static void repository_release(struct repository *repository)
{
    buffer_release(&repository->root);
    buffer_release(&repository->git);
}

/* A worktree's or a submodule's .git is a file: "gitdir: PATH". */
static bool follow_file(struct repository *repository)
{
    CLEANUP(secret_file_release) struct secret_file file = {0};
    struct error ignored;
    struct str start = STR("gitdir: ");
    if (secret_file_read(buffer_text(&repository->git), &file, &ignored) != STATUS_OK)
        return false;
    struct str text = buffer_str(&file.text);
    if (!str_starts_with(text, start))
        return false;
    text = str_from(text, start.len);
    while (text.len && strchr("\r\n", text.data[text.len - 1]))
        text.len--;
    buffer_reset(&repository->git);
    if (text.len && *text.data != '/')
        buffer_appendf(&repository->git, "%s/", buffer_text(&repository->root));
    buffer_append_str(&repository->git, text);
    return true;
}

/* The first folder from `path` upwards that has a .git. */
static bool find_repository(const char *path, struct repository *out)
{
    struct stat info;
    buffer_append_str(&out->root, str_of(path));
    for (;;) {
        buffer_reset(&out->git);
        buffer_appendf(&out->git, "%s/.git", buffer_text(&out->root));
        if (stat(buffer_text(&out->git), &info) == 0)
            return S_ISDIR(info.st_mode) || follow_file(out);
        const char *slash = out->root.len ? memrchr(out->root.data, '/', out->root.len) : NULL;
        if (!slash)
            return false;
        out->root.len = (size_t)(slash - out->root.data);
    }
}

static void parse_setting(void *ctx, const struct ini_entry *entry)
{
    if (str_equal(entry->section, STR("extensions")) && ini_name_equal(entry->name, "objectformat"))
        *(size_t *)ctx = ini_name_equal(entry->value, "sha256") ? 32 : 20;
}

static size_t hash_length(struct repository *repository)
{
    CLEANUP(secret_file_release) struct secret_file file = {0};
    CLEANUP(buffer_release) struct buffer path = {0};
    struct error ignored;
    size_t hash_len = 20;
    buffer_appendf(&path, "%s/config", buffer_text(&repository->git));
    if (secret_file_read(buffer_text(&path), &file, &ignored) == STATUS_OK)
        (void)ini_text_read(buffer_str(&file.text), parse_setting, &hash_len);
    return hash_len;
}

bool config_is_tracked(const char *path)
{
    CLEANUP(repository_release) struct repository repository = {0};
    CLEANUP(secret_file_release) struct secret_file index = {.max_bytes = MOST_INDEX_BYTES};
    CLEANUP(buffer_release) struct buffer folder = {0}, file = {0}, name = {0};
    struct error ignored;
    const char *slash = strrchr(path, '/');
    char real[PATH_MAX];
    buffer_append_str(&folder, slash ? (struct str){path, (size_t)(slash - path) + 1} : STR("."));
    if (!realpath(buffer_text(&folder), real) || !find_repository(real, &repository))
        return false;
    buffer_appendf(&file, "%s/index", buffer_text(&repository.git));
    if (secret_file_read(buffer_text(&file), &index, &ignored) != STATUS_OK)
        return false;
    const char *below = real + repository.root.len;
    buffer_appendf(&name, "%s%s%s", *below == '/' ? below + 1 : below, *below ? "/" : "",
                   slash ? slash + 1 : path);
    return git_index_has(buffer_str(&index.text), hash_length(&repository), buffer_str(&name));
}
