/* plain_files: creates folders and files; never replaces or removes an existing file. */
#pragma once

#include <base.h>

/* Creates the folder and its parents; an existing folder is not an error. */
NODISCARD enum status folder_make(const char *path, struct error *error);

/* A new file, written sequentially. */
struct new_file {
    const char *path; /* borrowed */
    int fd;
    bool open;
};
/* Creates the file. STATUS_EXISTS: a file of that name exists. */
NODISCARD enum status new_file_begin(struct new_file *file, const char *path, struct error *error);
NODISCARD enum status new_file_write(struct new_file *file, struct str bytes, struct error *error);
/* Closes the file. Some file systems report only here that the disk is full. */
NODISCARD enum status new_file_finish(struct new_file *file, struct error *error);
/* Closes a file that was not finished; it stays incomplete. */
void new_file_release(struct new_file *file);
