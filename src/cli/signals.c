/* The flag that signal handlers set. */
#include "signals.h"

static atomic_bool stop_flag;
static _Atomic int hang_up; /* SIGHUP if it was the first signal, else 0 */

static void request_stop(int signal_number)
{
    if (!atomic_exchange(&stop_flag, true) && signal_number == SIGHUP)
        atomic_store(&hang_up, signal_number);
    signal(signal_number, SIG_DFL);
}

/* A signal that was ignored at the start (by nohup, or in background jobs of a script) stays
 * ignored. */
static void listen_for(int signal_number)
{
    struct sigaction before, action = {.sa_handler = request_stop, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    if (sigaction(signal_number, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        sigaction(signal_number, &action, NULL);
}

void signals_init(void)
{
    listen_for(SIGINT);
    listen_for(SIGTERM);
    listen_for(SIGHUP);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

const atomic_bool *signals_stop_flag(void)
{
    return &stop_flag;
}

int signals_exit_code(int interrupted)
{
    int number = atomic_load(&hang_up);
    return number ? 128 + number : interrupted;
}
