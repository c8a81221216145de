/* A file of LAYER that looks at a header of a layer that it may not use. It must not compile: CTest
 * checks that it does not, and why. */
#include FORBIDDEN

int climbs(void);
