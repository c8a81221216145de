"""Decimals are compared by value: which fit, and what they are, by the program and by the plain implementation."""

from collections import Counter
from decimal import Decimal

import pytest
from conftest import CHECKED, etl
from example_models import add_lake, new_database, rows_of
from model_reference import Model, Reject, decimal, read

MODEL = """
model: prices
sources:
  prices:
    folder: prices
    fields:
      sold: {type: timestamp_s, required: true}
      price: decimal(7,2)
facts: {prices: {from: prices, time: sold, id: {id: [sold]}, columns: {sold: sold, price: price}}}
"""
# fmt: off
PRICES = {  # as it stands in the record: its value, or None where it is rejected
    "0": "0", "-0.0": "0", "0.0000": "0", "0e99": "0", "1": "1", "0.05": "0.05", "19.99": "19.99",
    "19.990": "19.99", "19.9900000000000000000000000000000000": "19.99", "1.000": "1", "-0.010": "-0.01",
    "1.0000000000000000000000000001": None, "19.991": None, "0.001": None, "0.0010": None, "1e-3": None,
    "100e-4": "0.01", "10e-4": None, "12300e-4": "1.23", "1.25E+1": "12.5", "1e2": "100", "1e4": "10000",
    "99999.99": "99999.99", "99999.990": "99999.99", "-99999.99": "-99999.99", "99999.999": None, "100000": None,
    "1e5": None, "0.1e6": None, "1000000e-2": "10000", "100000000000000000000000e-21": "100",
    "1e999999999999999999999": None, "1e-999999999999999999999": None, "0e999999999999999999999": "0",
    '"19.990"': "19.99", '"1e2"': "100", '"01"': None, '"+1"': None, '".5"': None, '"5."': None,
    '" 1"': None, '""': None,
}
# fmt: on


def test_by_value(tmp_path):
    path, source = tmp_path / "model.yaml", tmp_path / "in"
    path.write_text(MODEL)
    (source / "prices").mkdir(parents=True)
    lines = [f'{{"sold":{sold},"price":{price}}}\n' for sold, price in enumerate(PRICES)]
    (source / "prices/a.json").write_text("".join(lines))
    model, lake = Model(path), tmp_path / "lake"
    tables, records = read(model, source)
    summary = etl(source, lake, "--model", path, "--max-rejects", "100%", program=CHECKED)
    db = new_database()
    add_lake(db, model, lake)
    rows = rows_of(db, model, "prices", "lake_")
    assert Counter(rows) == Counter(tables["prices"])
    assert sorted(price for _, _, price in rows) == sorted(Decimal(value) for value in PRICES.values() if value)
    rejected = [value for value in PRICES.values() if value is None]
    assert summary["sources"]["prices"]["rejected"] == len(records["prices"].rejects) == len(rejected)


@pytest.mark.parametrize("text", ["0.1", "10e-2", "100e-3"])
def test_no_digits_behind_the_point(text):
    with pytest.raises(Reject):
        decimal(text, "decimal(18,0)")
