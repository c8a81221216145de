/* Files that are read whole: models, questions, SQL. */
#include <base.h>

#include <errno.h>

#define PIECE_BYTES 65536

enum status file_read_stream(FILE *stream, size_t max, const char *what, const char *path,
                             struct buffer *out, struct error *error)
{
    size_t start = out->len, got = 1;
    while (got > 0 && out->len - start <= max) {
        size_t wanted = max - (out->len - start);
        size_t piece = wanted < PIECE_BYTES ? wanted + 1 : PIECE_BYTES;
        got = fread(buffer_reserve(out, piece), 1, piece, stream);
        out->len += got;
    }
    return ferror(stream) ? error_set_errno(error, errno, "cannot read %s %s", what, path)
                          : STATUS_OK;
}

enum status file_read(const char *path, size_t max, const char *what, struct buffer *out,
                      struct error *error)
{
    FILE *stream = fopen(path, "re");
    if (!stream)
        return error_set_errno(error, errno, "cannot read %s %s", what, path);
    enum status status = file_read_stream(stream, max, what, path, out, error);
    fclose(stream);
    return status;
}
