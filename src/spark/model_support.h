/* model_support: which models the Spark engine can run. */
#ifndef SPARKIFY_SPARK_MODEL_SUPPORT_H
#define SPARKIFY_SPARK_MODEL_SUPPORT_H

#include <model.h>

/* STATUS_USAGE, with what it is, where the model has something that the SQL is not made for. */
NODISCARD enum status spark_check_model(const struct model *model, struct error *error);

#endif
