/* init_sample: some files of a folder, read and taken apart. */
#pragma once

#include "init_profile.h"

#include <store.h>

/* A folder of the input. */
struct sample {
    const char *name, *folder;
    const struct store_object **files;
    size_t file_count;
    uint64_t bytes;
    /* What was read of them: */
    struct profile profile;
    enum model_layout layout;
    struct str records_key; /* with LAYOUT_RECORDS; null where all lists of records are empty */
    json_t *undecided;      /* objects that are a file: records, or around them */
    uint64_t faulty;        /* pieces that are no JSON objects */
    size_t arrays;          /* files that are one array */
    size_t dropped;         /* fields that are too many for a source */
    size_t lines, documents, concatenated, wrapped; /* files of each layout */
};

/* Reads some of the files, evenly from the first to the last, and decides on the layout. */
NODISCARD enum status init_sample_read(struct sample *sample, struct store *store,
                                       struct arena *arena, struct error *error);
/* Adds the records of a file's text; `is_cut`: it goes on. */
void init_sample_add_text(struct sample *sample, struct str text, bool is_cut, struct arena *arena);
/* Decides on the layout after all texts. */
void init_sample_finish(struct sample *sample);
