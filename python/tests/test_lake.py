"""Lake: versions, files, and what looks after it."""

import os

import pytest

import sparkify
from sparkify import SparkifyError, UsageError


def test_history(workspace, tmp_path):
    for compression in ("zstd", "none", "snappy"):
        sparkify.etl(workspace, tmp_path / "lake", keep_versions=2, compression=compression)
    lake = sparkify.Lake(str(tmp_path / "lake"))
    history = lake.history
    assert [version.version for version in history] == sorted((v.version for v in history), reverse=True)
    assert [version.version for version in lake.versions()] == [v.version for v in history if v.kept]
    newest = history[0]
    assert newest.operation == "etl" and newest.time.endswith("Z") and newest.run and newest.kept
    assert newest.files == sum(len(lake.files(table)) for table in newest.rows)
    assert newest.bytes == sum(file.bytes for table in newest.rows for file in lake.files(table))
    assert repr(history).splitlines()[0].split() == "version time what rows files bytes readable".split()
    assert history._repr_html_().count("<tr>") == len(history) + 1
    assert "songplays" in lake._repr_html_() and repr(lake) == f"sparkify.Lake({str(tmp_path / 'lake')!r})"


def test_files(lake):
    files = lake.files("songs")
    assert all(set(file.partition) == {"year", "artist_id"} and file.path.endswith(".parquet") for file in files)
    assert lake.files("users")[0].partition == {} and os.path.isabs(files[0].path)
    assert files[0].path in repr(files), "whole"
    with pytest.raises(UsageError, match="no table"):
        lake.files("plays")


def test_no_lake(tmp_path):
    lake = sparkify.Lake(tmp_path / "nothing")
    for call in (lake.versions, lake.check, lake.vacuum, lambda: lake.table("users"), lambda: lake.files("users")):
        with pytest.raises(SparkifyError):
            call()


def test_options(tmp_path):
    with pytest.raises(UsageError, match="thraeds") as raised:
        sparkify.Lake(tmp_path, thraeds=2)
    assert "threads" in raised.value.hint
    with pytest.raises(UsageError, match="endpoint"):
        sparkify.Lake(tmp_path, endpoint="http://127.0.0.1:1").versions()
    with pytest.raises(UsageError, match="threads"):
        sparkify.Lake(tmp_path, threads="x")


def test_options_arrive_at_jobs(own_lake):
    lake = sparkify.Lake(own_lake.uri, threads=1, cache_size="1M", connections=None)
    assert lake.check().ok and lake.vacuum(dry_run=True)["dry_run"]
    with pytest.raises(UsageError, match="compression"):
        lake.check(compression="zstd")


def test_check(own_lake):
    check = own_lake.check()
    assert check and check.ok and check.problems == [] and "all is right" in repr(check)
    path = own_lake.files("users")[0].path
    with open(path, "r+b") as file:
        file.seek(20)
        file.write(b"\0\0\0\0\0\0\0\0")
    check = own_lake.check()
    assert not check and len(check.problems) >= 1 and "problem" in repr(check) and "users" in repr(check)


def test_restore_and_vacuum(workspace, tmp_path):
    first = sparkify.etl(workspace, tmp_path / "lake", keep_versions=3)
    sparkify.generate(tmp_path / "other", songs=20, events=300)
    with pytest.warns(sparkify.SparkifyWarning, match="fewer rows"):
        second = sparkify.etl(tmp_path / "other", tmp_path / "lake", missing_logs="rebuild", missing_songs="rebuild")
    lake = sparkify.Lake(tmp_path / "lake")
    assert lake.history[0].rows == second.rows != first.rows
    assert lake.restore(0, dry_run=True)["status"] == "ok" and lake.history[0].rows == second.rows
    assert lake.restore(0)["lake_version"] == 2 and lake.history[0].rows == first.rows
    assert lake.history[0].operation.startswith("restore")
    with pytest.raises(SparkifyError):
        lake.restore(9)
    before = len(lake.versions())
    removed = lake.vacuum(retain="0s")
    assert removed["removed_files"] > 0 and len(lake.versions()) < before and lake.check().ok
