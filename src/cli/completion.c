/* Completion scripts of three shells: the files in completion/, with parts made from the tables of
 * commands and options. */
#include "completion.h"

#include <completion_texts.h>
#include <query.h>

/* ---- Values of options ----------------------------------------------------------------------- */

enum value_kind {
    VALUE_ANY,
    VALUE_WORDS,
    VALUE_FILE,
    VALUE_FOLDER,
    VALUE_COMMAND,
    VALUE_QUESTION, /* or a lake's folder */
};

/* By the name that the help gives it: "FILE", "LAKE", "[LAKE]". */
static enum value_kind kind_of_name(const char *name)
{
    static const struct {
        const char *name;
        enum value_kind kind;
    } kinds[] = {{"FILE", VALUE_FILE},     {"DIR", VALUE_FOLDER},
                 {"URI", VALUE_FOLDER},    {"LAKE", VALUE_FOLDER},
                 {"[LAKE]", VALUE_FOLDER}, {"[LAKE] [SQL|QUESTION]", VALUE_QUESTION},
                 {"TABLE", VALUE_WORDS},   {"[COMMAND]", VALUE_COMMAND}};
    for (size_t i = 0; name && i < ARRAY_LENGTH(kinds); i++)
        if (strcmp(kinds[i].name, name) == 0)
            return kinds[i].kind;
    return VALUE_ANY;
}

static enum value_kind kind_of(const struct option *option)
{
    return option->words ? VALUE_WORDS : kind_of_name(option->value);
}

/* Of a table those of Sparkify's model. */
static void print_words(FILE *out, const struct option *option)
{
    const struct model *model = model_builtin();
    for (size_t i = 0; !option->words && i < model->table_count; i++)
        fprintf(out, "%s%s", i ? " " : "", model->tables[i].name);
    for (size_t i = 0; option->words && option->words[i].name; i++)
        fprintf(out, "%s%s", i ? " " : "", option->words[i].name);
}

static void print_commands(FILE *out)
{
    for (size_t i = 0; command_table[i]; i++)
        fprintf(out, "%s%s", i ? " " : "", command_table[i]->name);
}

/* The completion of sparkify's commands. */
static void print_questions(FILE *out)
{
    CLEANUP(query_questions_release) struct query_questions questions = {0};
    struct error error;
    if (query_questions_read(model_builtin(), NULL, &questions, &error) != STATUS_OK)
        return;
    for (size_t i = 0; i < questions.count; i++)
        fprintf(out, "%s%.*s", i ? " " : "", STR_ARG(questions.all[i].name));
}

/* The help up to its first full stop or semicolon, on one line; characters of `special`, which mean
 * something to the shell, are escaped. */
static void print_brief(FILE *out, const char *help, const char *special)
{
    for (; *help; help++) {
        if ((*help == ';' || *help == '.') && (help[1] == ' ' || help[1] == '\n'))
            return;
        if (*help == '\'')
            fputs("'\\'", out);
        else if (strchr(special, *help))
            fputc('\\', out);
        fputc(*help == '\n' ? ' ' : *help, out);
    }
}

/* ---- bash ------------------------------------------------------------------------------------ */

/* They stand for what the shell or the script knows itself. */
static const char *const bash_words[] = {
    [VALUE_ANY] = "",           [VALUE_WORDS] = "",           [VALUE_FILE] = "@file",
    [VALUE_FOLDER] = "@folder", [VALUE_COMMAND] = "@command", [VALUE_QUESTION] = "@question",
};

static void print_bash_value(FILE *out, const struct option *option)
{
    enum value_kind kind = kind_of(option);
    if (kind == VALUE_WORDS)
        print_words(out, option);
    else
        fputs(bash_words[kind], out);
}

/* What may follow a command. */
static void print_bash_options(FILE *out, const struct command *command)
{
    struct option_group group;
    fprintf(out, "    %s) echo \"", command->name);
    EACH_OPTION_OF (command, group, option)
        fprintf(out, "--%s ", option->name);
    fprintf(out, "%s\" ;;\n", bash_words[kind_of_name(command->operand)]);
}

static void print_bash_values(FILE *out, const struct command *command)
{
    struct option_group group;
    EACH_OPTION_OF (command, group, option)
        if (option->value) {
            fprintf(out, "    '%s --%s') echo '", command->name, option->name);
            print_bash_value(out, option);
            fputs("' ;;\n", out);
        }
}

/* ---- zsh ------------------------------------------------------------------------------------- */

static void print_zsh_value(FILE *out, const struct option *option)
{
    enum value_kind kind = kind_of(option);
    if (!option->value)
        return;
    fprintf(out, ":%s:", option->value);
    if (kind == VALUE_WORDS) {
        fputc('(', out);
        print_words(out, option);
        fputc(')', out);
    } else {
        fputs(kind == VALUE_FILE ? "_files" : kind == VALUE_FOLDER ? "_directories" : "", out);
    }
}

static void print_zsh_option(FILE *out, const struct option *option)
{
    fputs(" \\\n    ", out);
    if (option->letter)
        fprintf(out, "'(-%c --%s)'{-%c,--%s}'[", option->letter, option->name, option->letter,
                option->name);
    else
        fprintf(out, "'--%s%s[", option->name, option->value ? "=" : "");
    print_brief(out, option->help, "[]:\\");
    fputc(']', out);
    print_zsh_value(out, option);
    fputc('\'', out);
}

static void print_zsh_command(FILE *out, const struct command *command)
{
    struct option_group group;
    enum value_kind kind = kind_of_name(command->operand);
    fprintf(out, "_sparkify_%s() {\n  _arguments -s", command->name);
    EACH_OPTION_OF (command, group, option)
        print_zsh_option(out, option);
    if (kind == VALUE_FOLDER)
        fputs(" \\\n    '1:folder:_directories'", out);
    if (kind == VALUE_COMMAND)
        fputs(" \\\n    '1:command:_sparkify_commands'", out);
    if (kind == VALUE_QUESTION)
        fputs(" \\\n    '1:lake or question:_sparkify_questions' \\\n"
              "    '2:question:_sparkify_questions'",
              out);
    fputs("\n}\n\n", out);
}

static void print_zsh_name(FILE *out, const struct command *command)
{
    fprintf(out, "    '%s:", command->name);
    print_brief(out, command->summary, ":\\");
    fputs("'\n", out);
}

/* ---- fish ------------------------------------------------------------------------------------ */

static void print_fish_option(FILE *out, const struct command *command, const struct option *option)
{
    enum value_kind kind = kind_of(option);
    fprintf(out, "complete -c sparkify -n '__fish_seen_subcommand_from %s' -l %s", command->name,
            option->name);
    if (option->letter)
        fprintf(out, " -s %c", option->letter);
    if (kind == VALUE_WORDS) {
        fputs(" -x -a '", out);
        print_words(out, option);
        fputc('\'', out);
    } else if (option->value) {
        fputs(kind == VALUE_FILE     ? " -r -F"
              : kind == VALUE_FOLDER ? " -x -a '(__fish_complete_directories)'"
                                     : " -x",
              out);
    }
    fputs(" -d '", out);
    print_brief(out, option->help, "\\");
    fputs("'\n", out);
}

static void print_fish_folders(FILE *out)
{
    fputs("(__fish_complete_directories)", out);
}

static void print_fish_operand(FILE *out, const struct command *command, void (*print)(FILE *out))
{
    fprintf(out, "complete -c sparkify -n '__fish_seen_subcommand_from %s' -a '", command->name);
    print(out);
    fputs("'\n", out);
}

static void print_fish_command(FILE *out, const struct command *command)
{
    struct option_group group;
    enum value_kind kind = kind_of_name(command->operand);
    fprintf(out, "complete -c sparkify -n __fish_use_subcommand -a %s -d '", command->name);
    print_brief(out, command->summary, "\\");
    fputs("'\n", out);
    EACH_OPTION_OF (command, group, option)
        print_fish_option(out, command, option);
    if (kind == VALUE_FOLDER || kind == VALUE_QUESTION)
        print_fish_operand(out, command, print_fish_folders);
    if (kind == VALUE_QUESTION)
        print_fish_operand(out, command, print_questions);
    if (kind == VALUE_COMMAND)
        print_fish_operand(out, command, print_commands);
}

/* ---- Scripts --------------------------------------------------------------------------------- */

/* What stands in a script for a word in braces: lines for each command, in place of its line, or
 * words. */
static const struct part {
    const char *mark;
    void (*print_command)(FILE *out, const struct command *command);
    void (*print_words)(FILE *out);
} parts[] = {
    {"{bash_options}\n", print_bash_options, NULL},  {"{bash_values}\n", print_bash_values, NULL},
    {"{zsh_names}\n", print_zsh_name, NULL},         {"{zsh_commands}\n", print_zsh_command, NULL},
    {"{fish_commands}\n", print_fish_command, NULL}, {"{commands}", NULL, print_commands},
    {"{questions}", NULL, print_questions},
};

/* The part whose mark the text begins with, or NULL. */
static const struct part *part_at(const char *text)
{
    for (size_t i = 0; i < ARRAY_LENGTH(parts); i++)
        if (strncmp(text, parts[i].mark, strlen(parts[i].mark)) == 0)
            return &parts[i];
    return NULL;
}

static void print_part(FILE *out, const struct part *part)
{
    for (size_t i = 0; part->print_command && command_table[i]; i++)
        part->print_command(out, command_table[i]);
    if (part->print_words)
        part->print_words(out);
}

void completion_print(FILE *out, enum shell shell)
{
    static const char *const names[] = {
        [SHELL_BASH] = "bash", [SHELL_ZSH] = "zsh", [SHELL_FISH] = "fish"};
    const struct text_file *script = completion_texts;
    while (strcmp(script->name, names[shell]) != 0)
        script++;
    for (const char *text = script->text; *text;) {
        const struct part *part = part_at(text);
        if (part)
            print_part(out, part);
        else
            fputc(*text, out);
        text += part ? strlen(part->mark) : 1;
    }
}
