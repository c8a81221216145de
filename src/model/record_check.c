/* The check of a record against the fields of its source (docs/semantics.md, Input). */
#include "field_value.h"

#include <model_record.h>

/* How much of a field's name is shown, in bytes. */
#define MAX_SHOWN_NAME 100

/* Not inlined, so that what nearly all records pass is: 0.9 % of a run's instructions. */
#define COLD __attribute__((cold, noinline))

static const char *const code_words[] = {
#define X(id, word) word,
    REJECT_CODES(X)
#undef X
};

const char *reject_code_word(enum reject_code code)
{
    return code_words[code];
}

static enum model_verdict reject(struct model_fault *fault, enum reject_code code, struct str field,
                                 const char *format, ...) PRINTF(4, 5);

static enum model_verdict reject(struct model_fault *fault, enum reject_code code, struct str field,
                                 const char *format, ...)
{
    size_t most = field.len < MAX_SHOWN_NAME ? field.len : MAX_SHOWN_NAME;
    struct str name = {field.data, utf8_valid_prefix(field.data, most)};
    int used = snprintf(fault->reason, sizeof fault->reason, "%.*s: ", STR_ARG(name));
    va_list args;
    va_start(args, format);
    vsnprintf(fault->reason + used, sizeof fault->reason - (size_t)used, format, args);
    va_end(args);
    fault->code = code;
    return RECORD_REJECTED;
}

static bool has_bit(uint64_t bits, size_t field)
{
    return bits >> field & 1;
}

static const char *found(const struct model_field *field, const struct json_value *value)
{
    /* The only number of a wrong type is one that is not an integer. */
    if (value->kind == JSON_KIND_NUMBER && field_is_integer(field))
        return "a number that is not one";
    if (value->kind == JSON_KIND_STRING && field_is_text(field))
        return "a string that is none";
    return json_kind_name(value->kind);
}

static enum model_verdict wrong_type(const struct model_field *field,
                                     const struct json_value *value, struct model_fault *fault)
{
    return reject(fault, REJECT_WRONG_TYPE, field->name, "expected %s, found %s",
                  model_field_expected(field), found(field, value));
}

static enum model_verdict bad_value(const struct model_field *field, const struct json_value *value,
                                    enum field_fit fit, struct model_fault *fault)
{
    char range[FIELD_RANGE_TEXT];
    int shown = value->len > 40 ? 40 : (int)value->len;
    const char *cut = value->len > 40 ? "…" : "";
    if (fit == FIELD_WRONG_TYPE)
        return wrong_type(field, value, fault);
    if (fit == FIELD_TOO_PRECISE)
        return reject(fault, REJECT_OUT_OF_RANGE, field->name,
                      "%.*s%s has more than %d digits behind the point", shown, value->text, cut,
                      field->scale);
    return reject(fault, REJECT_OUT_OF_RANGE, field->name, "%.*s%s is not %s", shown, value->text,
                  cut, field_range(field, range));
}

static enum field_fit double_fit(const struct json_value *value, double *number)
{
    static const enum field_fit fits[] = {[JSON_FITS] = FIELD_FITS,
                                          [JSON_WRONG_TYPE] = FIELD_WRONG_TYPE,
                                          [JSON_OUT_OF_RANGE] = FIELD_OUT_OF_RANGE};
    return fits[json_double(value, number)];
}

static enum model_verdict check_string(const struct model_field *field,
                                       const struct json_value *value, struct model_fault *fault)
{
    if (value->kind >= JSON_KIND_OBJECT)
        return wrong_type(field, value, fault);
    if (value->len == 0 && field->need != NEED_OPTIONAL)
        return reject(fault, REJECT_MISSING_FIELD, field->name, "required, but empty");
    return RECORD_KEPT;
}

static enum model_verdict check_value(const struct model_field *field,
                                      const struct json_value *value, union model_number *number,
                                      struct model_fault *fault)
{
    if (value->kind <= JSON_KIND_NULL) {
        if (field->need == NEED_OPTIONAL)
            return RECORD_KEPT;
        return reject(fault, REJECT_MISSING_FIELD, field->name, "required, but %s",
                      value->kind == JSON_KIND_NULL ? "null" : "not there");
    }
    if (field->type == MODEL_STRING)
        return check_string(field, value, fault);
    if (field->type == MODEL_JSON)
        return RECORD_KEPT;
    enum field_fit fit = field->type == MODEL_DOUBLE ? double_fit(value, &number->float64)
                                                     : field_integer(field, value, &number->int64);
    return fit == FIELD_FITS ? RECORD_KEPT : bad_value(field, value, fit, fault);
}

static enum model_verdict check_field(const struct model_field *field, size_t number,
                                      struct model_record *record, struct model_fault *fault)
{
    const struct json_value *value = &record->values[number];
    bool no_object = has_bit(record->no_object, number);
    if (no_object || has_bit(record->no_array, number))
        return reject(fault, REJECT_WRONG_TYPE, field->name, "expected %s that holds it, found %s",
                      no_object ? "an object" : "an array", json_kind_name(value->kind));
    return check_value(field, value, &record->numbers[number], fault);
}

/* Whether the contract of the source lets a record stay whose value of the field is faulty: then
 * the value is null. */
static bool discard_value(const struct model_source *source, size_t field,
                          struct model_record *record)
{
    if (source->faulty != CONTRACT_DISCARD_VALUE || source->fields[field].need != NEED_OPTIONAL)
        return false;
    record->values[field] = (struct json_value){.kind = JSON_KIND_NULL};
    record->discarded++;
    return true;
}

/* ---- Checks that pass -------------------------------------------------------------------------
 *
 * Nearly all records pass, so the fields are checked type by type first, in loops that have no more
 * to decide than that; a record that does not pass is checked again, field by field in their order,
 * for the reason. One loop over the fields' descriptions was 8 % of the instructions of a run. */

static bool pass_strings(const struct model_checks *checks, const struct model_record *record)
{
    bool is_wrong = false;
    for (size_t i = 0; i < checks->string_count; i++)
        is_wrong |= record->values[checks->strings[i]].kind >= JSON_KIND_OBJECT;
    for (size_t i = 0; i < checks->required_string_count; i++) {
        const struct json_value *value = &record->values[checks->required_strings[i]];
        is_wrong |= value->kind <= JSON_KIND_NULL || value->len == 0;
    }
    return !is_wrong;
}

static __attribute__((flatten)) bool pass_integers(const struct model_checks *checks,
                                                   struct model_record *record)
{
    for (size_t i = 0; i < checks->integer_count; i++) {
        const struct model_check *check = &checks->integers[i];
        const struct json_value *value = &record->values[check->field];
        int64_t *number = &record->numbers[check->field].int64;
        if (value->kind <= JSON_KIND_NULL) {
            if (check->is_required)
                return false;
        } else if (json_int64(value, number) != JSON_FITS || *number < check->least ||
                   *number > check->greatest) {
            return false;
        }
    }
    return true;
}

static bool pass_doubles(const struct model_checks *checks, struct model_record *record)
{
    for (size_t i = 0; i < checks->double_count; i++) {
        const struct model_check *check = &checks->doubles[i];
        const struct json_value *value = &record->values[check->field];
        if (value->kind <= JSON_KIND_NULL) {
            if (check->is_required)
                return false;
        } else if (json_double(value, &record->numbers[check->field].float64) != JSON_FITS) {
            return false;
        }
    }
    return true;
}

static COLD bool pass_others(const struct model_checks *checks, const struct model_field *fields,
                             struct model_record *record)
{
    for (size_t i = 0; i < checks->other_count; i++) {
        size_t number = checks->others[i];
        const struct model_field *field = &fields[number];
        const struct json_value *value = &record->values[number];
        if (value->kind <= JSON_KIND_NULL) {
            if (field->need != NEED_OPTIONAL)
                return false;
        } else if (field->type != MODEL_JSON &&
                   field_integer(field, value, &record->numbers[number].int64) != FIELD_FITS) {
            return false;
        }
    }
    return true;
}

static bool pass(const struct model_checks *checks, const struct model_field *fields,
                 struct model_record *record)
{
    return pass_strings(checks, record) && pass_integers(checks, record) &&
           pass_doubles(checks, record) &&
           (checks->other_count == 0 || pass_others(checks, fields, record)) &&
           ((record->no_object | record->no_array) & checks->fields) == 0;
}

/* The same in the order of the fields, for the reason. */
static COLD enum model_verdict find_fault(const struct model_source *source,
                                          const struct model_checks *checks,
                                          struct model_record *record, struct model_fault *fault)
{
    for (size_t i = 0; i < source->field_count; i++)
        if (has_bit(checks->fields, i) &&
            check_field(&source->fields[i], i, record, fault) != RECORD_KEPT &&
            !discard_value(source, i, record))
            return RECORD_REJECTED;
    return RECORD_KEPT;
}

static enum model_verdict check_fields(const struct model_checker *checker, bool always,
                                       struct model_record *record, struct model_fault *fault)
{
    const struct model_source *source = checker->source;
    const struct model_checks *checks = always ? &checker->always : &checker->kept;
    return pass(checks, source->fields, record) ? RECORD_KEPT
                                                : find_fault(source, checks, record, fault);
}

/* ---- Records --------------------------------------------------------------------------------- */

static bool is_kept(const struct model_source *source, const struct model_record *record)
{
    if (source->kept_field < 0)
        return true;
    const struct json_value *value = &record->values[source->kept_field];
    uint64_t misplaced = record->no_object | record->no_array;
    if (value->kind <= JSON_KIND_NULL || has_bit(misplaced, (size_t)source->kept_field))
        return false;
    if (!value->escaped)
        return str_equal((struct str){value->text, value->len}, source->kept_value);
    CLEANUP(buffer_release) struct buffer scratch = {0};
    return str_equal(json_text(value, &scratch), source->kept_value);
}

/* The value of a partition column is part of a folder's name. It cannot be the text that stands for
 * null there, nor so long that a disk cannot hold the name; both are refused on every store, so
 * that all stores hold the same rows. */
static enum model_verdict check_folder(const struct model_checker *checker,
                                       const struct model_folder *folder,
                                       const struct model_record *record, struct model_fault *fault)
{
    const struct json_value *value = &record->values[folder->field];
    const struct model_field *field = &checker->source->fields[folder->field];
    bool may_be_null_text =
        value->len >= sizeof MODEL_NULL_PARTITION - 1 && (value->escaped || value->text[0] == '_');
    if ((size_t)value->len * 3 + strlen(folder->column) + 1 <= MODEL_MAX_FOLDER_BYTES &&
        !may_be_null_text)
        return RECORD_KEPT;
    CLEANUP(buffer_release) struct buffer scratch = {0}, name = {0};
    struct str text = json_text(value, &scratch);
    if (str_equal(text, STR(MODEL_NULL_PARTITION)))
        return reject(fault, REJECT_OUT_OF_RANGE, field->name,
                      MODEL_NULL_PARTITION " stands for null in the name of a partition's folder");
    model_partition_folder(&name, folder->column, text);
    if (name.len <= MODEL_MAX_FOLDER_BYTES)
        return RECORD_KEPT;
    return reject(fault, REJECT_OUT_OF_RANGE, field->name,
                  "as the name of a partition's folder it has %zu bytes; at most %d are possible",
                  name.len, MODEL_MAX_FOLDER_BYTES);
}

enum model_verdict model_check(const struct model_checker *checker, struct model_record *record,
                               struct model_fault *fault)
{
    record->discarded = 0;
    if (check_fields(checker, true, record, fault) != RECORD_KEPT)
        return RECORD_REJECTED;
    if (!is_kept(checker->source, record))
        return RECORD_SKIPPED;
    if (record->unknown.data)
        return reject(fault, REJECT_UNKNOWN_FIELD, record->unknown, "the model has no such field");
    if (check_fields(checker, false, record, fault) != RECORD_KEPT)
        return RECORD_REJECTED;
    for (size_t i = 0; i < checker->folder_count; i++)
        if (check_folder(checker, &checker->folders[i], record, fault) != RECORD_KEPT &&
            !discard_value(checker->source, (size_t)checker->folders[i].field, record))
            return RECORD_REJECTED;
    return RECORD_KEPT;
}

/* ---- The checker ----------------------------------------------------------------------------- */

static void add_check(struct model_checks *checks, size_t number, const struct model_field *field)
{
    struct model_check check = {(uint8_t)number, field->need != NEED_OPTIONAL, field_least(field),
                                field_greatest(field)};
    checks->fields |= UINT64_C(1) << number;
    if (field->type == MODEL_STRING) {
        checks->strings[checks->string_count++] = check.field;
        if (check.is_required)
            checks->required_strings[checks->required_string_count++] = check.field;
    } else if (field->type == MODEL_DOUBLE) {
        checks->doubles[checks->double_count++] = check;
    } else if (field_is_integer(field)) {
        checks->integers[checks->integer_count++] = check;
    } else {
        checks->others[checks->other_count++] = check.field;
    }
}

static void add_folders(struct model_checker *checker, const struct model_table *table)
{
    for (size_t i = 0; i < table->partition_count; i++) {
        const struct model_column *column = &table->columns[table->partitions[i]];
        if (column->type == MODEL_STRING)
            checker->folders[checker->folder_count++] =
                (struct model_folder){column->part, column->name};
    }
}

void model_checker_init(struct model_checker *checker, const struct model *model,
                        const struct model_source *source)
{
    *checker = (struct model_checker){.source = source};
    for (size_t i = 0; i < source->field_count; i++) {
        const struct model_field *field = &source->fields[i];
        if (field->need != NEED_NOT_AT_ALL)
            add_check(field->need == NEED_ALWAYS ? &checker->always : &checker->kept, i, field);
    }
    for (size_t i = 0; i < model->table_count; i++)
        if (model->tables[i].rule && &model->sources[model->tables[i].rule->source] == source)
            add_folders(checker, &model->tables[i]);
}

bool model_is_frozen(const struct model_source *source, enum reject_code code)
{
    switch (code) {
    case REJECT_UNKNOWN_FIELD:
        return source->unknown == CONTRACT_FREEZE;
    case REJECT_MISSING_FIELD:
    case REJECT_WRONG_TYPE:
    case REJECT_OUT_OF_RANGE:
        return source->faulty == CONTRACT_FREEZE;
    default:
        return false;
    }
}

void model_fault_from_json(const struct json_fault *json, const char *record,
                           struct model_fault *fault)
{
    static const enum reject_code codes[] = {
        [JSON_NOT_JSON] = REJECT_NOT_JSON,
        [JSON_NOT_OBJECT] = REJECT_NOT_OBJECT,
        [JSON_NOT_UTF8] = REJECT_NOT_UTF8,
        [JSON_TOO_DEEP] = REJECT_TOO_DEEP,
    };
    fault->code = codes[json->code];
    snprintf(fault->reason, sizeof fault->reason, "%s, at byte %td of the record", json->message,
             json->at - record + 1);
}
