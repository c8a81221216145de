/* A model of what lies in a folder: each folder of the input is a source. */
#include <init.h>

#include "init_print.h"

#include <model_parse.h>
#include <run.h>

#include <limits.h>
#include <strings.h>
#include <unistd.h>

#define MAX_NAME 40

void init_proposal_release(struct init_proposal *proposal)
{
    buffer_release(&proposal->yaml);
    arena_release(&proposal->arena);
    store_listing_release(&proposal->files);
    *proposal = (struct init_proposal){0};
}

struct proposing {
    struct store *store;
    struct store_listing *files; /* of the proposal */
    struct sample samples[MODEL_MAX_SOURCES];
    size_t count;
    bool is_folder; /* the files lie in the input itself, or in folders by date */
    struct buffer input;
    struct arena *arena;
};

static void release(struct proposing *proposing)
{
    for (size_t i = 0; i < proposing->count; i++) {
        init_profile_release(&proposing->samples[i].profile);
        json_decref(proposing->samples[i].undecided);
        mem_free(proposing->samples[i].files);
    }
    buffer_release(&proposing->input);
}

/* ---- Sources --------------------------------------------------------------------------------- */

/* "songs" for song_data, "logs" for logs. */
static const char *source_name(struct proposing *proposing, struct str folder)
{
    CLEANUP(buffer_release) struct buffer name = {0};
    if (folder.len > 5 &&
        (str_ends_with(folder, STR("_data")) || str_ends_with(folder, STR("-data"))))
        folder.len -= 5;
    if (folder.len > MAX_NAME)
        folder.len = MAX_NAME;
    for (size_t i = 0; i < folder.len; i++) {
        char c = folder.data[i] >= 'A' && folder.data[i] <= 'Z' ? (char)(folder.data[i] + 32)
                                                                : folder.data[i];
        bool is_letter = c >= 'a' && c <= 'z', is_digit = c >= '0' && c <= '9';
        if (!is_letter && i == 0)
            buffer_append_char(&name, 'd');
        buffer_append_char(&name, is_letter || is_digit ? c : '_');
    }
    if (!str_ends_with(buffer_str(&name), STR("s")))
        buffer_append_char(&name, 's');
    for (size_t i = 0; i < proposing->count; i++)
        if (strcasecmp(proposing->samples[i].name, buffer_text(&name)) == 0) {
            buffer_append_str(&name, STR("_2"));
            i = (size_t)-1;
        }
    return arena_text(proposing->arena, buffer_str(&name));
}

static struct sample *sample_of(struct proposing *proposing, struct str folder, struct error *error)
{
    for (size_t i = 0; i < proposing->count; i++)
        if (str_equal(str_of(proposing->samples[i].folder), folder))
            return &proposing->samples[i];
    if (proposing->count == MODEL_MAX_SOURCES) {
        error_set(error, STATUS_FAILED, "%s has more than %d folders with JSON files",
                  store_address(proposing->store), MODEL_MAX_SOURCES);
        error_hint(error, "a folder is one source; give the folder of the files that belong "
                          "together");
        return NULL;
    }
    const char *name = source_name(proposing, folder);
    struct sample *sample = &proposing->samples[proposing->count++];
    *sample = (struct sample){.name = name, .folder = arena_text(proposing->arena, folder)};
    sample->files = mem_alloc((proposing->files->count + 1) * sizeof *sample->files);
    return sample;
}

/* The folder that the files lie in, where that is the input itself, and the input around it. */
static enum status split_input(struct proposing *proposing, struct str *out_folder,
                               struct error *error)
{
    struct str location = str_of(store_location(proposing->store));
    size_t end = location.len;
    while (end > 0 && location.data[end - 1] == '/')
        end--;
    size_t begin = end;
    while (begin > 0 && location.data[begin - 1] != '/')
        begin--;
    bool is_bucket = store_is_remote(proposing->store) && begin <= strlen("s3://");
    if (begin == 0 || begin == end || is_bucket) {
        error_set(error, STATUS_FAILED, "the files lie in %s itself, which has no name",
                  store_address(proposing->store));
        return error_hint(error,
                          "a source is a folder with a name, and folders by date or key=value are "
                          "parts of one: move the files into one");
    }
    *out_folder = (struct str){location.data + begin, end - begin};
    buffer_reset(&proposing->input);
    buffer_append(&proposing->input, location.data, begin > 1 ? begin - 1 : begin);
    return STATUS_OK;
}

/* The folder of the input that the file is in; empty where it is in the input itself, or where the
 * folder is one of many that belong together: 2024, 2024-01-31, dt=2024-01-31. */
static struct str folder_of(const struct store_object *file)
{
    const char *slash = memchr(file->key.data, '/', file->key.len);
    struct str folder = {file->key.data, slash ? (size_t)(slash - file->key.data) : 0};
    bool is_date = folder.len && folder.data[0] >= '0' && folder.data[0] <= '9' &&
                   str_consists_of(folder, ASCII_DIGITS "-_.:TZWQ");
    return is_date || memchr(folder.data, '=', folder.len) ? STR("") : folder;
}

static enum status add_files(struct proposing *proposing, struct error *error)
{
    struct str own = STR_NULL;
    for (size_t i = 0; i < proposing->files->count; i++)
        proposing->is_folder |= folder_of(&proposing->files->objects[i]).len == 0;
    if (proposing->is_folder)
        TRY(split_input(proposing, &own, error));
    for (size_t i = 0; i < proposing->files->count; i++) {
        const struct store_object *file = &proposing->files->objects[i];
        struct sample *sample =
            sample_of(proposing, proposing->is_folder ? own : folder_of(file), error);
        if (!sample)
            return error->status;
        sample->files[sample->file_count++] = file;
        sample->bytes += file->size_bytes;
    }
    return STATUS_OK;
}

/* ---- Files ----------------------------------------------------------------------------------- */

/* `other`: a file with another name, or NULL. */
static enum status no_files(const struct proposing *proposing, const struct store_object *other,
                            struct error *error)
{
    error_set(error, STATUS_NO_INPUT,
              "there is no .json, .jsonl or .ndjson file (also .gz, .zst) with something in it "
              "below %s",
              store_address(proposing->store));
    if (other)
        return error_hint(error,
                          "give files of JSON such a name: %.*s has none (Amazon Data Firehose and "
                          "others have a setting for the ending)",
                          STR_ARG(other->key));
    return error_hint(error, "names that begin with '_' or '.' and empty files are skipped");
}

static enum status list_files(struct proposing *proposing, struct error *error)
{
    size_t kept = 0;
    const struct store_object *other = NULL;
    struct store_listing *files = proposing->files;
    TRY(store_list(proposing->store, "", STORE_LIST_VISIBLE, files, error));
    for (size_t i = 0; i < files->count; i++)
        if (run_is_json_name(files->objects[i].key) && files->objects[i].size_bytes)
            files->objects[kept++] = files->objects[i];
        else if (files->objects[i].size_bytes && !other)
            other = &files->objects[i];
    files->count = kept;
    return kept ? STATUS_OK : no_files(proposing, other, error);
}

static enum status read_samples(struct proposing *proposing, struct error *error)
{
    size_t kept = 0;
    for (size_t i = 0; i < proposing->count; i++)
        TRY(init_sample_read(&proposing->samples[i], proposing->store, proposing->arena, error));
    for (size_t i = 0; i < proposing->count; i++)
        kept += proposing->samples[i].profile.records > 0;
    if (kept)
        return STATUS_OK;
    error_set(error, STATUS_NO_INPUT, "no file below %s has a JSON object",
              store_address(proposing->store));
    return error_hint(error, "records are objects: {\"key\": value, …}, in UTF-8, and not in "
                             "an empty list; the names of packed files end in .gz or .zst");
}

/* ---- The proposal ---------------------------------------------------------------------------- */

static void report_sources(const struct proposing *proposing, struct init_proposal *out)
{
    static const char *const layouts[] = {"lines", "document", "concatenated", "records"};
    out->sources = arena_alloc(&out->arena, proposing->count * sizeof *out->sources);
    out->source_count = proposing->count;
    for (size_t i = 0; i < proposing->count; i++) {
        const struct sample *sample = &proposing->samples[i];
        size_t fields = 0;
        for (size_t j = 0; j < sample->profile.field_count; j++)
            fields += sample->profile.fields[j].is_used;
        out->sources[i] = (struct init_seen){.name = sample->name,
                                             .folder = sample->folder,
                                             .layout = layouts[sample->layout],
                                             .files = sample->file_count,
                                             .bytes = sample->bytes,
                                             .records = sample->profile.records,
                                             .faulty = sample->faulty,
                                             .fields = fields};
    }
}

/* A proposal that is refused would be of no use. */
static enum status check(const struct init_proposal *proposal, struct error *error)
{
    struct model *model = NULL;
    if (model_parse(buffer_str(&proposal->yaml), "the proposal", &model, error) != STATUS_OK) {
        error->status = STATUS_INTERNAL;
        return error_wrap(error, "a model was proposed that is none");
    }
    model_free(model);
    return STATUS_OK;
}

/* "lake"; where that would lie in the input, which a run refuses, an output beside the input. */
static void append_output(struct proposing *proposing, struct buffer *out)
{
    CLEANUP(buffer_release) struct buffer lake = {0}, inside = {0};
    char here[PATH_MAX];
    const char *input =
        proposing->is_folder ? buffer_text(&proposing->input) : store_location(proposing->store);
    if (getcwd(here, sizeof here))
        buffer_appendf(&lake, "%s/lake/", here);
    buffer_appendf(&inside, "%s/", input);
    bool is_inside = str_starts_with(buffer_str(&lake), buffer_str(&inside));
    buffer_appendf(out, is_inside ? "%s-lake" : "lake", input);
}

static enum status propose(struct proposing *proposing, const char *file, struct init_proposal *out,
                           struct error *error)
{
    struct roles roles = {.samples = proposing->samples, .arena = &out->arena};
    CLEANUP(buffer_release) struct buffer output = {0};
    TRY(list_files(proposing, error));
    TRY(add_files(proposing, error));
    TRY(read_samples(proposing, error));
    roles.sample_count = proposing->count;
    TRY(init_roles_find(&roles, error));
    append_output(proposing, &output);
    init_print_proposal(&roles, buffer_text(&proposing->input), buffer_text(&output), file,
                        &out->yaml);
    report_sources(proposing, out);
    return check(out, error);
}

enum status init_propose(struct store *store, const char *address, const char *file,
                         struct init_proposal *out, struct error *error)
{
    struct proposing proposing = {.store = store, .files = &out->files, .arena = &out->arena};
    *out = (struct init_proposal){0};
    buffer_append_str(&proposing.input, str_of(address));
    enum status status = propose(&proposing, file, out, error);
    release(&proposing);
    return status;
}
