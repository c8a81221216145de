/* field_value: what a field's value in the JSON is in memory. */
#pragma once

#include <model_record.h>

enum field_fit {
    FIELD_FITS,
    FIELD_WRONG_TYPE,
    FIELD_OUT_OF_RANGE,
    FIELD_TOO_PRECISE, /* a decimal with more digits behind the point than its field has */
};

/* Whether its value is an integer in the JSON; whether it is text, or may be, with rules of its
 * own. */
bool field_is_integer(const struct model_field *field);
bool field_is_text(const struct model_field *field);

/* The least and the greatest of a field that is an integer in the JSON. */
int64_t field_least(const struct model_field *field);
int64_t field_greatest(const struct model_field *field);

/* Converts a value, not null, of a field that is an integer in memory. */
enum field_fit field_integer(const struct model_field *field, const struct json_value *value,
                             int64_t *out);

/* What its values must be in, for messages: "in the range of a 64-bit integer". The text is in
 * `out` or static. */
#define FIELD_RANGE_TEXT 64
const char *field_range(const struct model_field *field, char out[static FIELD_RANGE_TEXT]);
