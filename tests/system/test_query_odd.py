"""sparkify query where something is odd: texts on terminals of any width, outputs that cannot be written, carets
under wide characters, lakes that are empty, old, or replaced while they are asked."""

import json
import os
import shutil
import subprocess
import tarfile
import unicodedata
from pathlib import Path

import pytest
from conftest import CHECKED, PROGRAM, etl, message, play, run, song, write_tree
from lake_tables import ENV, table
from question_answers import ANSWERS
from terminal import Terminal
from test_query import pytestmark  # noqa: F401


@pytest.fixture(scope="module")
def lake(tmp_path_factory, generated_data):
    folder = tmp_path_factory.mktemp("odd") / "lake"
    etl(generated_data, folder)
    return folder


def query(lake, *arguments, **how):
    return run("query", lake, *arguments, env=ENV, **how)


# ---- Places -----------------------------------------------------------------------------------

PLACES = {  # SQL: (the line that is shown, what the caret is under)
    "SELECT 1,\n\t\ttitl,\t3\nFROM songs": ("LINE 2: titl,3", "titl"),
    "SELECT '日本', titl FROM songs": ("LINE 1: SELECT '日本', titl FROM songs", "titl"),
    "SELECT '👩‍👩‍👧e\u0301', titl FROM songs": ("LINE 1: SELECT '👩‍👩‍👧e\u0301', titl FROM songs", "titl"),
    "SELECT a FROM songs\n\n\nWHERE (1 = 1": None,
    "SELECT 'é日', 1, 2 30 4": ("LINE 1: SELECT 'é日', 1, 2 30 4", "30 4"),
    "SELECT 'é日', 1\n, '日' || )": ("LINE 2: , '日' || )", ")"),
    "SELECT 'x' ||\n\t)": ("LINE 2: )", ")"),
    "/* a\n comment */ SELECT *\nFROM song": ("LINE 3: FROM song", "song"),
}  # fmt: skip


def width(text):
    """Of the few kinds of characters here; joined ones count once."""
    text = text.replace("👩‍👩‍👧", "日")
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) == "W" else 1
        for c in text
    )


@pytest.mark.parametrize("sql", PLACES)
def test_a_caret_stands_under_what_is_wrong(lake, sql):
    done = query(lake, sql)
    assert done.code == 1
    lines = done.err.splitlines()
    if PLACES[sql] is None:
        assert "syntax error" in lines[0]
        return
    shown, wrong = PLACES[sql]
    assert lines[-2] == f"  {shown}"
    before = shown[: shown.rindex(wrong)]
    assert lines[-1].rstrip("^~") == " " * (2 + width(before)) and lines[-1].endswith("^"), lines


# ---- Terminals --------------------------------------------------------------------------------

ODD = (
    "SELECT '日本語日本語' AS wide, '👩‍👩‍👧 family' AS joined, 'e' || chr(769) || 'x' AS combined,"
    " 'a' || chr(27) || '[31mred' AS escape, 'x' || chr(8238) || 'y' AS turned, repeat('long ', 60) AS long,"
    " 'two' || chr(10) || 'lines' AS lines, NULL AS nothing, 1.5 AS number"
)


@pytest.mark.parametrize("columns", [20, 40, 80, 200])
def test_a_table_fits_its_terminal(lake, columns):
    terminal = Terminal(PROGRAM, "query", lake, ODD, env={**ENV, "LC_ALL": "C.UTF-8"}, columns=columns)
    shown = terminal.read_all()
    lines = shown.replace("\r\n", "\n").split("\n")
    assert lines[0].startswith("wide") and "日" in shown
    assert "\x1b" not in shown and "\u202e" not in shown
    table_lines = [line for line in lines if "─" in line or "日" in line or line.startswith("wide")]
    assert len(table_lines) == 3
    assert all(width(line) <= columns for line in table_lines), lines
    assert columns < 200 or "family" in shown


# ---- Outputs ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "place, words",
    [
        ("folder", "is a folder"),
        ("/dev/full", "No space left on device"),
        ("no/folder/x.csv", "no/folder/x.csv"),
        ("/proc/x.csv", "/proc/x.csv"),
    ],
)
def test_an_output_that_cannot_be_written(lake, tmp_path, place, words):
    (tmp_path / "folder").mkdir()
    done = query(lake, "SELECT 1 AS a", "--out", place, cwd=tmp_path)
    assert done.code in (1, 2) and words in done.err and done.out == ""
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
    assert Path("/dev/full").is_char_device()


def test_a_full_disk_behind_the_standard_output(lake):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [CHECKED, "query", lake, "SELECT * FROM range(100000)"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **ENV},
        )
    assert done.returncode == 1 and "No space left on device" in done.stderr


# ---- Lakes ------------------------------------------------------------------------------------


def test_an_empty_lake(tmp_path):
    files = {"song_data/s.json": "", "log_data/l.json": ""}
    etl(write_tree(tmp_path / "in", files), tmp_path / "lake", "--allow-empty")
    for name in ANSWERS:
        done = query(tmp_path / "lake", name, "--json")
        assert done.code == 0, (name, done.err)
        assert all(not any(row.values()) or name == "orphans" for row in json.loads(done.out)), name
    assert query(tmp_path / "lake", "SELECT * FROM songs").out.count("\n") == 1


def test_what_is_no_lake(lake, tmp_path):
    assert "no version of a lake" in message(query(tmp_path, "SELECT 1"))
    assert "no such folder" in message(query("/dev/null", "SELECT 1"))
    assert "no such folder" in message(query("nowhere", "SELECT 1"))
    assert "no question 'nowhere'" in message(query("nowhere"), code=2)


def old_lake(folder):
    """Of an earlier program: songplays lacks columns, and there is no table of all songs."""
    with tarfile.open(Path(__file__).parent / "lakes/before_song.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    return folder / "in", folder / "lake"


def test_a_lake_of_an_earlier_program(tmp_path):
    source, lake = old_lake(tmp_path)
    sql = "SELECT count(*) AS n, count(song) AS songs, count(length) AS lengths, count(level) AS levels FROM songplays"
    none = {"songs": 0, "lengths": 0}
    assert json.loads(query(lake, sql, "--json").out) == [{"n": 7, "levels": 7} | none]
    assert json.loads(query(lake, sql, "--json", "--at", "0").out) == [{"n": 5, "levels": 5} | none]
    songs = table(lake, "songs").height
    assert query(lake, "SELECT count(*) AS n FROM songs").out == f"n\n{songs}\n"
    for name in ANSWERS:
        assert query(lake, name).code == 0, name
    etl(source, lake)
    (row,) = json.loads(query(lake, sql, "--json").out)
    assert row["n"] == 7 and row["songs"] == 6  # one play has none
    assert json.loads(query(lake, sql, "--json", "--at", "1").out) == [{"n": 7, "levels": 7} | none]


def test_a_restored_version_of_an_earlier_program(tmp_path):
    source, lake = old_lake(tmp_path)
    etl(source, lake)
    assert run("restore", lake, "--at", "0").code == 0
    sql = "SELECT count(*) AS n, count(song) AS songs FROM songplays"
    assert query(lake, sql).out == "n,songs\n5,0\n"
    assert query(lake, "SELECT count(*) = count(DISTINCT song_id) AS ok FROM songs").out == "ok\ntrue\n"


def test_a_lake_that_is_replaced_while_it_is_asked(tmp_path):
    """The shell has read the version; its files go."""
    files = {"song_data/s.json": song(), "log_data/l.json": [play()]}
    out = tmp_path / "lake"
    etl(write_tree(tmp_path / "in", files), out)
    shell = Terminal(PROGRAM, "query", out, env={**ENV, "XDG_STATE_HOME": str(tmp_path)})
    shell.read_until("sparkify> ")
    shell.type("SELECT count(*) AS n FROM users;\n")
    shell.read_until("sparkify> ")
    (tmp_path / "in/log_data/l.json").write_text(play(userId="U2") + "\n" + play(userId="U3") + "\n")
    etl(tmp_path / "in", out, "--missing-logs", "rebuild")
    shell.type("SELECT count(*) AS n FROM users;\n")
    shell.read_until("users")
    answer = " ".join(shell.read_until("sparkify> ").split())  # where a line is broken depends on the path
    assert "replaced by version 1 while it was read" in answer and "--keep-versions" in answer, answer
    shell.type("SELECT 40 + count(*) AS n FROM users;\n")  # which is about the new one
    shell.read_until("42")
    shell.read_until("sparkify> ")
    assert shell.end() == 0


# ---- Songs in one file ------------------------------------------------------------------------


def damage_songs(lake, kind):
    (path,) = (lake / "_sparkify/state/songs").glob("*.parquet")
    if kind == "missing":
        path.unlink()
    elif kind == "cut":
        os.truncate(path, path.stat().st_size // 2)
    elif kind == "zeros":
        path.write_bytes(bytes(path.stat().st_size))
    elif kind == "stale":  # of another version: right in itself
        shutil.copy(lake.parent / "other/song.parquet", path)


@pytest.mark.parametrize("kind", ["missing", "cut", "zeros", "stale"])
def test_check_finds_what_is_wrong_with_the_file_of_all_songs(tmp_path, kind):
    files = {"song_data/s.json": [song()], "log_data/l.json": [play()]}
    etl(write_tree(tmp_path / "in", files), tmp_path / "lake")
    (tmp_path / "other").mkdir()
    files["song_data/s.json"] = [song(title="Other")]
    etl(write_tree(tmp_path / "in2", files), tmp_path / "lake2")
    (path,) = (tmp_path / "lake2/_sparkify/state/songs").glob("*.parquet")
    shutil.copy(path, tmp_path / "other/song.parquet")
    assert run("check", tmp_path / "lake").code == 0
    damage_songs(tmp_path / "lake", kind)
    done = run("check", tmp_path / "lake")
    assert done.code == 1 and "songs" in done.out + done.err, done
    etl(tmp_path / "in", tmp_path / "lake", "--missing-songs", "rebuild")


def test_all_songs_are_kept_and_restored_with_their_version(tmp_path):
    files = {"song_data/s.json": [song()], "log_data/l.json": [play()]}
    source, out = write_tree(tmp_path / "in", files), tmp_path / "lake"
    etl(source, out, "--keep-versions", "2")
    (source / "song_data/s.json").write_text(song(title="Other") + "\n" + song(song_id="S2") + "\n")
    etl(source, out, "--missing-songs", "rebuild")
    sql = "SELECT string_agg(title, ',' ORDER BY song_id) AS t FROM songs"
    assert query(out, sql).out == 't\n"Other,Title"\n'
    assert query(out, sql, "--at", "0").out == "t\nTitle\n"
    assert run("check", out).code == 0
    assert run("restore", out, "--at", "0").code == 0
    assert query(out, sql).out == "t\nTitle\n"
    assert run("check", out).code == 0
