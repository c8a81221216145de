/* The process that starts workers: the program sparkify-worker, or another one that calls
 * query_worker_main. It is single-threaded, so that it can fork. */
#include "spawner_protocol.h"

#include <query.h>

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

/* Closes all inherited descriptors, in particular the other ends of pipes. */
static void close_others(void)
{
    if (syscall(SYS_close_range, SPAWNER_FD + 1, ~0U, 0) == 0)
        return;
    DIR *open = opendir("/proc/self/fd"); /* before Linux 5.9 */
    const struct dirent *entry;
    while (open && (entry = readdir(open)) != NULL) {
        int fd = atoi(entry->d_name);
        if (fd > SPAWNER_FD && fd != dirfd(open))
            close(fd);
    }
    if (open)
        closedir(open);
}

/* SIGINT of a terminal and SIGTERM of a service manager are ignored: the program handles them, and
 * ends its workers itself. They were blocked by the program until here. */
static void set_signals(void)
{
    static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ};
    sigset_t none;
    for (size_t i = 0; i < ARRAY_LENGTH(ignored); i++)
        signal(ignored[i], SIG_IGN);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static int start(const struct spawner_request *request, int fd, const char *library)
{
    pid_t spawner = getpid(), pid = fork();
    if (pid != 0)
        return pid < 0 ? -errno : pid;
    close(SPAWNER_FD);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != spawner)
        _exit(0);
    worker_main(fd, &request->options, library);
}

static int end(pid_t pid)
{
    int how = 0;
    kill(pid, SIGKILL);
    while (waitpid(pid, &how, 0) < 0 && errno == EINTR)
        ;
    return how;
}

int query_worker_main(const char *library)
{
    static const struct spawner_greeting greeting = {SPAWNER_MAGIC, SPAWNER_PROTOCOL};
    static struct spawner_request request;
    int type, given;
    socklen_t size = sizeof type;
    if (getsockopt(SPAWNER_FD, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_SEQPACKET)
        return 2;
    mem_exit_when_exhausted(EXIT_FAILURE, "fewer --threads, or a machine with more memory");
    close_others();
    set_signals();
    prctl(PR_SET_NAME, "query-spawner");
    bool is_sent = send(SPAWNER_FD, &greeting, sizeof greeting, MSG_NOSIGNAL) > 0;
    while (is_sent && spawner_request_receive(SPAWNER_FD, &request, &given)) {
        int answer = request.pid == 0 ? start(&request, given, library) : end((pid_t)request.pid);
        if (given >= 0)
            close(given);
        is_sent = send(SPAWNER_FD, &answer, sizeof answer, MSG_NOSIGNAL) == sizeof answer;
    }
    return 0; /* this ends the workers */
}
