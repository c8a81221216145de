/* plays_group: a row group of songplays while it fills up. */
#ifndef SPARKIFY_NATIVE_PLAYS_GROUP_H
#define SPARKIFY_NATIVE_PLAYS_GROUP_H

#include "plays.h"

/* The dictionary columns of a row group: a play's own strings, then its song's. */
enum group_string {
    GROUP_SONG_ID = PLAY_STRINGS,
    GROUP_ARTIST_ID,
    GROUP_STRINGS,
};

struct plays_group {
    struct plays_group *next; /* among the spare ones */
    uint64_t serial;          /* tells one filling from every other */
    size_t rows, cap;
    int64_t *ids, *times_us, *sessions;
    struct {
        double *values;
        uint8_t *validity;
        size_t nulls;
    } lengths;
    struct texts texts[PLAY_TEXTS];
    struct coded_strings {
        uint32_t *codes;
        uint8_t *validity;
        size_t nulls;
        struct dictionary values;
    } strings[GROUP_STRINGS];
};

struct plays_group *plays_group_new(void);
void plays_group_free(struct plays_group *group);
void plays_group_reset(struct plays_group *group);
/* Makes room for that many more rows. */
void plays_group_reserve(struct plays_group *group, size_t rows);
/* What its rows take: a matter of the input alone, whatever memory an earlier use has left it. */
size_t plays_group_bytes(const struct plays_group *group);
/* The columns of the file, in the order of the table, for the Parquet encoder. */
void plays_group_view(const struct plays_group *group, struct parquet_column *out);

#endif
