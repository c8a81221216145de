/* Completion scripts of three shells, each made from the tables of commands and options. */
#include "completion.h"

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

/* "@file" and "@folder" stand for what the shell knows itself. */
static void print_bash_value(FILE *out, const struct option *option)
{
    switch (kind_of(option)) {
    case VALUE_WORDS:
        print_words(out, option);
        break;
    case VALUE_FILE:
        fputs("@file", out);
        break;
    case VALUE_FOLDER:
        fputs("@folder", out);
        break;
    default:
        break;
    }
}

static void print_bash_options(FILE *out, const struct command *command)
{
    struct option_group group;
    enum value_kind kind = kind_of_name(command->operand);
    fprintf(out, "    %s) echo \"", command->name);
    for (size_t n = 0; options_group(command, n, &group); n++)
        EACH_OPTION (option, group.options)
            fprintf(out, "--%s ", option->name);
    fputs(kind == VALUE_FOLDER     ? "@folder"
          : kind == VALUE_COMMAND  ? "@command"
          : kind == VALUE_QUESTION ? "@question"
                                   : "",
          out);
    fputs("\" ;;\n", out);
}

static void print_bash_values(FILE *out, const struct command *command)
{
    struct option_group group;
    for (size_t n = 0; options_group(command, n, &group); n++)
        EACH_OPTION (option, group.options)
            if (option->value) {
                fprintf(out, "    '%s --%s') echo '", command->name, option->name);
                print_bash_value(out, option);
                fputs("' ;;\n", out);
            }
}

static void print_bash(FILE *out)
{
    fputs("# bash completion for sparkify: source <(sparkify help --completion bash)\n"
          "\n"
          "# What may follow a command: its options, and \"@folder\", \"@command\" or "
          "\"@question\".\n"
          "_sparkify_options() {\n"
          "  case $1 in\n",
          out);
    for (size_t i = 0; command_table[i]; i++)
        print_bash_options(out, command_table[i]);
    fputs("    *) echo \"--help --version @command\" ;;\n"
          "  esac\n"
          "}\n"
          "\n"
          "# What may follow a command's option; fails where that takes no value.\n"
          "_sparkify_values() {\n"
          "  case \"$1 $2\" in\n",
          out);
    for (size_t i = 0; command_table[i]; i++)
        print_bash_values(out, command_table[i]);
    fputs(
        "    *) return 1 ;;\n"
        "  esac\n"
        "}\n"
        "\n"
        "_sparkify() {\n"
        "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
        "  local command= only_operands= words i\n"
        "  [ \"${COMP_WORDS[0]##*/}\" = etl ] && command=etl\n"
        "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
        "    case ${COMP_WORDS[i]} in\n"
        "      --) only_operands=yes ;;\n"
        "      -*) ;;\n"
        "      *) [ \"$command\" ] || command=${COMP_WORDS[i]} ;;\n"
        "    esac\n"
        "  done\n"
        "  # \"--name=value\" comes as three words.\n"
        "  if [ \"$word\" = = ]; then\n"
        "    word=\n"
        "  elif [ \"$before\" = = ]; then\n"
        "    before=${COMP_WORDS[COMP_CWORD - 2]}\n"
        "  fi\n"
        "  if [ \"$only_operands\" ]; then\n"
        "    words=$(_sparkify_options \"$command\" | tr ' ' '\\n' | grep '^@')\n"
        "  elif ! words=$(_sparkify_values \"$command\" \"$before\"); then\n"
        "    words=$(_sparkify_options \"$command\")\n"
        "    case $word in -*) words=${words%@*} ;; *) words=${words##*[!@a-z]} ;; esac\n"
        "  fi\n"
        "  case $words in\n"
        "    @file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$word\") ;;\n"
        "    @folder) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- \"$word\") ;;\n"
        "    @command) mapfile -t COMPREPLY < <(compgen -W \"",
        out);
    print_commands(out);
    fputs("\" -- \"$word\") ;;\n"
          "    @question)\n"
          "      compopt -o filenames\n"
          "      mapfile -t COMPREPLY < <(compgen -d -- \"$word\"; compgen -W \"",
          out);
    print_questions(out);
    fputs("\" -- \"$word\") ;;\n"
          "    *) mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\") ;;\n"
          "  esac\n"
          "}\n"
          "complete -F _sparkify sparkify etl\n",
          out);
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
    for (size_t n = 0; options_group(command, n, &group); n++)
        EACH_OPTION (option, group.options)
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

static void print_zsh(FILE *out)
{
    fputs("#compdef sparkify etl\n"
          "# zsh completion for sparkify: a file _sparkify in a folder of $fpath\n"
          "\n"
          "_sparkify_commands() {\n"
          "  local -a commands=(\n",
          out);
    for (size_t i = 0; command_table[i]; i++) {
        fprintf(out, "    '%s:", command_table[i]->name);
        print_brief(out, command_table[i]->summary, ":\\");
        fputs("'\n", out);
    }
    fputs("  )\n"
          "  _describe command commands\n"
          "}\n\n"
          "_sparkify_questions() {\n"
          "  _directories\n"
          "  compadd -- ",
          out);
    print_questions(out);
    fputs("\n}\n\n", out);
    for (size_t i = 0; command_table[i]; i++)
        print_zsh_command(out, command_table[i]);
    fputs("_sparkify() {\n"
          "  local curcontext=$curcontext state line\n"
          "  if [[ $service == etl ]]; then\n"
          "    _sparkify_etl\n"
          "    return\n"
          "  fi\n"
          "  _arguments -C '(- *)'{-h,--help}'[print the help]' \\\n"
          "    '(- *)'{-V,--version}'[print the version]' \\\n"
          "    '1:command:_sparkify_commands' '*::argument:->arguments'\n"
          "  if [[ $state == arguments ]] && (( $+functions[_sparkify_$words[1]] )); then\n"
          "    _sparkify_$words[1]\n"
          "  fi\n"
          "}\n\n"
          "_sparkify \"$@\"\n",
          out);
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

static void print_fish_command(FILE *out, const struct command *command)
{
    struct option_group group;
    enum value_kind kind = kind_of_name(command->operand);
    fprintf(out, "complete -c sparkify -n __fish_use_subcommand -a %s -d '", command->name);
    print_brief(out, command->summary, "\\");
    fputs("'\n", out);
    for (size_t n = 0; options_group(command, n, &group); n++)
        EACH_OPTION (option, group.options)
            print_fish_option(out, command, option);
    if (kind == VALUE_FOLDER || kind == VALUE_QUESTION)
        fprintf(out,
                "complete -c sparkify -n '__fish_seen_subcommand_from %s' "
                "-a '(__fish_complete_directories)'\n",
                command->name);
    if (kind == VALUE_QUESTION) {
        fprintf(out, "complete -c sparkify -n '__fish_seen_subcommand_from %s' -a '",
                command->name);
        print_questions(out);
        fputs("'\n", out);
    }
    if (kind == VALUE_COMMAND) {
        fprintf(out, "complete -c sparkify -n '__fish_seen_subcommand_from %s' -a '",
                command->name);
        print_commands(out);
        fputs("'\n", out);
    }
}

static void print_fish(FILE *out)
{
    fputs("# fish completion for sparkify: sparkify help --completion fish | source\n"
          "complete -c sparkify -f\n"
          "complete -c sparkify -n __fish_use_subcommand -s h -l help -d 'print the help'\n"
          "complete -c sparkify -n __fish_use_subcommand -s V -l version -d 'print the version'\n",
          out);
    for (size_t i = 0; command_table[i]; i++)
        print_fish_command(out, command_table[i]);
    fputs("complete -c etl -f -w 'sparkify etl'\n", out);
}

void completion_print(FILE *out, enum shell shell)
{
    static void (*const printers[])(FILE *out) = {
        [SHELL_BASH] = print_bash, [SHELL_ZSH] = print_zsh, [SHELL_FISH] = print_fish};
    printers[shell](out);
}
