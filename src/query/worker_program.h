/* worker_program: which program starts the workers. */
#ifndef SPARKIFY_QUERY_WORKER_PROGRAM_H
#define SPARKIFY_QUERY_WORKER_PROGRAM_H

#include <query.h>

/* The program and its arguments as exec has them, to be freed by mem_free: one allocation. In
 * order: what query_use_worker was given; SPARKIFY_WORKER; sparkify-worker beside the file that
 * this code is in, a program or a library; the same in ../libexec/sparkify of there.
 * STATUS_NOT_FOUND when there is none, with the way to get it. */
NODISCARD enum status worker_program_find(char ***out, struct error *error);

#endif
