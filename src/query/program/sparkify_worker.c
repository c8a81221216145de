/* sparkify-worker: the program that starts query workers. */
#include <query.h>

#include <stdio.h>

int main(void)
{
    int code = query_worker_main(NULL);
    if (code != 0)
        fputs("sparkify-worker: sparkify starts this program for queries; it does nothing alone\n"
              "  try: sparkify query --help\n",
              stderr);
    return code;
}
