/* The text is made of parts. In a narrow terminal the least important parts are dropped first, then
 * the bar becomes shorter, and at last the first part is cut. */
#include "progress_line.h"

#include <number_text.h>
#include <text_width.h>

#define MAX_PARTS  4
#define PART_TEXT  160
#define BAR_WIDTH  24
#define BAR_SHORT  8
#define BAR_AROUND 3 /* brackets and a space */

struct state {
    double share; /* of the phase that is done */
    struct part {
        char text[PART_TEXT];
        unsigned weight; /* the lowest is dropped first; 0: dropped */
    } parts[MAX_PARTS];
    size_t count;
};

static void add_part(struct state *state, unsigned weight, const char *format, ...) PRINTF(3, 4);
static void add_part(struct state *state, unsigned weight, const char *format, ...)
{
    struct part *part = &state->parts[state->count++];
    va_list args;
    va_start(args, format);
    vsnprintf(part->text, sizeof part->text, format, args);
    va_end(args);
    part->weight = weight;
}

/* ---- The parts of the text ------------------------------------------------------------------- */

/* On a cluster. */
static void describe_step(const struct run_progress *run, const char *step, struct state *state)
{
    uint64_t tasks = atomic_load(&run->tasks_total), tasks_done = atomic_load(&run->tasks_done);
    state->share = tasks ? (double)tasks_done / (double)tasks : 0;
    add_part(state, 4, "%s: %s of %s", step, number_count(tasks_done).text,
             number_of(tasks, "task", "tasks").text);
    add_part(state, 1, "%s read", number_bytes((double)atomic_load(&run->bytes_done)).text);
    if (tasks > tasks_done && atomic_load(&run->tasks_running) == 0)
        add_part(state, 2, "waiting for the cluster's cores");
}

static void describe_reading(const struct run_progress *run, double elapsed_s, struct state *state)
{
    uint64_t done = atomic_load(&run->bytes_done), all = atomic_load(&run->bytes_total);
    double share = all ? (double)done / (double)all : 0;
    state->share = share;
    add_part(state, 4, "%s of %s", number_bytes((double)done).text, number_bytes((double)all).text);
    add_part(state, 1, "%s", number_of(atomic_load(&run->records_done), "record", "records").text);
    add_part(state, 2, "%s/s", number_bytes(elapsed_s > 0 ? (double)done / elapsed_s : 0).text);
    if (share > 0.01 && elapsed_s > 1)
        add_part(state, 3, "%s left", number_seconds(elapsed_s * (1 - share) / share).text);
}

static const struct model *model_of(const struct run_progress *run)
{
    const struct model *model = atomic_load(&run->model);
    return model ? model : model_builtin();
}

/* "song ", where the partitions that are counted are of one table of winners; else "". */
static void append_noun(const struct model *model, struct buffer *out)
{
    const struct model_table *found = NULL;
    for (size_t i = 0; i < model->table_count; i++) {
        const struct model_table *table = &model->tables[i];
        if (table->rows != ROWS_WINNERS || table->partition_count == 0)
            continue;
        if (found)
            return;
        found = table;
    }
    if (found)
        buffer_appendf(out, "%s ", model->sources[found->rule->source].noun);
}

static void describe_writing(const struct run_progress *run, struct state *state)
{
    CLEANUP(buffer_release) struct buffer noun = {0};
    uint64_t all = atomic_load(&run->files_total), files = atomic_load(&run->files_done);
    state->share = all ? (double)files / (double)all : 0;
    add_part(state, 4, "writing tables");
    if (all == 0)
        return;
    append_noun(model_of(run), &noun);
    add_part(state, 1, "%s of %s %s%s", number_count(files).text, number_count(all).text,
             buffer_text(&noun), plural(all, "partition", "partitions"));
}

static void describe(const struct run_progress *run, double elapsed_s, struct state *state)
{
    enum run_phase phase = (enum run_phase)atomic_load(&run->phase);
    const char *step = atomic_load(&run->step);
    *state = (struct state){0};
    if (phase == PHASE_COMMIT) {
        state->share = 1;
        add_part(state, 4, "committing");
    } else if (step) {
        describe_step(run, step, state);
    } else if (phase == PHASE_LIST) {
        add_part(state, 4, "listing files");
    } else if (phase == PHASE_WRITE) {
        describe_writing(run, state);
    } else {
        describe_reading(run, elapsed_s, state);
    }
}

/* ---- Fitting into the width ------------------------------------------------------------------ */

static unsigned parts_width(const struct state *state)
{
    size_t width = 0;
    for (size_t i = 0; i < state->count; i++)
        if (state->parts[i].weight)
            width += text_width(str_of(state->parts[i].text)) + (width ? 2 : 0);
    return (unsigned)width;
}

/* Drops the part of lowest weight; false where only the first is left. */
static bool drop_least(struct state *state)
{
    struct part *least = NULL;
    for (size_t i = 1; i < state->count; i++)
        if (state->parts[i].weight && (!least || state->parts[i].weight < least->weight))
            least = &state->parts[i];
    if (least)
        least->weight = 0;
    return least;
}

static void join(const struct state *state, unsigned most, struct buffer *out)
{
    CLEANUP(buffer_release) struct buffer line = {0};
    for (size_t i = 0; i < state->count; i++)
        if (state->parts[i].weight)
            buffer_appendf(&line, "%s%s", line.len ? ", " : "", state->parts[i].text);
    buffer_append_str(out, text_cut(buffer_str(&line), most));
}

const char *progress_line_phase(const struct run_progress *run)
{
    return run_phase_title(model_of(run), (enum run_phase)atomic_load(&run->phase));
}

void progress_line_describe(const struct run_progress *run, double elapsed_s, struct buffer *out)
{
    struct state state;
    describe(run, elapsed_s, &state);
    join(&state, UINT32_MAX, out);
}

void progress_line_draw(const struct run_progress *run, double elapsed_s, unsigned columns,
                        struct buffer *out)
{
    struct state state;
    unsigned most = columns ? columns - 1 : 0; /* in the last column some terminals wrap */
    unsigned bar = columns / 5 < BAR_WIDTH
                       ? columns / 5
                       : BAR_WIDTH; /* does not depend on the text, so that its width is steady */
    describe(run, elapsed_s, &state);
    while (parts_width(&state) + BAR_AROUND + bar > most && drop_least(&state))
        continue;
    if (bar < BAR_SHORT || parts_width(&state) + BAR_AROUND + bar > most)
        bar = 0;
    unsigned filled = (unsigned)(state.share * bar);
    if (bar) {
        buffer_append_char(out, '[');
        for (unsigned i = 0; i < bar; i++)
            buffer_append_char(out, i < filled ? '#' : '.');
        buffer_append_str(out, STR("] "));
    }
    join(&state, bar ? most - bar - BAR_AROUND : most, out);
}
