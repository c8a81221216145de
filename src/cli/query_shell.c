/* The interactive shell, on libedit: statements of several lines, a history file, completion by
 * Tab.
 *
 * A line is appended to those before it, and each statement that ends with a semicolon is run. A
 * line that begins with '.', where no statement has begun, is a command; the name of a question
 * alone runs the question. Ctrl-C drops the statement being typed, or cancels the one that runs. */
#include "query_shell.h"

#include <query_questions.h>

#include "messages.h"
#include "query_output.h"
#include "query_words.h"
#include "terminal.h"

#include <assert.h>
#include <ctype.h>
#include <histedit.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define HISTORY_LINES 1000

struct shell {
    struct query_settings *query;
    struct query_lake_open *lake;
    const struct query_questions *questions;
    struct query_words words;
    EditLine *edit;
    History *history;
    char history_path[PATH_MAX]; /* "": no history is kept */
    struct buffer text;          /* of the statement so far */
    bool is_done;
};

/* ---- Ctrl-C ---------------------------------------------------------------------------------- */

static atomic_bool stop;

static void request_stop(int signal_number)
{
    (void)signal_number;
    atomic_store(&stop, true);
}

const atomic_bool *query_shell_stop_flag(void)
{
    return &stop;
}

/* Not SA_RESTART: Ctrl-C also ends the read of a line. */
static void catch_interrupts(void)
{
    struct sigaction action = {.sa_handler = request_stop};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
}

/* ---- Editing --------------------------------------------------------------------------------- */

static struct shell *shell_of(EditLine *edit)
{
    void *shell = NULL;
    el_get(edit, EL_CLIENTDATA, &shell);
    return shell;
}

static char *prompt(EditLine *edit)
{
    static char first[] = "sparkify> ", next[] = "     ...> ";
    return shell_of(edit)->text.len ? next : first;
}

/* A '.' begins a command of the shell; names of questions have hyphens. */
static bool is_word_character(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '.' || c == '-';
}

static void print_words(const struct query_words *words, size_t first, size_t count)
{
    putchar('\n');
    for (size_t i = first; i < first + count; i++)
        printf("%.*s  ", STR_ARG(words->all[i]));
    putchar('\n');
}

static unsigned char complete(EditLine *edit, int key)
{
    const struct query_words *words = &shell_of(edit)->words;
    const LineInfo *line = el_line(edit);
    const char *begin = line->cursor;
    size_t first, count;
    (void)key;
    while (begin > line->buffer && is_word_character(begin[-1]))
        begin--;
    size_t typed = (size_t)(line->cursor - begin);
    query_words_find(words, (struct str){begin, typed}, &first, &count);
    size_t common = query_words_common(words, first, count);
    if (typed == 0 || count == 0)
        return CC_REFRESH_BEEP;
    if (count > 1 && common == typed) {
        print_words(words, first, count);
        return CC_REDISPLAY;
    }
    CLEANUP(mem_drop) char *text = str_dup((struct str){words->all[first].data, common});
    el_deletestr(edit, (int)typed);
    el_insertstr(edit, text);
    if (count == 1)
        el_insertstr(edit, " ");
    return CC_REFRESH;
}

/* The history file is below $XDG_STATE_HOME or ~/.local/state, readable by the user alone. */
static void find_history(struct shell *shell)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    char folder[PATH_MAX - 32];
    int len = state && state[0] == '/' ? snprintf(folder, sizeof folder, "%s/sparkify", state)
              : home && home[0] == '/'
                  ? snprintf(folder, sizeof folder, "%s/.local/state/sparkify", home)
                  : 0;
    if (len <= 0 || (size_t)len >= sizeof folder)
        return;
    for (char *slash = strchr(folder + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(folder, 0700);
        *slash = '/';
    }
    mkdir(folder, 0700);
    snprintf(shell->history_path, sizeof shell->history_path, "%s/query_history", folder);
}

static enum status shell_open(struct shell *shell, struct error *error)
{
    HistEvent event;
    setlocale(LC_CTYPE, "");
    shell->edit = el_init("sparkify", stdin, stdout, stderr);
    shell->history = history_init();
    if (!shell->edit || !shell->history)
        return error_set(error, STATUS_FAILED, "the shell cannot use this terminal");
    history(shell->history, &event, H_SETSIZE, HISTORY_LINES);
    history(shell->history, &event, H_SETUNIQUE, 1);
    find_history(shell);
    if (shell->history_path[0])
        history(shell->history, &event, H_LOAD, shell->history_path);
    el_set(shell->edit, EL_CLIENTDATA, shell);
    el_set(shell->edit, EL_PROMPT, prompt);
    el_set(shell->edit, EL_EDITOR, "emacs");
    el_set(shell->edit, EL_SIGNAL, 0);
    el_set(shell->edit, EL_HIST, history, shell->history);
    el_set(shell->edit, EL_ADDFN, "sparkify-complete", "Complete a name", complete);
    el_set(shell->edit, EL_BIND, "^I", "sparkify-complete", NULL);
    el_set(shell->edit, EL_BIND, "^R", "em-inc-search-prev", NULL);
    /* The terminal sends this for a Ctrl-D typed while a statement runs. */
    el_set(shell->edit, EL_BIND, "^@", "em-delete-or-list", NULL);
    el_source(shell->edit, NULL);
    query_words_init(&shell->words, shell->lake->snapshot.model, shell->questions);
    catch_interrupts();
    return STATUS_OK;
}

static void shell_close(struct shell *shell)
{
    HistEvent event;
    if (shell->history && shell->history_path[0]) {
        mode_t mask = umask(077);
        history(shell->history, &event, H_SAVE, shell->history_path);
        umask(mask);
    }
    if (shell->history)
        history_end(shell->history);
    if (shell->edit)
        el_end(shell->edit);
    query_words_release(&shell->words);
    buffer_release(&shell->text);
}

/* ---- Running --------------------------------------------------------------------------------- */

static void run_sql(struct shell *shell, struct str sql)
{
    struct error error;
    CLEANUP(query_output_release) struct query_output output = {0};
    enum status status = query_output_open(&output, shell->query, &error);
    if (status == STATUS_OK)
        status = query_output_run(&output, shell->lake, sql, &error);
    if (status == STATUS_OK)
        status = query_output_finish(&output, &error);
    fflush(stdout);
    if (status != STATUS_OK)
        messages_error(&error, "");
    atomic_store(&stop, false);
}

static void run_question(struct shell *shell, const struct query_question *question)
{
    CLEANUP(buffer_release) struct buffer sql = {0};
    struct error error;
    if (query_questions_check(shell->lake, shell->query, question, &error) != STATUS_OK) {
        messages_error(&error, "");
        return;
    }
    query_question_append(question, question->limit, &sql);
    run_sql(shell, buffer_str(&sql));
}

/* ---- Commands -------------------------------------------------------------------------------- */

static void print_tables(const struct shell *shell)
{
    const struct model *model = shell->lake->snapshot.model;
    for (size_t table = 0; table < model->table_count; table++)
        printf("%-10s %12llu rows\n", model->tables[table].name,
               (unsigned long long)shell->lake->snapshot.tables[table].rows);
}

static void print_schema(const struct model *model, const char *name)
{
    int wanted = query_find_table(model, name);
    for (int i = 0; i < (int)model->table_count; i++) {
        const struct model_table *table = &model->tables[i];
        if (name[0] && i != wanted)
            continue;
        printf("%s\n", table->name);
        for (size_t j = 0; j < table->column_count; j++)
            printf("    %-12s %s\n", table->columns[j].name,
                   model_type_name(table->columns[j].type));
    }
    if (name[0] && wanted < 0)
        printf("there is no table %s; .tables lists them\n", name);
}

static void print_questions(const struct shell *shell)
{
    for (size_t i = 0; i < shell->questions->count; i++)
        printf("%-22.*s %.*s\n", STR_ARG(shell->questions->all[i].name),
               STR_ARG(shell->questions->all[i].summary));
}

static void set_format(struct shell *shell, const char *name)
{
    static const char *const names[] = {
#define X(id, name) [id] = name,
        QUERY_FORMATS(X)
#undef X
    };
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        if (strcmp(name, names[i]) == 0 && !query_format_is_binary((enum query_format)i)) {
            shell->query->format = (int)i;
            return;
        }
    puts("formats here: table, csv, json, jsonl, markdown");
}

static void print_help(void)
{
    puts("SELECT …;           runs SQL; a semicolon ends it\n"
         "top-songs           runs a question by its name\n"
         ".questions          lists them\n"
         ".tables             the tables, and how many rows they have\n"
         ".schema [TABLE]     their columns\n"
         ".format NAME        table, csv, json, jsonl or markdown\n"
         ".quit               ends the shell, as Ctrl-D does");
}

/* `line` is a command and what follows it. */
static void run_command(struct shell *shell, char *line)
{
    char *rest = line + strcspn(line, " \t");
    if (*rest)
        *rest++ = '\0';
    rest += strspn(rest, " \t");
    if (strcmp(line, ".tables") == 0)
        print_tables(shell);
    else if (strcmp(line, ".schema") == 0)
        print_schema(shell->lake->snapshot.model, rest);
    else if (strcmp(line, ".questions") == 0)
        print_questions(shell);
    else if (strcmp(line, ".format") == 0)
        set_format(shell, rest);
    else if (strcmp(line, ".help") == 0)
        print_help();
    else if (strcmp(line, ".quit") == 0 || strcmp(line, ".exit") == 0)
        shell->is_done = true;
    else
        printf("there is no command %s; .help lists the commands\n", line);
}

/* ---- Lines ----------------------------------------------------------------------------------- */

/* Runs a line that is a command, a question, or the end of the shell; false where it is SQL. */
static bool run_alone(struct shell *shell, const char *line)
{
    CLEANUP(buffer_release) struct buffer copy = {0};
    buffer_append_str(&copy, str_of(line));
    while (copy.len && strchr(" \t\n;", copy.data[copy.len - 1]))
        copy.len--;
    char *text = (char *)(uintptr_t)buffer_text(&copy);
    const struct query_question *question =
        query_question_find(shell->questions, buffer_str(&copy));
    if (text[0] == '.')
        run_command(shell, text);
    else if (question)
        run_question(shell, question);
    else if (strcmp(text, "quit") == 0 || strcmp(text, "exit") == 0)
        shell->is_done = true;
    else
        return false;
    return true;
}

static void remember(struct shell *shell, struct str statement)
{
    HistEvent event;
    CLEANUP(buffer_release) struct buffer line = {0};
    assert(statement.data);
    for (size_t i = 0; i < statement.len; i++)
        buffer_append_char(&line, statement.data[i] == '\n' ? ' ' : statement.data[i]);
    history(shell->history, &event, H_ENTER, buffer_text(&line));
}

static void say_begin(const struct query_lake_open *lake)
{
    CLEANUP(buffer_release) struct buffer text = {0}, lines = {0};
    buffer_appendf(&text, "version %lld of %s; .help lists the commands",
                   (long long)lake->snapshot.version, store_address(lake->store));
    terminal_wrap(&lines, buffer_text(&text), terminal_columns_of(STDOUT_FILENO), 0, 0);
    puts(buffer_text(&lines));
}

/* Runs the complete statements of the text, and keeps the rest. */
static void run_complete(struct shell *shell)
{
    struct str rest = buffer_str(&shell->text), before = rest, statement;
    bool is_complete;
    while (query_next_statement(&rest, &statement, &is_complete) && is_complete) {
        remember(shell, (struct str){before.data, (size_t)(rest.data - before.data)});
        run_sql(shell, statement);
        before = rest;
    }
    CLEANUP(buffer_release) struct buffer left = {0};
    struct str copy = before;
    if (query_next_statement(&copy, &statement, &is_complete))
        buffer_append_str(&left, before);
    buffer_set(&shell->text, buffer_str(&left));
}

static void run_line(struct shell *shell, const char *line)
{
    if (shell->text.len == 0 && run_alone(shell, line)) {
        remember(shell, (struct str){line, strcspn(line, "\n")});
        return;
    }
    buffer_append_str(&shell->text, str_of(line));
    run_complete(shell);
}

enum status query_shell_run(struct query_settings *query, struct query_lake_open *lake,
                            const struct query_questions *questions, struct error *error)
{
    CLEANUP(shell_close)
    struct shell shell = {.query = query, .lake = lake, .questions = questions};
    int count;
    TRY(shell_open(&shell, error));
    say_begin(lake);
    while (!shell.is_done) {
        const char *line = el_gets(shell.edit, &count);
        if (atomic_exchange(&stop, false)) {
            putchar('\n');
            buffer_reset(&shell.text);
            el_reset(shell.edit);
            continue;
        }
        if (!line || count <= 0)
            break;
        run_line(&shell, line);
    }
    putchar('\n');
    return STATUS_OK;
}
