/* generate: checks the options and writes the data set.
 *
 * A set of at least about a hundred songs and a thousand events has all the difficult cases of the
 * real data; test_generate.c checks each:
 *   times   any millisecond; users who play at the same time                  dataset.c
 *   users   logged-out events with an empty userId                            user_session.c
 *           changes between free and paid                                     people.c
 *   lines   a play that is written twice                                      user_session.c
 *   songs   equal title, artist and duration under two song_ids;              catalogue.c
 *           a song_id of two artists; an artist_id with several names
 *   texts   many scripts, quotes, slashes, backslashes, characters above      words.txt
 *           U+FFFF
 *   files   JSON on one line and on twelve                                    song_files.c
 *   plays   of the song data (--match) and of other tracks; a few tracks      user_session.c
 *           often, most seldom
 *
 * In the real data one play in twenty matches a song (319 of 6,820 with all 14,896 songs). The
 * default here is three in ten, so that a small set has enough matches. */
#include <generate.h>

#include "dataset.h"
#include "plain_files.h"

#include <calendar.h>

#include <errno.h>
#include <sys/stat.h>

#define SONGS_MAX   100000000u
#define USERS_MAX   100000000u
#define EVENTS_MAX  UINT64_C(1000000000000)
#define DAYS_MAX    36500u
#define THREADS_MAX 1024u

struct generate_options generate_options_default(void)
{
    return (struct generate_options){
        .days = 30,
        .start_day = calendar_days_of_date(2018, 11, 1),
        .match = 0.3,
        .seed = 1,
        .threads = threads_available(),
    };
}

static enum status check_range(const char *what, uint64_t value, uint64_t least, uint64_t most,
                               struct error *error)
{
    if (value >= least && value <= most)
        return STATUS_OK;
    return error_set(error, STATUS_USAGE, "%s: expected %llu to %llu, found %llu", what,
                     (unsigned long long)least, (unsigned long long)most,
                     (unsigned long long)value);
}

static enum status check(const struct generate_options *options, struct error *error)
{
    if (!options->folder || options->folder[0] == '\0')
        return error_set(error, STATUS_USAGE, "the folder to write to has no name");
    TRY(check_range("songs", options->songs, 0, SONGS_MAX, error));
    TRY(check_range("events", options->events, 0, EVENTS_MAX, error));
    TRY(check_range("users", options->users, 0, USERS_MAX, error));
    TRY(check_range("days", options->days, 1, DAYS_MAX, error));
    TRY(check_range("threads", options->threads, 1, THREADS_MAX, error));
    if (!(options->match >= 0 && options->match <= 1))
        return error_set(error, STATUS_USAGE, "match: expected 0 to 1, found %g", options->match);
    if (options->start_day < 0 ||
        options->start_day > calendar_days_of_date(10000, 1, 1) - (int64_t)options->days)
        return error_set(error, STATUS_USAGE, "the days must lie in the years 1970 to 9999");
    return STATUS_OK;
}

static enum status refuse_existing(const char *path, struct error *error)
{
    struct stat found;
    if (lstat(path, &found) != 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            return STATUS_OK;
        return error_set_errno(error, errno, "cannot read the attributes of %s", path);
    }
    error_set(error, STATUS_EXISTS, "%s is already there, and was not changed", path);
    return error_hint(error, "choose another folder, or remove song_data and log_data first");
}

static enum status write_all(const struct dataset *dataset, const char *songs, const char *logs,
                             struct generate_report *report, struct error *error)
{
    TRY(folder_make(songs, error));
    TRY(folder_make(logs, error));
    TRY(song_files_write(dataset, songs, report, error));
    return log_files_write(dataset, logs, report, error);
}

/* After a failure the incomplete files stay, because they may show the cause; the hint names them.
 */
static enum status hint_incomplete(const char *songs, const char *logs, struct error *error)
{
    struct stat found;
    if (lstat(songs, &found) != 0)
        return error->status;
    const char *first = error->status == STATUS_NO_SPACE ? "free some space, " : "";
    return error_hint(error, "%sremove %s and %s, which are incomplete, and run again", first,
                      songs, logs);
}

enum status generate_run(const struct generate_options *options, struct generate_report *out,
                         struct error *error)
{
    TRY(check(options, error));
    struct buffer CLEANUP(buffer_release) songs = {0};
    struct buffer CLEANUP(buffer_release) logs = {0};
    buffer_appendf(&songs, "%s/song_data", options->folder);
    buffer_appendf(&logs, "%s/log_data", options->folder);
    TRY(refuse_existing(buffer_text(&songs), error));
    TRY(refuse_existing(buffer_text(&logs), error));
    struct dataset CLEANUP(dataset_release) dataset;
    dataset_init(&dataset, options);
    struct generate_report report = {.users = dataset.user_count};
    if (write_all(&dataset, buffer_text(&songs), buffer_text(&logs), &report, error) != STATUS_OK)
        return hint_incomplete(buffer_text(&songs), buffer_text(&logs), error);
    *out = report;
    return STATUS_OK;
}
