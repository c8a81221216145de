"""etl: what it returns, what it raises, and what it leaves."""

import datetime
import json
import os
import pathlib
import pickle
import random
import signal
import subprocess
import sys
import threading
import time

import pytest
from conftest import EVENTS, PACKAGE, SONGS, files_below

import sparkify
from sparkify import Conflict, SparkifyError, SparkifyWarning, TooManyRejects, UsageError

# ---- Summary -------------------------------------------------------------------------------------


def test_summary(workspace, tmp_path):
    summary = sparkify.etl(input=workspace, output=tmp_path / "lake")
    assert summary.committed and summary.lake_version == 0 and summary.rejected == 0 and summary.rejects is None
    assert set(summary.rows) == {"songs", "artists", "users", "time", "songplays"}
    assert summary.rows["songs"] <= SONGS and 0 < summary.matched < summary.plays < EVENTS
    assert summary.seconds > 0 and summary.run and summary.notes == ()
    assert summary.document["format"] == 1 and summary["sources"]["logs"]["records"] == EVENTS
    again = sparkify.etl(input=str(workspace), output=str(tmp_path / "lake"), incremental=True)
    assert not again.committed and again.rows == summary.rows and "nothing had changed" in repr(again)


def test_summary_shows_itself(workspace, tmp_path):
    summary = sparkify.etl(workspace, tmp_path / "<b>lake")
    lines = repr(summary).splitlines()
    assert lines[0].startswith("Version 0 of ")
    assert lines[1].split() == "table rows now rows written files bytes".split()
    assert [line.split()[0] for line in lines[3:-1]] == list(summary.rows)
    assert f"{summary.plays:,} plays" in lines[-1] and "0 records rejected" in lines[-1]
    page = summary._repr_html_()
    assert page.count("<tr>") == 6 and "&lt;b&gt;lake" in page and "<b>" not in page


def test_dry_run_writes_nothing(workspace, tmp_path):
    summary = sparkify.etl(workspace, dry_run=True)
    assert not summary.committed and summary.rows["songplays"] > 0 and "would make of" in repr(summary)
    assert files_below(tmp_path) == []


def test_sql_of_the_spark_engine(workspace):
    summary = sparkify.etl(workspace, engine="spark", dry_run=True)
    assert "spark.sql.session.timeZone" in (summary.sql or "") and repr(summary) == summary.sql
    assert "<pre>" in summary._repr_html_() and summary.rows == {} and summary.plays == 0


# ---- Options -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options, words, hint",
    [
        ({"thraeds": 2}, "thraeds", "threads"),
        ({"threads": 0}, "threads", ""),
        ({"threads": "many"}, "threads", ""),
        ({"compression": "brotli"}, "expected zstd, snappy or none", "help(sparkify.EtlOptions)"),
        ({"max_rejects": "200%"}, "max_rejects", ""),
        ({"grace": datetime.timedelta(days=-1)}, "grace", ""),
        ({"incremental": "perhaps"}, "incremental", ""),
        ({"threads": True}, "threads", ""),
        ({"threads": [1]}, "threads: no option has a list as its value", "give a string"),
        ({"on_success": "a\0b"}, "zero byte", ""),
        ({"spark": 15002}, "spark: 15002 is no session", "sc://"),
        ({"keep_versions": datetime.datetime.now()}, "keep_versions", ""),
    ],
)
def test_wrong_options(workspace, tmp_path, options, words, hint):
    with pytest.raises(UsageError) as raised:
        sparkify.etl(workspace, tmp_path / "lake", **options)
    assert words in str(raised.value) and hint in raised.value.hint
    assert raised.value.status == 2 and isinstance(raised.value, ValueError)
    assert "--" not in str(raised.value) + raised.value.hint.replace("--help", "")
    assert files_below(tmp_path) == []


def test_options_arrive(workspace, tmp_path):
    output = tmp_path / "lake"
    summary = sparkify.etl(
        workspace,
        output,
        threads=2,
        compression="none",
        keep_versions=2,
        max_rejects="0%",
        grace=datetime.timedelta(minutes=10),
        incremental=False,
        dry_run=False,
        metrics_file=tmp_path / "metrics",
        missing_logs=None,
    )
    assert summary.committed and "sparkify" in (tmp_path / "metrics").read_text()
    sizes = [path.stat().st_size for path in (output / "songplays").rglob("*.parquet")]
    sparkify.etl(workspace, tmp_path / "zstd", threads=1)
    assert sum(sizes) > sum(path.stat().st_size for path in (tmp_path / "zstd" / "songplays").rglob("*.parquet"))


def test_environment_counts(workspace, tmp_path, monkeypatch):
    monkeypatch.setenv("SPARKIFY_KEEP_VERSIONS", "3")
    for _ in range(2):
        sparkify.etl(workspace, tmp_path / "lake", allow_empty=True, compression="none")
    monkeypatch.setenv("SPARKIFY_LAKE", str(tmp_path / "lake"))
    assert sparkify.Lake().versions()


# ---- Failures ------------------------------------------------------------------------------------


def damaged(workspace, tmp_path):
    """A workspace one of whose events is cut off."""
    logs = tmp_path / "damaged" / "log_data"
    logs.mkdir(parents=True)
    (tmp_path / "damaged" / "song_data").symlink_to(workspace / "song_data")
    text = next((workspace / "log_data").rglob("*.json")).read_text()
    (logs / "events.json").write_text(text + '{"page":"NextSong"')
    return tmp_path / "damaged"


def test_too_many_rejects(workspace, tmp_path):
    with pytest.raises(TooManyRejects) as raised:
        sparkify.etl(damaged(workspace, tmp_path), tmp_path / "lake", max_rejects=0)
    error = raised.value
    assert error.status == 3 and "1 of" in error.message and "raise max_rejects" in error.hint
    assert error.document["sources"]["logs"]["first_rejects"][0]["line"] > 0
    assert pathlib.Path(error.document["rejects"]).is_dir()
    if sys.version_info >= (3, 11):
        assert error.__notes__ == [error.hint]
    summary = sparkify.etl(damaged_again := tmp_path / "damaged", tmp_path / "lake", max_rejects="50%")
    assert damaged_again.exists() and summary.rejected == 1 and summary.rejects
    assert f"1 records rejected: see {summary.rejects}" in repr(summary)


def test_missing_input(tmp_path):
    with pytest.raises(SparkifyError, match="no such folder") as raised:
        sparkify.etl(tmp_path / "nothing", tmp_path / "lake")
    assert raised.value.status == 1 and raised.value.document["error"]["code"] == "not_found"
    assert type(raised.value) is SparkifyError and files_below(tmp_path) == []


@pytest.mark.parametrize(
    "status, kind",
    [
        (1, SparkifyError),
        (2, UsageError),
        (3, TooManyRejects),
        (4, Conflict),
        (130, sparkify.Interrupted),
        (77, SparkifyError),  # of a library that is newer
    ],
)
def test_kinds_of_errors(status, kind):
    error = sparkify._errors.error_of(status, "it failed", "raise --max-rejects")
    assert type(error) is kind and error.status == status and error.hint == "raise max_rejects"


def test_errors_can_be_pickled(tmp_path):
    """concurrent.futures hands them to another process."""
    with pytest.raises(SparkifyError) as raised:
        sparkify.etl(tmp_path / "nothing", tmp_path / "lake")
    copy = pickle.loads(pickle.dumps(raised.value))
    assert (type(copy), str(copy), copy.hint, copy.document) == (
        type(raised.value),
        str(raised.value),
        raised.value.hint,
        raised.value.document,
    )


def test_notes_are_warnings(workspace, tmp_path):
    odd = tmp_path / "odd"
    (odd / "log_data").mkdir(parents=True)
    (odd / "song_data").symlink_to(workspace / "song_data")
    event = json.loads(next((workspace / "log_data").rglob("*.json")).read_text().splitlines()[0])
    (odd / "log_data" / "e.json").write_text(json.dumps(event | {"page": "NextSong"}) + "\n")
    sparkify.etl(workspace, tmp_path / "lake")
    with pytest.warns(SparkifyWarning) as caught:
        summary = sparkify.etl(odd, tmp_path / "lake", missing_logs="rebuild", keep_versions=1)
    assert [str(warning.message) for warning in caught] == list(summary.notes)
    assert all(warning.filename == __file__ for warning in caught)
    assert not any(note.startswith("warning") for note in summary.notes)


# ---- Interrupts ----------------------------------------------------------------------------------


class Alarm(KeyboardInterrupt):
    pass


@pytest.fixture
def alarm():
    """alarm(seconds): KeyboardInterrupt in the main thread, as Ctrl-C makes it."""

    def ring(number, frame):
        raise Alarm

    before = signal.signal(signal.SIGALRM, ring)
    yield lambda seconds: signal.setitimer(signal.ITIMER_REAL, seconds)
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def test_interrupts_leave_nothing(large_workspace, tmp_path, alarm):
    begin = time.monotonic()
    sparkify.etl(large_workspace, tmp_path / "whole")
    usual = time.monotonic() - begin
    interrupted, output = 0, tmp_path / "lake"
    random_delays = random.Random(4)
    for _ in range(20):
        try:
            alarm(random_delays.uniform(0.001, usual))
            sparkify.etl(large_workspace, output)
            alarm(0)
        except Alarm as error:
            late = any("committed" in note for note in getattr(error, "__notes__", []))
            interrupted += 1
            assert late or not (output / "songplays").exists() or sparkify.Lake(output).versions()
        if (output / "_sparkify").exists() and sparkify.Lake(output).versions():
            check = sparkify.Lake(output).check()
            assert check.ok and check.document["leftover_files"] == 0
        else:
            assert [path for path in output.rglob("*") if path.is_file()] == []
    assert interrupted > 5


def test_ctrl_c_in_a_program(large_workspace, tmp_path):
    code = """import sys, sparkify
sparkify.etl(sys.argv[1], sys.argv[2], threads=1, progress=lambda _: print('on', flush=True))"""
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(large_workspace), str(tmp_path / "lake")],
        env={**os.environ, "PYTHONPATH": str(PACKAGE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "on\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGINT and errors.rstrip().splitlines()[-1].startswith("KeyboardInterrupt")
    assert [path for path in (tmp_path / "lake").rglob("*") if path.is_file()] == []


def test_error_of_a_progress_function_ends_the_run(large_workspace, tmp_path):
    def fail(progress):
        raise RuntimeError(progress.phase)

    with pytest.raises(RuntimeError):
        sparkify.etl(large_workspace, tmp_path / "lake", threads=1, progress=fail)
    assert [path for path in (tmp_path / "lake").rglob("*") if path.is_file()] == []


# ---- At once -------------------------------------------------------------------------------------


def in_threads(*functions):
    results = [None] * len(functions)

    def call(i):
        try:
            results[i] = functions[i]()
        except Exception as error:
            results[i] = error

    threads = [threading.Thread(target=call, args=(i,)) for i in range(len(functions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_two_runs_at_once(workspace, tmp_path):
    outputs = [tmp_path / str(i) for i in range(4)]
    summaries = in_threads(*(lambda output=output: sparkify.etl(workspace, output) for output in outputs))
    assert len({tuple(summary.rows.items()) for summary in summaries}) == 1
    assert len({summary.run for summary in summaries}) == 4


def test_runs_of_one_lake_at_once(workspace, tmp_path):
    results = in_threads(*(lambda: sparkify.etl(workspace, tmp_path / "lake") for _ in range(3)))
    assert all(isinstance(result, (sparkify.Summary, Conflict)) for result in results), results
    assert any(isinstance(result, sparkify.Summary) for result in results)
    assert all(result.status == 4 and result.hint for result in results if isinstance(result, Conflict))
    assert sparkify.Lake(tmp_path / "lake").check().ok


def test_other_threads_run_meanwhile(large_workspace, tmp_path):
    counted, over = 0, threading.Event()

    def count():
        nonlocal counted
        while not over.wait(0.001):
            counted += 1

    thread = threading.Thread(target=count)
    thread.start()
    sparkify.etl(large_workspace, tmp_path / "lake")
    over.set()
    thread.join()
    assert counted > 20
