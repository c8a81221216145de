/* Writes rows, batch by batch. */
#include "query_output.h"

#include "terminal.h"

#include <errno.h>
#include <unistd.h>

#define SHOWN_ROWS 40 /* of a table on a terminal */

/* ---- Opening --------------------------------------------------------------------------------- */

static enum query_format format_of_path(const char *path)
{
    static const struct {
        struct str ending;
        enum query_format format;
    } endings[] = {
        {STR(".json"), QUERY_FORMAT_JSON},    {STR(".jsonl"), QUERY_FORMAT_JSONL},
        {STR(".ndjson"), QUERY_FORMAT_JSONL}, {STR(".md"), QUERY_FORMAT_MARKDOWN},
        {STR(".txt"), QUERY_FORMAT_TABLE},    {STR(".parquet"), QUERY_FORMAT_PARQUET},
        {STR(".arrow"), QUERY_FORMAT_ARROW},  {STR(".feather"), QUERY_FORMAT_ARROW},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(endings); i++)
        if (str_ends_with(str_of(path), endings[i].ending))
            return endings[i].format;
    return QUERY_FORMAT_CSV;
}

static enum query_format choose_format(const struct query_settings *query, bool is_terminal)
{
    if (query->format != QUERY_FORMAT_UNSET)
        return (enum query_format)query->format;
    if (query->out)
        return format_of_path(query->out);
    return is_terminal ? QUERY_FORMAT_TABLE : QUERY_FORMAT_CSV;
}

enum status query_output_open(struct query_output *output, const struct query_settings *query,
                              struct error *error)
{
    bool is_terminal = !query->out && isatty(STDOUT_FILENO);
    *output =
        (struct query_output){.format = choose_format(query, is_terminal), .limit = query->limit};
    if (is_terminal && query_format_is_binary(output->format)) {
        error_set(error, STATUS_USAGE, "this format is binary and cannot be shown on a terminal");
        return error_hint(error, "write it to a file: --out FILE");
    }
    if (is_terminal)
        output->layout = (struct query_layout){terminal_columns_of(STDOUT_FILENO), SHOWN_ROWS};
    output->file = stdout;
    if (!query->out)
        return STATUS_OK;
    TRY(atomic_file_open(&output->whole, query->out, error));
    output->file = output->whole.file;
    return STATUS_OK;
}

/* ---- Writing --------------------------------------------------------------------------------- */

static enum status write_out(struct query_output *output, struct buffer *bytes, struct error *error)
{
    bool is_written = fwrite(buffer_text(bytes), 1, bytes->len, output->file) == bytes->len;
    buffer_reset(bytes);
    if (is_written && (output->whole.path || fflush(output->file) == 0))
        return STATUS_OK;
    output->is_unread = !output->whole.path && errno == EPIPE;
    if (output->is_unread)
        return STATUS_OK;
    return error_set_errno(error, errno, "cannot write the result to %s",
                           output->whole.path ? output->whole.path : "the standard output");
}

static enum status write_rows(struct query_output *output, struct query_result *result,
                              struct query_writer *writer, struct error *error)
{
    CLEANUP(buffer_release) struct buffer bytes = {0};
    const struct query_batch *batch;
    query_writer_begin(writer, &bytes);
    for (;;) {
        TRY(write_out(output, &bytes, error));
        if (query_writer_rows(writer) >= output->limit || output->is_unread)
            break;
        TRY(query_result_next(result, &batch, error));
        if (!batch)
            break;
        struct query_batch some = *batch;
        uint64_t left = output->limit - query_writer_rows(writer);
        some.rows = some.rows < left ? some.rows : (size_t)left;
        query_writer_add(writer, &some, &bytes);
    }
    query_writer_end(writer, &bytes);
    return output->is_unread ? STATUS_OK : write_out(output, &bytes, error);
}

enum status query_output_run(struct query_output *output, struct query_lake_open *lake,
                             struct str sql, struct error *error)
{
    struct query_result *result = NULL;
    size_t count;
    if (query_lake_run(lake, sql, &result, error) != STATUS_OK)
        return query_lake_explain(lake, error);
    const struct query_column *columns = query_result_columns(result, &count);
    enum status status = STATUS_OK;
    if (count > 0) {
        if (output->results++ && !query_format_is_binary(output->format))
            fputc('\n', output->file);
        struct query_writer *writer =
            query_writer_new(output->format, columns, count, &output->layout);
        status = write_rows(output, result, writer, error);
        query_writer_free(writer);
    }
    query_result_free(result);
    return status == STATUS_OK ? status : query_lake_explain(lake, error);
}

/* ---- Finishing ------------------------------------------------------------------------------- */

enum status query_output_finish(struct query_output *output, struct error *error)
{
    return output->whole.path ? atomic_file_finish(&output->whole, error) : STATUS_OK;
}

void query_output_release(struct query_output *output)
{
    atomic_file_release(&output->whole);
}
