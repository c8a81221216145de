/* document: the JSON documents of commands; docs/json has a schema for each. */
#pragma once

#include <options.h>

#include <query.h>

/* The version of the documents' form; raised when a field is renamed or removed. */
#define DOCUMENT_FORMAT 1

/* A string; what is not UTF-8 is replaced. Null for NULL and "". */
json_t *document_text(const char *text);
/* "2018-11-30T12:34:56Z", of milliseconds since 1970. */
json_t *document_time(int64_t time_ms);
json_t *document_count(uint64_t count);
/* A version of the lake or of a table; null where it is negative. */
json_t *document_version(int64_t version);

/* Writes format, command, version, status and error, followed by the fields of `content`. `command`
 * is NULL where none was found; `error` is read unless the status is STATUS_OK. */
void document_write(FILE *out, const struct command *command, json_t *content, enum status status,
                    const struct error *error);
void document_write_value(FILE *out, const json_t *value);
