/* ini_text: the entries of an ini file, from memory. */
#pragma once

#include <base.h>

/* "name = value" below "[section]"; borrowed, without blanks and quotes around them. */
struct ini_entry {
    struct str section; /* "" before the first */
    struct str name, value;
    struct str raw_value; /* with the quotes */
    bool is_nested; /* indented deeper than the section's other entries: part of the one before */
};
typedef void ini_entry_fn(void *ctx, const struct ini_entry *entry);

struct ini_outcome {
    bool is_text;          /* no byte is a control character but for blanks */
    size_t entries;        /* that were found */
    unsigned unknown_line; /* the first that is no blank, comment, section or entry; 0: none */
};
/* Calls `entry` for each entry, in order. A comment is a line that begins with '#' or ';', and what
 * follows a blank and one of them, but not in quotes. A byte-order mark, and a "<br/>" at a
 * line's end, are passed over; lines end in LF, CRLF or CR. */
struct ini_outcome ini_text_read(struct str text, ini_entry_fn *entry, void *ctx);

/* The same but for the case of letters. */
bool ini_name_equal(struct str name, const char *other);
