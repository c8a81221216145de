/* sparkify help [COMMAND]. */
#include "command_line.h"
#include "completion.h"
#include "help.h"
#include <document.h>

/* ---- JSON ------------------------------------------------------------------------------------ */

static json_t *words_json(const struct option *option)
{
    if (!option->words)
        return json_null();
    json_t *words = json_array();
    for (size_t i = 0; option->words[i].name; i++)
        json_array_append_new(words, json_string(option->words[i].name));
    return words;
}

static json_t *options_json(const struct command *command)
{
    struct option_group group;
    json_t *options = json_array();
    EACH_OPTION_OF (command, group, option)
        json_array_append_new(options, json_pack("{ss so so ss}", "name", option->name, "value",
                                                 document_text(option->value), "values",
                                                 words_json(option), "help", option->help));
    return options;
}

static json_t *commands_json(const struct command *topic)
{
    json_t *list = json_array();
    for (size_t i = 0; command_table[i]; i++) {
        const struct command *command = command_table[i];
        if (!topic || topic == command)
            json_array_append_new(list, json_pack("{ss so ss so so}", "name", command->name,
                                                  "operand", document_text(command->operand),
                                                  "summary", command->summary, "text",
                                                  query_json_text(command_text(command)), "options",
                                                  options_json(command)));
    }
    return json_pack("{so}", "commands", list);
}

/* ---- Text ------------------------------------------------------------------------------------ */

static void print_all(void)
{
    help_print_overview(stdout);
    for (size_t i = 0; command_table[i]; i++) {
        printf("\n");
        help_print_command(stdout, command_table[i]);
    }
}

static void print_help(const struct help_settings *help, const struct command *topic)
{
    if (help->man)
        help_print_man(stdout, topic);
    else if (help->shell)
        completion_print(stdout, help->shell);
    else if (topic)
        help_print_command(stdout, topic);
    else if (help->common.verbose)
        print_all();
    else
        help_print_overview(stdout);
}

/* ---- The command ----------------------------------------------------------------------------- */

enum status cli_run_help(void *settings, struct error *error)
{
    struct help_settings *help = settings;
    const struct command *topic = NULL;
    bool has_shell = help->shell != SHELL_NONE;
    if (help->man + has_shell + help->common.json > 1 || (help->topic && has_shell))
        return error_set(
            error, STATUS_USAGE,
            "--man, --json and --completion exclude each other, and --completion takes no COMMAND");
    if (help->topic)
        TRY(command_find(help->topic, &topic, error));
    if (help->common.json)
        help->common.document = commands_json(topic);
    else if (!help->common.quiet)
        print_help(help, topic);
    return STATUS_OK;
}
