/* sparkify: the program. Only this folder prints, reads the environment, and exits. */
#include "commands.h"
#include "harmless.h"
#include "signals.h"
#include "streams.h"

#include <malloc.h>
#include <stdlib.h>
#include <sys/resource.h>

const struct command *const commands[] = {
    &etl_command,    &history_command, &check_command,
    &vacuum_command, &doctor_command,  &generate_command,
    &schema_command, &help_command,    NULL,
};

static void print_line(const char *before, const char *text)
{
    fputs(before, stderr);
    print_harmless(stderr, str_of(text));
    fputc('\n', stderr);
}

static int report_error(const struct error *error)
{
    const char *hint = error_hint_text(error);
    print_line("sparkify: ", error->message);
    if (hint[0])
        print_line("  ", hint);
    return status_exit_code(error->status);
}

/* A lake of many months has a file open for each. */
static void raise_open_files_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* Large blocks go back to the system when they are freed. By default glibc moves that limit up to
 * 32 MiB as it goes, and tables that grow leave holes: 20 million events took 450 MiB, now 350. */
static void give_memory_back(void)
{
    mallopt(M_MMAP_THRESHOLD, 256 << 10);
}

static enum status run_command(const struct command *command, int argc, char **argv,
                               struct error *error)
{
    void *settings = mem_zalloc(command->settings_size);
    bool help;
    if (command->defaults)
        command->defaults(settings);
    enum status status = options_parse(command, argc, argv, settings, &help, error);
    if (status == STATUS_OK && help)
        options_print_help(stdout, command);
    else if (status == STATUS_OK)
        status = command->run(settings, error);
    if (status == STATUS_USAGE && !error->hint[0])
        error_hint(error, "see 'sparkify %s --help'", command->name);
    mem_free(settings);
    return status;
}

/* Called by the name of a link to it, such as "etl", the program is that command. */
static const struct command *command_of_link(const char *program)
{
    const char *slash = strrchr(program, '/');
    const char *name = slash ? slash + 1 : program;
    return strcmp(name, etl_command.name) == 0 ? &etl_command : NULL;
}

/* What was printed may still be in a buffer, and its disk may be full. */
static int finish(enum status status, struct error *error)
{
    if (status == STATUS_OK)
        status = streams_flush(NULL, error);
    return status == STATUS_OK ? EXIT_SUCCESS : report_error(error);
}

int main(int argc, char **argv)
{
    struct error error;
    const struct command *command = argc > 0 ? command_of_link(argv[0]) : NULL;
    const char *name = argc > 1 ? argv[1] : "--help";
    streams_init();
    signals_init();
    raise_open_files_limit();
    give_memory_back();
    if (command)
        return finish(run_command(command, argc - 1, argv + 1, &error), &error);
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        options_print_overview(argc > 1 ? stdout : stderr);
        return argc > 1 ? finish(STATUS_OK, &error) : status_exit_code(STATUS_USAGE);
    }
    if (strcmp(name, "--version") == 0) {
        printf("sparkify %s\n", SPARKIFY_VERSION);
        return finish(STATUS_OK, &error);
    }
    enum status status = options_find_command(name, &command, &error);
    if (status == STATUS_OK)
        status = run_command(command, argc - 2, argv + 2, &error);
    return finish(status, &error);
}
