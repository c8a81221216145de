/* yaml_nodes: nodes of a YAML document, with the lines at which they stand: models, and settings of
 * the program. */
#pragma once

#include <base.h>

#include <yaml.h>

struct nodes {
    struct str text;
    yaml_document_t document; /* of the text, once it is loaded */
    const char *file;         /* in messages */
    const char *noun;         /* what the file is, in messages: "model" */
    struct arena *arena;      /* of the texts that are read */
    struct error *error;
};

/* Loads the text, of at most MODEL_MAX_FILE_BYTES; an empty one has no root. Without success there
 * is nothing to release. */
NODISCARD enum status nodes_load(struct nodes *nodes);
void nodes_release(struct nodes *nodes);

/* Sets the error "FILE:LINE: …" of STATUS_USAGE, and returns it; a node of NULL is line 1. */
enum status nodes_wrong(struct nodes *nodes, const yaml_node_t *node, const char *format, ...)
    PRINTF(3, 4);

/* The text of a scalar that is not empty; `what` is expected there: "the name of a field". Of at
 * most 512 bytes; of any length; of any length, and it may be empty; of one line without control
 * characters. */
NODISCARD enum status nodes_text(struct nodes *nodes, const yaml_node_t *node, const char *what,
                                 const char **out);
NODISCARD enum status nodes_long_text(struct nodes *nodes, const yaml_node_t *node,
                                      const char *what, const char **out);
NODISCARD enum status nodes_any_text(struct nodes *nodes, const yaml_node_t *node, const char *what,
                                     const char **out);
NODISCARD enum status nodes_line(struct nodes *nodes, const yaml_node_t *node, const char *what,
                                 const char **out);
/* The same for a name of a source, table, column or look-up. */
NODISCARD enum status nodes_name(struct nodes *nodes, const yaml_node_t *node, const char *what,
                                 const char **out);

struct node_word {
    const char *word;
    int value;
};
/* One of some words, whose list ends with a word of NULL. */
NODISCARD enum status nodes_word(struct nodes *nodes, const yaml_node_t *node, const char *what,
                                 const struct node_word *words, int *out);

struct node_pair {
    const yaml_node_t *key, *value;
    const char *name;
};
/* The pairs of a mapping that has at most `max`, in the arena; no key may be there twice. */
NODISCARD enum status nodes_any_pairs(struct nodes *nodes, const yaml_node_t *node,
                                      const char *what, size_t max, struct node_pair **out,
                                      size_t *out_count);
/* The same of one that has a pair. */
NODISCARD enum status nodes_pairs(struct nodes *nodes, const yaml_node_t *node, const char *what,
                                  size_t max, struct node_pair **out, size_t *out_count);
#define NODES_MAX_KEYS 16
/* Finds the values of a mapping's known keys, at most NODES_MAX_KEYS in a list that ends with NULL,
 * and NULL for those that are not there; a key that begins with '!' in the list must be. Any other
 * key is an error. The mapping is the value of a pair, which has a name or NULL; `what` is a noun:
 * "source".
 */
NODISCARD enum status nodes_keys(struct nodes *nodes, const struct node_pair *of, const char *what,
                                 const char *const *known, const yaml_node_t **values);
/* The 1 to `max` elements of a list; a scalar is a list of one. */
NODISCARD enum status nodes_list(struct nodes *nodes, const yaml_node_t *node, const char *what,
                                 size_t max, const yaml_node_t **out, size_t *out_count);
