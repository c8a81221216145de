/* model: the two sources and the five tables, declared once.
 *
 * The JSON decoder, the Parquet schema, `sparkify schema` and the documentation's tables are all
 * driven by the lists below. Adding a column is one line here and one where its value is made. */
#ifndef SPARKIFY_MODEL_H
#define SPARKIFY_MODEL_H

#include <base.h>
#include <json.h>
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

/* What a record must hold for a field, as rejects say it: "a string", "a number", "a date". */
const char *model_field_expected(const struct model_field *field);
/* Whether a text is a value of a field of dates, decimals or times in ISO 8601. */
bool model_text_fits(const struct model_field *field, struct str text);

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
    const struct str *names; /* of the fields, for json_scanner_new */
    int kept_field;          /* only records where this field … */
    struct str kept_value;   /* … equals this are kept; -1: all are */
    /* Of the fields whose columns in the state are not named after them, or stand first there. */
    const struct model_state_name *state_names;
    size_t state_name_count;
};

/* ---- Records ----------------------------------------------------------------------------- */

/* A scanned record. numbers[f] is valid where values[f] is not null and its field, which was
 * checked, is a number in memory (enum model_type). */
struct model_record {
    struct json_value values[MODEL_MAX_FIELDS];
    union model_number {
        int64_t int64;
        double float64;
    } numbers[MODEL_MAX_FIELDS];
    /* Bits of nested fields: on the path to it lies a value that should be an object, or an array,
     * and is neither that nor null. values[f] is that value, and the field has none. */
    uint64_t no_object, no_array;
    /* A key that no field has, where the source's contract does not allow any; null otherwise. */
    struct str unknown;
    uint32_t discarded; /* by model_check: faulty values that are null now */
};

static inline bool model_is_null(const struct model_record *record, int field)
{
    return record->values[field].kind <= JSON_KIND_NULL;
}

/* The text of a field of type json: its token, without white space outside of strings; STR_NULL
 * where it is null. Borrows from the input, or from `scratch`, which is emptied first. */
struct str model_json_text(const struct json_value *value, struct buffer *scratch);

/* Why a record is refused: a short stable word for each. */
#define REJECT_CODES(X)                                                                            \
    X(REJECT_NOT_JSON, "not_json")                                                                 \
    X(REJECT_NOT_OBJECT, "not_object")                                                             \
    X(REJECT_NOT_UTF8, "not_utf8")                                                                 \
    X(REJECT_TOO_DEEP, "too_deep")                                                                 \
    X(REJECT_TOO_LONG, "too_long")                                                                 \
    X(REJECT_MISSING_FIELD, "missing_field")                                                       \
    X(REJECT_WRONG_TYPE, "wrong_type")                                                             \
    X(REJECT_OUT_OF_RANGE, "out_of_range")                                                         \
    X(REJECT_UNKNOWN_FIELD, "unknown_field")

#define X(id, word) id,
enum reject_code { REJECT_CODES(X) REJECT_CODE_COUNT };
#undef X
/* "not_json", … */
const char *reject_code_word(enum reject_code code);

struct model_fault {
    enum reject_code code;
    char reason[256];
};

enum model_verdict {
    RECORD_KEPT,
    RECORD_SKIPPED, /* by rule: an event that is no play */
    RECORD_REJECTED,
};

/* Whether the contract of the source is that the run fails where a record has such a fault. */
bool model_is_frozen(const struct model_source *source, enum reject_code code);

/* The fault of a record that could not be scanned; `line` is where the record begins. */
void model_fault_from_json(const struct json_fault *json, const char *record,
                           struct model_fault *fault);

/* A record is at most this long. */
#define MODEL_MAX_RECORD_BYTES ((size_t)16 << 20)
/* A longer song file is read as lines. */
#define MODEL_MAX_DOCUMENT_BYTES ((size_t)64 << 20)
/* ts, in milliseconds: the years 1970 to 9999. */
#define MODEL_MAX_TS INT64_C(253402300799999)

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
 * fields (id), in partitions by the year and month of a timestamp (partition). */
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
    FROM_INPUT,    /* what is known of the objects that were read (src/run/input_diff.c) */
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

/* Which objects have been read. `format` says which columns the rows that came of them have: null
 * or less than MODEL_FORMAT where columns have been added since. `gone_since` is the run that found
 * an object gone and left its records in the tables; null while the object is there. */
enum objects_column {
    OBJECTS_KEY,
    OBJECTS_BYTES,
    OBJECTS_IDENTITY,
    OBJECTS_FORMAT,
    OBJECTS_GONE_SINCE,
};
/* 2: songplays has song, artist and length. */
#define MODEL_FORMAT 2

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
/* Sparkify's own, which is built in: src/model/sparkify.yaml. Any thread may ask for it; it is
 * always the same one, and is not freed. */
const struct model *model_builtin(void);

/* ---- Models as files ------------------------------------------------------------------------
 *
 * docs/model-file.md says what a file may hold. */

/* Parses the YAML of a model; `file` is its name in messages. What is wrong is STATUS_USAGE, with
 * the file's line, and what to write instead. */
NODISCARD enum status model_parse(struct str text, const char *file, struct model **out,
                                  struct error *error);
/* Reads the questions of a model of model_parse from its folder beside `file`, and the charts from
 * the folder `report` in that one, unless the model's text has them. The folder "questions" need
 * not be there. STATUS_USAGE where a file is no text, or they are too many or too long. */
NODISCARD enum status model_read_questions(struct model *model, const char *file,
                                           struct error *error);
/* Of model_parse; NULL is ignored. */
void model_free(struct model *model);
/* Appends the model as YAML that model_parse makes an equal model of; the same text for equal
 * models. Without `with_words`, nouns, comments, questions and charts are omitted, which no file of
 * a table depends on. */
void model_print(const struct model *model, bool with_words, struct buffer *out);
/* The hash_stored of what is printed without words. */
uint64_t model_hash(const struct model *model);
/* Appends the text as a scalar of YAML, quoted where it must be. */
void model_append_scalar(struct str text, struct buffer *out);
/* Appends steps as models write paths: "actor.login", "tags[0]", "`a.b`.c". */
void model_path_append(const struct model_step *steps, size_t depth, struct buffer *out);
/* A model's file has at most this many bytes. */
#define MODEL_MAX_FILE_BYTES ((size_t)1 << 20)
/* A name of a source, table, column or look-up has at most this many. */
#define MODEL_MAX_NAME_BYTES 64

/* True when a lake of the model `old` can go on with this one: the tables are the same, but for new
 * columns that may be null. False: appends what differs. */
bool model_extends(const struct model *model, const struct model *old, struct buffer *why);

/* ---- Keys ---------------------------------------------------------------------------------- */

/* The column that tells the rows of a table apart; of the facts it is the id, which several may
 * share. -1: there is none. */
int model_key_column(const struct model_table *table);
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
/* The source with this name, or -1. */
int model_find_source(const struct model *model, const char *name);
/* The position of a column in a file of the table, which has no partition columns. */
size_t model_column_in_file(const struct model_table *table, int column);

/* ---- Reading records ----------------------------------------------------------------------- */

/* Scans records for the fields of a source, at any depth of them. It is used by one thread at a
 * time. */
struct model_reader;
/* `unknown`, which may be NULL, is called for each key of a record with which the path of no field
 * begins. All arguments are borrowed; the caller frees the reader. */
struct model_reader *model_reader_new(const struct model_source *source, json_unknown_fn *unknown,
                                      void *ctx);
void model_reader_free(struct model_reader *reader);
/* Scans one record, as json_scan does, into record->values. */
const char *model_read(struct model_reader *reader, const char *at, const char *end,
                       enum json_layout layout, struct model_record *record,
                       struct json_fault *fault);

/* ---- Checking records ---------------------------------------------------------------------- */

/* What is required of a number. */
struct model_check {
    uint8_t field;
    bool is_required;
    int64_t least, greatest; /* of an integer */
};
/* Fields by what is required of them. */
struct model_checks {
    uint64_t fields;                                                       /* a bit for each */
    uint8_t strings[MODEL_MAX_FIELDS], required_strings[MODEL_MAX_FIELDS]; /* these among those */
    uint8_t others[MODEL_MAX_FIELDS]; /* booleans, dates, decimals, JSON, times as text */
    struct model_check integers[MODEL_MAX_FIELDS], doubles[MODEL_MAX_FIELDS];
    size_t string_count, required_string_count, integer_count, double_count, other_count;
};

/* The checks of a source, prepared once. */
struct model_checker {
    const struct model_source *source;
    struct model_checks always, kept; /* of every record; of those that are kept */
    struct model_folder {
        int field;
        const char *column; /* "artist_id": partitions are by it */
    } folders[MODEL_MAX_PARTITIONS * MODEL_MAX_TABLES];
    size_t folder_count;
};
void model_checker_init(struct model_checker *checker, const struct model *model,
                        const struct model_source *source);
/* Checks a scanned record against its source's fields and converts its numbers. Where the source's
 * contract says so, a faulty value of an optional field becomes null instead of a fault. */
enum model_verdict model_check(const struct model_checker *checker, struct model_record *record,
                               struct model_fault *fault);

static inline const struct model_field *model_field(const struct model *model, int source,
                                                    int field)
{
    return &model->sources[source].fields[field];
}

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

/* ---- Values that are made ------------------------------------------------------------------ */

/* Spark's xxhash64(a, b, …): the hash of each column is the seed of the next. */
#define SPARK_HASH_SEED 42
/* Not null: Spark skips a null column. */
uint64_t spark_hash_string(uint64_t seed, struct str value);
uint64_t spark_hash_int32(uint64_t seed, int32_t value);
uint64_t spark_hash_int64(uint64_t seed, int64_t value);

/* Proleptic Gregorian, UTC. */
struct calendar_date {
    int32_t year, month, day;
};
/* The date of a day, and the day of a date. */
struct calendar_date calendar_date_of_days(int64_t days_since_1970);
int64_t calendar_days_of_date(int32_t year, int32_t month, int32_t day);

/* 1 = Sunday … 7 = Saturday, as Spark's dayofweek. */
int32_t calendar_weekday_of_days(int64_t days_since_1970);
/* ISO 8601 week, as Spark's weekofyear. */
int32_t calendar_iso_week_of_days(int64_t days_since_1970);

#define MS_PER_DAY  INT64_C(86400000)
#define MS_PER_HOUR INT64_C(3600000)

#endif
