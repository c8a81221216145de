"""Lakes that earlier versions of sparkify have written are carried on (docs/lake.md). lakes/before_song.tar.xz
is one of two versions, both kept, from before songplays had song, artist and length; its input is beside it."""

import json
import tarfile
from pathlib import Path

import deltalake
import polars
import pyarrow.parquet as pq
import pytest
from conftest import PROGRAM, etl, run
from test_lake import seen
from test_lake_versions import history, in_force

NEW = ("song", "artist", "length")


@pytest.fixture
def old(tmp_path):
    with tarfile.open(Path(__file__).parent / "lakes/before_song.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / "in", tmp_path / "lake"


def assert_right(lake):
    done = run("check", lake)
    assert done.code == 0, done.out + done.err


def assert_like_full_run(source, lake, folder):
    etl(source, folder, program=PROGRAM)
    assert seen(lake) == seen(folder)


def all_rows(lake, version=None):
    """As three readers of Delta tables see them, who must agree."""
    table = deltalake.DeltaTable(lake / "songplays", version=version)
    arrow = table.to_pyarrow_dataset().to_table()
    with_polars = polars.scan_delta(str(lake / "songplays"), version=version).collect()
    assert sorted(map(str, with_polars.to_dicts())) == sorted(
        map(str, polars.from_arrow(arrow).select(with_polars.columns).to_dicts())
    )
    return with_polars.to_dicts()


def test_is_read_as_before(old):
    _, lake = old
    assert_right(lake)
    assert [entry["version"] for entry in history(lake)] == [1, 0]
    assert [len(all_rows(lake, version)) for version in (0, 1)] == [5, 7]
    assert run("vacuum", lake).code == 0
    assert_right(lake)
    assert len(list((lake / "songplays/_delta_log").iterdir())) == 2  # nothing of it was written


@pytest.mark.parametrize("options", [(), ("--incremental",)])
def test_a_run_reads_all_logs_again(old, options, tmp_path):
    """An increment cannot tell its plays from old rows that do not say their song."""
    source, lake = old
    summary = etl(source, lake, *options, program=PROGRAM)
    if options:
        because = summary["incremental"]["full_because"]
        assert because == "the lake is from before songplays had its columns song, artist and length"
    assert_right(lake)
    assert_like_full_run(source, lake, tmp_path / "full")
    assert len(all_rows(lake, 1)) == 7
    (source / "log_data/2018/11/2.json").write_text((source / "log_data/2018/11/0.json").read_text())
    summary = etl(source, lake, "--incremental", program=PROGRAM)
    assert summary["incremental"]["full_because"] is None and summary["plays"]["identical"] == 5


def test_a_restored_version_has_nulls(old, tmp_path):
    """Its files lack the columns that the table has since; and the next run fills them in."""
    source, lake = old
    before = all_rows(lake, 0)
    etl(source, lake, program=PROGRAM)
    assert run("restore", lake, "--at", 0).code == 0
    assert_right(lake)
    rows = all_rows(lake)
    assert {row.pop(name) for row in rows for name in NEW} == {None}
    assert sorted(map(str, rows)) == sorted(map(str, before))
    assert etl(source, lake, "--incremental", program=PROGRAM)["incremental"]["full_because"]
    assert_right(lake)
    assert_like_full_run(source, lake, tmp_path / "full")


def test_a_restore_as_the_first_command(old):
    _, lake = old
    assert run("restore", lake, "--at", 0).code == 0
    assert_right(lake)
    assert {row[name] for row in all_rows(lake) for name in NEW} == {None}
    log = (lake / "songplays/_delta_log/00000000000000000002.json").read_text().splitlines()
    [metadata] = [action["metaData"] for action in map(json.loads, log) if "metaData" in action]
    first = json.loads((lake / "songplays/_delta_log/00000000000000000000.json").read_text().splitlines()[2])
    assert metadata["id"] == first["metaData"]["id"]
    names = [field["name"] for field in json.loads(metadata["schemaString"])["fields"]]
    assert tuple(names[-5:-2]) == NEW
    assert run("restore", lake, "--at", 1).code == 0
    assert '"metaData"' not in (lake / "songplays/_delta_log/00000000000000000003.json").read_text()
    assert_right(lake)


def test_check_finds_a_schema_that_was_not_widened(old):
    source, lake = old
    etl(source, lake, program=PROGRAM)
    path = lake / "songplays/_delta_log/00000000000000000002.json"
    path.write_text("".join(line for line in path.open() if '"metaData"' not in line))
    done = run("check", lake)
    assert done.code == 1 and "the newest metaData of its log lacks columns of the table" in done.out


def test_old_rows_are_kept(old):
    """Of logs that are gone: with nulls, and with the song that they matched. Those of a log that is there
    again have all that it says."""
    source, lake = old
    before = old_columns(all_rows(lake))
    again = (source / "log_data/2018/11/0.json").read_text()
    for path in (source / "log_data/2018/11").iterdir():
        path.unlink()
    (source / "log_data/2018/11/copy.json").write_text(again)
    for _ in range(2):
        summary = etl(source, lake, "--missing-logs", "keep", program=PROGRAM)
        after = all_rows(lake)
        assert old_columns(after) == before
        told = [row for row in after if row["song"] is not None]
        assert told and summary["plays"]["kept"] == 2
        assert sum(row["song"] is None for row in after) == 3  # and one whose event says no song
    assert_right(lake)


def old_columns(rows):
    return sorted(str({name: value for name, value in row.items() if name not in NEW}) for row in rows)


def test_files_have_no_hidden_bytes(old):
    """All between the magic number and the page indexes is column chunks."""
    source, lake = old
    etl(source, lake, program=PROGRAM)
    for path in in_force(lake, "songplays"):
        file = pq.ParquetFile(lake / "songplays" / path)
        groups = [file.metadata.row_group(i) for i in range(file.num_row_groups)]
        chunks = [group.column(i) for group in groups for i in range(group.num_columns)]
        assert not file.metadata.metadata
        end = 4
        for chunk in chunks:
            assert (chunk.dictionary_page_offset or chunk.data_page_offset) == end
            end += chunk.total_compressed_size
