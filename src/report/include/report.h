/* report: a report on how the app is used and on the state of the data, as a document and as a
 * page.
 *
 * The document is JSON: the result of each section with its SQL, and the lake's own records
 * (docs/json/report.schema.json). The page is one HTML file with the document in it. */
#pragma once

#include <query.h>

/* Changes when a field of the document goes or means something else. */
#define REPORT_FORMAT 1

/* Appends the document of the days and the version in `lake`. Changes the session's tables. Errors
 * name the section whose query failed. */
NODISCARD enum status report_build(struct query_session *session, const struct query_lake *lake,
                                   struct buffer *out, struct error *error);

/* Appends the page that shows a document. STATUS_NOT_FOUND when the program was built without its
 * pages. */
NODISCARD enum status report_append_page(struct str document, struct buffer *out,
                                         struct error *error);
