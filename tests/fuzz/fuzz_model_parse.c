/* The input is a model's file. A model that is accepted must be printed as a text that is accepted,
 * too, and printed in the same way; a message of a refusal has a line. */
#include <model_parse.h>

#include <stdio.h>
#include <stdlib.h>

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

static void check_round_trip(const struct model *model)
{
    struct buffer text = {0}, again = {0};
    struct error error = {0};
    struct model *other = NULL;
    model_print(model, true, &text);
    REQUIRE(model_parse(buffer_str(&text), "printed", &other, &error) == STATUS_OK);
    model_print(other, true, &again);
    REQUIRE(str_equal(buffer_str(&text), buffer_str(&again)));
    REQUIRE(model_hash(model) == model_hash(other));
    model_free(other);
    buffer_release(&text);
    buffer_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error error = {0};
    struct model *model = NULL;
    enum status status = model_parse((struct str){(const char *)data, size}, "m", &model, &error);
    if (status == STATUS_OK)
        check_round_trip(model);
    else
        REQUIRE(status == STATUS_USAGE && strncmp(error.message, "m:", 2) == 0);
    model_free(model);
    return 0;
}
