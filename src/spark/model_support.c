/* What a model may have that the SQL is made of. Anything else is refused before Spark is asked: it
 * must never give other rows than the native engine. */
#include "model_support.h"

#include "sql.h"

#include <strings.h>

/* Names that the SQL itself gives to columns, or that are no names in it. */
static const char *const taken_names[] = {
    "at",    "broken", "doubtful", "fact_id",  "false",   "fault",    "file",  "flaw", "line",
    "names", "null",   "record",   "records",  "tagged",  "text",     "times", "true", "unknown",
    "value", "whole",  "winner",   "is_added", "objects", "interval", "case",  "when", "from",
    "where", "select", "as",       "and",      "or",      "not",      "in",    "is",   "end",
    "then",  "else",   "group",    "order",    "by",      "on",       "using",
};
static const char *const taken_endings[] = {"_minus_zero", "_sign", "_descending", "_is_null"};

static bool is_plain(struct str name)
{
    static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
    for (size_t i = 0; i < name.len; i++)
        if (!strchr(first, name.data[i]) && (i == 0 || name.data[i] < '0' || name.data[i] > '9'))
            return false;
    return name.len > 0;
}

static bool is_taken(struct str name)
{
    for (size_t i = 0; i < ARRAY_LENGTH(taken_names); i++)
        if (name.len == strlen(taken_names[i]) &&
            strncasecmp(name.data, taken_names[i], name.len) == 0)
            return true;
    for (size_t i = 0; i < ARRAY_LENGTH(taken_endings); i++)
        if (str_ends_with(name, str_of(taken_endings[i])))
            return true;
    return false;
}

static bool equal_but_case(struct str a, struct str b)
{
    return a.len == b.len && strncasecmp(a.data, b.data, a.len) == 0;
}

/* Spark does not tell names apart that differ in upper and lower case alone. */
static bool is_there_before(const struct model_source *source, size_t number)
{
    for (size_t i = 0; i < number; i++)
        if (source->fields[i].need != NEED_NOT_AT_ALL &&
            equal_but_case(source->fields[i].name, source->fields[number].name))
            return true;
    return false;
}

/* What the field has that the SQL is not made for, or NULL. */
static const char *flaw_of_field(const struct model_source *source, size_t number)
{
    const struct model_field *field = &source->fields[number];
    if (field->need == NEED_NOT_AT_ALL)
        return field->depth > 1 ? "lies in an object or an array" : NULL;
    if (field->depth > 1)
        return "lies in an object or an array";
    if (!is_plain(field->name) || is_taken(field->name))
        return "has a name that cannot be one in its SQL";
    if (is_there_before(source, number))
        return "has the name of another field, but for upper and lower case";
    if (field->type > MODEL_TIMESTAMP)
        return "is of a type other than string, int32, int64, double and timestamp_ms";
    if (field->type == MODEL_TIMESTAMP && field->time_form != TIME_MILLISECONDS)
        return "is a timestamp in another form than milliseconds";
    return NULL;
}

static const char *flaw_of_source(const struct model_source *source)
{
    if (source->layout != LAYOUT_LINES && source->layout != LAYOUT_DOCUMENT)
        return "has another layout than lines and document";
    if (source->unknown != CONTRACT_EVOLVE)
        return "has a contract for unknown fields";
    if (source->faulty != CONTRACT_EVOLVE && source->faulty != CONTRACT_DISCARD_ROW)
        return "has a contract for faulty values";
    if (memchr(source->kept_value.data ? source->kept_value.data : "", '\'',
               source->kept_value.len) ||
        memchr(source->kept_value.data ? source->kept_value.data : "", '\\',
               source->kept_value.len))
        return "keeps records by a text with a quote or a backslash";
    return NULL;
}

static bool has_date(const struct model *model)
{
    for (size_t i = 0; i < model->table_count; i++)
        for (size_t j = 0; j < model->tables[i].column_count; j++) {
            const struct model_column *column = &model->tables[i].columns[j];
            if (column->origin == FROM_CALENDAR && column->part == CALENDAR_DATE)
                return true;
        }
    return false;
}

static bool has_time(const struct model *model)
{
    const struct model_table *facts = &model->tables[model_facts_table(model)];
    for (size_t i = 0; i < facts->column_count; i++)
        if (facts->columns[i].origin == FROM_CALENDAR && facts->columns[i].part == CALENDAR_TIME)
            return true;
    return false;
}

static const char *flaw_of_model(const struct model *model)
{
    if (model->facts.lookup_count != 1)
        return "its facts have no look-up, or several";
    if (spark_sql_found_column(model) < 0)
        return "no column is a required field of what is looked up";
    if (!has_time(model))
        return "no column of the facts is their time";
    if (has_date(model))
        return "a column is the date of a time";
    return NULL;
}

static enum status refuse(struct error *error)
{
    return error_hint(error, "run without --engine spark: the native engine takes any model");
}

static enum status check_source(const struct model_source *source, struct error *error)
{
    const char *flaw = flaw_of_source(source);
    if (flaw) {
        error_set(error, STATUS_USAGE, "the Spark engine cannot run this model: the source %s %s",
                  source->name, flaw);
        return refuse(error);
    }
    for (size_t i = 0; i < source->field_count; i++) {
        flaw = flaw_of_field(source, i);
        if (!flaw)
            continue;
        error_set(error, STATUS_USAGE,
                  "the Spark engine cannot run this model: the field %.*s of %s %s",
                  STR_ARG(source->fields[i].name), source->name, flaw);
        return refuse(error);
    }
    return STATUS_OK;
}

enum status spark_check_model(const struct model *model, struct error *error)
{
    for (size_t i = 0; i < model->source_count; i++)
        TRY(check_source(&model->sources[i], error));
    const char *flaw = flaw_of_model(model);
    if (!flaw)
        return STATUS_OK;
    error_set(error, STATUS_USAGE, "the Spark engine cannot run this model: %s", flaw);
    return refuse(error);
}
