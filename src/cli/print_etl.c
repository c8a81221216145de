/* Prints the summary of a run. */
#include "print.h"

#include <commands.h>
#include <number_text.h>
#include <printable.h>
#include <stdlib.h>
#include <unistd.h>

static bool use_bold(void)
{
    const char *no_color = getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) && !(no_color && no_color[0]);
}

/* "source", up to the width of the names below, and the other columns' names. */
static void print_heading(const char *first, int width, const char *others)
{
    bool bold = use_bold();
    printf("%s%-*s %s%s\n", bold ? "\x1b[1m" : "", width, first, others, bold ? "\x1b[0m" : "");
}

#define LEAST_WIDTH 9 /* of names */

static int longer(int width, const char *name)
{
    int len = (int)strlen(name);
    return len > width ? len : width;
}

static void print_sources(const struct run_report *report)
{
    int width = LEAST_WIDTH;
    for (size_t i = 0; i < report->model->source_count; i++)
        width = longer(width, report->model->sources[i].name);
    print_heading("source", width,
                  "     files       bytes       records       skipped    rejected");
    for (int i = 0; i < (int)report->model->source_count; i++) {
        const struct source_report *source = &report->sources[i];
        printf("%-*s %10s %11s %13s %13s %11s\n", width, report->model->sources[i].name,
               number_count(source->files).text, number_bytes((double)source->bytes).text,
               number_count(source->records).text, number_count(source->left_out).text,
               number_count(source->rejected).text);
    }
}

static void print_tables(const struct run_report *report)
{
    int width = LEAST_WIDTH;
    for (size_t i = 0; i < report->model->table_count; i++)
        width = longer(width, report->model->tables[i].name);
    print_heading("table", width, "     files       bytes          rows          time");
    for (size_t i = 0; i < report->model->table_count; i++) {
        const struct table_report *table = &report->tables[i];
        printf("%-*s %10s %11s %13s %13s\n", width, report->model->tables[i].name,
               number_count(table->files).text, number_bytes((double)table->bytes).text,
               number_count(table->rows).text, number_seconds(table->seconds).text);
    }
}

/* "a" song, "an" event; "a record of" songs, where only the source has a name. */
static const char *article_of(const struct model_source *source)
{
    if (strcmp(source->noun, source->name) == 0)
        return "a record of";
    return strchr("aeiouAEIOU", source->noun[0]) ? "an" : "a";
}

/* ": 12 (1.5 %) match a song", of the first look-up; what follows is parted from it by "; ".
 * Returns what is between the count and that: ": ", where there is no look-up. */
static const char *print_matched(const struct run_report *report)
{
    const struct model_facts *facts = &report->model->facts;
    if (facts->lookup_count == 0)
        return ": ";
    const struct model_source *source = &report->model->sources[facts->lookups[0].winner->source];
    uint64_t rows = report->plays - report->identical + report->kept;
    printf(": %s (%.1f %%) match %s %s", number_count(report->matched).text,
           rows ? 100.0 * (double)report->matched / (double)rows : 0.0, article_of(source),
           source->noun);
    return "; ";
}

static void print_facts(const struct run_report *report)
{
    const char *noun = report->model->row_noun;
    printf("%s %s%s", number_count(report->plays).text, noun, report->plays == 1 ? "" : "s");
    const char *separator = print_matched(report);
    if (report->kept) {
        printf("%s%s more were kept", separator, number_count(report->kept).text);
        separator = "; ";
    }
    if (report->identical) {
        printf("%s%s, and stored once", separator,
               number_of(report->identical, "is a duplicate", "are duplicates").text);
        separator = "; ";
    }
    if (report->shared_keys)
        printf("%s%s shared by %ss that differ", separator,
               number_of(report->shared_keys, "key is", "keys are").text, noun);
    printf("\n");
}

/* Only so many names are printed; --json has them all. */
#define UNKNOWN_SHOWN 20

static void print_unknown(const struct source_report *source, const char *name)
{
    if (source->unknown_count == 0 && source->unknown_more == 0)
        return;
    printf("unknown fields in %s:", name);
    for (size_t i = 0; i < source->unknown_count && i < UNKNOWN_SHOWN; i++) {
        fputs(i ? ", " : " ", stdout);
        printable_print(stdout, source->unknown[i].name);
        printf(" (%s)", number_count(source->unknown[i].records).text);
    }
    if (source->unknown_count > UNKNOWN_SHOWN)
        printf(" and %s",
               number_of(source->unknown_count - UNKNOWN_SHOWN, "more name", "more names").text);
    if (source->unknown_more)
        printf(" and more that were not kept apart (%s)", number_count(source->unknown_more).text);
    printf("\n");
}

static void print_discarded(const struct source_report *source, const char *name)
{
    if (source->unknown_discarded)
        printf("in %s %s dropped: of fields that the model does not have\n", name,
               number_of(source->unknown_discarded, "value was", "values were").text);
    if (source->faulty_discarded)
        printf("in %s %s dropped and null in their place: not as their fields require\n", name,
               number_of(source->faulty_discarded, "value was", "values were").text);
}

static void print_rejected(const struct source_report *source, const char *name)
{
    const char *separator = "";
    if (source->rejected == 0)
        return;
    printf("rejected %s:", name);
    for (int code = 0; code < REJECT_CODE_COUNT; code++)
        if (source->rejected_by_code[code]) {
            printf("%s %s %s", separator, number_count(source->rejected_by_code[code]).text,
                   reject_code_word((enum reject_code)code));
            separator = ",";
        }
    printf("\n");
}

static void print_change(const struct table_report *table)
{
    uint64_t before = table->rows_before, after = table->version.counts.rows;
    if (table->is_new)
        printf(" (new)");
    else if (table->version.is_unchanged)
        printf(" (unchanged)");
    else if (after == before)
        printf(" (as many as before)");
    else
        printf(" (%s%s)", after > before ? "+" : "-",
               number_count(after > before ? after - before : before - after).text);
}

/* How the rows of each table have changed. */
static void print_rows(const struct run_report *report)
{
    printf("rows now:");
    for (size_t i = 0; i < report->model->table_count; i++) {
        const struct table_report *table = &report->tables[i];
        printf("%s %s %s", i ? "," : "", report->model->tables[i].name,
               number_count(table->version.counts.rows).text);
        print_change(table);
    }
    printf("\n");
}

static void print_passed_over(const struct source_report *source, const char *name)
{
    if (source->passed_over == 0)
        return;
    printf("%s: %s skipped because of the name, such as ", name,
           number_of(source->passed_over, "file was", "files were").text);
    printable_print(stdout, str_of(source->passed_over_example));
    printf("\n");
}

/* Files that were read before and are gone; their rows have stayed in the tables. */
static void print_gone(const struct source_report *source, const char *name)
{
    if (source->gone)
        printf("%s: %s, and the rows that came from %s are kept\n", name,
               number_of(source->gone, "file is gone", "files are gone").text,
               plural(source->gone, "it", "them"));
}

static void print_warnings(const struct run_report *report)
{
    for (size_t i = 0; i < report->warning_count; i++) {
        printf("warning: ");
        printable_print(stdout, str_of(report->warnings[i]));
        printf("\n");
    }
}

/* A reader that lists *.parquet would read these rows, too. */
static void print_kept(const struct run_report *report)
{
    if (report->cleared.kept)
        printf("%s of older versions %s beside the current files: read the tables by their Delta "
               "logs, not by *.parquet\n",
               number_of(report->cleared.kept, "file", "files").text,
               plural(report->cleared.kept, "stays", "stay"));
}

/* A table without a change keeps its files and its version. */
static void print_versions(const struct run_report *report)
{
    unsigned unchanged = 0;
    for (size_t i = 0; i < report->model->table_count; i++)
        unchanged += report->tables[i].version.is_unchanged;
    if (unchanged == report->model->table_count && report->is_committed)
        printf(
            "no table has changed; version %lld of the lake records the new state of the input and "
            "of the kept versions\n",
            (long long)report->lake_version);
    else if (unchanged == report->model->table_count)
        printf("no table has changed: nothing was committed\n");
    if (unchanged == 0 || unchanged == report->model->table_count)
        return;
    printf("unchanged, and not committed again:");
    for (size_t i = 0; i < report->model->table_count; i++)
        if (report->tables[i].version.is_unchanged)
            printf(" %s", report->model->tables[i].name);
    printf("\n");
}

static void print_increment(const struct run_report *report)
{
    if (report->full_because[0]) {
        printf("everything was read: ");
        printable_print(stdout, str_of(report->full_because));
        printf("\n");
        return;
    }
    printf("%s of %s %s %s new\n", number_count(report->new_log_files).text,
           number_count(report->log_files).text,
           report->model->sources[report->model->facts.source].noun,
           report->log_files == 1 ? "file is" : "files are");
}

static const char *were(const struct run_options *options, uint64_t count)
{
    return options->dry_run ? "would be" : count == 1 ? "was" : "were";
}

static void print_rebuild(const struct run_options *options, const struct run_report *report)
{
    if (!report->replaced_model)
        return;
    printf("the tables of the model '%s' %s replaced by those of '%s'", report->replaced_model,
           were(options, 2), report->model->name);
    for (size_t i = 0; i < report->removed_table_count; i++)
        printf("%s %s", i ? "," : "; removed:", report->removed_tables[i]);
    printf("\n");
}

static void print_cleared(const struct run_options *options, const struct lake_cleared *cleared)
{
    if (cleared->files)
        printf("%s of earlier versions %s removed\n",
               number_of(cleared->files, "file", "files").text, were(options, cleared->files));
    if (cleared->unfinished)
        printf("%s that crashed runs had left %s removed\n",
               number_of(cleared->unfinished, "file", "files").text,
               were(options, cleared->unfinished));
}

static void print_requests(const struct store_counts *counts)
{
    if (counts->requests)
        printf("S3: %s, %s of them retries; sent %s, received %s\n",
               number_of(counts->requests, "request", "requests").text,
               number_count(counts->retries).text, number_bytes((double)counts->bytes_sent).text,
               number_bytes((double)counts->bytes_received).text);
}

static void print_times(const struct run_report *report)
{
    for (int phase = 0; phase < PHASE_COUNT; phase++)
        if (phase != PHASE_SONGS || report->model->source_count > 1)
            printf("%s%s %s", phase ? ", " : "",
                   run_phase_title(report->model, (enum run_phase)phase),
                   number_seconds(report->seconds[phase]).text);
    printf("; peak memory %s\n", number_bytes((double)report->peak_memory_bytes).text);
}

static void print_summary(const struct run_options *options, const struct run_report *report)
{
    printf("run %s: %s%s%s in %s\n\n", report->run_id, options->input,
           options->output ? " to " : "", options->output ? options->output : "",
           number_seconds(report->total_seconds).text);
    print_sources(report);
    printf("\n");
    print_tables(report);
    printf("\n");
    print_facts(report);
    if (options->incremental)
        print_increment(report);
    if (options->output)
        print_rows(report);
    for (int i = 0; i < (int)report->model->source_count; i++) {
        print_passed_over(&report->sources[i], report->model->sources[i].name);
        print_gone(&report->sources[i], report->model->sources[i].name);
        print_unknown(&report->sources[i], report->model->sources[i].name);
        print_discarded(&report->sources[i], report->model->sources[i].name);
        print_rejected(&report->sources[i], report->model->sources[i].name);
    }
    if (report->rejects_path[0])
        printf("rejected records: %s\n", report->rejects_path);
    print_versions(report);
    print_kept(report);
    print_rebuild(options, report);
    print_cleared(options, &report->cleared);
    print_requests(&report->requests);
    print_times(report);
    print_warnings(report);
    if (options->dry_run)
        printf("dry run: nothing was written\n");
}

void cli_print_etl(const void *settings)
{
    const struct etl_settings *etl = settings;
    if (etl->report)
        print_summary(&etl->run, etl->report);
    else
        fwrite(etl->script.data, 1, etl->script.len, stdout);
}
