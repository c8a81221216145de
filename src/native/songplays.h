/* songplays: the ordered side of the plays: identical ones are stored once, rows go to their
 * month's partition, users and times are gathered. */
#ifndef SPARKIFY_NATIVE_SONGPLAYS_H
#define SPARKIFY_NATIVE_SONGPLAYS_H

#include "flow.h"
#include "known.h"
#include "plays_group.h"
#include "seen.h"
#include "times.h"
#include "users.h"

/* A month's partition, in the order of its first play. */
struct plays_month {
    uint32_t month;
    struct table_file *file;   /* once a group was handed out */
    size_t groups;             /* handed out so far */
    struct plays_group *group; /* being filled, or NULL */
};

/* A batch's codes → a row group's. There is one for each month of a batch, as long as those are
 * few: a batch may have as many months as plays, and a map is as large as the batch's values. */
struct code_map {
    uint64_t batch, group; /* that it was begun for last */
    uint32_t use;          /* tells entries of this use from those of others */
    struct code_map_entry {
        uint32_t use, code;
    } *entries[PLAY_STRINGS];
    size_t caps[PLAY_STRINGS];
};
#define CODE_MAPS 16

struct songplays {
    struct output *output;     /* borrowed */
    const struct songs *songs; /* borrowed */
    struct known *known;       /* borrowed; NULL: there are no plays before these */
    struct seen seen;
    bool has_old_rows;    /* rows of the lake may be from before song, artist and length */
    struct seen old_seen; /* then: the plays as such rows would have them */
    struct users users;
    struct times times;
    struct plays_month *months;
    size_t month_count, month_cap;
    uint32_t *month_places; /* MONTH_LIMIT of them: place in `months` + 1 */
    /* By the number of a match: the codes of its song_id and artist_id in the group that asked for
     * them last. One array for all groups: there may be many of both. */
    struct song_codes {
        uint64_t group; /* its serial */
        uint32_t song_id, artist_id;
    } *song_codes;
    struct code_map maps[CODE_MAPS]; /* by the place of the month */
    uint32_t map_uses;               /* begun so far */
    uint64_t groups;                 /* begun so far */
    size_t open_bytes, open_count;   /* of the months' groups, as plays_group_bytes counts */
    uint64_t batches;
    uint64_t rows, matched, identical, kept;
    struct {
        pthread_mutex_t mutex;
        struct plays_group *spare; /* emptied ones, to be filled again */
        size_t spare_count;
    } shared;
};

void songplays_init(struct songplays *songplays, struct output *output, const struct songs *songs);
void songplays_release(struct songplays *songplays);
/* Takes in the next batch; full row groups are pushed to the flow as jobs. */
NODISCARD enum status songplays_add(struct songplays *songplays, struct plays_batch *batch,
                                    struct flow *flow, unsigned worker, struct error *error);
/* Takes in rows of the lake that are not among the plays of the logs, which are all there; counts
 * them as kept. */
NODISCARD enum status songplays_add_stored(struct songplays *songplays, struct plays_batch *batch,
                                           struct flow *flow, unsigned worker, struct error *error);
/* All plays are there: times that are in the lake already go. */
void songplays_finish(struct songplays *songplays);
/* Encodes what is left of the `place`-th month, and makes its file appear. */
NODISCARD enum status songplays_close_month(struct songplays *songplays, size_t place,
                                            unsigned worker, struct error *error);

#endif
