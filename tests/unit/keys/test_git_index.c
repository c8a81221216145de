/* Whether git tracks a file: by indexes that git itself has written, in each version, and by what
 * is none. */
#include "git_index.h"
#include "scratch_folder.h"

#include <keys.h>
#include <unistd.h>

struct folder {
    char path[256];
};

static void folder_open(struct folder *folder)
{
    scratch_folder(folder->path);
}

static void folder_release(struct folder *folder)
{
    scratch_folder_release(folder->path);
}

/* git as it is, whatever the machine's settings are. */
static int run(const char *command, const char *folder)
{
    CLEANUP(buffer_release) struct buffer line = {0};
    buffer_appendf(&line,
                   "cd '%s' && export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null HOME=. && "
                   "{ %s; } >/dev/null 2>&1",
                   folder, command);
    return system(buffer_text(&line));
}

#define COMMIT "git -c user.name=a -c user.email=a@b commit -qm x"

static void test_repositories(void **state)
{
    static const struct {
        const char *command; /* after which a/b/dl.cfg is tracked, or not */
        bool is_tracked;
    } steps[] = {
        {"mkdir -p a/b; echo x > a/b/dl.cfg; echo y > a/b/dl.cfg.old; echo z > a/z", false},
        {"git init -q .", false},
        {"echo dl.cfg >.gitignore; git add .", false},
        {"git add -f a/b/dl.cfg", true},
        {"git update-index --index-version 4", true},
        {"git update-index --index-version 2", true},
        {"git add -fN a/b/dl.cfg.old && git update-index --index-version 3", true},
        {COMMIT, true},
        {"git rm -q --cached a/b/dl.cfg", false},
        {"git update-index --index-version 4", false},
        {"rm -rf .git; git init -q --object-format=sha256 . && git add -f a/b/dl.cfg", true},
        {"git rm -q --cached a/b/dl.cfg", false},
        /* in a repository of its own below, in a worktree, and at its root */
        {"cd a/b && git init -q . && git add dl.cfg", true},
        {"rm -rf a/b/.git", false},
        {"rm -rf .git; git init -q x && cd x && mkdir -p a/b && echo x > a/b/dl.cfg && git add . "
         "&& " COMMIT " && git worktree add -q ../a/b/w && cd .. && mv a/b/w ./w && rm -rf a/b && "
         "ln -s ../w/a/b a/b",
         true},
        {"rm x/.git/worktrees/w/index", false},
    };
    CLEANUP(folder_release) struct folder folder = {0};
    char path[300];
    (void)state;
    folder_open(&folder);
    if (run("git --version", folder.path) != 0)
        skip();
    snprintf(path, sizeof path, "%s/a/b/dl.cfg", folder.path);
    for (size_t i = 0; i < COUNT(steps); i++) {
        if (run(steps[i].command, folder.path) != 0)
            fail_msg("step %zu: %s", i, steps[i].command);
        if (config_is_tracked(path) != steps[i].is_tracked)
            fail_msg("step %zu: %s", i, steps[i].command);
    }
}

/* Any piece of an index, and any byte of it changed, is read to some end. */
static void test_damaged_indexes(void **state)
{
    static const char index[] = "DIRC\0\0\0\2\0\0\0\2"
                                "........................................"
                                "####################\0\1a\0"
                                "........................................"
                                "####################\0\1b\0";
    size_t len = sizeof index - 1;
    (void)state;
    assert_true(git_index_has((struct str){index, len}, 20, STR("a")));
    assert_true(git_index_has((struct str){index, len}, 20, STR("b")));
    assert_false(git_index_has((struct str){index, len}, 20, STR("c")));
    assert_false(git_index_has((struct str){index, len}, 32, STR("b")));
    for (size_t i = 0; i < len; i++) {
        char *copy = mem_alloc(len);
        memcpy(copy, index, len);
        char *piece = mem_alloc(i + 1); /* so that a read past its end is seen */
        memcpy(piece, index, i);
        assert_false(git_index_has((struct str){piece, i}, 20, STR("b")));
        for (unsigned value = 0; value < 256; value += 51) {
            copy[i] = (char)value;
            (void)git_index_has((struct str){copy, len}, 20, STR("b"));
        }
        mem_free(piece);
        mem_free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_repositories),
        cmocka_unit_test(test_damaged_indexes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
