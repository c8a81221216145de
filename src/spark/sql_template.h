/* sql_template: SQL from the templates in src/spark/sql.
 *
 * A template is text with placeholders: {name}, of lower-case letters and '_'. What stands there is
 * the value of that name, or else the template of that name, filled with the same values: so a
 * template may be what a value is where none is set (depth.sql: brackets of a record that is not
 * refused, in our object). Other braces are text. */
#pragma once

#include <base.h>

#define SQL_MAX_VALUES 32

struct sql_values {
    struct sql_value {
        const char *name; /* static */
        struct buffer text;
    } all[SQL_MAX_VALUES];
    size_t count;
};
void sql_values_release(struct sql_values *values);
/* The text of the value `name`, emptied, to append to; it is valid as long as the values are. */
struct buffer *sql_value(struct sql_values *values, const char *name);
void sql_set(struct sql_values *values, const char *name, struct str text);

/* Appends the file NAME.sql, filled, without the newline at its end. */
void sql_fill(struct buffer *out, const char *name, const struct sql_values *values);
/* Appends a text, filled. A placeholder for which there is neither value nor template is a bug. */
void sql_fill_text(struct buffer *out, const char *text, const struct sql_values *values);
