/* Asks git whether it keeps versions of a file. The program itself is asked: its index has several
 * formats, and a library for them would be used for this one question. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Whether the folder or one above it has a .git: elsewhere there is nothing to ask, and most of the
 * time no process to start. */
static bool is_in_repository(const char *folder)
{
    char path[PATH_MAX];
    CLEANUP(buffer_release) struct buffer git = {0};
    if (!realpath(folder, path))
        return false;
    for (;;) {
        buffer_reset(&git);
        buffer_appendf(&git, "%s/.git", path);
        if (access(buffer_text(&git), F_OK) == 0)
            return true;
        char *slash = strrchr(path, '/');
        if (!slash)
            return false;
        *slash = '\0';
    }
}

/* Runs a program without input and output: true when it ends with 0. */
static bool run_silently(const char *const *args)
{
    posix_spawn_file_actions_t actions;
    pid_t child;
    int status = -1;
    if (posix_spawn_file_actions_init(&actions) != 0)
        return false;
    bool is_started =
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0) == 0 &&
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0) == 0 &&
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0) == 0 &&
        posix_spawnp(&child, args[0], &actions, NULL, (char *const *)(uintptr_t)args, environ) == 0;
    posix_spawn_file_actions_destroy(&actions);
    if (!is_started)
        return false;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool config_is_tracked(const char *path)
{
    const char *slash = strrchr(path, '/');
    CLEANUP(buffer_release) struct buffer folder = {0};
    buffer_append_str(&folder, slash ? (struct str){path, (size_t)(slash - path) + 1} : STR("."));
    if (!is_in_repository(buffer_text(&folder)))
        return false;
    /* core.fsmonitor may name a program: nothing that a repository says is run. */
    const char *const args[] = {"git", "--literal-pathspecs",    "-C",       buffer_text(&folder),
                                "-c",  "core.fsmonitor=false",   "ls-files", "--error-unmatch",
                                "--",  slash ? slash + 1 : path, NULL};
    return run_silently(args);
}
