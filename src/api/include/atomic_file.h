/* atomic_file: a file that appears under its name when all of it is written. */
#ifndef SPARKIFY_API_ATOMIC_FILE_H
#define SPARKIFY_API_ATOMIC_FILE_H

#include <base.h>

#include <stdio.h>

struct atomic_file {
    const char *path; /* as the user gave it; NULL: not open */
    FILE *file;
    struct buffer target,
        temporary; /* no temporary: a pipe or a device, which is written at once */
};
/* A file that is there is replaced; a link to one stays a link. STATUS_USAGE when the path is a
 * folder's, else the status of what cannot be written. */
NODISCARD enum status atomic_file_open(struct atomic_file *whole, const char *path,
                                       struct error *error);
/* Makes the file appear. */
NODISCARD enum status atomic_file_finish(struct atomic_file *whole, struct error *error);
/* Removes what is not finished. */
void atomic_file_release(struct atomic_file *whole);

#endif
