"""Input of which each record may be right, and that is odd as a whole: it holds nothing, its times are
seconds, its names are of no use. A run refuses it, or says so."""

import pytest
from conftest import etl, message, play, run, snapshot, song, tables, write_input, write_tree

NO_PLAYS = {
    "blank": "\n\n",
    "no object": "",
    "other pages": play(page="Home") + "\n",
    "rejected": play(ts="x") + "\n",
}


@pytest.fixture
def source(tmp_path):
    return write_input(tmp_path / "in")


def written(lake):
    """What a run has left, but for its rejects."""
    return {name: data for name, data in snapshot(lake).items() if not name.startswith("_rejects")}


def rows_now(lake):
    return {table: len(rows) for table, rows in tables(lake).items()}


# ---- Nothing ------------------------------------------------------------------------------------


@pytest.mark.parametrize("logs", NO_PLAYS)
def test_no_play_at_all(logs, source, tmp_path):
    lake, log = tmp_path / "lake", source / "log_data/2018/11/events.json"
    etl(source, lake)
    before = written(lake)
    log.write_text(NO_PLAYS[logs])
    command = ("etl", "--input", source, "--output", lake, "--max-rejects", "100%")
    for more in ((), ("--dry-run",), ("--incremental",)):
        said = message(run(*command, *more))
        assert logs == "no object" or "hold no play" in said and "--allow-empty" in said
        assert written(lake) == before
    assert logs != "no object" or "--missing-logs" in message(run(*command, "--allow-empty"))
    summary = etl(source, lake, "--max-rejects", "100%", "--allow-empty", "--missing-logs", "rebuild")
    assert summary["tables"]["songplays"]["rows_before"] == 1
    assert rows_now(lake) == {"songs": 1, "artists": 1, "users": 0, "time": 0, "songplays": 0}
    # And so it is the next time, too: what is empty must be wanted empty.
    assert run(*command).code == 1


def test_the_first_run_without_plays(tmp_path):
    write_input(tmp_path / "in", plays=[play(page="Home")])
    command = ("etl", "--input", tmp_path / "in", "--output", tmp_path / "lake")
    assert "1 are skipped" in message(run(*command))
    assert not list((tmp_path / "lake").rglob("*"))
    assert "hold no play" in message(run("etl", "--input", tmp_path / "in", "--dry-run"))


def test_new_logs_without_plays_are_fine(source, tmp_path):
    lake = tmp_path / "lake"
    etl(source, lake)
    write_tree(source, {"log_data/new.json": play(page="Home")})
    assert etl(source, lake, "--incremental")["tables"]["songplays"]["rows_in_force"] == 1
    assert etl(source, lake)["tables"]["songplays"]["rows_in_force"] == 1


@pytest.mark.parametrize("songs", ["[]", "\n", song(song_id=None)])
def test_songs_that_hold_nothing(songs, source, tmp_path):
    lake = tmp_path / "lake"
    etl(source, lake)
    before = written(lake)
    (source / "song_data/A/songs.json").write_text(songs)
    command = ("etl", "--input", source, "--output", lake, "--max-rejects", "100%")
    said = message(run(*command))
    assert "songs has 1 row now, and would have none" in said and "--allow-empty" in said
    assert written(lake) == before
    summary = etl(source, lake, "--max-rejects", "100%", "--allow-empty")
    assert "songs from 1 to 0 rows" in summary["warnings"][0]
    # A lake that never had songs needs no permission.
    etl(source, tmp_path / "other", "--max-rejects", "100%")


# ---- Seconds for milliseconds -------------------------------------------------------------------


def test_seconds_are_told(tmp_path):
    seconds, right = play(ts=1541106106), play(ts=1541106106796)
    for plays, is_odd in (([seconds] * 2, True), ([right], False), ([seconds, right], False)):
        write_input(tmp_path / "in", plays=plays)
        warnings = etl(tmp_path / "in", tmp_path / "lake")["warnings"]
        assert [text for text in warnings if "1970" in text and "seconds" in text] == warnings[:1]
        assert any("1970" in text for text in warnings) == is_odd
    done = run("etl", "--input", write_input(tmp_path / "in", plays=[seconds]), "--output", tmp_path / "lake")
    assert "sparkify: warning: all plays" in done.err and "\nwarning: all plays" in done.out
    write_tree(tmp_path / "in", {"log_data/new.json": play(ts=1541106107)})
    assert "1970" in etl(tmp_path / "in", tmp_path / "lake", "--incremental")["warnings"][0]


# ---- Names --------------------------------------------------------------------------------------


def test_names_that_are_passed_over_are_counted(tmp_path):
    files = {f"log_data/{name}": play() for name in ("a.log", "b.json.bz2", "c", "d.json.1", "e.JSON")}
    files |= {"log_data/_x.log": play(), "log_data/.y": play(), "log_data/z.json": ""}
    write_tree(tmp_path / "in", files | {"song_data/s.json": song()})
    summary = etl(tmp_path / "in", tmp_path / "lake")
    assert {name: side["passed_over"] for name, side in summary["sources"].items()} == {"songs": 0, "logs": 4}
    assert summary["sources"]["logs"]["files"] == 1
    said = run("etl", "--input", tmp_path / "in", "--output", tmp_path / "lake").out
    assert "logs: 4 files were skipped because of the name, such as log_data/a.log\n" in said


# ---- What has become of the rows ----------------------------------------------------------------


def test_rows_before_and_after(source, tmp_path):
    lake, log = tmp_path / "lake", source / "log_data/2018/11/events.json"
    command = ("etl", "--input", source, "--output", lake)
    assert "rows now: songs 1 (new), artists 1 (new), users 1 (new)" in run(*command).out
    log.write_text("\n".join(play(userId=str(i), ts=1541106106796 + i) for i in range(3)))
    assert "songs 1 (unchanged)" in (said := run(*command).out) and "users 3 (+2)" in said
    log.write_text("\n".join(play(userId=str(i), level="paid") for i in range(3)))
    done = run(*command)
    assert "users 3 (as many as before), time 1 (-2), songplays 3 (as many as before)" in done.out
    assert "sparkify: warning: there are fewer rows than before: time from 3 to 1 row\n" == done.err
    log.write_text(play())
    summary = etl(source, lake)
    assert summary["tables"]["users"]["rows_before"] == 3 and summary["tables"]["users"]["rows_in_force"] == 1
    assert summary["warnings"] == [
        "there are fewer rows than before: users from 3 to 1 row, songplays from 3 to 1 row"
    ]
    assert "rows now" not in run("etl", "--input", source, "--dry-run").out


def test_a_version_that_changes_no_table(source, tmp_path):
    lake = tmp_path / "lake"
    assert etl(source, lake)["committed"]
    command = ("etl", "--input", source, "--output", lake)
    assert "no table has changed: nothing was committed" in run(*command).out
    assert not etl(source, lake)["committed"]
    log = source / "log_data/2018/11/events.json"
    write_tree(source, {"log_data/2018/11/copy.json": log.read_text()})
    said = run(*command).out
    assert "no table has changed; version 1 of the lake records" in said
    assert "nothing was committed" not in said
