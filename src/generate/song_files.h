/* song_files: writes the song files, one for each song. */
#pragma once

#include "dataset.h"

/* Writes the song files below `folder` by dataset->options->threads threads, and adds them to
 * *report. */
NODISCARD enum status song_files_write(const struct dataset *dataset, const char *folder,
                                       struct generate_report *report, struct error *error);
