/* sparkify serve: its options. The program runs it. */
#include <commands.h>
#include <query_lake.h>

#include <errno.h>
#include <stdlib.h>

#define DEFAULT_PORT    8080
#define DEFAULT_MEMORY  (UINT64_C(1) << 30)
#define DEFAULT_TIME_MS 30000

static enum status parse_port(const char *text, void *out, struct error *error)
{
    char *end;
    errno = 0;
    unsigned long number = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end || errno || number > UINT16_MAX)
        return error_set(error, STATUS_USAGE, "expected a port from 0 to 65535");
    *(uint16_t *)out = (uint16_t)number;
    return STATUS_OK;
}

#define OFFSET(member) offsetof(struct serve_settings, member)

static const struct option serve_options[] = {
    {"port", "N", "where to listen; 8080 by default, 0 for one that is free", parse_port,
     OFFSET(port)},
    {"listen", "ADDRESS",
     "an IP address of this machine that other machines can reach;\n"
     "by default only this machine reaches it (127.0.0.1)",
     option_parse_text, OFFSET(address)},
    {"public-url", "URL", "the address by which a proxy passes requests on, with https://",
     option_parse_text, OFFSET(public_url)},
    {"token-file", "FILE", "read the token from this file; by default a new one each time",
     option_parse_text, OFFSET(token_file)},
    {"queries", "DIR", "a folder of your own questions, one .sql file each", option_parse_text,
     OFFSET(query.queries)},
    {"time-limit", "TIME", "how long a query may take; 30s by default", option_parse_duration,
     OFFSET(time_limit_ms)},
    {"memory", "SIZE", "how much memory a query may have; 1G by default", option_parse_size,
     OFFSET(memory_bytes)},
    {NULL},
};

static void set_defaults(void *settings)
{
    struct serve_settings *serve = settings;
    query_settings_set_defaults(settings);
    serve->port = DEFAULT_PORT;
    serve->address = "127.0.0.1";
    serve->time_limit_ms = DEFAULT_TIME_MS;
    serve->memory_bytes = DEFAULT_MEMORY;
}

const struct command serve_command = {
    .name = "serve",
    .operand = "[LAKE]",
    .summary = "show a lake in a browser: charts, questions, SQL",
    .options = serve_options,
    .shared = {{"what is read", query_scope_options, OFFSET(query)},
               STORES_LAKE_GROUPS(OFFSET(query.stores))},
    .stores_offset = OFFSET(query.stores),
    .settings_size = sizeof(struct serve_settings),
    .operand_offset = OFFSET(query.stores.lake),
    .defaults = set_defaults,
};
