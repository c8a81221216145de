/* signals: the user's wish to stop. */
#ifndef SPARKIFY_CLI_SIGNALS_H
#define SPARKIFY_CLI_SIGNALS_H

#include <base.h>

/* From now on the first SIGINT or SIGTERM sets the flag, and the second one kills; a closed pipe is
 * an error of the call that writes to it. */
void signals_init(void);
const atomic_bool *signals_stop_flag(void);

#endif
