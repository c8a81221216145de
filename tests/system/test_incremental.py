"""Incremental loads: after any sequence of changes to the input the tables hold exactly the rows that a
full run over all of it gives, and what is read is no more than it must be."""

import json
import random
import shutil

import polars
import pytest
from conftest import (
    CHECKED,
    PROGRAM,
    REBUILD,
    Raw,
    etl,
    message,
    play,
    run,
    song,
    tables,
    write_input,
    write_tree,
)
from test_lake import as_rows, seen

DAY = 86_400_000
BEGIN = 1541030400000  # 2018-11-01


def rows(lake):
    return {table: as_rows(polars.from_dicts(found, infer_schema_length=None)) if found else []
            for table, found in tables(lake).items()}


def assert_like_full_run(source, lake, folder, *options):
    shutil.rmtree(folder, ignore_errors=True)
    etl(source, folder, *options, program=PROGRAM)
    assert rows(lake) == rows(folder)
    assert seen(lake) == seen(folder)


class Workspace:
    """An input that changes."""

    def __init__(self, folder, seed):
        self.folder, self.dice, self.files = folder, random.Random(seed), 0
        songs = [song(song_id=f"S{i}", title=f"T{i}", artist_id=f"A{i % 7}") for i in range(20)]
        write_input(folder, songs=songs, plays=[play(ts=BEGIN, userId="1")])

    def logs(self):
        return sorted((self.folder / "log_data").rglob("*.json"))

    def make_play(self, day):
        user = self.dice.randrange(8)
        return play(
            ts=BEGIN + day * DAY + self.dice.randrange(0, DAY, 997),
            userId=str(user),
            level=self.dice.choice(["free", "paid"]),
            firstName=self.dice.choice(["Ann", "Bob", None]),
            itemInSession=self.dice.randrange(4),
            song=f"T{self.dice.randrange(40)}",
        )

    def write(self, lines):
        self.files += 1
        name = f"{self.dice.randrange(1000):03}-{self.files}.json"
        (self.folder / "log_data" / name).write_text("\n".join(lines) + "\n")

    def new_day(self):
        day = self.dice.randrange(70)  # also days before those that are there, and other months
        self.write([self.make_play(day) for _ in range(self.dice.randrange(1, 30))])

    def repeat(self):
        """Lines that came before, some with another level: the same key, another play."""
        lines = self.dice.choice(self.logs()).read_text().splitlines()
        again = [line.replace('"paid"', '"free"') if self.dice.random() < 0.2 else line for line in lines]
        self.write(again + [self.make_play(3)])

    def same_time(self):
        """Other plays at times that are there already."""
        lines = self.dice.choice(self.logs()).read_text().splitlines()
        self.write([json.dumps(json.loads(line) | {"userId": "77"}) for line in lines])

    def no_play(self):
        self.write([play(page="Home", ts=BEGIN)])

    def change(self):
        path = self.dice.choice(self.logs())
        path.write_text(path.read_text() + self.make_play(5) + "\n")

    def remove(self):
        if len(self.logs()) > 1:
            self.dice.choice(self.logs()).unlink()

    def new_song(self):
        self.files += 1
        path = self.folder / "song_data" / f"new-{self.files}.json"
        path.write_text(song(song_id=f"N{self.files}", title=f"T{20 + self.files % 20}"))


INCREMENTS = ["new_day", "new_day", "new_day", "repeat", "same_time", "no_play"]
FULL = ["change", "remove", "new_song"]


@pytest.mark.parametrize("seed", range(4))
def test_random_sequences(tmp_path, seed):
    workspace, lake = Workspace(tmp_path / "in", seed), tmp_path / "lake"
    assert etl(tmp_path / "in", lake, "--incremental")["incremental"]["full_because"]
    for _ in range(14):
        steps = workspace.dice.choices(INCREMENTS + FULL, k=workspace.dice.choice([0, 1, 1, 2]))
        before = set(workspace.logs())
        for step in steps:
            getattr(workspace, step)()
        added = set(workspace.logs()) - before
        summary = etl(tmp_path / "in", lake, "--incremental", *REBUILD)
        increment = summary["incremental"]
        assert increment["log_files"] == len(workspace.logs())
        if set(steps) <= set(INCREMENTS):
            assert increment["full_because"] is None
            assert increment["new_log_files"] == len(added) == summary["sources"]["logs"]["files"]
            assert summary["sources"]["songs"]["files"] == 0
        assert_like_full_run(tmp_path / "in", lake, tmp_path / "full")


@pytest.fixture
def loaded(tmp_path):
    workspace = Workspace(tmp_path / "in", 1)
    for _ in range(3):
        workspace.new_day()
    etl(tmp_path / "in", tmp_path / "lake")
    return workspace, tmp_path / "lake"


PLAYS_AGAIN = {
    "nulls": dict.fromkeys(("song", "artist", "length", "level", "location", "userAgent")),
    "empty": dict.fromkeys(("song", "artist", "level", "location", "userAgent"), ""),
    "escapes": {"song": 'é "q" \\ \n 💾', "artist": "/\t", "location": "\x7f"},
    "written with escapes": {"song": Raw(r'"\u00e9\/"'), "userAgent": Raw(r'"\ud83d\udcbe"')},
    "a number as text": {"song": 39, "artist": True},
    "minus zero": {"length": Raw("-0.0")},
    "zero": {"length": Raw("0")},
    "a long length": {"length": Raw("0.1000000000000000055511151231257827")},
    "a matching song": {"song": "T3"},
}


def test_a_play_that_comes_again_is_known_whatever_it_holds(tmp_path):
    """Of the rows in the lake the same is made as of the event, in another process with another key."""
    plays = [play(ts=BEGIN + 1, itemInSession=7, **fields) for fields in PLAYS_AGAIN.values()]
    write_input(tmp_path / "in", songs=[song(song_id="S3", title="T3")], plays=plays)
    etl(tmp_path / "in", tmp_path / "lake")
    (tmp_path / "in/log_data/again.json").write_text("\n".join([*plays, play(ts=BEGIN + 1)]))
    summary = etl(tmp_path / "in", tmp_path / "lake", "--incremental")
    assert summary["incremental"]["full_because"] is None
    assert summary["plays"]["identical"] == len(plays)
    assert_like_full_run(tmp_path / "in", tmp_path / "lake", tmp_path / "full")


@pytest.mark.parametrize(
    ("step", "why"), [("change", "has changed"), ("remove", "is gone"), ("new_song", "is new")]
)
def test_what_leads_to_a_full_run(loaded, step, why, tmp_path):
    workspace, lake = loaded
    getattr(workspace, step)()
    summary = etl(workspace.folder, lake, "--incremental", *REBUILD)
    assert why in summary["incremental"]["full_because"]
    assert summary["sources"]["songs"]["files"] > 0
    assert_like_full_run(workspace.folder, lake, tmp_path / "full")
    done = run("etl", "--input", workspace.folder, "--output", lake, "--incremental")
    assert (done.code, done.err) == (0, "") and "0 of" in done.out and "everything" not in done.out


def test_a_plain_run_leaves_the_state_too(loaded, tmp_path):
    workspace, lake = loaded
    workspace.new_day()
    summary = etl(workspace.folder, lake, "--incremental")
    assert summary["incremental"] == {"log_files": 5, "new_log_files": 1, "full_because": None}
    assert summary["tables"]["songs"]["unchanged"] and summary["tables"]["songs"]["rows"] == 0
    assert summary["tables"]["songs"]["rows_in_force"] == 20


def test_nothing_new_commits_nothing(loaded):
    workspace, lake = loaded
    before = sorted(path.relative_to(lake) for path in lake.rglob("*"))
    done = run("etl", "--input", workspace.folder, "--output", lake, "--incremental")
    assert done.code == 0 and "0 of 4 log files are new" in done.out
    assert "nothing was committed" in done.out
    assert before == sorted(path.relative_to(lake) for path in lake.rglob("*"))


def test_the_same_file_written_again_is_another(loaded):
    workspace, lake = loaded
    path = workspace.logs()[0]
    text = path.read_text()
    path.unlink()
    (path.parent / "other").write_text("so that the inode is another")
    path.write_text(text)
    assert "has changed" in etl(workspace.folder, lake, "--incremental")["incremental"]["full_because"]


def test_restored_state(loaded, tmp_path):
    """The state is that of the version: what came after it is new again."""
    workspace, lake = loaded
    workspace.new_day()
    etl(workspace.folder, lake, "--incremental", "--keep-versions", 5)
    workspace.new_day()
    etl(workspace.folder, lake, "--incremental")
    assert run("restore", lake, "--at", 1).code == 0
    summary = etl(workspace.folder, lake, "--incremental")
    assert summary["incremental"]["new_log_files"] == 1
    full = tmp_path / "full"
    etl(workspace.folder, full)
    assert seen(lake) == seen(full)


def test_dry_run(loaded):
    workspace, lake = loaded
    workspace.new_day()
    before = sorted(lake.rglob("*"))
    summary = etl(workspace.folder, lake, "--incremental", "--dry-run")
    assert summary["incremental"]["new_log_files"] == 1
    assert before == sorted(lake.rglob("*"))
    assert message(run("etl", "--input", workspace.folder, "--incremental", "--dry-run"), code=2)


def test_too_many_rejects_change_nothing(loaded, tmp_path):
    workspace, lake = loaded
    before = seen(lake)
    workspace.write(["broken"])
    message(run("etl", "--input", workspace.folder, "--output", lake, "--incremental"), code=3)
    assert seen(lake) == before
    summary = etl(workspace.folder, lake, "--incremental", "--max-rejects", 1)
    assert summary["incremental"]["new_log_files"] == 1
    assert etl(workspace.folder, lake, "--incremental")["incremental"]["new_log_files"] == 0


@pytest.mark.parametrize("state", ["objects", "matches", "users"])
@pytest.mark.parametrize("how", ["gone", "cut", "changed"])
def test_damaged_state(loaded, state, how):
    workspace, lake = loaded
    workspace.new_day()
    before = seen(lake)
    [path] = (lake / "_sparkify/state" / state).iterdir()
    whole = path.read_bytes()
    if how == "gone":
        path.unlink()
    else:
        path.write_bytes(whole[:-20] if how == "cut" else bytes([whole[0]]) + b"\xff" * 30 + whole[31:])
    text = message(run("etl", "--input", workspace.folder, "--output", lake, "--incremental"))
    assert f"_sparkify/state/{state}/" in text and "without --incremental" in text
    assert seen(lake) == before
    if state == "objects":  # without it nobody knows whether something is missing
        assert "--missing-logs rebuild" in message(run("etl", "--input", workspace.folder, "--output", lake))
    if how == "changed":  # what is cut off or gone, a full run sees by itself
        path.unlink()
    etl(workspace.folder, lake, *REBUILD)
    assert etl(workspace.folder, lake, "--incremental")["incremental"]["full_because"] is None


def test_two_at_once(loaded, tmp_path):
    """The loser's plays are not lost: the next load finds them."""
    import subprocess

    workspace, lake = loaded
    for _ in range(3):
        workspace.new_day()
        command = [CHECKED, "etl", "--input", workspace.folder, "--output", lake, "--incremental"]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        runs = [subprocess.Popen(command, **pipes) for _ in range(3)]
        for process in runs:
            process.communicate(timeout=60)
        assert {process.returncode for process in runs} <= {0, 4}
        etl(workspace.folder, lake, "--incremental")
        assert_like_full_run(workspace.folder, lake, tmp_path / "full")


def test_why_everything_is_read_is_told_whatever_the_name(tmp_path):
    """Long, and cut within a character: the summary is JSON all the same."""
    name = "/".join(["é" * 120] * 3) + "/x.json"
    files = {"song_data/s.json": song(), f"log_data/{name}": play(), "log_data/y.json": play()}
    write_tree(tmp_path / "in", files)
    etl(tmp_path / "in", tmp_path / "lake")
    (tmp_path / "in/log_data" / name).unlink()
    summary = etl(tmp_path / "in", tmp_path / "lake", "--incremental", *REBUILD)
    assert "é" * 100 in summary["incremental"]["full_because"]
