"""Incremental loads on a cluster: the rows of a full run, whichever engine takes its turn."""

import json
import shutil
import subprocess
import time

import pytest
from conftest import KEEP, PROGRAM, REBUILD, etl, message, play, run
from test_incremental import BEGIN, DAY, INCREMENTS, Workspace, assert_like_full_run, rows
from test_spark_etl import LONG


def spark_options(spark):
    return ("--engine", "spark", "--spark", spark)


def load(spark, source, lake, *options):
    """An increment, on the cluster unless `spark` is None."""
    engine = spark_options(spark) if spark else ()
    return etl(source, lake, "--incremental", *engine, *options, timeout=LONG)


def test_engines_take_turns(spark, tmp_path):
    workspace, lake = Workspace(tmp_path / "in", 0), tmp_path / "lake"
    first = load(spark, tmp_path / "in", lake)
    assert first["incremental"]["full_because"] == "no earlier run has recorded what it has read"
    for day in range(5):
        steps = workspace.dice.choices(INCREMENTS, k=2) + ["new_song"] * (day == 3)
        before = set(workspace.logs())
        for step in steps:
            getattr(workspace, step)()
        added = set(workspace.logs()) - before
        engine = spark if day % 3 else None
        summary = load(engine, tmp_path / "in", lake, *REBUILD)
        increment = summary["incremental"]
        assert increment["log_files"] == len(workspace.logs())
        assert bool(increment["full_because"]) == (day == 3), increment
        if day != 3:
            assert increment["new_log_files"] == len(added) == summary["sources"]["logs"]["files"]
            assert summary["sources"]["songs"]["files"] == 0
        assert_like_full_run(tmp_path / "in", lake, tmp_path / "full")


def loaded_by(engine, folder):
    workspace, lake = Workspace(folder / "in", 5), folder / "lake"
    for _ in range(2):
        workspace.new_day()
    load(engine, workspace.folder, lake)
    return workspace, lake


@pytest.fixture
def loaded(spark, tmp_path):
    """A lake that Spark has loaded, and its workspace."""
    return loaded_by(spark, tmp_path)


@pytest.fixture
def loaded_natively(tmp_path):
    """For tests of what a run on Spark does to a lake, whoever has loaded it."""
    return loaded_by(None, tmp_path)


def test_nothing_new_changes_nothing_and_asks_nothing(loaded):
    workspace, lake = loaded
    before = rows(lake)
    summary = load("sc://127.0.0.1:1", workspace.folder, lake)
    assert summary["incremental"]["full_because"] is None
    assert summary["incremental"]["new_log_files"] == 0
    assert all(table["unchanged"] for table in summary["tables"].values())
    assert rows(lake) == before
    assert run("check", lake).code == 0


@pytest.mark.parametrize(("engine", "start"), [("spark", "loaded_natively"), ("native", "loaded")])
def test_what_is_new_and_what_is_there_already(spark, request, engine, start):
    """Identical plays, keys that are shared with the lake and among the new, times that are there,
    and minus zero: the same rows and counts from both engines, each in a lake of the other."""
    workspace, lake = request.getfixturevalue(start)
    old = json.loads(workspace.logs()[0].read_text().splitlines()[0])
    lines = [
        json.dumps(old),  # there already
        json.dumps(old | {"level": "other"}),  # a key that is shared with one in the lake
        json.dumps(old | {"userId": "new"}),  # a time that is there
        play(ts=BEGIN + 400 * DAY, userId="1", length=0.0),  # a partition of its own
        play(ts=BEGIN + 400 * DAY, userId="1", length=-0.0),
        play(ts=BEGIN + 400 * DAY, userId="1", length=-0.0),
        play(ts=BEGIN - 20 * DAY, userId="1", song="T3", unknown=1),
        "not JSON",
    ]
    workspace.write(lines)
    summary = load(spark if engine == "spark" else None, workspace.folder, lake, "--max-rejects", "1")
    plays = {name: summary["plays"][name] for name in ("identical", "shared_keys", "kept")}
    assert plays == {"identical": 2, "shared_keys": 2, "kept": 0}
    assert summary["sources"]["logs"]["records"] == 8
    assert summary["sources"]["logs"]["rejected"] == 1
    assert_like_full_run(workspace.folder, lake, lake.parent / "full", "--max-rejects", "1")


def test_records_of_files_that_are_gone_are_kept(spark, loaded):
    """By increments and by full runs of both engines, of logs and of songs: the rows are those of
    everything that was ever read."""
    workspace, lake = loaded
    everything = workspace.folder.parent / "everything"

    def save():
        shutil.copytree(workspace.folder, everything, dirs_exist_ok=True)

    save()
    workspace.logs()[0].unlink()
    workspace.new_day()
    save()
    summary = load(spark, workspace.folder, lake, *KEEP)
    assert summary["incremental"]["full_because"] is None
    assert summary["sources"]["logs"]["gone"] == 1
    for engine in (spark_options(spark), (), spark_options(spark)):
        sorted((workspace.folder / "song_data").rglob("*.json"))[0].unlink()
        workspace.new_song()
        workspace.repeat()
        save()
        summary = etl(workspace.folder, lake, *engine, *KEEP, timeout=LONG)
        assert summary["plays"]["kept"] > 0
        assert summary["sources"]["songs"]["gone"] > 0
        etl(everything, everything.parent / "full", *REBUILD)
        assert rows(lake) == rows(everything.parent / "full")


@pytest.mark.parametrize("seconds", [1, 4])
def test_killed_between(spark, loaded_natively, seconds):
    """Wherever an increment on Spark is killed, the next one of any engine has all rows."""
    workspace, lake = loaded_natively
    workspace.repeat()
    words = ["etl", "--input", workspace.folder, "--output", lake, "--incremental"]
    killed = subprocess.Popen([PROGRAM, *words, *spark_options(spark)], stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    killed.kill()
    killed.wait()
    workspace.new_day()
    load(None, workspace.folder, lake)
    assert_like_full_run(workspace.folder, lake, lake.parent / "full")


def test_the_same_errors(spark, loaded_natively):
    """Files that are gone, and that change while others are: as the native engine says it."""
    workspace, lake = loaded_natively

    def says(*options):
        words = ("etl", "--input", workspace.folder, "--output", lake, *options)
        native, ours = (message(run(*words, *e, timeout=LONG)) for e in ((), spark_options(spark)))
        assert native == ours
        return native

    first, second = workspace.logs()[:2]
    first.unlink()
    assert "is gone, or empty now" in says("--incremental")
    assert "is gone, or empty now" in says()
    second.write_text(second.read_text() + play(userId="99"))
    assert "while the records of 1 log file that is gone are kept" in says("--incremental", *KEEP)

