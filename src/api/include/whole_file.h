/* whole_file: a file that appears under its name when all of it is written. */
#ifndef SPARKIFY_API_WHOLE_FILE_H
#define SPARKIFY_API_WHOLE_FILE_H

#include <base.h>

#include <stdio.h>

struct whole_file {
    const char *path; /* as the user gave it; NULL: not open */
    FILE *file;
    struct buffer target,
        temporary; /* no temporary: a pipe or a device, which is written at once */
};
/* A file that is there is replaced; a link to one stays a link. STATUS_USAGE when the path is a
 * folder's, else the status of what cannot be written. */
NODISCARD enum status whole_file_open(struct whole_file *whole, const char *path,
                                      struct error *error);
/* Makes the file appear. */
NODISCARD enum status whole_file_finish(struct whole_file *whole, struct error *error);
/* Removes what is not finished. */
void whole_file_release(struct whole_file *whole);

#endif
