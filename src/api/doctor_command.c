/* sparkify doctor: its options. The program runs it. */
#include <commands.h>

#define OFFSET(member) offsetof(struct doctor_settings, member)

static const struct option doctor_options[] = {
    {"input", "URI", STORES_INPUT_HELP, option_parse_text, OFFSET(stores.input)},
    {"model", "FILE",
     "whose sources are tried; by default the lake's own, or for a new\n"
     "lake the built-in one",
     option_parse_text, OFFSET(model_file)},
    {"engine", "NAME", "spark: try the cluster, too; native by default", NULL, OFFSET(engine),
     engine_words},
    {"spark", "URL", ENGINE_SPARK_HELP, option_parse_text, OFFSET(spark)},
    {"spark-plain-keys", NULL, ENGINE_PLAIN_KEYS_HELP, NULL, OFFSET(plain_keys),
     .on_command_line_alone = true},
    {NULL},
};

const struct command doctor_command = {
    .name = "doctor",
    .operand = "[LAKE]",
    .summary = "try what a run needs, and say what to fix",
    .options = doctor_options,
    .shared = {STORES_ALL_GROUPS(OFFSET(stores))},
    .operand_offset = OFFSET(stores.lake),
    .stores_offset = OFFSET(stores),
    .settings_size = sizeof(struct doctor_settings),
};
