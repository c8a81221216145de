/* batch: what comes out of decoding one task, whatever the source: counts, and rejected records. */
#ifndef SPARKIFY_NATIVE_BATCH_H
#define SPARKIFY_NATIVE_BATCH_H

#include <model.h>

struct reject {
    enum reject_code code;
    uint32_t file;
    uint64_t line;   /* 1-based: in the file, or in the batch where that is a part of a file */
    uint64_t offset; /* of the record, in the (unpacked) file */
    struct str reason, record; /* in the batch's arena */
};

struct batch {
    uint64_t records, kept, left_out;
    uint64_t bytes, files; /* of input, for the progress */
    bool is_part;          /* of a file: lines count from 1 in this batch */
    bool begins_file;      /* the first part of its file */
    uint64_t lines;        /* of a part */
    struct reject *rejects;
    size_t reject_count, reject_cap;
    struct arena arena;
};

/* Empties the batch, keeps its memory. */
void batch_reset(struct batch *batch);
void batch_release(struct batch *batch);
void batch_reject(struct batch *batch, const struct model_fault *fault, uint32_t file,
                  uint64_t line, uint64_t offset, struct str record);

#endif
