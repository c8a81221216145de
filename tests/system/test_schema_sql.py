"""The statements of `sparkify schema --sql`: read by a parser of each dialect here, run by DuckDB and Spark in
test_lake_readers.py."""

import urllib.parse

import pytest
import sqlglot
from conftest import TABLES, etl, message, play, run, song, write_input
from example_models import folder_of, generate, model_of
from sqlglot import exp
from test_s3_etl import Job, nothing_of_this_machine  # noqa: F401 (it applies itself)

pytest_plugins = ["s3_server"]
ENGINES = ("athena", "duckdb", "redshift", "spark", "trino")
SHOP = folder_of("shop") / "model.yaml"


def statements(engine, lake, *options, **how):
    done = run("schema", lake, "--sql", engine, *options, **how)
    assert (done.code, done.err) == (0, "")
    return [statement for statement in sqlglot.parse(done.out, dialect=engine) if statement]


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    folder = tmp_path_factory.mktemp("schema-sql")
    songs = [song(song_id=f"S{i}", artist_id=f"A'{i}", year=1900 + i) for i in range(150)]
    write_input(folder / "in", songs=songs, plays=[play(ts=1541105830796)])
    etl(folder / "in", folder / "it\\'s a lake")
    return folder / "it\\'s a lake"


@pytest.fixture(scope="module")
def shop_lake(tmp_path_factory):
    folder = tmp_path_factory.mktemp("schema-sql-shop")
    source = generate("shop", folder / "in", "--events", 20000, "--days", 2)
    etl(source, folder / "lake", "--model", SHOP, "--max-rejects", "100%")
    return folder / "lake"


@pytest.fixture
def in_s3(server, tmp_path):
    """Puts a lake into a bucket; gives its address and the way to run a command on it."""
    job = Job(tmp_path, server)

    def put(lake):
        bucket = server.new_bucket()
        server.client.upload(lake, f"{bucket}/app")
        return f"s3://{bucket}/app", {"cwd": job.folder, "env": {"SPARKIFY_ENDPOINT": job.endpoint}}

    return put


def assert_names(found, engine, lake, tables):
    """One statement for each table, in their order, with its name and its place."""
    place = lake.replace("s3:", "s3a:") if engine == "spark" else lake
    for table, statement in zip(tables, found, strict=True):
        literals = [literal.this for literal in statement.find_all(exp.Literal)]
        text = statement.sql(dialect=engine)
        assert f"{place}/{table}" in literals or f"'{place}/{table}'" in text
        assert table in text.replace(f"/app/{table}", "")


@pytest.mark.parametrize("engine", ["athena", "duckdb", "spark", "trino"])
def test_one_statement_names_each_table_and_its_place(engine, lake, in_s3):
    address, how = in_s3(lake)
    assert_names(statements(engine, address, **how), engine, address, TABLES)


@pytest.mark.parametrize("engine", ["athena", "duckdb", "spark", "trino"])
def test_the_tables_are_those_of_the_lakes_model(engine, shop_lake, in_s3):
    address, how = in_s3(shop_lake)
    tables = list(model_of("shop").tables)
    assert_names(statements(engine, address, **how), engine, address, tables)
    assert_names(statements(engine, "s3://none/app", "--model", SHOP), engine, "s3://none/app", tables)


def test_redshift_has_the_types_and_partitions_of_the_lakes_model(shop_lake, in_s3):
    address, how = in_s3(shop_lake)
    made = {}
    for statement in statements("redshift", address, **how):
        if isinstance(statement, exp.Create):
            columns = statement.find_all(exp.ColumnDef)
            made[statement.this.this.name] = {c.name: c.args["kind"].sql("redshift") for c in columns}
    assert list(made) == list(model_of("shop").tables)
    assert made["products"] == {
        "sku": "VARCHAR(65535)", "name": "VARCHAR(65535)", "category": "VARCHAR(65535)", "brand": "VARCHAR(65535)",
        "price": "DECIMAL(10, 2)", "available": "BOOLEAN", "since": "DATE", "updated": "TIMESTAMP",
        "weight": "DOUBLE PRECISION", "stock": "INTEGER",
    }  # fmt: skip
    text = run("schema", address, "--sql", "redshift", **how).out
    for day in (28, 29):
        place = f"{address}/clicks/year=2024/month=2/day={day}/"
        assert f"""("year" = '2024', "month" = '2', "day" = '{day}') LOCATION '{place}'""" in text
    for folder in (shop_lake / "products").glob("category=*"):
        value = urllib.parse.unquote(folder.name.removeprefix("category="))
        assert f"""("category" = '{value}') LOCATION '{address}/products/{folder.name}/'""" in text
    assert "category=__HIVE_DEFAULT_PARTITION__" in text


def test_duckdb_reads_what_is_printed(shop_lake):
    found = statements("duckdb", shop_lake)
    assert [statement.find(exp.Table).name for statement in found] == list(model_of("shop").tables)


def test_what_cannot_be_asked(lake, tmp_path):
    said = message(run("schema", "s3://none/app", "--sql", "redshift", "--model", SHOP), code=2)
    assert "--model does not say which partitions a lake has" in said
    assert "holds no version of a lake" in message(run("schema", tmp_path, "--sql", "duckdb"))


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


def test_redshift_reads_one_version_alone(lake, in_s3, tmp_path):
    write_input(tmp_path / "more", plays=[play(ts=1541105830796), play(ts=1541105830797)])
    for _ in range(2):
        etl(tmp_path / "more", tmp_path / "lake", "--keep-versions", 2, "--allow-empty")
        write_input(tmp_path / "more", plays=[play(ts=1541105830796)])
    address, how = in_s3(tmp_path / "lake")
    said = message(run("schema", address, "--sql", "redshift", **how))
    assert f"{address} keeps older versions" in said and "--keep-versions 1" in said


def test_quiet_and_json(lake):
    assert run("schema", lake, "--sql", "duckdb", "--quiet").out == ""
    document = run("schema", lake, "--sql", "duckdb", "--json").summary
    assert document["lake"] == str(lake)
    assert document["sql"] == run("schema", lake, "--sql", "duckdb").out
