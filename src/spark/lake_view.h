/* lake_view: the rows of files of a lake's table as a view in Spark. */
#pragma once

#include "connect.h"

#include <spark.h>

/* Creates or replaces the view; what is said of spark_make_view holds. */
NODISCARD enum status lake_view_make(struct connect_session *session, const struct store *lake,
                                     const struct spark_view *view, struct error *error);
