/* songs: the song files, one for each song. */
#ifndef SPARKIFY_GENERATE_SONGS_H
#define SPARKIFY_GENERATE_SONGS_H

#include "plan.h"

/* Adds to the report what was written below `folder`, by as many threads as the options say. */
NODISCARD enum status songs_write(const struct plan *plan, const char *folder,
                                  struct generate_report *report, struct error *error);

#endif
