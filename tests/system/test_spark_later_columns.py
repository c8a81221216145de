"""Columns that come to a model, on a cluster: its runs tell the same rows apart as those of the native engine."""

from conftest import KEEP
from later_columns import LOOKED_UP, MORE_OF_FACTS, OF_DIMENSION, OF_FACTS, OF_WINNERS, Sales
from test_spark_incremental import spark_options

EVERYTHING = (*OF_FACTS, *OF_WINNERS[1:], *LOOKED_UP, *OF_DIMENSION[1:])


def test_files_are_gone_after_columns_came(spark, tmp_path):
    """The engines take turns, and go on from what the other one has recorded."""
    engine, sales = spark_options(spark), Sales(tmp_path, "abc")
    sales.extend(EVERYTHING)
    sales.lose("items/t", "sales/a")
    sales.load("--model", sales.model, *KEEP, engine=engine)
    assert sales.column("items", "brand") == [None, "brand s"]
    assert sales.column("sales", "brand") == ["brand s"] * 3
    assert sales.column("sales", "till") == [None, "till b", "till c"]
    assert sales.column("skus", "till") == ["till c"]
    sales.extend(MORE_OF_FACTS)
    sales.sell("d")
    assert sales.load("--incremental", "--model", sales.model, *KEEP) is None
    sales.lose("items/s")
    sales.find("items/t")
    sales.load(*KEEP, engine=engine)
    assert sales.column("items", "brand") == ["brand s", "brand t"]
    assert sales.column("sales", "till") == [None, "till b", "till c", "till d"]
    assert sales.column("sales", "rate") == [0.5, 0.5, 0.5, None]
    sales.find("sales/a")
    sales.load(*KEEP, engine=engine)
    assert sales.column("sales", "rate") == [0.5] * 4
    assert sales.column("sales", "till") == [f"till {name}" for name in "abcd"]
