/* json_texts: the fields of a record that are kept as JSON, in the form in which tables have them.
 */
#pragma once

#include <model_record.h>

/* The fields of type json of a source, and memory for their texts in one record. */
struct json_texts {
    uint8_t fields[MODEL_MAX_FIELDS];
    size_t count;
    struct buffer texts[MODEL_MAX_FIELDS];
};

void json_texts_init(struct json_texts *texts, const struct model_source *source);
void json_texts_release(struct json_texts *texts);
/* Makes each value of these fields its whole text, without white space outside of strings, which
 * json_text and raw_text then give as it is. It is valid until the next record. */
void json_texts_set(struct json_texts *texts, struct model_record *record);
