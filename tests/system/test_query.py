"""sparkify query: SQL and questions over a lake, their formats, their errors, and the shell."""

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import polars as pl
import pyarrow.ipc
import pytest
from conftest import CHECKED, PROGRAM, etl, message, play, run, song, write_tree
from lake_tables import ENV, LIBRARY, differences, table
from question_answers import ANSWERS, NEED
from terminal import Terminal

pytestmark = pytest.mark.skipif(
    not LIBRARY.exists(), reason="DuckDB's library needs npm: ./dev build gets it"
)


@pytest.fixture(scope="module")
def lake(tmp_path_factory, generated_data):
    folder = tmp_path_factory.mktemp("query") / "lake"
    etl(generated_data, folder)
    return folder


def query(lake, *arguments, **how):
    return run("query", lake, *arguments, env=ENV, **how)


def piped(lake, sql, *arguments):
    """What comes out of a query whose SQL comes by the standard input."""
    command = [CHECKED, "query", lake, *arguments]
    return subprocess.run(
        command, input=sql, capture_output=True, text=True, env={**os.environ, **ENV}, check=True
    ).stdout


def rows(lake, *arguments):
    done = query(lake, *arguments, "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)


# ---- Tables ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["songs", "artists", "users", "time", "songplays", "users_table"])
def test_a_table_has_the_rows_of_its_files(lake, name):
    expected = table(lake, "users" if name == "users_table" else name)
    found = rows(lake, f"SELECT count(*) AS n, count(COLUMNS(*)) FROM {name}")[0]
    assert found.pop("n") == expected.height
    assert {c: int(n) for c, n in found.items()} == {
        c: expected.height - expected[c].null_count() for c in found
    }
    assert set(found) == set(expected.columns)


def test_days_cut_songplays_and_time(lake):
    days = table(lake, "songplays")["start_time"].dt.date()
    day = sorted(set(days))[3]
    until = sorted(set(days))[5]
    wanted = ((days >= day) & (days < until)).sum()
    assert 0 < wanted < len(days)
    options = ["--from", str(day), "--to", str(until)]
    assert rows(lake, "SELECT count(*) AS n FROM songplays", *options) == [{"n": wanted}]
    assert rows(lake, "SELECT count(DISTINCT start_time) AS n FROM songplays", *options) == rows(
        lake, "SELECT count(*) AS n FROM time", *options
    )
    assert rows(lake, "SELECT count(*) AS n FROM users", *options) == rows(
        lake, "SELECT count(*) AS n FROM users"
    )


def test_a_version_that_is_kept(tmp_path, generated_data):
    some, out = tmp_path / "in", tmp_path / "lake"
    logs = sorted(Path(generated_data).rglob("log_data/**/*.json"))
    (some / "log_data").mkdir(parents=True)
    (some / "song_data").symlink_to(Path(generated_data) / "song_data")
    for i, log in enumerate(logs[:2]):
        (some / "log_data" / f"{i}.json").write_bytes(log.read_bytes())
        etl(some, out, "--keep-versions", "2")
    counts = [
        rows(out, "SELECT count(*) AS n FROM songplays", "--at", str(i))[0]["n"] for i in (0, 1)
    ]
    assert 0 < counts[0] < counts[1] == table(out, "songplays").height - counts[0]
    assert rows(out, "SELECT count(*) AS n FROM songplays") == [{"n": counts[1]}]
    assert "version 7" in message(query(out, "SELECT 1 FROM users", "--at", "7"))


# ---- Formats -----------------------------------------------------------------------------------


READERS = {
    "csv": lambda path: pl.read_csv(path, infer_schema_length=None),
    "jsonl": pl.read_ndjson,
    "parquet": pl.read_parquet,
    "arrow": lambda path: pl.from_arrow(pyarrow.ipc.open_file(path).read_all()),
}


def test_formats_hold_the_same_rows(lake, tmp_path):
    sql = "SELECT * FROM songplays ORDER BY start_time, songplay_id"
    expected = pl.DataFrame(rows(lake, sql), infer_schema_length=None)
    for name in READERS:
        path = tmp_path / f"rows.{name}"
        assert query(lake, sql, "--out", path).code == 0
        found = READERS[name](path)
        assert found.columns == expected.columns and found.height == expected.height
        for column in ("songplay_id", "user_id", "session_id", "year"):
            assert (
                found[column].cast(pl.Utf8).to_list() == expected[column].cast(pl.Utf8).to_list()
            ), (name, column)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "rows.arrow",
        "rows.csv",
        "rows.jsonl",
        "rows.parquet",
    ]


def test_types(lake):
    sql = (
        "SELECT 170141183460469231731687303715884105727::HUGEINT AS h, 1.50::DECIMAL(9,2) AS d,"
        " [1, NULL] AS l, {'a': 'x'} AS s, DATE '2018-11-01' AS day, INTERVAL 3 DAY AS i,"
        " TIMESTAMP '2018-11-01 21:01:46.796' AS t, 'x'::ENUM('x') AS e, true AS b, NULL AS n"
    )
    assert rows(lake, sql) == [
        {
            "h": "170141183460469231731687303715884105727",
            "d": 1.5,
            "l": [1, None],
            "s": {"a": "x"},
            "day": "2018-11-01",
            "i": "3 days",
            "t": "2018-11-01T21:01:46.796Z",
            "e": "x",
            "b": True,
            "n": None,
        }
    ]


def test_a_file_appears_when_it_is_whole(lake, tmp_path):
    path = tmp_path / "out.csv"
    path.write_text("old")
    done = query(lake, "SELECT error('no') FROM range(9)", "--out", path)
    assert done.code == 1 and path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


# ---- What is asked -----------------------------------------------------------------------------


def test_statements_of_a_file_and_of_standard_input(lake, tmp_path):
    sql = "-- two; statements\nCREATE TEMP TABLE t AS SELECT 'a;b' AS x;\nSELECT x FROM t;"
    path = tmp_path / "a.sql"
    path.write_text(sql)
    assert query(lake, "-f", path).out == "x\na;b\n"
    assert piped(lake, sql, "--file", "-") == "x\na;b\n"
    assert piped(lake, sql) == "x\na;b\n"


def test_the_lake_is_found(lake, tmp_path):
    sql = "SELECT count(*) AS n FROM users"
    expected = query(lake, sql).out
    assert run("query", sql, env=ENV, cwd=lake).out == expected
    assert run("query", sql, env={**ENV, "SPARKIFY_LAKE": str(lake)}).out == expected
    assert run("query", "--output", lake, sql, env=ENV).out == expected
    assert run("query", sql, env=ENV, cwd=tmp_path).code == 2


@pytest.mark.parametrize(
    "arguments, code, words",
    [
        (["SELECT titl FROM songs"], 1, ["titl", '"title"', "LINE 1", "^"]),
        (["SELECT 1 +"], 1, ["syntax error"]),
        (["no-such-question"], 2, ["no-such-question", "--list"]),
        (["   "], 2, ["no SQL"]),
        (["SELECT 1", "--from", "2018-02-30"], 2, ["--from", "2018-11-01"]),
        (["SELECT 1", "--from", "2018-11-02", "--to", "2018-11-02"], 2, ["before --to"]),
        (["SELECT 1", "--json", "--format", "csv"], 2, ["exclude each other"]),
        (["SELECT 1", "--out", "/no/such/folder/x.csv"], 1, ["/no/such/folder/x.csv"]),
        (["SELECT 1", "--cache-size", "2X"], 2, ["500M"]),
        (["SELECT 1", "--cache-size", "1G"], 2, ["--cache-size is for a lake in S3", "lake is not in S3"]),
        (["--list", "--from", "2018-11-01"], 2, ["--from cannot be combined with --list"]),
        (["--list", "--limit", "3"], 2, ["--limit cannot be combined with --list"]),
        (["--list", "-f", "x.sql"], 2, ["--file cannot be combined with --list"]),
        (["--list", "--engine", "spark"], 2, ["--engine cannot be combined with --list"]),
        (["--list", "--show-sql"], 2, ["--show-sql cannot be combined with --list"]),
        (["--list", "top-songs"], 2, ["'top-songs' would be ignored"]),
        (["--list", "--endpoint", "http://x"], 2, ["--endpoint cannot be combined with --list"]),
        (["--show-sql"], 2, ["name of a question", "--list"]),
        (["--show-sql", "SELECT 1"], 2, ["no question 'SELECT 1'", "--list"]),
        (["--show-sql", "level"], 2, ["no question 'level'", "did you mean", "or levels?"]),
        (["top-song"], 2, ["no question 'top-song'", "did you mean top-songs?"]),
        (["nothing-like-that"], 2, ["no question 'nothing-like-that'", "--list", "quotation marks"]),
        (["--show-sql", "top-songs", "--out", "x"], 2, ["--out cannot be combined with --show-sql"]),
        (["--show-sql", "top-songs", "--json"], 2, ["--json cannot be combined with --show-sql"]),
        (["--show-sql", "top-songs", "--at", "0"], 2, ["--at cannot be combined with --show-sql"]),
    ],
)
def test_errors(lake, arguments, code, words):
    done = query(lake, *arguments)
    assert done.code == code and (done.out == "" or "--json" in arguments)
    assert len(done.err.splitlines()) <= 4, done.err
    for word in words:
        assert word in done.err


@pytest.mark.parametrize(
    "kind", ["missing", "named", "old", "broken", "cut", "empty", "machine", "folder"]
)
def test_the_library_is_missing_old_or_broken(lake, tmp_path, kind):
    path = tmp_path / "libduckdb.so"
    if kind == "broken":
        path.write_bytes(b"\x7fELF no library")
    if kind == "old":
        subprocess.run(["cc", "-shared", "-o", path, "-x", "c", "/dev/null"], check=True)
    if kind == "cut":  # what is left of it can be mapped, and is not all that the loader will touch
        path.write_bytes(LIBRARY.read_bytes()[:40_000_000])
    if kind == "machine":
        head = bytearray(LIBRARY.read_bytes()[:5000])
        head[18:20] = (8).to_bytes(2, "little")  # MIPS
        path.write_bytes(head)
    if kind == "empty":
        path.touch()
    if kind == "folder":
        path.mkdir()
    program = tmp_path / "sparkify"
    program.symlink_to(PROGRAM)
    env = {"SPARKIFY_DUCKDB": str(path)}
    if kind == "missing":  # nothing beside the program, which is a copy
        program.unlink()
        program.write_bytes(Path(PROGRAM).read_bytes())
        program.chmod(0o755)
        shutil.copy(PROGRAM.with_name("sparkify-worker"), tmp_path)
        env = {"SPARKIFY_DUCKDB": ""}
    done = subprocess.run(
        [program, "query", lake, "SELECT 1"],
        capture_output=True,
        text=True,
        env={**os.environ, **env},
    )
    assert done.returncode == 1 and done.stdout == ""
    assert "libduckdb.so" in done.stderr and ("npm" in done.stderr or kind == "named")
    assert "worker" not in done.stderr
    assert {"cut": "cut off", "machine": "another kind"}.get(kind, "") in done.stderr


def test_a_table_of_another_program_is_refused(tmp_path, generated_data):
    out = tmp_path / "lake"
    etl(generated_data, out)
    (out / "users/_delta_log/00000000000000000001.json").write_text("{}\n")
    done = query(out, "SELECT 1 FROM users")
    assert done.code == 1 and "delta_scan" in done.err


def test_nobody_reads_the_rest(lake):
    command = [PROGRAM, "query", lake, "SELECT * FROM range(100000000)"]
    env = {**os.environ, **ENV}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env
    ) as process:
        assert process.stdout.readline() == "range\n"
        process.stdout.close()
        assert process.wait(timeout=30) == 0 and process.stderr.read() == ""


def test_a_query_is_interrupted(lake):
    command = [PROGRAM, "query", lake, "SELECT count(*) FROM range(1000000000000) t(i) WHERE i=-1"]
    env = {**os.environ, **ENV}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env
    ) as process:
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
        assert "interrupted" in process.stderr.read()


# ---- Questions ---------------------------------------------------------------------------------


def names(lake):
    return [line.split()[0] for line in query(lake, "--list").out.splitlines()]


@pytest.fixture(scope="module")
def tables(lake):
    return {name: table(lake, name) for name in NEED}


def test_there_are_answers_to_all_questions(lake):
    assert set(names(lake)) == set(ANSWERS) and len(ANSWERS) >= 29


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_a_question_and_its_answer_by_another_way(lake, tables, name):
    found = [tuple(row.values()) for row in rows(lake, name)]
    assert differences(found, ANSWERS[name](tables)) is None


def test_what_nearly_matches_and_what_was_decoded_wrongly(tmp_path):
    plays = [
        ("Café del Mar", "Energy 52", 1.0),  # the duration
        ("CAFÉ DEL MAR", "energy 52", 300.5),  # the case
        ("Cafe del Mar", "Energy 52", 300.5),  # the accent
        ("Café del Mar", "Energy 52", 300.5),  # the song itself
        ("Other", None, 300.5),  # nothing
        ("JÃ³ga", "BjÃ¶rk", 300.5),
    ]
    files = {
        "song_data/s.json": song(title="Café del Mar", artist_name="Energy 52", duration=300.5),
        "log_data/l.json": [
            play(song=title, artist=artist, length=length, itemInSession=i, location="SÃO PAULO")
            for i, (title, artist, length) in enumerate(plays)
        ],
    }
    etl(write_tree(tmp_path / "in", files), tmp_path / "lake")
    found = rows(tmp_path / "lake", "unmatched")
    assert {(row["song"], row["nearly"], row["near_song_id"]) for row in found} == {
        ("Café del Mar", "the duration", "S1"),
        ("CAFÉ DEL MAR", "upper and lower case", "S1"),
        ("Cafe del Mar", "accents", "S1"),
        ("Other", None, None),
        ("JÃ³ga", None, None),
    }
    assert [(row["origin"], row["value"]) for row in rows(tmp_path / "lake", "mojibake")] == [
        ("songplays.artist", "BjÃ¶rk"),
        ("songplays.song", "JÃ³ga"),
    ]
    tables = {name: table(tmp_path / "lake", name) for name in NEED}
    for name in ("unmatched", "mojibake", "decades"):
        found = [tuple(row.values()) for row in rows(tmp_path / "lake", name)]
        assert found == ANSWERS[name](tables)


def test_top_songs_counts_what_the_catalogue_lacks(lake):
    plays = table(lake, "songplays").filter(pl.col("song").is_not_null())
    expected = (
        plays.group_by("song", "artist")
        .agg(plays=pl.len(), listeners=pl.col("user_id").n_unique())
        .sort(["plays", "song", "artist"], descending=[True, False, False])
        .head(3)
        .to_dicts()
    )
    assert rows(lake, "top-songs", "--limit", "3") == expected
    assert "LIMIT 3" in query(lake, "top-songs", "--limit", "3", "--show-sql").out


def test_a_limit_cuts_any_statement(lake):
    assert query(lake, "SELECT * FROM range(10)", "--limit", "2").out == "range\n0\n1\n"
    assert len(rows(lake, "levels", "--limit", "1")) == 1
    assert query(lake, "SELECT 1 AS a", "--limit", "0").out == "a\n"


def test_a_comment_is_no_option(lake):
    assert query(lake, "-- first the comment\nSELECT 7 AS x").out == "x\n7\n"
    assert query(lake, "--\nSELECT 7 AS x").out == "x\n7\n"
    assert "no option --SELECT" in query(lake, "--SELECT 7").err


def test_the_list_as_json(lake):
    found = json.loads(query(lake, "--list", "--json").out)
    assert [question["name"] for question in found] == names(lake)
    assert all(set(question) == {"name", "summary", "limit"} for question in found)
    limits = {question["name"]: question["limit"] for question in found}
    assert limits["top-songs"] == 10 and limits["levels"] is None


def test_a_users_own_questions(lake, tmp_path):
    (tmp_path / "mine.sql").write_text("-- Mine.\nSELECT 7 AS x")
    assert "mine" in query(lake, "--list", "--queries", tmp_path).out
    assert rows(lake, "mine", "--queries", tmp_path) == [{"x": 7}]
    done = query(lake, "mine", "--queries", tmp_path / "nowhere")
    assert "nowhere" in message(done)


# ---- The shell ---------------------------------------------------------------------------------


def open_shell(lake, home):
    env = {**ENV, "XDG_STATE_HOME": str(home)}
    return Terminal(PROGRAM, "query", lake, env=env)


def test_the_shell(lake, tmp_path):
    shell = open_shell(lake, tmp_path)
    shell.read_until("sparkify> ")
    shell.type("SELECT 40 +\n")
    shell.read_until("...> ")
    shell.type("2 AS answer;\n")
    assert "42" in shell.read_until("42")
    shell.read_until("sparkify> ")
    shell.type(".tables\n")
    shell.read_until("songplays")
    shell.read_until("sparkify> ")
    shell.type(".schema tracks\n")
    shell.read_until("there is no table tracks")
    shell.type(".schema Users_Table\n")  # another name for users
    shell.read_until("first_name")
    shell.type("SELECT count(*) AS n FROM songpl\ts;\n")  # Tab completes what is certain
    shell.read_until(str(table(lake, "songplays").height))
    shell.type("SELECT first_n\tAS name FROM users LIMIT 1;\n")  # a column
    shell.read_until("name ")
    shell.read_until("sparkify> ")
    shell.type("top-s\t\n")  # a question
    shell.read_until("listeners")
    shell.read_until("sparkify> ")
    shell.type("SELECT titl FROM songs;\n")
    shell.read_until("LINE 1")
    shell.type("SELECT count(*) FROM range(1000000000000) t(i) WHERE i = -1;\n")
    time.sleep(1)
    shell.type("\x03")
    shell.read_until("interrupted")
    shell.type("levels\n")
    shell.read_until("plays_a_user")
    shell.read_until("sparkify> ")
    assert shell.end() == 0
    history = (tmp_path / "sparkify/query_history").read_text()
    assert "answer" in history and "levels" in history
    assert (tmp_path / "sparkify/query_history").stat().st_mode & 0o077 == 0


def test_the_shell_ends_although_a_statement_runs(lake, tmp_path):
    """Ctrl-D is typed ahead, while the terminal is not the shell's."""
    shell = open_shell(lake, tmp_path)
    shell.read_until("sparkify> ")
    shell.type("SELECT count(*) FROM range(300000000) t(i) WHERE i % 7 = 9;\n")
    time.sleep(0.2)
    assert shell.end() == 0
