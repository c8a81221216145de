/* A table for a terminal: columns side by side, as wide as their values, or as the terminal allows.
 *
 *      title                artist         plays
 *      ───────────────────  ─────────────  ─────
 *      You're The One       Dwight Yoakam     37
 *
 * Where the line is too short, the widest columns of text are shortened first ("…"); columns that
 * still do not fit are skipped and named below the table. Of a long result the first rows are
 * shown, and all are counted. */
#include "text_width.h"
#include "writer.h"

#define GAP       2 /* between columns */
#define MIN_WIDTH 8 /* minimal width of a column of text */
#define ELLIPSIS  STR("…")
#define RULE      STR("─")

struct table {
    struct arena cells;
    struct str *rows; /* count of them a row; null: NULL */
    size_t kept, cap;
    size_t *widths;
};

static void table_begin(struct query_writer *writer, struct buffer *out)
{
    (void)out;
    struct table *table = mem_zalloc(sizeof *table);
    table->widths = mem_zalloc((writer->count + 1) * sizeof *table->widths);
    writer->state = table;
}

static void table_free(struct query_writer *writer)
{
    struct table *table = writer->state;
    if (!table)
        return;
    arena_release(&table->cells);
    mem_free(table->rows);
    mem_free(table->widths);
    mem_free(table);
}

static struct str make_cell(struct query_writer *writer, const struct query_batch *batch,
                            size_t column, size_t row)
{
    CLEANUP(buffer_release) struct buffer harmless = {0};
    struct table *table = writer->state;
    buffer_reset(&writer->scratch);
    if (query_is_null(&batch->columns[column], row))
        return STR_NULL;
    query_append_value(&writer->scratch, writer->columns[column].type, &batch->columns[column],
                       row);
    text_append_printable(&harmless, buffer_str(&writer->scratch));
    return arena_copy(&table->cells, (struct str){buffer_text(&harmless), harmless.len});
}

static void table_add(struct query_writer *writer, const struct query_batch *batch,
                      struct buffer *out)
{
    struct table *table = writer->state;
    (void)out;
    for (size_t row = 0; row < batch->rows; row++) {
        if (writer->layout.max_rows && table->kept == writer->layout.max_rows)
            return;
        MEM_GROW(table->rows, (table->kept + 1) * writer->count, table->cap);
        for (size_t i = 0; i < writer->count; i++)
            table->rows[table->kept * writer->count + i] = make_cell(writer, batch, i, row);
        table->kept++;
    }
}

/* ---- Layout ---------------------------------------------------------------------------------- */

static struct str shown(struct str cell)
{
    return cell.data ? cell : STR("NULL");
}

static void measure(const struct query_writer *writer)
{
    struct table *table = writer->state;
    for (size_t i = 0; i < writer->count; i++) {
        size_t widest = text_width(writer->columns[i].name);
        for (size_t row = 0; row < table->kept; row++) {
            size_t width = text_width(shown(table->rows[row * writer->count + i]));
            widest = width > widest ? width : widest;
        }
        table->widths[i] = widest;
    }
}

static size_t line_width(const struct table *table, size_t columns)
{
    size_t width = 0;
    for (size_t i = 0; i < columns; i++)
        width += table->widths[i] + (i ? GAP : 0);
    return width;
}

/* The widest of the columns that may be cut, or SIZE_MAX. */
static size_t widest_text(const struct query_writer *writer, size_t columns)
{
    const struct table *table = writer->state;
    size_t widest = SIZE_MAX;
    for (size_t i = 0; i < columns; i++)
        if (!query_type_is_number(writer->columns[i].type) && table->widths[i] > MIN_WIDTH &&
            (widest == SIZE_MAX || table->widths[i] > table->widths[widest]))
            widest = i;
    return widest;
}

/* How many columns are shown; their widths fit then. */
static size_t fit(const struct query_writer *writer)
{
    struct table *table = writer->state;
    size_t columns = writer->count, widest;
    if (writer->layout.width == 0)
        return columns;
    while (line_width(table, columns) > writer->layout.width)
        if ((widest = widest_text(writer, columns)) != SIZE_MAX)
            table->widths[widest]--;
        else if (columns > 1)
            columns--;
        else
            break;
    return columns;
}

/* ---- Drawing --------------------------------------------------------------------------------- */

static void append_times(struct buffer *out, struct str text, size_t times)
{
    while (times--)
        buffer_append_str(out, text);
}

static void append_padded(struct buffer *out, struct str text, size_t width, bool at_right,
                          bool is_last)
{
    size_t own = text_width(text);
    bool is_cut = own > width;
    if (is_cut) {
        text = text_cut(text, width - 1);
        own = text_width(text) + 1;
    }
    if (at_right)
        append_times(out, STR(" "), width - own);
    buffer_append_str(out, text);
    if (is_cut)
        buffer_append_str(out, ELLIPSIS);
    if (!at_right && !is_last)
        append_times(out, STR(" "), width - own);
}

static void append_line(const struct query_writer *writer, size_t columns, const struct str *cells,
                        struct buffer *out)
{
    const struct table *table = writer->state;
    for (size_t i = 0; i < columns; i++) {
        struct str text = cells ? shown(cells[i]) : writer->columns[i].name;
        if (i)
            append_times(out, STR(" "), GAP);
        append_padded(out, text, table->widths[i], query_type_is_number(writer->columns[i].type),
                      i + 1 == columns);
    }
    buffer_append_char(out, '\n');
}

static void append_rules(const struct table *table, size_t columns, struct buffer *out)
{
    for (size_t i = 0; i < columns; i++) {
        if (i)
            append_times(out, STR(" "), GAP);
        append_times(out, RULE, table->widths[i]);
    }
    buffer_append_char(out, '\n');
}

static void append_skipped(const struct query_writer *writer, size_t columns, struct buffer *out)
{
    if (columns == writer->count)
        return;
    buffer_append_str(out, STR("not shown, for the width: "));
    for (size_t i = columns; i < writer->count; i++) {
        buffer_append_str(out, i > columns ? STR(", ") : STR(""));
        text_append_printable(out, writer->columns[i].name);
    }
    buffer_append_char(out, '\n');
}

static void table_end(struct query_writer *writer, struct buffer *out)
{
    const struct table *table = writer->state;
    measure(writer);
    size_t columns = fit(writer);
    append_line(writer, columns, NULL, out);
    append_rules(table, columns, out);
    for (size_t row = 0; row < table->kept; row++)
        append_line(writer, columns, &table->rows[row * writer->count], out);
    append_skipped(writer, columns, out);
    if (writer->rows > table->kept)
        buffer_appendf(out, "… the first %zu of %llu rows\n", table->kept,
                       (unsigned long long)writer->rows);
}

const struct query_writer_ops query_writer_table = {
    .begin = table_begin, .add = table_add, .end = table_end, .free = table_free};
