"""Old versions of a lake: kept, read by their number, listed, put back, cleared away; and runs that
clean up beside others that are running."""

import datetime
import json
import os
import pathlib
import signal
import subprocess

import deltalake
import polars
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import CHECKED, PROGRAM, etl, message, play, run, song, write_tree
from processes import freeze
from test_hostile_lake import edit_plan
from test_lake import as_rows, change, data_files, files_in_force, log_of, source  # noqa: F401


def sparkify(*arguments):
    """Its output; it must go well."""
    done = run(*arguments)
    assert (done.code, done.err) == (0, "")
    return done.out


def in_force(lake, table):
    return sorted(files_in_force(lake, table))


def history(lake, *options):
    return json.loads(sparkify("history", lake, "--json", *options))["versions"]


def rows_of(lake, table, version=None):
    return as_rows(deltalake.DeltaTable(lake / table, version=version).to_pyarrow_table())


@pytest.fixture
def three(source, tmp_path):  # noqa: F811
    """A lake of three versions, all kept, and the rows of songplays in each."""
    lake, rows = tmp_path / "lake", []
    for number in range(3):
        if number:
            change(source, number)
        etl(source, lake, "--keep-versions", 3)
        rows.append(rows_of(lake, "songplays"))
    assert rows[0] != rows[1] != rows[2]
    return lake, rows


def test_time_travel(three):
    lake, rows = three
    for version in range(3):
        assert rows_of(lake, "songplays", version) == rows[version]
        polars_rows = polars.scan_delta(str(lake / "songplays"), version=version).collect()
        assert as_rows(polars_rows.to_arrow()) == rows[version]


def test_history(three):
    lake, rows = three
    versions = history(lake)
    assert [version["version"] for version in versions] == [2, 1, 0]
    assert all(version["kept"] and version["operation"] == "etl" for version in versions)
    for version in versions:
        number = version["version"]
        songplays = version["tables"]["songplays"]
        assert songplays["rows"] == len(rows[number])
        table = deltalake.DeltaTable(lake / "songplays", version=songplays["version"])
        assert songplays["files"] == len(table.file_uris())
        assert songplays["bytes"] == sum(pathlib.Path(uri).stat().st_size for uri in table.file_uris())
    # A table's own versions: songs has changed with the first run alone.
    assert [entry["version"] for entry in history(lake, "--table", "songs")] == [0]
    assert [entry["tables"]["songplays"]["version"] for entry in history(lake, "--table", "songplays")] == [2, 1, 0]
    refused = run("history", lake, "--table", "plays")
    assert refused.code == 2
    assert "there is no table 'plays'" in refused.err
    assert "a lake has songs, artists, users, time, songplays" in refused.err
    text = sparkify("history", lake).splitlines()
    assert len(text) == 4 and text[1].split()[0] == "2" and text[1].endswith("kept")


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"tables": []}'])
def test_a_damaged_decision(three, text):
    lake, rows = three
    decision = lake / "_sparkify/commits" / f"{1:020}.json"
    decision.write_text(text)
    assert f"{decision.name} is damaged" in message(run("history", lake))


def test_restore(three, source):  # noqa: F811
    lake, rows = three
    said = sparkify("restore", lake, "--at", 0)
    assert "version 3 is current: a copy of version 0" in said
    assert rows_of(lake, "songplays") == rows[0]
    assert history(lake)[0]["operation"] == "restore"
    # Version 0 is no longer among the newest three, but its files are current again.
    assert [version["kept"] for version in history(lake)] == [True, True, True, False]
    etl(source, lake, "--keep-versions", 1)
    assert rows_of(lake, "songplays") == rows[2]
    assert data_files(lake, "songplays") == in_force(lake, "songplays")


def test_restore_of_what_is_gone(three):
    lake, rows = three
    said = message(run("restore", lake, "--at", 7))
    assert "version 7" in said and "0 to 2" in said
    assert rows_of(lake, "songplays") == rows[2]


def test_vacuum(three):
    lake, rows = three
    before = data_files(lake, "songplays")
    assert " 0 that crashed runs" in sparkify("vacuum", lake)
    assert data_files(lake, "songplays") == before
    dry = sparkify("vacuum", lake, "--retain", "0s", "--dry-run")
    assert "would be removed" in dry and data_files(lake, "songplays") == before
    done = sparkify("vacuum", lake, "--retain", "0s")
    assert dry.replace("would be", "were") == done
    assert data_files(lake, "songplays") == in_force(lake, "songplays")
    assert rows_of(lake, "songplays") == rows[2]
    assert [version["kept"] for version in history(lake)] == [True, True, False, False]


def test_grace(source, tmp_path):  # noqa: F811
    lake = tmp_path / "lake"
    etl(source, lake)
    old = data_files(lake, "songplays")
    change(source, 1)
    etl(source, lake, "--grace", "1h")
    assert set(old) < set(data_files(lake, "songplays"))
    sparkify("vacuum", lake)
    assert set(old) < set(data_files(lake, "songplays"))  # not before its hour is over
    change(source, 2)
    etl(source, lake, "--grace", "0s")
    assert set(old) < set(data_files(lake, "songplays"))


@pytest.mark.parametrize("command", [("history",), ("vacuum",), ("restore", "--at", 0)])
def test_where_no_lake_is(command, tmp_path):
    assert "holds no version of a lake" in message(run(*command, tmp_path))
    assert not list(tmp_path.iterdir())
    assert "--bucket" in message(run(*command), code=2)


def stopped_run(source, lake):  # noqa: F811
    """A run that sleeps in the middle of its work (it has begun to write its rejects), its marker,
    and a file that it has put."""
    many = (play(ts=1541106106796 + i, itemInSession=i) for i in range(50_000))
    (source / "log_data/many.json").write_text("broken" * 500_000 + "\n" + "\n".join(many))
    run = subprocess.Popen(
        [CHECKED, "etl", "--input", source, "--output", lake, "--max-rejects", "1"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )
    while not list(lake.glob("_rejects/run=*/.*.tmp")):
        assert run.poll() is None
    freeze(run.pid)
    marker = next(lake.glob("_sparkify/runs/*.json"))
    put = lake / "users" / f"part-00001-{marker.stem}.zstd.parquet"  # none that it puts itself
    put.write_bytes(b"the slow run's")
    return run, marker, put


def test_a_slow_run_beside_one_that_clears_up(source, tmp_path):  # noqa: F811
    lake = tmp_path / "lake"
    etl(source, lake)
    change(source, 1)
    slow, marker, slow_file = stopped_run(source, lake)
    assert marker.stem in message(run("vacuum", lake), code=4)
    change(source, 2)
    winner = etl(source, lake, "--max-rejects", 1)
    assert slow_file.exists() and marker.exists()
    os.kill(slow.pid, signal.SIGCONT)
    _, said = slow.communicate(timeout=60)
    assert slow.returncode == 4 and winner["run"] in said, said
    assert not marker.exists()
    sparkify("vacuum", lake)
    assert not slow_file.exists()
    assert data_files(lake, "users") == in_force(lake, "users")


def test_a_killed_run_is_cleared_away_at_once(source, tmp_path):  # noqa: F811
    lake = tmp_path / "lake"
    etl(source, lake)
    change(source, 1)
    slow, marker, slow_file = stopped_run(source, lake)
    slow.kill()
    slow.communicate()
    assert "2 that crashed runs had left were removed" in sparkify("vacuum", lake)
    assert not slow_file.exists() and not marker.exists()


# ---- Many versions ------------------------------------------------------------------------------


@pytest.fixture
def many(source, tmp_path):  # noqa: F811
    """A lake of 25 versions, the newest seven kept, and the rows of users in each."""
    lake, rows = tmp_path / "lake", []
    for number in range(25):
        change(source, number)
        etl(source, lake, "--keep-versions", 7, program=PROGRAM)
        rows.append(rows_of(lake, "users"))
    return lake, rows


def test_checkpoints(many):
    lake, rows = many
    log = lake / "users/_delta_log"
    checkpoints = sorted(path.name for path in log.glob("*.checkpoint.parquet"))
    assert checkpoints == [f"{version:020}.checkpoint.parquet" for version in (10, 20)]
    assert json.loads((log / "_last_checkpoint").read_text())["version"] == 20
    assert not list((lake / "songs/_delta_log").glob("*.checkpoint.parquet"))  # it has one version
    for version in range(20):  # what stands before the checkpoint is not needed
        (log / f"{version:020}.json").unlink()
    assert rows_of(lake, "users") == rows[24]
    table = deltalake.DeltaTable(lake / "users")
    assert (table.version(), len(table.file_uris())) == (24, 1)
    assert as_rows(polars.scan_delta(str(lake / "users")).collect()) == rows[24]
    for version in range(20, 25):
        assert rows_of(lake, "users", version) == rows[version]


def test_a_version_with_a_checkpoint_can_come_back(many, source):  # noqa: F811
    lake, rows = many
    sparkify("restore", lake, "--at", 19)
    assert rows_of(lake, "users") == rows[19]
    for number in range(25, 30):
        change(source, number)
        etl(source, lake, program=PROGRAM)
    checkpoint = lake / f"users/_delta_log/{30:020}.checkpoint.parquet"
    actions = pq.read_table(checkpoint).to_pylist()
    adds = [row["add"]["path"] for row in actions if row["add"]]
    removes = [row["remove"]["path"] for row in actions if row["remove"]]
    assert adds == in_force(lake, "users") and not set(adds) & set(removes)
    assert set(removes) == removed_by_logs(lake, "users") - set(adds)
    assert len(removes) == len(set(removes))
    assert set(data_files(lake, "users")) <= set(adds) | set(removes)


def removed_by_logs(lake, table):
    return {a["remove"]["path"] for v in log_of(lake, table) for a in v if "remove" in a}


def tombstones(lake, table, version):
    """Of a checkpoint: {path: when it was removed}"""
    rows = pq.read_table(lake / table / f"_delta_log/{version:020}.checkpoint.parquet").to_pylist()
    removes = [row["remove"] for row in rows if row["remove"]]
    return {remove["path"]: remove["deletionTimestamp"] for remove in removes}


def test_checkpoints_remember_what_was_removed(source, tmp_path):  # noqa: F811
    """For a week, though the files are gone (protocol, "Checkpoints")."""
    lake, day = tmp_path / "lake", 86400000
    for number in range(10):
        change(source, number)
        etl(source, lake, program=PROGRAM)
    [plan] = (lake / "_sparkify/plans").iterdir()
    times = {int(line.split(" ")[6]) for line in plan.read_text().splitlines() if " -1 part" in line}
    assert len(times) >= 8 and len(data_files(lake, "users")) == 1
    names = [f"part-00000-20180101T000000Z-0000000{i}.parquet" for i in range(2)]
    for name, age in zip(names, [6.9 * day, 7.1 * day], strict=True):
        edit_plan(lake, "users", "entries", f"1 1 0 1 0 1 {int(max(times) - age)} -1 {name}\t\n")
    change(source, 10)
    etl(source, lake, program=PROGRAM)
    found = tombstones(lake, "users", 10)
    assert found.keys() == removed_by_logs(lake, "users") | {names[0]}
    logs = {a["remove"]["path"]: a["remove"]["deletionTimestamp"]
            for v in log_of(lake, "users") for a in v if "remove" in a}  # fmt: skip
    assert found == logs | {names[0]: found[names[0]]}
    for table in ["users", "songplays"]:
        assert deltalake.DeltaTable(lake / table).version() == 10
        assert as_rows(polars.scan_delta(str(lake / table)).collect()) == rows_of(lake, table)


def test_times_of_versions_never_go_back(source, tmp_path):  # noqa: F811
    """The clock was a day ahead when the first run committed."""
    lake, day = tmp_path / "lake", 86400000
    etl(source, lake, "--keep-versions", 3)
    [path] = (lake / "_sparkify/commits").iterdir()
    decision = json.loads(path.read_text())
    ahead = decision["time"] + day
    path.write_text(json.dumps(decision | {"time": ahead}))
    for log in lake.glob("*/_delta_log/*.json"):
        log.write_text(log.read_text().replace(str(decision["time"]), str(ahead)))
    for [plan] in [(lake / "_sparkify/plans").iterdir()]:
        plan.write_text(plan.read_text().replace(str(decision["time"]), str(ahead)))
    edit_plan(lake, "users", "entries", "")
    for number in range(2):
        change(source, number)
        etl(source, lake)
    infos = [version[0]["commitInfo"]["timestamp"] for version in log_of(lake, "users")]
    assert infos == [ahead, ahead + 1, ahead + 2]
    times = [version["time"] for version in history(lake)]
    assert times == sorted(times, reverse=True)
    table = deltalake.DeltaTable(lake / "users")
    assert [entry["timestamp"] for entry in reversed(table.history())] == infos
    logs = sorted((lake / "users/_delta_log").glob("*.json"))
    assert [path.stat().st_mtime_ns // 1000000 for path in logs[1:]] == infos[1:]
    for version, ms in enumerate(infos[1:], 1):
        since = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
        table.load_as_version(since + datetime.timedelta(milliseconds=ms))
        assert table.version() == version


def test_another_writer_after_a_checkpoint(many, source):  # noqa: F811
    """It may append, and checkpoint; sparkify then refuses, and takes nothing away."""
    lake, _ = many
    table = deltalake.DeltaTable(lake / "users")
    names = ("user_id", "first_name", "last_name", "gender", "level")
    deltalake.write_deltalake(table, pa.table({name: ["x"] for name in names}), mode="append")
    deltalake.DeltaTable(lake / "users").create_checkpoint()
    before = rows_of(lake, "users")
    change(source, 99)
    assert "not written by sparkify" in message(run("etl", "--input", source, "--output", lake))
    assert rows_of(lake, "users") == before


def test_the_summary_says_that_old_files_stay(tmp_path):
    source = write_tree(tmp_path / "in", {"song_data/s.json": song(), "log_data/0.json": play()})
    options = ("etl", "--input", source, "--output", tmp_path / "lake", "--keep-versions", "2")
    assert "*.parquet" not in run(*options).out
    write_tree(source, {"log_data/1.json": play(userId="9", itemInSession=7)})
    text = run(*options).out
    assert "2 files of older versions stay beside the current files" in text
    assert run(*options, "--json").summary["kept_files"] == 2
