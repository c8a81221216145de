"""The models of examples/, and Sparkify's: their data, and their tables as reference.sql (DuckDB over the JSON) and
lakes have them."""

import contextlib
import re
import subprocess
import sys
from collections import Counter

import duckdb
import model_reference
from conftest import CHECKED, PROGRAM, PROJECT, etl

EXAMPLES = ("github", "shop")
MODELS = ("sparkify", *EXAMPLES)
SMALL = ("--events", 2000, "--days", 3)
ANY_REJECTS = ("--max-rejects", "100%")  # a few of the small sources are many
LAST_DAY = re.compile(r"2024.03.01")


def folder_of(name):
    return PROJECT / "examples" / name


def model_of(name):
    is_ours = name == "sparkify"
    return model_reference.Model(PROJECT / "src/model/sparkify.yaml" if is_ours else folder_of(name) / "model.yaml")


MORE = {
    "shop": ("--wrong",),  # small data without it has few wrong records
    "sparkify": ("--songs", 60, "--start", "2024-02-28", "--quiet"),
}


def generate(name, folder, *options):
    if name == "sparkify":
        command = [PROGRAM, "generate", folder]
    else:
        command = [sys.executable, folder_of(name) / "generate.py", "--output", folder]
    command += [*MORE.get(name, ()), *options]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
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
    folder = PROJECT / "tests/system" if name == "sparkify" else folder_of(name)
    db.execute((folder / "reference.sql").read_text())
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


# ---- Runs ---------------------------------------------------------------------------------------


class Example:
    """A model, its data, and what both judges make of them."""

    def __init__(self, name, folder, size=SMALL):
        self.name, self.model = name, model_of(name)
        self.options = (*(() if name == "sparkify" else ("--model", self.model.path)), *ANY_REJECTS)
        self.source = generate(name, folder / "in", *size)
        self.folder = folder
        self.tables, self.records = model_reference.read(self.model, self.source)

    def etl(self, lake, *options, source=None, program=CHECKED, **how):
        return etl(source or self.source, lake, *self.options, *options, program=program, **how)

    def assert_right(self, lake, source=None):
        db = reference_database(self.name, source or self.source)
        add_lake(db, self.model, lake)
        assert differences(db, self.model) == {}

    def assert_exact(self, lake):
        """With ids, and JSON byte for byte."""
        db = new_database()
        add_lake(db, self.model, lake)
        for table in self.model.tables:
            found, expected = Counter(rows_of(db, self.model, table, "lake_")), Counter(self.tables[table])
            assert (found - expected, expected - found) == (Counter(), Counter()), table

    @contextlib.contextmanager
    def without_last_day(self):
        """The files of the last day lie beside the source; what it gives brings them back earlier."""
        moved = self.days()
        (self.folder / "spare").mkdir(exist_ok=True)
        for path, spare in moved:
            path.rename(spare)

        def bring_back():
            for path, spare in moved:
                if spare.exists():
                    spare.rename(path)

        try:
            yield bring_back
        finally:
            bring_back()

    def days(self):
        """(files of the last day, the file beside the source where they are kept meanwhile)"""
        facts = self.source / self.model.sources[self.model.facts["from"]]["folder"]
        files = [path for path in sorted(facts.rglob("*.json")) if LAST_DAY.search(str(path.relative_to(facts)))]
        return [(path, self.folder / "spare" / path.name) for path in files]
