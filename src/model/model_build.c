/* From the nodes of a model's file to struct model. First the sources, then what the facts are, for
 * dimensions may be of them; the winners stand in the order of dimensions of other sources,
 * look-ups, dimensions of the facts. */
#include "model_build.h"
#include "model_questions.h"
#include "model_words.h"

#include <model_parse.h>

void *model_builder_alloc(struct model_builder *builder, size_t size)
{
    return memset(arena_alloc(builder->arena, size), 0, size);
}

const char *model_builder_text(struct model_builder *builder, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return arena_text(builder->arena, str_of(text));
}

/* ---- Parts of the file ----------------------------------------------------------------------- */

static enum status read_sources(struct model_builder *builder, const yaml_node_t *node)
{
    struct node_pair *pairs;
    size_t count;
    TRY(nodes_pairs(&builder->nodes, node, "sources by their names", MODEL_MAX_SOURCES, &pairs,
                    &count));
    for (size_t i = 0; i < count; i++)
        TRY(model_build_source(builder, &pairs[i]));
    return STATUS_OK;
}

/* One pass over the dimensions: over those of the facts, or over the others. */
static enum status read_dimensions(struct model_builder *builder, const struct node_pair *pairs,
                                   size_t count, bool of_facts)
{
    for (size_t i = 0; i < count; i++)
        TRY(model_build_dimension(builder, &pairs[i], &builder->parsed->tables[i], of_facts));
    return STATUS_OK;
}

static enum status read_tables(struct model_builder *builder, const yaml_node_t *dimensions,
                               const yaml_node_t *facts)
{
    /* The facts and the objects read need two tables, too. */
    enum { MOST = MODEL_MAX_TABLES - 2 };
    struct model *model = builder->model;
    struct model_facts_nodes nodes;
    struct node_pair *pairs = NULL;
    size_t count = 0;
    TRY(model_build_facts(builder, facts, &nodes));
    if (dimensions)
        TRY(nodes_pairs(&builder->nodes, dimensions, "dimensions by their names", MOST, &pairs,
                        &count));
    TRY(read_dimensions(builder, pairs, count, false));
    if (nodes.lookups)
        TRY(model_build_lookups(builder, nodes.lookups));
    TRY(read_dimensions(builder, pairs, count, true));
    TRY(model_build_facts_table(builder, &nodes, &builder->parsed->tables[count]));
    model->table_count = model->all_count = count + 1;
    return STATUS_OK;
}

/* ---- Words ----------------------------------------------------------------------------------- */

static const char *keep_words(struct model_builder *builder, struct buffer *words)
{
    const char *text = arena_text(builder->arena, buffer_str(words));
    buffer_reset(words);
    return text;
}

/* Of what no comment says otherwise. */
static void set_words(struct model_builder *builder, struct model_table *table)
{
    CLEANUP(buffer_release) struct buffer words = {0};
    struct model_column *columns = model_builder_columns(builder, table);
    for (size_t i = 0; i < table->column_count; i++)
        if (!columns[i].from) {
            model_words_column(builder->model, table, (int)i, &words);
            columns[i].from = keep_words(builder, &words);
        }
    model_words_rows(builder->model, table, &words);
    table->one_row_for = keep_words(builder, &words);
    model_words_winner(builder->model, table, &words);
    table->winner = keep_words(builder, &words);
}

/* ---- The file -------------------------------------------------------------------------------- */

enum { NAME, QUESTIONS, CHARTS, SOURCES, DIMENSIONS, FACTS, KEYS };
static const char *const root_keys[] = {"model",      "questions", "charts", "!sources",
                                        "dimensions", "!facts",    NULL};

/* A folder, or the questions themselves. */
static enum status read_questions(struct model_builder *builder, const yaml_node_t *questions,
                                  const yaml_node_t *charts)
{
    struct model *model = builder->model;
    if (questions && questions->type == YAML_MAPPING_NODE)
        TRY(model_build_questions(builder, questions, &model->questions, &model->question_count));
    else if (questions)
        TRY(nodes_line(&builder->nodes, questions, "a folder", &model->questions_folder));
    return charts ? model_build_questions(builder, charts, &model->charts, &model->chart_count)
                  : STATUS_OK;
}

static enum status read_root(struct model_builder *builder, const yaml_node_t *root)
{
    const yaml_node_t *values[KEYS];
    struct model *model = builder->model;
    const struct node_pair whole = {.key = root, .value = root};
    TRY(nodes_keys(&builder->nodes, &whole, "model", root_keys, values));
    if (!values[NAME])
        return nodes_wrong(&builder->nodes, root, "the model has no name; write 'model: NAME'");
    TRY(nodes_name(&builder->nodes, values[NAME], "the name of a model", &model->name));
    TRY(read_questions(builder, values[QUESTIONS], values[CHARTS]));
    TRY(read_sources(builder, values[SOURCES]));
    TRY(read_tables(builder, values[DIMENSIONS], values[FACTS]));
    TRY(model_build_check_use(builder));
    for (size_t i = 0; i < model->table_count; i++)
        set_words(builder, &builder->parsed->tables[i]);
    return model_build_state(builder);
}

static enum status parse(struct model_parsed *parsed, struct str text, const char *file,
                         struct error *error)
{
    struct model *model = &parsed->model;
    struct model_builder builder = {
        .nodes =
            {.text = text, .file = file, .noun = "model", .arena = &parsed->arena, .error = error},
        .arena = &parsed->arena,
        .parsed = parsed,
        .model = model,
        .error = error,
    };
    model->sources = parsed->sources;
    model->tables = parsed->tables;
    model->winners = parsed->winners;
    TRY(nodes_load(&builder.nodes));
    const yaml_node_t *root = yaml_document_get_root_node(&builder.nodes.document);
    enum status status =
        root ? read_root(&builder, root) : nodes_wrong(&builder.nodes, NULL, "the file is empty");
    nodes_release(&builder.nodes);
    return status;
}

enum status model_parse(struct str text, const char *file, struct model **out, struct error *error)
{
    struct model_parsed *parsed = mem_zalloc(sizeof *parsed);
    enum status status = parse(parsed, text, file, error);
    if (status != STATUS_OK)
        model_free(&parsed->model);
    else
        *out = &parsed->model;
    return status;
}

enum status model_load(const char *path, struct model **out, struct error *error)
{
    CLEANUP(buffer_release) struct buffer text = {0};
    struct model *model;
    TRY(file_read(path, MODEL_MAX_FILE_BYTES, "the model", &text, error));
    if (model_parse(buffer_str(&text), path, &model, error) != STATUS_OK)
        return error->hint[0] ? error->status
                              : error_hint(error, "docs/model-file.md says what a model may have; "
                                                  "'sparkify schema --print-model' prints one");
    enum status status = model_read_questions(model, path, error);
    if (status != STATUS_OK)
        model_free(model);
    else
        *out = model;
    return status;
}

void model_free(struct model *model)
{
    if (!model)
        return;
    struct model_parsed *parsed = (struct model_parsed *)model;
    arena_release(&parsed->arena);
    mem_free(parsed);
}
