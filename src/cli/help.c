/* What the table of commands prints of itself: help, man page, completion. */
#include "options.h"

static const char *const purpose =
    "Turns the song and log JSON of a music app into a star schema of partitioned Parquet\n"
    "tables: songplays; users, songs, artists, time.\n";

static const struct {
    int code;
    const char *meaning;
} exits[] = {
    {0, "done"},
    {1, "failed: unless the message says otherwise, the old tables are still in force"},
    {2, "wrong usage"},
    {3, "too many rejected records: the old tables are still in force"},
    {4, "another run has committed first: its tables are in force"},
    {130, "interrupted: the old tables are still in force"},
};

static void print_usage(FILE *out, const struct command *command)
{
    fprintf(out, "usage: sparkify %s%s%s%s\n", command->name, command->operand ? " " : "",
            command->operand ? command->operand : "", command->options[0].name ? " [options]" : "");
}

void options_print_overview(FILE *out)
{
    fputs("usage: sparkify COMMAND [options]\n\n", out);
    fputs(purpose, out);
    fputs("\ncommands:\n", out);
    for (size_t i = 0; commands[i]; i++)
        fprintf(out, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
    fputs(
        "\n'sparkify COMMAND --help' says more of each; 'sparkify --version' prints the version.\n"
        "\nexit status:\n",
        out);
    for (size_t i = 0; i < sizeof exits / sizeof exits[0]; i++)
        fprintf(out, "  %-3d  %s\n", exits[i].code, exits[i].meaning);
}

static int option_width(const struct option *option)
{
    return (int)(strlen(option->name) + (option->value ? strlen(option->value) + 1 : 0));
}

static void print_option(FILE *out, const struct option *option, int width)
{
    fprintf(out, "  --%s%s%s%*s", option->name, option->value ? " " : "",
            option->value ? option->value : "", width - option_width(option) + 2, "");
    for (const char *line = option->help; *line;) {
        size_t len = strcspn(line, "\n");
        fprintf(out, "%.*s\n", (int)len, line);
        line += len;
        if (*line == '\n')
            fprintf(out, "%*s", 4 + width + 2, "");
        line += *line == '\n';
    }
}

static void print_options(FILE *out, const char *title, const struct option *table)
{
    int width = 0;
    EACH_OPTION (option, table)
        width = option_width(option) > width ? option_width(option) : width;
    if (width)
        fprintf(out, "\n%s:\n", title);
    EACH_OPTION (option, table)
        print_option(out, option, width);
}

void options_print_help(FILE *out, const struct command *command)
{
    print_usage(out, command);
    fprintf(out, "\n%s\n", command->text);
    print_options(out, "options", command->options);
    print_options(out, command->shared.title, command->shared.options);
    fprintf(out, "\nexamples:\n%s", command->examples);
}

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
        fputs(".TP\n.B ", out);
        print_roff(out, "--");
        print_roff(out, option->name);
        fprintf(out, "%s%s\n", option->value ? " " : "", option->value ? option->value : "");
        print_roff(out, option->help);
        fputs("\n", out);
    }
}

static void print_man_command(FILE *out, const struct command *command)
{
    fprintf(out, ".SS sparkify %s%s%s\n", command->name, command->operand ? " " : "",
            command->operand ? command->operand : "");
    print_roff(out, command->text);
    fputs("\n", out);
    print_man_options(out, command->options);
    print_man_options(out, command->shared.options);
    fputs(".PP\nExamples:\n.nf\n", out);
    print_roff(out, command->examples);
    fputs(".fi\n", out);
}

void options_print_man(FILE *out)
{
    fprintf(out, ".TH SPARKIFY 1 \"\" \"sparkify %s\" \"User Commands\"\n", SPARKIFY_VERSION);
    fputs(".SH NAME\nsparkify \\- song and log JSON to a star schema in Parquet\n"
          ".SH SYNOPSIS\n.B sparkify\n.I COMMAND\n[options]\n.SH DESCRIPTION\n",
          out);
    print_roff(out, purpose);
    fputs(".SH COMMANDS\n", out);
    for (size_t i = 0; commands[i]; i++)
        print_man_command(out, commands[i]);
    fputs(".SH EXIT STATUS\n", out);
    for (size_t i = 0; i < sizeof exits / sizeof exits[0]; i++)
        fprintf(out, ".TP\n.B %d\n%s\n", exits[i].code, exits[i].meaning);
    fputs(".SH ENVIRONMENT\n.TP\n.B NO_COLOR\nwhen set, nothing is printed in bold\n", out);
}

/* A completion for bash: the commands, and each command's options. */
void options_print_completion(FILE *out)
{
    fputs("# bash completion for sparkify: source <(sparkify help --completion)\n"
          "_sparkify() {\n"
          "  local word=${COMP_WORDS[COMP_CWORD]} words=\n"
          "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
          "    words=\"",
          out);
    for (size_t i = 0; commands[i]; i++)
        fprintf(out, "%s%s", i ? " " : "", commands[i]->name);
    fputs("\"\n  else\n    case ${COMP_WORDS[1]} in\n", out);
    for (size_t i = 0; commands[i]; i++) {
        fprintf(out, "    %s) words=\"--help", commands[i]->name);
        EACH_OPTION (option, commands[i]->options)
            fprintf(out, " --%s", option->name);
        EACH_OPTION (option, commands[i]->shared.options)
            fprintf(out, " --%s", option->name);
        fputs("\" ;;\n", out);
    }
    fputs("    esac\n  fi\n"
          "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
          "}\n"
          "complete -o default -F _sparkify sparkify\n",
          out);
}
