/* Runs a command, stops it wherever it changes something in a folder, writes down each of these
 * calls, and at one of them kills it or makes the call fail. For the tests of what a lake promises.
 *
 *   killer [OPTIONS] FOLDER LOG COMMAND [ARGUMENT …]
 *     --kill N         SIGKILL at the Nth change, from 1, among those of all threads
 *     --fail N ERRNO   the Nth change fails with this number
 *     --after          the call is carried out first; a call that fails after it was carried out
 *                      is what a lost answer looks like
 *     --on             of --fail: so do all later ones (a disk that stays full, or is gone)
 *     --twice          of --fail: so does the next one
 *     --calls A,B      counts these only (names as in the system call table)
 *     --to PART        counts renames and links alone, to paths that have this part
 *     --data           writes down the bytes of writes, too
 *
 * A line of LOG for each change, when it has been made, its fields parted by tabs: its number (0 if
 * it is not counted), how many lines there were when it began (so what a sync may miss can be told:
 * it was still under way), call, result, path, second path of rename and link, bytes in
 * hexadecimal. Where the command was killed before a change, that stands last with the result
 * "killed".
 *
 * A seccomp filter stops only the calls of the table below, so the rest runs at full speed. The
 * exit status is that of the command, 137 when it was killed, and 125 when this cannot be done here
 * (ptrace or seccomp are not allowed). */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/ptrace.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

/* <sys/ptrace.h> does not go together with <linux/ptrace.h>. */
extern long ptrace(int request, ...); // NOLINT: the C library's own

#define MAX_THREADS 1024
#define MAX_WRITE   ((size_t)64 << 20)
#define NOT_HERE    125
#define KILLED      137

enum shape { AT_PATH, AT_PATHS, PATH, PATHS, FD, FD_WRITE, AT_OPEN };

static const struct kind {
    const char *name;
    long number;
    enum shape shape;
} kinds[] = {
    {"openat", SYS_openat, AT_OPEN},      {"write", SYS_write, FD_WRITE},
    {"openat2", SYS_openat2, AT_PATH}, /* the program makes files by it, and opens none */
    {"pwrite64", SYS_pwrite64, FD},       {"writev", SYS_writev, FD},
    {"pwritev", SYS_pwritev, FD},         {"ftruncate", SYS_ftruncate, FD},
    {"fallocate", SYS_fallocate, FD},     {"fsync", SYS_fsync, FD},
    {"fdatasync", SYS_fdatasync, FD},     {"syncfs", SYS_syncfs, FD},
    {"mkdirat", SYS_mkdirat, AT_PATH},    {"unlinkat", SYS_unlinkat, AT_PATH},
    {"linkat", SYS_linkat, AT_PATHS},     {"renameat2", SYS_renameat2, AT_PATHS},
#ifdef SYS_renameat
    {"renameat", SYS_renameat, AT_PATHS},
#endif
#ifdef SYS_rename /* machines of today have only those that take a folder's handle */
    {"rename", SYS_rename, PATHS},        {"link", SYS_link, PATHS},
    {"unlink", SYS_unlink, PATH},         {"mkdir", SYS_mkdir, PATH},
    {"rmdir", SYS_rmdir, PATH},           {"truncate", SYS_truncate, PATH},
    {"creat", SYS_creat, PATH},
#endif
};
#define KINDS (sizeof kinds / sizeof *kinds)

struct change {
    const struct kind *kind;
    unsigned long number, lines_before;
    char path[PATH_MAX], path2[PATH_MAX];
    uint64_t data, size;
};

/* A thread that is inside of a call; free where `tid` is 0. */
struct thread {
    pid_t tid;
    struct change change;
};

struct options {
    unsigned long kill_at, fail_at;
    int error_number;
    bool is_after, is_on, is_twice, has_data;
    const char *calls, *to, *folder, *log_path;
    char **command;
};

static struct options options;
static struct thread threads[MAX_THREADS];
static unsigned long changes, lines;
static pid_t child;
static FILE *log_file;

static void die(const char *what)
{
    fprintf(stderr, "killer: %s: %s\n", what, strerror(errno));
    if (child > 0)
        kill(child, SIGKILL);
    exit(NOT_HERE);
}

/* ---- The command ----------------------------------------------------------------------------- */

static void install_filter(void)
{
    struct sock_filter code[2 * KINDS + 2];
    size_t at = 0;
    code[at++] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < KINDS; i++) {
        code[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                                                  (uint32_t)kinds[i].number, 0, 1);
        code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
    }
    code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog filter = {(unsigned short)at, code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)
        die("cannot install a seccomp filter");
}

/* Waits on the pipe until it is traced. */
static void run_command(int pipe_fd)
{
    char byte;
    if (read(pipe_fd, &byte, 1) != 1)
        exit(NOT_HERE);
    close(pipe_fd);
    install_filter();
    execvp(options.command[0], options.command);
    die(options.command[0]);
}

static void start_command(void)
{
    const long flags = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE |
                       PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC |
                       PTRACE_O_EXITKILL;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        die("pipe");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        close(ends[1]);
        run_command(ends[0]);
    }
    close(ends[0]);
    if (ptrace(PTRACE_SEIZE, child, NULL, flags) != 0)
        die("cannot trace the command");
    if (write(ends[1], "", 1) != 1)
        die("pipe");
    close(ends[1]);
}

/* ---- What a call is about -------------------------------------------------------------------- */

/* Reads up to a page's end at a time: the next page may not be there. */
static void read_string(pid_t tid, uint64_t address, char out[static PATH_MAX])
{
    size_t len = 0;
    while (len < PATH_MAX - 1) {
        size_t want = 4096 - (address + len) % 4096;
        want = want < PATH_MAX - 1 - len ? want : PATH_MAX - 1 - len;
        struct iovec local = {out + len, want}, remote = {(void *)(address + len), want};
        ssize_t got = process_vm_readv(tid, &local, 1, &remote, 1, 0);
        if (got <= 0)
            break;
        if (memchr(out + len, '\0', (size_t)got))
            return;
        len += (size_t)got;
    }
    out[len] = '\0';
}

static void read_link_of(char out[static PATH_MAX], const char *format, pid_t tid, int fd)
{
    char name[64];
    snprintf(name, sizeof name, format, (int)tid, fd);
    ssize_t len = readlink(name, out, PATH_MAX - 1);
    out[len > 0 ? len : 0] = '\0';
}

static void find_fd(pid_t tid, uint64_t fd, char out[static PATH_MAX])
{
    if ((int)fd == AT_FDCWD)
        read_link_of(out, "/proc/%d/cwd", tid, 0);
    else
        read_link_of(out, "/proc/%d/fd/%d", tid, (int)fd);
}

static void find_path(pid_t tid, uint64_t at_fd, uint64_t address, char out[static PATH_MAX])
{
    char path[PATH_MAX];
    read_string(tid, address, path);
    size_t len = 0;
    if (path[0] != '/') {
        find_fd(tid, at_fd, out);
        len = strlen(out);
        if (len < PATH_MAX - 1)
            out[len++] = '/';
    }
    snprintf(out + len, PATH_MAX - len, "%s", path);
}

static bool is_below(const char *path)
{
    size_t len = strlen(options.folder);
    return strncmp(path, options.folder, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

static const struct kind *find_kind(long number)
{
    for (size_t i = 0; i < KINDS; i++)
        if (kinds[i].number == number)
            return &kinds[i];
    return NULL;
}

/* False where it changes nothing in the folder. */
static bool describe(pid_t tid, const struct ptrace_syscall_info *info, struct change *out)
{
    const __u64 *a = info->seccomp.args;
    out->kind = find_kind((long)info->seccomp.nr);
    if (!out->kind)
        return false;
    out->path2[0] = '\0';
    out->data = out->size = 0;
    switch (out->kind->shape) {
    case AT_OPEN:
        if (!(a[2] & (O_CREAT | O_TRUNC)))
            return false;
        __attribute__((fallthrough));
    case AT_PATH:
        find_path(tid, a[0], a[1], out->path);
        break;
    case AT_PATHS:
        find_path(tid, a[0], a[1], out->path);
        find_path(tid, a[2], a[3], out->path2);
        break;
    case PATH:
        find_path(tid, (uint64_t)AT_FDCWD, a[0], out->path);
        break;
    case PATHS:
        find_path(tid, (uint64_t)AT_FDCWD, a[0], out->path);
        find_path(tid, (uint64_t)AT_FDCWD, a[1], out->path2);
        break;
    case FD_WRITE:
        out->data = a[1];
        out->size = a[2];
        __attribute__((fallthrough));
    case FD:
        find_fd(tid, a[0], out->path);
        break;
    }
    return is_below(out->path);
}

static bool is_counted(const struct change *change)
{
    const char *name = change->kind->name;
    size_t len = strlen(name);
    const char *at = options.calls;
    if (options.to && !strstr(change->path2, options.to))
        return false;
    while (at && *at) {
        size_t part = strcspn(at, ",");
        if (part == len && memcmp(at, name, len) == 0)
            return true;
        at += part + (at[part] == ',');
    }
    return !options.calls;
}

/* ---- The log --------------------------------------------------------------------------------- */

static void log_data(pid_t tid, const struct change *change)
{
    if (!options.has_data || change->size == 0 || change->size > MAX_WRITE)
        return;
    unsigned char *bytes = malloc(change->size);
    struct iovec local = {bytes, change->size}, remote = {(void *)change->data, change->size};
    if (!bytes || process_vm_readv(tid, &local, 1, &remote, 1, 0) != (ssize_t)change->size)
        die("cannot read what the command writes");
    for (uint64_t i = 0; i < change->size; i++)
        fprintf(log_file, "%02x", bytes[i]);
    free(bytes);
}

static void log_change(pid_t tid, const struct change *change, const char *result)
{
    fprintf(log_file, "%lu\t%lu\t%s\t%s\t%s\t%s\t", change->number, change->lines_before,
            change->kind->name, result, change->path, change->path2);
    if (tid)
        log_data(tid, change);
    fputc('\n', log_file);
    fflush(log_file);
    lines++;
}

/* ---- Results --------------------------------------------------------------------------------- */

/* `skip`: at the beginning of the call, which is then not carried out. */
static void set_result(pid_t tid, long result, bool skip)
{
#if defined(__x86_64__)
    struct user_regs_struct registers;
    if (ptrace(PTRACE_GETREGS, tid, NULL, &registers) != 0)
        return; /* it has just died */
    registers.rax = (unsigned long long)result;
    if (skip)
        registers.orig_rax = (unsigned long long)-1;
    ptrace(PTRACE_SETREGS, tid, NULL, &registers);
#elif defined(__aarch64__)
    struct user_regs_struct registers;
    struct iovec part = {&registers, sizeof registers};
    int none = -1;
    struct iovec number = {&none, sizeof none};
    if (ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &part) != 0)
        return;
    if (skip)
        ptrace(PTRACE_SETREGSET, tid, NT_ARM_SYSTEM_CALL, &number);
    registers.regs[0] = (unsigned long long)result;
    ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &part);
#else
    (void)tid, (void)result, (void)skip;
    errno = ENOSYS;
    die("cannot make calls fail on this kind of processor");
#endif
}

/* ---- Stops ----------------------------------------------------------------------------------- */

static struct thread *find_thread(pid_t tid)
{
    for (size_t i = 0; i < MAX_THREADS; i++)
        if (threads[i].tid == tid)
            return &threads[i];
    return NULL;
}

static bool is_failing(const struct change *change)
{
    return options.fail_at && change->number &&
           (change->number == options.fail_at ||
            (options.is_on && change->number > options.fail_at) ||
            (options.is_twice && change->number == options.fail_at + 1));
}

/* What to go on with. */
static int begin_call(pid_t tid)
{
    struct ptrace_syscall_info info;
    struct thread *thread = find_thread(0);
    if (!thread)
        die("too many threads");
    struct change *change = &thread->change;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof info, &info) <= 0 ||
        !describe(tid, &info, change))
        return PTRACE_CONT;
    change->number = is_counted(change) ? ++changes : 0;
    change->lines_before = lines;
    if (options.kill_at && change->number == options.kill_at && !options.is_after) {
        log_change(0, change, "killed");
        kill(child, SIGKILL);
        return PTRACE_CONT;
    }
    thread->tid = tid;
    if (is_failing(change) && !options.is_after)
        set_result(tid, -options.error_number, true);
    return PTRACE_SYSCALL;
}

static void end_call(pid_t tid)
{
    char result[32];
    struct ptrace_syscall_info info;
    struct thread *thread = find_thread(tid);
    if (!thread)
        return;
    thread->tid = 0;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof info, &info) <= 0)
        return;
    bool is_made_to_fail = is_failing(&thread->change);
    if (is_made_to_fail && options.is_after)
        set_result(tid, -options.error_number, false);
    snprintf(result, sizeof result, "%lld",
             is_made_to_fail ? -(long long)options.error_number : (long long)info.exit.rval);
    log_change(tid, &thread->change, result);
    if (options.kill_at && thread->change.number == options.kill_at)
        kill(child, SIGKILL);
}

static void on_stop(pid_t tid, int status)
{
    int number = WSTOPSIG(status), event = status >> 16, how = PTRACE_CONT;
    long deliver = 0;
    if (event == PTRACE_EVENT_SECCOMP)
        how = begin_call(tid);
    else if (number == (SIGTRAP | 0x80))
        end_call(tid);
    else if (event == 0)
        deliver = number;
    ptrace(how, tid, NULL, deliver); /* fails where it has died meanwhile */
}

/* Until the last thread has gone. */
static int watch(void)
{
    int status, code = NOT_HERE;
    pid_t tid;
    while ((tid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
        if (tid <= 0)
            continue;
        if (WIFSTOPPED(status)) {
            on_stop(tid, status);
            continue;
        }
        struct thread *thread = find_thread(tid);
        if (thread)
            thread->tid = 0;
        if (tid == child)
            code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    return code;
}

/* ---- Options --------------------------------------------------------------------------------- */

static const char *take(char ***at)
{
    if (!**at) {
        fprintf(stderr, "killer: an argument is missing; its source says which there are\n");
        exit(NOT_HERE);
    }
    return *(*at)++;
}

static void read_options(char **at)
{
    while (*at && strncmp(*at, "--", 2) == 0) {
        const char *name = take(&at);
        if (strcmp(name, "--kill") == 0) {
            options.kill_at = strtoul(take(&at), NULL, 10);
        } else if (strcmp(name, "--fail") == 0) {
            options.fail_at = strtoul(take(&at), NULL, 10);
            options.error_number = atoi(take(&at)); // NOLINT: a test gives it
        } else if (strcmp(name, "--calls") == 0) {
            options.calls = take(&at);
        } else if (strcmp(name, "--to") == 0) {
            options.to = take(&at);
        } else {
            options.is_after |= strcmp(name, "--after") == 0;
            options.is_on |= strcmp(name, "--on") == 0;
            options.is_twice |= strcmp(name, "--twice") == 0;
            options.has_data |= strcmp(name, "--data") == 0;
        }
    }
    options.folder = take(&at);
    options.log_path = take(&at);
    options.command = at;
    take(&at);
}

int main(int count, char **arguments)
{
    (void)count;
    read_options(arguments + 1);
    log_file = fopen(options.log_path, "we");
    if (!log_file)
        die(options.log_path);
    start_command();
    int code = watch();
    return fclose(log_file) == 0 ? code : NOT_HERE;
}
