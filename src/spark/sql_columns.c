/* Values of fields as columns of tables have them, and back.
 *
 * A timestamp is an integer in the unit of its field until it becomes a column, and again where a
 * column is read back. To Spark -0.0 equals 0.0, and grouping makes 0.0 of both: where bits count,
 * the column `minus_zero.<field>` stands beside the double. */
#include "sql_private.h"

void sql_append_fields(struct buffer *out, const struct model_source *source, uint64_t fields,
                       const char *format, const char *of_doubles)
{
    for (size_t i = 0; i < source->field_count; i++) {
        const struct model_field *field = &source->fields[i];
        if (!(fields >> i & 1))
            continue;
        sql_append_field(out, format, field);
        if (field->type == MODEL_DOUBLE)
            sql_append_field(out, of_doubles, field);
    }
}

void sql_append_restored(struct buffer *out, const struct model_field *field, const char *prefix)
{
    if (field->type == MODEL_DOUBLE) {
        buffer_appendf(out, "IF(%s", prefix);
        sql_append_field(out, "{minus_zero}, CAST('-0.0' AS DOUBLE), ", field);
    }
    buffer_append_str(out, str_of(prefix));
    sql_append_field(out, field->type == MODEL_DOUBLE ? "{})" : "{}", field);
}

/* ---- Times ----------------------------------------------------------------------------------- */

static const struct time_functions {
    const char *to_timestamp, *to_integer;
} time_functions[] = {
    [TIME_MILLISECONDS] = {"timestamp_millis", "unix_millis"},
    [TIME_SECONDS] = {"timestamp_seconds", "unix_seconds"},
    [TIME_MICROSECONDS] = {"timestamp_micros", "unix_micros"},
    [TIME_ISO_8601] = {"timestamp_micros", "unix_micros"},
};

const char *spark_sql_to_timestamp(const struct model_field *field)
{
    return time_functions[field->time_form].to_timestamp;
}

void sql_append_as_column(struct buffer *out, const struct model_column *column,
                          const struct model_field *field, struct str value)
{
    if (column->type == MODEL_TIMESTAMP)
        buffer_appendf(out, "%s(%.*s)", spark_sql_to_timestamp(field), STR_ARG(value));
    else
        buffer_append_str(out, value);
}

void sql_append_as_field(struct buffer *out, const struct model_column *column,
                         const struct model_field *field)
{
    bool is_time = column->type == MODEL_TIMESTAMP;
    if (is_time)
        buffer_appendf(out, "%s(", time_functions[field->time_form].to_integer);
    sql_append_name(out, str_of(column->name));
    sql_append_field(out, is_time ? ") AS {}" : " AS {}", field);
}

void sql_append_calendar(struct buffer *out, enum calendar_part part, const char *timestamp)
{
    static const char *const functions[CALENDAR_PARTS] = {
        [CALENDAR_HOUR] = "hour",    [CALENDAR_DAY] = "day",   [CALENDAR_WEEK] = "weekofyear",
        [CALENDAR_MONTH] = "month",  [CALENDAR_YEAR] = "year", [CALENDAR_WEEKDAY] = "dayofweek",
        [CALENDAR_DATE] = "to_date",
    };
    if (functions[part])
        buffer_appendf(out, "%s(%s)", functions[part], timestamp);
    else
        buffer_append_str(out, str_of(timestamp));
}

void sql_append_time_part(struct buffer *out, const struct model *model, enum calendar_part part,
                          const char *prefix)
{
    const struct model_field *time = model_field(model, model->facts.source, model->facts.time);
    CLEANUP(buffer_release) struct buffer timestamp = {0};
    buffer_appendf(&timestamp, "%s(%s", spark_sql_to_timestamp(time), prefix);
    sql_append_field(&timestamp, "{})", time);
    sql_append_calendar(out, part, buffer_text(&timestamp));
}
