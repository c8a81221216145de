"""The questions on Trino: each file of queries/ gives the same rows there as on DuckDB and Spark. Trino runs in
one process (tests/trino/Judge.java) on tables that are handed to it; ./dev test trino gets it by Maven."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import polars as pl
import pytest
from conftest import PROJECT, etl, play, run, song, write_tree
from lake_tables import differences, table
from question_answers import ANSWERS, NEED

JARS = Path(os.environ.get("SPARKIFY_TRINO") or PROJECT / "build/tools/trino").resolve()
TYPES = {
    pl.String: "VARCHAR",
    pl.Int32: "INTEGER",
    pl.Int64: "BIGINT",
    pl.Float64: "DOUBLE",
    pl.Datetime("us", "UTC"): "TIMESTAMP",
}
PARTITIONS = {"year": pl.Int32, "month": pl.Int32, "artist_id": pl.String}


def missing():
    if not shutil.which("javac"):
        return "no JDK: the tests' own program for it is compiled"
    if not list(JARS.glob("trino-main-*.jar")):
        return f"no Trino in {JARS}: ./dev test trino gets it by Maven"
    return None


pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))


def read(lake, name):
    """The table as the model has it: partitions' values come from folders' names."""
    found = table(lake, name)
    of_folders = [c for c in PARTITIONS if c in found.columns and name in ("songs", "songplays", "time")]
    return found.with_columns(pl.col(c).cast(PARTITIONS[c]) for c in of_folders)


def as_document(frame):
    columns = [[name, TYPES[kind]] for name, kind in frame.schema.items()]
    times = [name for name, kind in frame.schema.items() if TYPES[kind] == "TIMESTAMP"]
    frame = frame.with_columns(pl.col(name).dt.epoch("us") for name in times)
    return {"columns": columns, "rows": [list(row) for row in frame.rows()]}


def ask_trino(lake, queries):
    asked = {"tables": {name: as_document(read(lake, name)) for name in NEED}, "queries": queries}
    done = subprocess.run(
        ["java", "-Xmx1g", "-cp", f"{JARS}/*", PROJECT / "tests/trino/Judge.java"],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout)


def questions(lake):
    return {name: run("query", lake, name, "--show-sql").out for name in ANSWERS}


@pytest.fixture(scope="module")
def lake(tmp_path_factory, generated_data):
    folder = tmp_path_factory.mktemp("trino") / "lake"
    etl(generated_data, folder)
    return folder


@pytest.fixture(scope="module")
def answered(lake):
    return ask_trino(lake, questions(lake) | {"wrong": "SELECT nothing FROM songs"})


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_a_question(answered, lake, name):
    assert "error" not in answered[name], answered[name]["error"]
    found = [tuple(row) for row in answered[name]["rows"]]
    assert differences(found, ANSWERS[name]({n: table(lake, n) for n in NEED})) is None


def test_the_judge_finds_mistakes(answered):
    assert "'nothing' cannot be resolved" in answered["wrong"]["error"]
    assert answered["top-songs"]["rows"] and answered["levels"]["rows"]


def test_near_misses_and_wrong_decodings(tmp_path):
    """What generated data has little of."""
    plays = [
        ("Café del Mar", "Energy 52", 1.0),
        ("CAFÉ DEL MAR", "energy 52", 300.5),
        ("Cafe del Mar", "Energy 52", 300.5),
        ("Other", None, 300.5),
        ("JÃ³ga", "BjÃ¶rk", 300.5),
    ]
    files = {
        "song_data/s.json": song(title="Café del Mar", artist_name="Energy 52", duration=300.5),
        "log_data/l.json": [
            play(song=title, artist=artist, length=length, itemInSession=i)
            for i, (title, artist, length) in enumerate(plays)
        ],
    }
    lake = tmp_path / "lake"
    etl(write_tree(tmp_path / "in", files), lake)
    answered = ask_trino(lake, questions(lake))
    tables = {name: table(lake, name) for name in NEED}
    for name, answer in answered.items():
        assert "error" not in answer, (name, answer)
        found = [tuple(row) for row in answer["rows"]]
        assert differences(found, ANSWERS[name](tables)) is None, name
    assert len(answered["unmatched"]["rows"]) == 5 and len(answered["mojibake"]["rows"]) == 2
