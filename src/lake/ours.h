/* ours: which keys are the lake's, by its model and by the others whose files may be there. */
#pragma once

#include "lake_private.h"

/* lake_owns of any of the models. */
bool lake_is_ours(const struct lake *lake, struct str key);
/* True for a data file, finished or not, of a table of the model; of another model of the lake. */
bool lake_is_data_of(const struct model *model, struct str key);
bool lake_is_others_data(const struct lake *lake, struct str key);
/* True while such files are kept for their readers. */
bool lake_keeps_others(const struct lake *lake);
