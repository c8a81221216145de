/* page: the one file that the browser loads, without the token: it holds no data. */
#ifndef SPARKIFY_SERVE_PAGE_H
#define SPARKIFY_SERVE_PAGE_H

#include <base.h>

struct page {
    struct str html;    /* of the program */
    struct buffer gzip; /* the same, compressed */
    char *policy;       /* its Content-Security-Policy, and no frames */
    char etag[24];
};
/* STATUS_NOT_FOUND when the program was built without its pages. */
NODISCARD enum status page_init(struct page *page, struct error *error);
void page_release(struct page *page);

#endif
