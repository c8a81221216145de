/* Questions: a user's own, those of the model, and those bundled in the program. */
#include <query.h>

#include <dirent.h>
#include <errno.h>
#include <question_texts.h>
#include <stdlib.h>

/* ---- Parsing a file -------------------------------------------------------------------------- */

/* The text of a comment line; null when the line is no comment. */
static struct str comment_text(struct str line)
{
    line = str_trim(line);
    if (!str_starts_with(line, STR("--")))
        return STR_NULL;
    return str_trim((struct str){line.data + 2, line.len - 2});
}

/* Parses "-- limit: 10"; 0 when the line is another. */
static uint64_t limit_of(struct str comment)
{
    static const struct str word = STR("limit:");
    uint64_t limit = 0;
    if (!str_starts_with(comment, word))
        return 0;
    struct str digits = str_trim((struct str){comment.data + word.len, comment.len - word.len});
    for (size_t i = 0; i < digits.len && i < 18; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9')
            return 0;
        limit = limit * 10 + (uint64_t)(digits.data[i] - '0');
    }
    return limit;
}

static struct str first_sentence(struct str comment)
{
    const char *end = memmem(comment.data, comment.len, ". ", 2);
    return end ? (struct str){comment.data, (size_t)(end - comment.data) + 1} : comment;
}

struct query_question query_question_of(struct str name, struct str sql)
{
    struct query_question question = {.name = name, .summary = STR(""), .sql = str_trim(sql)};
    bool has_summary = false;
    for (struct str rest = question.sql, line; rest.len;) {
        line = comment_text(str_consume_line(&rest));
        if (!line.data)
            break; /* the comment at the head has ended */
        if (!has_summary)
            question.summary = first_sentence(line);
        else if (limit_of(line))
            question.limit = limit_of(line);
        has_summary = true;
    }
    return question;
}

static void add_question(struct query_questions *questions, struct str name, struct str sql)
{
    struct query_question question = query_question_of(str_of(arena_text(&questions->arena, name)),
                                                       arena_copy(&questions->arena, sql));
    *MEM_ADD(questions->all, questions->count, questions->cap) = question;
}

/* ---- Questions of a folder ------------------------------------------------------------------- */

static enum status read_folder(const char *folder, struct query_questions *out, struct error *error)
{
    DIR *dir = opendir(folder);
    enum status status = STATUS_OK;
    if (!dir)
        return error_set_errno(error, errno, "cannot read the folder of questions %s", folder);
    for (struct dirent *entry; status == STATUS_OK && (entry = readdir(dir)) != NULL;) {
        CLEANUP(buffer_release) struct buffer path = {0}, sql = {0};
        struct str name = str_of(entry->d_name);
        if (name.data[0] == '.' || !str_ends_with(name, STR(".sql")))
            continue;
        buffer_appendf(&path, "%s/%s", folder, entry->d_name);
        status = file_read(buffer_text(&path), SIZE_MAX, "the question", &sql, error);
        if (status == STATUS_OK)
            add_question(out, (struct str){name.data, name.len - 4}, buffer_str(&sql));
    }
    closedir(dir);
    return status;
}

/* ---- All questions --------------------------------------------------------------------------- */

static int compare_questions(const void *a, const void *b)
{
    const struct query_question *left = a, *right = b;
    return str_compare(left->name, right->name);
}

static void add_unless_there(struct query_questions *questions, struct str name, struct str sql)
{
    if (!query_question_find(questions, name))
        add_question(questions, name, sql);
}

static void add_all(struct query_questions *questions, const struct model *model)
{
    size_t own = questions->count;
    bool has_bundled = model_includes(model, model_builtin());
    for (size_t i = 0; i < model->question_count; i++)
        add_unless_there(questions, model->questions[i].name, model->questions[i].sql);
    for (size_t i = own; i < questions->count; i++)
        questions->all[i].is_of_model = true;
    for (size_t i = 0; has_bundled && question_texts[i].name; i++)
        add_unless_there(questions, str_of(question_texts[i].name), str_of(question_texts[i].text));
    if (questions->count)
        qsort(questions->all, questions->count, sizeof *questions->all, compare_questions);
}

enum status query_questions_read(const struct model *model, const char *folder,
                                 struct query_questions *out, struct error *error)
{
    struct query_questions questions = {0};
    enum status status = folder ? read_folder(folder, &questions, error) : STATUS_OK;
    if (status != STATUS_OK) {
        query_questions_release(&questions);
        return status;
    }
    add_all(&questions, model);
    *out = questions;
    return STATUS_OK;
}

void query_questions_release(struct query_questions *questions)
{
    mem_free(questions->all);
    arena_release(&questions->arena);
    *questions = (struct query_questions){0};
}

const struct query_question *query_question_find(const struct query_questions *questions,
                                                 struct str name)
{
    for (size_t i = 0; i < questions->count; i++)
        if (str_equal(questions->all[i].name, name))
            return &questions->all[i];
    return NULL;
}

void query_question_append(const struct query_question *question, uint64_t limit,
                           struct buffer *out)
{
    buffer_append_str(out, question->sql);
    if (limit)
        buffer_appendf(out, "\nLIMIT %llu", (unsigned long long)limit);
}
