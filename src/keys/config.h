/* config: what config.c is made of. */
#ifndef SPARKIFY_KEYS_CONFIG_H
#define SPARKIFY_KEYS_CONFIG_H

#include <keys.h>

/* What is told of a dl.cfg besides its values. */
struct config_text {
    const char *path; /* as messages name it */
    struct str bytes;
    note_fn *note; /* may be NULL */
    void *note_ctx;
};
/* Reads the values out of the text. */
NODISCARD enum status config_parse(const struct config_text *text, struct config_file *out,
                                   struct error *error);

/* The value stands for one that is still to be filled in. */
bool config_is_placeholder(struct str value);

#endif
