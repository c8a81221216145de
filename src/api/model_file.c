/* The file of --model and --check. */
#include <model_file.h>

#include <errno.h>
#include <stdio.h>

/* Reads one byte more than a model may have at most, so that model_parse sees a longer file. */
static enum status read_stream(FILE *stream, const char *path, struct buffer *out,
                               struct error *error)
{
    while (out->len <= MODEL_MAX_FILE_BYTES) {
        size_t wanted = MODEL_MAX_FILE_BYTES + 1 - out->len;
        size_t piece = wanted < 65536 ? wanted : 65536;
        size_t got = fread(buffer_reserve(out, piece), 1, piece, stream);
        out->len += got;
        if (got < piece)
            break;
    }
    return ferror(stream) ? error_set_errno(error, errno, "cannot read the model %s", path)
                          : STATUS_OK;
}

enum status model_file_read(const char *path, struct model **out, struct error *error)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    FILE *stream = fopen(path, "re");
    if (!stream)
        return error_set_errno(error, errno, "cannot read the model %s", path);
    enum status status = read_stream(stream, path, &text, error);
    fclose(stream);
    TRY(status);
    struct model *model;
    TRY(model_parse(buffer_str(&text), path, &model, error));
    status = model_read_questions(model, path, error);
    if (status != STATUS_OK)
        model_free(model);
    else
        *out = model;
    return status;
}
