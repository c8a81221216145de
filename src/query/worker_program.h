/* worker_program: the program that starts workers. */
#pragma once

#include <query.h>

/* The program and its arguments as exec takes them, in one allocation to be freed by mem_free. In
 * this order: the argument of query_use_worker; SPARKIFY_WORKER; sparkify-worker beside the library
 * or program with this code; the same in ../libexec/sparkify of there. STATUS_NOT_FOUND when there
 * is none; the hint says how to get it. */
NODISCARD enum status worker_program_find(char ***out, struct error *error);
