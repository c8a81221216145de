/* model: a star schema as data: what is read, and which tables are made of it, by which rules.
 *
 * Sparkify's own is src/model/sparkify.yaml. Reading and checking of records, both engines, the
 * schemas of Parquet and Delta, `sparkify schema` and the documentation's tables follow from it.
 * model_parse.h: models as files; model_record.h: records of a source. */
#pragma once

#include <base.h>
#include <parquet.h>

enum model_type {
    MODEL_STRING,
    MODEL_INT32,
    MODEL_INT64,
    MODEL_DOUBLE,
    MODEL_TIMESTAMP, /* in memory an integer in the unit of its field; in files microseconds, UTC */
    MODEL_BOOL,      /* in memory an integer, 0 or 1 */
    MODEL_DATE,      /* in memory an integer: days since 1970-01-01 */
    MODEL_DECIMAL,   /* in memory an integer: the number times ten to the power of its scale */
    MODEL_JSON,      /* any value: its text, a string in memory and in files */
};
/* Whether it is a string in memory and in files. */
static inline bool model_is_text(enum model_type type)
{
    return type == MODEL_STRING || type == MODEL_JSON;
}
/* "string", "int32", … as the documentation writes them. */
const char *model_type_name(enum model_type type);

/* ---- Sources ----------------------------------------------------------------------------- */

/* When a field of a record is checked, and what is required of it. */
enum model_need {
    NEED_ALWAYS,     /* required in every record: not null, not empty where it is a string */
    NEED_KEPT,       /* required in the records that are kept (plays) */
    NEED_OPTIONAL,   /* checked in the records that are kept; may be null */
    NEED_NOT_AT_ALL, /* known, used by no table: must be well-formed JSON, nothing more */
};

#define MODEL_MAX_FIELDS 64

/* What a timestamp is in the JSON. */
enum model_time_form {
    TIME_MILLISECONDS, /* an integer, since 1970 */
    TIME_SECONDS,
    TIME_MICROSECONDS,
    TIME_ISO_8601, /* a string with an offset or Z; in memory microseconds */
};

/* One step into a record: to the value of a key, or to the element of an array. */
struct model_step {
    struct str key; /* as decoded text; null where the step is to an element */
    int index;      /* of the element, from 0 */
};
#define MODEL_MAX_DEPTH 16

/* A time in milliseconds: of the years 1970 to 9999. */
#define MODEL_MAX_TS INT64_C(253402300799999)
/* The microseconds of its unit. */
static inline int64_t model_time_unit_us(enum model_time_form form)
{
    return form == TIME_MILLISECONDS ? 1000 : form == TIME_SECONDS ? 1000000 : 1;
}

struct model_field {
    struct str name; /* in the JSON; of a nested field the whole path: "actor.login", "tags[0]" */
    enum model_type type;
    enum model_need need;
    bool zero_for_null; /* a number: what tables are made of is 0 where the record has null */
    enum model_time_form time_form; /* of a timestamp */
    uint8_t precision, scale; /* of a decimal: digits in all (at most 18), and behind the point */
    uint8_t depth;            /* 1: a field of the record itself; at most MODEL_MAX_DEPTH */
    const struct model_step *path; /* its steps; the first is always a key */
};

/* How records lie in a file. */
enum model_layout {
    LAYOUT_LINES,        /* each line is one */
    LAYOUT_DOCUMENT,     /* a file may be one record of many lines; else each line is one */
    LAYOUT_CONCATENATED, /* one behind the other, with or without white space between */
    LAYOUT_RECORDS,      /* the elements of an array that lies under a key of a file's object */
};

/* What becomes of a record that is kept and has a field that the source does not declare, or a
 * value that is not as its field requires. */
enum model_contract {
    CONTRACT_EVOLVE,        /* unknown: counted, and reported; faulty: the record is rejected */
    CONTRACT_FREEZE,        /* the run fails, and nothing is committed */
    CONTRACT_DISCARD_ROW,   /* the record is rejected */
    CONTRACT_DISCARD_VALUE, /* the value is dropped: null in its place, counted */
};

/* A column of the state's tables that a field fills. */
struct model_state_name {
    const char *name;
    int field;
};

struct model_source {
    const char *name;   /* "songs" */
    const char *noun;   /* "song": of its files and records */
    const char *folder; /* "song_data" */
    enum model_layout layout;
    struct str records_key; /* with LAYOUT_RECORDS */
    enum model_contract unknown, faulty;
    const struct model_field *fields;
    size_t field_count;
    int kept_field;        /* only records where this field … */
    struct str kept_value; /* … equals this are kept; -1: all are */
    /* Of the fields whose columns in the state are not named after them, or stand first there. */
    const struct model_state_name *state_names;
    size_t state_name_count;
};

/* ---- Rules --------------------------------------------------------------------------------
 *
 * What tables are made of, in a few operators that any star schema has. Fields are numbers of the
 * rule's source. */

#define MODEL_MAX_KEYS    4
#define MODEL_MAX_ORDER   64
#define MODEL_MAX_WINNERS 16
#define MODEL_MAX_LOOKUPS 4

/* One step of an order over records: by a field, the least value first, or the greatest. Null is
 * less than every value; strings are compared by their bytes. */
struct model_order {
    int field;
    bool is_greatest;
};

/* winner: of all records with equal keys, the first in an order over whole records, so that the
 * order of reading does not matter. Records with a null key are ignored. */
struct model_winner {
    int source;
    int keys[MODEL_MAX_KEYS];
    size_t key_count;
    struct model_order order[MODEL_MAX_ORDER];
    size_t order_count;
};

/* look-up: the winner whose keys equal `fields` of the facts' source, one for one. */
struct model_lookup {
    const char *name; /* "matches" */
    const struct model_winner *winner;
    int fields[MODEL_MAX_KEYS];
};

/* The facts: rows that are kept in the order of the input, each of which is stored once (once: two
 * are identical when all of their columns are), with an id that is Spark's xxhash64, chained over
 * fields (id), in partitions by parts of a timestamp (partition). */
struct model_facts {
    int source;
    int time; /* a MODEL_TIMESTAMP */
    int id[MODEL_MAX_KEYS];
    size_t id_count;
    struct model_lookup lookups[MODEL_MAX_LOOKUPS];
    size_t lookup_count;
};

/* ---- Tables ------------------------------------------------------------------------------ */

/* What a column is made of. */
enum model_origin {
    FROM_FIELD,    /* the field `part` of the table's source */
    FROM_ID,       /* the id of the facts */
    FROM_LOOKUP,   /* the field `part` of the record that the look-up number `lookup` found */
    FROM_CALENDAR, /* the part of the facts' time: enum calendar_part */
    FROM_INPUT,    /* what is known of the objects that were read (src/run/input_record.c) */
};

/* calendar: parts of a timestamp, in UTC. */
enum calendar_part {
    CALENDAR_TIME, /* the timestamp itself */
    CALENDAR_HOUR,
    CALENDAR_DAY,
    CALENDAR_WEEK,
    CALENDAR_MONTH,
    CALENDAR_YEAR,
    CALENDAR_WEEKDAY,
    CALENDAR_DATE, /* a MODEL_DATE */
    CALENDAR_PARTS,
};

/* Which objects have been read. `gone_since` is the run that found an object gone and left its
 * records in the tables; null while the object is there. `lacks` are the columns that have come to
 * the model since and are made of fields that it has never been read for, "table.column" with
 * blanks between: rows that came of it have null there. Null: none. What the built-in model got
 * before there was `lacks` is told by `format`: null or less than MODEL_FORMAT. */
enum objects_column {
    OBJECTS_KEY,
    OBJECTS_BYTES,
    OBJECTS_IDENTITY,
    OBJECTS_FORMAT,
    OBJECTS_GONE_SINCE,
    OBJECTS_LACKS,
};
#define MODEL_FORMAT 2
/* The columns that the built-in model got with a format, from 2 on, as `lacks` has them. */
const char *model_builtin_columns(int32_t format);

#define MODEL_MAX_COLUMNS    64
#define MODEL_MAX_PARTITIONS 4
/* Of a model, with those of its state. */
#define MODEL_MAX_SOURCES 8
#define MODEL_MAX_TABLES  32

struct model_column {
    const char *name;
    enum model_type type;
    bool nullable;
    bool partition; /* in the path, not in the file */
    enum model_origin origin;
    int part;
    const char *from;         /* the same in words */
    int lookup;               /* with FROM_LOOKUP */
    uint8_t precision, scale; /* of a decimal */
    bool empty_is_null;       /* in the file of all rows, as in the path of the table's own files */
};

/* What the rows of a table are. */
enum model_rows {
    ROWS_WINNERS,  /* the records that win by the table's rule */
    ROWS_RECORDS,  /* of the rule's source: all records that win by any rule */
    ROWS_FACTS,    /* the facts */
    ROWS_CALENDAR, /* the distinct times of the facts */
    ROWS_OBJECTS,  /* the objects that were read */
};

struct model_table {
    const char *name;
    const char *folder; /* below the output */
    enum model_rows rows;
    const struct model_winner *rule; /* with ROWS_WINNERS and ROWS_RECORDS */
    const struct model_column *columns;
    size_t column_count;
    int partitions[MODEL_MAX_PARTITIONS]; /* columns in the order of the path */
    size_t partition_count;
    int schema;              /* 1, and one more each time that columns were added */
    const char *one_row_for; /* "song_id" */
    const char *winner;      /* which record wins, in words; "" where none must */
};

/* A query that comes with a model: a file of SQL as queries/ has them. */
struct model_text {
    struct str name; /* "top-songs" */
    struct str sql;
};

/* A star schema: what is read, and what is made of it. */
struct model {
    const char *name;             /* "sparkify" */
    const char *row_noun;         /* "play": of the facts, in messages */
    const char *questions_folder; /* beside the model's file; NULL: "questions" */
    const struct model_source *sources;
    size_t source_count;
    const struct model_table *tables; /* those of readers, then those of the state */
    size_t table_count;               /* of readers */
    size_t all_count;                 /* with the state */
    const struct model_winner *winners;
    size_t winner_count;
    struct model_facts facts;
    const struct model_text *questions; /* of its folder of questions */
    size_t question_count;
    const struct model_text *charts; /* of the folder `report` in that one: each is a section */
    size_t chart_count;
};
static inline const struct model_field *model_field(const struct model *model, int source,
                                                    int field)
{
    return &model->sources[source].fields[field];
}

/* Sparkify's own, which is built in: src/model/sparkify.yaml. Any thread may ask for it; it is
 * always the same one, and is not freed. */
const struct model *model_builtin(void);

/* ---- Keys ---------------------------------------------------------------------------------- */

/* The column that is made of this; NULL: there is none. */
const struct model_column *model_find_column(const struct model_table *table,
                                             enum model_origin origin, int part);
/* The column with this name; NULL: there is none. */
const struct model_column *model_column_named(const struct model_table *table, const char *name);
/* The name of the column that is a part of the facts' time; NULL: there is none. */
const char *model_calendar_column(const struct model_table *table, enum calendar_part part);
/* The source that the columns of a reader's table are of. */
int model_source_of(const struct model *model, const struct model_table *table);
/* The column that tells the rows of a table apart; of the facts it is the id, which several may
 * share. -1: there is none. */
int model_key_column(const struct model_table *table);
/* Whether the field is one of the rule's keys. */
bool model_is_key(const struct model_winner *rule, int field);
/* The table whose key the values of a column of the facts are; -1: they are no keys. */
int model_referenced_table(const struct model *model, const struct model_column *column);
/* The table of the state that has all rows of a partitioned table in one file, with the same
 * columns in the same order; -1: there is none. */
int model_list_of(const struct model *model, int table);
/* True when all tables that readers see of `other` are in the model, too, with at least their
 * columns, of the same types: what is asked of the one can be asked of the other. */
bool model_includes(const struct model *model, const struct model *other);
/* The table of the facts; that of the objects which were read. */
int model_facts_table(const struct model *model);
static inline const struct model_table *model_table_of_facts(const struct model *model)
{
    return &model->tables[model_facts_table(model)];
}
int model_objects_table(const struct model *model);
/* The calendar's table; -1: the model has none. */
int model_calendar_table(const struct model *model);
/* The table of the state that has the winners of a rule over the facts, or of a look-up; -1: there
 * is none. */
int model_state_of(const struct model *model, const struct model_winner *rule);
/* The table of the state that has the records of a source that win; -1: there is none. */
int model_records_of(const struct model *model, int source);
/* The table of readers with this name, or -1. */
int model_find_table(const struct model *model, const char *name);
/* The field with this name, or -1. */
int model_find_field(const struct model_source *source, struct str name);
/* The position of a column in a file of the table, which has no partition columns. */
size_t model_column_in_file(const struct model_table *table, int column);

/* ---- Files ----------------------------------------------------------------------------------- */

/* The Parquet schema of a table's files: its columns but the partitions, in their order. */
struct parquet_schema *model_parquet_schema(const struct model_table *table,
                                            const struct parquet_options *options);

/* Appends "name=value" as a folder of a partitioned path, escaped as Spark and Hive do. A null or
 * empty value is MODEL_NULL_PARTITION: so no value may be that text. */
#define MODEL_NULL_PARTITION "__HIVE_DEFAULT_PARTITION__"
void model_partition_folder(struct buffer *out, const char *name, struct str value);
/* Appends the value of the folder "name=…" in a path of such folders, unescaped; false when there
 * is no such folder, or its value is null. */
bool model_partition_value(struct str path, const char *name, struct buffer *out);
/* True for the name of a folder that model_partition_folder would write of a value of the column.
 */
bool model_is_partition_folder(struct str folder, const struct model_column *column);
/* A folder's name on a disk has at most this many bytes. */
#define MODEL_MAX_FOLDER_BYTES 255
