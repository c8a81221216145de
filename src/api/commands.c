/* The table of all commands, in the order of the help. */
#include <commands.h>

#include <help_texts.h>

const struct command *const command_table[] = {
    &etl_command,     &query_command,
    &report_command,  &serve_command,
    &history_command, &restore_command,
    &check_command,   &vacuum_command,
    &doctor_command,  &generate_command,
    &init_command,    &schema_command,
    &help_command,    NULL,
};

/* ---- Help ------------------------------------------------------------------------------------ */

#define EXAMPLES "\n\nexamples:\n"

static const char *help_of(const struct command *command)
{
    const struct text_file *file = help_texts;
    while (strcmp(file->name, command->name) != 0)
        file++;
    return file->text;
}

struct str command_text(const struct command *command)
{
    const char *help = help_of(command);
    return (struct str){help, (size_t)(strstr(help, EXAMPLES) - help)};
}

const char *command_examples(const struct command *command)
{
    return strstr(help_of(command), EXAMPLES) + strlen(EXAMPLES);
}

/* ---- Settings -------------------------------------------------------------------------------- */

static struct stores_settings *stores_of(const struct command *command, void *settings)
{
    return command->stores_offset ? (void *)((char *)settings + command->stores_offset) : NULL;
}

void command_begin(const struct command *command, void *settings)
{
    struct stores_settings *stores = stores_of(command, settings);
    if (stores)
        stores_set_defaults(stores, settings);
    if (command->defaults)
        command->defaults(settings);
}

void command_end(const struct command *command, void *settings)
{
    struct common_settings *common = settings;
    struct stores_settings *stores = stores_of(command, settings);
    if (command->release)
        command->release(settings);
    if (stores)
        stores_release(stores);
    json_decref(common->document);
    buffer_release(&common->details);
    settings_file_release(&common->file);
}
