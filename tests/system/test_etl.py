"""Whole runs over real and generated data: the right rows, the right files, every time the same."""

import functools
import re
from datetime import UTC
from pathlib import Path

import duckdb
import polars
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest
import reference
from conftest import (
    DATA_SETS,
    PROGRAM,
    TABLES,
    assert_equals_reference,
    etl,
    parquet_files,
    play,
    read_rejects,
    run,
    snapshot,
    song,
    tables,
    without_run,
    write_input,
)

UTC_MICROS = pa.timestamp("us", tz="UTC")
COLUMNS = {  # those in the files; the partition columns stand in the path
    "songs": [("song_id", pa.string()), ("title", pa.string()), ("duration", pa.float64())],
    "artists": [
        ("artist_id", pa.string()),
        ("name", pa.string()),
        ("location", pa.string()),
        ("latitude", pa.float64()),
        ("longitude", pa.float64()),
    ],
    "users": [
        ("user_id", pa.string()),
        ("first_name", pa.string()),
        ("last_name", pa.string()),
        ("gender", pa.string()),
        ("level", pa.string()),
    ],
    "time": [
        ("start_time", UTC_MICROS),
        ("hour", pa.int32()),
        ("day", pa.int32()),
        ("week", pa.int32()),
        ("weekday", pa.int32()),
    ],
    "songplays": [
        ("songplay_id", pa.int64()),
        ("start_time", UTC_MICROS),
        ("user_id", pa.string()),
        ("level", pa.string()),
        ("song_id", pa.string()),
        ("artist_id", pa.string()),
        ("session_id", pa.int64()),
        ("location", pa.string()),
        ("user_agent", pa.string()),
        ("song", pa.string()),
        ("artist", pa.string()),
        ("length", pa.float64()),
    ],
}


expected_of = functools.cache(reference.read)


class Lake:
    """An output with the input that it was made from, its summary, and what must be in it."""

    def __init__(self, source, output):
        self.source = source
        self.output = output
        self.summary = etl(source, output, program=PROGRAM)
        self.expected = expected_of(source)


@pytest.fixture(scope="module", params=["generated", *DATA_SETS])
def lake(request, tmp_path_factory):
    source = DATA_SETS.get(request.param) or request.getfixturevalue("generated_data")
    return Lake(source, tmp_path_factory.mktemp(f"lake-{request.param}"))


@pytest.fixture(scope="module")
def known_lake(data_set, tmp_path_factory):
    return Lake(DATA_SETS[data_set], tmp_path_factory.mktemp("lake"))


# ---- The rows ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("39", 583, 1541106106796, 2), 2540724111563630629),
        (("15", 818, 1542837407796, 0), 3681045179312653550),
        (("ünïcødé-💾 longer than thirty-two bytes of text", 583, -1, 0), 5955243143168513578),
        (("39", None, 1541106106796, 2), -6821242703451119625),
        (("", None, None, 0), 1172808402238552441),
        ((None, None, None, None), 42),
        (("a",), -8582455328737087284),
    ],
)
def test_reference_hashes_as_spark_does(values, expected):
    assert reference.spark_xxhash64(*values) == expected


COUNTS = {  # docs/semantics.md, Reference counts; the sum of the songplay_ids is what Spark 4.3.0 says
    "sample": {
        "events": 480,
        "plays": {"plays": 411, "matched": 135, "identical": 1, "shared_keys": 0, "kept": 0},
        "rows": {"songs": 74, "artists": 55, "users": 18, "time": 404, "songplays": 410},
        "sum of ids": -88675519906135723015,
    },
    "workspace": {
        "events": 8056,
        "plays": {"plays": 6820, "matched": 1, "identical": 0, "shared_keys": 0, "kept": 0},
        "rows": {"songs": 71, "artists": 69, "users": 96, "time": 6813, "songplays": 6820},
        "sum of ids": -1255591692687084918798,
    },
}


def test_reference_counts(known_lake, data_set):
    summary, known = known_lake.summary, COUNTS[data_set]
    rows = {name: table["rows"] for name, table in summary["tables"].items()}
    assert rows == known["rows"]
    assert summary["sources"]["logs"]["records"] == known["events"]
    assert summary["plays"] == known["plays"]
    assert [source["rejected"] for source in summary["sources"].values()] == [0, 0]
    assert summary["rejects"] is None
    ids = [row["songplay_id"] for row in tables(known_lake.output)["songplays"]]
    assert len(set(ids)) == known["rows"]["songplays"]
    assert sum(ids) == known["sum of ids"]


def test_rows_equal_the_reference(lake):
    assert_equals_reference(lake.output, lake.summary, lake.expected)


@pytest.fixture(scope="module")
def reference_in_sql(lake):
    connection = duckdb.connect()
    connection.execute("set variable source = ?", [str(lake.source)])
    connection.execute(Path(__file__).with_name("reference.sql").read_text())
    return connection


@pytest.mark.parametrize("table", TABLES)
def test_rows_equal_those_of_duckdb(lake, reference_in_sql, table):
    query = reference_in_sql.execute(f"select * from {table}")
    names = [column[0] for column in query.description]

    def comparable(row):
        values = dict(zip(names, row))
        if "start_time" in values:
            values["start_time"] = values["start_time"].replace(tzinfo=UTC)
        return repr(values)

    theirs = sorted(comparable(row) for row in query.fetchall())
    ours = [[row[name] for name in names] for row in tables(lake.output)[table]]
    assert sorted(map(comparable, ours)) == theirs


def test_generated_data_has_the_traps_of_real_data(generated_data):
    """Without them the comparisons above would prove little."""
    expected = expected_of(generated_data)
    songs, plays = expected.tables["songs"], expected.tables["songplays"]
    assert expected.matched > 0
    assert expected.logs.left_out > 0
    assert len({play["start_time"].microsecond for play in plays}) > 100
    assert len(expected.tables["time"]) < len(plays)
    assert expected.songs.records > len(songs) > len(expected.tables["artists"])
    assert 0.3 < sum(song["year"] == 0 for song in songs) / len(songs) < 0.7


# ---- The files --------------------------------------------------------------------------------


@pytest.mark.parametrize("table", TABLES)
def test_columns_of_every_file(lake, table):
    for path in parquet_files(lake.output, table):
        schema = pq.read_schema(path)
        assert list(zip(schema.names, schema.types)) == COLUMNS[table]


def test_files_are_named_by_part_and_run(lake):
    name = f"part-00000-{lake.summary['run']}.zstd.parquet"
    for table in TABLES:
        paths = parquet_files(lake.output, table)
        assert {path.name for path in paths} == {name}
        assert lake.summary["tables"][table]["files"] == len(paths)
        assert lake.summary["tables"][table]["bytes"] == sum(p.stat().st_size for p in paths)


def test_nothing_but_tables_in_the_output(lake):
    assert {path.name for path in lake.output.iterdir()} <= {*TABLES, "_sparkify"}
    assert not [p for p in lake.output.rglob("*") if ".tmp" in p.name]


def test_sources_are_counted(lake):
    for name, source in lake.summary["sources"].items():
        files = list((lake.source / f"{name[:-1]}_data").rglob("*.json"))
        assert source["files"] == len(files)
        assert source["bytes"] == sum(path.stat().st_size for path in files)


def test_other_readers_see_the_same_rows(known_lake):
    for table, counts in known_lake.summary["tables"].items():
        folder = known_lake.output / table
        files = f"{folder}/**/part-*.parquet"
        partitioned = bool(TABLES[table][0])
        by_arrow = pyarrow.dataset.dataset(folder, partitioning="hive").count_rows()
        by_duckdb = duckdb.sql(f"select * from read_parquet('{files}', hive_partitioning = true)")
        by_polars = polars.read_parquet(files, hive_partitioning=partitioned)
        assert [by_arrow, len(by_duckdb), by_polars.height] == [counts["rows"]] * 3
        assert set(by_duckdb.columns) == set(by_polars.columns)


@pytest.mark.parametrize("codec", ["zstd", "snappy", "none"])
def test_compression(sample_data, tmp_path, codec):
    summary = etl(sample_data, tmp_path, "--compression", codec, program=PROGRAM)
    (path,) = parquet_files(tmp_path, "users")
    assert summary["run"] in path.name
    assert (f".{codec}." in path.name) == (codec != "none")
    codecs = set()
    for table in TABLES:
        for path in parquet_files(tmp_path, table):
            group = pq.read_metadata(path).row_group(0)
            codecs |= {group.column(i).compression for i in range(group.num_columns)}
    # A chunk that a codec does not make smaller is stored without it.
    wanted = codec.upper() if codec != "none" else "UNCOMPRESSED"
    assert {wanted} <= codecs <= {wanted, "UNCOMPRESSED"}
    assert tables(tmp_path)["users"] == sorted(
        expected_of(sample_data).tables["users"], key=lambda row: row["user_id"]
    )


# ---- Again and again --------------------------------------------------------------------------


def test_output_is_byte_identical_on_any_number_of_threads(generated_data, tmp_path):
    runs = []
    for number, threads in enumerate([1, 2, 7, 7]):
        output = tmp_path / str(number)
        summary = etl(generated_data, output, "--threads", threads, program=PROGRAM)
        runs.append(without_run(output, summary))
    assert len({summary for files in runs for summary in files}) == len(runs[0])
    assert runs[0] == runs[1] == runs[2] == runs[3]


def test_threads_keep_rejects_in_order(tmp_path):
    """Pieces of several MiB, with a broken record here and there."""
    plays = [play(itemInSession=i) if i % 977 else f"broken {i}" for i in range(25_000)]
    write_input(tmp_path / "in", plays=plays)
    expected = reference.read(tmp_path / "in")
    runs = []
    for threads in (1, 7):
        output = tmp_path / f"out{threads}"
        summary = etl(tmp_path / "in", output, "--threads", threads, program=PROGRAM)
        assert_equals_reference(output, summary, expected)
        runs.append((without_run(output, summary), read_rejects(output, summary["run"])))
    assert runs[0] == runs[1]
    assert [reject["line"] for reject in runs[0][1]] == list(range(1, 25_001, 977))


def test_a_run_replaces_the_tables(tmp_path):
    output = tmp_path / "out"
    write_input(tmp_path / "one", songs=[song(year=1999)], plays=[play(), "broken"] + [play()] * 99)
    write_input(tmp_path / "two", songs=[song(year=2001)], plays=[play(ts=0), "broken", play()])
    first = etl(tmp_path / "one", output)
    second = etl(tmp_path / "two", output, "--max-rejects", 1)
    assert first["run"] != second["run"]
    runs = {
        (table, path.parent.parent.name): path.name.removeprefix("part-00000-").split(".")[0]
        for table in ("songs", "songplays")
        for path in parquet_files(output, table)
    }
    assert runs == {
        ("songs", "year=2001"): second["run"],
        ("songplays", "year=1970"): second["run"],
        ("songplays", "year=2018"): first["run"],  # its one play is the same
    }
    assert len(without_run(output / "users")) == len(without_run(output / "artists")) == 1
    assert [row["year"] for row in tables(output)["songs"]] == [2001]
    assert not (output / "songs/year=1999").exists()
    for summary in (first, second):  # the rejects of each run are kept
        assert len(read_rejects(output, summary["run"])) == 1
        assert summary["rejects"].rstrip("/").endswith(f"_rejects/run={summary['run']}")


def test_dry_run_reads_and_counts_but_writes_nothing(tmp_path):
    source = write_input(tmp_path / "in", plays=[play(), "broken"])
    counts = etl(source, tmp_path / "out", "--max-rejects", 1)
    old = snapshot(tmp_path / "out")
    for output in (tmp_path / "out", tmp_path / "new"):
        dry = etl(source, output, "--max-rejects", 1, "--dry-run")
        assert (dry["dry_run"], dry["rejects"]) == (True, None)
        assert dry["plays"] == counts["plays"]
        assert dry["sources"] == counts["sources"]
        for table in TABLES:
            assert dry["tables"][table]["rows"] == counts["tables"][table]["rows"]
    assert snapshot(tmp_path / "out") == old
    assert not (tmp_path / "new").exists()


def test_json_summary(known_lake):
    summary = known_lake.summary
    assert summary["version"] == run("--version").out.split()[-1]
    assert re.fullmatch(r"[\w-]+", summary["run"])
    assert summary["dry_run"] is False
    assert (summary["input"], summary["output"]) == (
        str(known_lake.source),
        str(known_lake.output),
    )
    assert list(summary["tables"]) == list(TABLES)
    seconds = summary["seconds"]
    assert list(seconds) == ["list", "songs", "logs", "write", "commit", "total"]
    assert all(0 <= value <= seconds["total"] for value in seconds.values())
    assert summary["peak_memory_bytes"] > 1_000_000
