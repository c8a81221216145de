/* A mapping of "use" and "profiles", in which each profile is a mapping of scalars. */
#include <settings_file.h>

#include <model_parse.h>
#include <suggestion.h>
#include <unistd.h>
#include <yaml_nodes.h>

#define MAX_PROFILES 1000
#define MAX_SETTINGS 200 /* of a profile */

static enum status read_profile(struct nodes *nodes, const yaml_node_t *profile,
                                struct settings_file *file)
{
    struct node_pair *pairs;
    TRY(nodes_any_pairs(nodes, profile, "the profile's options below its name", MAX_SETTINGS,
                        &pairs, &file->count));
    file->all = arena_alloc(nodes->arena, (file->count + 1) * sizeof *file->all);
    for (size_t i = 0; i < file->count; i++) {
        file->all[i] = (struct setting){pairs[i].name, .line = pairs[i].key->start_mark.line + 1};
        TRY(nodes_any_text(nodes, pairs[i].value, "one value", &file->all[i].value));
    }
    return STATUS_OK;
}

static enum status find_profile(struct nodes *nodes, const yaml_node_t *profiles,
                                struct settings_file *file)
{
    struct suggestion suggestion;
    struct node_pair *pairs;
    size_t count = 0;
    suggestion_init(&suggestion, file->profile);
    if (profiles)
        TRY(nodes_any_pairs(nodes, profiles, "names of profiles below 'profiles'", MAX_PROFILES,
                            &pairs, &count));
    for (size_t i = 0; i < count; i++) {
        if (strcmp(pairs[i].name, file->profile) == 0)
            return read_profile(nodes, pairs[i].value, file);
        suggestion_consider(&suggestion, pairs[i].name);
    }
    error_set(nodes->error, STATUS_NOT_FOUND, "%s has no profile '%s'", nodes->file, file->profile);
    return suggestion_hint(&suggestion, "", nodes->error)
               ? STATUS_NOT_FOUND
               : error_hint(nodes->error, "profiles are listed below 'profiles:'");
}

/* Finds the values of "use" and "profiles"; any other key is an error. */
static enum status read_root(struct nodes *nodes, const yaml_node_t *root, const yaml_node_t **use,
                             const yaml_node_t **profiles)
{
    struct node_pair *pairs;
    size_t count;
    TRY(nodes_any_pairs(nodes, root, "'profiles:', and the names of profiles below", MAX_PROFILES,
                        &pairs, &count));
    for (size_t i = 0; i < count; i++)
        if (strcmp(pairs[i].name, "use") == 0)
            *use = pairs[i].value;
        else if (strcmp(pairs[i].name, "profiles") == 0)
            *profiles = pairs[i].value;
        else
            return nodes_wrong(nodes, pairs[i].key,
                               "expected 'use' or 'profiles' here; options are listed below the "
                               "name of a profile");
    return STATUS_OK;
}

static enum status read_document(struct nodes *nodes, const char *wanted,
                                 struct settings_file *file)
{
    const yaml_node_t *root = yaml_document_get_root_node(&nodes->document);
    const yaml_node_t *use = NULL, *profiles = NULL;
    if (root) /* else the file is empty */
        TRY(read_root(nodes, root, &use, &profiles));
    if (wanted)
        file->profile = arena_text(nodes->arena, str_of(wanted));
    else if (use)
        TRY(nodes_text(nodes, use, "the name of a profile", &file->profile));
    return file->profile ? find_profile(nodes, profiles, file) : STATUS_OK;
}

static enum status read_text(struct str text, const char *wanted, struct settings_file *file,
                             struct error *error)
{
    struct nodes nodes = {.text = text,
                          .file = file->path,
                          .noun = "settings file",
                          .arena = &file->arena,
                          .error = error};
    TRY(nodes_load(&nodes));
    enum status status = read_document(&nodes, wanted, file);
    nodes_release(&nodes);
    return status;
}

/* Where the working folder cannot be entered, there is no file to read. */
static bool is_none(enum status status)
{
    return status == STATUS_NOT_FOUND || (status == STATUS_DENIED && access(".", X_OK) != 0);
}

enum status settings_file_read(const char *path, const char *use, struct settings_file *out,
                               struct error *error)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    const char *wanted = use && use[0] ? use : NULL, *name = path ? path : SETTINGS_FILE_NAME;
    *out = (struct settings_file){0};
    struct error none; /* a file that is not there is no error */
    enum status status = file_read(name, MODEL_MAX_FILE_BYTES, "the settings", &text, &none);
    if (!path && !wanted && is_none(status))
        return STATUS_OK;
    if (status != STATUS_OK)
        *error = none;
    TRY(status);
    out->path = arena_text(&out->arena, str_of(name));
    status = read_text(buffer_str(&text), wanted, out, error);
    if (status != STATUS_OK)
        settings_file_release(out);
    return status;
}

void settings_file_release(struct settings_file *file)
{
    arena_release(&file->arena);
    *file = (struct settings_file){0};
}
