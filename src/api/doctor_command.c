/* sparkify doctor: its options. The program runs it. */
#include <commands.h>

static const struct option doctor_options[] = {
    {"input", "URI", STORES_INPUT_HELP, option_parse_text,
     offsetof(struct doctor_settings, stores.input)},
    {"model", "FILE",
     "whose sources are tried; by default the lake's own, or for a new\n"
     "lake the built-in one",
     option_parse_text, offsetof(struct doctor_settings, model_file)},
    {"engine", "NAME", "spark: try the cluster, too; native by default", NULL,
     offsetof(struct doctor_settings, engine), engine_words},
    {"spark", "URL", ENGINE_SPARK_HELP, option_parse_text, offsetof(struct doctor_settings, spark)},
    {"spark-plain-keys", NULL, ENGINE_PLAIN_KEYS_HELP, NULL,
     offsetof(struct doctor_settings, plain_keys), .on_command_line_alone = true},
    {NULL},
};

const struct command doctor_command = {
    .name = "doctor",
    .operand = "[LAKE]",
    .summary = "try what a run needs, and say what to fix",
    .text = "Searches keys, and shows what each place holds; lists and reads the input; lists the\n"
            "output, writes an object of 8 MiB to it, tries to write it again where the store\n"
            "must refuse that, and deletes it. It leaves nothing behind. Without a lake only\n"
            "the input is tried. With --engine spark it also tries whether the cluster's server\n"
            "answers, and whether its machines can read the input and write to the output.\n"
            "The folders of the input are those of the model that etl would use.",
    .examples = "  sparkify doctor --bucket my-lake\n"
                "  sparkify doctor --input s3://my-logs/app --region eu-central-1\n"
                "  sparkify schema --print-model > model.yaml\n"
                "  sparkify doctor --model model.yaml --input s3://my-logs my-lake\n"
                "  sparkify doctor --engine spark --spark sc://spark:15002 --bucket my-lake\n",
    .options = doctor_options,
    .shared = {STORES_ALL_GROUPS(offsetof(struct doctor_settings, stores))},
    .operand_offset = offsetof(struct doctor_settings, stores.lake),
    .stores_offset = offsetof(struct doctor_settings, stores),
    .settings_size = sizeof(struct doctor_settings),
};
