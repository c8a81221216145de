"""The models of examples/: their data, and their tables as reference.sql (DuckDB over the JSON) and lakes have them."""

import subprocess
import sys

import duckdb
import model_reference
from conftest import PROJECT

EXAMPLES = ("github", "shop")


def folder_of(name):
    return PROJECT / "examples" / name


def model_of(name):
    return model_reference.Model(folder_of(name) / "model.yaml")


ALL_WRONG = {"shop": ["--wrong"]}  # small data without it has few wrong records


def generate(name, folder, *options):
    more = [*ALL_WRONG.get(name, ()), *map(str, options)]
    command = [sys.executable, folder_of(name) / "generate.py", "--output", folder, *more]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout + done.stderr == "", done.stderr
    return folder


def new_database():
    db = duckdb.connect()
    db.execute("set TimeZone = 'UTC'")
    return db


def reference_database(name, source):
    """A database in which the tables of the model are those of its reference.sql."""
    db = new_database()
    db.execute("set variable source = ?", [str(source)])
    db.execute((folder_of(name) / "reference.sql").read_text())
    return db


def add_lake(db, model, lake):
    """Views lake_<table> over the files of a lake; a timestamp is in UTC, without a zone."""
    for table in model.tables:
        types = {column: model.type_of(table, column) for column in model.columns(table)}
        partition = ", ".join(f"'{name}': {types[name]}" for name in model.partition(table))
        hive = f", hive_partitioning = true, hive_types = {{{partition}}}" if partition else ""
        files = f"{lake}/{table}/**/part-*.parquet"
        columns = [f'timezone(\'UTC\', "{c}") as "{c}"' if t == "TIMESTAMP" else f'"{c}"' for c, t in types.items()]
        db.execute(f"create or replace temp view lake_{table} as "
                   f"select {', '.join(columns)} from read_parquet('{files}'{hive}, union_by_name = true)")  # fmt: skip


def id_column(model, table):
    return next((name for name, origin in model.columns(table).items() if origin[0] == "id"), None)


def comparable(model, table):
    """The columns as SQL that is equal where the rows are, though DuckDB writes JSON anew; the id is left out, since
    DuckDB has another hash."""
    found = []
    for name, (kind, *rest) in model.columns(table).items():
        if kind == "id":
            continue
        is_json = kind == "field" and model.fields[rest[0]][rest[1]].type == "json"
        found.append(f"json({name})::varchar as {name}" if is_json else name)
    return ", ".join(found)


def rows_of(db, model, table, prefix="", columns="*"):
    return db.execute(f"select {columns} from {prefix}{table}").fetchall()


def differences(db, model):
    """{table: (rows that only the lake has, rows that only the reference has)} of those that differ."""
    found = {}
    for table in model.tables:
        columns = comparable(model, table)
        ours, theirs = f"select {columns} from lake_{table}", f"select {columns} from {table}"
        both = [db.execute(f"{a} except all {b} limit 5").fetchall() for a, b in ((ours, theirs), (theirs, ours))]
        if any(both):
            found[table] = tuple(both)
    return found
