"""Checks that two lakes have the same rows: same_rows.py LAKE OTHER

DuckDB reads both. Types must be equal, and floats are compared exactly; songplay_id is skipped, because only
sparkify and Spark have Spark's xxhash64. The sums of the rows' hashes are compared, which takes little memory; only
if they differ, the rows themselves are compared. Prints the number of rows of each table as JSON, and ends with a
message if a table differs.
"""

import json
import sys

import duckdb

MONTHS = {"year": "INTEGER", "month": "INTEGER"}
TABLES = {  # table: columns, types of the partitions
    "songs": ("song_id, title, artist_id, year, duration",
              {"year": "INTEGER", "artist_id": "VARCHAR"}),
    "artists": ("artist_id, name, location, latitude, longitude", {}),
    "users": ("user_id, first_name, last_name, gender, level", {}),
    "time": ("start_time, hour, day, week, month, year, weekday", MONTHS),
    "songplays": ("start_time, user_id, level, song_id, artist_id, session_id, location,"
                  " user_agent, song, artist, length, year, month", MONTHS),
}


def load(db, name, lake, table):
    columns, partitions = TABLES[table]
    hive = f", hive_partitioning = true, hive_types = {partitions}" if partitions else ""
    db.execute(f"""create or replace temp view {name} as select {columns}
        from read_parquet('{lake}/{table}/**/*.parquet'{hive})""")


def value(db, query):
    return db.execute(query).fetchall()


def digest(db, name, columns):
    """The number of rows, and the sum of their hashes, which does not depend on their order."""
    [found] = value(db, f"select count(*), sum(hash({columns})::hugeint) from {name}")
    return found


def differences(db, table, lake, other):
    load(db, "one", lake, table)
    load(db, "two", other, table)
    types = [value(db, f"select column_name, column_type from (describe {name})")
             for name in ("one", "two")]
    if types[0] != types[1]:
        yield f"{table}: columns {types[0]} in {lake}, {types[1]} in {other}"
        return
    columns, _ = TABLES[table]
    if digest(db, "one", columns) == digest(db, "two", columns):
        return
    for here, there, place in (("one", "two", lake), ("two", "one", other)):
        [(count,)] = value(db, f"select count(*) from (from {here} except all from {there})")
        if count:
            [(row,)] = value(db, f"""select cast(row as varchar)
                from (from {here} except all from {there}) as row limit 1""")
            yield f"{table}: {count} rows only in {place}, such as {row}"


def main(lake, other):
    db = duckdb.connect()
    db.execute("set TimeZone = 'UTC'")
    rows, found = {}, []
    for table in TABLES:
        found += differences(db, table, lake, other)
        [(rows[table],)] = value(db, "select count(*) from one")
    print(json.dumps(rows))
    if found:
        sys.exit("\n".join(found))


main(*sys.argv[1:])
