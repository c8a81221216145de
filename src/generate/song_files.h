/* song_files: the song files, one for each song. */
#ifndef SPARKIFY_GENERATE_SONGS_H
#define SPARKIFY_GENERATE_SONGS_H

#include "dataset.h"

/* Adds to the report what was written below `folder`, by as many threads as the options say. */
NODISCARD enum status song_files_write(const struct dataset *dataset, const char *folder,
                                       struct generate_report *report, struct error *error);

#endif
