/* What the table of commands prints of itself: help and man page. */
#include "help.h"

#include <commands.h>

static const char *const purpose =
    "Turns the song and log JSON of a music app into a star schema of partitioned Parquet\n"
    "tables: songplays; users, songs, artists, time.\n";

static const struct {
    int code;
    const char *meaning;
} exits[] = {
    {0, "done"},
    {1, "failed: unless the message says otherwise, the old tables are still current"},
    {2, "wrong usage"},
    {3, "too many rejected records: the old tables are still current"},
    {4, "another run has committed first: its tables are current"},
    {130, "interrupted: the old tables are still current"},
};

static void print_usage(FILE *out, const struct command *command)
{
    fprintf(out, "usage: sparkify %s%s%s [options]\n", command->name, command->operand ? " " : "",
            command->operand ? command->operand : "");
}

void help_print_overview(FILE *out)
{
    fputs("usage: sparkify COMMAND [options]\n\n", out);
    fputs(purpose, out);
    fputs("\ncommands:\n", out);
    for (size_t i = 0; commands[i]; i++)
        fprintf(out, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
    fputs(
        "\n'sparkify COMMAND --help' says more of each; 'sparkify --version' prints the version.\n"
        "In every command: --json, -q or --quiet, -v or --verbose.\n"
        "\nexit status:\n",
        out);
    for (size_t i = 0; i < sizeof exits / sizeof exits[0]; i++)
        fprintf(out, "  %-3d  %s\n", exits[i].code, exits[i].meaning);
}

static bool has_letters(const struct option *table)
{
    EACH_OPTION (option, table)
        if (option->letter)
            return true;
    return false;
}

/* "-q, --quiet" where options of the group have letters, "--threads N" elsewhere. */
static void name_option(struct buffer *out, const struct option *option, bool with_letters)
{
    char letter[] = {'-', option->letter, ',', ' ', '\0'};
    buffer_appendf(out, "%s--%s%s%s",
                   !with_letters    ? ""
                   : option->letter ? letter
                                    : "    ",
                   option->name, option->value ? " " : "", option->value ? option->value : "");
}

static int option_width(const struct option *option, bool with_letters)
{
    CLEANUP(buffer_release) struct buffer name = {0};
    name_option(&name, option, with_letters);
    return (int)name.len;
}

static void print_option(FILE *out, const struct option *option, int width, bool with_letters)
{
    CLEANUP(buffer_release) struct buffer name = {0};
    name_option(&name, option, with_letters);
    fprintf(out, "  %-*s  ", width, buffer_text(&name));
    for (const char *line = option->help; *line;) {
        size_t len = strcspn(line, "\n");
        fprintf(out, "%.*s\n", (int)len, line);
        line += len;
        if (*line == '\n')
            fprintf(out, "%*s", 2 + width + 2, "");
        line += *line == '\n';
    }
}

static void print_group(FILE *out, const struct option_group *group)
{
    int width = 0;
    bool with_letters = has_letters(group->options);
    EACH_OPTION (option, group->options)
        if (option_width(option, with_letters) > width)
            width = option_width(option, with_letters);
    if (width)
        fprintf(out, "\n%s:\n", group->title);
    EACH_OPTION (option, group->options)
        print_option(out, option, width, with_letters);
}

void help_print_command(FILE *out, const struct command *command)
{
    struct option_group group;
    print_usage(out, command);
    fprintf(out, "\n%s\n", command->text);
    for (size_t n = 0; options_group(command, n, &group); n++)
        print_group(out, &group);
    fprintf(out, "\nexamples:\n%s", command->examples);
}

/* ---- The man page ---------------------------------------------------------------------------- */

/* roff: a line that begins with '.' or ''' is a request, and '-' and '\' must be escaped. */
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

static void print_man_options(FILE *out, const struct option *table)
{
    EACH_OPTION (option, table) {
        CLEANUP(buffer_release) struct buffer name = {0};
        name_option(&name, option, option->letter);
        fputs(".TP\n.B ", out);
        print_roff(out, buffer_text(&name));
        fputs("\n", out);
        print_roff(out, option->help);
        fputs("\n", out);
    }
}

static void print_man_command(FILE *out, const struct command *command)
{
    struct option_group group;
    fprintf(out, ".SS sparkify %s%s%s\n", command->name, command->operand ? " " : "",
            command->operand ? command->operand : "");
    print_roff(out, command->text);
    fputs("\n", out);
    for (size_t n = 0; options_group(command, n, &group); n++)
        if (group.options != common_options)
            print_man_options(out, group.options);
    fputs(".PP\nExamples:\n.nf\n", out);
    print_roff(out, command->examples);
    fputs(".fi\n", out);
}

static const struct {
    const char *names, *meaning;
} variables[] = {
    {"SPARKIFY_INPUT, SPARKIFY_THREADS, SPARKIFY_KEEP_VERSIONS, …",
     "an option: its name in capitals, with _ for -. A flag is 1 or 0. The command line overrides\n"
     "it. What destroys or allows something is given on the command line alone"},
    {"SPARKIFY_LAKE", "the lake, for commands that take one and no input"},
    {"SPARKIFY_DUCKDB", "DuckDB's library libduckdb.so, instead of the one beside the program"},
    {"SPARKIFY_WORKER",
     "the program that runs DuckDB, instead of sparkify-worker beside the program"},
    {"SPARK_REMOTE, SPARK_CONNECT_AUTHENTICATE_TOKEN, SPARK_USER, USER",
     "the Spark server, the token for it, and the user's name there"},
    {"AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN", "keys for S3"},
    {"AWS_DEFAULT_PROFILE, AWS_PROFILE, AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE",
     "which profile of which files"},
    {"AWS_REGION, AWS_DEFAULT_REGION, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, AWS_CA_BUNDLE",
     "where S3 is, and whom to trust"},
    {"SSL_CERT_FILE", "the certificates to trust where nothing else names any"},
    {"AWS_ROLE_ARN, AWS_ROLE_SESSION_NAME, AWS_WEB_IDENTITY_TOKEN_FILE", "a role by web identity"},
    {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, AWS_CONTAINER_CREDENTIALS_FULL_URI, "
     "AWS_CONTAINER_AUTHORIZATION_TOKEN, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
     "the keys of a container"},
    {"https_proxy, HTTPS_PROXY, http_proxy, all_proxy, ALL_PROXY, no_proxy, NO_PROXY",
     "a proxy, as libcurl has them"},
    {"XDG_CACHE_HOME, XDG_STATE_HOME, HOME",
     "where files of S3 and the history of the shell are kept; where dot files are"},
    {"TMPDIR", "where serve keeps downloads while it makes them; /tmp by default"},
    {"NO_COLOR, TERM", "when NO_COLOR is set, nothing is printed in bold; TERM=dumb: no line is\n"
                       "drawn anew"},
};

static void print_man_variables(FILE *out)
{
    fputs(".SH ENVIRONMENT\n", out);
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        fputs(".TP\n.B ", out);
        print_roff(out, variables[i].names);
        fputs("\n", out);
        print_roff(out, variables[i].meaning);
        fputs("\n", out);
    }
}

void help_print_man(FILE *out)
{
    fprintf(out, ".TH SPARKIFY 1 \"\" \"sparkify %s\" \"User Commands\"\n", SPARKIFY_VERSION);
    fputs(".SH NAME\nsparkify \\- song and log JSON to a star schema in Parquet\n"
          ".SH SYNOPSIS\n.B sparkify\n.I COMMAND\n[options]\n.SH DESCRIPTION\n",
          out);
    print_roff(out, purpose);
    fputs(".SH COMMANDS\n", out);
    for (size_t i = 0; commands[i]; i++)
        print_man_command(out, commands[i]);
    fprintf(out, ".SH OPTIONS OF EVERY COMMAND\n");
    print_man_options(out, common_options);
    fputs(".SH EXIT STATUS\n", out);
    for (size_t i = 0; i < sizeof exits / sizeof exits[0]; i++)
        fprintf(out, ".TP\n.B %d\n%s\n", exits[i].code, exits[i].meaning);
    print_man_variables(out);
}
