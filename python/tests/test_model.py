"""Lakes of another model than the built-in one."""

import subprocess
import sys
import urllib.parse
from decimal import Decimal

import pyarrow.parquet
import pytest
from conftest import REPOSITORY

import sparkify
from sparkify import UsageError

SHOP = REPOSITORY / "examples/shop"


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """(the input, the lake)"""
    folder = tmp_path_factory.mktemp("shop")
    command = [sys.executable, SHOP / "generate.py", "--events", "2000", "--output", folder / "in"]
    subprocess.run(command, check=True)
    sparkify.etl(folder / "in", folder / "lake", model=SHOP / "model.yaml", progress=False)
    return folder / "in", folder / "lake"


@pytest.fixture
def lake(shop):
    return sparkify.Lake(shop[1])


def test_summary(shop, tmp_path):
    summary = sparkify.etl(shop[0], tmp_path / "lake", model=SHOP / "model.yaml", progress=False)
    assert set(summary.rows) == {"products", "customers", "sessions", "time", "clicks"}
    assert " facts, " in str(summary) and "% of them match a record" in str(summary)
    assert set(summary.document["sources"]) == {"clicks", "products", "customers"}
    again = sparkify.etl(shop[0], tmp_path / "lake", incremental=True, progress=False)
    assert again.rows == summary.rows and not again.committed


def test_a_model_that_is_wrong(shop, tmp_path):
    (tmp_path / "model.yaml").write_text("model: x\n")
    with pytest.raises(UsageError, match="model.yaml"):
        sparkify.etl(shop[0], tmp_path / "lake", model=tmp_path / "model.yaml", progress=False)


def test_questions(lake):
    asked = {question.name: question for question in lake.questions()}
    assert set(asked) == {path.stem for path in (SHOP / "questions").glob("*.sql")}
    assert asked["top-products"].limit == 10 and asked["top-products"].summary
    with pytest.raises(sparkify.SparkifyError, match="there is no such folder"):
        sparkify.Lake("nowhere").questions()


def test_names(lake):
    assert [version.operation for version in lake.history] == ["etl"]
    assert lake.files("clicks")[0].partition == {"year": "2024", "month": "2", "day": "28"}
    with pytest.raises(UsageError) as caught:
        lake.table("songs").to_dicts()
    assert "clicks" in caught.value.hint


# ---- Types ---------------------------------------------------------------------------------------

TYPES = {
    "sku": "string", "name": "string", "category": "string", "brand": "string", "price": "decimal128(10, 2)",
    "available": "bool", "since": "date32[day]", "updated": "timestamp[us, tz=UTC]", "weight": "double",
    "stock": "int32",
}  # fmt: skip


def products_of(folder):
    """The rows as pyarrow reads the files, which have no partition columns."""
    found = []
    for path in sorted((folder / "products").rglob("part-*.parquet")):
        rows = pyarrow.parquet.ParquetFile(path).read().to_pylist()
        value = urllib.parse.unquote(path.parent.name.removeprefix("category="))
        category = None if value == "__HIVE_DEFAULT_PARTITION__" else value
        found += [{**row, "category": category} for row in rows]
    return sorted(found, key=lambda row: row["sku"])


def test_a_table_has_the_types_of_its_model(lake, shop):
    table, expected = lake.table("products"), products_of(shop[1])
    assert table.types == TYPES
    assert {field.name: str(field.type) for field in table.to_arrow().schema} == TYPES
    for rows in (table.to_dicts(), table.to_arrow().to_pylist(), table.to_polars().to_dicts()):
        assert sorted(({n: row[n] for n in TYPES} for row in rows), key=lambda row: row["sku"]) == [
            {n: row[n] for n in TYPES} for row in expected
        ]
    for name in ("price", "available", "since"):  # there are values, and nulls where the model allows them
        assert len({row[name] for row in expected}) > 1
    assert None in {row["available"] for row in expected}
    assert all(isinstance(row["price"], Decimal) for row in expected)


def test_decimals_below_zero_and_json(lake):
    rows = lake.table("customers", columns=["customer_id", "credit", "preferences"]).to_dicts()
    assert {Decimal("-12.75"), Decimal("0.00"), None} <= {row["credit"] for row in rows}
    assert '{"language":"de","sizes":[1,2.5]}' in {row["preferences"] for row in rows}
    frame = lake.table("customers", columns=["credit"]).to_polars()
    assert str(frame.schema["credit"]) == "Decimal(precision=10, scale=2)"
    assert frame["credit"].min() == Decimal("-12.75")


def test_only_some_columns(lake):
    table = lake.table("products", columns=["available", "price"])
    assert table.types == {"available": "bool", "price": "decimal128(10, 2)"}
    assert len(table) == len(table.to_dicts()) == len(lake.table("products"))


def test_a_result_has_the_types_of_duckdb(lake):
    """Decimal numbers of a result are doubles."""
    result = lake.query("SELECT available, since, price, updated FROM products ORDER BY sku")
    assert list(result.types.values()) == ["bool", "date32[day]", "double", "timestamp[us, tz=UTC]"]
    price = lake.query("SELECT preferences FROM customers WHERE preferences IS NOT NULL LIMIT 1")
    assert price.to_dicts() == [{"preferences": '{"language":"de","sizes":[1,2.5]}'}]


def test_a_table_is_shown(lake):
    assert "decimal" not in repr(lake.table("products")) and "SKU-00000" in repr(lake.table("products"))
