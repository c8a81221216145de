/* Numbers of what the built-in model has, by names; for fuzz targets, too. */
#ifndef SPARKIFY_TEST_BUILTIN_H
#define SPARKIFY_TEST_BUILTIN_H

#include <model.h>

#include <stdio.h>
#include <stdlib.h>

static inline int builtin_found(int number, const char *name)
{
    if (number < 0) {
        fprintf(stderr, "the built-in model has no '%s'\n", name);
        abort();
    }
    return number;
}

/* A table of readers by its name, one of the state by its folder: "state/users". */
static inline int table_of(const char *name)
{
    const struct model *model = model_builtin();
    int found = model_find_table(model, name);
    for (size_t i = model->table_count; i < model->all_count; i++)
        if (strcmp(model->tables[i].folder + strlen("_sparkify/"), name) == 0)
            found = (int)i;
    return builtin_found(found, name);
}

static inline const struct model_table *builtin_table(const char *name)
{
    return &model_builtin()->tables[table_of(name)];
}

static inline int column_of(const char *table, const char *name)
{
    const struct model_table *of = builtin_table(table);
    int found = -1;
    for (size_t i = 0; i < of->column_count; i++)
        if (strcmp(of->columns[i].name, name) == 0)
            found = (int)i;
    return builtin_found(found, name);
}

static inline int source_of(const char *name)
{
    const struct model *model = model_builtin();
    int found = -1;
    for (size_t i = 0; i < model->source_count; i++)
        if (strcmp(model->sources[i].name, name) == 0)
            found = (int)i;
    return builtin_found(found, name);
}

static inline const struct model_source *builtin_source(const char *name)
{
    return &model_builtin()->sources[source_of(name)];
}

static inline int field_of(const char *source, const char *name)
{
    return builtin_found(model_find_field(builtin_source(source), str_of(name)), name);
}

#endif
