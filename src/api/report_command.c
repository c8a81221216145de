/* sparkify report: a page about a lake, or the same as data. */
#include <atomic_file.h>
#include <commands.h>
#include <document.h>
#include <query_lake.h>

#include <errno.h>
#include <report.h>

#define DEFAULT_FILE "report.html"

#define TRIES 3

/* A report is of one version: when a run of etl deletes its files, it is built again. */
static enum status build(struct query_lake_open *lake, struct buffer *out, struct error *error)
{
    enum status status = STATUS_CONFLICT;
    for (int i = 0; status == STATUS_CONFLICT && i < TRIES; i++) {
        buffer_reset(out);
        status = report_build(lake->session, &lake->lake, out, error);
        if (status != STATUS_OK)
            status = query_lake_explain(lake, error);
    }
    return status;
}

static enum status make_document(struct report_settings *report, struct buffer *out,
                                 struct error *error)
{
    CLEANUP(query_lake_close) struct query_lake_open lake = {0};
    TRY(query_lake_resolve(&report->query, error));
    TRY(query_lake_open(&lake, &report->query, report->query.common.host.cancel, error));
    return build(&lake, out, error);
}

/* ---- As data or as a page -------------------------------------------------------------------- */

/* `whole`: the file of --out, or NULL. */
static enum status give_data(struct report_settings *report, struct buffer *document,
                             struct atomic_file *whole, struct error *error)
{
    json_t *content = json_loadb(buffer_text(document), document->len, JSON_ALLOW_NUL, NULL);
    if (!content)
        return error_set(error, STATUS_INTERNAL, "the report is not JSON");
    report->query.common.document = content;
    if (!whole) {
        snprintf(report->query.common.done, sizeof report->query.common.done,
                 "the report is complete");
        return STATUS_OK;
    }
    document_write(whole->file, &report_command, content, STATUS_OK, error);
    TRY(atomic_file_finish(whole, error));
    report->query.common.json = false; /* the document is in the file */
    return STATUS_OK;
}

static enum status give_page(struct report_settings *report, struct buffer *document,
                             struct atomic_file *whole, struct error *error)
{
    CLEANUP(buffer_release) struct buffer page = {0};
    TRY(report_append_page(buffer_str(document), &page, error));
    if (fwrite(page.data, 1, page.len, whole->file) != page.len)
        return error_set_errno(error, errno, "cannot write to %s", whole->path);
    TRY(atomic_file_finish(whole, error));
    report->path = whole->path;
    report->page_bytes = page.len;
    report->query.common.has_result = true;
    report->query.common.document =
        json_pack("{so so}", "page", document_text(whole->path), "bytes", document_count(page.len));
    return STATUS_OK;
}

/* The file is opened first, so that an error of the file is reported before the lake is queried. */
static enum status run_report(void *settings, struct error *error)
{
    struct report_settings *report = settings;
    CLEANUP(atomic_file_release) struct atomic_file whole = {0};
    CLEANUP(buffer_release) struct buffer document = {0};
    bool is_data = report->query.common.json;
    const char *path = report->query.out ? report->query.out : is_data ? NULL : DEFAULT_FILE;
    if (report->query.from_us >= report->query.to_us)
        return error_set(error, STATUS_USAGE, "--from must be a day before --to");
    if (path)
        TRY(atomic_file_open(&whole, path, error));
    TRY(make_document(report, &document, error));
    return is_data ? give_data(report, &document, path ? &whole : NULL, error)
                   : give_page(report, &document, &whole, error);
}

#define OFFSET(member) offsetof(struct report_settings, query.member)

static const struct option report_options[] = {
    {"out", "FILE", "write the page to this file; report.html by default", option_parse_text,
     OFFSET(out), .on_command_line_alone = true},
    {NULL},
};

const struct command report_command = {
    .name = "report",
    .operand = "[LAKE]",
    .summary = "make a page of charts about a lake",
    .options = report_options,
    .shared = {{"what is read", query_scope_options, offsetof(struct report_settings, query)},
               STORES_LAKE_GROUPS(OFFSET(stores))},
    .stores_offset = OFFSET(stores),
    .settings_size = sizeof(struct report_settings),
    .operand_offset = OFFSET(stores.lake),
    .defaults = query_settings_set_defaults,
    .run = run_report,
};
