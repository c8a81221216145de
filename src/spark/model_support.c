/* What a model may have that the SQL is made of. Anything else is refused before Spark is asked: it
 * must never give other rows than the native engine. */
#include "model_support.h"

/* What the field has that the SQL is not made for, or NULL. */
static const char *flaw_of_field(const struct model_field *field)
{
    if (field->need == NEED_NOT_AT_ALL)
        return field->depth > 1 ? "lies in an object or an array" : NULL;
    if (field->depth > 1)
        return "lies in an object or an array";
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
        flaw = flaw_of_field(&source->fields[i]);
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
    return STATUS_OK;
}
