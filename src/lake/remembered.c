#include "remembered.h"

#include "gate.h"
#include "names.h"

#include <model_parse.h>

/* ---- Reading --------------------------------------------------------------------------------- */

enum status lake_read_model(struct store *store, const struct store_listing *listed, struct str key,
                            struct buffer *text, struct model **out, struct error *error)
{
    CLEANUP(buffer_release) struct buffer expected = {0};
    const char *address = store_address(store);
    const struct store_object *object = store_listing_find(listed, key);
    struct model *model = NULL;
    struct error wrong;
    if (!object)
        return decision_damaged(address, key, error, "it is not there, and a decision names it");
    TRY(store_get(store, object, 0, MODEL_MAX_FILE_BYTES, text, error));
    if (model_parse(buffer_str(text), "it", &model, &wrong) != STATUS_OK)
        return decision_damaged(address, key, error, "%s", wrong.message);
    lake_model_key(&expected, model);
    if (!str_equal(buffer_str(&expected), key)) {
        model_free(model);
        return decision_damaged(address, key, error, "its bytes are not those that were written");
    }
    *out = model;
    return STATUS_OK;
}

/* ---- Choosing -------------------------------------------------------------------------------- */

static bool is_same_model(const struct model *a, const struct model *b)
{
    return a == b || model_hash(a) == model_hash(b);
}

static enum status refuse(const struct lake *lake, const struct model *remembered, const char *why,
                          struct error *error)
{
    error_set(error, STATUS_FAILED, "the lake %s is of the model '%s', and this one differs: %s",
              store_address(lake->store), remembered->name, why);
    return error_hint(error, "what can come to the tables of a lake is columns that may be null; "
                             "for any other model, use another --output, or --rebuild, which "
                             "replaces all tables by those of the new model");
}

/* The columns that the table has and the older one has not. */
static uint64_t gained_columns(const struct model_table *table, const struct model_table *old)
{
    uint64_t gained = 0;
    for (size_t i = 0; i < table->column_count; i++)
        if (!model_column_named(old, table->columns[i].name))
            gained |= UINT64_C(1) << i;
    return gained;
}

/* Marks the tables that get columns. */
static enum status use_given(struct lake *lake, const struct model *remembered, struct error *error)
{
    CLEANUP(buffer_release) struct buffer why = {0};
    const struct model *given = lake->options.model;
    lake->model = given;
    if (is_same_model(given, remembered))
        return STATUS_OK;
    if (!model_extends(given, remembered, &why))
        return refuse(lake, remembered, buffer_text(&why), error);
    for (size_t i = 0; i < given->all_count; i++) {
        lake->tables[i].gained = gained_columns(&given->tables[i], &remembered->tables[i]);
        lake->tables[i].is_extended = lake->tables[i].gained != 0;
    }
    return STATUS_OK;
}

/* Whether all tables are to be replaced by those of the options' model. */
static bool is_replaced(const struct lake *lake, const struct model *remembered)
{
    CLEANUP(buffer_release) struct buffer why = {0};
    const struct model *given = lake->options.model;
    return lake->options.is_rebuild && !is_same_model(given, remembered) &&
           !model_extends(given, remembered, &why);
}

enum status lake_choose_model(struct lake *lake, struct str key, struct error *error)
{
    struct model *own = NULL;
    buffer_reset(&lake->remembered);
    for (int table = 0; table < MODEL_MAX_TABLES; table++) {
        lake->tables[table].is_extended = false;
        lake->tables[table].gained = 0;
    }
    if (key.data)
        TRY(lake_read_model(lake->store, &lake->own, key, &lake->remembered, &own, error));
    if (lake->options.model && !is_replaced(lake, own ? own : model_builtin())) {
        enum status status = use_given(lake, own ? own : model_builtin(), error);
        model_free(own);
        return status;
    }
    if (own && lake->own_model && is_same_model(own, lake->own_model)) { /* it is read again */
        model_free(own);
    } else {
        model_free(lake->own_model);
        lake->own_model = own;
    }
    lake->model = lake->own_model ? lake->own_model : model_builtin();
    return STATUS_OK;
}

/* ---- Writing --------------------------------------------------------------------------------- */

static enum status has_text(const struct lake *lake, struct str key, struct str text, bool *out,
                            struct error *error)
{
    CLEANUP(store_listing_release) struct store_listing listing = {0};
    CLEANUP(buffer_release) struct buffer found = {0};
    TRY(store_list(lake->store, "_sparkify/models", STORE_LIST_ALL, &listing, error));
    const struct store_object *object = store_listing_find(&listing, key);
    if (object)
        TRY(store_get(lake->store, object, 0, MODEL_MAX_FILE_BYTES, &found, error));
    *out = object && str_equal(buffer_str(&found), text);
    return STATUS_OK;
}

/* Several runs may put the same model at once, so it is replaced only where its words differ. */
static enum status put_by_hash(struct lake *lake, const struct model *model, struct error *error)
{
    CLEANUP(buffer_release) struct buffer key = {0}, text = {0};
    bool is_same = false;
    lake_model_key(&key, model);
    model_print(model, true, &text);
    enum status status = lake_gate_put_if_absent(lake, buffer_str(&key), buffer_str(&text), error);
    if (status != STATUS_EXISTS)
        return status;
    TRY(has_text(lake, buffer_str(&key), buffer_str(&text), &is_same, error));
    return is_same ? STATUS_OK
                   : lake_gate_replace(lake, buffer_str(&key), buffer_str(&text), error);
}

enum status lake_put_model(struct lake *lake, struct error *error)
{
    CLEANUP(buffer_release) struct buffer key = {0}, text = {0};
    lake_decided_model_key(&key, lake->model);
    if (key.len == 0)
        return STATUS_OK;
    model_print(lake->model, true, &text);
    if (str_equal(buffer_str(&text), buffer_str(&lake->remembered)))
        return STATUS_OK;
    return put_by_hash(lake, lake->model, error);
}

enum status lake_put_both_models(struct lake *lake, struct error *error)
{
    if (!lake->replaced.model)
        return STATUS_OK;
    TRY(put_by_hash(lake, lake->replaced.model, error));
    TRY(put_by_hash(lake, lake->model, error));
    return store_flush(lake->store, error); /* they are there before any file */
}
