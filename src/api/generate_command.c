/* sparkify generate: a workspace data set of any size. */
#include <commands.h>
#include <document.h>

#include <calendar.h>
#include <generate.h>
#include <store.h>

/* YYYY-MM-DD, in the years 1970 to 9999. */
static enum status parse_date(const char *text, void *out, struct error *error)
{
    int64_t day;
    if (!calendar_parse(str_of(text), &day) || day < 0)
        return error_set(error, STATUS_USAGE, "expected a date such as 2018-11-01, from 1970 on");
    *(int64_t *)out = day;
    return STATUS_OK;
}

static enum status parse_days(const char *text, void *out, struct error *error)
{
    uint64_t days;
    if (option_parse_count(text, &days, error) != STATUS_OK || days == 0 || days > 36500)
        return error_set(error, STATUS_USAGE, "expected a whole number from 1 to 36500");
    *(uint32_t *)out = (uint32_t)days;
    return STATUS_OK;
}

static json_t *report_json(const struct generate_settings *generate)
{
    const struct generate_report *report = &generate->report;
    return json_pack(
        "{so so so so so so so sf}", "folder", document_text(generate->generate.folder),
        "song_files", document_count(report->song_files), "song_bytes",
        document_count(report->song_bytes), "log_files", document_count(report->log_files),
        "log_bytes", document_count(report->log_bytes), "events", document_count(report->events),
        "plays", document_count(report->plays), "seconds", generate->seconds);
}

static enum status run_generate(void *settings, struct error *error)
{
    struct generate_settings *generate = settings;
    uint64_t start = clock_ns();
    if (!generate->generate.folder)
        return error_set(error, STATUS_USAGE, "generate needs a DIR to write to");
    if (generate->generate.songs == UINT64_MAX || generate->generate.events == UINT64_MAX)
        return error_set(error, STATUS_USAGE, "generate needs --songs N and --events N");
    TRY(store_address_path(generate->generate.folder, &generate->generate.folder, error));
    generate->generate.cancel = generate->common.host.cancel;
    TRY(generate_run(&generate->generate, &generate->report, error));
    generate->seconds = clock_seconds_since(start);
    generate->common.has_result = true;
    generate->common.document = report_json(generate);
    snprintf(generate->common.done, sizeof generate->common.done, "the data set is complete");
    return STATUS_OK;
}

static void set_defaults(void *settings)
{
    struct generate_settings *generate = settings;
    generate->generate = generate_options_default();
    generate->generate.songs = generate->generate.events = UINT64_MAX;
    generate->generate.threads = threads_available();
}

#define OFFSET(member) offsetof(struct generate_settings, member)

static const struct option generate_option_table[] = {
    {"songs", "N", "how many song files", option_parse_count, OFFSET(generate.songs)},
    {"events", "N", "how many log events", option_parse_count, OFFSET(generate.events)},
    {"users", "N", "how many users; chosen from the number of events by default",
     option_parse_count, OFFSET(generate.users)},
    {"days", "N", "over how many days the events are spread; 30 by default", parse_days,
     OFFSET(generate.days)},
    {"start", "DATE", "the first day; 2018-11-01 by default", parse_date,
     OFFSET(generate.start_day)},
    {"match", "P", "share of the plays whose song is in the song data, 0 to 1", option_parse_share,
     OFFSET(generate.match)},
    {"restless", NULL, "users change name, place and device from event to event", NULL,
     OFFSET(generate.restless)},
    {"seed", "N", "the same seed gives the same bytes; 1 by default", option_parse_count,
     OFFSET(generate.seed)},
    {"threads", "N",
     "how many threads to use; all processors by default.\n"
     "The files are the same for any number",
     option_parse_positive, OFFSET(generate.threads)},
    {NULL},
};

const struct command generate_command = {
    .name = "generate",
    .operand = "DIR",
    .summary = "make a workspace data set of any size",
    .options = generate_option_table,
    .settings_size = sizeof(struct generate_settings),
    .operand_offset = OFFSET(generate.folder),
    .defaults = set_defaults,
    .run = run_generate,
};
