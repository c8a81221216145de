/* options: one table of commands and their options, from which come the parser, the help, the man
 * page, the completions, and the options of the library's jobs. */
#ifndef SPARKIFY_API_OPTIONS_H
#define SPARKIFY_API_OPTIONS_H

#include <host.h>
#include <jansson.h>
#include <settings_file.h>

/* Reads an option's text into its place; on failure says what was expected. */
typedef enum status option_parse_fn(const char *text, void *out, struct error *error);

/* A word that an option may be given, and what it means: the value of an enum, or an int. */
struct option_word {
    const char *name; /* NULL ends a table */
    int value;
};

struct option {
    const char *name;  /* "threads": given as --threads N or --threads=N */
    const char *value; /* "N", or NULL for a flag, whose place is a bool. "FILE" completes to files;
                        * "DIR", "URI" and "LAKE" to folders */
    const char *help;
    option_parse_fn *parse;          /* NULL for a flag, and for words */
    size_t offset;                   /* of its place in the settings of its group */
    const struct option_word *words; /* all that it may be, where those are few */
    char letter;                     /* 'q': given as -q, too; 0: it has none */
    bool on_command_line_alone;      /* neither the environment nor sparkify.yaml gives it: it
                                      * destroys or allows something, or is about one call */
    const char *answers;             /* what else it says, as other options do: of these the
                                      * environment gives none where the command line gives one,
                                      * and sparkify.yaml none where one of both does; or NULL */
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

/* An option that a command had once, or that others know by that name. */
struct option_removed {
    const char *name; /* NULL ends a table */
    const char *hint; /* what does it now */
};

/* id, name for --log-level */
#define LOGGING_LEVELS(X)                                                                          \
    X(LOGGING_DEBUG, "debug")                                                                      \
    X(LOGGING_INFO, "info")                                                                        \
    X(LOGGING_WARNING, "warning")                                                                  \
    X(LOGGING_ERROR, "error")
enum logging_level {
    LOGGING_USUAL, /* nobody has said which */
#define X(id, name) id,
    LOGGING_LEVELS(X)
#undef X
};
enum logging_format { LOGGING_TEXT, LOGGING_JSON };

struct logging_settings {
    const char *file; /* appended to; NULL: none */
    enum logging_format format;
    enum logging_level level; /* the least that is written */
};

#define OPTION_GROUPS 4
#define OPTIONS_GIVEN 64

/* What all commands have in common. It stands first in the settings of each. */
struct common_settings {
    struct host host; /* set before all else */
    bool quiet, verbose, json, help, version;
    struct logging_settings logging;
    const char *settings_path, *use; /* --settings, --use */
    struct settings_file file;       /* where values of settings may be */
    bool has_result;     /* the settings hold what the command found, to be shown to a person */
    bool wants_document; /* with --json, and in the library */
    json_t *document;    /* where it is wanted: what the command found, also where it failed;
                          * document_write puts format, command, status and error before it */
    char done[128]; /* what stays done where it cannot be printed: the first half of a sentence */
    struct buffer details;                     /* lines that follow the message of a failure */
    const struct option *given[OPTIONS_GIVEN]; /* on the command line; once each, in their order */
    size_t given_count;
};

struct command {
    const char *name;
    const char *operand; /* "DIR", "[LAKE] [SQL]", or NULL when it takes none */
    const char *summary; /* one line */
    const char *text;    /* what it does, some lines */
    const char *examples;
    const struct option *options; /* ends with a NULL name; NULL: there are none */
    struct option_group shared[OPTION_GROUPS];
    const struct option_removed *removed; /* may be NULL */
    size_t settings_size;                 /* which begin with a struct common_settings */
    size_t operand_offset;                /* of a const char * in the settings, or of several */
    size_t operand_count;                 /* how many; 0 is one, too */
    bool needs_no_settings;               /* sparkify.yaml is not read */
    size_t progress_offset; /* of a struct run_progress in the settings; 0: it has none */
    void (*defaults)(void *settings);
    /* Does it, without printing: what was found stands in the settings. NULL: the program alone can
     * do it. */
    enum status (*run)(void *settings, struct error *error);
    /* What is to be done once the result was shown; may be NULL. The error counts unless the status
     * is STATUS_OK. */
    void (*after)(void *settings, enum status status, const struct error *error);
    void (*release)(void *settings); /* frees what `defaults` and `run` have made; may be NULL */
};

/* What stands in each command's settings first. */
extern const struct option options_common[];
/* All commands, ending with NULL. */
extern const struct command *const command_table[];

/* Group n of a command's options, options_common last; false where it has fewer. */
bool options_group(const struct command *command, size_t n, struct option_group *out);

/* Reads argv, which does not hold the command's name, into the settings; then of what it does not
 * say the environment's SPARKIFY_<OPTION>, and then the profile in sparkify.yaml. STATUS_USAGE
 * names what is wrong. */
NODISCARD enum status options_parse(const struct command *command, int argc, char **argv,
                                    void *settings, struct error *error);
/* Sets an option, or an operand, by its name, as the library's callers give it: "input", "lake";
 * the value of a flag is a word such as "true", or NULL. The value is borrowed. */
NODISCARD enum status options_set(const struct command *command, void *settings, const char *name,
                                  const char *value, struct error *error);
/* After options_set: the environment and the profile in sparkify.yaml, as options_parse does. */
NODISCARD enum status options_complete(const struct command *command, void *settings,
                                       struct error *error);
/* Frees what settings of any command hold of struct common_settings. */
void options_release(struct common_settings *common);
/* Reads an option's value into its place; on failure says what was expected. */
NODISCARD enum status option_set(const struct option *option, const char *value, void *place,
                                 struct error *error);
/* True for the name of an option that some command has. */
bool options_has_name(const char *name, size_t len);
/* True for a flag that every command takes, such as "--json" or "-q". */
bool options_is_common(const char *argument);
bool options_is_given(const struct common_settings *settings, const char *name);
/* The first option of the table that is given, or NULL. */
const struct option *options_find_given(const struct common_settings *settings,
                                        const struct option *table);
/* The command of this name; STATUS_USAGE with a suggestion when there is none. */
NODISCARD enum status command_find(const char *name, const struct command **out,
                                   struct error *error);

/* option_parse_duration: "90s", "10m", "2h", "7d" → int64_t milliseconds; option_parse_day:
 * "2018-11-01" → int64_t microseconds since 1970; option_parse_size: "500M", "2G" → uint64_t bytes.
 */
option_parse_fn option_parse_text, option_parse_count, option_parse_positive, option_parse_share,
    option_parse_seconds, option_parse_duration, option_parse_day, option_parse_size;
/* The value of the word, or what words there are and which was probably meant. */
NODISCARD enum status option_parse_word(const struct option_word *words, const char *text, int *out,
                                        struct error *error);

#endif
