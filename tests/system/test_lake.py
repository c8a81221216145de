"""The lake's commit: Delta tables that other readers take as they are, one winner of several runs, and
nothing lost whatever crashes when."""

import json
import os
import random
import shutil
import signal
import subprocess
import time

import polars
import pyarrow as pa
import pytest
from conftest import (
    PROGRAM,
    TABLES,
    etl,
    message,
    play,
    run,
    snapshot,
    song,
    tables,
    without_run,
    write_input,
)
from deltalake import DeltaTable


def version_of(lake, table):
    return DeltaTable(lake / table).version()


def log_of(lake, table):
    """The actions of each version."""
    files = sorted((lake / table / "_delta_log").glob("*.json"))
    return [[json.loads(line) for line in path.read_text().splitlines()] for path in files]


def files_in_force(lake, table):
    """By the log alone: (path as it is in the log, size)"""
    files = {}
    for version in log_of(lake, table):
        for action in version:
            if "remove" in action:
                del files[action["remove"]["path"]]
            if "add" in action:
                assert action["add"]["path"] not in files
                files[action["add"]["path"]] = action["add"]["size"]
    return files


def data_files(lake, table):
    return sorted(str(p.relative_to(lake / table)) for p in (lake / table).rglob("part-*"))


def as_rows(table):
    """Rows of a pyarrow or Polars table as sorted tuples by name."""
    columns = sorted(table.column_names if isinstance(table, pa.Table) else table.columns)
    rows = table.to_pylist() if isinstance(table, pa.Table) else table.to_dicts()
    return sorted(tuple(str(row[name]) for name in columns) for row in rows)


def assert_same_by_all_readers(lake):
    """The log's readers see what those of the plain files see."""
    plain = tables(lake)
    for table in TABLES:
        count = len(plain[table])
        delta = polars.scan_delta(str(lake / table)).collect()
        files = polars.from_arrow(pa.table(DeltaTable(lake / table).to_pyarrow_table()))
        assert delta.height == files.height == count
        assert as_rows(delta) == as_rows(files)
        assert len(files_in_force(lake, table)) == len(data_files(lake, table))


@pytest.fixture
def source(tmp_path):
    songs = [song(song_id=f"S{i}", artist_id=f"A {i % 3}/%=é", year=i % 4) for i in range(20)]
    plays = [play(ts=1541106106796 + i * 86_400_000, itemInSession=i) for i in range(50)]
    write_input(tmp_path / "in", songs=songs, plays=plays)
    return tmp_path / "in"


def change(source, number):
    """One more user, and so one more play."""
    path = source / "log_data" / f"more-{number}.json"
    path.write_text(play(userId=f"N{number}", ts=1541106106796 + number) + "\n")


def test_readers_of_the_log(source, tmp_path):
    lake = tmp_path / "lake"
    for number in range(3):
        change(source, number)
        etl(source, lake)
        assert_same_by_all_readers(lake)
        assert version_of(lake, "songplays") == number
        assert version_of(lake, "songs") == 0  # the songs have not changed


def test_schema_and_statistics(source, tmp_path):
    etl(source, tmp_path / "lake")
    delta = DeltaTable(tmp_path / "lake/songplays")
    assert delta.metadata().partition_columns == ["year", "month"]
    assert (delta.protocol().min_reader_version, delta.protocol().min_writer_version) == (1, 2)
    types = {field.name: (field.type.type, field.nullable) for field in delta.schema().fields}
    assert types["songplay_id"] == ("long", False)
    assert types["start_time"] == ("timestamp", False)
    assert types["song_id"] == ("string", True)
    assert types["year"] == ("integer", False)
    for table in TABLES:
        for version in log_of(tmp_path / "lake", table):
            for add in (action["add"] for action in version if "add" in action):
                stats = json.loads(add["stats"])
                assert stats["numRecords"] > 0
                for name, least in stats["minValues"].items():
                    assert least <= stats["maxValues"][name]
                assert all(count <= stats["numRecords"] for count in stats["nullCount"].values())
    plays = polars.scan_delta(str(tmp_path / "lake/songplays"))
    assert plays.filter(polars.col("user_id") == "nobody").collect().height == 0


def test_the_same_input_commits_nothing(source, tmp_path):
    lake = tmp_path / "lake"
    etl(source, lake)
    old = snapshot(lake), {table: log_of(lake, table) for table in TABLES}
    summary = etl(source, lake)
    assert (snapshot(lake), {table: log_of(lake, table) for table in TABLES}) == old
    assert all(table["unchanged"] for table in summary["tables"].values())
    assert summary["removed_files"] == 0
    assert "nothing was committed" in run("etl", "--input", source, "--output", lake).out


def test_a_lake_of_before_the_log(source, tmp_path):
    """Files that a version without logs has written are replaced, not kept."""
    lake = tmp_path / "lake"
    etl(source, lake)
    for table in TABLES:
        shutil.rmtree(lake / table / "_delta_log")
    shutil.rmtree(lake / "_sparkify")
    old = {table: data_files(lake, table) for table in TABLES}
    etl(source, lake)
    assert_same_by_all_readers(lake)
    assert not any(set(old[table]) & set(data_files(lake, table)) for table in TABLES)


def test_time_travel_names_what_was_there(source, tmp_path):
    """The log keeps what each version had, though the files of old ones are gone."""
    lake = tmp_path / "lake"
    etl(source, lake)
    change(source, 1)
    etl(source, lake)
    [first, second] = log_of(lake, "users")
    added = {action["add"]["path"] for action in first if "add" in action}
    assert {action["remove"]["path"] for action in second if "remove" in action} == added
    history = DeltaTable(lake / "users").history()
    assert [entry["operationMetrics"]["numOutputRows"] for entry in history] == ["2", "1"]


# ---- Others ------------------------------------------------------------------------------------


def test_a_commit_of_another_program_is_respected(source, tmp_path):
    lake = tmp_path / "lake"
    etl(source, lake)
    from deltalake import write_deltalake

    rows = pa.table({name: ["x"] for name in ("user_id", "first_name", "last_name", "gender", "level")})
    write_deltalake(lake / "users", rows, mode="append")
    old = DeltaTable(lake / "users").to_pyarrow_table()
    change(source, 1)
    text = message(run("etl", "--input", source, "--output", lake))
    assert "users" in text
    new = DeltaTable(lake / "users").to_pyarrow_table()
    assert as_rows(polars.from_arrow(pa.table(new))) == as_rows(polars.from_arrow(pa.table(old)))


# ---- Several runs at once ----------------------------------------------------------------------


def start(source, lake):
    command = [PROGRAM, "etl", "--input", source, "--output", lake, "--json"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def start_all(sources, lake, gate):
    """Runs that wait for each other, and then all begin."""
    os.mkfifo(gate)
    wait = ["sh", "-c", 'read -r _ <"$0"; exec "$@"', gate]
    options = ["--output", lake, "--json", "--missing-logs", "rebuild"]
    commands = [[PROGRAM, "etl", "--input", source, *options] for source in sources]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    runs = [subprocess.Popen(wait + command, **pipes) for command in commands]
    time.sleep(0.3)
    gate.write_text("")
    return runs


def deciders(lake):
    """The run of each version, in their order."""
    paths = sorted((lake / "_sparkify/commits").iterdir())
    return [json.loads(path.read_text())["run"] for path in paths]


def test_runs_at_once(source, tmp_path):
    """One commits each version; the others say who, and leave nothing."""
    lake, other = tmp_path / "lake", tmp_path / "other"
    shutil.copytree(source, other)
    sources = [source, other] * 10
    old = 0
    for number in range(3):
        change(source, number)
        change(other, number + 10)
        runs = start_all(sources, lake, tmp_path / f"gate-{number}")
        ended = [(process.communicate(timeout=60), process.returncode) for process in runs]
        assert {code for _, code in ended} <= {0, 4}, ended
        winners = deciders(lake)[old:]
        assert len(winners) == len(set(winners)) >= 1
        inputs = {}
        for (out, err), code, of in zip(*zip(*ended), sources, strict=True):
            if code == 0:
                summary = json.loads(out)
                inputs[summary["run"]] = of
                is_changed = not all(table["unchanged"] for table in summary["tables"].values())
                assert summary["run"] in winners or not is_changed
            else:
                assert "another run has committed" in err
                assert json.loads(out)["status"] == "failed"
                assert any(winner in err for winner in winners), err
        assert set(winners) <= inputs.keys()
        fresh = tmp_path / f"fresh-{number}"
        etl(inputs[winners[-1]], fresh)
        assert without_run(lake) == without_run(fresh)  # byte for byte, and nothing else
        assert_same_by_all_readers(lake)
        assert not [path for path in lake.rglob("*") if ".tmp" in path.name]
        assert len(list((lake / "_sparkify/plans").iterdir())) == 1
        assert not (lake / "_sparkify/runs").exists()
        old += len(winners)


# ---- Killed ------------------------------------------------------------------------------------


def seen(lake):
    """The rows that the logs' readers see."""
    return {table: as_rows(polars.scan_delta(str(lake / table)).collect()) for table in TABLES}


def test_killed(source, tmp_path):
    """At any moment: each table is old or new, and the next run leaves no stray file."""
    lake = tmp_path / "lake"
    etl(source, lake)
    dice = random.Random(1)
    for number in range(12):
        old = seen(lake)
        change(source, number)
        process = start(source, lake)
        time.sleep(dice.uniform(0, 0.06))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.communicate()
        between = seen(lake)
        etl(source, lake)
        new = seen(lake)
        for table in TABLES:
            assert between[table] in (old[table], new[table])
        assert_same_by_all_readers(lake)
        assert not [path for path in lake.rglob("*") if ".tmp" in path.name]


def test_a_decision_that_was_not_carried_out(source, tmp_path):
    """A run that crashes between its decision and its logs: the next one writes them."""
    lake, copy = tmp_path / "lake", tmp_path / "copy"
    etl(source, lake)
    change(source, 1)
    shutil.copytree(lake, copy)
    etl(source, lake)
    for table in ("users", "songplays"):  # as if it had died before these
        os.remove(sorted((lake / table / "_delta_log").iterdir())[-1])
    assert version_of(lake, "users") == 0
    summary = etl(source, lake)
    assert all(table["unchanged"] for table in summary["tables"].values())
    assert version_of(lake, "users") == version_of(lake, "songplays") == 1
    assert_same_by_all_readers(lake)


def test_empty_folders_of_a_dead_run(source, tmp_path):
    """It had made them for its files, and died before there were any."""
    lake = tmp_path / "lake"
    etl(source, lake)
    (lake / "songs/year=1900/artist_id=X").mkdir(parents=True)
    (lake / "_rejects/run=20200101T000000Z-00000000").mkdir(parents=True)
    etl(source, lake)
    assert not (lake / "songs/year=1900").exists() and not (lake / "_rejects").exists()


def test_a_plan_of_a_dead_run(source, tmp_path):
    """It is cleared away by the next run, also where that has nothing to change."""
    lake = tmp_path / "lake"
    etl(source, lake)
    [plan] = (lake / "_sparkify/plans").iterdir()
    old = plan.read_bytes()
    change(source, 1)
    etl(source, lake)
    plan.write_bytes(old)
    etl(source, lake)
    assert not plan.exists()
    assert len(list((lake / "_sparkify/plans").iterdir())) == 1
    assert_same_by_all_readers(lake)


@pytest.mark.parametrize("what", ["commits", "plans"])
def test_damaged_state(source, tmp_path, what):
    lake = tmp_path / "lake"
    etl(source, lake)
    [path] = (lake / "_sparkify" / what).iterdir()
    path.write_bytes(path.read_bytes()[:-100])
    old = snapshot(lake)
    assert "damaged" in message(run("etl", "--input", source, "--output", lake))
    assert snapshot(lake) == old
