"""Readers of Delta tables that nobody here wrote, and the two places where a lake lies, for
test_lake_readers.py and test_lake_writers.py. They import it before pytest does: hence PYTEST_DONT_REWRITE.

SPARKIFY_DUCKDB_DELTA  a folder with DuckDB and its delta extension (default: .venv/duckdb-delta)
SPARKIFY_SPARK_DELTA   a folder with the pyspark that Delta Lake wants (default: .venv/spark-delta)
"""

import contextlib
import hashlib
import os
import shutil
from pathlib import Path

import pyarrow.dataset
import pytest
from conftest import PROGRAM, PROJECT, TABLES, read_table, run
from deltalake import DeltaTable, write_deltalake
from query_server import Engine
from s3_server import PROGRAM as VERSITYGW
from s3_server import Server
from test_s3_etl import write_config

HERE = Path(__file__).parent
DUCKDB = Path(os.environ.get("SPARKIFY_DUCKDB_DELTA") or PROJECT / ".venv/duckdb-delta")
SPARK = Path(os.environ.get("SPARKIFY_SPARK_DELTA") or PROJECT / ".venv/spark-delta")
READERS = ["delta-rs", "duckdb", "spark"]
PLACES = ["disk", "s3"]


def as_tuples(rows):
    """Rows as sorted tuples of texts, by the names of the columns."""
    return sorted(tuple(str(row[name]) for name in sorted(row)) for row in rows)


# ---- Readers ------------------------------------------------------------------------------------


class DeltaRs:
    def __init__(self, storage):
        self.storage = storage

    def table(self, uri, version=None):
        options = self.storage if uri.startswith("s3:") else None
        return DeltaTable(uri, version=version, storage_options=options)

    def rows(self, uri, version=None):
        return as_tuples(self.table(uri, version).to_pyarrow_table().to_pylist())

    def files_read(self, uri, column, value):
        """How many files are left to read by partitions and statistics."""
        wanted = pyarrow.dataset.field(column) == value
        found = self.table(uri).to_pyarrow_dataset()
        return len(list(found.get_fragments(filter=wanted)))

    # As a writer

    def append_user(self, uri, name):
        table = self.table(uri)
        columns = [field.name for field in table.schema().fields]
        write_deltalake(table, pyarrow.table({column: [name] for column in columns}), mode="append")

    def delete(self, uri, column, value):
        literal = f"'{value}'" if isinstance(value, str) else value
        self.table(uri).delete(f"{column} = {literal}")

    def optimize(self, uri):
        self.table(uri).optimize.compact()

    def set_property(self, uri):
        self.table(uri).alter.set_table_properties({"delta.logRetentionDuration": "interval 9 days"})

    def vacuum_dry(self, uri):
        self.table(uri).vacuum(retention_hours=0, dry_run=True, enforce_retention_duration=False)


class Sql:
    """An engine that is asked in SQL, with the name of a table in it."""

    def __init__(self, engine):
        self.engine = engine

    def rows(self, uri, version=None):
        return as_tuples(self.engine.ask(f"SELECT * FROM {self.name(uri, version)}")["rows"])

    def files_read(self, uri, column, value):
        wanted = f"{column} = " + (f"'{value}'" if isinstance(value, str) else str(value))
        sql = f"SELECT * FROM {self.name(uri, None)} WHERE {wanted}"
        return self.engine.ask(sql, files=True)["files"]


class DuckDb(Sql):
    def name(self, uri, version):
        return f"delta_scan('{uri}'" + (")" if version is None else f", version = {version})")


class Spark(Sql):
    def name(self, uri, version=None):
        path = uri.replace("s3://", "s3a://")
        return f"delta.`{path}`" + ("" if version is None else f" VERSION AS OF {version}")

    # As a writer

    def do(self, sql, uri, rest=""):
        self.engine.ask(f"{sql} {self.name(uri)} {rest}")

    def append_user(self, uri, name):
        self.do("INSERT INTO", uri, f"VALUES ('{name}', '{name}', '{name}', '{name}', '{name}')")

    def delete(self, uri, column, value):
        literal = f"'{value}'" if isinstance(value, str) else value
        self.do("DELETE FROM", uri, f"WHERE {column} = {literal}")

    def optimize(self, uri):
        self.do("OPTIMIZE", uri)

    def set_property(self, uri):
        self.do("ALTER TABLE", uri, "SET TBLPROPERTIES ('delta.logRetentionDuration' = 'interval 9 days')")

    def vacuum_dry(self, uri):
        self.do("VACUUM", uri, "RETAIN 0 HOURS DRY RUN")


@pytest.fixture(scope="session")
def gateway(tmp_path_factory):
    """The S3 server, or None where there is none to be had."""
    if not os.access(VERSITYGW, os.X_OK):
        yield None
        return
    with Server(tmp_path_factory.mktemp("s3")) as running:
        yield running


@pytest.fixture(scope="session")
def storage(gateway):
    """What an environment says of the S3 server."""
    if not gateway:
        return {}
    return {
        "AWS_ACCESS_KEY_ID": gateway.access_key,
        "AWS_SECRET_ACCESS_KEY": gateway.secret_key,
        "AWS_REGION": gateway.region,
    }


@pytest.fixture(scope="session")
def engines(gateway, storage, tmp_path_factory):
    """A function that gives a reader by its name; each engine is started once, when it is first
    asked for, and ended after the last test."""
    env = storage | ({"ENDPOINT": gateway.endpoint} if gateway else {})
    of_delta_rs = storage | {"AWS_ALLOW_HTTP": "true", "AWS_CONDITIONAL_PUT": "etag"}
    if gateway:
        of_delta_rs["AWS_ENDPOINT_URL"] = gateway.endpoint
    started = {"delta-rs": DeltaRs(of_delta_rs)}
    with contextlib.ExitStack() as stack:

        def start(program, packages):
            if not packages.is_dir():
                pytest.skip(f"no {packages}: ./dev test delta installs it")
            folder = tmp_path_factory.mktemp(program)
            return stack.enter_context(Engine(HERE / f"{program}.py", packages, folder, env))

        def get(name):
            if name == "duckdb" and name not in started:
                started[name] = DuckDb(start("duckdb_delta", DUCKDB))
            if name == "spark" and name not in started:
                if not shutil.which("java"):
                    pytest.skip("no Java")
                started[name] = Spark(start("spark_delta", SPARK))
            return started[name]

        yield get


# ---- Places -------------------------------------------------------------------------------------


class Disk:
    """A lake in a folder, and its input in another."""

    def __init__(self, folder):
        self.source, self.lake = folder / "in", folder / "lake"
        self.input, self.output = self.source, ("--output", self.lake)
        self.how = {}

    def uri(self, table):
        return str(self.lake / table)

    def put_input(self, key, lines):
        path = self.source / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(line + "\n" for line in lines))

    def run(self, command, *options, **how):
        place = self.output if command == "etl" else (self.lake,)
        return run(command, *place, *options, **self.how | how)

    def etl(self, *options):
        done = self.run("etl", "--input", self.input, "--json", *options, program=PROGRAM)
        assert done.code == 0, done.err
        return done.summary

    def etl_command(self, *options):
        return ["etl", "--input", self.input, *self.output, *options]

    def plain_rows(self, table):
        return as_tuples(read_table(self.lake, table))

    def tree(self):
        """{key: a hash of its bytes}"""
        return {
            str(path.relative_to(self.lake)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in self.lake.rglob("*")
            if path.is_file()
        }

    def remove(self, key):
        (self.lake / key).unlink()


class Bucket(Disk):
    """A lake in a bucket, and its input in another."""

    def __init__(self, folder, gateway):
        self.folder, self.client = folder, gateway.client
        self.bucket, self.source = gateway.new_bucket(), gateway.new_bucket("input")
        write_config(folder / "dl.cfg", gateway.access_key, gateway.secret_key)
        self.input = f"s3://{self.source}"
        self.lake = f"s3://{self.bucket}"
        self.output = ("--output", self.lake, "--endpoint", gateway.endpoint)
        self.how = {"cwd": folder}

    def uri(self, table):
        return f"{self.lake}/{table}"

    def put_input(self, key, lines):
        self.client.put(self.source, key, "".join(line + "\n" for line in lines).encode())

    def run(self, command, *options, **how):
        place = self.output if command == "etl" else self.output[1:]
        return run(command, *place, *options, **self.how | how)

    def plain_rows(self, table):
        copy = self.folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        for key in self.client.keys(self.bucket, f"{table}/"):
            if "/part-" in key:
                path = copy / key
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(self.client.get(self.bucket, key))
        return as_tuples(read_table(copy, table))

    def tree(self):
        return {item.key: (item.etag, item.size) for item in self.client.listing(self.bucket)}

    def remove(self, key):
        self.client.delete(self.bucket, key)


@pytest.fixture(scope="session")
def new_place(gateway, tmp_path_factory):
    """A function that makes an empty place of a kind."""

    def make(kind):
        folder = tmp_path_factory.mktemp(kind)
        if kind == "disk":
            return Disk(folder)
        if not gateway:
            pytest.skip(f"no versitygw at {VERSITYGW}: set SPARKIFY_VERSITYGW")
        return Bucket(folder, gateway)

    return make


def all_rows(reader, place):
    return {table: reader.rows(place.uri(table)) for table in TABLES}
