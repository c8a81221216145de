/* settings_file: sparkify.yaml, which has options under the names of profiles.
 *
 *     use: daily
 *     profiles:
 *       daily:
 *         input: s3://my-logs
 *         output: s3://my-lake
 *         incremental: true
 */
#pragma once

#include <base.h>

#define SETTINGS_FILE_NAME "sparkify.yaml"

struct setting {
    const char *name, *value;
    size_t line; /* from 1 */
};
struct settings_file {
    const char *path;    /* NULL: there is none */
    const char *profile; /* the profile that was read; NULL: none was selected */
    struct setting *all; /* in the order of the file */
    size_t count;
    struct arena arena;
};
/* Reads the settings of a profile: `use`, or the one that the file selects. `path` is NULL for
 * sparkify.yaml in this folder, which may be missing. Errors name file and line: STATUS_NOT_FOUND
 * when there is no such file or profile, STATUS_USAGE when the file is not YAML or has another
 * structure. */
NODISCARD enum status settings_file_read(const char *path, const char *use,
                                         struct settings_file *out, struct error *error);
void settings_file_release(struct settings_file *file);
