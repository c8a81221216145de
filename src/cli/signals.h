/* signals: the user's wish to stop. */
#ifndef SPARKIFY_CLI_SIGNALS_H
#define SPARKIFY_CLI_SIGNALS_H

#include <base.h>

/* From now on the first SIGINT, SIGTERM or SIGHUP sets the flag, and the same again kills; one that
 * was ignored stays so. A closed pipe is an error of the call that writes to it. */
void signals_init(void);
const atomic_bool *signals_stop_flag(void);
/* What a program ends with that such a signal has stopped: `interrupted`, or 129 for SIGHUP. */
int signals_exit_code(int interrupted);

#endif
