/* What the files that make the SQL share. */
#ifndef SPARKIFY_SPARK_SQL_PRIVATE_H
#define SPARKIFY_SPARK_SQL_PRIVATE_H

#include "sql.h"

/* Adds a statement whose text was built in `text`, which is emptied. */
void statement_add(struct spark_statements *statements, const char *name, const char *purpose,
                   struct buffer *text);
/* The text of a buffer as a string of its own; empties the buffer. */
char *statement_text(struct buffer *text);

/* sql_records.c: from text to records that are fields, and to rejects. */
void sql_add_records(struct spark_statements *prepare, enum source_id id);
struct spark_statement sql_rejects(void);
struct spark_statement sql_unknown(void);

/* sql_tables.c: from records to tables. */
void sql_add_plays(struct spark_statements *prepare);
void sql_tables(struct spark_statement *tables, const struct spark_sql_options *options);
struct spark_statement sql_counts(void);

#endif
