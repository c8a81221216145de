#include "engine.h"

#include <stdlib.h>

enum status engine_parse(const char *text, void *out, struct error *error)
{
    bool is_spark = strcmp(text, "spark") == 0;
    if (!is_spark && strcmp(text, "native") != 0)
        return error_set(error, STATUS_USAGE, "expected native or spark");
    *(enum engine *)out = is_spark ? ENGINE_SPARK : ENGINE_NATIVE;
    return STATUS_OK;
}

enum status engine_resolve(enum engine engine, const char **spark, struct error *error)
{
    if (engine != ENGINE_SPARK)
        return *spark ? error_set(error, STATUS_USAGE, "--spark goes with --engine spark")
                      : STATUS_OK;
    if (!*spark)
        *spark = getenv("SPARK_REMOTE");
    if (*spark && **spark)
        return STATUS_OK;
    error_set(error, STATUS_USAGE, "no Spark server is given");
    return error_hint(error, "--spark sc://host:15002, or SPARK_REMOTE in the environment");
}
