"""'etl --rebuild': the tables of another model in place of a lake's, in one version.

The two models are Sparkify's and one made of it for the same input: songs in other partitions, plays with other
columns and by day, no artists, and a new dimension of user agents. A lake that was rebuilt must be, for all readers,
what a new lake of that model is; a table that the new model does not have is empty for readers of its log.
"""

import json
import os
import re
import shutil
import signal
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from conftest import CHECKED, PROGRAM, RUN_ID, etl, message, play, run, song, write_input, write_tree
from crash import KILLED, KILLS, digest, spread_over_calls, watch
from deltalake import DeltaTable
from processes import freeze

pytest_plugins = ["s3_server"]

SPARKIFY = {"songs", "artists", "users", "time", "songplays"}
OTHER = {"songs", "agents", "users", "time", "songplays"}
CHANGES = (
    ("model: sparkify", "model: other"),
    ("dimensions:\n", "dimensions:\n  agents: {from: logs, key: userAgent, columns: {user_agent: userAgent}}\n"),
    ("    partition: [year, artist_id]\n", "    partition: [year]\n"),
    ('length: {of: length, comment: "plays: length, seconds"}\n', "seconds: length\n      day: {part: day}\n"),
    ("    partition: [year, month]\n    schema: 2", "    partition: [year, month, day]"),
)  # fmt: skip
WITHOUT = re.compile(r"  artists:\n(    .*\n)+|    state: .*\n")
UNUSED = re.compile(r"(?<=      )(artist_latitude|artist_longitude|artist_location): .*")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """The file of the other model."""
    text = UNUSED.sub(r"\1: ignored", WITHOUT.sub("", run("schema", "--print-model").out))
    for old, new in CHANGES:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = tmp_path_factory.mktemp("model") / "other.yaml"
    path.write_text(text)
    return path


def new_source(folder):
    songs = [song(song_id=f"S{i}", artist_id=f"A {i % 3}/%=é", year=i % 4) for i in range(12)]
    plays = [play(ts=1541106106796 + i * 86_400_000, itemInSession=i, userAgent=f"U{i % 4}") for i in range(9)]
    return write_input(folder, songs=songs, plays=plays)


@pytest.fixture
def source(tmp_path):
    return new_source(tmp_path / "source")


def add_day(source, day=40):
    path = source / f"log_data/day-{day}.json"
    path.write_text(play(ts=1541106106796 + day * 86_400_000, userAgent=f"new {day}"))


# ---- What a lake is ----------------------------------------------------------------------------


def data_files(folder):
    return [path for path in Path(folder).rglob("*.parquet") if "_delta_log" not in path.parts]


def of_table(lake, table):
    """What a reader of the log sees: columns, partitions, and the bytes of the files; None: there is no table."""
    folder = lake / table
    if not (folder / "_delta_log/00000000000000000000.json").exists():
        return None
    found = DeltaTable(folder)
    paths = map(Path, found.file_uris())
    files = sorted((RUN_ID.sub("RUN", str(path.relative_to(folder))), digest(path)) for path in paths)
    columns = [(field.name, str(field.type), field.nullable) for field in found.schema().fields]
    return columns, found.metadata().partition_columns, files


def of_lake(lake):
    return {table: of_table(lake, table) for table in SPARKIFY | OTHER}


def is_empty(table):
    return table is None or table[2] == []


def assert_is(lake, fresh, tables):
    """Just as a new lake of the model, with no file beside; tables of the other model are empty."""
    for table in tables:
        assert of_table(lake, table) == of_table(fresh, table), table
    for table in (SPARKIFY | OTHER) - tables:
        assert is_empty(of_table(lake, table)), table
    found, wanted = (Counter(RUN_ID.sub("RUN", str(p.relative_to(at))) for p in data_files(at)) for at in (lake, fresh))
    assert (found - wanted, wanted - found) == (Counter(), Counter())
    assert not [path for path in lake.rglob("*") if ".tmp" in path.name]
    assert len(list((lake / "_sparkify/plans").iterdir())) == 1 and not (lake / "_sparkify/runs").exists()
    done = run("check", lake)
    assert done.code == 0 and "crashed" not in done.out, done.out + done.err


def models(lake):
    return list((lake / "_sparkify/models").glob("*"))


@pytest.fixture(scope="module")
def fresh(model, tmp_path_factory):
    """New lakes of both models over the same input, and with another day: {(model, whether there is the day)}."""
    folder = tmp_path_factory.mktemp("fresh")
    source, lakes = new_source(folder / "source"), {}
    for has_day in (False, True):
        if has_day:
            add_day(source)
        for name, options in (("sparkify", ()), ("other", ("--model", model))):
            lakes[name, has_day] = folder / f"{name}-{has_day}"
            etl(source, lakes[name, has_day], *options)
    return lakes


# ---- There and back ----------------------------------------------------------------------------


def test_another_model_and_back(source, model, fresh, tmp_path):
    lake = tmp_path / "lake"
    etl(source, lake)
    said = message(run("etl", "--input", source, "--output", lake, "--model", model))
    assert "--rebuild" in said and "is of the model 'sparkify'" in said
    summary = etl(source, lake, "--model", model, "--rebuild")
    assert summary["rebuild"] == {"replaced_model": "sparkify", "removed_tables": ["artists"]}
    assert_is(lake, fresh["other", False], OTHER)
    add_day(source)
    summary = etl(source, lake, "--incremental")  # it knows its model
    assert summary["incremental"]["new_log_files"] == 1 and not summary["incremental"]["full_because"]
    assert len(models(lake)) == 1
    etl(source, lake)
    assert_is(lake, fresh["other", True], OTHER)
    summary = etl(source, lake, "--rebuild")  # without --model: the built-in one
    assert summary["rebuild"] == {"replaced_model": "other", "removed_tables": ["agents"]}
    assert_is(lake, fresh["sparkify", True], SPARKIFY)
    assert DeltaTable(lake / "artists").version() == 2  # its log goes on
    summary = etl(source, lake, "--rebuild")
    assert summary["rebuild"] is None and all(table["unchanged"] for table in summary["tables"].values())
    (source / "log_data/day-40.json").unlink()
    etl(source, lake, "--missing-logs", "rebuild")
    assert_is(lake, fresh["sparkify", False], SPARKIFY)
    assert models(lake) == []


def test_the_first_run_of_a_lake(source, model, fresh, tmp_path):
    assert etl(source, tmp_path / "lake", "--model", model, "--rebuild")["rebuild"] is None
    assert_is(tmp_path / "lake", fresh["other", False], OTHER)


def test_dry_run(source, model, tmp_path):
    lake = tmp_path / "lake"
    etl(source, lake)
    before = {path: path.read_bytes() for path in lake.rglob("*") if path.is_file()}
    where = ("--input", source, "--output", lake, "--model", model, "--rebuild", "--dry-run")
    said = run("etl", *where)
    assert said.code == 0
    assert "the tables of the model 'sparkify' would be replaced by those of 'other'; removed: artists\n" in said.out
    assert f"{len(data_files(lake)) - 5} files of earlier versions would be removed" in said.out  # 5 of the state
    assert before == {path: path.read_bytes() for path in lake.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("options", "code", "expected"),
    [
        (("--rebuild", "--incremental"), 2, "--rebuild and --incremental contradict each other"),
        (("--rebuild", "--missing-logs", "keep"), 1, "cannot be kept"),
        (("--rebuild", "--missing-songs", "keep"), 1, "cannot be kept"),
    ],
)
def test_what_contradicts_it(source, model, tmp_path, options, code, expected):
    lake = tmp_path / "lake"
    etl(source, lake)
    before = of_lake(lake)
    said = message(run("etl", "--input", source, "--output", lake, "--model", model, *options), code=code)
    assert expected in said
    assert of_lake(lake) == before


def test_rows_of_files_that_are_gone(source, model, fresh, tmp_path):
    """They would be lost with the old tables, so the run fails unless it is told that they may be."""
    lake, rebuild = tmp_path / "lake", ("--model", model, "--rebuild")
    add_day(source)
    etl(source, lake)
    (source / "log_data/day-40.json").unlink()
    kept = ("--missing-logs", "keep")
    for before in ((), kept):  # also where a run has kept them since
        if before:
            etl(source, lake, *before)
        said = message(run("etl", "--input", source, "--output", lake, *rebuild))
        assert "1 log file was read before and is gone, or empty now: log_data/day-40.json" in said
        assert "--missing-logs rebuild" in said and "keep" not in said
        assert of_table(lake, "artists")[2] != []
    etl(source, lake, *rebuild, "--missing-logs", "rebuild")
    assert_is(lake, fresh["other", False], OTHER)


def test_the_hint_names_all_that_is_needed(source, model, tmp_path):
    lake = tmp_path / "lake"
    shutil.copytree(source, tmp_path / "less")
    (source / "song_data/more.json").write_text(song(song_id="SOMORE"))
    (source / "log_data/more.json").write_text(play())
    etl(source, lake)
    rebuild = ("--input", tmp_path / "less", "--output", lake, "--model", model, "--rebuild")
    options = "--missing-logs rebuild --missing-songs rebuild"
    assert options in message(run("etl", *rebuild))
    assert run("etl", *rebuild, *options.split()).code == 0


def test_tables_do_not_become_empty_unasked(source, model, tmp_path):
    lake, empty = tmp_path / "lake", write_input(tmp_path / "empty", songs=["{}"], plays=[play()])
    etl(source, lake)
    where = ("--input", empty, "--output", lake, "--model", model, "--rebuild", "--max-rejects", "100%")
    assert "the table songs has 12 rows now, and would have none" in message(run("etl", *where))
    assert of_table(lake, "songs")[2] != []


# ---- Versions ----------------------------------------------------------------------------------


def test_versions_before(source, model, tmp_path):
    """They are in the history, and cannot be restored."""
    lake = tmp_path / "lake"
    etl(source, lake, "--keep-versions", 5)
    add_day(source)
    etl(source, lake)
    etl(source, lake, "--model", model, "--rebuild")
    history = json.loads(run("history", lake, "--json").out)["versions"]
    assert [(version["operation"], version["kept"]) for version in history] == [
        ("etl --rebuild", True), ("etl", False), ("etl", False)
    ]  # fmt: skip
    assert history[0]["tables"]["agents"]["rows"] == 5 and history[1]["tables"]["songs"]["rows"] == 12
    assert set(history[0]["tables"]) == OTHER and set(history[1]["tables"]) == OTHER - {"agents"}
    said = message(run("restore", lake, "--at", 1))
    assert "version 2 has replaced all tables by those of another model" in said and "--rebuild" in said
    add_day(source, 41)
    etl(source, lake)
    assert run("restore", lake, "--at", 2).code == 0  # versions since are kept as before
    assert DeltaTable(lake / "agents").to_pyarrow_table().num_rows == 5
    assert run("check", lake).code == 0


def test_grace(source, model, tmp_path):
    """The files of the tables before stay for readers that have begun, whichever runs follow."""
    lake = tmp_path / "lake"
    etl(source, lake)
    old = data_files(lake)
    etl(source, lake, "--model", model, "--rebuild", "--grace", "2h")
    for number in range(2):
        assert all(path.exists() for path in old)
        assert DeltaTable(lake / "songs", version=0).to_pyarrow_table().num_rows == 12
        add_day(source, 50 + number)
        etl(source, lake)
        assert "0 that crashed runs had left" in run("vacuum", lake).out
        assert run("check", lake).code == 0
    for path in (lake / "_sparkify/commits").iterdir():  # as if the time were over
        text = path.read_text()
        path.write_text(re.sub(r'"others_until": \d+', '"others_until": 1', text))
    assert run("vacuum", lake).code == 0
    assert not any(path.exists() for path in old)
    add_day(source, 60)
    etl(source, lake)
    assert len(models(lake)) == 1


RIDES = """
model: rides
sources:
  rides: {folder: rides, fields: {id: {type: string, required: true}, at: {type: timestamp_s, required: true}}}
facts:
  rides:
    from: rides
    time: at
    id: {key: [id]}
    columns: {at: at, %(name)s: {part: month}}
    partition: [%(name)s]
"""


@pytest.fixture
def rebuild(tmp_path):
    """Has a lake's one table in partitions of this name. What it returns are the arguments of a run."""
    source = write_tree(tmp_path / "in", {"rides/1.json": ['{"id": "a", "at": 1541106106}']})
    where = ("--input", source, "--output", tmp_path / "lake")

    def rebuild(name, *options):
        (tmp_path / "model.yaml").write_text(RIDES % {"name": name})
        done = run("etl", *where, "--model", tmp_path / "model.yaml", "--rebuild", *options)
        assert done.code == 0, done.err
        return where

    return rebuild


def test_files_of_many_models(rebuild, tmp_path):
    """However many have been the lake's within the time of --grace."""
    lake = tmp_path / "lake"
    for number in range(20):
        where = rebuild(f"month_{number}", "--grace", "1h")
        assert len(models(lake)) == number + 1
        assert len(list(lake.glob("rides/month_*/*.parquet"))) == number + 1
    for command in (("check", lake), ("etl", *where), ("vacuum", lake)):
        assert run(*command).code == 0, command


def test_models_that_nothing_needs(rebuild, tmp_path):
    """Rebuilds alone remove them, too."""
    for number in range(5):
        rebuild(f"month_{number}")
        assert len(models(tmp_path / "lake")) == min(number + 1, 2)
    rebuild("month_1")
    assert len(models(tmp_path / "lake")) == 2


# ---- Removed tables ----------------------------------------------------------------------------


def test_a_removed_table_that_is_deleted_by_hand_begins_anew(source, model, fresh, tmp_path):
    lake = tmp_path / "lake"
    etl(source, lake)
    etl(source, lake, "--model", model, "--rebuild")
    shutil.rmtree(lake / "artists")
    etl(source, lake)
    etl(source, lake, "--rebuild")
    assert DeltaTable(lake / "artists").version() == 0
    assert_is(lake, fresh["sparkify", False], SPARKIFY)


def test_a_removed_table_that_another_program_writes_to(source, model, tmp_path):
    """It is no concern of the lake, until its table would come back."""
    lake = tmp_path / "lake"
    etl(source, lake)
    etl(source, lake, "--model", model, "--rebuild")
    log = lake / "artists/_delta_log"
    (log / f"{2:020}.json").write_text((log / f"{1:020}.json").read_text())
    (lake / "artists/notes.txt").write_text("mine")
    etl(source, lake)
    said = message(run("etl", "--input", source, "--output", lake, "--rebuild"))
    assert "artists" in said and "another program has committed" in said
    assert (lake / "artists/notes.txt").read_text() == "mine"
    assert run("check", lake).code == 0


def test_folders_of_others_are_respected(source, model, tmp_path):
    lake = tmp_path / "lake"
    etl(source, lake)
    before = of_lake(lake)
    (lake / "agents").mkdir()
    (lake / "agents/data.parquet").write_text("mine")
    where = ("--input", source, "--output", lake, "--model", model, "--rebuild")
    assert "agents/data.parquet was not written by sparkify" in message(run("etl", *where))
    (lake / "agents/data.parquet").rename(lake / "data.parquet")
    (lake / "agents/_delta_log").mkdir()
    (lake / f"agents/_delta_log/{0:020}.json").write_text("{}")
    assert "agents" in message(run("etl", *where))
    shutil.rmtree(lake / "agents")
    assert of_lake(lake) == before


# ---- Runs at once ------------------------------------------------------------------------------


def stopped(source, lake, *options):
    """A run that sleeps in the middle of its work: it has begun to write its rejects."""
    many = (play(ts=1541106106796 + i, itemInSession=i) for i in range(50_000))
    slow = shutil.copytree(source, lake.with_name("slow"))
    (slow / "log_data/many.json").write_text("broken" * 500_000 + "\n" + "\n".join(many))
    command = [CHECKED, "etl", "--input", slow, "--output", lake, "--max-rejects", "1", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not list(lake.glob("_rejects/run=*/.*.tmp")):
        assert process.poll() is None
    freeze(process.pid)
    return process


@pytest.mark.parametrize("is_rebuild_first", [True, False])
def test_beside_a_run_of_the_other_model(source, model, fresh, tmp_path, is_rebuild_first):
    lake, rebuild = tmp_path / "lake", ("--model", model, "--rebuild")
    etl(source, lake)
    slow = stopped(source, lake, *(() if is_rebuild_first else rebuild))
    winner = etl(source, lake, *(rebuild if is_rebuild_first else ("--keep-versions", 2)))
    os.kill(slow.pid, signal.SIGCONT)
    _, said = slow.communicate(timeout=60)
    assert slow.returncode == 4 and winner["run"] in said and "another run has committed" in said, said
    etl(source, lake, "--keep-versions", 1)
    expected = "other" if is_rebuild_first else "sparkify"
    assert_is(lake, fresh[expected, False], OTHER if is_rebuild_first else SPARKIFY)


def test_rebuilds_at_once(source, model, fresh, tmp_path):
    """All put the same models; one of them commits, and the others say so."""
    lake = tmp_path / "lake"
    where = [PROGRAM, "etl", "--input", source, "--output", lake, "--model", model, "--rebuild"]
    etl(source, lake)
    for _ in range(4):
        pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
        runs = [subprocess.Popen(where, **pipes) for _ in range(8)]
        ended = [(process.communicate(timeout=60)[1], process.returncode) for process in runs]
        assert [said for said, code in ended if code not in (0, 4)] == []
        assert 0 in [code for _, code in ended]
        etl(source, lake)
        assert_is(lake, fresh["other", False], OTHER)
        etl(source, lake, "--rebuild")


# ---- Killed ------------------------------------------------------------------------------------


def killer(lake, where, command):
    return watch(lake, [PROGRAM, *command], *where)


def decisions(lake):
    return len(list((lake / "_sparkify/commits").glob("*.json")))


@pytest.mark.parametrize("is_back", [False, True])
def test_killed(source, model, fresh, tmp_path, is_back):
    """Each table is as before or as after, the lake is of one of the models, and the next run, of whichever, leaves
    nothing of the other."""
    before, after, lake = tmp_path / "before", tmp_path / "after", tmp_path / "lake"
    to_other, to_sparkify = ("--model", model, "--rebuild"), ("--rebuild",)
    where = ("--input", source, "--output", lake)
    sides = [("sparkify", SPARKIFY, to_sparkify), ("other", OTHER, to_other)]
    old, new = sides[::-1] if is_back else sides
    etl(source, before, *old[2], program=PROGRAM)
    shutil.copytree(before, lake)
    done, changes = killer(lake, (), ("etl", *where, *new[2]))
    assert done.code == 0, done.err
    lake.rename(after)
    put = [at for at, change in enumerate(changes) if "_sparkify/models/" in change.path]
    first = min(at for at, change in enumerate(changes) if "/part-" in change.path2)
    assert any(change.call == "syncfs" for change in changes[max(n for n in put if n < first) : first])
    states = [of_lake(before), of_lake(after)]
    next_runs = [("etl", *where), ("etl", *where, *new[2]), ("etl", *where, *old[2]), ("vacuum", lake), ("etl", *where)]
    for at, (call, number) in enumerate(spread_over_calls(changes, KILLS, least=2)):
        shutil.rmtree(lake, ignore_errors=True)
        shutil.copytree(before, lake)
        done, made = killer(lake, ("--calls", call, "--kill", number), ("etl", *where, *new[2]))
        calls = sum(change.call == call for change in made)
        assert done.code == KILLED or calls < number  # threads share the work anew each time
        for table, found in of_lake(lake).items():
            assert found in [state[table] for state in states] or (found is None and is_empty(states[1][table]))
        is_decided = decisions(lake) > decisions(before)
        command = next_runs[at % len(next_runs)]
        is_read = at % 2 == 0
        if is_read:  # readers of the lake see one model or the other, also where its logs are not complete
            tables = json.loads(run("history", lake, "--json", program=PROGRAM).out)["versions"][0]["tables"]
            assert set(tables) == (new if is_decided else old)[1]
        done = run(*command, program=PROGRAM)
        assert done.code == 0, (call, number, command, done.err)
        asked = {to_other: sides[1], to_sparkify: sides[0]}.get(command[5:])
        name, tables, _ = asked or (new if is_decided else old)
        assert_is(lake, fresh[name, False], tables)
        if command[0] == "etl" and not command[5:]:
            add_day(source)
            etl(source, lake, program=PROGRAM)
            (source / "log_data/day-40.json").unlink()
            assert len(models(lake)) == (name == "other"), (call, number)


def test_logs_that_were_not_written(source, model, fresh, tmp_path):
    """A run that crashed right after its decision: all logs are written by the next run, also of the removed table."""
    lake = tmp_path / "lake"
    where = ("--input", source, "--output", lake, "--model", model, "--rebuild")
    etl(source, lake)
    shutil.copytree(lake, tmp_path / "before")
    _, changes = killer(lake, (), ("etl", *where))
    links = [change.path2 for change in changes if change.call == "linkat"]
    decided = 1 + next(at for at, path in enumerate(links) if "_sparkify/commits/" in path)
    shutil.rmtree(lake)
    (tmp_path / "before").rename(lake)
    done, _ = killer(lake, ("--calls", "linkat", "--after", "--kill", decided), ("etl", *where))
    assert done.code == KILLED and decisions(lake) == 2
    assert DeltaTable(lake / "artists").version() == 0 and not (lake / "agents/_delta_log").exists()
    assert run("vacuum", lake).code == 0
    assert DeltaTable(lake / "artists").version() == 1
    assert_is(lake, fresh["other", False], OTHER)


# ---- In S3 -------------------------------------------------------------------------------------


def test_s3(source, model, fresh, server, tmp_path):
    bucket = server.new_bucket()
    env = server.environment

    def on_s3(*options):
        return etl(source, f"s3://{bucket}/lake", *options, env=env, cwd=tmp_path, timeout=120)

    def assert_is_there(name, tables, has_day=False):
        copy = tmp_path / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        server.client.download(bucket, copy, "lake/")
        (copy / "_sparkify/probe").unlink()
        assert_is(copy, fresh[name, has_day], tables)

    on_s3()
    on_s3("--model", model, "--rebuild")
    assert_is_there("other", OTHER)
    add_day(source)
    on_s3("--incremental")
    on_s3()
    assert_is_there("other", OTHER, has_day=True)
    on_s3("--rebuild")
    assert_is_there("sparkify", SPARKIFY, has_day=True)


# ---- On a cluster ------------------------------------------------------------------------------


def rows_of(lake, tables):
    """Rows as sorted texts: the files of the engines differ."""
    found = {table: DeltaTable(lake / table).to_pyarrow_table() for table in tables}
    return {
        table: sorted(json.dumps(row, sort_keys=True, default=str) for row in rows.to_pylist())
        for table, rows in found.items()
    }


def test_a_cluster_that_is_not_there(source, model, fresh, tmp_path):
    """The lake stays as it is, and of its own model."""
    lake = tmp_path / "lake"
    etl(source, lake)
    engine = ("--engine", "spark", "--spark", "sc://127.0.0.1:1")
    assert run("etl", "--input", source, "--output", lake, "--model", model, "--rebuild", *engine).code == 1
    etl(source, lake)
    assert_is(lake, fresh["sparkify", False], SPARKIFY)
    assert json.loads(run("history", lake, "--json").out)["versions"][-1]["operation"] == "etl"
