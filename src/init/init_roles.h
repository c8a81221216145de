/* init_roles: which source has the facts, and which fields are keys of what. */
#pragma once

#include "init_sample.h"

#define ROLES_MAX_FIELDS     56
#define ROLES_MAX_DIMENSIONS 12

/* A dimension: a key, and the fields that it decides. */
struct role_dimension {
    const char *name;
    size_t source, key;
    bool is_main; /* has a row for each record of its source */
    size_t fields[ROLES_MAX_FIELDS];
    size_t field_count;
};

struct roles {
    struct sample *samples;
    size_t sample_count;
    size_t facts; /* the sample with the facts */
    size_t time;  /* a field of it */
    size_t id[MODEL_MAX_KEYS];
    size_t id_count;
    struct role_dimension dimensions[ROLES_MAX_DIMENSIONS];
    size_t dimension_count;
    struct arena *arena;
};

/* Decides on all of it. STATUS_FAILED where no field is a time. */
NODISCARD enum status init_roles_find(struct roles *roles, struct error *error);
/* Whether the id of the facts has the field of their source. */
bool init_roles_is_in_id(const struct roles *roles, size_t field);
/* Whether a dimension other than a main one has all values of the field. */
bool init_roles_is_taken(const struct roles *roles, size_t source, size_t field);
