"""Columns that come to a model whose lake has rows: what increments fill, and how rows that were written
without them are told from what the files say that are there."""

import polars
import pytest
from conftest import KEEP, message, run
from later_columns import LOOKED_UP, MORE_OF_FACTS, OF_DIMENSION, OF_FACTS, OF_WINNERS, Sales


@pytest.mark.parametrize(("changes", "table"), [(LOOKED_UP, "sales"), (OF_DIMENSION, "items")])
def test_of_what_earlier_runs_have_read(tmp_path, changes, table):
    """Its source is read again: what is kept of it for increments was written without the column."""
    sales = Sales(tmp_path)
    sales.lose("items/t")
    sales.extend(changes)
    sales.sell("b")
    because = sales.load("--incremental", "--model", sales.model, "--missing-songs", "keep")
    assert because == "the model has new columns of items, which no earlier run has read"
    sales.sell("c")
    assert sales.load("--incremental") is None
    expected = {"sales": ["brand s"] * 3, "items": [None, "brand s"]}
    assert sales.column(table, "brand") == expected[table]


@pytest.mark.parametrize("changes", [LOOKED_UP, OF_DIMENSION])
def test_of_records_of_which_some_are_gone(tmp_path, changes):
    """A record that is there again has its value, and in a later run, too."""
    sales = Sales(tmp_path)
    sales.lose("items/t")
    sales.extend(changes)
    sales.load("--model", sales.model, *KEEP)
    sales.find("items/t")
    sales.lose("items/s")
    for _ in range(2):
        sales.load(*KEEP)
        if changes == OF_DIMENSION:
            assert sales.column("items", "brand") == ["brand s", "brand t"]
        assert len(sales.rows("items")) == 2
    assert sales.column("sales", "name") == ["N"]
    if changes == LOOKED_UP:
        assert sales.column("sales", "brand") == ["brand s"]


def test_of_the_facts(tmp_path):
    """Only new files are read. A record that was read before, and comes again, has another row now."""
    sales = Sales(tmp_path)
    sales.extend(OF_FACTS)
    sales.sell("b", at=1700000001)
    sales.sell("a", file="again")
    assert sales.load("--incremental", "--model", sales.model) is None
    assert sales.column("sales", "till") == [None, "till a", "till b"]
    sales.load()
    assert sales.column("sales", "till") == ["till a", "till b"]


def test_of_facts_whose_files_are_gone(tmp_path):
    """A full run that keeps them has each once: those of files that are there filled, the others with null, until
    their file is back. So in two steps, of which the first lacks what comes with the second."""
    sales = Sales(tmp_path, "abc")
    sales.extend(OF_FACTS)
    sales.sell("d")
    assert sales.load("--incremental", "--model", sales.model) is None
    assert sales.column("sales", "till") == [None, None, None, "till d"]
    sales.extend(MORE_OF_FACTS)
    sales.sell("e")
    assert sales.load("--incremental", "--model", sales.model) is None
    sales.lose("sales/c")
    assert "--missing-logs" in message(run("etl", "--input", tmp_path / "in", "--output", tmp_path / "lake"))
    sales.load(*KEEP)
    rows = sales.rows("sales").select("till", "paid", "ok", "rate", "basket").rows()
    assert sorted(row[0] or "" for row in rows) == ["", "till a", "till b", "till d", "till e"]
    assert [row[0] for row in rows if None in row] == [None] and (None,) * 5 in rows
    sales.lose("sales/a", "sales/d")
    sales.load(*KEEP)
    assert sales.column("sales", "till") == [None, "till a", "till b", "till d", "till e"]
    sales.find("sales/c")
    sales.load(*KEEP)
    assert sales.column("sales", "till") == [f"till {name}" for name in "abcde"]
    assert sales.rows("sales")["rate"].null_count() == 0


def test_a_fact_that_differs_in_more_is_another_one(tmp_path):
    """It has the id and the time of one that was read before, and not its sku."""
    sales = Sales(tmp_path, "ab")
    sales.extend(OF_FACTS)
    sales.load("--incremental", "--model", sales.model)
    sales.lose("sales/a")
    (tmp_path / "in/sales/other.json").write_text('{"at": 1700000000, "id": "a", "sku": "t", "till": "till a"}')
    sales.load(*KEEP)
    rows = sales.rows("sales").select("sku", "till").sort("sku", "till")
    assert rows.rows() == [("s", None), ("s", "till b"), ("t", "till a")]


def test_of_winners_among_the_facts(tmp_path):
    """They are null for a record that was read before, as long as it wins and is not read again."""
    sales = Sales(tmp_path, "ab")
    sales.extend(OF_WINNERS)
    sales.sell("older", at=1600000000)
    assert sales.load("--incremental", "--model", sales.model) is None
    assert sales.column("skus", "till") == [None]
    sales.lose("sales/a")
    sales.load(*KEEP)
    assert sales.column("skus", "till") == ["till b"]
    sales.sell("newer", at=1800000000)
    assert sales.load("--incremental", *KEEP) is None
    assert sales.column("skus", "till") == ["till newer"]


def test_what_an_object_lacks_is_recorded(tmp_path):
    """Until a full run has read it; of one that is gone for ever."""
    sales = Sales(tmp_path, "ab")

    def lacks():
        objects = polars.read_parquet(tmp_path / "lake/_sparkify/state/objects/*.parquet").sort("key")
        return [row["lacks"] for row in objects.to_dicts() if row["key"].startswith("sales/")]

    assert lacks() == [None, None]
    sales.extend(OF_FACTS)
    sales.sell("c")
    sales.load("--incremental", "--model", sales.model)
    assert lacks() == ["sales.till", "sales.till", None]
    sales.extend(MORE_OF_FACTS)
    sales.load("--incremental", "--model", sales.model)
    more = "sales.paid sales.ok sales.rate sales.basket"
    assert lacks() == [f"sales.till {more}", f"sales.till {more}", more]
    sales.lose("sales/b")
    sales.load(*KEEP)
    assert lacks() == [None, f"sales.till {more}", None]
