/* A model as YAML, in the one way in which equal models are the same text; its hash. */
#include "model_words.h"

#include <model_parse.h>

#include <strings.h>

static const char *const layout_words[] = {"lines", "document", "concatenated"};
static const char *const unknown_words[] = {"evolve", "freeze", "discard_row", "discard_value"};

struct printing {
    const struct model *model;
    bool with_words;
    struct buffer *out;
};

/* ---- Scalars --------------------------------------------------------------------------------- */

/* Words that YAML 1.1 reads as no text, in any case of their letters. */
static bool is_value(struct str text)
{
    static const char *const words[] = {"null", "true", "false", "yes", "no", "on", "off"};
    for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
        if (text.len == strlen(words[i]) && strncasecmp(text.data, words[i], text.len) == 0)
            return true;
    return false;
}

/* Whether YAML reads the bytes as this text, in a list, too. */
static bool is_plain(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        bool is_inner = (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '/' || c == '(';
        if (!is_letter && !(i > 0 && is_inner))
            return false;
    }
    return text.len > 0 && !is_value(text);
}

/* Characters that YAML does not read as they stand, or reads as ends of lines: C1, U+2028, U+2029,
 * U+FEFF, U+FFFE, U+FFFF. Returns the length of such a character's bytes, 0 for others. */
static size_t append_special(struct str rest, struct buffer *out)
{
    const unsigned char *bytes = (const unsigned char *)rest.data;
    if (rest.len >= 2 && bytes[0] == 0xC2 && bytes[1] < 0xA0) {
        buffer_appendf(out, "\\x%02X", bytes[1]);
        return 2;
    }
    if (rest.len < 3 || (bytes[0] != 0xE2 && bytes[0] != 0xEF))
        return 0;
    unsigned code = (bytes[0] & 0xFu) << 12 | (bytes[1] & 0x3Fu) << 6 | (bytes[2] & 0x3Fu);
    if (code != 0x2028 && code != 0x2029 && code != 0xFEFF && code < 0xFFFE)
        return 0;
    buffer_appendf(out, "\\u%04X", code);
    return 3;
}

/* Control characters are escaped (YAML 1.2, section 5.7); what is not ASCII stands as it is. */
static void append_quoted(struct str text, struct buffer *out)
{
    buffer_append_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        size_t special = append_special((struct str){text.data + i, text.len - i}, out);
        if (special)
            i += special - 1;
        else if (c == '\n')
            buffer_append_str(out, STR("\\n"));
        else if (c == '"' || c == '\\')
            buffer_appendf(out, "\\%c", c);
        else if (c < 0x20 || c == 0x7F)
            buffer_appendf(out, "\\x%02X", c);
        else
            buffer_append_char(out, (char)c);
    }
    buffer_append_char(out, '"');
}

void model_append_scalar(struct str text, struct buffer *out)
{
    if (is_plain(text))
        buffer_append_str(out, text);
    else
        append_quoted(text, out);
}

void model_append_between(const char *before, struct str text, const char *after,
                          struct buffer *out)
{
    buffer_append_str(out, str_of(before));
    model_append_scalar(text, out);
    buffer_append_str(out, str_of(after));
}

static struct str field_name(const struct model *model, int source, int field)
{
    return model_field(model, source, field)->name;
}

static void append_fields(const struct printing *printing, int source, const int *fields,
                          size_t count)
{
    for (size_t i = 0; i < count; i++)
        model_append_between(i ? ", " : "[", field_name(printing->model, source, fields[i]),
                             i + 1 < count ? "" : "]\n", printing->out);
}

/* ---- Sources --------------------------------------------------------------------------------- */

const char *model_type_word(enum model_type type, enum model_time_form form)
{
    static const char *const times[] = {"timestamp_ms", "timestamp_s", "timestamp_us",
                                        "timestamp_iso"};
    return type == MODEL_TIMESTAMP ? times[form] : model_type_name(type);
}

static void append_type(const struct model_field *field, struct buffer *out)
{
    if (field->type == MODEL_DECIMAL)
        buffer_appendf(out, "\"decimal(%d,%d)\"", field->precision, field->scale);
    else
        buffer_append_str(out, str_of(model_type_word(field->type, field->time_form)));
}

static void print_field(const struct printing *printing, const struct model_field *field)
{
    struct buffer *out = printing->out;
    bool is_short = field->need == NEED_OPTIONAL && !field->zero_for_null;
    if (field->need == NEED_NOT_AT_ALL) {
        model_append_between("      ", field->name, ": ignored\n", out);
        return;
    }
    model_append_between("      ", field->name, is_short ? ": " : ": {type: ", out);
    append_type(field, out);
    if (field->need != NEED_OPTIONAL)
        buffer_appendf(out, ", required: %s", field->need == NEED_KEPT ? "kept" : "true");
    if (field->zero_for_null)
        buffer_append_str(out, STR(", null: 0"));
    buffer_append_str(out, is_short ? STR("\n") : STR("}\n"));
}

/* Ignored fields are listed, but for those that have their place among others: in which order
 * fields are read no table depends on. */
static bool is_listed(const struct printing *printing, const struct model_source *source, size_t at)
{
    while (at < source->field_count && source->fields[at].need == NEED_NOT_AT_ALL)
        if (++at == source->field_count || !printing->with_words)
            return true;
    return false;
}

static void print_fields(const struct printing *printing, const struct model_source *source)
{
    bool is_first = true;
    buffer_append_str(printing->out, STR("    fields:\n"));
    for (size_t i = 0; i < source->field_count; i++)
        if (!is_listed(printing, source, i))
            print_field(printing, &source->fields[i]);
    for (size_t i = 0; i < source->field_count; i++) {
        if (!is_listed(printing, source, i))
            continue;
        model_append_between(is_first ? "    ignored: [" : ", ", source->fields[i].name, "",
                             printing->out);
        is_first = false;
    }
    if (!is_first)
        buffer_append_str(printing->out, STR("]\n"));
}

static void print_state_names(const struct printing *printing, const struct model_source *source)
{
    if (!source->state_name_count)
        return;
    buffer_append_str(printing->out, STR("    state: {"));
    for (size_t i = 0; i < source->state_name_count; i++) {
        buffer_appendf(printing->out, "%s%s: ", i ? ", " : "", source->state_names[i].name);
        model_append_scalar(source->fields[source->state_names[i].field].name, printing->out);
    }
    buffer_append_str(printing->out, STR("}\n"));
}

void model_print_layout(enum model_layout layout, struct str records_key, struct buffer *out)
{
    if (layout == LAYOUT_RECORDS)
        model_append_between("    layout: {records: ", records_key, "}\n", out);
    else if (layout != LAYOUT_LINES)
        buffer_appendf(out, "    layout: %s\n", layout_words[layout]);
}

static void print_source(const struct printing *printing, const struct model_source *source)
{
    struct buffer *out = printing->out;
    buffer_appendf(out, "  %s:\n", source->name);
    if (printing->with_words && strcmp(source->noun, source->name) != 0)
        model_append_between("    noun: ", str_of(source->noun), "\n", out);
    model_append_between("    folder: ", str_of(source->folder), "\n", out);
    model_print_layout(source->layout, source->records_key, out);
    if (source->kept_field >= 0) {
        model_append_between("    keep: {", source->fields[source->kept_field].name, ": ", out);
        model_append_between("", source->kept_value, "}\n", out);
    }
    if (source->unknown != CONTRACT_EVOLVE)
        buffer_appendf(out, "    unknown: %s\n", unknown_words[source->unknown]);
    if (source->faulty != CONTRACT_EVOLVE)
        buffer_appendf(out, "    faulty: %s\n", unknown_words[source->faulty]);
    print_fields(printing, source);
    print_state_names(printing, source);
}

/* ---- Tables ---------------------------------------------------------------------------------- */

void model_append_step(struct str field, bool is_greatest, struct buffer *out)
{
    CLEANUP(buffer_release) struct buffer step = {0};
    buffer_appendf(&step, "%s%.*s", is_greatest ? "-" : "", STR_ARG(field));
    if (is_plain(field))
        buffer_append_str(out, buffer_str(&step));
    else
        append_quoted(buffer_str(&step), out);
}

static void print_order(const struct printing *printing, const struct model_winner *rule)
{
    struct buffer *out = printing->out;
    for (size_t i = 0; i < rule->order_count; i++) {
        buffer_append_str(out, i ? STR(", ") : STR("order: ["));
        model_append_step(field_name(printing->model, rule->source, rule->order[i].field),
                          rule->order[i].is_greatest, out);
    }
    if (rule->order_count)
        buffer_append_char(out, ']');
}

void model_append_origin(const struct model *model, const struct model_table *table,
                         const struct model_column *column, struct buffer *out)
{
    const struct model_facts *facts = &model->facts;
    CLEANUP(buffer_release) struct buffer text = {0};
    if (column->origin == FROM_LOOKUP) {
        const struct model_lookup *lookup = &facts->lookups[column->lookup];
        buffer_appendf(&text, "%s.%.*s", lookup->name,
                       STR_ARG(field_name(model, lookup->winner->source, column->part)));
    } else if (column->origin == FROM_FIELD) {
        int source = model_source_of(model, table);
        buffer_append_str(&text, field_name(model, source, column->part));
    } else if (table->rows == ROWS_FACTS && column->part == CALENDAR_TIME) {
        buffer_append_str(&text, field_name(model, facts->source, facts->time));
    } else {
        buffer_append_str(&text, str_of(model_part_words[column->part]));
    }
    model_append_scalar(buffer_str(&text), out);
}

static void print_column(const struct printing *printing, const struct model_table *table,
                         int number)
{
    CLEANUP(buffer_release) struct buffer words = {0};
    const struct model_column *column = &table->columns[number];
    struct buffer *out = printing->out;
    model_words_column(printing->model, table, number, &words);
    bool is_part = column->origin == FROM_CALENDAR &&
                   (table->rows == ROWS_CALENDAR || column->part != CALENDAR_TIME);
    bool has_comment = printing->with_words && !text_equal(buffer_text(&words), column->from);
    bool is_long = has_comment || (is_part && table->rows == ROWS_FACTS);
    model_append_between("      ", str_of(column->name),
                         !is_long  ? ": "
                         : is_part ? ": {part: "
                                   : ": {of: ",
                         out);
    model_append_origin(printing->model, table, column, out);
    if (has_comment) {
        buffer_append_str(out, STR(", comment: "));
        append_quoted(str_of(column->from), out);
    }
    buffer_append_str(out, is_long ? STR("}\n") : STR("\n"));
}

static void print_columns(const struct printing *printing, const struct model_table *table)
{
    struct buffer *out = printing->out;
    buffer_append_str(out, STR("    columns:\n"));
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].origin != FROM_ID)
            print_column(printing, table, (int)i);
    for (size_t i = 0; i < table->partition_count; i++)
        buffer_appendf(out, "%s%s%s", i ? ", " : "    partition: [",
                       table->columns[table->partitions[i]].name,
                       i + 1 == table->partition_count ? "]\n" : "");
    if (table->schema != 1)
        buffer_appendf(out, "    schema: %d\n", table->schema);
}

static void print_dimension(const struct printing *printing, const struct model_table *table)
{
    struct buffer *out = printing->out;
    buffer_appendf(out, "  %s:\n", table->name);
    if (table->rows == ROWS_CALENDAR) {
        buffer_append_str(out, STR("    calendar: true\n"));
    } else {
        buffer_appendf(
            out, "    from: %s\n    key: ", printing->model->sources[table->rule->source].name);
        append_fields(printing, table->rule->source, table->rule->keys, table->rule->key_count);
        if (table->rule->order_count) {
            buffer_append_str(out, STR("    "));
            print_order(printing, table->rule);
            buffer_append_char(out, '\n');
        }
    }
    print_columns(printing, table);
}

/* ---- Facts ----------------------------------------------------------------------------------- */

static void print_lookup(const struct printing *printing, const struct model_lookup *lookup)
{
    const struct model_winner *winner = lookup->winner;
    struct buffer *out = printing->out;
    buffer_appendf(out, "      %s: {in: %s, on: {", lookup->name,
                   printing->model->sources[winner->source].name);
    for (size_t i = 0; i < winner->key_count; i++) {
        model_append_between(
            i ? ", " : "", field_name(printing->model, winner->source, winner->keys[i]), ": ", out);
        model_append_scalar(
            field_name(printing->model, printing->model->facts.source, lookup->fields[i]), out);
    }
    buffer_append_str(out, winner->order_count ? STR("}, ") : STR("}"));
    print_order(printing, winner);
    buffer_append_str(out, STR("}\n"));
}

static void print_facts(const struct printing *printing, const struct model_table *table)
{
    const struct model *model = printing->model;
    const struct model_facts *facts = &model->facts;
    struct buffer *out = printing->out;
    buffer_appendf(out, "facts:\n  %s:\n", table->name);
    if (printing->with_words && strcmp(model->row_noun, "row") != 0)
        model_append_between("    rows: ", str_of(model->row_noun), "\n", out);
    buffer_appendf(out, "    from: %s\n", model->sources[facts->source].name);
    model_append_between("    time: ", field_name(printing->model, facts->source, facts->time),
                         "\n", out);
    buffer_appendf(out, "    id:\n      %s: ", model_find_column(table, FROM_ID, 0)->name);
    append_fields(printing, facts->source, facts->id, facts->id_count);
    if (facts->lookup_count)
        buffer_append_str(out, STR("    lookups:\n"));
    for (size_t i = 0; i < facts->lookup_count; i++)
        print_lookup(printing, &facts->lookups[i]);
    print_columns(printing, table);
}

/* ---- The model ------------------------------------------------------------------------------- */

static void print_texts(const char *key, const struct model_text *texts, size_t count,
                        struct buffer *out)
{
    if (count)
        buffer_appendf(out, "%s:\n", key);
    for (size_t i = 0; i < count; i++) {
        buffer_append_str(out, STR("  "));
        append_quoted(texts[i].name, out); /* "1" and "null" are names, too */
        buffer_append_str(out, STR(": "));
        append_quoted(texts[i].sql, out);
        buffer_append_char(out, '\n');
    }
}

/* Those that have been read stand in the text instead of their folder. */
static void print_questions(const struct model *model, struct buffer *out)
{
    print_texts("questions", model->questions, model->question_count, out);
    print_texts("charts", model->charts, model->chart_count, out);
    if (model->questions_folder && !model->question_count)
        model_append_between("questions: ", str_of(model->questions_folder), "\n", out);
}

void model_print(const struct model *model, bool with_words, struct buffer *out)
{
    struct printing printing = {model, with_words, out};
    bool is_first = true;
    buffer_appendf(out, "model: %s\n", model->name);
    if (with_words)
        print_questions(model, out);
    buffer_append_str(out, STR("sources:\n"));
    for (size_t i = 0; i < model->source_count; i++)
        print_source(&printing, &model->sources[i]);
    for (size_t i = 0; i < model->table_count; i++) {
        if (model->tables[i].rows == ROWS_FACTS)
            continue;
        buffer_append_str(out, is_first ? STR("dimensions:\n") : STR(""));
        is_first = false;
        print_dimension(&printing, &model->tables[i]);
    }
    for (size_t i = 0; i < model->table_count; i++)
        if (model->tables[i].rows == ROWS_FACTS)
            print_facts(&printing, &model->tables[i]);
}

uint64_t model_hash(const struct model *model)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    model_print(model, false, &text);
    return hash_stored(buffer_str(&text));
}
