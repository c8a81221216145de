/* The input is a statement and its syntax tree as DuckDB writes it. The guard must end, and give a
 * reason for each rejection. */
#include "guard.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error error = {0};
    const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
    size_t sql = end ? (size_t)(end - data) : 0, tree = end ? sql + 1 : 0;
    enum status status =
        guard_check_tree(model_builtin(), (struct str){(const char *)data, sql},
                         (struct str){(const char *)data + tree, size - tree}, &error);
    if ((status == STATUS_OK) != (error.message[0] == '\0'))
        abort();
    return 0;
}
