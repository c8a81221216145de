"""Lake.table: the rows of a table as Arrow, compared with what pyarrow reads from the files."""

import datetime
import gc
import importlib
import os
import sys
import threading

import pyarrow
import pyarrow.parquet
import pytest

import sparkify
from sparkify import MissingPackage, SparkifyError, UsageError

TEXT, INT32, INT64, DOUBLE = pyarrow.string(), pyarrow.int32(), pyarrow.int64(), pyarrow.float64()
TIMESTAMP = pyarrow.timestamp("us", "UTC")
TYPES = {
    "songs": {"song_id": TEXT, "title": TEXT, "artist_id": TEXT, "year": INT32, "duration": DOUBLE},
    "artists": {"artist_id": TEXT, "name": TEXT, "location": TEXT, "latitude": DOUBLE, "longitude": DOUBLE},
    "users": {"user_id": TEXT, "first_name": TEXT, "last_name": TEXT, "gender": TEXT, "level": TEXT},
    "time": {"start_time": TIMESTAMP} | dict.fromkeys(("hour", "day", "week", "month", "year", "weekday"), INT32),
    "songplays": {
        "songplay_id": INT64,
        "start_time": TIMESTAMP,
        "user_id": TEXT,
        "level": TEXT,
        "song_id": TEXT,
        "artist_id": TEXT,
        "session_id": INT64,
        "location": TEXT,
        "user_agent": TEXT,
        "song": TEXT,
        "artist": TEXT,
        "length": DOUBLE,
        "year": INT32,
        "month": INT32,
    },
}
KEYS = {
    "songs": "song_id",
    "artists": "artist_id",
    "users": "user_id",
    "time": "start_time",
    "songplays": "songplay_id",
}


def by_pyarrow(lake, name):
    """The rows as another reader finds them, in the files that the lake names."""
    pieces = []
    for file in lake.files(name):
        piece = pyarrow.parquet.ParquetFile(file.path).read()
        for column, value in file.partition.items():
            piece = piece.append_column(column, pyarrow.array([value] * len(piece), TEXT).cast(TYPES[name][column]))
        assert len(piece) == file.rows and os.path.getsize(file.path) == file.bytes
        pieces.append(piece.select(list(TYPES[name])).cast(pyarrow.schema(TYPES[name])))
    return pyarrow.concat_tables(pieces)


@pytest.mark.parametrize("name", TYPES)
def test_rows_and_types(lake, name):
    table = lake.table(name)
    read = table.to_arrow()
    read.validate(full=True)
    assert {field.name: field.type for field in read.schema} == TYPES[name]
    assert table.types == {column: str(kind) for column, kind in TYPES[name].items()}
    order = [(KEYS[name], "ascending")]
    expected = by_pyarrow(lake, name).sort_by(order)
    assert read.sort_by(order).cast(expected.schema).equals(expected)
    assert len(table) == len(read) == len(expected)
    nullable = {field.name for field in read.schema if field.nullable}
    assert all(column in nullable for column in read.column_names if read[column].null_count)


@pytest.mark.parametrize("name", TYPES)
def test_values_without_another_package(lake, name):
    table = lake.table(name)
    assert table.to_dicts() == table.to_arrow().to_pylist()
    assert [dict(zip(table.columns, row, strict=True)) for row in table] == table.to_dicts()


def test_values_are_pythons(lake):
    row = lake.table("songplays").to_dicts()[0]
    assert isinstance(row["start_time"], datetime.datetime) and row["start_time"].tzinfo is datetime.timezone.utc
    assert isinstance(row["songplay_id"], int) and isinstance(row["length"], float) and isinstance(row["song"], str)


def test_columns(lake):
    table = lake.table("songplays", columns=["level", "month", "songplay_id"])
    assert table.columns == ["level", "month", "songplay_id"]
    assert table.to_arrow().equals(lake.table("songplays").to_arrow().select(table.columns))
    assert lake.table("songs", ("year",)).to_arrow().column_names == ["year"]


def test_versions(workspace, tmp_path):
    first = sparkify.etl(workspace, tmp_path / "lake", keep_versions=2)
    (workspace_2 := tmp_path / "more" / "log_data").mkdir(parents=True)
    sparkify.generate(tmp_path / "made", songs=10, events=500, start="2020-01-01")
    (tmp_path / "more" / "song_data").symlink_to(tmp_path / "made" / "song_data")
    for path in (tmp_path / "made" / "log_data").rglob("*.json"):
        (workspace_2 / path.name).write_bytes(path.read_bytes())
    with pytest.warns(sparkify.SparkifyWarning, match="fewer rows"):
        second = sparkify.etl(tmp_path / "more", tmp_path / "lake", missing_logs="rebuild", missing_songs="rebuild")
    lake = sparkify.Lake(tmp_path / "lake")
    assert len(lake.table("songplays").to_arrow()) == second.rows["songplays"]
    assert len(lake.table("songplays", version=0).to_arrow()) == first.rows["songplays"]
    assert len(lake.table("songplays", version=0)) == first.rows["songplays"] != second.rows["songplays"]
    assert lake.table("songs", version=0).version == 0
    with pytest.raises(SparkifyError, match="not kept"):
        lake.table("songplays", version=7)


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"name": "plays"}, "no table 'plays'"),
        ({"name": "users", "columns": ["user_id", "nmae"]}, "no column 'nmae'"),
        ({"name": "users", "columns": []}, "0 columns"),
        ({"name": "users", "columns": "level"}, "is a string"),
        ({"name": "users", "columns": [7]}, "no name of a column"),
        ({"name": "users", "columns": ["a\0b"]}, "zero byte"),
        ({"name": "us\0ers"}, "zero byte"),
        ({"name": "users", "version": -1}, "-1 is no version"),
        ({"name": "users", "version": "newest"}, "'newest' is no version"),
        ({"name": "users", "version": True}, "True is no version"),
        ({"name": "users", "version": 1 << 63}, "is no version"),
    ],
)
def test_wrong_arguments(lake, arguments, words):
    with pytest.raises(UsageError) as raised:
        lake.table(**arguments)
    assert words in str(raised.value)


def test_file_that_is_gone(own_lake):
    table = own_lake.table("users")
    os.remove(own_lake.files("users")[0].path)
    with pytest.raises(OSError, match="cannot read"):
        table.to_arrow()
    with pytest.raises(SparkifyError, match="cannot read"):
        list(table)


# ---- Who takes it --------------------------------------------------------------------------------


def test_polars(lake):
    polars = pytest.importorskip("polars")
    for name in TYPES:
        frame = lake.table(name).to_polars()
        assert frame.equals(polars.from_arrow(lake.table(name).to_arrow())), name
    assert polars.DataFrame(lake.table("users")).height == len(lake.table("users"))


def test_pandas(lake):
    pytest.importorskip("pandas")
    frame = lake.table("songplays").to_pandas()
    assert len(frame) == len(lake.table("songplays")) and list(frame.columns) == list(TYPES["songplays"])
    assert str(frame.dtypes["start_time"]) == "datetime64[us, UTC]" and str(frame.dtypes["songplay_id"]) == "int64"


def test_duckdb(lake):
    duckdb = pytest.importorskip("duckdb")
    relation = lake.table("songplays").to_duckdb()
    for _ in range(2):  # a relation reads it anew each time
        assert relation.aggregate("count(*)").fetchall() == [(len(lake.table("songplays")),)]
    with duckdb.connect() as connection:
        users, plays = lake.table("users"), lake.table("songplays")
        found = connection.sql("SELECT count(*) FROM users u JOIN plays p ON u.user_id = p.user_id").fetchall()
        assert found == [(len(plays),)] and len(users) > 0
        assert lake.table("users").to_duckdb(connection).columns == list(TYPES["users"])


@pytest.mark.parametrize(
    "package, method",
    [("pyarrow", "to_arrow"), ("pandas", "to_pandas"), ("polars", "to_polars"), ("duckdb", "to_duckdb")],
)
def test_missing_package(lake, monkeypatch, package, method):
    table = lake.table("users")

    def import_module(name):
        if name == package:
            raise ModuleNotFoundError(name)
        return original(name)

    original = importlib.import_module
    monkeypatch.setattr(importlib, "import_module", import_module)
    with pytest.raises(MissingPackage, match=f"needs {package}") as raised:
        getattr(table, method)()
    assert raised.value.hint.startswith("pip install ") and package in raised.value.hint
    assert isinstance(raised.value, ImportError)


# ---- Memory and threads --------------------------------------------------------------------------


def resident_kib():
    with open("/proc/self/status") as status:
        return int(next(line for line in status if line.startswith("VmRSS:")).split()[1])


def test_streams_are_released(lake):
    def use():
        capsules = [lake.table("users").__arrow_c_stream__() for _ in range(30)]
        capsules.append(lake.table("songplays").to_arrow().slice(10, 5))
        next(iter(lake.table("songplays")))
        return len(capsules)

    for _ in range(3):
        use()
    gc.collect()
    before, descriptors = resident_kib(), len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        use()
    gc.collect()
    assert resident_kib() - before < 20_000
    assert len(os.listdir("/proc/self/fd")) <= descriptors


def test_stream_outlives_its_lake(lake_folder):
    reader = pyarrow.RecordBatchReader.from_stream(sparkify.Lake(lake_folder).table("songplays"))
    gc.collect()
    first = reader.read_next_batch()
    del reader
    gc.collect()
    assert first.num_rows > 0 and first["song"][0].as_py()


def test_capsule_at_the_end_of_the_interpreter(lake_folder, run_python):
    code = """
import sys, sparkify, pyarrow
lake = sparkify.Lake(sys.argv[1])
users, time = lake.table("users"), lake.table("time")
sys.modules["kept"] = [users.__arrow_c_stream__(), users.to_arrow(), iter(time)]
next(sys.modules["kept"][2])
"""
    assert run_python(code, lake_folder).stderr == ""


def test_threads_take_turns(lake):
    counts = []
    threads = [threading.Thread(target=lambda: counts.append(len(lake.table("time").to_arrow()))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [len(lake.table("time"))] * 8


# ---- Shown ---------------------------------------------------------------------------------------


def test_shows_itself(lake, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    lines = repr(lake.table("songplays")).splitlines()
    assert len(lines) == 23 and lines[-1] == f"20 of {len(lake.table('songplays')):,} rows"
    assert all(len(line) <= 60 for line in lines) and lines[0].endswith("…")
    assert lines[0].split()[:2] == ["songplay_id", "start_time"]
    page = lake.table("songplays")._repr_html_()
    assert page.count("<tr>") == 21 and page.count("<th ") == 14


def test_markup_in_values_is_text(tmp_path, workspace):
    sparkify.etl(workspace, tmp_path / "lake")
    table = sparkify.Lake(tmp_path / "lake").table("users")
    rows = [["<script>alert(1)</script>", 'a"b\x1b[31m']]
    assert "<script>" not in sparkify._text.html_table(["<i>", "b"], rows, [False, False])
    assert "\x1b" not in sparkify._text.text_table(["a", "b"], rows, [False, False])
    assert table.columns and sys.modules["sparkify._text"]
