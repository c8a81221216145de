/* doctor_steps: the steps that doctor tries, printed or collected as JSON. */
#pragma once

#include <model.h>
#include <stores.h>

struct doctor {
    struct stores_settings *stores;
    const struct model *model; /* whose sources are tried */
    const char *part;          /* "keys", "input", "output", "cluster", … */
    json_t *steps;             /* NULL: steps are printed as they are done */
    bool is_quiet;             /* only failed steps are printed, on stderr */
    bool has_failed;
};

enum doctor_outcome {
    DOCTOR_OK,
    DOCTOR_FAILED,
    DOCTOR_INFO, /* neither */
};

/* Begins a part, with the heading "input s3://bucket" where an address is given. */
void doctor_begin_part(struct doctor *doctor, const char *name, const char *address);
/* Reports the outcome of a step; `hint` may be NULL. */
void doctor_report(struct doctor *doctor, enum doctor_outcome outcome, const char *step,
                   const char *message, const char *hint);
void doctor_passed(struct doctor *doctor, const char *step, const char *format, ...) PRINTF(3, 4);
/* Reports the error's message and hint. */
void doctor_failed(struct doctor *doctor, const char *step, const struct error *error);
