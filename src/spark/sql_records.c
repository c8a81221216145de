/* From text to records, in SQL: fields of the declared types, or a reject with its code.
 *
 * Spark's JSON reader is laxer than the rules (docs/semantics.md, Rejected records) and cannot say
 * what is wrong with a record. But reading is what costs, so each text is parsed once, and looked
 * at again only where something about it is not plain:
 *
 *   lines    the texts, one a record
 *   parsed   every field by one from_json, and `doubtful`: this record may not be what it seems.
 *            Cached: all tables are made of it.
 *   checked  the doubtful ones again, thoroughly: what each value was in the text, and the fault
 *   judged   the records of both, with their faults
 *   kept     those that count
 *
 * The first look embeds the text in an object, {"record":<text>,"whole":true}: a brace too many or
 * two records on a line break that object, or hide its "whole". A field of the wrong type fills
 * `broken`. What from_json never tells is asked of the text or the values: UTF-8, lone surrogates,
 * infinite doubles, zeros (-0 becomes 0), string fields whose value was an object or a number that
 * Spark wrote anew (1.50 as 1.5), and whether a brace is followed by what may be a field after the
 * record; then the keys of our object tell.
 *
 * The second look has Spark tell the kinds apart by tags: in a copy of the text a string "x"
 * becomes "~x" and a number 1.50 becomes "#1.50", so that every value arrives as it was written.
 * JSON is told by nothing less: of its sources all records get the second look.
 *
 * A decimal is read as a string, for which Spark writes a number anew by way of a double. Where the
 * text has no number of more than 15 digits, and the string no more either, both are the same
 * decimal: no two of so few digits have one double, but those that are too small for any: 0.0. */
#include "sql_private.h"

_Static_assert(MODEL_MAX_RECORD_BYTES == 16777216, "parsed.sql and checked.sql say so");
_Static_assert(MODEL_MAX_DOCUMENT_BYTES == 67108864,
               "lines_of_documents.sql and lines_of_records.sql say so");

/* A document is asked for its syntax alone. */
#define DOCUMENT_DEPTH "2147483647"

static void set_source(struct sql_values *values, const struct model_source *source)
{
    sql_set(values, "source", str_of(source->name));
    struct buffer *test = sql_value(values, "and_is_kept");
    if (source->kept_field >= 0) {
        sql_append_field(test, " AND {} = ", &source->fields[source->kept_field]);
        sql_append_text(test, source->kept_value);
    }
}

/* What came of files of facts that are gone is in the lake's facts. */
static void add_kept(struct spark_sql *sql, int id, struct sql_values *values)
{
    int records = model_records_of(sql->model, id);
    bool is_stored = sql->options.keeps[id] && id != sql->model->facts.source;
    if (is_stored) {
        sql_append_stored(sql_value(values, "stored"), sql->model, records, id,
                          sql_used_fields(&sql->model->sources[id]));
        sql_set_stored(sql, values, records);
    }
    sql_add_command(sql, id, is_stored ? "kept_with_stored" : "kept", "the records that count",
                    values);
}

/* The first look, and which records the second is for. */
static void add_parsed(struct spark_sql *sql, int id, struct sql_values *values)
{
    struct buffer *lines = sql_value(values, "lines_to_check");
    struct buffer *parsed = sql_value(values, "parsed_and");
    if (sql_is_exact(&sql->model->sources[id])) {
        sql_set(values, "which", STR("The records"));
        sql_fill(lines, "all_lines", values);
        return;
    }
    sql_set(values, "which", STR("The doubtful records once more"));
    sql_fill(lines, "doubtful_lines", values);
    sql_fill(parsed, "plain_records", values);
    sql_add_command(sql, id, "parsed", "the records, parsed", values);
}

/* The view of the records' texts. */
static void add_lines(struct spark_sql *sql, int id)
{
    static const char *const templates[] = {[LAYOUT_LINES] = "lines",
                                            [LAYOUT_DOCUMENT] = "lines_of_documents",
                                            [LAYOUT_CONCATENATED] = "lines_of_concatenated",
                                            [LAYOUT_RECORDS] = "lines_of_records"};
    const struct model_source *source = &sql->model->sources[id];
    CLEANUP(sql_values_release) struct sql_values values = {0};
    CLEANUP(buffer_release) struct buffer key = {0};
    sql_set(&values, "source", str_of(source->name));
    sql_append_text(sql_value(&values, "key_text"), source->records_key);
    sql_append_name(&key, source->records_key);
    sql_set(&values, "key_name", buffer_str(&key));
    sql_append_escaped(sql_value(&values, "key_schema"), buffer_str(&key));
    sql_set(&values, "depth", STR(DOCUMENT_DEPTH));
    sql_add_command(sql, id, templates[source->layout], "the records' texts", &values);
}

/* The fault of a text that is a whole file. */
static void set_file_fault(struct sql_values *values, enum model_layout layout)
{
    bool may_be = layout == LAYOUT_RECORDS;
    sql_set(values, "or_file", may_be ? STR(" OR of_file IS NOT NULL") : STR(""));
    sql_set(values, "file_fault",
            may_be ? STR("\n            WHEN of_file IS NOT NULL THEN of_file") : STR(""));
}

void sql_add_records(struct spark_sql *sql, int id)
{
    const struct model_source *source = &sql->model->sources[id];
    CLEANUP(sql_values_release) struct sql_values values = {0};
    set_source(&values, source);
    set_file_fault(&values, source->layout);
    add_lines(sql, id);
    sql_set_fields(&values, sql->model, source);
    add_parsed(sql, id, &values);
    sql_add_command(sql, id, "checked", "the records, checked", &values);
    sql_add_command(sql, id, "judged", "all records", &values);
    add_kept(sql, id, &values);
    if (id != sql->model->facts.source)
        sql_add_winners(sql, id);
}

/* ---- What is reported of them ---------------------------------------------------------------- */

/* Appends what separates the rows of a source from those before. */
static void append_union(struct buffer *out)
{
    buffer_append_str(out, out->len ? STR("\nUNION ALL\n") : STR(""));
}

/* Values that are dropped are counted, the names of their fields are not. */
static void append_counts(struct buffer *out, const struct model_source *source)
{
    CLEANUP(sql_values_release) struct sql_values values = {0};
    struct buffer *kept = sql_value(&values, "kept_or_not");
    sql_set(&values, "source", str_of(source->name));
    if (source->kept_field < 0) {
        buffer_append_str(kept, STR("'kept'"));
    } else {
        sql_append_field(kept, "IF({} = ", &source->fields[source->kept_field]);
        sql_append_text(kept, source->kept_value);
        buffer_append_str(kept, STR(", 'kept', 'left_out')"));
    }
    append_union(out);
    sql_fill(out, "counts_of_source", &values);
    if (source->unknown == CONTRACT_DISCARD_VALUE)
        return;
    append_union(out);
    sql_fill(out, "counts_of_unknown", &values);
}

static void append_discarded(struct buffer *out, const struct model_source *source)
{
    CLEANUP(sql_values_release) struct sql_values values = {0};
    bool drops_unknown = source->unknown == CONTRACT_DISCARD_VALUE;
    set_source(&values, source);
    sql_set(&values, "unknown_values", drops_unknown ? STR("cardinality(unknown)") : STR("0"));
    if (drops_unknown || source->faulty == CONTRACT_DISCARD_VALUE)
        sql_fill(out, "counts_of_discarded", &values);
}

struct spark_statement sql_counts(const struct spark_sql *sql)
{
    CLEANUP(buffer_release) struct buffer text = {0}, order = {0};
    CLEANUP(sql_values_release) struct sql_values values = {0};
    struct buffer *sources = sql_value(&values, "sources");
    struct buffer *discarded = sql_value(&values, "discarded");
    for (int id = 0; id < (int)sql->model->source_count; id++) {
        if (!spark_sql_reads(sql, id))
            continue;
        append_counts(sources, &sql->model->sources[id]);
        append_discarded(discarded, &sql->model->sources[id]);
    }
    sql_fill(sql_value(&values, "facts"),
             sql->options.is_increment   ? "counts_of_increment"
             : sql_has_stored_facts(sql) ? "counts_of_kept_facts"
                                         : "counts_of_facts",
             &values);
    sql_fill(&text, "counts", &values);
    buffer_append_str(&order, STR("source, name, field"));
    return sql_select("sparkify_counts", "the counts", &text, &order);
}

struct spark_statement sql_rejects(const struct spark_sql *sql)
{
    CLEANUP(buffer_release) struct buffer text = {0}, order = {0};
    CLEANUP(sql_values_release) struct sql_values all = {0};
    struct buffer *sources = sql_value(&all, "sources");
    for (int id = 0; id < (int)sql->model->source_count; id++) {
        CLEANUP(sql_values_release) struct sql_values values = {0};
        if (!spark_sql_reads(sql, id))
            continue;
        sql_set(&values, "source", str_of(sql->model->sources[id].name));
        append_union(sources);
        sql_fill(sources, "rejects_of_source", &values);
    }
    sql_fill_text(&text, "-- The rejected records.\n{sources}", &all);
    buffer_appendf(&order, "source = '%s', source, file, line, record",
                   sql_facts_source(sql->model)->name);
    return sql_select("sparkify_rejects", "the rejected records", &text, &order);
}
