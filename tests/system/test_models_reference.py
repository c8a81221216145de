"""The judges of the example models agree: reference.sql on DuckDB, and the plain implementation of any model.

Their data has what hurts, is the same each time, and is what the README says."""

import json
from collections import Counter

import pytest
from conftest import PROJECT
from example_models import EXAMPLES, comparable, generate, model_of, reference_database
from model_reference import read

SMALL = ("--events", 2000, "--days", 3)


@pytest.fixture(scope="module", params=EXAMPLES)
def example(request, tmp_path_factory):
    """(name, its data)"""
    return request.param, generate(request.param, tmp_path_factory.mktemp(request.param), *SMALL)


def files_of(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def in_same_form(model, table, tables):
    """Rows without ids, with JSON as json writes it."""
    columns = list(model.columns(table).values())
    is_json = [kind == "field" and model.fields[rest[0]][rest[1]].type == "json" for kind, *rest in columns]
    keep = [place for place, (kind, *_) in enumerate(columns) if kind != "id"]
    return Counter(
        tuple(json.dumps(json.loads(row[place])) if is_json[place] and row[place] else row[place] for place in keep)
        for row in tables
    )


def test_reference_sql_is_right(example):
    name, source = example
    model = model_of(name)
    tables, _ = read(model, source)
    db = reference_database(name, source)
    for table in model.tables:
        columns = comparable(model, table)
        ids = [column for column, origin in model.columns(table).items() if origin[0] == "id"]
        found = [(0,) * len(ids) + row for row in db.execute(f"select {columns} from {table}").fetchall()]
        expected, found = in_same_form(model, table, tables[table]), in_same_form(model, table, found)
        assert (found - expected, expected - found) == (Counter(), Counter()), table
        assert len(tables[table]) > 5


def test_data_has_what_hurts(example):
    name, source = example
    model = model_of(name)
    tables, records = read(model, source)
    facts = records[model.facts["from"]]
    assert len(tables[model.facts_table]) < len(facts.kept)  # some came twice
    assert 0 < len(facts.rejects) < facts.records / 100
    assert len(set(facts.rejects)) > 2
    assert facts.unknown
    assert bool(facts.left_out) == (name == "shop") == bool(facts.faults)
    assert {(time.month, time.day) for time, *_ in tables["time"]} >= {(2, 28), (2, 29), (3, 1)}
    with_nulls = {table for table in model.tables if any(None in row for row in tables[table])}
    assert with_nulls == {*model.tables} - {"time", "repositories"}


def test_same_arguments_same_bytes(example, tmp_path):
    name, source = example
    assert files_of(generate(name, tmp_path / "again", *SMALL)) == files_of(source)
    assert files_of(generate(name, tmp_path / "other", *SMALL, "--seed", 2)) != files_of(source)


def test_compressed_is_the_same(example, tmp_path):
    name, source = example
    packed = generate(name, tmp_path / "packed", *SMALL, "--gzip")
    assert read(model_of(name), packed)[0] == read(model_of(name), source)[0]
    assert all(path.suffix == ".gz" for path in files_of(packed))


def test_generators_need_python_alone():
    for name in EXAMPLES:
        text = (PROJECT / "examples" / name / "generate.py").read_text()
        imports = {line.split()[1] for line in text.splitlines() if line.startswith(("import ", "from "))}
        assert imports <= {"argparse", "datetime", "gzip", "itertools", "json", "pathlib", "random", "re"}


@pytest.mark.parametrize("question", sorted(PROJECT.glob("examples/*/questions/*.sql")), ids=lambda path: path.stem)
def test_questions_have_answers(question, tmp_path):
    name = question.parent.parent.name
    db = reference_database(name, generate(name, tmp_path, *SMALL))
    answer = db.execute(question.read_text()).fetchall()
    assert answer and any(value is not None for value in answer[0])
