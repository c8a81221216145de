/* The JSON document of a run. */
#include <summary.h>

#include <document.h>

void summary_append_reject(const struct reject_sample *reject, struct buffer *out)
{
    buffer_append_str(out, reject->file);
    if (reject->line)
        buffer_appendf(out, ":%llu", (unsigned long long)reject->line);
    buffer_appendf(out, ": %s: ", reject_code_word(reject->code));
    buffer_append_str(out, reject->reason);
}

static json_t *first_rejects_json(const struct source_report *source)
{
    json_t *rejects = json_array();
    for (size_t i = 0; i < source->first_reject_count; i++) {
        const struct reject_sample *reject = &source->first_rejects[i];
        json_array_append_new(
            rejects,
            json_pack("{so so ss so}", "file", query_json_text(reject->file), "line",
                      reject->line ? document_count(reject->line) : json_null(), "code",
                      reject_code_word(reject->code), "reason", query_json_text(reject->reason)));
    }
    return rejects;
}

static json_t *source_json(const struct source_report *source)
{
    json_t *codes = json_object(), *unknown = json_object();
    for (int code = 0; code < REJECT_CODE_COUNT; code++)
        if (source->rejected_by_code[code])
            json_object_set_new(codes, reject_code_word((enum reject_code)code),
                                json_integer((json_int_t)source->rejected_by_code[code]));
    for (size_t i = 0; i < source->unknown_count; i++) {
        struct str name = source->unknown[i].name;
        json_object_setn_new_nocheck(unknown, name.data, name.len,
                                     json_integer((json_int_t)source->unknown[i].records));
    }
    json_t *report = json_pack(
        "{sI sI sI sI sI sI sI so so so sI}", "files", (json_int_t)source->files, "bytes",
        (json_int_t)source->bytes, "passed_over", (json_int_t)source->passed_over, "gone",
        (json_int_t)source->gone, "records", (json_int_t)source->records, "left_out",
        (json_int_t)source->left_out, "rejected", (json_int_t)source->rejected, "rejected_by_code",
        codes, "first_rejects", first_rejects_json(source), "unknown_fields", unknown,
        "unknown_fields_more", (json_int_t)source->unknown_more);
    if (source->unknown_discarded || source->faulty_discarded)
        json_object_set_new(report, "discarded",
                            json_pack("{sI sI}", "unknown", (json_int_t)source->unknown_discarded,
                                      "faulty", (json_int_t)source->faulty_discarded));
    return report;
}

static json_t *tables_json(const struct run_report *report)
{
    json_t *tables = json_object();
    for (int i = 0; i < (int)report->model->table_count; i++) {
        const struct table_report *table = &report->tables[i];
        json_object_set_new(tables, report->model->tables[i].name,
                            json_pack("{sI sI sI sf so sb sI sI}", "rows", (json_int_t)table->rows,
                                      "files", (json_int_t)table->files, "bytes",
                                      (json_int_t)table->bytes, "seconds", table->seconds,
                                      "version", document_version(table->version.version),
                                      "unchanged", (int)table->version.is_unchanged, "rows_before",
                                      (json_int_t)table->rows_before, "rows_in_force",
                                      (json_int_t)table->version.counts.rows));
    }
    return tables;
}

static json_t *seconds_json(const struct run_report *report)
{
    json_t *seconds = json_object();
    for (int phase = 0; phase < PHASE_COUNT; phase++)
        json_object_set_new(seconds, run_phase_name((enum run_phase)phase),
                            json_real(report->seconds[phase]));
    json_object_set_new(seconds, "total", json_real(report->total_seconds));
    return seconds;
}

static json_t *increment_json(const struct run_options *options, const struct run_report *report)
{
    if (!options->incremental)
        return json_null();
    return json_pack("{sI sI so}", "log_files", (json_int_t)report->log_files, "new_log_files",
                     (json_int_t)report->new_log_files, "full_because",
                     document_text(report->full_because));
}

static json_t *rebuild_json(const struct run_report *report)
{
    json_t *removed = json_array();
    for (size_t i = 0; i < report->removed_table_count; i++)
        json_array_append_new(removed, json_string(report->removed_tables[i]));
    json_t *rebuild =
        json_pack("{ss* so}", "replaced_model", report->replaced_model, "removed_tables", removed);
    if (report->replaced_model)
        return rebuild;
    json_decref(rebuild);
    return json_null();
}

static json_t *requests_json(const struct store_counts *counts)
{
    if (!counts->requests)
        return json_null();
    return json_pack("{sI sI sI sI}", "requests", (json_int_t)counts->requests, "retries",
                     (json_int_t)counts->retries, "bytes_sent", (json_int_t)counts->bytes_sent,
                     "bytes_received", (json_int_t)counts->bytes_received);
}

static json_t *warnings_json(const struct run_report *report)
{
    json_t *warnings = json_array();
    for (size_t i = 0; i < report->warning_count; i++)
        json_array_append_new(warnings, document_text(report->warnings[i]));
    return warnings;
}

json_t *summary_json(const struct run_options *options, const struct run_report *report)
{
    json_t *sources = json_object();
    for (int i = 0; i < (int)report->model->source_count; i++)
        json_object_set_new(sources, report->model->sources[i].name,
                            source_json(&report->sources[i]));
    return json_pack(
        "{ss sb so so so sb so so so so s{sI sI sI sI sI} so so sI sI sI so so sI}", "run",
        report->run_id, "dry_run", options->dry_run, "input", document_text(options->input),
        "output", document_text(options->output), "lake_version",
        document_version(report->lake_version), "committed", (int)report->is_committed,
        "incremental", increment_json(options, report), "rebuild", rebuild_json(report), "sources",
        sources, "tables", tables_json(report), "plays", "plays", (json_int_t)report->plays, "kept",
        (json_int_t)report->kept, "matched", (json_int_t)report->matched, "identical",
        (json_int_t)report->identical, "shared_keys", (json_int_t)report->shared_keys, "rejects",
        document_text(report->rejects_path), "warnings", warnings_json(report), "kept_files",
        (json_int_t)report->cleared.kept, "removed_files", (json_int_t)report->cleared.files,
        "leftover_files", (json_int_t)report->cleared.unfinished, "s3",
        requests_json(&report->requests), "seconds", seconds_json(report), "peak_memory_bytes",
        (json_int_t)report->peak_memory_bytes);
}
