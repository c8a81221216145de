/* The two sources, and the check of a record against its fields (docs/semantics.md, Input). */
#include <model.h>

#include <stdio.h>
#include <string.h>

#define X(id, text, of_type, of_need, zero)                                                        \
    {.name = {text, sizeof(text) - 1},                                                             \
     .type = of_type,                                                                              \
     .need = of_need,                                                                              \
     .zero_for_null = zero,                                                                        \
     .depth = 1,                                                                                   \
     .path = &(const struct model_step){.key = {text, sizeof(text) - 1}}},
static const struct model_field song_fields[] = {SONG_FIELDS(X)};
static const struct model_field log_fields[] = {LOG_FIELDS(X)};
#undef X

#define X(id, name, type, need, zero) {name, sizeof(name) - 1},
static const struct str song_names[] = {SONG_FIELDS(X)};
static const struct str log_names[] = {LOG_FIELDS(X)};
#undef X

_Static_assert(LOG_FIELD_COUNT <= MODEL_MAX_FIELDS && SONG_FIELD_COUNT <= MODEL_MAX_FIELDS,
               "MODEL_MAX_FIELDS is too small");

const struct model_source model_sources[SOURCE_COUNT] = {
    [SOURCE_SONGS] = {.name = "songs",
                      .noun = "song",
                      .folder = "song_data",
                      .layout = LAYOUT_DOCUMENT,
                      .fields = song_fields,
                      .field_count = SONG_FIELD_COUNT,
                      .names = song_names,
                      .kept_field = -1},
    [SOURCE_LOGS] = {.name = "logs",
                     .noun = "log",
                     .folder = "log_data",
                     .fields = log_fields,
                     .field_count = LOG_FIELD_COUNT,
                     .names = log_names,
                     .kept_field = LOG_PAGE,
                     .kept_value = {"NextSong", 8}},
};

static const char *const code_words[] = {
#define X(id, word) word,
    REJECT_CODES(X)
#undef X
};

const char *reject_code_word(enum reject_code code)
{
    return code_words[code];
}

static enum model_verdict reject(struct model_fault *fault, enum reject_code code,
                                 const struct model_field *field, const char *format, ...)
    PRINTF(4, 5);

static enum model_verdict reject(struct model_fault *fault, enum reject_code code,
                                 const struct model_field *field, const char *format, ...)
{
    int used = snprintf(fault->reason, sizeof fault->reason, "%.*s: ", STR_ARG(field->name));
    va_list args;
    va_start(args, format);
    vsnprintf(fault->reason + used, sizeof fault->reason - (size_t)used, format, args);
    va_end(args);
    fault->code = code;
    return RECORD_REJECTED;
}

const char *model_type_expected(enum model_type type)
{
    switch (type) {
    case MODEL_STRING:
        return "a string";
    case MODEL_DOUBLE:
        return "a number";
    default:
        return "an integer";
    }
}

static const char *found(const struct json_value *value, enum model_type type)
{
    /* The only number of a wrong type is one that is not an integer. */
    if (value->kind == JSON_KIND_NUMBER && type != MODEL_STRING)
        return "a number that is not one";
    return json_kind_name(value->kind);
}

static enum model_verdict wrong_type(const struct model_field *field,
                                     const struct json_value *value, struct model_fault *fault)
{
    return reject(fault, REJECT_WRONG_TYPE, field, "expected %s, found %s",
                  model_type_expected(field->type), found(value, field->type));
}

static enum model_verdict out_of_range(const struct model_field *field,
                                       const struct json_value *value, const char *range,
                                       struct model_fault *fault)
{
    int shown = value->len > 40 ? 40 : (int)value->len;
    return reject(fault, REJECT_OUT_OF_RANGE, field, "%.*s%s is not %s", shown, value->text,
                  value->len > 40 ? "…" : "", range);
}

static enum model_verdict check_integer(const struct model_field *field,
                                        const struct json_value *value, int64_t *number,
                                        struct model_fault *fault)
{
    const char *range = "in the range of a 64-bit integer";
    bool fits = true;
    switch (json_int64(value, number)) {
    case JSON_WRONG_TYPE:
        return wrong_type(field, value, fault);
    case JSON_OUT_OF_RANGE:
        fits = false;
        break;
    case JSON_FITS:
        break;
    }
    if (field->type == MODEL_INT32) {
        range = "in the range of a 32-bit integer";
        fits = fits && *number >= INT32_MIN && *number <= INT32_MAX;
    } else if (field->type == MODEL_TIMESTAMP) {
        range = "a time in the years 1970 to 9999, in milliseconds";
        fits = fits && *number >= 0 && *number <= MODEL_MAX_TS;
    }
    return fits ? RECORD_KEPT : out_of_range(field, value, range, fault);
}

static enum model_verdict check_double(const struct model_field *field,
                                       const struct json_value *value, double *number,
                                       struct model_fault *fault)
{
    switch (json_double(value, number)) {
    case JSON_WRONG_TYPE:
        return wrong_type(field, value, fault);
    case JSON_OUT_OF_RANGE:
        return out_of_range(field, value, "in the range of a double", fault);
    case JSON_FITS:
        break;
    }
    return RECORD_KEPT;
}

static enum model_verdict check_string(const struct model_field *field,
                                       const struct json_value *value, struct model_fault *fault)
{
    if (value->kind >= JSON_KIND_OBJECT)
        return wrong_type(field, value, fault);
    if (value->len == 0 && field->need != NEED_OPTIONAL)
        return reject(fault, REJECT_MISSING_FIELD, field, "required, but empty");
    return RECORD_KEPT;
}

static enum model_verdict check_field(const struct model_field *field,
                                      const struct json_value *value, union model_number *number,
                                      struct model_fault *fault)
{
    if (value->kind <= JSON_KIND_NULL) {
        if (field->need == NEED_OPTIONAL)
            return RECORD_KEPT;
        return reject(fault, REJECT_MISSING_FIELD, field, "required, but %s",
                      value->kind == JSON_KIND_NULL ? "null" : "not there");
    }
    switch (field->type) {
    case MODEL_STRING:
        return check_string(field, value, fault);
    case MODEL_DOUBLE:
        return check_double(field, value, &number->float64, fault);
    default:
        return check_integer(field, value, &number->int64, fault);
    }
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

static bool is_in_range(enum model_type type, int64_t number)
{
    if (type == MODEL_INT32)
        return number >= INT32_MIN && number <= INT32_MAX;
    return type != MODEL_TIMESTAMP || (number >= 0 && number <= MODEL_MAX_TS);
}

static bool pass_integers(const struct model_checks *checks, struct model_record *record)
{
    for (size_t i = 0; i < checks->integer_count; i++) {
        struct model_check check = checks->integers[i];
        const struct json_value *value = &record->values[check.field];
        int64_t *number = &record->numbers[check.field].int64;
        if (value->kind <= JSON_KIND_NULL) {
            if (check.is_required)
                return false;
        } else if (json_int64(value, number) != JSON_FITS || !is_in_range(check.type, *number)) {
            return false;
        }
    }
    return true;
}

static bool pass_doubles(const struct model_checks *checks, struct model_record *record)
{
    for (size_t i = 0; i < checks->double_count; i++) {
        struct model_check check = checks->doubles[i];
        const struct json_value *value = &record->values[check.field];
        if (value->kind <= JSON_KIND_NULL) {
            if (check.is_required)
                return false;
        } else if (json_double(value, &record->numbers[check.field].float64) != JSON_FITS) {
            return false;
        }
    }
    return true;
}

static bool is_due(enum model_need need, bool always)
{
    return always ? need == NEED_ALWAYS : need == NEED_KEPT || need == NEED_OPTIONAL;
}

static enum model_verdict check_fields(const struct model_checker *checker, bool always,
                                       struct model_record *record, struct model_fault *fault)
{
    const struct model_source *source = checker->source;
    const struct model_checks *checks = always ? &checker->always : &checker->kept;
    if (pass_strings(checks, record) && pass_integers(checks, record) &&
        pass_doubles(checks, record))
        return RECORD_KEPT;
    for (size_t i = 0; i < source->field_count; i++)
        if (is_due(source->fields[i].need, always) &&
            check_field(&source->fields[i], &record->values[i], &record->numbers[i], fault) !=
                RECORD_KEPT)
            return RECORD_REJECTED;
    return RECORD_KEPT;
}

/* ---- Records --------------------------------------------------------------------------------- */

static bool is_kept(const struct model_source *source, const struct model_record *record)
{
    if (source->kept_field < 0)
        return true;
    const struct json_value *value = &record->values[source->kept_field];
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
        return reject(fault, REJECT_OUT_OF_RANGE, field,
                      MODEL_NULL_PARTITION " stands for null in the name of a partition's folder");
    model_partition_folder(&name, folder->column, text);
    if (name.len <= MODEL_MAX_FOLDER_BYTES)
        return RECORD_KEPT;
    return reject(fault, REJECT_OUT_OF_RANGE, field,
                  "as the name of a partition's folder it has %zu bytes; at most %d are possible",
                  name.len, MODEL_MAX_FOLDER_BYTES);
}

enum model_verdict model_check(const struct model_checker *checker, struct model_record *record,
                               struct model_fault *fault)
{
    if (check_fields(checker, true, record, fault) != RECORD_KEPT)
        return RECORD_REJECTED;
    if (!is_kept(checker->source, record))
        return RECORD_SKIPPED;
    if (check_fields(checker, false, record, fault) != RECORD_KEPT)
        return RECORD_REJECTED;
    for (size_t i = 0; i < checker->folder_count; i++)
        if (check_folder(checker, &checker->folders[i], record, fault) != RECORD_KEPT)
            return RECORD_REJECTED;
    return RECORD_KEPT;
}

/* ---- The checker ------------------------------------------------------------------------------
 */

static void add_check(struct model_checks *checks, size_t field, const struct model_field *model)
{
    struct model_check check = {(uint8_t)field, model->need != NEED_OPTIONAL, model->type};
    if (model->type == MODEL_STRING) {
        checks->strings[checks->string_count++] = check.field;
        if (check.is_required)
            checks->required_strings[checks->required_string_count++] = check.field;
    } else if (model->type == MODEL_DOUBLE) {
        checks->doubles[checks->double_count++] = check;
    } else {
        checks->integers[checks->integer_count++] = check;
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
    for (int i = 0; i < TABLE_COUNT; i++)
        if (model->tables[i].rule && &model->sources[model->tables[i].rule->source] == source)
            add_folders(checker, &model->tables[i]);
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
