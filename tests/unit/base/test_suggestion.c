/* What is suggested for a word that is not there: a table of words. */
#include "unit.h"
#include <suggestion.h>

static const char *const options[] = {
    "input",         "input-region",    "engine",        "spark",  "threads",
    "compression",   "max-rejects",     "keep-versions", "grace",  "dry-run",
    "incremental",   "output",          "bucket",        "prefix", "config",
    "profile",       "no-sign-request", "endpoint",      "region", "path-style",
    "connections",   "ca-file",         "retry-time",    "at",     "json",
    "quiet",         "verbose",         "version",       "help",   "table",
    "create-bucket",
};
static const char *const names[] = {"etl",    "history",  "restore", "check", "vacuum",
                                    "doctor", "generate", "schema",  "help"};

static void say(const char *word, const char *const *candidates, size_t count, struct buffer *out)
{
    struct suggestion suggestion;
    struct error error = {0};
    suggestion_init(&suggestion, word);
    for (size_t i = 0; i < count; i++)
        suggestion_consider(&suggestion, candidates[i]);
    bool is_near = suggestion_hint(&suggestion, "", &error);
    struct str hint = str_of(error.hint), start = STR("did you mean ");
    if (is_near)
        hint = (struct str){hint.data + start.len, hint.len - start.len - 1};
    buffer_set(out, is_near ? hint : STR("-"));
}

struct row {
    const char *word, *suggested; /* "-": nothing */
};

static void check_rows(const struct row *rows, size_t count, const char *const *candidates,
                       size_t candidate_count)
{
    CLEANUP(buffer_release) struct buffer said = {0};
    for (size_t i = 0; i < count; i++) {
        say(rows[i].word, candidates, candidate_count, &said);
        if (strcmp(buffer_text(&said), rows[i].suggested) != 0)
            fail_msg("%s: %s instead of %s", rows[i].word, buffer_text(&said), rows[i].suggested);
    }
}

static void test_options(void **state)
{
    static const struct row rows[] = {
        /* one that begins so comes before one that is near */
        {"out", "output"},
        {"incr", "incremental"},
        {"comp", "compression"},
        {"verb", "verbose"},
        {"max", "max-rejects"},
        {"dry", "dry-run"},
        {"keep", "keep-versions"},
        {"in", "input or incremental"},
        {"pro", "profile"},
        {"e", "-"},
        {"re", "region or retry-time"},
        {"create", "create-bucket"},
        {"prefi", "prefix"},
        {"p", "-"},
        /* slips of the fingers */
        {"ouptut", "output"},
        {"outpu", "output"},
        {"outputt", "output"},
        {"treads", "threads"},
        {"thraeds", "threads"},
        {"buket", "bucket"},
        {"bukcet", "bucket"},
        {"jsn", "json"},
        {"JSON", "json"},
        {"Output", "output"},
        {"quite", "quiet"},
        {"inptu", "input"},
        {"compresion", "compression"},
        {"comperssoin", "compression"},
        {"incremantal", "incremental"},
        {"keep_versions", "keep-versions"},
        {"keepversion", "keep-versions"},
        {"dryrun", "dry-run"},
        {"dry_run", "dry-run"},
        {"max_rejects", "max-rejects"},
        {"regoin", "region"},
        {"verison", "version"},
        {"hlep", "help"},
        {"endpiont", "endpoint"},
        {"conections", "connections"},
        /* a part of the name */
        {"rejects", "max-rejects"},
        {"versions", "version"},
        {"style", "path-style"},
        {"time", "retry-time"},
        {"file", "ca-file"},
        /* nothing that is absurd */
        {"a", "-"},
        {"x", "-"},
        {"ab", "-"},
        {"foo", "-"},
        {"lake", "-"},
        {"list", "-"},
        {"port", "-"},
        {"user", "-"},
        {"force", "-"},
        {"color", "-"},
        {"debug", "-"},
        {"test", "-"},
        {"delete", "-"},
        {"workers", "-"},
        {"batch-size", "-"},
        {"partitions", "-"},
        {"jobs", "-"},
        {"all", "-"},
        {"yes", "-"},
        {"limit", "-"},
        {"", "-"},
        {"restore", "-"},
        {"-", "-"},
        {"overwrite", "-"},
        {"a-word-that-is-far-longer-than-any-option-there-is", "-"},
    };
    (void)state;
    check_rows(rows, COUNT(rows), options, COUNT(options));
}

static void test_commands(void **state)
{
    static const struct row rows[] = {
        {"elt", "etl"},       {"et", "etl"},           {"etll", "etl"},
        {"ETL", "etl"},       {"hist", "history"},     {"hsitory", "history"},
        {"chekc", "check"},   {"chck", "check"},       {"restor", "restore"},
        {"vaccum", "vacuum"}, {"vacum", "vacuum"},     {"docter", "doctor"},
        {"gen", "generate"},  {"generat", "generate"}, {"shema", "schema"},
        {"halp", "help"},     {"he", "help"},          {"run", "-"},
        {"ls", "-"},          {"load", "-"},           {"query", "-"},
        {"init", "-"},        {"data", "-"},           {"list", "-"},
        {"t", "-"},           {"delete", "-"},         {"status", "-"},
    };
    (void)state;
    check_rows(rows, COUNT(rows), names, COUNT(names));
}

/* Words that are equally near: named together up to three, and not at all beyond. */
static void test_several(void **state)
{
    static const char *const words[] = {"input-a", "input-b", "input-c", "input-d"};
    CLEANUP(buffer_release) struct buffer said = {0};
    (void)state;
    say("input", words, 3, &said);
    assert_string_equal(buffer_text(&said), "input-a, input-b or input-c");
    say("input", words, 4, &said);
    assert_string_equal(buffer_text(&said), "-");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_commands),
        cmocka_unit_test(test_several),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
