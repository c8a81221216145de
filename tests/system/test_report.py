"""sparkify report: its answers against Polars, its options, its files and its errors. How the page looks and
behaves is for test_report_page.py."""

import datetime
import json
import os
import re
import shutil
import signal
import stat
import subprocess
from pathlib import Path
from time import sleep

import jsonschema
import polars as pl
import pytest
from conftest import CHECKED, PROGRAM, PROJECT, etl, message, play, run, song, write_tree
from lake_tables import ENV, LIBRARY, close, table
from processes import children_of, freeze
from question_answers import ANSWERS

pytestmark = pytest.mark.skipif(not LIBRARY.exists(), reason="DuckDB's library needs npm: ./dev build gets it")

SCHEMA = json.loads((PROJECT / "docs/json/report.schema.json").read_text())
MOST_BYTES = 400_000


def report(*arguments, **how):
    return run("report", *arguments, env=ENV, **how)


def document(lake, *options):
    done = report(lake, "--json", *options)
    assert done.code == 0, done.err
    found = json.loads(done.out)
    jsonschema.validate(found, SCHEMA, jsonschema.Draft202012Validator)
    return found


def objects(answer):
    names = [column["name"] for column in answer["columns"]]
    return [dict(zip(names, row)) for row in answer["rows"]]


def lake_of(folder, plays, songs=None, *options):
    tree = {"song_data/s.json": songs or song(), "log_data/l.json": plays}
    etl(write_tree(folder / "in", tree), folder / "lake", *options)
    return folder / "lake"


def at(text):
    """A time as the logs have it."""
    return int(datetime.datetime.fromisoformat(text + "+00:00").timestamp() * 1000)


@pytest.fixture(scope="module")
def lake(tmp_path_factory, generated_data):
    folder = tmp_path_factory.mktemp("report") / "lake"
    etl(generated_data, folder)
    return folder


@pytest.fixture(scope="module")
def tables(lake):
    names = ("songs", "artists", "users", "time", "songplays")
    return {name: table(lake, name) for name in names}


@pytest.fixture(scope="module")
def whole(lake):
    return document(lake)


# ---- Answers -----------------------------------------------------------------------------------


def between(plays, period):
    day = pl.col("start_time").dt.date()
    begin, end = (datetime.date.fromisoformat(period[name]) for name in ("from", "to"))
    return plays.filter((day >= begin) & (day < end))


def key_numbers(plays):
    return (
        plays.height,
        plays["user_id"].n_unique(),
        plays["session_id"].n_unique(),
        round(plays["length"].sum() / 3600),
        100 * (plays["level"] == "paid").mean(),
        100 * plays["song_id"].is_not_null().mean(),
    )


def days(tables):
    plays = tables["songplays"].with_columns(day=pl.col("start_time").dt.date())
    found = plays.group_by("day").agg(
        users=pl.col("user_id").n_unique(),
        sessions=pl.col("session_id").n_unique(),
        plays=pl.len(),
        hours=(pl.col("length").sum() / 3600).round(0).cast(pl.Int64),
        paid_plays=(pl.col("level") == "paid").sum(),
        matched=pl.col("song_id").is_not_null().sum(),
    )
    return found.sort("day").rows()


def missing_songs(tables):
    plays = tables["songplays"].filter(pl.col("song_id").is_null() & pl.col("song").is_not_null())
    found = plays.group_by("song", "artist").agg(plays=pl.len())
    order = {"descending": [True, False, False], "nulls_last": False}
    return found.sort("plays", "song", "artist", **order).rows()[:10]


NULLABLE = ("song", "artist", "length", "song_id", "artist_id", "session_id", "location", "user_agent")


def nulls(tables):
    plays = tables["songplays"]
    return [(plays.height, *(plays[name].null_count() for name in NULLABLE))]


OWN = {"days": days, "missing-songs": missing_songs, "nulls": nulls}
EXPECTED = {
    name: OWN.get(name) or ANSWERS[name]
    for name in SCHEMA["then"]["else"]["properties"]["answers"]["required"]
    if name != "numbers"
}


@pytest.mark.parametrize("name", EXPECTED)
def test_an_answer_by_another_way(whole, tables, name):
    found, expected = whole["answers"][name]["rows"], EXPECTED[name](tables)
    assert len(found) == len(expected)
    for i, (row, right) in enumerate(zip(found, expected)):
        assert len(row) == len(right) and all(map(close, row, right)), (i, row, right)


def test_key_numbers_and_the_days_before(whole, tables):
    rows = whole["answers"]["numbers"]["rows"]
    assert len(rows) == len(whole["periods"]) == 2
    for row, period in zip(rows, whole["periods"]):
        assert row == pytest.approx(key_numbers(between(tables["songplays"], period)), abs=0.1001)
    current, before = whole["periods"]
    assert before["to"] == current["from"]
    lengths = [datetime.date.fromisoformat(p["to"]) - datetime.date.fromisoformat(p["from"]) for p in whole["periods"]]
    assert lengths == [datetime.timedelta(days=7)] * 2  # thirty days hold no eight weeks
    assert current["to"] > whole["last_play"][:10]


def test_the_head_says_what_the_report_is_of(whole, tables, lake):
    plays = tables["songplays"]
    assert (whole["plays"], whole["users"]) == (plays.height, plays["user_id"].n_unique())
    for name, time in (("first_play", plays["start_time"].min()), ("last_play", plays["start_time"].max())):
        assert whole[name] == time.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert (whole["lake"], whole["from"], whole["to"]) == (str(lake), None, None)
    assert [version["version"] for version in whole["versions"]] == [0]
    assert whole["versions"][0]["tables"]["songplays"]["rows"] == plays.height


@pytest.mark.parametrize("name", ["days", "top-songs", "hours", "retention", "states"])
def test_an_answers_sql_gives_its_rows(lake, whole, name, tmp_path):
    answer = whole["answers"][name]
    (tmp_path / "q.sql").write_text(answer["sql"])
    found = json.loads(run("query", lake, "--file", tmp_path / "q.sql", "--json", env=ENV).out)
    assert [list(row.values()) for row in found] == answer["rows"]


def test_the_same_lake_gives_the_same_report(lake, tmp_path):
    for name in ("a.html", "b.html"):
        assert report(lake, "--out", tmp_path / name, "--threads", "1").code == 0
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


# ---- Which days, which version -----------------------------------------------------------------


def test_days_that_are_asked_for(lake, tables):
    first = tables["songplays"]["start_time"].dt.date().min()
    begin, end = first + datetime.timedelta(days=10), first + datetime.timedelta(days=14)
    found = document(lake, "--from", begin, "--to", end)
    assert (found["from"], found["to"]) == (str(begin), str(end))
    assert found["periods"] == [
        {"from": str(begin), "to": str(end)},
        {"from": str(begin - datetime.timedelta(days=4)), "to": str(begin)},
    ]
    for row, period in zip(found["answers"]["numbers"]["rows"], found["periods"]):
        assert row == pytest.approx(key_numbers(between(tables["songplays"], period)), abs=0.1001)
    assert found["plays"] == between(tables["songplays"], found["periods"][0]).height
    assert [row["day"] for row in objects(found["answers"]["days"])] == [
        str(begin + datetime.timedelta(days=i)) for i in range(4)
    ]


def test_days_far_beyond_those_of_the_plays(lake, tables):
    found = document(lake, "--from", "1970-01-01", "--to", "9999-12-31")
    assert found["periods"] == [{"from": "1970-01-01", "to": "9999-12-31"}]
    assert found["answers"]["numbers"]["rows"][0][0] == tables["songplays"].height


SPANS = {  # the days of plays: the period, and whether one is before it
    ("2018-11-01",): ("2018-11-01", "2018-11-02", 1),
    ("2018-11-01", "2018-11-02"): ("2018-11-02", "2018-11-03", 2),
    ("2018-11-01", "2018-11-14"): ("2018-11-08", "2018-11-15", 2),
    ("2018-11-01", "2018-12-26"): ("2018-11-29", "2018-12-27", 2),
    ("2018-11-01", "2020-02-29"): ("2020-02-02", "2020-03-01", 2),
}


@pytest.mark.parametrize("days", SPANS)
def test_the_usual_periods(tmp_path, days):
    begin, end, count = SPANS[days]
    plays = [play(ts=at(f"{day}T12:00:00"), itemInSession=i) for i, day in enumerate(days)]
    found = document(lake_of(tmp_path, plays))
    assert found["periods"][0] == {"from": begin, "to": end}
    assert len(found["periods"]) == len(found["answers"]["numbers"]["rows"]) == count


def test_a_version_and_what_the_runs_changed(tmp_path):
    source = write_tree(tmp_path / "in", {"song_data/s.json": song(), "log_data/0.json": play()})
    runs = [etl(source, tmp_path / "lake", "--keep-versions", "3")["run"]]
    bad = ["{broken", play(itemInSession=7, ts="x"), "[]", play(userId="U2")]
    write_tree(source, {"log_data/1.json": bad})
    runs.append(etl(source, tmp_path / "lake", "--max-rejects", "5", "--incremental")["run"])
    newest, old = document(tmp_path / "lake"), document(tmp_path / "lake", "--at", "0")
    assert [(v["version"], v["run"]) for v in newest["versions"]] == [(1, runs[1]), (0, runs[0])]
    assert [v["tables"]["users"]["rows"] for v in newest["versions"]] == [2, 1]
    codes = {"not_json": 1, "not_object": 1, "wrong_type": 1}
    assert newest["rejects"] == [{"run": runs[1], "is_cut": False, "codes": codes}]
    assert (newest["lake_version"], newest["plays"]) == (1, 2)
    assert (old["lake_version"], old["newest_version"], old["plays"]) == (0, 1, 1)
    assert ([v["version"] for v in old["versions"]], old["rejects"]) == ([0], [])


def test_rejects_are_counted_whatever_is_in_them(tmp_path):
    trap = json.dumps('"code":"too_deep"') * 3
    source = write_tree(
        tmp_path / "in",
        {
            "song_data/s.json": song(),
            'log_data/"code":"not_utf8".json': [trap, b"\xff".decode("latin-1"), play(), '{"ts": 1}'],
            "log_data/long.json": ["{" + "x" * 3_000_000] * 2,
        },
    )
    summary = etl(source, tmp_path / "lake", "--max-rejects", "9")
    expected = {code: n for code, n in summary["sources"]["logs"]["rejected_by_code"].items() if n}
    assert document(tmp_path / "lake")["rejects"][0]["codes"] == expected
    assert sum(expected.values()) == 5


# ---- Lakes with little in them -----------------------------------------------------------------


def test_a_lake_without_plays(tmp_path):
    found = document(lake_of(tmp_path, play(page="Home"), None, "--allow-empty"))
    assert (found["plays"], found["users"], found["periods"]) == (0, 0, [])
    assert (found["first_play"], found["last_play"]) == (None, None)
    assert objects(found["answers"]["numbers"])[0]["plays"] == 0
    assert all(not found["answers"][name]["rows"] for name in ("days", "hours", "top-songs"))


def test_days_without_plays(lake):
    found = document(lake, "--from", "2030-01-01")
    assert (found["plays"], found["periods"], found["from"]) == (0, [], "2030-01-01")


def test_plays_without_values(tmp_path):
    nothing = {name: None for name in ("song", "artist", "length", "location", "userAgent")}
    found = document(lake_of(tmp_path, play(**nothing)))
    assert objects(found["answers"]["nulls"])[0]["song"] == 1
    assert objects(found["answers"]["states"]) == [{"state": "", "plays": 1, "listeners": 1}]
    assert objects(found["answers"]["locations"])[0]["location"] is None
    assert objects(found["answers"]["numbers"])[0]["hours"] is None


def test_long_texts_are_cut(tmp_path):
    title = "ä" * 10_000
    found = document(lake_of(tmp_path, play(song=title, artist="y" * 1000)))
    top = objects(found["answers"]["top-songs"])[0]
    assert top["song"] == "ä" * 500 + "…"
    assert top["artist"] == "y" * 1000


# ---- Files -------------------------------------------------------------------------------------


def test_the_page_is_one_small_file(lake, tmp_path):
    done = report(lake, cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("report.html: ") and done.out.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    text = (tmp_path / "report.html").read_text()
    assert len(text.encode()) <= MOST_BYTES
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", text)
    assert report(lake, "--quiet", cwd=tmp_path).out == ""


def test_the_pages_data_is_the_document(lake, tmp_path, whole):
    report(lake, "--out", tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text()
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)[1]
    assert json.loads(data).items() <= whole.items()


def test_data_in_a_file(lake, tmp_path, whole):
    done = report(lake, "--json", "--out", tmp_path / "data.json")
    assert (done.code, done.out) == (0, "")
    assert json.loads((tmp_path / "data.json").read_text()) == whole


def test_a_page_replaces_the_one_before(lake, tmp_path):
    page, link = tmp_path / "page.html", tmp_path / "link.html"
    page.write_text("old")
    link.symlink_to(page)
    assert report(lake, "--out", link).code == 0
    assert link.is_symlink() and page.read_text().startswith("<!doctype html>")


def test_a_pipe_is_written_to(lake, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDWR | os.O_NONBLOCK)
    try:
        assert run("query", lake, "SELECT 1 AS one", "--out", tmp_path / "pipe", env=ENV).code == 0
        assert os.read(reader, 100) == b"one\n1\n"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


# ---- Errors ------------------------------------------------------------------------------------


def test_errors(lake, tmp_path):
    (tmp_path / "folder").mkdir()
    cases = {
        ("--out", tmp_path / "folder"): (2, "folder: it is a folder"),
        ("--out", tmp_path / "no/page.html"): (1, "cannot write to"),
        ("--from", "2018-11-05", "--to", "2018-11-05"): (2, "--from must be a day before --to"),
        ("--from", "2018-02-30"): (2, "expected a day"),
        ("--from", "1969-12-31"): (2, "expected a day from 1970-01-01 to 9999-12-31"),
        ("--to", "10000-01-01"): (2, "expected a day from 1970-01-01 to 9999-12-31"),
        ("--at", "7"): (1, "version 7"),
        ("--cache-size", "big"): (2, "expected a size"),
    }
    for options, (code, text) in cases.items():
        assert text in message(report(lake, *options, cwd=tmp_path), code), options
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_failure_leaves_the_page_that_is_there(tmp_path):
    (tmp_path / "page.html").write_text("old")
    done = report(tmp_path / "nowhere", "--out", tmp_path / "page.html")
    assert "nowhere" in message(done)
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]
    assert (tmp_path / "page.html").read_text() == "old"


def test_its_own_file_is_not_what_the_folder_holds(tmp_path):
    said = message(report("nowhere", "--out", "page.html", cwd=tmp_path))
    assert said.endswith("is there, and holds nothing\n") and list(tmp_path.iterdir()) == []


def test_a_failure_as_data(tmp_path):
    done = report(tmp_path / "nowhere", "--json", "--out", tmp_path / "data.json")
    assert message(done) and json.loads(done.out)["error"]["code"] == "not_found"
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk(lake):
    assert "No space left" in message(report(lake, "--out", "/dev/full"))
    done = report(lake, "--json", "--out", "/dev/full")
    assert "No space left" in message(done) and json.loads(done.out)["status"] == "failed"


def interrupted(command, folder):
    """The exit code and the message of a run that gets a signal once it has begun to write into the folder."""
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ | ENV) as process:
        while process.poll() is None and not list(folder.iterdir()):
            pass
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
    return process.returncode, said


def test_an_interrupted_report_leaves_nothing(lake, tmp_path):
    page = tmp_path / "page.html"
    for _ in range(20):  # on a busy machine it may have ended before the signal comes
        code, said = interrupted([CHECKED, "report", lake, "--out", page, "--quiet"], tmp_path)
        if code != 0:
            break
        page.unlink()
    assert (code, said) == (130, "sparkify: interrupted\n")
    assert list(tmp_path.iterdir()) == []


def test_a_section_that_fails_is_named(lake, tmp_path):
    path = next((lake / "songplays").rglob("part-*.parquet"))
    damaged = shutil.copytree(lake, tmp_path / "lake")
    target = damaged / path.relative_to(lake)
    target.write_bytes(b"PAR1" + b"x" * (target.stat().st_size - 8) + b"PAR1")
    said = message(report(damaged, "--out", tmp_path / "page.html"))
    assert "part-" in said and "'sparkify check' says what is wrong" in said
    assert not (tmp_path / "page.html").exists()


def is_waiting(pid):
    """Whether a process has slept for a while."""
    for _ in range(20):
        sleep(0.01)
        if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "S":
            return False
    return True


def wait_until(holds):
    while not holds():
        sleep(0.001)


@pytest.mark.parametrize("options, code", [((), 0), (("--at", "0"), 4)])
def test_a_lake_that_is_replaced_while_it_is_asked(tmp_path, options, code):
    """The worker is stopped before it has read a file, and the files go."""
    lake = lake_of(tmp_path, [play()])
    command = [PROGRAM, "report", lake, "--json", *options]
    reporting = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ | ENV, text=True
    )
    wait_until(lambda: [worker for spawner in children_of(reporting.pid) for worker in children_of(spawner)])
    ((worker,),) = [children_of(spawner) for spawner in children_of(reporting.pid)]
    freeze(worker)
    wait_until(lambda: is_waiting(reporting.pid))
    (tmp_path / "in/log_data/l.json").write_text(play(userId="U2") + "\n" + play(userId="U3") + "\n")
    etl(tmp_path / "in", lake, "--missing-logs", "rebuild")
    os.kill(worker, signal.SIGCONT)
    out, err = reporting.communicate(timeout=60)
    found = json.loads(out)
    assert reporting.returncode == code, err
    if code:
        assert "version 0 of" in err and "was replaced by version 1 while it was read" in err
    else:
        assert (found["lake_version"], found["plays"], err) == (1, 2, "")


def test_data_that_cannot_be_written(lake):
    """Also where the document is larger than the buffer of the standard output."""
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [CHECKED, "report", lake, "--json"], stdout=full, stderr=subprocess.PIPE, text=True,
            env={**os.environ, **ENV},
        )  # fmt: skip
    assert done.returncode == 1
    said = "the report is complete, but writing to the standard output failed: No space left on device"
    assert said in done.stderr
