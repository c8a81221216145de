"""The example models as whole runs: row for row what DuckDB's own SQL over the same JSON gives (reference.sql) and,
with ids and the bytes of subtrees, the plain implementation (model_reference.py); from a disk and in S3, day by day,
and killed anywhere."""

import re
import shutil
from collections import Counter

import pytest
from conftest import CHECKED, PROGRAM, etl, message, read_rejects, run, write_tree
from crash import KILLED, KILLS, spread_over_calls, watch
from deltalake import DeltaTable
from example_models import ANY_REJECTS, EXAMPLES, SMALL, Example, generate, new_database

pytest_plugins = ["s3_server"]


@pytest.fixture(scope="module", params=EXAMPLES)
def example(request, tmp_path_factory):
    return Example(request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="module")
def lake(example):
    """(a lake of all data, the summary of its run)"""
    folder = example.folder / "lake"
    return folder, example.etl(folder)


@pytest.fixture
def growing(example):
    """The example without its last day; calling it brings the day back."""
    with example.without_last_day() as bring_back:
        yield bring_back


# ---- On a disk ---------------------------------------------------------------------------------


def test_rows(example, lake):
    example.assert_right(lake[0])
    example.assert_exact(lake[0])


def test_counts(example, lake):
    folder, summary = lake
    for name, expected in example.records.items():
        counts = summary["sources"][name]
        assert counts["files"] == expected.files
        assert counts["records"] == expected.records
        assert counts["left_out"] == expected.left_out
        assert counts["rejected_by_code"] == dict(Counter(expected.rejects))
    for table, rows in example.tables.items():
        assert summary["tables"][table]["rows"] == len(rows)
    rejects = Counter(reject["source"] for reject in read_rejects(folder, summary["run"]))
    assert rejects == {name: len(records.rejects) for name, records in example.records.items() if records.rejects}


WORDS = {
    "github": ("event", r"\d events: [\d,]+ are duplicates, and stored once", "event files are new", "s, events "),
    "shop": ("click", r"\d clicks: .* %\) match a product; \d+ are dup", "click files are new", "s, other sources "),
}  # fmt: skip


def test_a_run_speaks_of_the_models_rows(example, tmp_path):
    where = ("--input", example.source, "--output", tmp_path / "lake")
    done = run("etl", *where, *example.options, program=CHECKED)
    again = run("etl", *where, *ANY_REJECTS, "--incremental", program=CHECKED)
    noun, facts, files, times = WORDS[example.name]
    assert re.search(facts, done.out) and re.search(times, done.out)
    assert f"0 {noun}s" in again.out and files in again.out
    assert not re.search(r"song|play|\blogs?\b", (done.out + again.out).replace(str(example.source), ""))
    widths = [line.index("files") for line in done.out.splitlines() if re.match(r"(source|table) .* files ", line)]
    rows = [line for line in done.out.splitlines() if re.match(r"\w+ +[\d,]+ +[\d.]+ \w+ ", line)]
    assert len(widths) == 2 and len(rows) == len(example.tables) + len(example.records)


NO_QUESTIONS = """
model: small
sources:
  a: {folder: a, fields: {id: {type: string, required: true}, at: {type: timestamp_s, required: true}}}
  b: {folder: b, fields: {id: {type: string, required: true}, name: string}}
dimensions: {b: {from: b, key: id, columns: {id: id, name: name}}}
facts:
  a:
    from: a
    time: at
    id: {key: [id]}
    lookups: {found: {in: b, on: {id: id}}}
    columns: {at: at, id: id, name: found.name}
"""


def test_a_model_without_nouns_and_questions(tmp_path):
    write_tree(
        tmp_path, {"model.yaml": NO_QUESTIONS, "in/a/0.json": '{"id":"x","at":1}\n', "in/b/0.json": '{"id":"x"}\n'}
    )
    done = run("etl", "--model", tmp_path / "model.yaml", "--input", tmp_path / "in", "--output", tmp_path / "lake")
    assert "\n1 row: 1 (100.0 %) match a record of b\n" in done.out
    assert "the model has none" in message(run("query", tmp_path / "lake", "top-songs"), code=2)


def test_compressed_input_and_threads(example, lake, tmp_path):
    """The same rows of compressed files, with one thread."""
    packed = generate(example.name, tmp_path / "in", *SMALL, "--gzip")
    example.etl(tmp_path / "lake", "--threads", 1, source=packed)
    example.assert_right(tmp_path / "lake", source=packed)
    example.assert_exact(tmp_path / "lake")


def test_day_by_day(example, growing, tmp_path):
    lake = tmp_path / "lake"
    example.etl(lake)
    example.assert_right(lake)
    growing()
    summary = etl(example.source, lake, *ANY_REJECTS, "--incremental", program=CHECKED)  # it knows its model
    assert summary["incremental"]
    example.assert_right(lake)
    example.assert_exact(lake)


def test_check_finds_nothing(lake):
    done = run("check", lake[0])
    assert done.code == 0, done.err + done.out


# ---- In S3 -------------------------------------------------------------------------------------


def test_s3(example, growing, server, tmp_path):
    """From a bucket into a bucket, on two days."""
    source, output = server.new_bucket("input"), server.new_bucket()
    env = server.environment
    server.client.upload(example.source, source)
    etl(f"s3://{source}", f"s3://{output}/lake", *example.options, env=env, cwd=tmp_path, timeout=120)
    growing()
    server.client.upload(example.source, source)
    more = (*ANY_REJECTS, "--incremental")
    etl(f"s3://{source}", f"s3://{output}/lake", *more, env=env, cwd=tmp_path, timeout=120)
    example.assert_right(server.client.download(output, tmp_path / "copy", "lake/"))
    example.assert_exact(tmp_path / "copy")


# ---- Killed ------------------------------------------------------------------------------------


def readable(lake, table):
    """The files of a table's newest version, without the runs' ids; none where there is no table."""
    if not list((lake / table / "_delta_log").glob("*.json")):
        return []
    return sorted(re.sub(r"\d{8}T\d{6}Z-[0-9a-f]{8}", "", name) for name in DeltaTable(lake / table).file_uris())


def watched(example, lake, *where):
    command = [PROGRAM, "etl", "--input", example.source, "--output", lake, *ANY_REJECTS, "--incremental"]
    return watch(lake, command, *where)


def test_killed(example, growing, tmp_path):
    """The increment of the last day: each table is as before or as after, and the next run brings the rest."""
    before, after, lake = tmp_path / "before", tmp_path / "after", tmp_path / "lake"
    example.etl(before, program=PROGRAM)
    growing()
    shutil.copytree(before, after)
    done, changes = watched(example, after)
    assert done.code == 0, done.err
    example.assert_right(after)
    old, new = ({table: readable(folder, table) for table in example.model.tables} for folder in (before, after))
    assert old != new
    for call, number in spread_over_calls(changes, max(KILLS // 3, 12)):
        shutil.rmtree(lake, ignore_errors=True)
        shutil.copytree(before, lake)
        done, made = watched(example, lake, "--calls", call, "--kill", number)
        assert done.code == KILLED or len(made) < number  # threads share the work anew each time
        for table in example.model.tables:
            found = [name.replace(str(lake), "") for name in readable(lake, table)]
            expected = [[n.replace(str(at), "") for n in side[table]] for at, side in ((before, old), (after, new))]
            assert found in expected, (table, call, number)
        etl(example.source, lake, *ANY_REJECTS, "--incremental", program=PROGRAM)
        example.assert_right(lake)


# ---- Changed models ----------------------------------------------------------------------------


def changed(example, folder, *replacements):
    """A copy of the model in which texts are replaced, each of which is there once."""
    text = example.model.path.read_text()
    for old, new in replacements:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    folder.mkdir(exist_ok=True)
    (folder / "model.yaml").write_text(text)
    return folder / "model.yaml"


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return Example("shop", tmp_path_factory.mktemp("shop"))


ADD_A_COLUMN = (
    ("ignored: [version, ", "ignored: ["),
    ("      stream: {type", "      version: int32\n      stream: {type"),
    ("      experiments: experiments\n", "      experiments: experiments\n      version: version\n"),
)


def test_a_column_is_added(shop, tmp_path):
    """Rows that are there have null, new ones its value."""
    moved, lake = shop.days(), tmp_path / "lake"
    model = changed(shop, tmp_path / "model", *ADD_A_COLUMN)
    with_model = ("--model", model, *ANY_REJECTS)
    (shop.folder / "spare").mkdir()
    for path, spare in moved:
        path.rename(spare)
    shop.etl(lake)
    for path, spare in moved:
        spare.rename(path)
    etl(shop.source, lake, *with_model, "--incremental")
    files = f"read_parquet('{lake}/clicks/**/*.parquet', union_by_name = true)"
    query = f"select day, count(version), count(*) from {files} group by all"
    found = {day: (versions, rows) for day, versions, rows in new_database().execute(query).fetchall()}
    assert found[28][0] == 0 and found[29][0] <= 2 < found[1][0] == found[1][1]  # the last two of the day came again
    table = DeltaTable(lake / "clicks")
    assert [field.name for field in table.schema().fields if field.name == "version"] == ["version"]


def test_another_change_is_refused(shop, tmp_path):
    lake = tmp_path / "lake"
    shop.etl(lake)
    model = changed(shop, tmp_path / "model", ("order: [-updated, name, category, price]", "order: [name]"))
    with_model = ("--input", shop.source, "--output", lake, "--model", model, *ANY_REJECTS)
    said = message(run("etl", *with_model, program=CHECKED))
    assert "another --output" in said and "is of the model" in said
    shop.assert_right(lake)


@pytest.mark.parametrize("contract", ["unknown", "faulty"])
def test_a_contract_that_ends_the_run(shop, tmp_path, contract):
    old = {"unknown": "    unknown: evolve ", "faulty": "    faulty: discard_value "}[contract]
    model = changed(shop, tmp_path / "model", (old, f"    {contract}: freeze "))
    where = ("--input", shop.source, "--output", tmp_path / "lake", "--model", model, *ANY_REJECTS)
    done = run("etl", *where, program=CHECKED)
    assert done.code == 1 and "clicks" in done.err, done
    assert not list(tmp_path.glob("lake/*/part-*")) and not list(tmp_path.glob("lake/*/_delta_log"))
