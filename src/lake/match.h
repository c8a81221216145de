/* match: which of a table's old files stay or come back, and which new ones are not needed.
 *
 * A new file that has the bytes of a current one in the same folder is not needed: the old one
 * stays. So a table that has not changed gets no new version, and one in which a little has changed
 * a small one. */
#pragma once

#include "lake_private.h"

/* A flag for each of the table's entries, or new files. */
struct lake_match {
    bool *stays;      /* the entry is current, and stays so */
    bool *comes_back; /* the entry is not current, and is again */
    bool *has_old;    /* the new file has the bytes of an entry that stays */
    bool is_change;   /* the current files are not the same afterwards */
};

/* Sorts the table's entries and new files, and fills `match`. */
void lake_match_make(struct lake *lake, int table, struct lake_match *out);
void lake_match_release(struct lake_match *match);
