"""Input that was read and is gone: a run fails, keeps what came from it, or drops it. What is kept is, row
for row, what a full run over all input that was ever read gives."""

import json
import shutil

import pytest
from conftest import KEEP, REBUILD, etl, message, play, run, song, write_input, write_tree
from test_incremental import BEGIN, Workspace, assert_like_full_run, rows
from test_lake import seen


class Ever(Workspace):
    """An input that loses files, and beside it all that was ever in it."""

    def __init__(self, folder, seed):
        super().__init__(folder, seed)
        self.ever = folder.with_name("ever")
        self.loaded()

    def songs(self):
        return sorted((self.folder / "song_data").rglob("*.json"))

    def loaded(self):
        """A run has read what is there."""
        self.was_read = {*self.logs(), *self.songs()}
        shutil.copytree(self.folder, self.ever, dirs_exist_ok=True)

    def gone(self):
        """The keys of the logs that are."""
        ever = {path.relative_to(self.ever) for path in (self.ever / "log_data").rglob("*.json")}
        return [str(key) for key in ever if not (self.folder / key).exists()]

    def lose(self, paths):
        if (lost := [path for path in paths if path in self.was_read]) and len(paths) > 1:
            self.dice.choice(lost).unlink()

    def lose_log(self):
        self.lose(self.logs())

    def lose_song(self):
        self.lose(self.songs())

    def odd_play(self):
        """What JSON escapes, and what is null."""
        odd = {"location": 'a\\b "c"', "userAgent": "\u0001", "song": "T\\1", "level": None, "artist": None}
        fields = {name: value for name, value in odd.items() if self.dice.random() < 0.7}
        self.write([play(ts=BEGIN + self.dice.randrange(5), length=self.dice.choice([None, 1.5]), **fields)])

    def match_odd_play(self):
        self.files += 1
        title = self.dice.choice(["T\\1", "Title"])
        self.song_file(song(song_id=f"Z{self.files}", title=title, duration=1.5, year=self.files % 5))

    def same_artist(self):
        """A record that may win its artist, or the songs of another one."""
        self.files += 1
        name = self.dice.choice([None, "Name", "Other"])
        self.song_file(
            song(song_id=f"S{self.dice.randrange(30)}", title=f"T{self.dice.randrange(30)}",
                 artist_id=f"A{self.dice.randrange(7)}", artist_name=name, year=self.dice.randrange(3),
                 artist_location=self.dice.choice([None, "Here", "There"]), artist_latitude=None)
        )  # fmt: skip

    def song_file(self, text):
        (self.folder / f"song_data/more-{self.files}.json").write_text(text)


STEPS = ["new_day", "new_day", "repeat", "same_time", "no_play", "odd_play", "new_song", "match_odd_play",
         "same_artist", "lose_log", "lose_log", "lose_song"]  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_random_sequences(tmp_path, seed):
    workspace, lake = Ever(tmp_path / "in", seed), tmp_path / "lake"
    etl(workspace.folder, lake)
    for _ in range(12):
        for step in workspace.dice.choices(STEPS, k=workspace.dice.choice([1, 2, 4])):
            getattr(workspace, step)()
        workspace.loaded()
        options = workspace.dice.choice([(), ("--incremental",), ("--threads", 1)])
        summary = etl(workspace.folder, lake, *options, *KEEP)
        gone = {name: side["gone"] for name, side in summary["sources"].items()}
        ever = {name: len(list((workspace.ever / f"{name[:-1]}_data").rglob("*.json"))) for name in gone}
        assert gone == {
            "songs": ever["songs"] - len(workspace.songs()), "logs": ever["logs"] - len(workspace.logs())
        }  # fmt: skip
        assert_like_full_run(workspace.ever, lake, tmp_path / "full")
        # What is settled stays so: a run that is told nothing keeps it, and finds nothing to do.
        again = etl(workspace.folder, lake)
        assert not again["committed"] or options == ("--incremental",), again["tables"]
        assert rows(lake) == rows(tmp_path / "full")
    assert run("check", lake).code == 0


@pytest.fixture
def lossy(tmp_path):
    """An input that was loaded, and has lost two of five logs since."""
    workspace = Ever(tmp_path / "in", 1)
    for _ in range(4):
        workspace.new_day()
    workspace.loaded()
    etl(workspace.folder, tmp_path / "lake")
    for path in workspace.logs()[1:3]:
        path.unlink()
    return workspace, tmp_path / "lake"


@pytest.mark.parametrize("options", [(), ("--incremental",), ("--dry-run",), ("--missing-logs", "fail")])
def test_by_default_a_run_fails(lossy, options):
    workspace, lake = lossy
    before = rows(lake), seen(lake), sorted(lake.rglob("*"))
    workspace.new_day()
    said = message(run("etl", "--input", workspace.folder, "--output", lake, *options))
    assert "2 log files were read before and are gone" in said
    assert all(key in said for key in workspace.gone())
    assert "--missing-logs keep" in said and "--missing-logs rebuild" in said
    assert (rows(lake), seen(lake), sorted(lake.rglob("*"))) == before
    document = json.loads(
        run("etl", "--input", workspace.folder, "--output", lake, *options, "--json").out
    )
    assert document["status"] == "failed" and "2 log files" in document["error"]["message"]


def test_many_are_counted(tmp_path):
    files = {f"log_data/{i}.json": play(ts=BEGIN + i) for i in range(9)}
    files |= {f"song_data/{i}.json": song(song_id=f"S{i}") for i in range(9)}
    write_tree(tmp_path / "in", files)
    etl(tmp_path / "in", tmp_path / "lake")
    for i in range(1, 9):
        (tmp_path / f"in/log_data/{i}.json").unlink()
        (tmp_path / f"in/song_data/{i}.json").write_text("")  # rotated by copying and truncating
    said = message(run("etl", "--input", tmp_path / "in", "--output", tmp_path / "lake"))
    assert "8 log files were read before and are gone, or empty now: " in said
    assert "log_data/1.json, log_data/2.json, log_data/3.json and 5 more; 8 song files were" in said
    said = message(run("etl", "--input", tmp_path / "in", "--output", tmp_path / "lake", "--missing-logs", "keep"))
    assert "log" not in said.split("--missing")[0] and "--missing-songs keep" in said
    summary = etl(tmp_path / "in", tmp_path / "lake", *KEEP)
    assert summary["plays"] == {"plays": 1, "kept": 8, "matched": 9, "identical": 0, "shared_keys": 0}
    assert summary["sources"]["logs"]["gone"] == summary["sources"]["songs"]["gone"] == 8
    said = run("etl", "--input", tmp_path / "in", "--output", tmp_path / "lake").out
    assert "1 play: 9 (100.0 %) match a song; 8 more were kept" in said
    assert "logs: 8 files are gone, and the rows that came from them are kept" in said


@pytest.mark.parametrize("options", [(), ("--incremental",)])
def test_rebuild_drops_what_is_gone(lossy, options, tmp_path):
    workspace, lake = lossy
    summary = etl(workspace.folder, lake, "--missing-logs", "rebuild", *options)
    assert "songplays" in summary["warnings"][0] and "fewer rows than before" in summary["warnings"][0]
    assert_like_full_run(workspace.folder, lake, tmp_path / "full")
    assert etl(workspace.folder, lake)["sources"]["logs"]["gone"] == 0


def test_rebuild_drops_what_was_kept(lossy, tmp_path):
    workspace, lake = lossy
    etl(workspace.folder, lake, *KEEP)
    summary = etl(workspace.folder, lake, "--incremental", *REBUILD)
    assert "files that are gone is dropped" in summary["incremental"]["full_because"]
    assert_like_full_run(workspace.folder, lake, tmp_path / "full")


def test_an_increment_after_a_loss_reads_only_what_is_new(lossy, tmp_path):
    workspace, lake = lossy
    workspace.new_day()
    workspace.loaded()
    summary = etl(workspace.folder, lake, "--incremental", *KEEP)
    assert summary["incremental"] == {"log_files": 4, "new_log_files": 1, "full_because": None}
    assert summary["sources"]["logs"]["files"] == 1 and summary["sources"]["logs"]["gone"] == 2
    assert_like_full_run(workspace.ever, lake, tmp_path / "full")
    assert etl(workspace.folder, lake, "--incremental")["incremental"]["full_because"] is None


@pytest.mark.parametrize("options", [(), ("--incremental",)])
def test_a_log_that_has_changed_while_others_are_gone(lossy, options):
    """Which of the kept plays were in it, nobody can tell."""
    workspace, lake = lossy
    etl(workspace.folder, lake, *KEEP)
    before = rows(lake)
    workspace.logs()[0].write_text(play() + "\n")
    said = message(run("etl", "--input", workspace.folder, "--output", lake, *options, *KEEP))
    assert "changed since it was read" in said and "2 log files that are gone" in said
    assert "--missing-logs rebuild" in said and rows(lake) == before
    etl(workspace.folder, lake, *options, *REBUILD)
    assert len(rows(lake)["songplays"]) < len(before["songplays"])


def test_a_song_file_that_has_changed_while_others_are_gone(tmp_path):
    write_tree(tmp_path / "in", {f"song_data/{i}.json": song(song_id=f"S{i}") for i in range(3)})
    write_tree(tmp_path / "in", {"log_data/1.json": play()})
    etl(tmp_path / "in", tmp_path / "lake")
    (tmp_path / "in/song_data/0.json").unlink()
    write_tree(tmp_path / "in", {"log_data/1.json": play(userId="2")})  # which is no matter
    etl(tmp_path / "in", tmp_path / "lake", *KEEP)
    write_tree(tmp_path / "in", {"song_data/1.json": song(song_id="other")})
    said = message(run("etl", "--input", tmp_path / "in", "--output", tmp_path / "lake", *KEEP))
    assert "song_data/1.json: changed" in said and "--missing-songs rebuild" in said


def test_what_comes_back_is_settled(lossy, tmp_path):
    """On a disk it is another file; where all are back, all can be read again."""
    workspace, lake = lossy
    etl(workspace.folder, lake, *KEEP)
    for key in workspace.gone():
        shutil.copy(workspace.ever / key, workspace.folder / key)
    summary = etl(workspace.folder, lake)
    assert summary["sources"]["logs"]["gone"] == 0 and summary["plays"]["kept"] == 0
    assert_like_full_run(workspace.ever, lake, tmp_path / "full")


def test_a_version_from_before_the_loss_comes_back(lossy, tmp_path):
    workspace, lake = lossy
    etl(workspace.folder, lake, "--keep-versions", 5, *KEEP)
    etl(workspace.folder, lake, *REBUILD)
    assert run("restore", lake, "--at", 1).code == 0
    etl(workspace.folder, lake, "--incremental")
    etl(workspace.ever, tmp_path / "full")
    assert seen(lake) == seen(tmp_path / "full")
    assert run("restore", lake, "--at", 0).code == 0
    assert "2 log files" in message(run("etl", "--input", workspace.folder, "--output", lake))


def test_kept_files_that_are_damaged(lossy):
    workspace, lake = lossy
    [path] = (lake / "_sparkify/state/records").iterdir()
    whole = path.read_bytes()
    workspace.songs()[0].rename(workspace.folder / "spare")
    write_tree(workspace.folder, {"song_data/new.json": song(song_id="new")})
    path.write_bytes(whole[:-20])
    command = ("etl", "--input", workspace.folder, "--output", lake, *KEEP)
    said = message(run(*command))
    assert "_sparkify/state/records/" in said and "--missing-songs rebuild" in said
    path.write_bytes(whole)
    plays = next(iter((lake / "songplays").rglob("*.parquet")))
    plays.write_bytes(plays.read_bytes()[:-20])
    said = message(run(*command))
    assert str(plays.relative_to(lake)) in said and "--missing-logs rebuild" in said


def test_all_logs_but_an_empty_one_are_gone(tmp_path):
    write_input(tmp_path / "in")
    etl(tmp_path / "in", tmp_path / "lake")
    (tmp_path / "in/log_data/2018/11/events.json").unlink()
    write_tree(tmp_path / "in", {"log_data/new.json": "\n"})
    etl(tmp_path / "in", tmp_path / "lake", *KEEP)
    assert len(rows(tmp_path / "lake")["songplays"]) == 1
    said = message(run("etl", "--input", tmp_path / "in", "--output", tmp_path / "lake", *REBUILD))
    assert "hold no play" in said
