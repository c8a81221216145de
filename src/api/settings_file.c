/* The file is loaded as a tree of nodes (libyaml): a mapping of "use" and "profiles", in which each
 * profile is a mapping of scalars. Anything else is an error at its line. */
#include <settings_file.h>

#include <suggestion.h>

#include <errno.h>
#include <unistd.h>
#include <yaml.h>

struct reading {
    yaml_document_t document;
    struct settings_file *file;
    const char *path;
    struct error *error;
};

static enum status wrong(struct reading *reading, const yaml_node_t *node, const char *what)
{
    return error_set(reading->error, STATUS_USAGE, "%s:%zu: %s", reading->path,
                     node->start_mark.line + 1, what);
}

/* ---- Nodes ----------------------------------------------------------------------------------- */

/* The scalar's text; a text with a null byte is an error. */
static enum status read_scalar(struct reading *reading, const yaml_node_t *node, const char *what,
                               const char **out)
{
    if (node->type != YAML_SCALAR_NODE)
        return wrong(reading, node, what);
    struct str text = {(const char *)node->data.scalar.value, node->data.scalar.length};
    if (memchr(text.data, '\0', text.len))
        return wrong(reading, node, "a value contains a null byte");
    *out = arena_text(&reading->file->arena, text);
    return STATUS_OK;
}

struct pair {
    const yaml_node_t *key, *value;
    const char *name;
};

/* Reads pair i of a mapping, whose key is a scalar; *out->name is NULL after the last. */
static enum status read_pair(struct reading *reading, const yaml_node_t *mapping, size_t i,
                             struct pair *out)
{
    const yaml_node_pair_t *pairs = mapping->data.mapping.pairs.start;
    out->name = NULL;
    if (pairs + i >= mapping->data.mapping.pairs.top)
        return STATUS_OK;
    out->key = yaml_document_get_node(&reading->document, pairs[i].key);
    out->value = yaml_document_get_node(&reading->document, pairs[i].value);
    return read_scalar(reading, out->key, "expected a name", &out->name);
}

static enum status expect_mapping(struct reading *reading, const yaml_node_t *node,
                                  const char *what)
{
    return node->type == YAML_MAPPING_NODE ? STATUS_OK : wrong(reading, node, what);
}

/* ---- Structure of the file ------------------------------------------------------------------- */

static enum status add_setting(struct reading *reading, const struct pair *pair)
{
    struct settings_file *file = reading->file;
    struct setting setting = {.name = pair->name, .line = pair->key->start_mark.line + 1};
    TRY(read_scalar(reading, pair->value, "expected one value, no list and no mapping",
                    &setting.value));
    for (size_t i = 0; i < file->count; i++)
        if (strcmp(file->all[i].name, setting.name) == 0)
            return wrong(reading, pair->key, "the option is given twice");
    *MEM_ADD(file->all, file->count, file->cap) = setting;
    return STATUS_OK;
}

static enum status read_profile(struct reading *reading, const yaml_node_t *profile)
{
    struct pair pair;
    TRY(expect_mapping(reading, profile, "expected the profile's options below its name"));
    for (size_t i = 0;; i++) {
        TRY(read_pair(reading, profile, i, &pair));
        if (!pair.name)
            return STATUS_OK;
        TRY(add_setting(reading, &pair));
    }
}

static enum status no_such_profile(struct reading *reading, const struct suggestion *suggestion,
                                   const char *name)
{
    error_set(reading->error, STATUS_NOT_FOUND, "%s has no profile '%s'", reading->path, name);
    return suggestion_hint(suggestion, "", reading->error)
               ? STATUS_NOT_FOUND
               : error_hint(reading->error, "profiles are listed below 'profiles:'");
}

static enum status find_profile(struct reading *reading, const yaml_node_t *profiles,
                                const char *name)
{
    struct suggestion suggestion;
    struct pair pair;
    suggestion_init(&suggestion, name);
    TRY(expect_mapping(reading, profiles, "expected names of profiles below 'profiles'"));
    for (size_t i = 0;; i++) {
        TRY(read_pair(reading, profiles, i, &pair));
        if (!pair.name)
            return no_such_profile(reading, &suggestion, name);
        if (strcmp(pair.name, name) == 0)
            return read_profile(reading, pair.value);
        suggestion_consider(&suggestion, pair.name);
    }
}

/* Finds the values of "use" and "profiles"; any other key is an error. */
static enum status read_root(struct reading *reading, const yaml_node_t *root,
                             const yaml_node_t **use, const yaml_node_t **profiles)
{
    struct pair pair;
    TRY(expect_mapping(reading, root, "expected 'profiles:', and the names of profiles below"));
    for (size_t i = 0;; i++) {
        TRY(read_pair(reading, root, i, &pair));
        if (!pair.name)
            return STATUS_OK;
        if (strcmp(pair.name, "use") == 0)
            *use = pair.value;
        else if (strcmp(pair.name, "profiles") == 0)
            *profiles = pair.value;
        else
            return wrong(reading, pair.key,
                         "expected 'use' or 'profiles' here; options are listed below "
                         "the name of a profile");
    }
}

static enum status read_document(struct reading *reading, const char *wanted)
{
    const yaml_node_t *root = yaml_document_get_root_node(&reading->document);
    const yaml_node_t *use = NULL, *profiles = NULL;
    struct suggestion none = {0};
    if (root) /* else the file is empty */
        TRY(read_root(reading, root, &use, &profiles));
    if (use && !wanted)
        TRY(read_scalar(reading, use, "expected the name of a profile", &wanted));
    reading->file->profile = wanted ? arena_text(&reading->file->arena, str_of(wanted)) : NULL;
    if (!wanted)
        return STATUS_OK;
    return profiles ? find_profile(reading, profiles, wanted)
                    : no_such_profile(reading, &none, wanted);
}

static enum status read_stream(FILE *stream, struct reading *reading, const char *wanted)
{
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        mem_exhausted();
    yaml_parser_set_input_file(&parser, stream);
    bool is_loaded = yaml_parser_load(&parser, &reading->document);
    if (!is_loaded && parser.error == YAML_MEMORY_ERROR)
        mem_exhausted();
    enum status status = is_loaded
                             ? read_document(reading, wanted)
                             : error_set(reading->error, STATUS_USAGE, "%s:%zu: %s", reading->path,
                                         parser.problem_mark.line + 1,
                                         parser.problem ? parser.problem : "this is not YAML");
    if (is_loaded)
        yaml_document_delete(&reading->document);
    yaml_parser_delete(&parser);
    return status;
}

/* Where the working folder cannot be entered, there is no file to read. */
static bool is_none(int error_number)
{
    return error_number == ENOENT || (error_number == EACCES && access(".", X_OK) != 0);
}

enum status settings_file_read(const char *path, const char *use, struct settings_file *out,
                               struct error *error)
{
    struct reading reading = {
        .file = out, .path = path ? path : SETTINGS_FILE_NAME, .error = error};
    const char *wanted = use && use[0] ? use : NULL;
    *out = (struct settings_file){0};
    FILE *stream = fopen(reading.path, "re");
    if (!stream && !path && !wanted && is_none(errno))
        return STATUS_OK;
    if (!stream)
        return error_set_errno(error, errno, "cannot read the settings %s", reading.path);
    enum status status = read_stream(stream, &reading, wanted);
    fclose(stream);
    out->path = arena_text(&out->arena, str_of(reading.path));
    if (status != STATUS_OK)
        settings_file_release(out);
    return status;
}

void settings_file_release(struct settings_file *file)
{
    mem_free(file->all);
    arena_release(&file->arena);
    *file = (struct settings_file){0};
}
