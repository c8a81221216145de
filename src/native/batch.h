/* batch: the result of decoding one task of any source: counts, and rejected records. The rows are
 * in the structure that contains the batch (rows_batch, facts_batch). */
#pragma once

#include <model_record.h>

struct reject {
    enum reject_code code;
    uint32_t file;
    uint64_t line;   /* from 1: in the file, or in this batch where the batch is a part of a file */
    uint64_t offset; /* of the record, in the (unpacked) file */
    struct str reason, record; /* in the batch's arena */
};

struct batch {
    uint64_t records, kept, left_out;
    uint64_t unknown_discarded, faulty_discarded; /* values that a contract dropped */
    uint64_t bytes, files;                        /* of the input; for the progress */
    bool is_part;     /* the batch is a part of a file: lines are numbered from 1 in this batch */
    bool begins_file; /* it is the first part of its file */
    uint64_t lines;   /* in a part */
    struct reject *rejects;
    size_t reject_count, reject_cap;
    struct arena arena;
};

/* Empties the batch and keeps its memory for the next task. */
void batch_reset(struct batch *batch);
void batch_release(struct batch *batch);
/* Adds a rejected record; the reason and the record are copied. */
void batch_reject(struct batch *batch, const struct model_fault *fault, uint32_t file,
                  uint64_t line, uint64_t offset, struct str record);
