/* query_lake: which lake is asked, and a session over it. */
#ifndef SPARKIFY_API_QUERY_LAKE_H
#define SPARKIFY_API_QUERY_LAKE_H

#include <query_command.h>

/* All of the lake's newest version, in no format yet. */
void query_settings_set_defaults(struct query_settings *query);
/* Tells the operands apart: the lake is an address or a folder that is there; what has a blank is
 * SQL; all else is a question. STATUS_USAGE where both are the same, or options contradict. */
NODISCARD enum status query_settings_resolve(struct query_settings *query, struct error *error);
/* Before a statement runs: STATUS_USAGE where options do not go with the engine or the format. */
NODISCARD enum status query_settings_check(struct query_settings *query, struct error *error);

/* Finds the lake's address: of an option, the operand, SPARKIFY_LAKE, dl.cfg, or the folder that
 * one is in. STATUS_USAGE when there is none, or when --cache-size is given for one that is not in
 * S3. */
NODISCARD enum status query_lake_resolve(struct query_settings *query, struct error *error);

struct query_lake_open {
    struct query_session *session;
    struct store *store;
    struct lake_snapshot snapshot;
    struct query_lake lake;
    bool is_newest; /* no version was named: what is newest is asked */
};
/* Once the address is found: starts the session's worker, and reads the version that is asked for.
 * `cancel` ends a statement. May be done again, on any thread. */
NODISCARD enum status query_lake_open(struct query_lake_open *out, struct query_settings *query,
                                      const atomic_bool *cancel, struct error *error);
void query_lake_close(struct query_lake_open *lake);
/* Of a statement that failed: where that is because its version is gone, says so, and turns to the
 * newest one for the next statement. Returns the error's status. */
enum status query_lake_explain(struct query_lake_open *lake, struct error *error);
/* Runs a statement over the lake's tables. */
NODISCARD enum status query_lake_run(struct query_lake_open *lake, struct str sql,
                                     struct query_result **out, struct error *error);

#endif
