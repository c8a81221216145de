/* query_lake: the lake of a query, and a session over it. */
#pragma once

#include <query_command.h>

/* Sets the defaults: the newest version, all days, the default format. */
void query_settings_set_defaults(void *settings);
/* Assigns the operands: an address or an existing folder is the lake; a text with a blank is SQL;
 * anything else is a question. STATUS_USAGE where two operands are of one kind, or options
 * contradict. */
NODISCARD enum status query_settings_resolve(struct query_settings *query, struct error *error);
/* To be called before a statement runs: STATUS_USAGE where options do not fit the engine or the
 * format. */
NODISCARD enum status query_settings_check(struct query_settings *query, struct error *error);

/* Finds the lake's address: from an option, the operand, SPARKIFY_LAKE, dl.cfg, or the working
 * folder if it is in a lake. STATUS_USAGE when there is none, or when --cache-size is given for a
 * lake that is not in S3. */
NODISCARD enum status query_lake_resolve(struct query_settings *query, struct error *error);

struct query_lake_open {
    struct query_session *session;
    struct store *store;
    struct lake_snapshot snapshot;
    struct query_lake lake;
    bool is_newest; /* no version was given: the newest is read */
};
/* Starts the session's worker, and reads the version that is asked for, after query_lake_resolve.
 * `cancel` cancels statements. May be called again, on any thread. */
NODISCARD enum status query_lake_open(struct query_lake_open *out, struct query_settings *query,
                                      const atomic_bool *cancel, struct error *error);
void query_lake_close(struct query_lake_open *lake);
/* Explains a failed statement: where its version was deleted, sets an error that says so, and
 * switches to the newest version. Returns the error's status. */
enum status query_lake_explain(struct query_lake_open *lake, struct error *error);
/* Runs a statement over the lake's tables. */
NODISCARD enum status query_lake_run(struct query_lake_open *lake, struct str sql,
                                     struct query_result **out, struct error *error);
