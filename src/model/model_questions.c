/* A model's questions and charts: files of SQL in a folder beside the model's file, or texts in the
 * file itself, as a lake remembers them. */
#include "model_questions.h"

#include <dirent.h>
#include <errno.h>
#include <model_parse.h>
#include <stdlib.h>

#define MAX_QUESTIONS 200                 /* and as many charts */
#define MAX_SQL_BYTES ((size_t)256 << 10) /* of all: a model's file has a limit, too */

/* Names are printed, and are the names of files. */
static bool is_question_name(struct str name)
{
    return name.len > 0 && name.len <= MODEL_MAX_NAME_BYTES && !strchr("-.", name.data[0]) &&
           str_consists_of(name, ASCII_LETTERS ASCII_DIGITS "_-.");
}

/* Text in UTF-8 without control characters but tabs and ends of lines. */
static bool is_question_text(struct str sql)
{
    for (size_t i = 0; i < sql.len; i++) {
        unsigned char c = (unsigned char)sql.data[i];
        if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F)
            return false;
    }
    return sql.len > 0 && utf8_valid_prefix(sql.data, sql.len) == sql.len;
}

/* ---- Files ----------------------------------------------------------------------------------- */

static enum status add_file(const char *folder, struct str name, struct arena *arena,
                            struct model_text *out, struct error *error)
{
    CLEANUP(buffer_release) struct buffer path = {0}, sql = {0};
    struct str stem = {name.data, name.len - 4};
    buffer_appendf(&path, "%s/%.*s", folder, STR_ARG(name));
    if (!is_question_name(stem)) {
        error_set(error, STATUS_USAGE, "%s cannot be the file of a question", buffer_text(&path));
        return error_hint(error,
                          "its name has letters, digits, '_', '-' and '.', and at most %d "
                          "of them",
                          MODEL_MAX_NAME_BYTES);
    }
    TRY(file_read(buffer_text(&path), MAX_SQL_BYTES, "the question", &sql, error));
    if (sql.len > MAX_SQL_BYTES)
        return error_set(error, STATUS_USAGE, "the question %s is longer than 256 KiB",
                         buffer_text(&path));
    if (!is_question_text(buffer_str(&sql)))
        return error_set(error, STATUS_USAGE, "the question %s is empty, or not text in UTF-8",
                         buffer_text(&path));
    *out = (struct model_text){arena_copy(arena, stem), arena_copy(arena, buffer_str(&sql))};
    return STATUS_OK;
}

static int compare_texts(const void *a, const void *b)
{
    const struct model_text *left = a, *right = b;
    return str_compare(left->name, right->name);
}

/* Reads the *.sql files of a folder that is open. */
static enum status read_files(DIR *dir, const char *folder, struct model_parsed *parsed,
                              const struct model_text **out, size_t *out_count, struct error *error)
{
    struct model_text *texts = arena_alloc(&parsed->arena, MAX_QUESTIONS * sizeof *texts);
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        struct str name = str_of(entry->d_name);
        if (name.data[0] == '.' || !str_ends_with(name, STR(".sql")))
            continue;
        if (count == MAX_QUESTIONS)
            return error_set(error, STATUS_USAGE, "%s has more than %d questions", folder,
                             MAX_QUESTIONS);
        TRY(add_file(folder, name, &parsed->arena, &texts[count++], error));
    }
    if (count)
        qsort(texts, count, sizeof *texts, compare_texts);
    *out = texts;
    *out_count = count;
    return STATUS_OK;
}

/* A folder that no model names need not be there. */
static enum status read_folder(const char *folder, bool is_named, struct model_parsed *parsed,
                               const struct model_text **out, size_t *out_count,
                               struct error *error)
{
    DIR *dir = opendir(folder);
    if (!dir && errno == ENOENT && !is_named)
        return STATUS_OK;
    if (!dir)
        return error_set_errno(error, errno, "cannot read the folder of questions %s", folder);
    enum status status = read_files(dir, folder, parsed, out, out_count, error);
    closedir(dir);
    return status;
}

static size_t bytes_of(const struct model_text *texts, size_t count)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += texts[i].sql.len;
    return bytes;
}

enum status model_read_questions(struct model *model, const char *file, struct error *error)
{
    struct model_parsed *parsed = (struct model_parsed *)model;
    CLEANUP(buffer_release) struct buffer folder = {0};
    const char *name = model->questions_folder, *slash = strrchr(file, '/');
    if (model->question_count || model->chart_count) /* they are in the file */
        return STATUS_OK;
    if (slash && !(name && name[0] == '/'))
        buffer_append(&folder, file, (size_t)(slash - file) + 1);
    buffer_append_str(&folder, str_of(name ? name : "questions"));
    TRY(read_folder(buffer_text(&folder), name != NULL, parsed, &model->questions,
                    &model->question_count, error));
    buffer_append_str(&folder, STR("/report"));
    TRY(read_folder(buffer_text(&folder), false, parsed, &model->charts, &model->chart_count,
                    error));
    if (bytes_of(model->questions, model->question_count) +
            bytes_of(model->charts, model->chart_count) >
        MAX_SQL_BYTES)
        return error_set(error, STATUS_USAGE,
                         "the questions of the model %s have more than 256 KiB", file);
    return STATUS_OK;
}

/* ---- Texts in the model's file --------------------------------------------------------------- */

enum status model_build_questions(struct model_builder *builder, const yaml_node_t *node,
                                  const struct model_text **out, size_t *out_count)
{
    struct node_pair *pairs;
    size_t count;
    TRY(nodes_pairs(&builder->nodes, node, "SQL by the names of questions", MAX_QUESTIONS, &pairs,
                    &count));
    struct model_text *texts = model_builder_alloc(builder, count * sizeof *texts);
    for (size_t i = 0; i < count; i++) {
        const char *sql;
        TRY(nodes_long_text(&builder->nodes, pairs[i].value, "SQL", &sql));
        texts[i] = (struct model_text){str_of(pairs[i].name), str_of(sql)};
        if (!is_question_name(texts[i].name))
            return nodes_wrong(&builder->nodes, pairs[i].key,
                               "'%s' cannot be the name of a question", pairs[i].name);
        if (!is_question_text(texts[i].sql))
            return nodes_wrong(&builder->nodes, pairs[i].value,
                               "the question '%s' has control characters", pairs[i].name);
    }
    qsort(texts, count, sizeof *texts, compare_texts);
    *out = texts;
    *out_count = count;
    return STATUS_OK;
}
