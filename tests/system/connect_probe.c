/* Does one thing through the Spark Connect client, for the tests:
 *
 *      connect_probe [--retry S] [--silence S] [--ca FILE] ADDRESS COMMAND …
 *
 *      version                          the server's version
 *      set KEY VALUE                    sets it, and reads it back
 *      get KEY
 *      command SQL …                    one after the other
 *      query SQL [METRIC …]             the rows, one a line; METRIC is name=expression
 *      skip SQL [METRIC …]              the same, rows not printed
 *      read FORMAT SCHEMA PATH [KEY=VALUE …]   makes a view of files, and prints its rows
 *      write SQL PATH MODE [COLUMN …]   Parquet, partitioned by the columns; rows counted
 *      progress SQL                     the query's progress, one a line
 *      fail-in-rows SQL                 the callback fails at the first batch
 *
 * Of rows, each value is told with its column's type. The last line tells what the operation came
 * to. SIGINT interrupts. */
#include "connect.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

static atomic_bool cancel;

static void on_signal(int number)
{
    (void)number;
    atomic_store(&cancel, true);
}

static const char *type_name(enum arrow_type type)
{
    static const char *const names[] = {"null",   "boolean", "int8",     "int16",   "int32",
                                        "int64",  "float",   "double",   "decimal", "utf8",
                                        "binary", "date",    "timestamp"};
    return names[type];
}

static void print_value(const struct arrow_column *column, size_t row)
{
    CLEANUP(buffer_release) struct buffer digits = {0};
    printf("%.*s:%s=", STR_ARG(column->name), type_name(column->type));
    if (arrow_is_null(column, row))
        printf("null");
    else if (column->type == ARROW_BOOLEAN)
        printf("%s", arrow_boolean(column, row) ? "true" : "false");
    else if (column->type == ARROW_DOUBLE || column->type == ARROW_FLOAT)
        printf("%.17g", arrow_double(column, row));
    else if (column->type == ARROW_UTF8 || column->type == ARROW_BINARY)
        printf("'%.*s'", STR_ARG(arrow_text(column, row)));
    else if (column->type == ARROW_DECIMAL) {
        arrow_decimal(column, row, &digits);
        printf("%s", buffer_text(&digits));
    } else
        printf("%" PRId64, arrow_integer(column, row));
}

static enum status print_rows(void *ctx, const struct arrow_batch *batch, struct error *error)
{
    (void)ctx;
    (void)error;
    for (size_t row = 0; row < batch->rows; row++) {
        for (size_t i = 0; i < batch->column_count; i++) {
            printf("%s", i ? " " : "");
            print_value(&batch->columns[i], row);
        }
        printf("\n");
    }
    fflush(stdout);
    return STATUS_OK;
}

static enum status skip_rows(void *ctx, const struct arrow_batch *batch, struct error *error)
{
    (void)ctx;
    (void)batch;
    (void)error;
    return STATUS_OK;
}

static enum status refuse_rows(void *ctx, const struct arrow_batch *batch, struct error *error)
{
    (void)ctx;
    return error_set(error, STATUS_NO_SPACE, "no room for %zu rows", batch->rows);
}

static void print_progress(void *ctx, const struct connect_progress *progress)
{
    (void)ctx;
    printf("progress stages=%" PRIu64 "/%" PRIu64 " tasks=%" PRIu64 "/%" PRIu64 " running=%" PRIu64
           " bytes=%" PRIu64 "\n",
           progress->stages_done, progress->stages, progress->tasks_done, progress->tasks,
           progress->tasks_running, progress->bytes_read);
    fflush(stdout);
}

static void print_outcome(const struct connect_outcome *outcome,
                          const struct connect_metric *metrics, size_t count)
{
    printf("done rows=%" PRIu64 " reattached=%u", outcome->rows, outcome->reattached);
    for (size_t i = 0; i < count; i++) {
        printf(" %s=", metrics[i].name);
        if (outcome->metrics[i] == CONNECT_NULL)
            printf("null");
        else
            printf("%" PRId64, outcome->metrics[i]);
    }
    printf("\n");
}

/* ---- Commands -------------------------------------------------------------------------------- */

struct call {
    struct connect_session *session;
    char **arguments;
    size_t count;
    struct error *error;
};

static enum status do_version(struct call *call)
{
    printf("%s\n", connect_version(call->session));
    return STATUS_OK;
}

static enum status do_command(struct call *call)
{
    for (size_t i = 0; i < call->count; i++)
        TRY(connect_command(call->session, call->arguments[i], NULL, call->error));
    printf("done\n");
    return STATUS_OK;
}

/* "name=expression" → a metric. */
static size_t parse_metrics(char **arguments, size_t count, struct connect_metric *metrics)
{
    for (size_t i = 0; i < count && i < CONNECT_MAX_METRICS; i++) {
        char *equals = strchr(arguments[i], '=');
        *equals = '\0';
        metrics[i] = (struct connect_metric){arguments[i], equals + 1};
    }
    return count;
}

static enum status run_query(struct call *call, arrow_batch_fn *fn,
                             const struct connect_watch *watch)
{
    struct connect_metric metrics[CONNECT_MAX_METRICS];
    struct connect_outcome outcome;
    struct connect_relation relation = {.sql = call->arguments[0], .metrics = metrics};
    relation.metric_count = parse_metrics(call->arguments + 1, call->count - 1, metrics);
    TRY(connect_query(call->session, &relation, fn, NULL, watch, &outcome, call->error));
    print_outcome(&outcome, metrics, relation.metric_count);
    return STATUS_OK;
}

/* Sets a setting, and runs a query. */
static enum status do_set(struct call *call)
{
    struct connect_pair pair = {call->arguments[0], call->arguments[1]};
    TRY(connect_set(call->session, &pair, 1, call->error));
    call->arguments[0] = call->arguments[2];
    call->count = 1;
    return run_query(call, print_rows, NULL);
}

static enum status do_query(struct call *call)
{
    return run_query(call, print_rows, NULL);
}

static enum status do_skip(struct call *call)
{
    return run_query(call, skip_rows, NULL);
}

static enum status do_progress(struct call *call)
{
    struct connect_pair often = {"spark.connect.progress.reportInterval", "100ms"};
    struct connect_watch watch = {.progress = print_progress};
    TRY(connect_set(call->session, &often, 1, call->error));
    return run_query(call, skip_rows, &watch);
}

static enum status do_fail_in_rows(struct call *call)
{
    return run_query(call, refuse_rows, NULL);
}

static enum status do_read(struct call *call)
{
    struct connect_pair options[8];
    const char *path = call->arguments[2];
    struct connect_source source = {.format = call->arguments[0],
                                    .schema = *call->arguments[1] ? call->arguments[1] : NULL,
                                    .options = options,
                                    .paths = &path,
                                    .path_count = 1};
    for (size_t i = 3; i < call->count && source.option_count < 8; i++) {
        char *equals = strchr(call->arguments[i], '=');
        *equals = '\0';
        options[source.option_count++] = (struct connect_pair){call->arguments[i], equals + 1};
    }
    TRY(connect_create_view(call->session, "probe", &(struct connect_relation){.source = &source},
                            call->error));
    struct connect_relation rows = {.sql = "SELECT * FROM probe"};
    TRY(connect_query(call->session, &rows, print_rows, NULL, NULL, NULL, call->error));
    return STATUS_OK;
}

static enum status do_write(struct call *call)
{
    static const struct connect_metric metrics[] = {{"rows", "count(*)"}};
    struct connect_pair compression = {"compression", "zstd"};
    struct connect_outcome outcome;
    const char *partitions[8];
    struct connect_write write = {
        .input = {.sql = call->arguments[0], .metrics = metrics, .metric_count = 1},
        .format = "parquet",
        .path = call->arguments[1],
        .partitions = partitions,
        .options = &compression,
        .option_count = 1};
    for (size_t i = 2; i < call->count && write.partition_count < 8; i++)
        partitions[write.partition_count++] = call->arguments[i];
    TRY(connect_write(call->session, &write, NULL, &outcome, call->error));
    print_outcome(&outcome, metrics, 1);
    return STATUS_OK;
}

static const struct {
    const char *name;
    size_t min_arguments;
    enum status (*run)(struct call *call);
} commands[] = {
    {"version", 0, do_version},
    {"set", 3, do_set},
    {"command", 1, do_command},
    {"query", 1, do_query},
    {"skip", 1, do_skip},
    {"progress", 1, do_progress},
    {"fail-in-rows", 1, do_fail_in_rows},
    {"read", 3, do_read},
    {"write", 2, do_write},
};

/* ---- The program ----------------------------------------------------------------------------- */

static enum status run(const struct connect_options *options, char **words, size_t count,
                       struct error *error)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(words[0], commands[i].name) == 0 && count - 1 >= commands[i].min_arguments) {
            struct call call = {.arguments = words + 1, .count = count - 1, .error = error};
            TRY(connect_open(options, &call.session, error));
            enum status status = commands[i].run(&call);
            connect_clear_up(call.session);
            connect_close(call.session);
            return status;
        }
    return error_set(error, STATUS_USAGE, "there is no command '%s'", words[0]);
}

/* The most memory that was in use; getrusage would count the program that started this one. */
static long peak_memory_kib(void)
{
    char line[256];
    long kib = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, "VmHWM:", 6) == 0)
            kib = strtol(line + 6, NULL, 10);
    if (file)
        fclose(file);
    return kib;
}

static void print_usage(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    fprintf(stderr, "memory_kib=%ld cpu_ms=%ld\n", peak_memory_kib(),
            (long)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
                (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000);
}

int main(int argc, char **argv)
{
    struct connect_options options = connect_options_default();
    struct error error = {0};
    int at = 1;
    options.client = "connect_probe";
    options.cancel = &cancel;
    for (; at + 1 < argc && argv[at][0] == '-'; at += 2) {
        if (strcmp(argv[at], "--retry") == 0)
            options.retry_s = (unsigned)atoi(argv[at + 1]);
        else if (strcmp(argv[at], "--silence") == 0)
            options.silence_s = (unsigned)atoi(argv[at + 1]);
        else if (strcmp(argv[at], "--ca") == 0)
            options.ca_file = argv[at + 1];
    }
    if (argc - at < 2)
        return 2;
    signal(SIGINT, on_signal);
    signal(SIGPIPE, SIG_IGN);
    options.address = argv[at];
    enum status status = run(&options, argv + at + 1, (size_t)(argc - at - 1), &error);
    fflush(stdout);
    if (status != STATUS_OK)
        fprintf(stderr, "%s: %s\nhint: %s\n", status_name(status), error.message,
                error_hint_text(&error));
    print_usage();
    return status_exit_code(status);
}
