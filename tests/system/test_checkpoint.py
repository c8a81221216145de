"""Checkpoints of a Delta log, as its other readers read them: without the versions before it they see
what they saw with them. sparkify's own runs are not used for it: a program of the tests
(checkpoint_writer.c) replays a log and calls the encoder.

SPARKIFY_BUILD   the build whose tests/system/checkpoint_writer is run (default: the release build)
"""

import json
import os
import subprocess
from pathlib import Path

import duckdb
import polars
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest
from conftest import PROJECT, TABLES, etl, play, song, write_input
from deltalake import DeltaTable, write_deltalake

BUILD = Path(os.environ.get("SPARKIFY_BUILD") or PROJECT / "build/release")
WRITER = BUILD / "tests/system/checkpoint_writer"
CODECS = ["none", "snappy", "zstd"]


def write_checkpoint(table, codec="zstd"):
    assert WRITER.exists(), f"{WRITER} is missing: build it, or set SPARKIFY_BUILD to the build"
    done = subprocess.run([WRITER, table, codec], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def log_of(table):
    files = sorted((table / "_delta_log").glob("*.json"))
    return [[json.loads(line) for line in path.read_text().splitlines()] for path in files]


def drop_log(table):
    """Leaves no version that the checkpoint is of or that stands before it; but Spark wants the last
    one to be there, and so its first line, the commitInfo, stays."""
    log = table / "_delta_log"
    last = json.loads((log / "_last_checkpoint").read_text())["version"]
    for path in sorted(log.glob("*.json"))[: last + 1]:
        lines = [line for line in path.read_text().splitlines(True) if '"commitInfo"' in line]
        path.unlink()
        if int(path.stem) == last:
            path.write_text(lines[0])


def seen_by_delta_rs(table):
    """All that delta-rs tells of a table: its rows, its files with their statistics, itself."""
    delta = DeltaTable(table)
    metadata = delta.metadata()
    adds = pa.table(delta.get_add_actions(flatten=False)).to_pylist()
    return (
        delta.version(),
        sorted(map(str, delta.to_pyarrow_table().to_pylist())),
        sorted(map(str, adds)),
        delta.schema().to_json(),
        (metadata.id, metadata.name, metadata.partition_columns, metadata.created_time),
        metadata.configuration,
    )


def seen_by_polars(table):
    return sorted(map(str, polars.scan_delta(str(table)).collect().to_dicts()))


@pytest.fixture
def source(tmp_path):
    songs = [song(song_id=f"S{i:02}", artist_id=f"A {i % 3}/%=é", year=i % 4) for i in range(40)]
    plays = [play(ts=1541106106796 + i * 86_400_000, itemInSession=i) for i in range(50)]
    write_input(tmp_path / "in", songs=songs, plays=plays)
    return tmp_path / "in"


def change(source, number):
    """One more row for each table; in songs two, of which one is in a file that was there before."""
    more = song(song_id=f"T{number}", artist_id=f"B{number}", title=None)
    more += "\n" + song(song_id=f"R{number}", artist_id="A 0/%=é", year=0)
    (source / f"song_data/A/more-{number}.json").write_text(more + "\n")
    more = play(userId=f"N{number}", ts=1541106106796 + number)
    (source / f"log_data/more-{number}.json").write_text(more + "\n")


@pytest.fixture
def lake(source, tmp_path):
    """Two versions of each table, so that there are files that were added and such that were
    removed."""
    etl(source, tmp_path / "lake")
    change(source, 1)
    etl(source, tmp_path / "lake")
    return tmp_path / "lake"


@pytest.mark.parametrize("codec", CODECS)
def test_readers_see_the_same_table(lake, codec):
    for table in TABLES:
        path = lake / table
        before = seen_by_delta_rs(path), seen_by_polars(path)
        write_checkpoint(path, codec)
        drop_log(path)
        assert (seen_by_delta_rs(path), seen_by_polars(path)) == before
        for log in (path / "_delta_log").glob("*.json"):
            log.unlink()
        assert (seen_by_delta_rs(path), seen_by_polars(path)) == before


def expected_actions(table):
    """What the checkpoint must hold, from the log's lines."""
    files, kinds = {}, {"txn": None, "add": None, "remove": None, "metaData": None, "protocol": None}
    actions = []
    for version in log_of(table):
        for line in version:
            ((kind, action),) = line.items()
            if kind == "protocol":
                actions.insert(0, kinds | {kind: action})
            elif kind == "metaData":
                actions.insert(1, kinds | {kind: {"description": None} | action})
            elif kind == "add":
                files[action["path"]] = kinds | {
                    kind: {"tags": None} | action | {"dataChange": False}}
            elif kind == "remove":
                files[action["path"]] = kinds | {kind: action | {"dataChange": False}}
    return actions, files


def maps_of(value):
    """Maps come as lists of pairs."""
    if isinstance(value, dict):
        return {key: maps_of(part) for key, part in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], tuple):
        return dict(value)
    return value


def none_is_empty(value):
    """An empty map is an empty list where maps come as lists of pairs."""
    if isinstance(value, dict):
        return {key: none_is_empty(part) for key, part in value.items()} or []
    return value


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("table", ["songs", "songplays", "users"])
def test_the_file_itself(lake, table, codec):
    write_checkpoint(lake / table, codec)
    (path,) = (lake / table / "_delta_log").glob("*.checkpoint.parquet")
    file = pq.ParquetFile(path, page_checksum_verification=True)
    actions, files = expected_actions(lake / table)
    expected = [none_is_empty(action) for action in actions]
    for rows in (
        file.read().to_pylist(),
        duckdb.sql(f"SELECT * FROM read_parquet('{path}')").to_arrow_table().to_pylist(),
        polars.read_parquet(path).to_arrow().to_pylist(),
    ):
        rows = [none_is_empty(maps_of(row)) for row in rows]
        assert rows[:2] == expected
        found = {(row["add"] or row["remove"])["path"]: row for row in rows[2:]}
        assert len(found) == len(rows) - 2
        assert found == {name: none_is_empty(row) for name, row in files.items()}
    assert any(row["add"] for row in found.values()) and any(
        row["remove"] for row in found.values())
    last = json.loads((lake / table / "_delta_log/_last_checkpoint").read_text())
    assert last == {
        "version": 1,
        "size": len(rows),
        "sizeInBytes": path.stat().st_size,
        "numOfAddFiles": sum(row["add"] is not None for row in found.values()),
    }


def test_statistics_let_readers_skip(lake):
    path = lake / "songs"
    write_checkpoint(path)
    drop_log(path)
    dataset = DeltaTable(path).to_pyarrow_dataset()
    wanted = pa.dataset.field("song_id") == "S39"
    (fragment,) = dataset.get_fragments(filter=wanted)  # the greatest of its file, and of no other
    assert "/part-" in fragment.path and len(list(dataset.get_fragments())) == 13
    assert dataset.to_table(filter=wanted)["song_id"].to_pylist() == ["S39"]
    frame = polars.scan_delta(str(path)).filter(polars.col("song_id") == "S39").collect()
    assert frame.select("song_id", "artist_id", "year").rows() == [("S39", "A 0/%=é", 3)]


def test_versions_after_it(lake, source):
    for table in TABLES:
        write_checkpoint(lake / table)
    change(source, 2)
    etl(source, lake)
    for table in TABLES:
        path = lake / table
        before = seen_by_delta_rs(path), seen_by_polars(path)
        drop_log(path)
        assert (seen_by_delta_rs(path), seen_by_polars(path)) == before
        assert before[0][0] == 2
        assert DeltaTable(path, version=1).version() == 1


def tombstones(path):
    rows = pq.read_table(path, columns=["remove"]).to_pylist()
    return {row["remove"]["path"] for row in rows if row["remove"] is not None}


def test_another_program_goes_on_from_it(lake):
    path = lake / "songs"
    write_checkpoint(path)
    removed = tombstones(path / "_delta_log/00000000000000000001.checkpoint.parquet")
    drop_log(path)
    rows = DeltaTable(path).to_pyarrow_table()
    write_deltalake(path, rows.slice(0, 1), mode="append")
    delta = DeltaTable(path)
    assert delta.version() == 2
    assert delta.to_pyarrow_table().num_rows == rows.num_rows + 1
    delta.create_checkpoint()
    assert removed and tombstones(
        path / "_delta_log/00000000000000000002.checkpoint.parquet") == removed
    assert DeltaTable(path).to_pyarrow_table().num_rows == rows.num_rows + 1


def test_readers_of_plain_files_pass_it_by(lake):
    """A glob that names the data files, or a folder where "_" hides what is no data."""
    for table, (partitions, _) in TABLES.items():
        path = lake / table
        count = DeltaTable(path).to_pyarrow_table().num_rows
        write_checkpoint(path)
        files = f"{path}/**/part-*.parquet"
        query = f"SELECT count(*) FROM read_parquet('{files}', hive_partitioning = {bool(partitions)})"
        assert duckdb.sql(query).fetchall() == [(count,)]
        assert polars.scan_parquet(files).collect().height == count
        assert pa.dataset.dataset(path, partitioning="hive").count_rows() == count
