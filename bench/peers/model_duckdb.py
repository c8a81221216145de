"""An example model's star schema with DuckDB: model_duckdb.py EXAMPLE INPUT OUTPUT

Its tables are those of examples/EXAMPLE/reference.sql, written into partitioned Parquet. Tuned: declared columns, one
pass over the files, all partitions open at the same time, no order of rows, all cores.
"""

import sys
from pathlib import Path

import duckdb

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
TABLES = {  # table: partitions
    "github": {"actors": "", "repositories": "", "organisations": "", "time": "year, month, day",
               "events": "year, month, day, hour"},
    "shop": {"products": "category", "customers": "", "sessions": "", "time": "year, month",
             "clicks": "year, month, day"},
}  # fmt: skip


def in_utc(db, table):
    """The columns as a lake has them: timestamps with their zone."""
    columns = db.execute(f"select column_name, column_type from (describe {table})").fetchall()
    return ", ".join(f"timezone('UTC', {c}) as {c}" if type == "TIMESTAMP" else c for c, type in columns)


def write(db, table, folder, partitions):
    Path(folder).mkdir(parents=True)
    target = f"'{folder}/part-00000.zstd.parquet' (format parquet, compression zstd)"
    if partitions:
        options = f"partition_by ({partitions}), filename_pattern 'part-{{uuid}}'"
        target = f"'{folder}' (format parquet, compression zstd, {options})"
    db.execute(f"copy (select {in_utc(db, table)} from {table}) to {target}")


def main(example, source, lake):
    db = duckdb.connect()
    db.execute("set TimeZone = 'UTC'")
    db.execute("set preserve_insertion_order = false")
    db.execute("set partitioned_write_max_open_files = 20000")
    db.execute("set variable source = ?", [source])
    db.execute((EXAMPLES / example / "reference.sql").read_text())
    for table, partitions in TABLES[example].items():
        write(db, table, f"{lake}/{table}", partitions)


main(*sys.argv[1:])
