/* Resolves options and dl.cfg to the stores' addresses and options. */
#include <stores.h>

#include <unistd.h>

#define DEFAULT_CONFIG "dl.cfg"
/* The input of the original job. */
#define DEFAULT_INPUT "s3://udacity-dend"

/* Input and output may cause the same note: it is given once. */
static void note_once(void *ctx, const char *text)
{
    struct stores_settings *stores = ctx;
    struct buffer *noted = &stores->shared.noted;
    pthread_mutex_lock(&stores->shared.mutex);
    bool is_new = !noted->len || !memmem(noted->data, noted->len, text, strlen(text));
    if (is_new)
        buffer_appendf(noted, "%s\n", text);
    pthread_mutex_unlock(&stores->shared.mutex);
    if (is_new)
        host_note(&stores->common->host, text);
}

void stores_set_defaults(struct stores_settings *stores, struct common_settings *common)
{
    stores->common = common;
    stores->options = s3_options_default();
    stores->options.threads = threads_available();
    stores->options.keys.note = note_once;
    stores->options.keys.note_ctx = stores;
    pthread_mutex_init(&stores->shared.mutex, NULL);
    stores->options.keys.cancel = common->host.cancel;
}

static bool is_given(const struct stores_settings *stores, const char *option)
{
    return options_is_given(stores->common, option);
}

/* The operand overrides the environment's and sparkify.yaml's values. */
static void drop_overridden(struct stores_settings *stores)
{
    if (!stores->lake)
        return;
    if (!is_given(stores, "output"))
        stores->output = NULL;
    if (!is_given(stores, "bucket"))
        stores->bucket = NULL;
    if (!is_given(stores, "prefix"))
        stores->prefix = NULL;
}

static bool is_s3(const char *address)
{
    return address && address_is_s3(address);
}

/* A run from disk to disk needs no keys. */
static bool needs_config(const struct stores_settings *stores)
{
    const char *output = stores->lake ? stores->lake : stores->output;
    return stores->config_file || stores->bucket || !stores->input || !output ||
           is_s3(stores->input) || is_s3(output);
}

/* Without --config, an unreadable file is skipped: the keys may come from elsewhere. There is no
 * note where the folder itself cannot be entered, since then the file is not known to exist. */
static enum status skip_unreadable(struct stores_settings *stores, const struct error *error)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    buffer_appendf(&text, "%s, and is skipped", error->message);
    if (access(".", X_OK) == 0)
        note_once(stores, buffer_text(&text));
    return STATUS_OK;
}

static enum status read_config(struct stores_settings *stores, struct error *error)
{
    const char *path = stores->config_file ? stores->config_file : DEFAULT_CONFIG;
    enum status status = config_file_read(path, note_once, stores, &stores->config, error);
    if (status == STATUS_DENIED && !stores->config_file)
        status = skip_unreadable(stores, error);
    TRY(status);
    if (stores->config_file && !stores->config.path)
        return error_set(error, STATUS_NOT_FOUND, "there is no file %s", path);
    stores->configs[STORE_INPUT] = config_of(&stores->config, CONFIG_INPUT);
    stores->configs[STORE_OUTPUT] = config_of(&stores->config, CONFIG_OUTPUT);
    return STATUS_OK;
}

static enum status resolve_operand(struct stores_settings *stores, struct error *error)
{
    if (!stores->lake)
        return STATUS_OK;
    if (stores->output)
        return error_set(error, STATUS_USAGE,
                         "--output and %s both say where the lake is: give one of them",
                         stores->lake);
    stores->output = stores->lake;
    return STATUS_OK;
}

static enum status resolve_output(struct stores_settings *stores, struct error *error)
{
    const char *bucket = stores->bucket;
    TRY(resolve_operand(stores, error));
    if (bucket && stores->output)
        return error_set(error, STATUS_USAGE,
                         "--bucket and %s both say where the lake is: give one of them",
                         stores->lake ? stores->lake : "--output");
    if (!bucket && !stores->output)
        bucket = stores->config.bucket;
    if (stores->prefix && !bucket)
        return error_set(error, STATUS_USAGE, "--prefix needs --bucket");
    if (!bucket)
        return STATUS_OK;
    if (!address_is_s3(bucket)) {
        const char *ignored;
        if (strchr(bucket,
                   ':')) /* no bucket's name has a slash: the hint names what was probably meant */
            TRY(store_address_path(bucket, &ignored, error));
        buffer_append_str(&stores->output_text, STR("s3://"));
    }
    buffer_append_str(&stores->output_text, str_of(bucket));
    if (stores->prefix)
        buffer_appendf(&stores->output_text, "/%s", stores->prefix);
    stores->output = buffer_text(&stores->output_text);
    return STATUS_OK;
}

static const char *first_of(const char *own, const char *both)
{
    return own ? own : both;
}

/* Options of one side take precedence over options of both, and those over dl.cfg. A profile and
 * no-sign-request are two answers to one question: where one side has either, those of both sides
 * are ignored for it. */
struct s3_options stores_options_of(const struct stores_settings *stores, enum store_side side)
{
    struct s3_options options = stores->options;
    const struct stores_side *own = &stores->sides[side];
    options.keys.config = &stores->configs[side];
    options.keys.endpoint = first_of(own->endpoint, options.keys.endpoint);
    options.keys.region = first_of(own->region, options.keys.region);
    options.keys.ca_file = first_of(own->ca_file, options.keys.ca_file);
    if (own->path_style != CONFIG_PATH_UNSAID)
        options.keys.path_style = own->path_style;
    if (own->profile || own->no_sign_request) {
        options.keys.profile = own->profile;
        options.keys.no_sign_request = own->no_sign_request;
    }
    return options;
}

static enum status check_signing(const char *profile, bool no_sign_request, const char *prefix,
                                 struct error *error)
{
    if (!profile || !no_sign_request)
        return STATUS_OK;
    error_set(error, STATUS_USAGE,
              "--%sprofile chooses the keys to sign with, and --%sno-sign-request switches "
              "signing off",
              prefix, prefix);
    return error_hint(error, "give one of them");
}

static enum status check_sides(const struct stores_settings *stores, struct error *error)
{
    const struct stores_side *in = &stores->sides[STORE_INPUT], *out = &stores->sides[STORE_OUTPUT];
    TRY(check_signing(stores->options.keys.profile, stores->options.keys.no_sign_request, "",
                      error));
    TRY(check_signing(in->profile, in->no_sign_request, "input-", error));
    return check_signing(out->profile, out->no_sign_request, "output-", error);
}

/* True when an option such as --input-endpoint is given. */
static bool is_side_given(const struct common_settings *common, const char *side)
{
    size_t len = strlen(side);
    for (size_t i = 0; i < common->given_count; i++)
        if (strncmp(common->given[i]->name, side, len) == 0 && common->given[i]->name[len] == '-')
            return true;
    return false;
}

/* Refuses options of one side that have no effect on its store. */
static enum status check_side(const struct common_settings *common, const char *name,
                              const char *address, struct error *error)
{
    CLEANUP(buffer_release) struct buffer shown = {0};
    if (!is_side_given(common, name) || is_s3(address))
        return STATUS_OK;
    address_show(address ? address : "there", &shown);
    error_set(error, STATUS_USAGE, "the options --%s-… are for an %s in S3, and %s is not in S3",
              name, name, buffer_text(&shown));
    return error_hint(error, "leave them out, or give an s3:// address");
}

/* Options of the keys' file and of TLS are useful without S3, for a Spark cluster. */
static bool is_for_s3_alone(const struct stores_settings *stores, const struct option *given)
{
    EACH_OPTION (option, stores_options)
        if (option == given)
            return strcmp(option->name, "config") != 0 &&
                   (strcmp(option->name, "ca-file") != 0 || !stores->has_cluster);
    return false;
}

static enum status refuse_without_s3(const struct stores_settings *stores, const char *name,
                                     struct error *error)
{
    CLEANUP(buffer_release) struct buffer input = {0}, output = {0};
    address_show(stores->input, &input);
    address_show(stores->output ? stores->output : "the output", &output);
    if (stores->is_lake_alone)
        error_set(error, STATUS_USAGE, "--%s is for S3, and %s is not in S3", name,
                  buffer_text(&output));
    else
        error_set(error, STATUS_USAGE, "--%s is for S3, and neither %s nor %s is in S3", name,
                  buffer_text(&input), buffer_text(&output));
    return error_hint(error, "leave it out, or give an s3:// address");
}

/* Refuses S3 options where no store is in S3. */
static enum status check_shared(const struct stores_settings *stores, struct error *error)
{
    const struct common_settings *common = stores->common;
    bool is_any = is_s3(stores->input) || is_s3(stores->output);
    for (size_t i = 0; !is_any && i < common->given_count; i++)
        if (is_for_s3_alone(stores, common->given[i]))
            return refuse_without_s3(stores, common->given[i]->name, error);
    if (!is_given(stores, "create-bucket") || is_s3(stores->output))
        return STATUS_OK;
    error_set(error, STATUS_USAGE, "--create-bucket is for an output in S3");
    return error_hint(error, "--bucket NAME says which");
}

static void say_address(const struct stores_settings *stores, const char *what, const char *address)
{
    CLEANUP(buffer_release) struct buffer shown = {0};
    address_show(address, &shown);
    host_step(&stores->common->host, "%s: %s", what, buffer_text(&shown));
}

static void say_keys(const struct stores_settings *stores, enum store_side side,
                     const char *address)
{
    CLEANUP(buffer_release) struct buffer said = {0};
    struct s3_options options = stores_options_of(stores, side);
    struct error error;
    if (!is_s3(address))
        return;
    (void)!keys_explain(&options.keys, &said, &error);
    buffer_text(&said); /* terminates it */
    for (char *line = said.len ? strtok(said.data, "\n") : NULL; line; line = strtok(NULL, "\n"))
        host_step(&stores->common->host, "keys of the %s: %s",
                  side == STORE_INPUT ? "input" : "output", line);
}

/* Reports with --verbose which addresses and keys are used. */
static void say_stores(const struct stores_settings *stores)
{
    const struct common_settings *common = stores->common;
    if (!common->verbose)
        return;
    host_step(&common->host, "settings: %s",
              stores->config.path ? stores->config.path : "no dl.cfg is used");
    if (stores->output)
        say_address(stores, "lake", stores->output);
    say_keys(stores, STORE_INPUT, stores->input);
    say_keys(stores, STORE_OUTPUT, stores->output);
}

enum status stores_resolve(struct stores_settings *stores, bool needs_output, struct error *error)
{
    drop_overridden(stores);
    TRY(check_sides(stores, error));
    if (needs_config(stores))
        TRY(read_config(stores, error));
    TRY(resolve_output(stores, error));
    if (!stores->output && needs_output) {
        error_set(error, STATUS_USAGE, "no output is given");
        return error_hint(error, "--bucket NAME puts them into S3, --output DIR into a folder");
    }
    if (!stores->input)
        stores->input = stores->config.input ? stores->config.input : DEFAULT_INPUT;
    TRY(check_side(stores->common, "input", stores->input, error));
    TRY(check_side(stores->common, "output", stores->output, error));
    TRY(check_shared(stores, error));
    say_stores(stores);
    return STATUS_OK;
}

void stores_find_lake(struct stores_settings *stores)
{
    const char *lake = getenv("SPARKIFY_LAKE");
    if (!stores->lake && !stores->output && !stores->bucket && lake && lake[0])
        stores->lake = lake;
}

enum status stores_resolve_lake(struct stores_settings *stores, struct error *error)
{
    stores->input = "."; /* not used */
    stores->is_lake_alone = true;
    stores_find_lake(stores);
    TRY(stores_resolve(stores, false, error));
    if (stores->output)
        return STATUS_OK;
    return error_set(error, STATUS_USAGE,
                     "no lake is given: name its folder or s3:// address, or --bucket");
}

enum status stores_open_resolved(struct stores_settings *stores, struct store **out,
                                 struct error *error)
{
    struct s3_options options = stores_options_of(stores, STORE_OUTPUT);
    return s3_store_open(stores->output, STORE_USE_LAKE, &options, out, error);
}

enum status stores_open_lake(struct stores_settings *stores, struct store **out,
                             struct error *error)
{
    TRY(stores_resolve_lake(stores, error));
    return stores_open_resolved(stores, out, error);
}

void stores_release(struct stores_settings *stores)
{
    config_file_release(&stores->config);
    buffer_release(&stores->output_text);
    buffer_release(&stores->shared.noted);
    pthread_mutex_destroy(&stores->shared.mutex);
}
