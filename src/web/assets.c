/* The bundled files, which web_assets.S holds between two symbols each. */
#include <web.h>
#include <web_assets.h>

#define X(id, name) extern const char web_asset_##id[], web_asset_##id##_end[];
WEB_ASSETS(X)
#undef X

struct str web_asset(const char *name)
{
#define X(id, asset)                                                                               \
    if (strcmp(name, asset) == 0)                                                                  \
        return (struct str){web_asset_##id, (size_t)(web_asset_##id##_end - web_asset_##id)};
    WEB_ASSETS(X)
#undef X
    (void)name;
    return (struct str){0};
}
