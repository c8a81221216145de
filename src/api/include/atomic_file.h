/* atomic_file: a file that appears under its name once it is completely written. */
#pragma once

#include <base.h>

struct atomic_file {
    const char *path; /* the path as given; NULL: not open */
    FILE *file;
    struct buffer target, temporary; /* empty for a pipe or a device, which is written directly */
};
/* Opens a temporary file beside the path. An existing file will be replaced; a link to one stays a
 * link. STATUS_USAGE when the path is a folder, else the status of the system's error. */
NODISCARD enum status atomic_file_open(struct atomic_file *whole, const char *path,
                                       struct error *error);
/* Closes the file, and renames it to its path; a write that failed before is an error here. */
NODISCARD enum status atomic_file_finish(struct atomic_file *whole, struct error *error);
/* Removes an unfinished temporary file. */
void atomic_file_release(struct atomic_file *whole);
