/* web_page: the page that the browser loads. It needs no token, since it holds no data. */
#pragma once

#include <base.h>

struct web_page {
    struct str html;    /* bundled in the program */
    struct buffer gzip; /* the same, compressed */
    char *policy;       /* its Content-Security-Policy, and no frames */
    char etag[24];
};
/* STATUS_NOT_FOUND when the program was built without its pages. */
NODISCARD enum status web_page_init(struct web_page *page, struct error *error);
void web_page_release(struct web_page *page);
