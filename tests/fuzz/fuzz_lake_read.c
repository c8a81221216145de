/* The input is the metadata of a lake: a decision, its plan, the log of songs and the marker of a
 * run, separated by lines "--". The lake is opened and checked, and its history is read, without
 * writing. Its objects are in a folder of this process. */
#include <lake.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

#define RUN    "20181101T120000Z-1f2e3d4c"
#define OTHER  "20181101T130000Z-0a1b2c3d"
#define PARTED "\n--\n"

static const char *const keys[] = {
    "_sparkify/commits/00000000000000000000.json",
    "_sparkify/plans/" RUN ".plan",
    "songs/_delta_log/00000000000000000000.json",
    "_sparkify/runs/" OTHER ".json",
};
#define KEYS (sizeof keys / sizeof *keys)

static char folder[64];
static struct store *store;

static void release(void)
{
    struct str all[KEYS];
    struct error ignored;
    for (size_t i = 0; i < KEYS; i++)
        all[i] = str_of(keys[i]);
    (void)!store_delete(store, all, KEYS, &ignored);
    store_prune(store, "songs");
    store_prune(store, "_sparkify");
    store_free(store);
    rmdir(folder);
}

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    struct store_options options = {.threads = 1};
    struct error error;
    (void)count, (void)arguments;
    const char *memory = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(folder, sizeof folder, "%s/fuzz_lake_read.XXXXXX", memory);
    REQUIRE(mkdtemp(folder));
    REQUIRE(store_open(folder, STORE_USE_OUTPUT, &options, &store, &error) == STATUS_OK);
    atexit(release);
    return 0;
}

/* Replaces the files of the input before; a part that is missing is an empty file. */
static void put_parts(struct str text)
{
    for (size_t i = 0; i < KEYS; i++) {
        const char *end = text.len ? memmem(text.data, text.len, PARTED, strlen(PARTED)) : NULL;
        size_t len = end && i + 1 < KEYS ? (size_t)(end - text.data) : text.len;
        size_t used = len + (len < text.len ? strlen(PARTED) : 0);
        struct error error;
        REQUIRE(store_replace(store, str_of(keys[i]), (struct str){text.data, len}, &error) ==
                STATUS_OK);
        text = (struct str){text.data + used, text.len - used};
    }
}

static void count_problem(void *ctx, const char *text)
{
    REQUIRE(*text);
    ++*(uint64_t *)ctx;
}

static void open_and_check(void)
{
    const struct lake_options options = {.version = "0", .operation = "check", .is_dry = true};
    struct lake_check_report report;
    struct lake *lake = NULL;
    struct error error = {0};
    uint64_t problems = 0;
    enum status status = lake_open(store, &options, &lake, &error);
    REQUIRE((status == STATUS_OK) == (error.message[0] == '\0'));
    if (status == STATUS_OK &&
        lake_check(lake, 1, count_problem, &problems, &report, &error) == STATUS_OK)
        REQUIRE(problems == report.problems);
    lake_free(lake);
}

static void read_history(void)
{
    struct lake_history history = {0};
    struct error error = {0};
    enum status status = lake_history_read(store, &history, &error);
    REQUIRE((status == STATUS_OK) == (error.message[0] == '\0'));
    REQUIRE(history.count == (status == STATUS_OK));
    lake_history_release(&history);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    put_parts((struct str){(const char *)data, size});
    open_and_check();
    read_history();
    return 0;
}
