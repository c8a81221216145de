/* Finds the program that starts workers. */
#include "worker_program.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <link.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <unistd.h>

#define PROGRAM "sparkify-worker"

/* Set once for the process, by a package that brings its own worker. */
static struct {
    pthread_mutex_t mutex;
    char **argv; /* NULL: not set */
} chosen = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* In one allocation: the pointers, then the texts. */
static char **copy_arguments(const char *const *argv)
{
    size_t count = 0, bytes = 0;
    for (; argv[count]; count++)
        bytes += strlen(argv[count]) + 1;
    char **copy = mem_zalloc((count + 1) * sizeof *copy + bytes);
    char *text = (char *)(copy + count + 1);
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(argv[i]) + 1;
        copy[i] = memcpy(text, argv[i], len);
        text += len;
    }
    return copy;
}

void query_use_worker(const char *const *argv)
{
    char **copy = argv && argv[0] ? copy_arguments(argv) : NULL;
    pthread_mutex_lock(&chosen.mutex);
    char **before = chosen.argv;
    chosen.argv = copy;
    pthread_mutex_unlock(&chosen.mutex);
    mem_free(before);
}

static char **copy_chosen(void)
{
    pthread_mutex_lock(&chosen.mutex);
    char **copy = chosen.argv ? copy_arguments((const char *const *)chosen.argv) : NULL;
    pthread_mutex_unlock(&chosen.mutex);
    return copy;
}

/* ---- Beside this file ------------------------------------------------------------------------ */

/* The folder of the library or program with this code, without a trailing slash; false when it is
 * unknown. The loader's path of a program depends on how it was started. */
static bool find_folder(char folder[static PATH_MAX])
{
    Dl_info here;
    bool is_library = dladdr(&chosen, &here) != 0;
    if (is_library) {
        const ElfW(Ehdr) *head = here.dli_fbase;
        is_library = (uintptr_t)head + head->e_phoff != getauxval(AT_PHDR);
    }
    if (!realpath(is_library ? here.dli_fname : "/proc/self/exe", folder))
        return false;
    *strrchr(folder, '/') = '\0';
    return true;
}

static enum status missing(const char *folder, struct error *error)
{
    error_set(error, STATUS_NOT_FOUND, "queries need the program " PROGRAM ", and it is not in %s",
              folder);
    return error_hint(error,
                      "put " PROGRAM " of the same version there (the program sparkify, also "
                      "the static one, cannot run DuckDB itself), or name it in "
                      "SPARKIFY_WORKER");
}

static enum status find_beside(char ***out, struct error *error)
{
    static const char *const folders[] = {"", "../libexec/sparkify/", "../../libexec/sparkify/"};
    char folder[PATH_MAX], path[PATH_MAX];
    if (!find_folder(folder))
        return missing("the program's folder", error);
    for (size_t i = 0; i < ARRAY_LENGTH(folders); i++) {
        int len = snprintf(path, sizeof path, "%s/%s" PROGRAM, folder, folders[i]);
        if (len < (int)sizeof path && access(path, X_OK) == 0) {
            *out = copy_arguments((const char *const[]){path, NULL});
            return STATUS_OK;
        }
    }
    return missing(folder[0] ? folder : "/", error);
}

enum status worker_program_find(char ***out, struct error *error)
{
    const char *named = getenv("SPARKIFY_WORKER");
    *out = copy_chosen();
    if (*out)
        return STATUS_OK;
    if (!named || !named[0])
        return find_beside(out, error);
    if (access(named, X_OK) == 0) {
        *out = copy_arguments((const char *const[]){named, NULL});
        return STATUS_OK;
    }
    error_set_errno(error, errno, "cannot run the queries' worker %s", named);
    return error_hint(error, "SPARKIFY_WORKER names it: correct it, or unset it");
}
