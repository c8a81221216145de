"""Lake.query: SQL and questions over a lake, by DuckDB in a process of its own."""

import contextlib
import datetime
import os
import random
import signal
import sys
import threading
import time

import pytest

import sparkify
from sparkify import Interrupted, MissingPackage, SparkifyError, UsageError

pytest.importorskip("_duckdb")


def test_question(lake):
    result = lake.query("top-songs")
    assert result.columns == ["song", "artist", "plays", "listeners"] and len(result) == 10
    plays = [row["plays"] for row in result.to_dicts()]
    assert plays == sorted(plays, reverse=True)
    assert len(lake.query("top-songs", limit=3)) == 3
    lines = repr(result).splitlines()
    assert len(lines) == 13 and lines[-1] == "10 rows" and repr(lake.query("SELECT 1 AS a")).endswith("\n1 row")
    assert result._repr_html_().count("<tr>") == 11


VALUES = {
    "true": True,
    "NULL": None,
    "7::TINYINT": 7,
    "-9223372036854775808": -(1 << 63),
    "1.25::DOUBLE": 1.25,
    "1.5::DECIMAL(9, 2)": 1.5,
    "DATE '2018-11-01'": datetime.date(2018, 11, 1),
    "DATE '-0044-03-15'": "-735525 days",
    "TIMESTAMP '2018-11-01 21:01:46.796'": datetime.datetime(2018, 11, 1, 21, 1, 46, 796000, datetime.timezone.utc),
    "'Ünï – 😀'": "Ünï – 😀",
    "''": "",
    "[1, 2]": "[1,2]",
    "'a\\x00b'::BLOB": b"a\0b",
}


def test_values(lake):
    row = next(iter(lake.query(f"SELECT {', '.join(VALUES)}")))
    assert [(type(value), value) for value in row] == [(type(value), value) for value in VALUES.values()]


def test_nulls_and_many_rows(lake):
    sql = (
        "SELECT CASE WHEN i % 3 = 0 THEN i END AS i, CASE WHEN i % 5 = 0 THEN 'x' || i END AS t FROM range(100000) r(i)"
    )
    result = lake.query(sql)
    rows = list(result)
    assert len(result) == len(rows) == 100_000
    assert all(
        a == (i if i % 3 == 0 else None) and b == (f"x{i}" if i % 5 == 0 else None) for i, (a, b) in enumerate(rows)
    )


def test_no_rows(lake):
    result = lake.query("SELECT user_id FROM users WHERE false")
    assert len(result) == 0 and list(result) == [] and result.columns == ["user_id"] and repr(result).endswith("0 rows")
    assert lake.query("SELECT 1 AS a WHERE false").to_polars().height == 0


def test_result_is_read_any_number_of_times(lake):
    pyarrow, polars, duckdb = map(pytest.importorskip, ("pyarrow", "polars", "duckdb"))
    result = lake.query("SELECT random() AS x FROM range(5000)")
    table = pyarrow.table(result)
    table.validate(full=True)
    assert table.equals(result.to_arrow()) and polars.DataFrame(result)["x"].to_list() == table["x"].to_pylist()
    joined = duckdb.sql("SELECT count(*) FROM result a JOIN result b ON a.x = b.x").fetchall()
    assert joined[0][0] >= 5000
    other = lake.query("SELECT 1 AS one")
    del result
    assert table["x"][4999].as_py() is not None and list(other) == [(1,)]


def test_days(lake):
    whole = lake.query("SELECT count(*) FROM songplays").to_dicts()
    day = lake.query(
        "SELECT min(start_time), max(start_time) FROM songplays", from_=datetime.date(2018, 11, 5), to="2018-11-06"
    )
    assert all(value.date() == datetime.date(2018, 11, 5) for value in next(iter(day)))
    assert lake.query("SELECT count(*) FROM songplays").to_dicts() == whole, "days are of one query alone"


@pytest.mark.parametrize(
    "arguments, kind, words, hint",
    [
        ({"sql": "SELECT tilte FROM songs"}, SparkifyError, "tilte", ""),
        ({"sql": "top-song"}, UsageError, "top-song", "top-songs"),
        ({"sql": ""}, UsageError, "no question", "Lake.questions()"),
        ({"sql": "SELECT 1", "from_": "yesterday"}, UsageError, "from_=yesterday", "help(sparkify.Lake)"),
        ({"sql": "SELECT 1", "limit": -1}, UsageError, "limit", ""),
        ({"sql": "SELECT 1", "version": 9}, SparkifyError, "version 9", "Lake.history"),
        ({"sql": "SELECT '\0'"}, UsageError, "zero byte", ""),
        ({"sql": 5}, UsageError, "", ""),
    ],
)
def test_errors(lake, arguments, kind, words, hint):
    with pytest.raises(kind) as raised:
        lake.query(**arguments)
    assert words in str(raised.value) and hint in raised.value.hint and type(raised.value) is kind
    assert list(lake.query("SELECT 42 AS a")) == [(42,)], "the next one is as if nothing had been"


def test_error_within_a_result(lake):
    with pytest.raises(SparkifyError, match="Could not convert|Conversion"):
        lake.query("SELECT CAST(CASE WHEN i > 90000 THEN 'x' ELSE '1' END AS INTEGER) FROM range(100000) r(i)")


LONG = "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range * b.range % 7 = 3"


def test_ctrl_c(lake):
    timer = threading.Timer(0.7, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        lake.query(LONG)
    timer.join()
    assert list(lake.query("SELECT 42 AS a")) == [(42,)]


def test_interrupts_at_any_point(lake):
    """The library is never left in a call that another one would meet."""

    def ring(number, frame):
        raise KeyboardInterrupt

    def tables():
        lake.table("songplays").to_arrow()
        return lake.versions()

    before = signal.signal(signal.SIGALRM, ring)
    delays, interrupted = random.Random(3), 0
    try:
        for calls, longest in ([lambda: lake.query("top-songs", limit=3)] * 25, 0.2), ([tables] * 60, 0.02):
            for call in calls:
                try:
                    signal.setitimer(signal.ITIMER_REAL, delays.uniform(0.0005, longest))
                    call()
                    signal.setitimer(signal.ITIMER_REAL, 0)
                except KeyboardInterrupt:
                    interrupted += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert interrupted > 10
    assert len(lake.query("top-songs")) == 10 and len(lake.table("users").to_arrow()) == len(lake.table("users"))


def test_cancel_from_another_thread(lake):
    for options in ({}, {"limit": 5}):
        timer = threading.Timer(0.7, lake.cancel)
        timer.start()
        with pytest.raises(Interrupted):
            lake.query(LONG, **options)
        timer.join()


def children():
    found = set()
    for task in os.listdir("/proc/self/task"):
        with contextlib.suppress(FileNotFoundError), open(f"/proc/self/task/{task}/children") as file:
            found |= set(file.read().split())
    return found


def test_no_process_is_left(lake):
    """Also where an exception that is still held has the query in its traceback."""
    before = children()
    results = [lake.query("SELECT 1") for _ in range(3)]
    timer = threading.Timer(0.7, lake.cancel)
    timer.start()
    with pytest.raises(Interrupted) as cancelled:
        lake.query(LONG)
    timer.join()
    with pytest.raises(SparkifyError) as failed:
        lake.query("SELECT CAST(CASE WHEN i > 90000 THEN 'x' ELSE '1' END AS INTEGER) FROM range(100000) r(i)")
    deadline = time.monotonic() + 10
    while children() - before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert children() - before == set() and results and cancelled and failed


def test_report(lake, tmp_path):
    path = lake.report(tmp_path / "report.html", to="2018-12-01")
    assert path == tmp_path / "report.html" and path.read_text().startswith("<!doctype html>".upper()[:0] + "<")
    with pytest.raises(SparkifyError):
        lake.report(tmp_path / "no" / "folder" / "report.html")


def test_questions(lake):
    asked = lake.questions()
    assert asked == sparkify.questions() and len(asked) >= 30
    assert all(question.summary and question.sql for question in asked)
    assert "top-songs" in repr(asked) and "<td" in asked._repr_html_()
    assert next(question for question in asked if question.name == "top-songs").limit == 10


# ---- Where DuckDB is -----------------------------------------------------------------------------

CODE = """
import sys, sparkify
lake = sparkify.Lake(sys.argv[1])
try:
    print(*lake.query("SELECT 42 AS a"))
except sparkify.SparkifyError as error:
    print(type(error).__name__, "|", error.message, "|", error.hint)
"""


def test_without_duckdb(lake_folder, run_python, tmp_path):
    library = tmp_path / "libsparkify.so.0"  # without sparkify-worker beside it
    library.write_bytes(open(os.environ["SPARKIFY_LIBRARY"], "rb").read())
    code = "import sys; sys.modules['_duckdb'] = None\nimport importlib.util as u; find = u.find_spec\n"
    code += "u.find_spec = lambda name, *a: None if name == '_duckdb' else find(name, *a)\n"
    done = run_python(code + CODE, lake_folder, SPARKIFY_LIBRARY=str(library))
    assert done.stdout.strip() == (
        f"{MissingPackage.__name__} | queries need DuckDB, which is not installed | pip install 'sparkify[query]'"
    )
    command = (
        "sys.argv = ['sparkify', 'query', sys.argv[1], 'SELECT 1']\nimport sparkify.__main__ as m; sys.exit(m.main())"
    )
    done = run_python(code + command, lake_folder, check=False, SPARKIFY_LIBRARY=str(library))
    assert done.returncode == 1 and "in this package: pip install 'sparkify[query]'" in done.stderr


def test_duckdb_of_the_environment(lake_folder, run_python):
    import _duckdb

    assert run_python(CODE, lake_folder, SPARKIFY_DUCKDB=_duckdb.__file__).stdout == "(42,)\n"
    done = run_python(CODE, lake_folder, SPARKIFY_DUCKDB="/nonexistent/libduckdb.so")
    assert "/nonexistent/libduckdb.so" in done.stdout and "SPARKIFY_DUCKDB" in done.stdout


def test_worker_of_the_environment(lake_folder, run_python):
    done = run_python(CODE, lake_folder, SPARKIFY_WORKER="/nonexistent/worker")
    assert "/nonexistent/worker" in done.stdout and done.stdout.startswith("SparkifyError")


def test_settings_of_the_interpreter_do_not_matter(lake_folder, run_python, tmp_path):
    """The worker's process has none of them."""
    (tmp_path / "os.py").write_text("raise SystemExit('not this one')")
    code = "import sys; sys.path.append(sys.argv[2]); import os; os.environ['PYTHONPATH'] = sys.argv[2]\n"
    code += "os.environ['PYTHONSTARTUP'] = os.environ['PYTHONHOME'] = '/nonexistent'\n"
    assert run_python(code + CODE, lake_folder, tmp_path).stdout == "(42,)\n"


def test_worker_is_this_python():
    from sparkify import _duckdb

    assert _duckdb.prepare_worker() and _duckdb._prepared[0] == sys.executable
