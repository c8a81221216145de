#include <engine.h>

#include <stdlib.h>

const struct option_word engine_words[] = {
    {"native", ENGINE_NATIVE}, {"spark", ENGINE_SPARK}, {NULL, 0}};

enum status engine_resolve(const struct common_settings *common, enum engine engine,
                           bool plain_keys, const char **spark, struct error *error)
{
    if (engine != ENGINE_SPARK && plain_keys)
        return error_set(error, STATUS_USAGE, "--spark-plain-keys needs --engine spark");
    if (engine != ENGINE_SPARK)
        return options_is_given(common, "spark")
                   ? error_set(error, STATUS_USAGE, "--spark needs --engine spark")
                   : STATUS_OK;
    if (!*spark)
        *spark = getenv("SPARK_REMOTE");
    if (*spark && **spark)
        return STATUS_OK;
    error_set(error, STATUS_USAGE, "no Spark server is given");
    return error_hint(error, "--spark sc://host:15002, or SPARK_REMOTE in the environment");
}
