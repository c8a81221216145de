/* web: the pages of web/, bundled when the program was built. */
#pragma once

#include <base.h>

/* The bytes of a bundled file, such as "report.html"; empty where the program was built without
 * pages. */
struct str web_asset(const char *name);
