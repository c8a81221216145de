/* song_files: writes song_data/L3/L4/L5/TRACK_ID.json, where L3 to L5 are letters 3 to 5 of the
 * track id. Each folder is created and filled by one thread, so that threads do not contend for it.
 */
#include "dataset.h"
#include "plain_files.h"

/* The tracks of each folder: those of folder i are tracks[first[i] … first[i + 1]). */
struct folder_tracks {
    uint32_t *first, *tracks;
    uint32_t count;
};

static void folder_tracks_init(struct folder_tracks *folders, const struct catalogue *catalogue)
{
    uint32_t count = catalogue_folders(catalogue);
    uint32_t *first = mem_zalloc((count + 2) * sizeof *first);
    uint32_t *tracks = mem_alloc(catalogue->songs * sizeof *tracks);
    for (uint32_t track = 0; track < catalogue->songs; track++)
        first[catalogue_folder(catalogue, track) + 2]++;
    for (uint32_t i = 2; i < count + 2; i++)
        first[i] += first[i - 1];
    for (uint32_t track = 0; track < catalogue->songs; track++)
        tracks[first[catalogue_folder(catalogue, track) + 1]++] = track;
    *folders = (struct folder_tracks){first, tracks, count};
}

static void folder_tracks_release(struct folder_tracks *folders)
{
    mem_free(folders->first);
    mem_free(folders->tracks);
    *folders = (struct folder_tracks){0};
}

/* ---- A record ------------------------------------------------------------------------------ */

/* The separators of Python's json.dumps without and with an indent. */
struct layout {
    struct str open, between, close;
};
static const struct layout on_one_line = {{"{", 1}, {", ", 2}, {"}", 1}};
static const struct layout on_many_lines = {{"{\n  ", 4}, {",\n  ", 4}, {"\n}\n", 3}};

/* Writes "name": behind the value before it. */
static char *put_key(char *at, const struct layout *layout, struct str name)
{
    at = PUT(put_str(at, layout->between), "\"");
    return PUT(put_str(at, name), "\": ");
}

static char *put_id(char *at, const char id[ID_BYTES])
{
    at = PUT(at, "\"");
    return PUT(put_str(at, (struct str){id, ID_BYTES}), "\"");
}

static char *put_location(char *at, const struct layout *layout, const struct song *song)
{
    const struct word *known = song->coordinates;
    at = put_key(at, layout, STR("artist_latitude"));
    at = put_str(at, known ? known->latitude : STR("null"));
    at = put_key(at, layout, STR("artist_longitude"));
    at = put_str(at, known ? known->longitude : STR("null"));
    at = PUT(put_key(at, layout, STR("artist_location")), "\"");
    if (song->location)
        at = put_str(at, song->location->text[IN_SONG]);
    return PUT(at, "\"");
}

#define RECORD_MAX_BYTES (2 * PHRASE_MAX_BYTES + 1024)

static char *put_record(char *at, const struct catalogue *catalogue, uint32_t track,
                        const struct song *song)
{
    const struct layout *layout = song->pretty_printed ? &on_many_lines : &on_one_line;
    struct phrase title, name;
    catalogue_title(catalogue, track, &title);
    catalogue_artist_name(catalogue, track, &name);
    at = PUT(put_str(at, layout->open), "\"num_songs\": 1");
    at = put_id(put_key(at, layout, STR("artist_id")), song->artist_id);
    at = put_location(at, layout, song);
    at = put_phrase(put_key(at, layout, STR("artist_name")), &name, IN_SONG);
    at = put_id(put_key(at, layout, STR("song_id")), song->song_id);
    at = put_phrase(put_key(at, layout, STR("title")), &title, IN_SONG);
    at = put_key(at, layout, STR("duration"));
    at = catalogue_write_duration(at, catalogue_duration(catalogue, track));
    at = put_number(put_key(at, layout, STR("year")), (uint64_t)song->year);
    return put_str(at, layout->close);
}

/* ---- Files --------------------------------------------------------------------------------- */

struct song_job {
    const struct dataset *dataset;
    const struct catalogue *catalogue;
    const char *folder;
    struct folder_tracks folders;
    uint64_t *bytes; /* of each worker */
};

/* `path` is that of the folder, and is the same again afterwards. */
static enum status write_song(struct song_job *job, unsigned worker, struct buffer *path,
                              uint32_t track, struct error *error)
{
    char record[RECORD_MAX_BYTES];
    size_t folder_len = path->len;
    struct song song;
    catalogue_song(job->catalogue, track, &song);
    buffer_appendf(path, "/%.*s.json", ID_BYTES, song.track_id);
    char *end = put_record(record, job->catalogue, track, &song);
    struct str bytes = {record, (size_t)(end - record)};
    struct new_file CLEANUP(new_file_release) file = {0};
    TRY(new_file_begin(&file, buffer_text(path), error));
    TRY(new_file_write(&file, bytes, error));
    TRY(new_file_finish(&file, error));
    job->bytes[worker] += bytes.len;
    path->len = folder_len;
    return STATUS_OK;
}

static enum status fill_folder(void *ctx, unsigned worker, uint32_t number, struct error *error)
{
    struct song_job *job = ctx;
    const struct folder_tracks *folders = &job->folders;
    if (folders->first[number] == folders->first[number + 1])
        return STATUS_OK;
    struct buffer CLEANUP(buffer_release) path = {0};
    buffer_appendf(&path, "%s/%c/%c/%c", job->folder, folder_letter(number, 0),
                   folder_letter(number, 1), folder_letter(number, 2));
    TRY(folder_make(buffer_text(&path), error));
    for (uint32_t i = folders->first[number]; i < folders->first[number + 1]; i++)
        TRY(write_song(job, worker, &path, folders->tracks[i], error));
    return dataset_check_cancel(job->dataset, error);
}

enum status song_files_write(const struct dataset *dataset, const char *folder,
                             struct generate_report *report, struct error *error)
{
    unsigned threads = dataset->options->threads;
    struct song_job job = {.dataset = dataset, .catalogue = &dataset->catalogue, .folder = folder};
    job.bytes = mem_zalloc(threads * sizeof *job.bytes);
    folder_tracks_init(&job.folders, &dataset->catalogue);
    enum status status = task_pool_run(threads, job.folders.count, fill_folder, &job, error);
    report->song_files += dataset->catalogue.songs;
    for (unsigned i = 0; i < threads; i++)
        report->song_bytes += job.bytes[i];
    mem_free(job.bytes);
    folder_tracks_release(&job.folders);
    return status;
}
