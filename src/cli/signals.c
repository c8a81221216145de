/* The one flag that a signal handler may set. */
#include "signals.h"

#include <signal.h>

static atomic_bool stop_flag;

static void request_stop(int signal_number)
{
    atomic_store(&stop_flag, true);
    signal(signal_number, SIG_DFL);
}

void signals_init(void)
{
    struct sigaction action = {.sa_handler = request_stop, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

const atomic_bool *signals_stop_flag(void)
{
    return &stop_flag;
}
