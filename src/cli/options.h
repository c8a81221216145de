/* options: one table of commands and their options, from which come the parser, the help, the man
 * page and the completion. */
#ifndef SPARKIFY_CLI_OPTIONS_H
#define SPARKIFY_CLI_OPTIONS_H

#include <base.h>

#include <stdio.h>

/* Reads an option's text into its place; on failure says what was expected. */
typedef enum status option_parse_fn(const char *text, void *out, struct error *error);

struct option {
    const char *name;  /* "threads": given as --threads N or --threads=N */
    const char *value; /* "N", or NULL for a flag, whose place is a bool */
    const char *help;
    option_parse_fn *parse; /* NULL for a flag */
    size_t offset;          /* of its place in the command's settings */
};

/* For a table of options that may be none. */
#define EACH_OPTION(option, table)                                                                 \
    for (const struct option *option = (table); option && option->name; option++)

/* Options that several commands have, whose places are in a part of their settings. */
struct option_group {
    const char *title;
    const struct option *options; /* ends with a NULL name; NULL: there are none */
    size_t offset;                /* of that part in the command's settings */
};

struct command {
    const char *name;
    const char *operand; /* "DIR", or NULL when it takes none */
    const char *summary; /* one line */
    const char *text;    /* what it does, some lines */
    const char *examples;
    const struct option *options; /* ends with a NULL name */
    struct option_group shared;
    size_t settings_size;
    size_t operand_offset; /* of a const char * in the settings */
    void (*defaults)(void *settings);
    /* Returns the status that the program exits with; the error, if any, is printed by main. */
    enum status (*run)(void *settings, struct error *error);
};

/* All commands, ending with NULL. */
extern const struct command *const commands[];

/* Reads argv into the settings; argv does not hold the command's name. *help becomes true when
 * --help is among them. STATUS_USAGE names what is wrong. */
NODISCARD enum status options_parse(const struct command *command, int argc, char **argv,
                                    void *settings, bool *help, struct error *error);
/* The command of this name; STATUS_USAGE with a suggestion when there is none. */
NODISCARD enum status options_find_command(const char *name, const struct command **out,
                                           struct error *error);

/* option_parse_duration: "90s", "10m", "2h", "7d" → int64_t milliseconds. */
option_parse_fn option_parse_text, option_parse_count, option_parse_positive, option_parse_share,
    option_parse_seconds, option_parse_duration;

void options_print_overview(FILE *out);
void options_print_help(FILE *out, const struct command *command);
void options_print_man(FILE *out);
void options_print_completion(FILE *out);

#endif
