/* Manual pages: sparkify(1), and one for each command (man-pages(7)). */
#include "help.h"

#include <ctype.h>

/* Which commands a file or a variable concerns; only their pages name it. */
enum scope { SCOPE_ALL, SCOPE_LAKE, SCOPE_S3, SCOPE_SPARK, SCOPE_DUCKDB, SCOPE_SERVE, SCOPE_SHELL };

struct entry {
    enum scope scope;
    const char *names, *meaning;
};

static const struct entry files[] = {
    {SCOPE_LAKE, "LAKE/songplays, users, songs, artists, time",
     "the tables: Parquet and Delta Lake"},
    {SCOPE_LAKE, "LAKE/_rejects", "the records that were refused, with the reason"},
    {SCOPE_LAKE, "LAKE/_sparkify", "the lake's commits and state: not to be changed by hand"},
    {SCOPE_ALL, "sparkify.yaml", "options under the names of profiles, in the working directory"},
    {SCOPE_S3, "dl.cfg", "keys, bucket and input, in the working directory"},
    {SCOPE_S3, "~/.aws/credentials, ~/.aws/config", "keys and profiles of Amazon's own tools"},
    {SCOPE_DUCKDB, "~/.cache/sparkify", "files of lakes in S3 that queries have read"},
    {SCOPE_SHELL, "~/.local/state/sparkify/query_history", "what was typed in the shell"},
};

static const struct entry variables[] = {
    {SCOPE_ALL, "SPARKIFY_INPUT, SPARKIFY_THREADS, SPARKIFY_KEEP_VERSIONS, …",
     "an option: its name in capitals, with _ for -. A flag is 1 or 0. The command line overrides\n"
     "it. Options that remove data or permit something can be given on the command line only"},
    {SCOPE_LAKE, "SPARKIFY_LAKE", "the lake, for commands that take one and no input"},
    {SCOPE_DUCKDB, "SPARKIFY_DUCKDB",
     "DuckDB's library libduckdb.so, instead of the one beside the program"},
    {SCOPE_DUCKDB, "SPARKIFY_WORKER",
     "the program that runs DuckDB, instead of sparkify-worker beside the program"},
    {SCOPE_SPARK, "SPARK_REMOTE, SPARK_CONNECT_AUTHENTICATE_TOKEN, SPARK_USER, USER",
     "the Spark server, the token for it, and the user's name there"},
    {SCOPE_S3, "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN", "keys for S3"},
    {SCOPE_S3, "AWS_DEFAULT_PROFILE, AWS_PROFILE, AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE",
     "which profile of which files"},
    {SCOPE_S3,
     "AWS_REGION, AWS_DEFAULT_REGION, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, AWS_CA_BUNDLE",
     "where S3 is, and whom to trust"},
    {SCOPE_S3, "SSL_CERT_FILE", "the certificates to trust where nothing else names any"},
    {SCOPE_S3, "AWS_ROLE_ARN, AWS_ROLE_SESSION_NAME, AWS_WEB_IDENTITY_TOKEN_FILE",
     "a role by web identity"},
    {SCOPE_S3,
     "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, AWS_CONTAINER_CREDENTIALS_FULL_URI, "
     "AWS_CONTAINER_AUTHORIZATION_TOKEN, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
     "the keys of a container"},
    {SCOPE_S3, "https_proxy, HTTPS_PROXY, http_proxy, all_proxy, ALL_PROXY, no_proxy, NO_PROXY",
     "a proxy, as libcurl has them"},
    {SCOPE_S3, "HOME", "where ~ is, of the files above"},
    {SCOPE_DUCKDB, "XDG_CACHE_HOME, XDG_STATE_HOME",
     "where files of S3 and the history of the shell are kept"},
    {SCOPE_SERVE, "TMPDIR", "where downloads are kept while they are made; /tmp by default"},
    {SCOPE_ALL, "NO_COLOR, TERM",
     "when NO_COLOR is set, nothing is printed in bold; with TERM=dumb no line is\n"
     "redrawn"},
};

/* ---- Entries of a command -------------------------------------------------------------------- */

static bool has_option(const struct command *command, const char *name)
{
    struct option_group group;
    EACH_OPTION_OF (command, group, option)
        if (strcmp(option->name, name) == 0)
            return true;
    return false;
}

/* NULL is the program's page, which has all entries. */
static bool is_in_scope(const struct command *command, enum scope scope)
{
    static const char *const options[] = {
        [SCOPE_LAKE] = "output",       [SCOPE_S3] = "region",  [SCOPE_SPARK] = "spark",
        [SCOPE_DUCKDB] = "cache-size", [SCOPE_SERVE] = "port", [SCOPE_SHELL] = "show-sql",
    };
    if (!command)
        return true;
    return scope == SCOPE_ALL ? !command->needs_no_settings : has_option(command, options[scope]);
}

/* ---- roff ------------------------------------------------------------------------------------ */

/* A line that begins with a dot or an apostrophe is a request; '-' and '\' must be escaped. */
static void print_roff(FILE *out, const char *text)
{
    bool at_line_start = true;
    for (; *text; text++) {
        if (at_line_start && (*text == '.' || *text == '\''))
            fputs("\\&", out);
        if (*text == '-' || *text == '\\')
            fputc('\\', out);
        fputc(*text == '\\' ? 'e' : *text, out);
        at_line_start = *text == '\n';
    }
}

static void print_entry(FILE *out, const char *name, const char *meaning)
{
    fputs(".TP\n.B ", out);
    print_roff(out, name);
    fputs("\n", out);
    print_roff(out, meaning);
    fputs("\n", out);
}

static void print_entries(FILE *out, const struct command *command, const struct entry *entries,
                          size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_in_scope(command, entries[i].scope))
            print_entry(out, entries[i].names, entries[i].meaning);
}

static void print_options(FILE *out, const struct option *table)
{
    EACH_OPTION (option, table) {
        CLEANUP(buffer_release) struct buffer name = {0};
        help_name_option(&name, option, option->letter);
        print_entry(out, buffer_text(&name), option->help);
    }
}

/* ---- The pages ------------------------------------------------------------------------------- */

static void print_head(FILE *out, const char *title, const char *name, const char *summary)
{
    fprintf(out, ".TH %s 1 \"\" \"sparkify %s\" \"User Commands\"\n.SH NAME\n", title,
            SPARKIFY_VERSION);
    print_roff(out, name);
    fputs(" \\- ", out);
    print_roff(out, summary);
    fputs("\n", out);
}

static void print_end(FILE *out, const struct command *command)
{
    fputs(".SH EXIT STATUS\n", out);
    for (const struct help_exit *exit = help_exit_codes; exit->meaning; exit++)
        fprintf(out, ".TP\n.B %d\n%s\n", exit->code, exit->meaning);
    if (command && command->needs_no_settings)
        return;
    fputs(".SH FILES\n", out);
    print_entries(out, command, files, ARRAY_LENGTH(files));
    fputs(".SH ENVIRONMENT\n", out);
    print_entries(out, command, variables, ARRAY_LENGTH(variables));
}

static void print_see_also(FILE *out, const struct command *except)
{
    fputs(".SH SEE ALSO\n", out);
    fputs(except ? ".BR sparkify (1)" : ".BR libsparkify (3)", out);
    for (size_t i = 0; command_table[i]; i++)
        if (command_table[i] != except)
            fprintf(out, ",\n.BR sparkify\\-%s (1)", command_table[i]->name);
    fputs("\n", out);
}

static void print_program(FILE *out)
{
    print_head(out, "SPARKIFY", "sparkify", "song and log JSON to a star schema in Parquet");
    fputs(".SH SYNOPSIS\n.B sparkify\n.I COMMAND\n[options]\n.SH DESCRIPTION\n", out);
    print_roff(out, help_purpose);
    fputs(".SH COMMANDS\nEach has a page of its own.\n", out);
    for (size_t i = 0; command_table[i]; i++)
        print_entry(out, command_table[i]->name, command_table[i]->summary);
    fputs(".SH OPTIONS OF EVERY COMMAND\n", out);
    print_options(out, options_common);
    print_end(out, NULL);
    print_see_also(out, NULL);
}

static void print_groups(FILE *out, const struct command *command)
{
    struct option_group group;
    fputs(".SH OPTIONS\n", out);
    for (size_t n = 0; options_group(command, n, &group); n++) {
        if (n > 0 && group.options)
            fprintf(out, ".SS %c%s\n", toupper((unsigned char)group.title[0]), group.title + 1);
        print_options(out, group.options);
    }
}

static void print_command(FILE *out, const struct command *command)
{
    CLEANUP(buffer_release) struct buffer title = {0}, name = {0};
    CLEANUP(mem_drop) char *text = str_dup(command_text(command));
    buffer_appendf(&name, "sparkify-%s", command->name);
    buffer_append_str(&title, STR("SPARKIFY\\-"));
    for (const char *c = command->name; *c; c++)
        buffer_append_char(&title, (char)toupper((unsigned char)*c));
    print_head(out, buffer_text(&title), buffer_text(&name), command->summary);
    fprintf(out, ".SH SYNOPSIS\n.B sparkify %s\n[options]%s%s\n.SH DESCRIPTION\n", command->name,
            command->operand ? " " : "", command->operand ? command->operand : "");
    print_roff(out, text);
    fputs("\n", out);
    print_groups(out, command);
    fputs(".SH EXAMPLES\n.nf\n", out);
    print_roff(out, command_examples(command));
    fputs(".fi\n", out);
    print_end(out, command);
    print_see_also(out, command);
}

void help_print_man(FILE *out, const struct command *command)
{
    if (command)
        print_command(out, command);
    else
        print_program(out);
}
