/* report: how the app is used, and what state the data is in: as one document, and as a page.
 *
 * The document is JSON: what each section has found, with its SQL, and what the lake says of itself
 * (docs/json/report.schema.json). The page is one HTML file with the document in it. */
#ifndef SPARKIFY_REPORT_H
#define SPARKIFY_REPORT_H

#include <query.h>

/* Changes when a field of the document goes or means something else. */
#define REPORT_FORMAT 1

/* Appends the document, of the days and the version that `lake` asks for. The session's tables are
 * others afterwards. Errors name the section whose query failed. */
NODISCARD enum status report_build(struct query_session *session, const struct query_lake *lake,
                                   struct buffer *out, struct error *error);

/* Appends the page that shows a document. STATUS_NOT_FOUND when the program was built without its
 * pages. */
NODISCARD enum status report_append_page(struct str document, struct buffer *out,
                                         struct error *error);

#endif
