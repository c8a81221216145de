/* Models as files (docs/model-file.md): from text and back, and what differs between two. */
#pragma once

#include <model.h>

/* Parses the YAML of a model; `file` is its name in messages. What is wrong is STATUS_USAGE, with
 * the file's line, and what to write instead. */
NODISCARD enum status model_parse(struct str text, const char *file, struct model **out,
                                  struct error *error);
/* Reads the questions of a model of model_parse from its folder beside `file`, and the charts from
 * the folder `report` in that one, unless the model's text has them. The folder "questions" need
 * not be there. STATUS_USAGE where a file is no text, or they are too many or too long. */
NODISCARD enum status model_read_questions(struct model *model, const char *file,
                                           struct error *error);
/* Reads and parses a file, with its questions. */
NODISCARD enum status model_load(const char *path, struct model **out, struct error *error);
/* Of model_parse or model_load; NULL is ignored. */
void model_free(struct model *model);
/* Appends the model as YAML that model_parse makes an equal model of; the same text for equal
 * models. Without `with_words`, nouns, comments, questions and charts are omitted, which no file of
 * a table depends on. */
void model_print(const struct model *model, bool with_words, struct buffer *out);
/* The hash_stored of what is printed without words. */
uint64_t model_hash(const struct model *model);
/* Appends the text as a scalar of YAML, quoted where it must be. */
void model_append_scalar(struct str text, struct buffer *out);
/* The same between two texts that stand as they are. */
void model_append_between(const char *before, struct str text, const char *after,
                          struct buffer *out);
/* A type as models write it: "string", "timestamp_ms"; but not a decimal. */
const char *model_type_word(enum model_type type, enum model_time_form form);
/* Appends a step of an order: "year"; "-year" where the greatest is first. */
void model_append_step(struct str field, bool is_greatest, struct buffer *out);
/* Appends the line of a source's layout; none where each line is a record. */
void model_print_layout(enum model_layout layout, struct str records_key, struct buffer *out);
/* Appends steps as models write paths: "actor.login", "tags[0]", "`a.b`.c". */
void model_path_append(const struct model_step *steps, size_t depth, struct buffer *out);
/* A model's file has at most this many bytes. */
#define MODEL_MAX_FILE_BYTES ((size_t)1 << 20)
/* A name of a source, table, column or look-up has at most this many. */
#define MODEL_MAX_NAME_BYTES 64

/* True when a lake of the model `old` can go on with this one: the tables are the same, but for new
 * columns that may be null. False: appends what differs. */
bool model_extends(const struct model *model, const struct model *old, struct buffer *why);
