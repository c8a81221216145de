/* catalogue: ids, traps, folders, durations, and frequencies of the real data. */
#include "catalogue.h"
#include "unit.h"

#include <stdlib.h>

#define SONGS 14896u

struct set {
    struct vocabulary vocabulary;
    struct catalogue catalogue;
};

static void set_init(struct set *set, uint32_t songs)
{
    vocabulary_init(&set->vocabulary);
    catalogue_init(&set->catalogue, &set->vocabulary, 1, songs);
}

static void set_release(struct set *set)
{
    catalogue_release(&set->catalogue);
    vocabulary_release(&set->vocabulary);
}

static bool phrases_equal(const struct phrase *a, const struct phrase *b)
{
    return a->count == b->count && memcmp(a->words, b->words, a->count * sizeof a->words[0]) == 0;
}

static int compare_ids(const void *left, const void *right)
{
    return memcmp(left, right, ID_BYTES);
}

static size_t distinct_ids(char (*ids)[ID_BYTES], size_t count)
{
    size_t distinct = count > 0;
    qsort(ids, count, sizeof ids[0], compare_ids);
    for (size_t i = 1; i < count; i++)
        distinct += memcmp(ids[i - 1], ids[i], ID_BYTES) != 0;
    return distinct;
}

static void ids_are_as_many_as_in_the_real_data(void **state)
{
    struct set CLEANUP(set_release) set;
    char(*tracks)[ID_BYTES] = mem_alloc(SONGS * sizeof *tracks);
    char(*songs)[ID_BYTES] = mem_alloc(SONGS * sizeof *songs);
    char(*artists)[ID_BYTES] = mem_alloc(SONGS * sizeof *artists);
    (void)state;
    set_init(&set, SONGS);
    for (uint32_t i = 0; i < SONGS; i++) {
        struct song song;
        catalogue_song(&set.catalogue, i, &song);
        memcpy(tracks[i], song.track_id, ID_BYTES);
        memcpy(songs[i], song.song_id, ID_BYTES);
        memcpy(artists[i], song.artist_id, ID_BYTES);
    }
    assert_int_equal(distinct_ids(tracks, SONGS), SONGS);
    assert_int_equal(distinct_ids(songs, SONGS), SONGS - 149);
    assert_in_range(distinct_ids(artists, SONGS), 9500, 10500);
    mem_free(tracks);
    mem_free(songs);
    mem_free(artists);
}

static uint32_t compare_with_the_song_before(const struct catalogue *catalogue, uint32_t track)
{
    struct song before, here;
    struct phrase title_before, title_here, name_before, name_here;
    catalogue_song(catalogue, track - 1, &before);
    catalogue_song(catalogue, track, &here);
    catalogue_title(catalogue, track - 1, &title_before);
    catalogue_title(catalogue, track, &title_here);
    catalogue_artist_name(catalogue, track - 1, &name_before);
    catalogue_artist_name(catalogue, track, &name_here);
    bool same_length =
        catalogue_duration(catalogue, track - 1) == catalogue_duration(catalogue, track);
    return (uint32_t)(memcmp(before.song_id, here.song_id, ID_BYTES) == 0) << 4 |
           (uint32_t)(memcmp(before.artist_id, here.artist_id, ID_BYTES) == 0) << 3 |
           (uint32_t)phrases_equal(&name_before, &name_here) << 2 |
           (uint32_t)phrases_equal(&title_before, &title_here) << 1 | same_length;
}

static void a_hundred_songs_have_all_traps(void **state)
{
    /* what is equal: song_id, artist_id, artist_name, title, duration */
    const uint32_t twin = 0x0F, shared = 0x13, renamed = 0x08;
    uint32_t twins = 0, shares = 0, renames = 0;
    struct set CLEANUP(set_release) set;
    (void)state;
    set_init(&set, 100);
    for (uint32_t track = 1; track < 100; track++) {
        uint32_t equal = compare_with_the_song_before(&set.catalogue, track);
        twins += equal == twin;
        shares += equal == shared;
        renames += equal == renamed;
    }
    assert_int_equal(twins, 1);
    assert_int_equal(shares, 1);
    assert_true(renames >= 1);
}

static const struct {
    uint32_t songs, folders;
    char last[4];
} folders[] = {
    {1, 1, "AAA"},       {22, 1, "AAA"},      {23, 2, "AAB"},       {300, 14, "AAN"},
    {14896, 676, "AZZ"}, {20000, 676, "AZZ"}, {20001, 1352, "BZZ"}, {1000000, 17576, "ZZZ"},
};

static void folders_follow_the_letters(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(folders); i++) {
        struct set CLEANUP(set_release) set;
        set_init(&set, folders[i].songs);
        assert_int_equal(catalogue_folders(&set.catalogue), folders[i].folders);
        for (unsigned level = 0; level < 3; level++)
            assert_int_equal(folder_letter(folders[i].folders - 1, level), folders[i].last[level]);
        for (uint32_t track = 0; track < folders[i].songs; track += 97) {
            struct song song;
            catalogue_song(&set.catalogue, track, &song);
            uint32_t folder = catalogue_folder(&set.catalogue, track);
            assert_true(folder < folders[i].folders);
            for (unsigned level = 0; level < 3; level++)
                assert_int_equal(song.track_id[2 + level], folder_letter(folder, level));
        }
    }
}

/* Frames are 576 samples at 22,050 a second: even for songs, odd for the others. */
static void durations_of_songs_and_others_differ(void **state)
{
    struct set CLEANUP(set_release) set;
    (void)state;
    set_init(&set, 1000);
    for (uint32_t track = 0; track < 3000; track++) {
        uint32_t units = catalogue_duration(&set.catalogue, track);
        uint64_t frames = (units * UINT64_C(22050) + 28800000) / 57600000;
        assert_int_equal(frames % 2, track >= 1000);
        assert_true(units <= DURATION_MAX_MS * DURATION_UNITS_PER_MS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_as_many_as_in_the_real_data),
        cmocka_unit_test(a_hundred_songs_have_all_traps),
        cmocka_unit_test(folders_follow_the_letters),
        cmocka_unit_test(durations_of_songs_and_others_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
