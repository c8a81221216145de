/* sparkify: the program. The library has all of it, so that a package may have the library alone.
 */
#include <sparkify.h>

int main(int argc, char **argv)
{
    return sparkify_main(argc, argv);
}
