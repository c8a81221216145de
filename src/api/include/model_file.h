/* model_file: a model in a file that an option names. */
#pragma once

#include <model.h>

/* Reads and parses the file; *out is freed by model_free. What is wrong in it is STATUS_USAGE. */
NODISCARD enum status model_file_read(const char *path, struct model **out, struct error *error);
