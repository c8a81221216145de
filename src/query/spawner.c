/* A fork of a program that has threads is a child in which any lock may be held for ever. So one
 * small process is forked while there is a single thread, and forks all workers:
 *
 *      session                     spawner                 worker
 *      START options, socket  →    fork                →   answers on the socket
 *                             ←    its pid
 *      END pid                →    kill, waitpid
 *                             ←    how it ended
 *
 * Only the spawner reaps, and only what it was told to end, so a pid that a session holds is always
 * that of its own worker. When the program dies, the spawner dies, and with it all workers. */
#include "spawner.h"

#include "worker.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct query_spawner {
    pid_t pid;
    int fd;
    struct {
        pthread_mutex_t mutex; /* a request and its answer are one step */
    } shared;
};

struct request {
    bool is_start; /* else: an end */
    pid_t pid;     /* to end */
    struct query_options options;
    char folder[PATH_MAX]; /* "": none */
};

/* ---- Messages that may carry a descriptor ---------------------------------------------------- */

union control {
    struct cmsghdr head;
    char bytes[CMSG_SPACE(sizeof(int))];
};

static bool send_request(int to, struct request *request, int fd)
{
    struct iovec part = {request, sizeof *request};
    union control control = {0};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd >= 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof control.bytes;
        control.head = (struct cmsghdr){
            .cmsg_len = CMSG_LEN(sizeof fd), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(&control.head), &fd, sizeof fd);
    }
    ssize_t sent;
    do
        sent = sendmsg(to, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)sizeof *request;
}

/* False at the end: the program is gone. `fd` is -1 where none came. */
static bool receive_request(int from, struct request *request, int *fd)
{
    struct iovec part = {request, sizeof *request};
    union control control = {0};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    ssize_t got;
    do
        got = recvmsg(from, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    *fd = -1;
    if (got == (ssize_t)sizeof *request && message.msg_controllen >= CMSG_LEN(sizeof *fd))
        memcpy(fd, CMSG_DATA(&control.head), sizeof *fd);
    return got == (ssize_t)sizeof *request;
}

/* ---- The process ----------------------------------------------------------------------------- */

static pid_t start(struct request *request, int control, int fd)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid < 0 ? -errno : pid;
    close(control);
    request->options.folder = request->folder[0] ? request->folder : NULL;
    worker_main(fd, &request->options);
}

static int end(pid_t pid)
{
    int how = 0;
    kill(pid, SIGKILL);
    while (waitpid(pid, &how, 0) < 0 && errno == EINTR)
        ;
    return how;
}

/* SIGINT of a terminal and SIGTERM of a service manager are for the program, which ends its workers
 * itself. */
static _Noreturn void spawner_main(int fd)
{
    static struct request request;
    int given;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, "query-spawner");
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    while (receive_request(fd, &request, &given)) {
        int answer = request.is_start ? start(&request, fd, given) : end(request.pid);
        if (given >= 0)
            close(given);
        if (send(fd, &answer, sizeof answer, MSG_NOSIGNAL) != (ssize_t)sizeof answer)
            break;
    }
    _exit(0);
}

/* ---- The program's side ---------------------------------------------------------------------- */

enum status query_spawner_new(struct query_spawner **out, struct error *error)
{
    int sockets[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0)
        return error_set_errno(error, errno, "cannot make a socket for the queries' workers");
    pid_t pid = fork();
    if (pid == 0) {
        close(sockets[0]);
        spawner_main(sockets[1]);
    }
    int error_number = errno;
    close(sockets[1]);
    if (pid < 0) {
        close(sockets[0]);
        return error_set_errno(error, error_number, "cannot start the queries' workers");
    }
    struct query_spawner *spawner = mem_zalloc(sizeof *spawner);
    *spawner = (struct query_spawner){
        .pid = pid, .fd = sockets[0], .shared = {.mutex = PTHREAD_MUTEX_INITIALIZER}};
    *out = spawner;
    return STATUS_OK;
}

void query_spawner_free(struct query_spawner *spawner)
{
    if (!spawner)
        return;
    close(spawner->fd);
    end(spawner->pid);
    pthread_mutex_destroy(&spawner->shared.mutex);
    mem_free(spawner);
}

bool query_spawner_is_gone(const struct query_spawner *spawner)
{
    siginfo_t found = {0};
    return waitid(P_PID, (id_t)spawner->pid, &found, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           found.si_pid != 0;
}

static bool ask(struct query_spawner *spawner, struct request *request, int fd, int *out)
{
    pthread_mutex_lock(&spawner->shared.mutex);
    ssize_t got = -1;
    if (send_request(spawner->fd, request, fd))
        do
            got = recv(spawner->fd, out, sizeof *out, 0);
        while (got < 0 && errno == EINTR);
    pthread_mutex_unlock(&spawner->shared.mutex);
    return got == (ssize_t)sizeof *out;
}

enum status spawner_start(struct query_spawner *spawner, const struct query_options *options,
                          int fd, pid_t *out_pid, struct error *error)
{
    struct request *request = mem_zalloc(sizeof *request);
    int answer = 0;
    request->is_start = true;
    request->options = *options;
    if (options->folder)
        strncpy(request->folder, options->folder, sizeof request->folder - 1);
    bool is_answered = ask(spawner, request, fd, &answer);
    mem_free(request);
    if (!is_answered) {
        error_set(error, STATUS_UNREACHABLE, "the process that starts queries' workers is gone");
        return error_hint(error, "start sparkify again");
    }
    if (answer < 0)
        return error_set_errno(error, -answer, "cannot start the query's worker");
    *out_pid = answer;
    return STATUS_OK;
}

int spawner_end(struct query_spawner *spawner, pid_t pid)
{
    struct request *request = mem_zalloc(sizeof *request);
    int how = 0;
    request->pid = pid;
    (void)ask(spawner, request, -1, &how);
    mem_free(request);
    return how;
}
