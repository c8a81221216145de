/* spark: the distributed engine: the same job on a cluster, through Spark Connect.
 *
 * Spark reads the input, finds the rows of the tables, and writes what is large into the run's
 * staging folder; sparkify gives those files their place, writes the small tables itself, and
 * commits as the native engine does. */
#ifndef SPARKIFY_SPARK_H
#define SPARKIFY_SPARK_H

#include <run.h>

/* Runs the job on the server options->spark ("sc://host:port/;…"). What is said of native_run in
 * native.h holds here; STATUS_UNREACHABLE also when the server does not answer. */
NODISCARD enum status spark_run(const struct run_options *options, const atomic_bool *cancel,
                                struct run_progress *progress, struct run_report *report,
                                struct error *error);

/* Told of a step that went well, or of the error that ended the examination. */
typedef void spark_tell_fn(void *ctx, const char *step, const char *text,
                           const struct error *error);
/* Tries what a run asks of the server: a session, reading the input, and, unless `out` is NULL,
 * writing to the output. Leaves nothing behind. */
void spark_examine(const struct run_options *options, struct store *in, struct store *out,
                   const atomic_bool *cancel, spark_tell_fn *tell, void *ctx);

/* Appends all that the job would ask of Spark, as a script of commented SQL. Nothing is asked of
 * any server. */
NODISCARD enum status spark_script(const struct run_options *options, struct buffer *out,
                                   struct error *error);

#endif
