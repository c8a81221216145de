/* The two sources, and the check of a record against its fields (docs/semantics.md, Input). */
#include <model.h>

#include <stdio.h>

#define X(id, name, type, need, zero) {{name, sizeof(name) - 1}, type, need, zero},
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
    [SOURCE_SONGS] =
        {"songs", "song", "song_data", song_fields, SONG_FIELD_COUNT, song_names, -1, {0}},
    [SOURCE_LOGS] = {"logs",
                     "log",
                     "log_data",
                     log_fields,
                     LOG_FIELD_COUNT,
                     log_names,
                     LOG_PAGE,
                     {"NextSong", 8}},
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
    /* The only number that is a wrong type is one that is no integer. */
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

__attribute__((always_inline)) static inline enum model_verdict
check_field(const struct model_field *field, const struct json_value *value,
            union model_number *number, struct model_fault *fault)
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

static inline bool is_due(enum model_need need, bool always)
{
    return always ? need == NEED_ALWAYS : need == NEED_KEPT || need == NEED_OPTIONAL;
}

/* The fields one after the other, their descriptions as constants: a loop over the descriptions,
 * twice for each record, was 8 % of the instructions of a run. */
#define CHECK(fields, id, need)                                                                    \
    if (is_due(need, always) && check_field(&(fields)[id], &record->values[id],                    \
                                            &record->numbers[id], fault) != RECORD_KEPT)           \
        return RECORD_REJECTED;

static inline enum model_verdict check_song(bool always, struct model_record *record,
                                            struct model_fault *fault)
{
#define X(id, name, type, need, zero) CHECK(song_fields, id, need)
    SONG_FIELDS(X)
#undef X
    return RECORD_KEPT;
}

static inline enum model_verdict check_log(bool always, struct model_record *record,
                                           struct model_fault *fault)
{
#define X(id, name, type, need, zero) CHECK(log_fields, id, need)
    LOG_FIELDS(X)
#undef X
    return RECORD_KEPT;
}

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

/* An artist_id is the name of a folder, in which one text stands for null. One that makes too long
 * a name could not be written on a disk: it is refused on every store, so that all of them hold the
 * same rows. */
static enum model_verdict check_artist_folder(const struct model_record *record,
                                              struct model_fault *fault)
{
    const struct json_value *value = &record->values[SONG_ARTIST_ID];
    bool may_be_null_text =
        value->len >= sizeof MODEL_NULL_PARTITION - 1 && (value->escaped || value->text[0] == '_');
    if ((size_t)value->len * 3 + sizeof "artist_id=" <= MODEL_MAX_FOLDER_BYTES && !may_be_null_text)
        return RECORD_KEPT;
    CLEANUP(buffer_release) struct buffer scratch = {0}, folder = {0};
    struct str artist_id = json_text(value, &scratch);
    if (str_equal(artist_id, STR(MODEL_NULL_PARTITION)))
        return reject(fault, REJECT_OUT_OF_RANGE, &song_fields[SONG_ARTIST_ID],
                      MODEL_NULL_PARTITION " stands for null in the name of a partition's folder");
    model_partition_folder(&folder, "artist_id", artist_id);
    if (folder.len <= MODEL_MAX_FOLDER_BYTES)
        return RECORD_KEPT;
    return reject(fault, REJECT_OUT_OF_RANGE, &song_fields[SONG_ARTIST_ID],
                  "as the name of a partition's folder it has %zu bytes; at most %d are possible",
                  folder.len, MODEL_MAX_FOLDER_BYTES);
}

enum model_verdict model_check(const struct model_source *source, struct model_record *record,
                               struct model_fault *fault)
{
    bool is_song = source == &model_sources[SOURCE_SONGS];
    if ((is_song ? check_song(true, record, fault) : check_log(true, record, fault)) != RECORD_KEPT)
        return RECORD_REJECTED;
    if (!is_kept(source, record))
        return RECORD_LEFT_OUT;
    if (is_song)
        return check_song(false, record, fault) == RECORD_KEPT ? check_artist_folder(record, fault)
                                                               : RECORD_REJECTED;
    return check_log(false, record, fault);
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
