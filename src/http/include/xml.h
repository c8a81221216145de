/* xml: the elements of an answer in XML, of a service of Amazon's kind. */
#pragma once

#include <base.h>

/* An element has ended; `text` is what stood in it directly. NULL: the answer only has to be there.
 */
typedef void xml_element_fn(void *ctx, const char *parent, const char *name, struct str text);
/* What an answer is checked against: its root, and elements that a parent must have, each once. */
#define XML_MAX_FIELDS 8
struct xml_schema {
    const char *root;
    struct xml_field {
        const char *parent, *name; /* NULL ends the list */
        bool is_optional;          /* once at most */
    } fields[XML_MAX_FIELDS];
};
/* False when the bytes are not well-formed XML of this schema (NULL: any); `element` may have been
 * called by then. Names come without their namespace. A document type is refused. */
NODISCARD bool xml_read(struct str bytes, const struct xml_schema *schema, xml_element_fn *element,
                        void *ctx);
/* Appends the text with what XML must have escaped. */
void xml_escape(struct str text, struct buffer *out);
