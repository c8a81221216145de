/* signals: requests to stop. */
#pragma once

#include <base.h>

/* The first SIGINT, SIGTERM or SIGHUP from now on sets the flag, and a second one of the same kind
 * kills the process; a signal that was ignored stays ignored. Writing to a closed pipe is an error
 * of that call. */
void signals_init(void);
const atomic_bool *signals_stop_flag(void);
/* The exit code after such a signal: `interrupted`, or 129 for SIGHUP. */
int signals_exit_code(int interrupted);
