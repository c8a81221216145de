/* secret: text that must not stay in memory once it is no longer needed. */
#pragma once

#include <base.h>

#include <sys/stat.h>

/* Wipes a terminated text and frees it; NULL is fine. */
void secret_free(char *text);
/* Wipes what a buffer holds and releases it. */
void secret_buffer_release(struct buffer *buffer);

/* A small file that may hold secrets. */
struct secret_file {
    off_t max_bytes; /* 0: 1 MiB */
    bool is_there;
    mode_t mode;
    struct buffer text;
};
/* A file that is not there is no error. STATUS_DENIED when it may not be read; an error, too, for
 * what is no file, or one of more than max_bytes. */
NODISCARD enum status secret_file_read(const char *path, struct secret_file *out,
                                       struct error *error);
void secret_file_release(struct secret_file *file);
