/* Fields that are kept as JSON: their values become the texts that tables have. */
#include "json_texts.h"

void json_texts_init(struct json_texts *texts, const struct model_source *source)
{
    *texts = (struct json_texts){0};
    for (size_t i = 0; i < source->field_count; i++)
        if (source->fields[i].type == MODEL_JSON && source->fields[i].need != NEED_NOT_AT_ALL)
            texts->fields[texts->count++] = (uint8_t)i;
}

void json_texts_release(struct json_texts *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        buffer_release(&texts->texts[i]);
    *texts = (struct json_texts){0};
}

void json_texts_set(struct json_texts *texts, struct model_record *record)
{
    for (size_t i = 0; i < texts->count; i++) {
        struct json_value *value = &record->values[texts->fields[i]];
        struct str text = model_json_text(value, &texts->texts[i]);
        if (!text.data)
            continue;
        value->text = text.data;
        value->len = (uint32_t)text.len;
        value->escaped = false;
    }
}
