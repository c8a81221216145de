/* version: which program this is. */
#ifndef SPARKIFY_CLI_VERSION_H
#define SPARKIFY_CLI_VERSION_H

#include <options.h>

/* One line; with --verbose the commit, the compiler, the scanner and the libraries as well; with
 * --json all of that as a document. */
void version_print(const struct common_settings *common);

#endif
