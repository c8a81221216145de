"""Models made up at random: what the native engine makes of their data is what the plain implementation says, of all
at once, file by file, in S3, and of files that are gone. Every other model has data as odd as JSON may be.

SPARKIFY_MODELS   how many are tried (default: 12)
SPARKIFY_SEED     the first of them
SPARKIFY_RECORDS  how many records a file has (default: 60)"""

import os
import random
from collections import Counter

import pytest
from conftest import CHECKED, etl, message, run
from example_models import add_lake, new_database, rows_of
from model_reference import Model, read
from random_models import make

pytest_plugins = ["s3_server"]

MODELS = int(os.environ.get("SPARKIFY_MODELS") or 12)
SEED = int(os.environ.get("SPARKIFY_SEED") or 1)
RECORDS = int(os.environ.get("SPARKIFY_RECORDS") or 60)
ANYTHING = ("--max-rejects", "100%", "--allow-empty")


class Made:
    """A model with its data."""

    def __init__(self, seed, folder):
        self.path, self.source = make(seed, folder, RECORDS, is_odd=seed % 2 == 0)
        self.model, self.lake, self.dice = Model(self.path), folder / "lake", random.Random(seed)
        self.facts = self.source / self.model.sources[self.model.facts["from"]]["folder"]

    def etl(self, *options, **how):
        return etl(self.source, self.lake, *ANYTHING, *options, program=CHECKED, **how)

    def assert_right(self, tables):
        """With the ids, and JSON byte for byte."""
        db = new_database()
        add_lake(db, self.model, self.lake)
        for table in self.model.tables:
            found, expected = Counter(rows_of(db, self.model, table, "lake_")), Counter(tables[table])
            assert (found - expected, expected - found) == (Counter(), Counter()), table
        done = run("check", self.lake, program=CHECKED)
        assert done.code == 0, done.out


@pytest.fixture
def made(request, tmp_path):
    return Made(request.param, tmp_path)


def models(count):
    return pytest.mark.parametrize("made", range(SEED, SEED + count), indirect=True)


@models(MODELS)
def test_a_model(made):
    tables, records = read(made.model, made.source)
    summary = made.etl("--model", made.path, "--threads", made.dice.choice((1, 2, 3, 4, 8)))
    for name, expected in records.items():
        counts = summary["sources"][name]
        assert (counts["records"], counts["left_out"]) == (expected.records, expected.left_out), name
        assert counts["rejected_by_code"] == Counter(expected.rejects), name
    assert {table: summary["tables"][table]["rows"] for table in tables} == {t: len(rows) for t, rows in tables.items()}
    made.assert_right(tables)


@models(MODELS // 3)
def test_file_by_file(made):
    """In any order; the files of other sources change, too."""
    spare = made.facts.parent.parent / "spare"
    spare.mkdir()
    files = made.dice.sample(sorted(made.facts.iterdir()), 2)
    files += sorted(p for p in made.source.glob("*_data/0.*") if p.parent != made.facts)
    for file in files:
        file.rename(spare / f"{file.parent.name} {file.name}")
    made.etl("--model", made.path)
    for file in files:
        (spare / f"{file.parent.name} {file.name}").rename(file)
        made.etl("--incremental")
        made.assert_right(read(made.model, made.source)[0])


@models(MODELS // 6)
def test_in_s3(made, server, tmp_path):
    """From a bucket into a bucket, the last file of the facts later."""
    source, output = server.new_bucket("input"), server.new_bucket()
    env = server.environment
    last = sorted(made.facts.iterdir())[-1]
    last.rename(tmp_path / "last")
    for options in (("--model", made.path), ("--incremental",)):
        server.client.upload(made.source, source)
        how = {"program": CHECKED, "env": env, "cwd": tmp_path, "timeout": 120}
        etl(f"s3://{source}", f"s3://{output}/lake", *ANYTHING, *options, **how)
        if not last.exists():
            (tmp_path / "last").rename(last)
    made.lake = server.client.download(output, tmp_path / "copy", "lake/")
    made.assert_right(read(made.model, made.source)[0])


@models(MODELS // 3)
def test_files_that_are_gone(made):
    tables, _ = read(made.model, made.source)
    made.etl("--model", made.path)
    made.dice.choice(sorted(made.facts.iterdir())).unlink()
    where = ("--input", made.source, "--output", made.lake)
    assert "--missing-logs" in message(run("etl", *where, *ANYTHING, "--incremental", program=CHECKED))
    for options in (("--incremental",), (), ("--incremental",)):
        made.etl(*options, "--missing-logs", "keep")
        made.assert_right(tables)
    made.etl("--incremental", "--missing-logs", "rebuild")
    made.assert_right(read(made.model, made.source)[0])
