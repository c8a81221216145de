"""`sparkify query --engine spark`: the same rows as DuckDB's, all of Spark's types, and what goes wrong."""

import json
import os
import signal
import subprocess
import tarfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.ipc
import pytest
from conftest import CHECKED, PROGRAM, etl, message, play, run, song, write_tree
from grpc_server import COMPLETE, OK, Answer, GrpcServer, field, rows_answer, version_answer
from grpc_server import message as grpc_message
from lake_tables import ENV, LIBRARY, differences, table
from question_answers import ANSWERS, NEED
from terminal import Terminal

LONG = 300  # seconds: the machine may be busy
HUGE = "SELECT count(*) FROM range(0, 2000000000000, 1, 4) WHERE hash(id) % 7 = 100"
needs_duckdb = pytest.mark.skipif(
    not LIBRARY.exists(), reason="DuckDB's library needs npm: ./dev build gets it"
)


def ask(spark, lake, *arguments, **how):
    return run("query", lake, "--engine", "spark", "--spark", spark, *arguments, timeout=LONG, **how)


def found(done):
    """The rows of each statement, of a run with --json."""
    assert done.code == 0, done.err
    results, rest = [], done.out.strip()
    while rest:
        result, end = json.JSONDecoder().raw_decode(rest)
        results.append(result)
        rest = rest[end:].strip()
    return results


def rows(spark, lake, *arguments):
    (result,) = found(ask(spark, lake, *arguments, "--json"))
    return result


@pytest.fixture(scope="module")
def lake(tmp_path_factory, generated_data):
    """Its folder's name has what Hadoop takes for a pattern, or for an escape."""
    folder = tmp_path_factory.mktemp("spark_query") / "a lake {x}[1]%41"
    etl(generated_data, folder)
    return folder


# ---- The same rows as DuckDB's --------------------------------------------------------------------

ORDER = "start_time, user_id, session_id, songplay_id"
SAME = {
    "songs": ("SELECT * FROM songs ORDER BY song_id",),
    "artists": ("SELECT * FROM artists ORDER BY artist_id",),
    "users": ("SELECT * FROM users ORDER BY user_id",),
    "users_table": ("SELECT * FROM users_table ORDER BY user_id",),
    "time": ("SELECT * FROM time ORDER BY start_time",),
    "songplays": (f"SELECT * FROM songplays ORDER BY {ORDER}",),
    "from": (f"SELECT * FROM songplays ORDER BY {ORDER}", "--from", "2018-11-20"),
    "to": ("SELECT count(*) AS n FROM time", "--to", "2018-11-05"),
    "a day": ("SELECT * FROM time ORDER BY start_time", "--from", "2018-11-05", "--to", "2018-11-06"),
    "none": ("SELECT * FROM songplays", "--from", "2031-01-01"),
}


@needs_duckdb
@pytest.mark.parametrize("name", SAME)
def test_rows_are_those_of_duckdb(spark, lake, name):
    by_duckdb = run("query", lake, *SAME[name], "--format", "jsonl", env=ENV)
    by_spark = ask(spark, lake, *SAME[name], "--format", "jsonl")
    assert (by_spark.code, by_spark.err) == (by_duckdb.code, by_duckdb.err) == (0, "")
    assert by_spark.out == by_duckdb.out and (by_spark.out or name == "none")


@pytest.fixture(scope="module")
def answered(spark, lake, tmp_path_factory):
    """All questions in one session."""
    text = ""
    for name in ANSWERS:
        shown = run("query", lake, name, "--show-sql")
        text += f"{shown.out}\n;\n"
    path = tmp_path_factory.mktemp("questions") / "all.sql"
    path.write_text(text)
    answers = found(ask(spark, lake, "--file", path, "--json"))
    return dict(zip(ANSWERS, answers, strict=True))


@pytest.fixture(scope="module")
def polars_tables(lake):
    return {name: table(lake, name) for name in NEED}


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_a_question(answered, polars_tables, name):
    got = [tuple(row.values()) for row in answered[name]]
    assert differences(got, ANSWERS[name](polars_tables)) is None


def test_a_version_that_is_kept_and_a_lake_of_an_earlier_program(spark, tmp_path):
    """Its files lack columns, and all songs in one file: nulls, and the table's own files."""
    with tarfile.open(Path(__file__).parent / "lakes/before_song.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    sql = "SELECT count(*) AS n, count(song) AS songs, count(level) AS levels FROM songplays"
    assert rows(spark, tmp_path / "lake", sql) == [{"n": 7, "songs": 0, "levels": 7}]
    assert rows(spark, tmp_path / "lake", sql, "--at", 0) == [{"n": 5, "songs": 0, "levels": 5}]
    expected = table(tmp_path / "lake", "songs").height
    assert rows(spark, tmp_path / "lake", "SELECT count(*) AS n FROM songs") == [{"n": expected}]


def test_partitions_keep_their_types_and_odd_values(spark, tmp_path):
    """Artists' ids are in the paths of songs, escaped, and are no numbers, whatever they look like."""
    artists = ["007", "a/b", "a%b", "ü:*?[x]{y}\\", "a b", "1e3"]
    songs = [
        song(song_id=f"S{i}", artist_id=artist, year=1990 + i) for i, artist in enumerate(artists)
    ]
    files = {"song_data/s.json": songs, "log_data/l.json": [play()]}
    out = tmp_path / "lake"
    etl(write_tree(tmp_path / "in", files), out)
    expected = [{"artist_id": artist, "year": 1990 + i} for i, artist in enumerate(artists)]
    sql = "SELECT artist_id, year FROM songs ORDER BY year"
    assert rows(spark, out, sql) == expected
    for path in (out / "_sparkify/state/songs").glob("*"):
        assert path.exists()
    sql = "SELECT typeof(artist_id) AS a, typeof(songs.year) AS y, typeof(start_time) AS t FROM songs, time"
    assert rows(spark, out, sql) == [{"a": "string", "y": "int", "t": "timestamp"}] * len(artists)


def test_an_empty_lake(spark, tmp_path):
    files = {"song_data/s.json": "", "log_data/l.json": ""}
    etl(write_tree(tmp_path / "in", files), tmp_path / "lake", "--allow-empty")
    done = ask(spark, tmp_path / "lake", "SELECT * FROM songplays JOIN time USING (start_time)")
    assert done.code == 0 and done.out.startswith("start_time,") and done.out.count("\n") == 1


# ---- Types ----------------------------------------------------------------------------------------

TYPES = {  # SQL: as JSON
    "CAST(-1 AS TINYINT)": -1,
    "CAST(2 AS SMALLINT)": 2,
    "3": 3,
    "9007199254740993L": "9007199254740993",
    "CAST(0.5 AS FLOAT)": 0.5,
    "2.5D": 2.5,
    "double('NaN')": None,
    "1.50BD": 1.50,
    "CAST('-0.05' AS DECIMAL(38, 18))": "-0.050000000000000000",
    "'x'": "x",
    "CAST('y' AS CHAR(3))": "y",
    "X'414243'": "ABC",
    "true": True,
    "NULL": None,
    "CAST(NULL AS DATE)": None,
    "DATE'2018-11-01'": "2018-11-01",
    "DATE'0001-01-01'": "0001-01-01",
    "TIMESTAMP'2018-11-01 21:01:46.796'": "2018-11-01T21:01:46.796Z",
    "TIMESTAMP'2018-11-01 21:01:46.796+02:00'": "2018-11-01T19:01:46.796Z",
    "TIMESTAMP_NTZ'1969-12-31 23:59:59.999999'": "1969-12-31T23:59:59.999999Z",
    "INTERVAL '3' DAY": "INTERVAL '3' DAY",
    "INTERVAL '1-2' YEAR TO MONTH": "INTERVAL '1-2' YEAR TO MONTH",
    "make_interval(1, 2, 0, 3)": "1 years 2 months 3 days",
    "array(1, NULL)": [1, None],
    "array(array('a'), array())": [["a"], []],
    "named_struct('a', 1, 'b', NULL)": {"a": 1, "b": None},
    "map('k', 1.5D, 'l', NULL)": {"k": 1.5, "l": None},
    "map(1, array(2))": {"1": [2]},
    "array(DATE'2018-11-01')": ["2018-11-01"],
    "CAST(NULL AS ARRAY<INT>)": None,
    "parse_json('{\"a\": [1, null]}')": {"a": [1, None]},
}


def test_types(spark, lake):
    """Each alone among plain ones, and all at once; columns' names may be the same."""
    sql = "SELECT " + ", ".join(f"{text} AS c{i}" for i, text in enumerate(TYPES))
    (row,) = rows(spark, lake, sql)
    assert dict(zip(TYPES, row.values(), strict=True)) == TYPES
    done = ask(spark, lake, "SELECT 1 AS `a b`, 2 AS `a b`, array(3) AS `a b` FROM range(2)")
    assert done.out == "a b,a b,a b\n" + 2 * "1,2,[3]\n"


def test_formats_hold_the_same_rows(spark, lake, tmp_path):
    sql = "SELECT id, array(id) AS l, id / 7 AS d, CAST(id AS DECIMAL(20, 2)) AS n FROM range(30000) ORDER BY id"
    for name in ("csv", "arrow"):
        done = ask(spark, lake, sql, "--out", tmp_path / f"rows.{name}")
        assert done.code == 0, done.err
    csv = (tmp_path / "rows.csv").read_text().splitlines()
    arrow = pyarrow.ipc.open_file(tmp_path / "rows.arrow").read_all()
    assert len(csv) == 30001 and csv[29001].startswith("29000,[29000],") and csv[0] == "id,l,d,n"
    assert arrow["id"].to_pylist() == list(range(30000))
    assert arrow["l"][29000].as_py() == "[29000]" and arrow["n"][29000].as_py() == 29000.0


# ---- Statements -----------------------------------------------------------------------------------


def test_several_statements(spark, lake, tmp_path):
    path = tmp_path / "a.sql"
    path.write_text(
        "CREATE TEMP VIEW v AS SELECT level, count(*) AS n FROM songplays GROUP BY level;\n"
        "-- the first; the second\n"
        "(SELECT level FROM v ORDER BY level); TABLE v |> AGGREGATE sum(n) AS n; SHOW VIEWS"
    )
    done = ask(spark, lake, "--file", path)
    assert done.code == 0, done.err
    plays = table(lake, "songplays").height
    assert done.out.startswith(f"level\nfree\npaid\n\nn\n{plays}\n\nnamespace,viewName,isTemporary\n")


def test_the_tables_cannot_be_written_to(spark, lake):
    files = {path: path.read_bytes() for path in lake.rglob("*.parquet")}
    for sql in (
        "INSERT INTO users SELECT * FROM users",
        "INSERT OVERWRITE songplays SELECT * FROM songplays",
        "INSERT OVERWRITE time SELECT * FROM time WHERE false",
    ):
        done = ask(spark, lake, sql)
        assert done.code == 1 and "UNSUPPORTED_INSERT" in done.err, done
    assert {path: path.read_bytes() for path in lake.rglob("*.parquet")} == files


ERRORS = {  # SQL: (words, the place)
    "SELECT titl FROM songs": (["UNRESOLVED_COLUMN", "`title`"], "LINE 1: SELECT titl FROM songs", 15),
    "SELECT 1 +": (["PARSE_SYNTAX_ERROR"], "LINE 1: SELECT 1 +", 18),
    "SELECT '日本', titl\nFROM songs": (["titl"], "LINE 1: SELECT '日本', titl", 23),
    "SELECT 1,\n\t\ttitl FROM songs": (["titl"], "LINE 2:   titl FROM songs", 10),
    "SELECT *\nFROM nope": (["TABLE_OR_VIEW_NOT_FOUND", "nope"], "LINE 2: FROM nope", 13),
    "SELECT id, array(1),\n 1 / (id - 9)\nFROM range(10)": (
        ["DIVIDE_BY_ZERO"], "LINE 2:  1 / (id - 9)", 9,
    ),
}  # fmt: skip


@pytest.mark.parametrize("sql", ERRORS)
def test_an_error_points_at_its_place(spark, lake, sql):
    words, line, column = ERRORS[sql]
    done = ask(spark, lake, sql)
    assert done.code == 1
    first, shown, caret = done.err.splitlines()
    assert first.startswith("sparkify: Spark at ") and all(word in first for word in words)
    assert not first.endswith(";")
    assert shown == f"  {line}" and caret == " " * (2 + column) + "^"


@pytest.mark.parametrize(
    "options, words",
    [
        (["--threads", "2"], ["--threads", "DuckDB"]),
        (["--cache-size", "1G"], ["--cache-size", "DuckDB"]),
        ([], ["no Spark server", "SPARK_REMOTE"]),
    ],
)
def test_options_that_do_not_apply(lake, options, words):
    env = {"SPARK_REMOTE": ""}
    done = run("query", lake, "SELECT 1", "--engine", "spark", *options, env=env)
    text = message(done, code=2)
    assert all(word in text for word in words)
    text = message(run("query", lake, "SELECT 1", "--spark", "sc://x", env=env), code=2)
    assert "--engine spark" in text
    env["SPARKIFY_THREADS"] = "2"  # what the environment says is for whom it concerns
    text = message(run("query", lake, "SELECT 1", "--engine", "spark", env=env), code=2)
    assert "no Spark server" in text


def test_nothing_answers(lake):
    text = message(ask("sc://127.0.0.1:9", lake, "SELECT 1"))
    assert "nothing answers at 127.0.0.1:9" in text


def arrow(**columns):
    batch = pa.table(columns)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_table(batch)
    return sink.getvalue().to_pybytes()


VERSION = Answer(version_answer(), OK)
SET = Answer(grpc_message(field(1, "")), OK)
INTS, TEXTS = arrow(a=[1]), arrow(a=["x"])
BAD_COLUMNS = {
    "no schema": field(1, "s"),
    "no columns": field(2, field(1, field(5, b""))),
    "a column without a type": field(2, field(1, field(21, field(1, field(1, "a"))))),
    "a type of no kind": field(2, field(1, field(21, field(1, field(1, "a") + field(2, b""))))),
}


@pytest.mark.parametrize("name", BAD_COLUMNS)
def test_a_server_that_does_not_say_its_columns(lake, name):
    with GrpcServer(VERSION, SET, SET, Answer(grpc_message(BAD_COLUMNS[name]), OK)) as server:
        done = ask(server.address, lake, "SELECT 1")
    assert "does not send the columns of a query" in message(done)


@pytest.mark.parametrize("more", [TEXTS, arrow(a=[1], b=[2])])
def test_a_server_that_changes_its_columns(lake, more):
    batches = rows_answer("1", 1, INTS) + rows_answer("2", 1, more, start=1)
    with GrpcServer(VERSION, SET, SET, Answer(batches + COMPLETE, OK)) as server:
        done = ask(server.address, lake, "SHOW VIEWS")
    assert done.code == 1 and "other columns than the rows before" in done.err


# ---- Ending it early ------------------------------------------------------------------------------


def test_a_limit_ends_the_statement(spark, lake):
    start = time.monotonic()
    done = ask(spark, lake, "SELECT id FROM range(0, 40000000, 1, 400)", "--limit", 3)
    assert done.out == "id\n0\n1\n2\n", done.err
    assert ask(spark, lake, "SELECT 1 AS one").out == "one\n1\n"
    assert time.monotonic() - start < 60


def begin(spark, lake, *arguments):
    command = [CHECKED, "query", lake, "--engine", "spark", "--spark", spark, *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, text=True, env={**os.environ, **ENV}, **pipes)


def test_nobody_reads_the_rest(spark, lake):
    with begin(spark, lake, "SELECT id FROM range(0, 4000000, 1, 40)") as process:
        assert process.stdout.readline() == "id\n"
        process.stdout.close()
        assert process.wait(timeout=LONG) == 0 and process.stderr.read() == ""


def test_it_is_interrupted_on_the_server(spark, lake):
    with begin(spark, lake, HUGE) as process:
        time.sleep(8)
        process.send_signal(signal.SIGINT)
        start = time.monotonic()
        assert process.wait(timeout=30) == 130 and time.monotonic() - start < 20
        assert "interrupted" in process.stderr.read()
    assert ask(spark, lake, "SELECT count(*) AS n FROM range(0, 9, 1, 8)").out == "n\n9\n"


# ---- The shell ------------------------------------------------------------------------------------


def test_the_shell(spark, lake, tmp_path):
    engine = ("--engine", "spark", "--spark", spark)
    env = {**ENV, "XDG_STATE_HOME": str(tmp_path)}
    shell = Terminal(PROGRAM, "query", lake, *engine, env=env, patience=LONG)
    shell.read_until("sparkify> ")
    shell.type("SELECT 40 + 2 AS answer, array(level) AS l\nFROM users LIMIT 1;\n")
    shell.read_until("42")
    shell.type("SELECT titl FROM songs;\n")
    shell.read_until("LINE 1")
    shell.type(f"{HUGE};\n")
    time.sleep(5)
    shell.type("\x03")
    shell.read_until("interrupted")
    shell.type("levels\n")
    shell.read_until("plays_a_user")
    shell.read_until("sparkify> ")
    assert shell.end() == 0
