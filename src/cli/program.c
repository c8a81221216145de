/* The program, from its arguments to the exit code. Only this folder prints. */
#include "command_line.h"
#include "help.h"
#include "logging.h"
#include "messages.h"
#include "signals.h"
#include "streams.h"
#include "version.h"

#include <document.h>
#include <malloc.h>
#include <number_text.h>
#include <sparkify.h>
#include <stdlib.h>
#include <sys/resource.h>

/* A run has an open file for each month of a lake. */
static void raise_open_files_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* Large blocks go back to the system when they are freed. By default glibc moves that limit up to
 * 32 MiB as it goes, and tables that grow leave holes: 20 million events took 450 MiB, now 350.
 * Small ones are asked for by the MiB: a call for every 132 KiB took 2 % of a small run. */
static void set_memory_limits(void)
{
#ifdef __GLIBC__ /* musl gives large blocks back by itself */
    mallopt(M_MMAP_THRESHOLD, 256 << 10);
    mallopt(M_TOP_PAD, 1 << 20);
#endif
}

/* A program called through a link named after a command, such as "etl", runs that command. */
static const struct command *command_of_link(const char *program)
{
    const char *slash = strrchr(program, '/');
    const char *name = slash ? slash + 1 : program;
    return strcmp(name, etl_command.name) == 0 ? &etl_command : NULL;
}

/* ---- A command from its arguments to the exit code ------------------------------------------- */

/* After a usage error: --json may come after the wrong argument. */
static bool has_json(int argc, char **argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--json") == 0)
            return true;
    return false;
}

static int finish(const struct command *command, struct common_settings *common, enum status status,
                  struct error *error)
{
    if (common->json)
        document_write(stdout, command, common->document, status, error);
    /* Output may still be in the buffer, and its disk may be full. */
    if (status == STATUS_OK)
        status = streams_flush(common->done[0] ? common->done : NULL, error);
    if (status == STATUS_OK)
        return EXIT_SUCCESS;
    messages_error(error, buffer_text(&common->details));
    int code = status_exit_code(status);
    return status == STATUS_INTERRUPTED ? signals_exit_code(code) : code;
}

static const struct command program = {.name = "sparkify",
                                       .settings_size = sizeof(struct common_settings)};

/* Ends a program that runs no command. */
static int finish_without(struct common_settings *common, enum status status, struct error *error)
{
    int code = finish(NULL, common, status, error);
    command_end(&program, common);
    return code;
}

static void log_event(const struct command *command, const char *what)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    buffer_appendf(&text, "%s %s", command->name, what);
    logging_write(LOGGING_INFO, buffer_text(&text), "");
}

/* The log level that corresponds to what stderr shows. */
static enum logging_level usual_level(const struct common_settings *common)
{
    if (common->logging.file || common->verbose == common->quiet)
        return LOGGING_INFO;
    return common->verbose ? LOGGING_DEBUG : LOGGING_ERROR;
}

/* Prints time and memory with --verbose. */
static void say_cost(const struct command *command, const struct common_settings *common,
                     uint64_t start_ns)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    host_step(&common->host, "%s took %s; peak memory %s", command->name,
              number_seconds(clock_seconds_since(start_ns)).text,
              number_bytes((double)usage.ru_maxrss * 1024).text);
}

static enum status run_logged(const struct command *command, void *settings, struct error *error)
{
    struct common_settings *common = settings;
    uint64_t start_ns = clock_ns();
    if (common->logging.level == LOGGING_USUAL)
        common->logging.level = usual_level(common);
    TRY(logging_open(&common->logging, error));
    log_event(command, "begins");
    if (common->file.profile)
        host_step(&common->host, "options: profile %s of %s", common->file.profile,
                  common->file.path);
    enum status status = command_line_run(command, settings, error);
    say_cost(command, common, start_ns);
    log_event(command, status == STATUS_OK ? "has succeeded" : "has failed");
    return status;
}

static int run_command(const struct command *command, int argc, char **argv)
{
    struct error error;
    CLEANUP(mem_drop) void *settings = mem_zalloc(command->settings_size);
    struct common_settings *common = settings;
    common->host = (struct host){messages_say, common, signals_stop_flag()};
    command_begin(command, settings);
    enum status status = options_parse(command, argc, argv, settings, &error);
    common->json |= status != STATUS_OK && has_json(argc, argv);
    if (status == STATUS_OK && common->version)
        version_print(common);
    else if (status == STATUS_OK && common->help)
        help_print_command(stdout, command);
    else if (status == STATUS_OK)
        status = run_logged(command, settings, &error);
    if (status == STATUS_USAGE && !error.hint[0])
        error_hint(&error, "see 'sparkify %s --help'", command->name);
    common->json &= !common->version && !common->help;
    int code = finish(command, common, status, &error);
    logging_close();
    command_end(command, settings);
    return code;
}

/* Options of every command may come before the command's name. Moves the name to the front. */
static const char *find_name(int argc, char **argv)
{
    int at = 1;
    while (at < argc && options_is_common(argv[at]))
        at++;
    if (at >= argc || argv[at][0] == '-')
        return NULL;
    char *name = argv[at];
    memmove(argv + 2, argv + 1, (size_t)(at - 1) * sizeof *argv);
    argv[1] = name;
    return name;
}

/* Runs without a command: --help, --version, or an error. */
static int run_without_command(int argc, char **argv)
{
    struct common_settings common = {0};
    struct error error;
    enum status status = options_parse(&program, argc, argv, &common, &error);
    common.json |= status != STATUS_OK && has_json(argc, argv);
    if (status == STATUS_OK && common.version)
        version_print(&common);
    else if (status == STATUS_OK && common.help)
        help_print_overview(stdout);
    else if (status == STATUS_OK && argc == 0) {
        help_print_overview(stderr);
        return status_exit_code(STATUS_USAGE);
    } else if (status == STATUS_OK)
        status = error_set(&error, STATUS_USAGE, "no command is given");
    common.json &= !common.version && !common.help;
    return finish_without(&common, status, &error);
}

static int run_named(const char *name, int argc, char **argv)
{
    struct common_settings common = {.json = has_json(argc, argv)};
    const struct command *command;
    struct error error;
    enum status status = command_find(name, &command, &error);
    return status == STATUS_OK ? run_command(command, argc, argv)
                               : finish_without(&common, status, &error);
}

int sparkify_main(int argc, char **argv)
{
    const struct command *command = argc > 0 ? command_of_link(argv[0]) : NULL;
    streams_init();
    signals_init();
    mem_exit_when_exhausted(EXIT_FAILURE, "fewer --threads, or a machine with more memory");
    raise_open_files_limit();
    set_memory_limits();
    json_set_alloc_funcs(mem_alloc, mem_free); /* so that none of its calls fails */
    if (command)
        return run_command(command, argc - 1, argv + 1);
    const char *name = find_name(argc, argv);
    return name ? run_named(name, argc - 2, argv + 2)
                : run_without_command(argc > 0 ? argc - 1 : 0, argv + 1);
}
