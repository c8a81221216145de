/* options: the table of commands and their options, from which the parser, the help, the man pages,
 * the completions and the options of the library's jobs are made. */
#pragma once

#include <host.h>
#include <jansson.h>
#include <settings_file.h>

/* Parses an option's text into `out`; on failure the error says what was expected. */
typedef enum status option_parse_fn(const char *text, void *out, struct error *error);

/* A word that an option accepts, and its value: of an enum, or an int. */
struct option_word {
    const char *name; /* NULL ends a table */
    int value;
};

struct option {
    const char *name;  /* "threads": given as --threads N or --threads=N */
    const char *value; /* "N", or NULL for a flag, whose value is a bool. "FILE" completes to files;
                          "DIR", "URI" and "LAKE" to folders */
    const char *help;
    option_parse_fn *parse;          /* NULL for a flag, and for words */
    size_t offset;                   /* of its value in the settings of its group */
    const struct option_word *words; /* all accepted words, where those are few */
    char letter;                     /* 'q': also -q; 0: none */
    bool on_command_line_alone; /* cannot be given by the environment or sparkify.yaml: it removes
                                   data, permits something, or concerns a single run */
    const char *answers; /* the question that this option answers together with others: if the
                            command line gives one of them, the environment's and sparkify.yaml's
                            values of the others are ignored; or NULL */
};

/* Loops over a table of options, which may be NULL. */
#define EACH_OPTION(option, table)                                                                 \
    for (const struct option *option = (table); option && option->name; option++)

/* Options of several commands, whose values are in a part of their settings. */
struct option_group {
    const char *title;
    const struct option *options; /* ends with a NULL name; NULL: there are none */
    size_t offset;                /* of that part in the command's settings */
};

/* An option that was removed, or that other programs have under this name. */
struct option_removed {
    const char *name; /* NULL ends a table */
    const char *hint; /* what to use instead */
};

/* id, name for --log-level */
#define LOGGING_LEVELS(X)                                                                          \
    X(LOGGING_DEBUG, "debug")                                                                      \
    X(LOGGING_INFO, "info")                                                                        \
    X(LOGGING_WARNING, "warning")                                                                  \
    X(LOGGING_ERROR, "error")
enum logging_level {
    LOGGING_USUAL, /* not given */
#define X(id, name) id,
    LOGGING_LEVELS(X)
#undef X
};
enum logging_format { LOGGING_TEXT, LOGGING_JSON };

struct logging_settings {
    const char *file; /* appended to; NULL: none */
    enum logging_format format;
    enum logging_level level; /* the lowest level that is written */
};

#define OPTION_GROUPS 4
#define OPTIONS_GIVEN 64

/* The settings of all commands, at the beginning of each command's own. */
struct common_settings {
    struct host host; /* set before anything else */
    bool quiet, verbose, json, help, version;
    struct logging_settings logging;
    const char *settings_path, *use; /* --settings, --use */
    struct settings_file file;       /* owns values read from sparkify.yaml */
    bool has_result;                 /* the settings hold a result that the program prints */
    json_t *document; /* the command's fields, also after a failure; document_write puts format,
                         command, status and error before them */
    char done[128];   /* what has been done even if printing fails: the first half of a sentence */
    struct buffer details; /* lines printed after the error message */
    const struct option
        *given[OPTIONS_GIVEN]; /* options of the command line, each once, in order */
    size_t given_count;
};

struct command {
    const char *name;
    const char *operand;          /* "DIR", "[LAKE] [SQL]", or NULL when it takes none */
    const char *summary;          /* one line */
    const struct option *options; /* ends with a NULL name; NULL: there are none */
    struct option_group shared[OPTION_GROUPS];
    const struct option_removed *removed; /* may be NULL */
    size_t settings_size;   /* of the settings, which begin with a struct common_settings */
    size_t operand_offset;  /* of a const char * in the settings, or of several */
    size_t operand_count;   /* number of operands; 0 means one */
    bool needs_no_settings; /* sparkify.yaml is not read */
    size_t progress_offset; /* of a struct run_progress in the settings; 0: it has none */
    size_t stores_offset;   /* of a struct stores_settings in the settings; 0: it has none */
    void (*defaults)(void *settings); /* may be NULL */
    /* Runs the command without printing; the result is left in the settings. NULL: only the program
     * can run it. */
    enum status (*run)(void *settings, struct error *error);
    /* Called after the result was printed; may be NULL. `error` is read unless the status is
     * STATUS_OK. */
    void (*after)(void *settings, enum status status, const struct error *error);
    void (*release)(void *settings); /* frees the command's own results; may be NULL */
};

/* Loops over the options of all groups of a command. */
#define EACH_OPTION_OF(command, group, option)                                                     \
    for (size_t n_ = 0; options_group((command), n_, &(group)); n_++)                              \
        EACH_OPTION (option, (group).options)

/* The options of every command. */
extern const struct option options_common[];
/* All commands, ending with NULL. */
extern const struct command *const command_table[];

/* Sets *out to group n of a command's options, of which options_common is the last; false where
 * there are fewer. */
bool options_group(const struct command *command, size_t n, struct option_group *out);

/* Parses argv, without the command's name, into the settings; then options_complete. STATUS_USAGE
 * names the wrong argument. */
NODISCARD enum status options_parse(const struct command *command, int argc, char **argv,
                                    void *settings, struct error *error);
/* Sets an option, or an operand, by its name, as the library's callers give it: "input", "lake";
 * the value of a flag is a word such as "true", or NULL. The value is borrowed. */
NODISCARD enum status options_set(const struct command *command, void *settings, const char *name,
                                  const char *value, struct error *error);
/* Sets options that are not given yet from the environment (SPARKIFY_<OPTION>) and then from the
 * profile in sparkify.yaml. */
NODISCARD enum status options_complete(const struct command *command, void *settings,
                                       struct error *error);
/* Sets the defaults in settings that are all zero but for the host. */
void command_begin(const struct command *command, void *settings);
/* Frees what the settings hold. */
void command_end(const struct command *command, void *settings);
/* Parses an option's value into `target`; on failure the error says what was expected. */
NODISCARD enum status option_set(const struct option *option, const char *value, void *target,
                                 struct error *error);
/* True for the name of an option that some command has. */
bool options_has_name(const char *name, size_t len);
/* True for a flag that every command takes, such as "--json" or "-q". */
bool options_is_common(const char *argument);
bool options_is_given(const struct common_settings *settings, const char *name);
/* The first option of the table that is given, or NULL. */
const struct option *options_find_given(const struct common_settings *settings,
                                        const struct option *table);
/* The description in src/api/help/NAME.txt, of some lines, without the last line's end. */
struct str command_text(const struct command *command);
/* The examples behind it: whole lines. */
const char *command_examples(const struct command *command);
/* The command of this name; STATUS_USAGE with a suggestion when there is none. */
NODISCARD enum status command_find(const char *name, const struct command **out,
                                   struct error *error);

/* option_parse_duration: "90s", "10m", "2h", "7d" → int64_t milliseconds; option_parse_day:
 * "2018-11-01" → int64_t microseconds since 1970; option_parse_size: "500M", "2G" → uint64_t bytes.
 */
option_parse_fn option_parse_text, option_parse_count, option_parse_positive, option_parse_share,
    option_parse_seconds, option_parse_duration, option_parse_day, option_parse_size;
/* Looks a word up; STATUS_USAGE lists the words, and suggests one. */
NODISCARD enum status option_parse_word(const struct option_word *words, const char *text, int *out,
                                        struct error *error);
