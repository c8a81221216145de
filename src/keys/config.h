/* config: the parser of dl.cfg. */
#pragma once

#include <keys.h>

/* The text of a dl.cfg, and who is told about its faults. */
struct config_text {
    const char *path; /* as messages name it */
    struct str bytes;
    note_fn *note; /* may be NULL */
    void *note_ctx;
};
/* Reads the values out of the text. */
NODISCARD enum status config_parse(const struct config_text *text, struct config_file *out,
                                   struct error *error);

/* Whether the value is a placeholder of a template: "<your key>", "xxx", "your-key-here". */
bool config_is_placeholder(struct str value);
