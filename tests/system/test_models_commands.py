"""Commands on a lake of another model than the built-in one: what they show is that model's."""

import json
import shutil
import subprocess

import duckdb
import pytest
from conftest import PROGRAM, etl, message, run, write_input, write_tree
from example_models import folder_of, generate, model_of
from lake_tables import ENV, LIBRARY

SHOP = folder_of("shop") / "model.yaml"
TABLES = list(model_of("shop").tables)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return generate("shop", tmp_path_factory.mktemp("shop") / "in", "--events", 400, "--days", 2)


@pytest.fixture(scope="module")
def lake(source, tmp_path_factory):
    """Two versions; the second has another customer alone."""
    folder = tmp_path_factory.mktemp("lake")
    options = ("--model", SHOP, "--max-rejects", "100%", "--keep-versions", 2)
    etl(source, folder, *options)
    (source / "customers/new.json").write_text('{"customer_id": "C999999", "name": "New"}')
    etl(source, folder, *options)
    return folder


# ---- schema ------------------------------------------------------------------------------------


def test_the_tables_of_a_lake(lake):
    done = run("schema", lake)
    assert (done.code, done.err) == (0, "")
    assert [line.split(":")[0] for line in done.out.splitlines() if ": one row for each " in line] == TABLES
    assert done.out == run("schema", "--model", SHOP).out == run("schema", "--output", lake).out
    lines = done.out.splitlines()
    assert "  price       decimal(10,2)             products: price" in lines
    assert "  clicked_at  timestamp     not null    clicks: at" in lines
    assert lines[-2] == (
        "clicks: an event of clicks with stream = shop; products: a record of products; "
        "customers: a record of customers."
    )


def test_a_lake_of_the_built_in_model(tmp_path):
    write_input(tmp_path / "in")
    etl(tmp_path / "in", tmp_path / "lake")
    assert run("schema", tmp_path / "lake").out == run("schema").out


def test_wide_names_stay_in_their_columns(tmp_path):
    model = SHOP.read_text().replace("      newsletter: newsletter", "      newsletter_by_mail: newsletter")
    (tmp_path / "model.yaml").write_text(model)
    lines = run("schema", "--model", tmp_path / "model.yaml").out.split("customers: one row")[1].split("\n\n")[0]
    columns = [line.index("customers: ") for line in lines.splitlines()[2:]]
    assert len(columns) == 11 and len(set(columns)) == 1


def test_words_of_a_model_are_made_printable(tmp_path):
    model = SHOP.read_text().replace("products: weight, kilograms", "weight \\u202eJ, kilograms")
    (tmp_path / "model.yaml").write_text(model)
    for form in ([], ["--markdown"]):
        text = run("schema", "--model", tmp_path / "model.yaml", *form).out
        assert "weight ?J, kilograms" in text


def test_the_tables_of_a_lake_as_data(lake):
    document = run("schema", lake, "--json").summary
    assert document["model"]["name"] == "shop" and [table["name"] for table in document["tables"]] == TABLES
    types = {column["name"]: column["type"] for column in document["tables"][0]["columns"]}
    assert types["price"] == "decimal(10,2)" and types["since"] == "date" and types["available"] == "bool"
    assert document == run("schema", "--model", SHOP, "--json").summary


def test_the_model_of_a_lake_as_a_file(lake, tmp_path):
    """It makes the same lake again, with its questions."""
    done = run("schema", lake, "--print-model")
    assert done.out == run("schema", "--check", SHOP, "--print-model").out
    (tmp_path / "model.yaml").write_text(done.out)
    assert run("schema", "--model", tmp_path / "model.yaml", "--print-model").out == done.out
    page = run("schema", lake, "--markdown").out
    assert "**clicks**: one row for each click; partitioned by year, month, day" in page


def test_only_the_command_line_names_a_lake_to_show(lake, tmp_path):
    """In a folder whose settings name one, the built-in model can be seen still."""
    (tmp_path / "sparkify.yaml").write_text(f"use: a\nprofiles: {{a: {{output: {lake}}}}}\n")
    how = {"cwd": tmp_path, "env": {"SPARKIFY_LAKE": str(lake)}}
    assert run("schema", **how).out == run("schema").out
    assert "shop" not in run("schema", "--print-model", **how).out


def test_a_folder_that_is_no_lake(tmp_path):
    assert "holds no version of a lake" in message(run("schema", tmp_path))
    assert "there is no such folder" in message(run("schema", tmp_path / "none"))
    assert "nowhere.yaml" in message(run("schema", "--model", tmp_path / "nowhere.yaml"))


# ---- history -----------------------------------------------------------------------------------


def test_history_of_a_table(lake):
    versions = {name: len(run("history", lake, "--table", name, "--json").summary["versions"]) for name in TABLES}
    assert versions == {name: 2 if name == "customers" else 1 for name in TABLES}
    assert [line.split()[0] for line in run("history", lake, "--table", "customers").out.splitlines()[1:]] == ["1", "0"]


def test_history_of_a_table_that_the_lake_does_not_have(lake):
    done = run("history", lake, "--table", "songs", "--json")
    assert done.summary["error"]["hint"] == "a lake has " + ", ".join(TABLES)
    assert "there is no table 'songs'" in message(done, code=2)
    assert "versions" not in done.summary


# ---- check -------------------------------------------------------------------------------------


def test_check_has_the_words_of_the_model(source, tmp_path):
    click = '{"stream": "shop", "at": 1709078400000, "session": {"id": "s"}, "sequence": 1, "event": "%s"}'
    (tmp_path / "in").mkdir()
    for name in ("products", "customers"):
        (tmp_path / "in" / name).symlink_to(source / name)
    (tmp_path / "in/clicks").mkdir()
    for count, words in ((2, "1 click shares its click_id with another"), (3, "2 clicks share their click_id with")):
        (tmp_path / "in/clicks/a.json").write_text("".join(click % f"e{i}" for i in range(count)))
        etl(tmp_path / "in", tmp_path / "lake", "--model", SHOP, "--max-rejects", "100%")
        assert words in run("check", tmp_path / "lake").out


# ---- doctor ------------------------------------------------------------------------------------


def examine(*arguments, code=0):
    done = run("doctor", *arguments, "--json")
    assert done.code == code, done
    return [(step["part"], step["result"], step["text"]) for step in json.loads(done.out)["steps"]]


def listed(steps):
    return [text.split(" below ")[1] for part, result, text in steps if part == "input" and " below " in text]


@pytest.mark.parametrize("where", ["a file", "a lake", "both"])
def test_doctor_tries_the_folders_of_the_model(source, lake, where):
    given = {"a file": ["--model", SHOP], "a lake": [lake], "both": ["--model", SHOP, lake]}[where]
    steps = examine("--input", source, *given)
    assert listed(steps) == ["clicks", "products", "customers"]
    assert {result for _, result, _ in steps} == {"ok"}


def test_doctor_without_a_lake_tries_those_of_the_built_in_model(source, tmp_path):
    steps = examine("--input", source, tmp_path / "new", code=1)
    texts = [text for _, result, text in steps if result == "failed"]
    assert [text.split(";")[0] for text in texts] == [
        f"nothing is below {source}/song_data", f"nothing is below {source}/log_data",
    ]  # fmt: skip


def test_doctor_says_that_the_lake_is_of_another_model(source, lake):
    steps = examine("--input", source, "--model", folder_of("github") / "model.yaml", lake, code=1)
    assert any(part == "output" and result == "failed" and "shop" in text for part, result, text in steps)
    assert not [text for part, _, text in steps if part == "output" and "bytes in" in text]  # nothing was written


def test_doctor_with_a_model_that_is_wrong(source, tmp_path):
    (tmp_path / "model.yaml").write_text("model: x\n")
    assert "model.yaml" in message(run("doctor", "--input", source, "--model", tmp_path / "model.yaml"), code=2)


NEEDS_DUCKDB = pytest.mark.skipif(not LIBRARY.exists(), reason="DuckDB's library needs npm: ./dev build gets it")


@NEEDS_DUCKDB
def test_a_table_that_the_lake_does_not_have(lake):
    """DuckDB would suggest one of those that it has in every database."""
    done = run("query", lake, "SELECT * FROM songplays", env=ENV)
    assert done.code == 1 and "songplays does not exist" in done.err
    assert "'sparkify schema LAKE' lists the tables" in done.err
    assert "pg_" not in done.err


@NEEDS_DUCKDB
def test_ids_are_text_in_json(lake):
    """Those that JavaScript could read as a number, too, so that a column has one type."""
    rows = json.loads(run("query", lake, "SELECT click_id, sequence FROM clicks", "--format", "json", env=ENV).out)
    assert len(rows) > 100 and {type(row["click_id"]) for row in rows} == {str}
    assert {type(row["sequence"]) for row in rows} == {int}
    small = json.loads(run("query", lake, "SELECT 7 AS click_id FROM clicks LIMIT 1", "--format", "json", env=ENV).out)
    assert small == [{"click_id": "7"}]


CLOCK = """
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t clock, struct timespec *now)
{
    if (clock != CLOCK_REALTIME)
        return (int)syscall(SYS_clock_gettime, clock, now);
    *now = (struct timespec){1714550400, 0};
    return 0;
}
"""
ONE_TABLE = """
model: rides
sources:
  rides: {folder: rides, fields: {id: {type: string, required: true}, at: {type: timestamp_s, required: true}}}
facts:
  rides: {from: rides, time: at, id: {key: [id]}, columns: {at: at, id: id, day: {part: day}}, partition: [day]}
"""


@NEEDS_DUCKDB
def test_old_and_new_files_of_one_second(tmp_path):
    """Which run was the first, their ids do not tell: old files have no column 'bike' for either order."""
    (tmp_path / "clock.c").write_text(CLOCK)
    command = ["cc", "-D_GNU_SOURCE", "-shared", "-fPIC", "-o", tmp_path / "clock.so", tmp_path / "clock.c"]
    if subprocess.run(command, check=False).returncode != 0:
        pytest.skip("there is no C compiler")
    model, source = tmp_path / "rides.yaml", tmp_path / "in"
    how = {"program": PROGRAM, "env": {"LD_PRELOAD": str(tmp_path / "clock.so")}}
    longer = ONE_TABLE.replace("fields: {", "fields: {bike: int32, ").replace("id: id,", "id: id, bike: bike,")
    rows = [f'{{"id":"r{i}","at":{1714550400 + 86400 * i},"bike":{i}}}' for i in range(3)]
    for number in range(8):
        lake = tmp_path / f"lake-{number}"
        shutil.rmtree(source, ignore_errors=True)
        write_tree(source, {"rides/0.json": rows[:2]})
        model.write_text(ONE_TABLE)
        assert run("etl", "--model", model, "--input", source, "--output", lake, "--quiet", **how).code == 0
        write_tree(source, {"rides/1.json": rows[2:]})
        model.write_text(longer)
        options = ("--model", model, "--incremental", "--quiet")
        assert run("etl", *options, "--input", source, "--output", lake, **how).code == 0
        assert run("query", lake, "SELECT id, bike FROM rides ORDER BY id", env=ENV).out == "id,bike\nr0,\nr1,\nr2,2\n"


# ---- Questions and charts ----------------------------------------------------------------------


def test_questions_that_are_new_reach_a_lake_whose_tables_stay(source, tmp_path):
    shutil.copytree(SHOP.parent, tmp_path / "shop")
    options = ("--model", tmp_path / "shop/model.yaml", "--max-rejects", "100%")
    etl(source, tmp_path / "lake", *options)
    (tmp_path / "shop/questions/all.sql").write_text("-- All clicks.\nSELECT count(*) FROM clicks")
    (tmp_path / "shop/questions/report/funnel.sql").unlink()
    summary = etl(source, tmp_path / "lake", *options)
    assert not summary["committed"] and summary["lake_version"] == 0
    printed = run("schema", tmp_path / "lake", "--print-model").out
    assert "All clicks." in printed and "2 put into the basket" not in printed  # that chart is gone
    assert [path.name for path in (tmp_path / "lake/_sparkify/models").iterdir()] != []
    etl(source, tmp_path / "lake", "--max-rejects", "100%")  # without the file all stays as it is
    assert run("schema", tmp_path / "lake", "--print-model").out == printed
    assert run("check", tmp_path / "lake").code == 0


WRONG_CHARTS = {
    "no-table": ("SELECT * FROM songplays", "there is no table 'songplays' here"),
    "no-sql": ("SELEC 1", "syntax error"),
    "no-file": ("SELECT * FROM read_csv('/etc/passwd')", "the function 'read_csv' cannot be used here"),
    "no-number": ("SELECT CAST(event AS INTEGER) FROM clicks", "Could not convert"),
}


@NEEDS_DUCKDB
def test_wrong_charts_say_so_and_the_others_are_shown(source, tmp_path):
    shutil.copytree(SHOP.parent, tmp_path / "shop")
    for name, (sql, _) in WRONG_CHARTS.items():
        (tmp_path / f"shop/questions/report/{name}.sql").write_text(f"-- What it is.\n{sql}")
    etl(source, tmp_path / "lake", "--model", tmp_path / "shop/model.yaml", "--max-rejects", "100%")
    done = run("report", tmp_path / "lake", "--json", env=ENV)
    assert (done.code, done.err) == (0, "")
    answers = json.loads(done.out)["answers"]
    for name, (_, message_) in WRONG_CHARTS.items():
        found = answers[f"chart-{name}"]
        assert found["summary"].startswith("Not shown: ") and message_ in found["summary"]
        assert (found["columns"], found["rows"]) == ([], [])
    assert answers["chart-funnel"]["rows"] and answers["columns"]["rows"]


# ---- etl ---------------------------------------------------------------------------------------


def test_metrics_have_the_words_of_the_model(source, tmp_path):
    etl(source, tmp_path / "lake", "--model", SHOP, "--max-rejects", "100%", "--metrics-file", tmp_path / "m")
    text = (tmp_path / "m").read_text()
    assert "# HELP sparkify_plays Clicks that were read.\n" in text
    assert "# HELP sparkify_plays_matched Clicks whose product the product data has.\n" in text
    assert 'sparkify_source_files{source="customers"}' in text and 'sparkify_table_rows{table="clicks"}' in text


def test_metrics_of_a_model_without_look_ups(tmp_path):
    source = generate("github", tmp_path / "in", "--events", 100, "--days", 1)
    model = folder_of("github") / "model.yaml"
    etl(source, tmp_path / "lake", "--model", model, "--max-rejects", "100%", "--metrics-file", tmp_path / "m")
    text = (tmp_path / "m").read_text()
    assert "# HELP sparkify_plays_matched Events whose look-up found a record: the model has none.\n" in text
    assert "\nsparkify_plays_matched 0\n" in text


LATE = """
model: late
sources:
  f: {folder: f, fields: {at: {type: timestamp_iso, required: true}, id: {type: int64, required: true}}}
facts:
  f: {from: f, time: at, id: {key: [id]}, columns: {at: at, id: id}}
"""


@NEEDS_DUCKDB
@pytest.mark.parametrize(
    "last", ["9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.998001Z"]
)
def test_the_last_times_there_are(tmp_path, last):
    """Rounded up to milliseconds, the greatest of them would be in the year 10000, which is no bound."""
    (tmp_path / "late.yaml").write_text(LATE)
    times = [last, "2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z"]
    write_tree(tmp_path / "in", {"f/0.json": [json.dumps({"at": at, "id": i}) for i, at in enumerate(times)]})
    etl(tmp_path / "in", tmp_path / "lake", "--model", tmp_path / "late.yaml")
    log = "".join(path.read_text() for path in (tmp_path / "lake/f/_delta_log").glob("*.json"))
    assert "10000-" not in log and ("9999-12-31T23:59:59.999Z" in log) == ("999999" not in last)
    for days, expected in {(): 3, ("--to", "2025-01-01"): 2, ("--to", "2024-01-02"): 1}.items():
        done = run("query", tmp_path / "lake", "SELECT count(*) AS n FROM f", "--from", "2024-01-01", *days, env=ENV)
        assert (done.code, done.out) == (0, f"n\n{expected}\n")
    assert run("check", tmp_path / "lake").code == 0


EMPTY = """
model: empty
sources:
  d:
    folder: d
    fields: {k: {type: int64, required: true}, s: string, n: int32, t: string}
  f: {folder: f, fields: {at: {type: timestamp_s, required: true}, k: {type: int64, required: true}}}
dimensions:
  users_table: {from: d, key: k, order: [-n], columns: {k: k}}
  users: {from: d, key: k, order: [-n], columns: {k: k, s: s, n: n, t: t}, partition: [s, n]}
facts:
  f: {from: f, time: at, id: {key: [k]}, columns: {at: at, k: k}}
"""


@pytest.fixture
def empty(tmp_path):
    """A lake whose partitions have an empty text, none, and one."""
    (tmp_path / "empty.yaml").write_text(EMPTY)
    rows = [{"k": 1, "s": "", "n": 1, "t": ""}, {"k": 2}, {"k": 3, "s": "x", "n": 0, "t": "y"}]
    files = {"d/0.json": [json.dumps(row) for row in rows], "f/0.json": ['{"at": 1714550400, "k": 1}']}
    write_tree(tmp_path / "in", files)
    etl(tmp_path / "in", tmp_path / "lake", "--model", tmp_path / "empty.yaml")
    return tmp_path / "lake"


@NEEDS_DUCKDB
def test_an_empty_text_of_a_partition_is_null_in_queries_too(empty):
    """The file of all rows of the state has the empty text; the table's own files, by their paths, null."""
    done = run("query", empty, "SELECT k, s, n, t FROM users ORDER BY k", "--json", env=ENV)
    expected = [(1, None, 1, ""), (2, None, None, None), (3, "x", 0, "y")]
    assert [tuple(row.values()) for row in done.summary] == expected
    files = [str(path) for path in (empty / "users").glob("*/*/*.parquet")]
    table = f"read_parquet({files}, hive_partitioning = true, hive_types = {{s: VARCHAR, n: INT}})"
    assert duckdb.sql(f"SELECT k, s, n, t FROM {table} ORDER BY k").fetchall() == expected


@NEEDS_DUCKDB
@pytest.mark.parametrize("sql", ["SELECT * FROM users_table", "SELECT u.* FROM users JOIN users_table u USING (k)"])
def test_a_table_comes_before_the_alias_of_its_name(empty, sql):
    assert sorted(run("query", empty, sql, env=ENV).out.split()) == ["1", "2", "3", "k"]


def test_words_of_a_model_stay_in_their_cells(tmp_path):
    model = SHOP.read_text().replace("products: weight, kilograms", "weight a|b \\\\| c")
    assert model != SHOP.read_text()
    (tmp_path / "model.yaml").write_text(model)
    out = run("schema", "--model", tmp_path / "model.yaml", "--markdown").out
    (line,) = (line for line in out.splitlines() if "weight a" in line)
    assert line.endswith(r"| weight a\|b \\\| c |"), line
