/* init_profile: what the fields of some records are like. */
#pragma once

#include <base.h>
#include <jansson.h>
#include <model.h>

#define PROFILE_MAX_RECORDS 5000
#define PROFILE_MAX_FIELDS  512
#define PROFILE_MAX_DEPTH   5
#define PROFILE_NO_NAME     "\xEF\xB7\x90" /* U+FDD0, no character: models have no such key */

struct profile_field {
    struct str name;  /* the whole path, as models write it */
    struct str label; /* the path with '_' between its keys, in small letters */
    int parent;       /* an object around it; -1: none */
    uint64_t present, null, boolean, integer, real, string, object, array;
    uint64_t empty, iso, date; /* of the strings */
    uint64_t in_time[3];       /* of the integers: times in s, ms and us */
    int64_t least, greatest;   /* of the integers */
    size_t children;           /* of an object: keys that were seen */
    uint64_t *hashes;          /* by record: of its value, 0 where it has none */
    /* What init_profile_finish decides. */
    bool is_used;  /* a field of the model, and no part of a JSON subtree */
    bool is_null;  /* would be one, but never has a value */
    bool is_whole; /* has a value in nearly each record, no null and no empty string */
    enum model_type type;
    enum model_time_form form;
    uint64_t distinct;
};

/* Whether a count is too small a part of all to decide anything: at most one percent. */
static inline bool init_profile_is_few(uint64_t count, uint64_t all)
{
    return count * 100 <= all;
}

/* Of one source. */
struct profile {
    struct arena arena;
    struct dictionary names; /* codes are the numbers of the fields */
    struct profile_field *fields;
    size_t field_count;
    json_t **values;          /* the records */
    size_t records, distinct; /* in all; that differ */
    uint64_t *hashes;         /* of the records */
};

void init_profile_release(struct profile *profile);
/* Adds a record, until there are PROFILE_MAX_RECORDS. */
void init_profile_add(struct profile *profile, json_t *record);
/* Decides on types, and which objects are kept as JSON. */
void init_profile_finish(struct profile *profile);
/* How many combinations of values some fields have, of the records in which the first has one. */
size_t init_profile_combinations(const struct profile *profile, const size_t *fields, size_t count);
/* Of how many records the field is a time in this form; 0 where its name does not say so. */
uint64_t init_profile_times(const struct profile_field *field, enum model_time_form form);
/* Whether the label has the word between its '_'. */
bool init_profile_has_word(struct str label, const char *word);
