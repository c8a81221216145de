/* A temporary folder of a test's own. */
#ifndef SPARKIFY_TEST_SCRATCH_FOLDER_H
#define SPARKIFY_TEST_SCRATCH_FOLDER_H

#include "unit.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

/* Makes a folder that scratch_folder_release removes. */
static inline void scratch_folder(char path[static 256])
{
    const char *temporary = getenv("TMPDIR");
    snprintf(path, 256, "%s/sparkify-test-XXXXXX", temporary ? temporary : "/tmp");
    assert_non_null(mkdtemp(path));
}

static inline int scratch_remove(const char *path, const struct stat *info, int type,
                                 struct FTW *where)
{
    (void)info;
    (void)type;
    (void)where;
    return remove(path);
}

static inline void scratch_folder_release(const char *path)
{
    if (path[0])
        nftw(path, scratch_remove, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
