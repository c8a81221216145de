/* plain_files: new folders and new files; nothing that is there is ever replaced or removed. */
#ifndef SPARKIFY_GENERATE_PLAIN_FILES_H
#define SPARKIFY_GENERATE_PLAIN_FILES_H

#include <base.h>

/* Makes the folder and those above it; one that is there is no error. */
NODISCARD enum status folder_make(const char *path, struct error *error);

/* A folder that is held open, so that its files need no long paths. */
struct folder {
    const char *path; /* for messages; borrowed */
    int fd;
    bool open;
};
NODISCARD enum status folder_open(struct folder *folder, const char *path, struct error *error);
void folder_release(struct folder *folder);

/* A file that is written from its beginning to its end. */
struct new_file {
    const struct folder *folder; /* borrowed, and so is the name */
    const char *name;
    int fd;
    bool open;
};
/* STATUS_EXISTS when there is one of that name. */
NODISCARD enum status new_file_begin(struct new_file *file, const struct folder *folder,
                                     const char *name, struct error *error);
NODISCARD enum status new_file_write(struct new_file *file, struct str bytes, struct error *error);
/* Some systems say only here that the disk is full. */
NODISCARD enum status new_file_finish(struct new_file *file, struct error *error);
void new_file_release(struct new_file *file);

#endif
