/* Restricts a worker's process by setrlimit and Landlock (landlock(7), Linux 5.13 and later).
 *
 * The kernel's structures are declared here, since the system's headers may be older than its
 * kernel. */
#include "sandbox.h"

#include <query.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- Memory ---------------------------------------------------------------------------------- */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SHADOW_MEMORY 1 /* ASan reserves terabytes of address space */
#else
#define HAS_SHADOW_MEMORY 0
#endif

static enum status limit_memory(uint64_t bytes, struct error *error)
{
    struct rlimit none = {0, 0}, memory = {bytes, bytes};
    if (setrlimit(RLIMIT_CORE, &none) != 0)
        return error_set_errno(error, errno, "cannot limit the query's worker");
    if (bytes == 0 || HAS_SHADOW_MEMORY)
        return STATUS_OK;
    if (setrlimit(RLIMIT_AS, &memory) != 0)
        return error_set_errno(error, errno, "cannot limit the memory of the query's worker");
    return STATUS_OK;
}

/* ---- Files, network, signals ----------------------------------------------------------------- */

/* struct landlock_ruleset_attr of version 6. */
struct ruleset {
    uint64_t files, network, scopes;
};
#define ALL_TCP    UINT64_C(3) /* LANDLOCK_ACCESS_NET_BIND_TCP, _CONNECT_TCP: version 4 */
#define ALL_SCOPES UINT64_C(3) /* LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET, _SIGNAL: version 6 */

#define READ_FILE   ((uint64_t)LANDLOCK_ACCESS_FS_READ_FILE)
#define READ_FOLDER (READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

static long landlock_version(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

bool query_has_landlock(void)
{
    return landlock_version() >= 1;
}

/* Access that is handled and has no rule is denied. REFER exists since version 2, TRUNCATE since 3,
 * IOCTL_DEV since 5. */
static uint64_t all_of_files(long version)
{
    unsigned bits = version >= 5 ? 16 : version >= 3 ? 15 : version == 2 ? 14 : 13;
    return (UINT64_C(1) << bits) - 1;
}

static int make_ruleset(long version)
{
    struct ruleset ruleset = {
        .files = all_of_files(version),
        .network = version >= 4 ? ALL_TCP : 0,
        .scopes = version >= 6 ? ALL_SCOPES : 0,
    };
    size_t size = version >= 6 ? sizeof ruleset : version >= 4 ? 16 : 8;
    return (int)syscall(SYS_landlock_create_ruleset, &ruleset, size, 0);
}

static bool allow(int ruleset, const char *path, uint64_t access)
{
    struct landlock_path_beneath_attr rule = {.allowed_access = access,
                                              .parent_fd = open(path, O_PATH | O_CLOEXEC)};
    if (rule.parent_fd < 0)
        return false;
    bool is_added =
        syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
    close(rule.parent_fd);
    return is_added;
}

/* Files that DuckDB reads to find processors, memory and the limits of a container. The rest of
 * /proc would expose the keys in the program's environment. */
static void allow_machine(int ruleset)
{
    static const char *const files[] = {"/proc/stat", "/proc/self/cgroup", "/proc/meminfo"};
    static const char *const folders[] = {"/sys/fs/cgroup", "/sys/devices/system/cpu"};
    for (size_t i = 0; i < ARRAY_LENGTH(files); i++)
        (void)allow(ruleset, files[i], READ_FILE); /* a missing file is skipped */
    for (size_t i = 0; i < ARRAY_LENGTH(folders); i++)
        (void)allow(ruleset, folders[i], READ_FOLDER);
}

static enum status limit_files(const char *folder, struct error *error)
{
    long version = landlock_version();
    if (version < 1)
        return STATUS_OK;
    int ruleset = make_ruleset(version);
    if (ruleset < 0)
        return error_set_errno(error, errno, "cannot make the rules of the query's worker");
    enum status status = STATUS_OK;
    if (!allow(ruleset, folder, READ_FOLDER))
        status = error_set_errno(error, errno, "the query's worker cannot read %s", folder);
    allow_machine(ruleset);
    if (status == STATUS_OK && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
                                syscall(SYS_landlock_restrict_self, ruleset, 0) != 0))
        status = error_set_errno(error, errno, "cannot limit what the query's worker reads");
    close(ruleset);
    return status;
}

enum status sandbox_enter(const struct worker_options *options, struct error *error)
{
    bool is_held = options->folder[0] != '\0';
    if (options->process_bytes || is_held)
        TRY(limit_memory(options->process_bytes, error));
    return is_held ? limit_files(options->folder, error) : STATUS_OK;
}
