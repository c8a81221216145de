"""Models made up at random: what the native engine makes of their data is what the plain implementation says.

SPARKIFY_MODELS  how many are tried (default: 12)
SPARKIFY_SEED    the first of them"""

import os
from collections import Counter

import pytest
from conftest import CHECKED, etl, run
from example_models import add_lake, new_database, rows_of
from model_reference import Model, read
from random_models import make

MODELS = int(os.environ.get("SPARKIFY_MODELS") or 12)
SEED = int(os.environ.get("SPARKIFY_SEED") or 1)


@pytest.mark.parametrize("seed", range(SEED, SEED + MODELS))
def test_a_model(seed, tmp_path):
    path, source = make(seed, tmp_path)
    model, lake = Model(path), tmp_path / "lake"
    tables, records = read(model, source)
    summary = etl(source, lake, "--model", path, "--max-rejects", "100%", program=CHECKED)
    for name, expected in records.items():
        counts = summary["sources"][name]
        assert (counts["records"], counts["left_out"]) == (expected.records, expected.left_out), name
        assert counts["rejected"] == len(expected.rejects), name
    db = new_database()
    for table in model.tables:
        assert summary["tables"][table]["rows"] == len(tables[table]), table
    add_lake(db, model, lake)
    for table in model.tables:
        found, expected = Counter(rows_of(db, model, table, "lake_")), Counter(tables[table])
        assert (found - expected, expected - found) == (Counter(), Counter()), table
    done = run("check", lake, program=CHECKED)
    assert done.code == 0, done.out
