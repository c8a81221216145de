/* checkpoint_writer: replays the log of a table of the built-in model and puts a checkpoint of its
 * newest version beside it, for test_checkpoint.py.
 *
 *   checkpoint_writer TABLE CODEC
 *
 * It says how long checkpoint_write took, and that of two it makes the same. */
#include "checkpoint.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

struct state {
    struct arena arena;
    struct checkpoint checkpoint;
    struct lake_log log;
    struct dictionary paths; /* all that were ever added */
    struct entry {
        struct lake_entry file;
        bool is_there;
    } *entries; /* by the code of the path */
    size_t entry_cap;
    struct lake_entries files, removed;
};

static _Noreturn void fail(const char *what, const char *name)
{
    fprintf(stderr, "checkpoint_writer: %s: %s\n", what, name);
    exit(EXIT_FAILURE);
}

/* ---- Reading the log ----------------------------------------------------------------------- */

static struct str text_of(struct state *state, const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    struct str text = {json_string_value(value), json_string_length(value)};
    return arena_copy(&state->arena, text);
}

static int64_t number_of(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

static struct str key_of(struct state *state, const char *path)
{
    char *key = arena_alloc(&state->arena, strlen(path) + 1), *out = key;
    for (const char *at = path; *at; at++) {
        unsigned code = (unsigned char)*at;
        if (*at == '%' && sscanf(at + 1, "%2x", &code) == 1)
            at += 2;
        *out++ = (char)code;
    }
    return (struct str){key, (size_t)(out - key)};
}

static void file_note(struct state *state, const json_t *action, bool is_there)
{
    const char *path = json_string_value(json_object_get(action, "path"));
    struct str text = str_of(path);
    size_t code = dictionary_add(&state->paths, text, hash_str(text));
    MEM_GROW(state->entries, code + 1, state->entry_cap);
    state->entries[code].is_there = is_there;
    state->entries[code].file = (struct lake_entry){
        .key = key_of(state, path),
        .bytes = (uint64_t)number_of(action, "size"),
        .added_ms = number_of(action, "modificationTime"),
        .removed_ms = number_of(action, "deletionTimestamp"),
        .stats = is_there ? text_of(state, action, "stats") : STR_NULL,
    };
}

static void metadata_note(struct state *state, const json_t *action)
{
    const struct model *model = model_builtin();
    int table = model_find_table(model, json_string_value(json_object_get(action, "name")));
    state->checkpoint.table = &model->tables[table];
    state->log.created_ms = number_of(action, "createdTime");
    snprintf(state->log.id, sizeof state->log.id, "%s",
             json_string_value(json_object_get(action, "id")));
}

static void action_note(struct state *state, const json_t *line)
{
    const json_t *action;
    if ((action = json_object_get(line, "metaData")) != NULL)
        metadata_note(state, action);
    else if ((action = json_object_get(line, "add")) != NULL)
        file_note(state, action, true);
    else if ((action = json_object_get(line, "remove")) != NULL)
        file_note(state, action, false);
}

/* False where there is no such version. */
static bool version_read(struct state *state, const char *table, int version)
{
    CLEANUP(buffer_release) struct buffer name = {0};
    buffer_appendf(&name, "%s/_delta_log/%020d.json", table, version);
    FILE *file = fopen(buffer_text(&name), "rb");
    if (file == NULL)
        return false;
    json_t *line;
    while ((line = json_loadf(file, JSON_DISABLE_EOF_CHECK, NULL)) != NULL) {
        action_note(state, line);
        json_decref(line);
    }
    fclose(file);
    return true;
}

static void files_sort_out(struct state *state)
{
    for (size_t i = 0; i < state->paths.count; i++) {
        const struct entry *entry = &state->entries[i];
        lake_entries_share(entry->is_there ? &state->files : &state->removed, &entry->file);
    }
}

/* ---- Writing the checkpoint ---------------------------------------------------------------- */

static enum parquet_codec codec_named(const char *name)
{
    static const char *const names[] = {"none", "snappy", "zstd"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return (enum parquet_codec)i;
    fail("unknown codec", name);
}

static void file_put(const char *table, const char *name, const struct buffer *bytes)
{
    CLEANUP(buffer_release) struct buffer path = {0};
    buffer_appendf(&path, "%s/_delta_log/%s", table, name);
    FILE *file = fopen(buffer_text(&path), "wb");
    if (file == NULL || fwrite(bytes->data, 1, bytes->len, file) != bytes->len || fclose(file) != 0)
        fail("cannot write", buffer_text(&path));
}

static void checkpoint_put(const struct checkpoint *checkpoint, const char *table)
{
    CLEANUP(buffer_release) struct buffer bytes = {0}, again = {0}, last = {0};
    char name[64];
    uint64_t start = clock_ns();
    checkpoint_write(&bytes, checkpoint);
    double seconds = clock_seconds_since(start);
    checkpoint_write(&again, checkpoint);
    if (!str_equal(buffer_str(&bytes), buffer_str(&again)))
        fail("the same input gave other bytes", table);
    checkpoint_write_pointer(&last, checkpoint, bytes.len);
    snprintf(name, sizeof name, "%020lld.checkpoint.parquet", (long long)checkpoint->log->version);
    file_put(table, name, &bytes);
    file_put(table, "_last_checkpoint", &last);
    printf("%zu files, %zu removed ones, %zu bytes in %.1f ms\n", checkpoint->files->count,
           checkpoint->removed->count, bytes.len, seconds * 1000);
}

int main(int argc, char **argv)
{
    struct state state = {.checkpoint = {.log = &state.log,
                                         .files = &state.files,
                                         .removed = &state.removed,
                                         .created_by = "sparkify version 0.0.1"}};
    int versions = 0;
    if (argc != 3)
        fail("usage", "checkpoint_writer TABLE none|snappy|zstd");
    state.checkpoint.codec = codec_named(argv[2]);
    while (version_read(&state, argv[1], versions))
        versions++;
    if (versions == 0)
        fail("there is no version 0 in the log of", argv[1]);
    files_sort_out(&state);
    state.log.version = versions - 1;
    checkpoint_put(&state.checkpoint, argv[1]);

    arena_release(&state.arena);
    dictionary_release(&state.paths);
    mem_free(state.entries);
    lake_entries_release(&state.files);
    lake_entries_release(&state.removed);
    return EXIT_SUCCESS;
}
