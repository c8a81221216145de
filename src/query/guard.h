/* guard: checks SQL of untrusted clients. */
#pragma once

#include <query.h>

/* Checks the syntax tree that DuckDB's json_serialize_sql gives of the SQL; see query_guard. */
NODISCARD enum status guard_check_tree(const struct model *model, struct str sql, struct str tree,
                                       struct error *error);
