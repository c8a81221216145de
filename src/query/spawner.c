/* Workers are forked, not executed, so that what a program that starts them has loaded, such as
 * Python and its duckdb, is loaded once. A fork of a program that has threads is a child in which
 * any lock may be held forever; so a small program of one thread is executed, and forks them:
 *
 *      session                     spawner                 worker
 *                             ←    greeting
 *      START options, socket  →    fork                →   answers on the socket
 *                             ←    its pid
 *      END pid                →    kill, waitpid
 *                             ←    how it ended
 *
 * Only the spawner reaps workers, and only what it was told to end, so a pid that a session holds
 * is always that of its own worker. When the program dies or closes its socket, the spawner ends,
 * and with it all workers. */
#include "spawner.h"

#include "spawner_protocol.h"
#include "worker_program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define GREETING_MS 30000 /* time to load the program from a slow disk */
#define PATIENCE_MS 2000  /* time to end */

struct query_spawner {
    pid_t pid;
    int fd;
    char **argv; /* of its program */
    struct {
        pthread_mutex_t mutex; /* held from a request to its answer */
        bool is_greeted;
    } shared;
};

/* ---- Starting the process -------------------------------------------------------------------- */

/* Resets all signals to their defaults. Signals that the process ignores stay blocked until it
 * ignores them. */
static void set_signals(posix_spawnattr_t *attributes)
{
    sigset_t all, ignored;
    sigfillset(&all);
    sigemptyset(&ignored);
    sigaddset(&ignored, SIGINT);
    sigaddset(&ignored, SIGTERM);
    sigaddset(&ignored, SIGHUP);
    posix_spawnattr_setsigdefault(attributes, &all);
    posix_spawnattr_setsigmask(attributes, &ignored);
    posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
}

/* 0 or errno's number. */
static int spawn(char *const *argv, int fd, pid_t *out)
{
    extern char **environ;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    if (posix_spawn_file_actions_init(&actions) != 0 || posix_spawnattr_init(&attributes) != 0)
        mem_exhausted();
    set_signals(&attributes);
    int failure = posix_spawn_file_actions_adddup2(&actions, fd, SPAWNER_FD);
    if (failure == 0)
        failure = posix_spawn(out, argv[0], &actions, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failure;
}

/* The child's end of the socket; not SPAWNER_FD itself, where dup2 would keep its close-on-exec
 * flag. */
static enum status make_sockets(int sockets[2], struct error *error)
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0)
        return error_set_errno(error, errno, "cannot make a socket for the queries' workers");
    int higher = fcntl(sockets[1], F_DUPFD_CLOEXEC, SPAWNER_FD + 1), failure = errno;
    close(sockets[1]);
    sockets[1] = higher;
    if (higher >= 0)
        return STATUS_OK;
    close(sockets[0]);
    return error_set_errno(error, failure, "cannot make a socket for the queries' workers");
}

static enum status start(char *const *argv, int *out_fd, pid_t *out_pid, struct error *error)
{
    int sockets[2];
    TRY(make_sockets(sockets, error));
    int failure = spawn(argv, sockets[1], out_pid);
    close(sockets[1]);
    *out_fd = sockets[0];
    if (failure == 0)
        return STATUS_OK;
    close(sockets[0]);
    return error_set_errno(error, failure, "cannot start the queries' worker %s", argv[0]);
}

enum status query_spawner_new(struct query_spawner **out, struct error *error)
{
    struct query_spawner *spawner = mem_zalloc(sizeof *spawner);
    enum status status = worker_program_find(&spawner->argv, error);
    if (status == STATUS_OK)
        status = start(spawner->argv, &spawner->fd, &spawner->pid, error);
    if (status != STATUS_OK) {
        mem_free(spawner->argv);
        mem_free(spawner);
        return status;
    }
    pthread_mutex_init(&spawner->shared.mutex, NULL);
    *out = spawner;
    return STATUS_OK;
}

/* Waits until the process closes its socket; false when it does not in time. */
static bool has_ended(const struct query_spawner *spawner, int wait_ms)
{
    struct pollfd fd = {spawner->fd, 0, 0};
    return poll(&fd, 1, wait_ms) > 0 && (fd.revents & POLLHUP);
}

/* Waits until the process has ended. It ends by itself when its socket is closed, unless it is
 * another program; until it is reaped its pid is not reused. Closing the socket alone would not do:
 * another process may have a copy. */
void query_spawner_free(struct query_spawner *spawner)
{
    if (!spawner)
        return;
    shutdown(spawner->fd, SHUT_WR);
    if (!has_ended(spawner, PATIENCE_MS) && waitpid(spawner->pid, NULL, WNOHANG) == 0)
        kill(spawner->pid, SIGKILL);
    close(spawner->fd);
    while (waitpid(spawner->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    pthread_mutex_destroy(&spawner->shared.mutex);
    mem_free(spawner->argv);
    mem_free(spawner);
}

bool query_spawner_is_gone(const struct query_spawner *spawner)
{
    return has_ended(spawner, 0);
}

/* ---- Requests -------------------------------------------------------------------------------- */

static ssize_t receive(const struct query_spawner *spawner, void *out, size_t len)
{
    ssize_t got;
    do
        got = recv(spawner->fd, out, len, 0);
    while (got < 0 && errno == EINTR);
    return got;
}

static enum status no_worker(const struct query_spawner *spawner, const char *what,
                             struct error *error)
{
    error_set(error, STATUS_UNREACHABLE, "the queries' worker %s %s", spawner->argv[0], what);
    return error_hint(error, "it must be the sparkify-worker that came with this sparkify: install "
                             "both again, and check SPARKIFY_WORKER");
}

/* Receives the greeting. */
static enum status greet_locked(struct query_spawner *spawner, struct error *error)
{
    static const struct spawner_greeting expected = {SPAWNER_MAGIC, SPAWNER_PROTOCOL};
    struct spawner_greeting greeting = {0};
    struct pollfd fd = {spawner->fd, POLLIN, 0};
    int ready;
    if (spawner->shared.is_greeted)
        return STATUS_OK;
    do
        ready = poll(&fd, 1, GREETING_MS);
    while (ready < 0 && errno == EINTR);
    if (ready <= 0)
        return no_worker(spawner, "does not answer", error);
    ssize_t got = receive(spawner, &greeting, sizeof greeting);
    if (got <= 0)
        return no_worker(spawner, "ended at its start", error);
    if (got != sizeof greeting ||
        memcmp(greeting.magic, expected.magic, sizeof greeting.magic) != 0)
        return no_worker(spawner, "answers as another program would", error);
    if (greeting.protocol != expected.protocol)
        return no_worker(spawner, "is of another version", error);
    spawner->shared.is_greeted = true;
    return STATUS_OK;
}

static enum status ask(struct query_spawner *spawner, struct spawner_request *request, int fd,
                       int *out, struct error *error)
{
    pthread_mutex_lock(&spawner->shared.mutex);
    enum status status = greet_locked(spawner, error);
    if (status == STATUS_OK && (!spawner_request_send(spawner->fd, request, fd) ||
                                receive(spawner, out, sizeof *out) != sizeof *out)) {
        error_set(error, STATUS_UNREACHABLE, "the process that starts queries' workers has ended");
        status = error_hint(error, "start sparkify again");
    }
    pthread_mutex_unlock(&spawner->shared.mutex);
    return status;
}

enum status spawner_start(struct query_spawner *spawner, const struct query_options *options,
                          int fd, pid_t *out_pid, struct error *error)
{
    struct spawner_request request = {.options = {.threads = options->threads,
                                                  .memory_bytes = options->memory_bytes,
                                                  .process_bytes = options->process_bytes}};
    int answer = 0;
    size_t len = options->folder ? strlen(options->folder) : 0;
    if (len >= sizeof request.options.folder)
        return error_set(error, STATUS_LIMIT, "the path of the lake is too long");
    if (len)
        memcpy(request.options.folder, options->folder, len);
    TRY(ask(spawner, &request, fd, &answer, error));
    if (answer < 0) {
        error_set_errno(error, -answer, "cannot start the query's worker");
        return error_hint(error, QUERY_LIMITS_HINT);
    }
    *out_pid = answer;
    return STATUS_OK;
}

int spawner_end(struct query_spawner *spawner, pid_t pid)
{
    struct spawner_request request = {.pid = pid};
    struct error ignored;
    int how = 0;
    (void)ask(spawner, &request, -1, &how, &ignored);
    return how;
}
