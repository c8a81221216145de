/* plain_files: folders with their parents; files that replace nothing. */
#include "plain_files.h"
#include "scratch_folder.h"

#include <fcntl.h>
#include <unistd.h>

static void read_back(const char *path, char text[static 64])
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, 63, file)] = '\0';
    fclose(file);
}

static void folders_are_made_with_their_parents(void **state)
{
    (void)state;
    char root[256];
    scratch_folder(root);
    CLEANUP(buffer_release) struct buffer path = {0};
    struct error error;
    buffer_appendf(&path, "%s/a//b/c/", root);
    ASSERT_OK(folder_make(buffer_text(&path), &error), error);
    ASSERT_OK(folder_make(buffer_text(&path), &error), error);
    assert_int_equal(access(buffer_text(&path), F_OK), 0);
    scratch_folder_release(root);
}

static void a_file_in_the_way_is_an_error(void **state)
{
    (void)state;
    char root[256];
    scratch_folder(root);
    CLEANUP(buffer_release) struct buffer path = {0};
    struct error error;
    buffer_appendf(&path, "%s/file", root);
    fclose(fopen(buffer_text(&path), "w"));
    buffer_appendf(&path, "/a");
    assert_int_equal(folder_make(buffer_text(&path), &error), STATUS_NOT_A_FOLDER);
    assert_non_null(strstr(error.message, buffer_text(&path)));
    scratch_folder_release(root);
}

static void files_replace_nothing(void **state)
{
    (void)state;
    char root[256], text[64];
    scratch_folder(root);
    CLEANUP(buffer_release) struct buffer path = {0};
    struct new_file CLEANUP(new_file_release) file = {0}, again = {0};
    struct error error;
    buffer_appendf(&path, "%s/a", root);
    ASSERT_OK(new_file_begin(&file, buffer_text(&path), &error), error);
    ASSERT_OK(new_file_write(&file, STR("one "), &error), error);
    ASSERT_OK(new_file_write(&file, STR(""), &error), error);
    ASSERT_OK(new_file_write(&file, STR("two"), &error), error);
    ASSERT_OK(new_file_finish(&file, &error), error);
    assert_int_equal(new_file_begin(&again, buffer_text(&path), &error), STATUS_EXISTS);
    read_back(buffer_text(&path), text);
    assert_string_equal(text, "one two");
    scratch_folder_release(root);
}

static void a_full_disk_is_an_error(void **state)
{
    (void)state;
    struct new_file CLEANUP(new_file_release) file = {.path = "/dev/full"};
    struct error error;
    file.fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    file.open = true;
    assert_int_equal(new_file_write(&file, STR("x"), &error), STATUS_NO_SPACE);
    assert_non_null(strstr(error.message, "/dev/full"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folders_are_made_with_their_parents),
        cmocka_unit_test(a_file_in_the_way_is_an_error),
        cmocka_unit_test(files_replace_nothing),
        cmocka_unit_test(a_full_disk_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
