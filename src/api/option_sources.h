/* option_sources: where options come from that the command line does not give. */
#ifndef SPARKIFY_API_OPTION_SOURCES_H
#define SPARKIFY_API_OPTION_SOURCES_H

#include <options.h>

/* After the command line: of what it does not say, sets what the environment says, and of what
 * neither says, the profile in sparkify.yaml. STATUS_USAGE names variable, or file and line. */
NODISCARD enum status option_sources_read(const struct command *command, void *settings,
                                          struct error *error);

/* As option_set; the value of a flag is a word such as "true" or "off". */
NODISCARD enum status option_sources_set(const struct option *option, const char *value,
                                         void *place, struct error *error);

#endif
