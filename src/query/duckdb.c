/* Finding and loading libduckdb. */
#include "duckdb.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIBRARY "libduckdb.so"
#define PACKAGE "@duckdb/node-bindings-linux-x64@1.5.6-r.1"
#if defined(__aarch64__)
#undef PACKAGE
#define PACKAGE "@duckdb/node-bindings-linux-arm64@1.5.6-r.1"
#endif

static enum status missing(struct error *error)
{
    error_set(error, STATUS_NOT_FOUND, "queries need DuckDB's library, and there is no " LIBRARY);
    return error_hint(error, "run 'npm pack " PACKAGE "', and put package/" LIBRARY
                             " of that archive beside the program; or name it in SPARKIFY_DUCKDB");
}

static enum status broken(const char *path, const char *reason, struct error *error)
{
    error_set(error, STATUS_CORRUPT, "cannot load DuckDB's library %s: %s", path, reason);
    return error_hint(error,
                      "get " PACKAGE " from npm, and name its " LIBRARY " in SPARKIFY_DUCKDB");
}

/* RTLD_DEEPBIND: resolving each of the library's 40,000 symbols through all libraries of the
 * program takes a third of a small query's time. Sanitizers do not allow it. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(RTLD_DEEPBIND)
#define LOADING (RTLD_LAZY | RTLD_LOCAL)
#else
#define LOADING (RTLD_LAZY | RTLD_LOCAL | RTLD_DEEPBIND)
#endif

/* The loader's message begins with the path, too. */
static enum status not_loaded(const char *path, struct error *error)
{
    const char *reason = dlerror();
    size_t len = strlen(path);
    if (strncmp(reason, path, len) == 0 && strncmp(reason + len, ": ", 2) == 0)
        reason += len + 2;
    return broken(path, reason, error);
}

/* Sets `path` to the library in a folder relative to the program's; false when it does not exist.
 */
static bool find_beside(const char *folder, char path[static PATH_MAX])
{
    char program[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);
    if (len <= 0)
        return false;
    program[len] = '\0';
    char *slash = strrchr(program, '/');
    *slash = '\0';
    int needed = snprintf(path, PATH_MAX, "%s/%s" LIBRARY, program, folder);
    return needed > 0 && needed < PATH_MAX && access(path, R_OK) == 0;
}

static void find_library(char path[static PATH_MAX])
{
    static const char *const folders[] = {"", "../lib/", "../lib/sparkify/",
                                          /* of a program in PREFIX/libexec/sparkify */
                                          "../../bin/", "../../lib/", "../../lib/sparkify/"};
    const char *named = getenv("SPARKIFY_DUCKDB");
    if (named && named[0]) {
        snprintf(path, PATH_MAX, "%s%s", strchr(named, '/') ? "" : "./", named);
        return;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(folders); i++)
        if (find_beside(folders[i], path))
            return;
    snprintf(path, PATH_MAX, LIBRARY);
}

/* Checks what the loader does not: it maps a truncated file and crashes behind its end, and it
 * reports a file for another machine as missing. NULL: no problem. */
static const char *find_damage(const char *path)
{
#if defined(__aarch64__)
    static const unsigned machine = EM_AARCH64;
#else
    static const unsigned machine = EM_X86_64;
#endif
    Elf64_Ehdr head;
    struct stat found = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    bool is_read = pread(fd, &head, sizeof head, 0) == (ssize_t)sizeof head &&
                   memcmp(head.e_ident, ELFMAG, SELFMAG) == 0 && fstat(fd, &found) == 0;
    close(fd);
    if (!is_read)
        return NULL;
    if (head.e_machine != machine)
        return "it is for machines of another kind";
    uint64_t sections = (uint64_t)head.e_shnum * head.e_shentsize; /* the last in a file */
    return head.e_shoff + sections > (uint64_t)found.st_size ? "the file is cut off" : NULL;
}

/* The first function that the library lacks, or NULL. */
static const char *find_functions(void *library, struct duckdb *out)
{
    const char *lacking = NULL;
#define X(result, name, parameters)                                                                \
    *(void **)&out->name = dlsym(library, "duckdb_" #name);                                        \
    if (!out->name && !lacking)                                                                    \
        lacking = "duckdb_" #name;
    DUCKDB_FUNCTIONS(X)
#undef X
    return lacking;
}

enum status duckdb_load(const char *path, struct duckdb *out, struct error *error)
{
    char found[PATH_MAX], reason[128];
    if (!path) {
        find_library(found);
        path = found;
    }
    if (strchr(path, '/') && access(path, R_OK) != 0) {
        error_set_errno(error, errno, "cannot read DuckDB's library %s", path);
        return error_hint(error, "SPARKIFY_DUCKDB names it: correct it, or unset it");
    }
    const char *damage = strchr(path, '/') ? find_damage(path) : NULL;
    if (damage)
        return broken(path, damage, error);
    void *library = dlopen(path, LOADING); /* never unloaded */
    if (!library)
        return strchr(path, '/') ? not_loaded(path, error) : missing(error);
    const char *lacking = find_functions(library, out);
    if (!lacking)
        return STATUS_OK;
    snprintf(reason, sizeof reason, "it has no function %s: it is too old, or something else",
             lacking);
    return broken(path, reason, error);
}
