/* The two sources that are built in. */
#include <model.h>

#define X(id, text, of_type, of_need, zero)                                                        \
    {.name = {text, sizeof(text) - 1},                                                             \
     .type = of_type,                                                                              \
     .need = of_need,                                                                              \
     .zero_for_null = zero,                                                                        \
     .depth = 1,                                                                                   \
     .path = &(const struct model_step){.key = {text, sizeof(text) - 1}}},
static const struct model_field song_fields[] = {SONG_FIELDS(X)};
static const struct model_field log_fields[] = {LOG_FIELDS(X)};
#undef X

#define X(id, name, type, need, zero) {name, sizeof(name) - 1},
static const struct str song_names[] = {SONG_FIELDS(X)};
static const struct str log_names[] = {LOG_FIELDS(X)};
#undef X

_Static_assert(LOG_FIELD_COUNT <= MODEL_MAX_FIELDS && SONG_FIELD_COUNT <= MODEL_MAX_FIELDS,
               "MODEL_MAX_FIELDS is too small");

static const struct model_state_name song_state[] = {
    {"song_id", SONG_SONG_ID},         {"title", SONG_TITLE},       {"artist_id", SONG_ARTIST_ID},
    {"artist_name", SONG_ARTIST_NAME}, {"location", SONG_LOCATION}, {"latitude", SONG_LATITUDE},
    {"longitude", SONG_LONGITUDE},
};

const struct model_source model_sources[SOURCE_COUNT] = {
    [SOURCE_SONGS] = {.name = "songs",
                      .noun = "song",
                      .folder = "song_data",
                      .layout = LAYOUT_DOCUMENT,
                      .fields = song_fields,
                      .field_count = SONG_FIELD_COUNT,
                      .names = song_names,
                      .kept_field = -1,
                      .state_names = song_state,
                      .state_name_count = ARRAY_LENGTH(song_state)},
    [SOURCE_LOGS] = {.name = "logs",
                     .noun = "log",
                     .folder = "log_data",
                     .fields = log_fields,
                     .field_count = LOG_FIELD_COUNT,
                     .names = log_names,
                     .kept_field = LOG_PAGE,
                     .kept_value = {"NextSong", 8}},
};
