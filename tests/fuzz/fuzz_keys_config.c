/* The input is a dl.cfg. Parsing it twice must give the same values, values must not have line
 * ends, and no message may contain a secret. */
#include "config.h"

#include <stdlib.h>

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

static void add_note(void *ctx, const char *text)
{
    buffer_appendf(ctx, "%s\n", text);
}

/* Short values are not checked, because they may be part of a message by chance. */
static void check_secret(const char *value, struct buffer *said)
{
    if (value && strlen(value) >= 25)
        REQUIRE(!strstr(buffer_text(said), value));
}

static void check_value(const char *value)
{
    if (value)
        REQUIRE(*value && !strpbrk(value, "\r\n"));
}

static void check_side(const struct config_file *file, enum config_section_name side,
                       struct buffer *said)
{
    struct config config = config_of(file, side);
    check_secret(config.access_key, said);
    check_secret(config.secret_key, said);
    check_secret(config.session_token, said);
    check_value(config.region);
    check_value(config.secret_key);
    REQUIRE(file->has_secrets || (!config.secret_key && !config.session_token));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buffer said = {0};
    struct config_text text = {"dl.cfg", {(const char *)data, size}, add_note, &said};
    struct config_file file = {0}, again = {0};
    struct error error = {0};
    enum status status = config_parse(&text, &file, &error);
    buffer_append_str(&said, str_of(error.message));
    check_side(&file, CONFIG_INPUT, &said);
    check_side(&file, CONFIG_OUTPUT, &said);
    text.note = NULL;
    REQUIRE(config_parse(&text, &again, &error) == status);
    REQUIRE(file.has_secrets == again.has_secrets);
    config_file_release(&file);
    config_file_release(&again);
    buffer_release(&said);
    return 0;
}
