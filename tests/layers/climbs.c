/* A file of `base` that looks at a layer above it. It must not compile: CTest checks that it does
 * not, and why. */
#include <json.h>

int climbs(void);
