/* The columns of a row group of songplays. Strings are codes of the group's own dictionaries, which
 * the Parquet encoder takes as they are. */
#include "plays_group.h"

#define FIRST_ROWS 32
/* What a row group takes that has hardly a row: there may be as many as there are months. */
#define EMPTY_BYTES ((size_t)8 << 10)

void plays_group_free(struct plays_group *group)
{
    if (!group)
        return;
    mem_free(group->ids);
    mem_free(group->times_us);
    mem_free(group->sessions);
    mem_free(group->lengths.values);
    mem_free(group->lengths.validity);
    for (int i = 0; i < PLAY_TEXTS; i++)
        texts_release(&group->texts[i]);
    for (int i = 0; i < GROUP_STRINGS; i++) {
        mem_free(group->strings[i].codes);
        mem_free(group->strings[i].validity);
        dictionary_release(&group->strings[i].values);
    }
    mem_free(group);
}

struct plays_group *plays_group_new(void)
{
    return mem_zalloc(sizeof(struct plays_group));
}

void plays_group_reset(struct plays_group *group)
{
    group->rows = 0;
    group->lengths.nulls = 0;
    for (int i = 0; i < PLAY_TEXTS; i++)
        texts_reset(&group->texts[i]);
    for (int i = 0; i < GROUP_STRINGS; i++) {
        group->strings[i].nulls = 0;
        dictionary_reset(&group->strings[i].values);
    }
}

void plays_group_reserve(struct plays_group *group, size_t rows)
{
    if (group->rows + rows <= group->cap)
        return;
    size_t cap = group->cap ? group->cap * 2 : FIRST_ROWS;
    while (cap < group->rows + rows)
        cap *= 2;
    group->cap = cap;
    group->ids = mem_realloc(group->ids, cap * sizeof *group->ids);
    group->times_us = mem_realloc(group->times_us, cap * sizeof *group->times_us);
    group->sessions = mem_realloc(group->sessions, cap * sizeof *group->sessions);
    group->lengths.values = mem_realloc(group->lengths.values, cap * sizeof(double));
    group->lengths.validity = mem_realloc(group->lengths.validity, cap / 8);
    for (int i = 0; i < PLAY_TEXTS; i++)
        texts_grow(&group->texts[i], cap);
    for (int i = 0; i < GROUP_STRINGS; i++) {
        struct coded_strings *strings = &group->strings[i];
        strings->codes = mem_realloc(strings->codes, cap * sizeof *strings->codes);
        strings->validity = mem_realloc(strings->validity, cap / 8);
    }
}

size_t plays_group_bytes(const struct plays_group *group)
{
    size_t bytes = EMPTY_BYTES + group->rows * (4 * sizeof(int64_t) +
                                                (GROUP_STRINGS + PLAY_TEXTS) * sizeof(uint32_t));
    for (int i = 0; i < PLAY_TEXTS; i++)
        bytes += group->texts[i].data.len;
    for (int i = 0; i < GROUP_STRINGS; i++)
        bytes += group->strings[i].values.data.len + group->strings[i].values.count * 24;
    return bytes;
}

static void view_strings(const struct plays_group *group, int string, struct parquet_column *out)
{
    const struct coded_strings *strings = &group->strings[string];
    *out = (struct parquet_column){.validity = strings->nulls ? strings->validity : NULL,
                                   .codes = strings->codes};
    out->strings.offsets = strings->values.offsets;
    out->strings.data = strings->values.data.data;
    out->strings.count = strings->values.count;
}

/* The columns of the file, in the order of the table. */
void plays_group_view(const struct plays_group *group, struct parquet_column *out)
{
    out[SONGPLAYS_SONGPLAY_ID] = (struct parquet_column){.int64s = group->ids};
    out[SONGPLAYS_START_TIME] = (struct parquet_column){.int64s = group->times_us};
    view_strings(group, PLAY_USER_ID, &out[SONGPLAYS_USER_ID]);
    view_strings(group, PLAY_LEVEL, &out[SONGPLAYS_LEVEL]);
    view_strings(group, GROUP_SONG_ID, &out[SONGPLAYS_SONG_ID]);
    view_strings(group, GROUP_ARTIST_ID, &out[SONGPLAYS_ARTIST_ID]);
    out[SONGPLAYS_SESSION_ID] = (struct parquet_column){.int64s = group->sessions};
    view_strings(group, PLAY_LOCATION, &out[SONGPLAYS_LOCATION]);
    view_strings(group, PLAY_USER_AGENT, &out[SONGPLAYS_USER_AGENT]);
    texts_view(&group->texts[PLAY_SONG], group->rows, &out[SONGPLAYS_SONG]);
    texts_view(&group->texts[PLAY_ARTIST], group->rows, &out[SONGPLAYS_ARTIST]);
    out[SONGPLAYS_LENGTH] =
        (struct parquet_column){.validity = group->lengths.nulls ? group->lengths.validity : NULL,
                                .doubles = group->lengths.values};
}

_Static_assert(SONGPLAYS_YEAR > SONGPLAYS_LENGTH && SONGPLAYS_MONTH > SONGPLAYS_LENGTH,
               "the partitions come last, so a column's number is its place in the file");
