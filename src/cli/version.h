/* version: prints the program's version. */
#pragma once

#include <options.h>

/* Prints one line; with --verbose also the commit, the compiler, the scanner and the libraries;
 * with --json all of that as a document. */
void version_print(const struct common_settings *common);
