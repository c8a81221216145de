/* sparkify query: its options. The program runs it, and the library by sparkify_lake_query. */
#include <commands.h>
#include <query_lake.h>

static const struct option_word formats[] = {
#define X(id, name) {name, id},
    QUERY_FORMATS(X)
#undef X
        {NULL, 0}};

#define OFFSET(member) offsetof(struct query_settings, member)

static const struct option_word engines[] = {
    {"duckdb", ENGINE_NATIVE}, {"spark", ENGINE_SPARK}, {NULL, 0}};

const struct option query_scope_options[] = {
    {"from", "DAY", "read only the plays from this day on, UTC", option_parse_day, OFFSET(from_us)},
    {"to", "DAY", "read only the plays before this day, UTC", option_parse_day, OFFSET(to_us)},
    {"at", "N", "read this version of the lake; 'sparkify history' lists them", option_parse_count,
     OFFSET(at), .on_command_line_alone = true},
    {"threads", "N", "how many threads a query uses; all processors by default",
     option_parse_positive, OFFSET(threads)},
    {"cache-size", "SIZE",
     "how much of S3's files is cached for later queries, below\n"
     "~/.cache/sparkify; 2G by default",
     option_parse_size, OFFSET(cache_bytes)},
    {NULL},
};

static const struct option query_options[] = {
    {"list", NULL, "list the questions", NULL, OFFSET(list), .on_command_line_alone = true},
    {"show-sql", NULL, "print the question's SQL instead of running it", NULL, OFFSET(show_sql),
     .on_command_line_alone = true},
    {"limit", "N", "at most this many rows; a question has its own default", option_parse_count,
     OFFSET(limit)},
    {"format", "NAME",
     "table, csv, json, jsonl, markdown, parquet or arrow; on a\n"
     "terminal a table, else csv, or what --out ends in",
     NULL, OFFSET(format), formats},
    {"out", "FILE", "write the result to this file", option_parse_text, OFFSET(out),
     .on_command_line_alone = true},
    {"file", "FILE", "read the SQL from this file; - is the standard input", option_parse_text,
     OFFSET(file), .letter = 'f', .on_command_line_alone = true},
    {"queries", "DIR", "a folder of your own questions, one .sql file each", option_parse_text,
     OFFSET(queries)},
    {"engine", "NAME",
     "duckdb (the default): on this machine; spark: on a cluster, by\n"
     "Spark Connect, in Spark's SQL",
     NULL, OFFSET(engine), engines},
    {"spark", "URL", ENGINE_SPARK_HELP, option_parse_text, OFFSET(spark)},
    {"spark-plain-keys", NULL, ENGINE_PLAIN_KEYS_HELP, NULL, OFFSET(plain_keys),
     .on_command_line_alone = true},
    {NULL},
};

const struct command query_command = {
    .name = "query",
    .operand = "[LAKE] [SQL|QUESTION]",
    .summary = "ask a lake: SQL, or a question by its name",
    .options = query_options,
    .shared = {{"what is read", query_scope_options, 0}, STORES_LAKE_GROUPS(OFFSET(stores))},
    .stores_offset = OFFSET(stores),
    .settings_size = sizeof(struct query_settings),
    .operand_offset = OFFSET(operands[0]),
    .operand_count = 2,
    .defaults = query_settings_set_defaults,
};
