"""The statements of `sparkify schema --sql`: read by a parser of each dialect here, run by DuckDB and Spark in
test_lake_readers.py."""

import pytest
import sqlglot
from conftest import TABLES, etl, message, play, run, song, write_input
from sqlglot import exp

ENGINES = ("athena", "duckdb", "redshift", "spark", "trino")
DATA = "s3://lake/app"


def statements(engine, lake):
    done = run("schema", lake, "--sql", engine)
    assert (done.code, done.err) == (0, "")
    return [statement for statement in sqlglot.parse(done.out, dialect=engine) if statement]


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    folder = tmp_path_factory.mktemp("schema-sql")
    songs = [song(song_id=f"S{i}", artist_id=f"A'{i}", year=1900 + i) for i in range(150)]
    write_input(folder / "in", songs=songs, plays=[play(ts=1541105830796)])
    etl(folder / "in", folder / "it\\'s a lake")
    return folder / "it\\'s a lake"


@pytest.mark.parametrize("engine", ["athena", "duckdb", "spark", "trino"])
def test_one_statement_names_each_table_and_its_place(engine):
    found = statements(engine, DATA)
    scheme = "s3a" if engine == "spark" else "s3"
    for table, statement in zip(TABLES, found, strict=True):
        literals = [literal.this for literal in statement.find_all(exp.Literal)]
        text = statement.sql(dialect=engine)
        assert f"{scheme}://lake/app/{table}" in literals or f"'{scheme}://lake/app/{table}'" in text
        assert table in text.replace(f"/app/{table}", "")


@pytest.mark.parametrize("engine", ["duckdb", "spark"])
def test_a_folder_with_a_quote_in_its_name(engine, lake):
    for table, statement in zip(TABLES, statements(engine, lake), strict=True):
        assert f"{lake}/{table}" in [literal.this for literal in statement.find_all(exp.Literal)]


@pytest.mark.parametrize("engine", ["athena", "redshift", "trino"])
def test_engines_that_read_s3_alone(engine, lake):
    said = message(run("schema", lake, "--sql", engine), code=2)
    assert f"reads tables in S3, and {lake} is not in S3" in said


def test_a_lake_that_is_not_there(tmp_path):
    assert "there is no lake" in message(run("schema", tmp_path / "none", "--sql", "duckdb"))


def test_quiet_and_json(lake):
    assert run("schema", lake, "--sql", "duckdb", "--quiet").out == ""
    document = run("schema", lake, "--sql", "duckdb", "--json").summary
    assert document["lake"] == str(lake)
    assert document["sql"] == run("schema", lake, "--sql", "duckdb").out
