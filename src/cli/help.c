/* Help texts for a terminal, made from the table of commands. */
#include "help.h"

const char *const help_purpose =
    "Turns the song and log JSON of a music app into a star schema of partitioned Parquet\n"
    "tables: songplays; users, songs, artists, time.\n";

const struct help_exit help_exit_codes[] = {
    {0, "done"},
    {1, "failed: unless the message says otherwise, the old tables are still current"},
    {2, "wrong usage"},
    {3, "too many rejected records: the old tables are still current"},
    {4, "another run has committed first: its tables are current"},
    {130, "interrupted: the old tables are still current"},
    {0, NULL},
};

static void print_usage(FILE *out, const struct command *command)
{
    fprintf(out, "usage: sparkify %s%s%s [options]\n", command->name, command->operand ? " " : "",
            command->operand ? command->operand : "");
}

void help_print_overview(FILE *out)
{
    fputs("usage: sparkify COMMAND [options]\n\n", out);
    fputs(help_purpose, out);
    fputs("\ncommands:\n", out);
    for (size_t i = 0; command_table[i]; i++)
        fprintf(out, "  %-10s %s\n", command_table[i]->name, command_table[i]->summary);
    fputs("\n'sparkify COMMAND --help' explains each; 'sparkify --version' prints the version.\n"
          "In every command: --json, -q or --quiet, -v or --verbose.\n"
          "\nexit status:\n",
          out);
    for (const struct help_exit *exit = help_exit_codes; exit->meaning; exit++)
        fprintf(out, "  %-3d  %s\n", exit->code, exit->meaning);
}

static bool has_letters(const struct option *table)
{
    EACH_OPTION (option, table)
        if (option->letter)
            return true;
    return false;
}

/* "-q, --quiet" where options of the group have letters, "--threads N" elsewhere. */
void help_name_option(struct buffer *out, const struct option *option, bool with_letters)
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
    help_name_option(&name, option, with_letters);
    return (int)name.len;
}

static void print_option(FILE *out, const struct option *option, int width, bool with_letters)
{
    CLEANUP(buffer_release) struct buffer name = {0};
    help_name_option(&name, option, with_letters);
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
    fprintf(out, "\n%.*s\n", STR_ARG(command_text(command)));
    for (size_t n = 0; options_group(command, n, &group); n++)
        print_group(out, &group);
    fprintf(out, "\nexamples:\n%s", command_examples(command));
}
