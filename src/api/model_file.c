/* The file of --model and --check. */
#include <model_file.h>
#include <model_parse.h>

enum status model_file_read(const char *path, struct model **out, struct error *error)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    struct model *model;
    TRY(file_read(path, MODEL_MAX_FILE_BYTES, "the model", &text, error));
    if (model_parse(buffer_str(&text), path, &model, error) != STATUS_OK)
        return error->hint[0] ? error->status
                              : error_hint(error, "docs/model-file.md says what a model may have; "
                                                  "'sparkify schema --print-model' prints one");
    enum status status = model_read_questions(model, path, error);
    if (status != STATUS_OK)
        model_free(model);
    else
        *out = model;
    return status;
}
