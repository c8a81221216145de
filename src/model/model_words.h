/* Words of tables and columns that follow from what they are made of. */
#pragma once

#include <model.h>

extern const char *const model_part_words[CALENDAR_PARTS]; /* "time", "hour", … */

/* Appends what a column is made of, as a model's file says it: "title", "matches.song_id". */
void model_append_origin(const struct model *model, const struct model_table *table,
                         const struct model_column *column, struct buffer *out);
/* "songs: title", "start_time: ISO week": what a column of a reader's table is made of. */
void model_words_column(const struct model *model, const struct model_table *table, int column,
                        struct buffer *out);
/* "song_id", "distinct start_time of the plays", "play": what there is one row for. */
void model_words_rows(const struct model *model, const struct model_table *table,
                      struct buffer *out);
/* "greatest year; then least (song_id, name)"; nothing where no record must win. */
void model_words_winner(const struct model *model, const struct model_table *table,
                        struct buffer *out);
