/* option_sources: options from the environment and sparkify.yaml. */
#pragma once

#include <options.h>

/* To be called after the command line is parsed. Sets options from the environment that the command
 * line does not give, and then options from the profile that neither gives. STATUS_USAGE names the
 * variable, or file and line. */
NODISCARD enum status option_sources_read(const struct command *command, void *settings,
                                          struct error *error);

/* As option_set; the value of a flag is a word such as "true" or "off". */
NODISCARD enum status option_sources_set(const struct option *option, const char *value,
                                         void *target, struct error *error);
