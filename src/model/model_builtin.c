/* Sparkify's own model, parsed of the text in the program when it is first asked for. */
#include <assert.h>
#include <model_parse.h>
#include <model_texts.h>

static struct model *builtin;

static void parse_builtin(void)
{
    struct error error;
    if (model_parse(str_of(model_texts[0].text), "sparkify.yaml", &builtin, &error) != STATUS_OK)
        mem_exhausted(); /* a test has seen that nothing else can be wrong */
}

const char *model_builtin_columns(int32_t format)
{
    static const char *const columns[] = {
        [2] = "songplays.song songplays.artist songplays.length",
    };
    static_assert(ARRAY_LENGTH(columns) == MODEL_FORMAT + 1, "each format has brought columns");
    return columns[format];
}

const struct model *model_builtin(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, parse_builtin);
    return builtin;
}
