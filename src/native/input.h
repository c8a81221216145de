/* input: the objects of a source, and the tasks into which they are cut. */
#pragma once

#include <run.h>

#define INPUT_PIECE_BYTES ((size_t)4 << 20)

enum task_kind {
    TASK_FILES,  /* some small files, each read whole */
    TASK_RANGE,  /* the lines that begin in a range of one file */
    TASK_STREAM, /* one file, from its begin to its end: compressed, or without lines */
};

struct task {
    enum task_kind kind;
    uint32_t file, file_count;
    uint64_t offset, length; /* TASK_RANGE */
};

/* One source's files, in the byte order of their keys, and the tasks in the same order. */
struct input {
    const struct model_source *source;
    struct store *store; /* borrowed */
    struct store_listing files;
    struct task *tasks;
    size_t task_count, task_cap;
    uint64_t bytes; /* of the tasks' files */
};

/* Lists the source's files and cuts them into tasks; errors are those of run_list_source. */
NODISCARD enum status input_list(struct input *input, const struct model_source *source,
                                 struct store *store, bool allow_empty,
                                 struct source_report *report, struct error *error);
/* Makes tasks of the files whose is_wanted, by number, is true, in place of those of all files. */
void input_select(struct input *input, const bool *is_wanted);
/* The error of a file of one document that is longer than MODEL_MAX_DOCUMENT_BYTES. */
enum status input_too_large(const struct input *input, const struct store_object *file,
                            struct error *error);
void input_release(struct input *input);
