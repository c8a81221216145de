/* sparkify init: a model of what lies in a folder. */
#include <atomic_file.h>
#include <commands.h>
#include <document.h>
#include <stores.h>

#include <errno.h>
#include <unistd.h>

static json_t *document_of(const struct init_proposal *proposal)
{
    json_t *sources = json_array();
    for (size_t i = 0; i < proposal->source_count; i++) {
        const struct init_seen *seen = &proposal->sources[i];
        json_array_append_new(sources, json_pack("{ss ss ss so so so so so}", "name", seen->name,
                                                 "folder", seen->folder, "layout", seen->layout,
                                                 "files", document_count(seen->files), "bytes",
                                                 document_count(seen->bytes), "records",
                                                 document_count(seen->records), "faulty",
                                                 document_count(seen->faulty), "fields",
                                                 document_count(seen->fields)));
    }
    struct str yaml = buffer_str(&proposal->yaml);
    return json_pack("{ss% so}", "model", yaml.data, yaml.len, "sources", sources);
}

/* Writes the model; a file that is there may have been edited, and stays. */
static enum status write_file(struct init_settings *init, struct error *error)
{
    CLEANUP(atomic_file_release) struct atomic_file whole = {0};
    struct str yaml = buffer_str(&init->proposal.yaml);
    TRY(atomic_file_open(&whole, init->path, error));
    if (fwrite(yaml.data, 1, yaml.len, whole.file) != yaml.len)
        return error_set_errno(error, errno, "cannot write %s", init->path);
    TRY(atomic_file_finish(&whole, error));
    snprintf(init->common.done, sizeof init->common.done, "the model is written");
    return STATUS_OK;
}

static enum status check_path(const struct init_settings *init, struct error *error)
{
    if (!init->path || access(init->path, F_OK) != 0)
        return STATUS_OK;
    error_set(error, STATUS_EXISTS, "%s is there already", init->path);
    return error_hint(error, "name another file, or remove it");
}

static enum status run_init(void *settings, struct error *error)
{
    struct init_settings *init = settings;
    CLEANUP(store_drop) struct store *store = NULL;
    if (!init->stores.input)
        return error_set(error, STATUS_USAGE, "init needs a DIR to look at");
    TRY(check_path(init, error));
    TRY(stores_resolve(&init->stores, false, error));
    struct s3_options options = stores_options_of(&init->stores, STORE_INPUT);
    TRY(s3_store_open(init->stores.input, STORE_USE_INPUT, &options, &store, error));
    TRY(init_propose(store, init->stores.input, init->path ? init->path : "model.yaml",
                     &init->proposal, error));
    if (init->path)
        TRY(write_file(init, error));
    init->common.has_result = true;
    init->common.document = document_of(&init->proposal);
    return STATUS_OK;
}

static void release(void *settings)
{
    struct init_settings *init = settings;
    init_proposal_release(&init->proposal);
}

#define OFFSET(member) offsetof(struct init_settings, member)

static const struct option init_options[] = {
    {"out", "FILE", "write the model to this file, which must not be there", option_parse_text,
     OFFSET(path), .on_command_line_alone = true},
    {NULL},
};

const struct command init_command = {
    .name = "init",
    .operand = "DIR",
    .summary = "look at JSON files, and propose a model of them",
    .options = init_options,
    .shared = {{"in S3", stores_options, OFFSET(stores)}},
    .stores_offset = OFFSET(stores),
    .settings_size = sizeof(struct init_settings),
    .operand_offset = OFFSET(stores.input),
    .run = run_init,
    .release = release,
};
