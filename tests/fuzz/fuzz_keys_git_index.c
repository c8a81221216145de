/* The input is a git index. Reading it must end, and give the same result twice. */
#include "git_index.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str index = {(const char *)data, size};
    for (size_t hash_len = 20; hash_len <= 32; hash_len += 12)
        if (git_index_has(index, hash_len, STR("a/dl.cfg")) !=
            git_index_has(index, hash_len, STR("a/dl.cfg")))
            abort();
    return 0;
}
