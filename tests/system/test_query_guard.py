"""Untrusted SQL: what the guard lets through, and what holds where it would not.

query_probe.c tries each layer alone: the guard over DuckDB's syntax tree; and a worker held by
DuckDB's settings, Landlock and limits of memory and time, without the guard."""

import json
import os
import re
import signal
import subprocess
import threading
from pathlib import Path

import pytest
from conftest import PROGRAM, PROJECT, etl
from processes import children_of, wait_for_end

LIBRARY = Path(os.environ.get("SPARKIFY_DUCKDB") or Path(PROGRAM).with_name("libduckdb.so"))
BUILD = Path(os.environ.get("SPARKIFY_BUILD") or PROJECT / "build/release")
PROBE = BUILD / "tests/system/query_probe"
ENV = {"SPARKIFY_DUCKDB": str(LIBRARY), "SPARKIFY_WORKER": str(BUILD / "sparkify-worker")}
pytestmark = pytest.mark.skipif(
    not LIBRARY.exists() or not PROBE.exists(),
    reason="needs DuckDB's library and query_probe: ./dev test builds both",
)


@pytest.fixture(scope="module")
def lake(tmp_path_factory, generated_data):
    folder = tmp_path_factory.mktemp("guard") / "lake"
    etl(generated_data, folder)
    return folder


def probe(lake, mode, *statements):
    """What comes of each statement: a dict of status, message, hint, rows, first."""
    done = subprocess.run(
        [PROBE, lake, mode],
        input=b"".join(s.encode() if isinstance(s, str) else s for s in _ended(statements)),
        capture_output=True,
        timeout=300,
        env=os.environ | ENV | {"SECRET_IN_ENVIRON": "hunter2"},
        check=True,
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == len(statements)
    return found


def _ended(statements):
    for statement in statements:
        yield statement
        yield b"\0"


def column(lake, sql):
    """The values of one column of texts, by DuckDB itself."""
    (found,) = probe(lake, "free", f"SELECT to_json(list(x ORDER BY x)) FROM ({sql}) t(x)")
    assert found["status"] == "OK", found
    return json.loads(found["first"])


# ---- The guard ---------------------------------------------------------------------------------

ALLOWED = [
    "SELECT 1",
    "select 1 as x, 'it''s; -- /* ' /* ; */ -- ;",
    "FROM songplays LIMIT 3",
    "TABLE songs",
    "VALUES (1), (2)",
    "SELECT * FROM users_table JOIN Users USING (user_id)",
    "WITH t AS (SELECT 1 AS x) SELECT * FROM T",
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 5) FROM t",
    "WITH a AS MATERIALIZED (FROM songs), b AS (FROM a) SELECT count(*) FROM b",
    "SELECT * FROM range(3), generate_series(1, 2) g(x), unnest([1, 2]) u(y)",
    "SELECT unnest([1, 2]), [x + 1 for x in [1]], {'a': 1}, MAP {'k': 1}",
    "SELECT list_transform([1], lambda x: x + 1), CAST(1 AS DECIMAL(10, 2))",
    "SELECT row_number() OVER (PARTITION BY level ORDER BY start_time DESC NULLS LAST) FROM songplays",
    "SELECT level, count(*) FILTER (level = 'paid') FROM songplays GROUP BY ALL ORDER BY 2 LIMIT 10 OFFSET 1",
    "SELECT DISTINCT ON (level) * FROM songplays QUALIFY rank() OVER (ORDER BY start_time) = 1 LIMIT 10%",
    "SELECT * FROM songs TABLESAMPLE 10%",
    "SELECT COLUMNS('a.*'), * EXCLUDE (title) REPLACE (1 AS year) FROM songs",
    "SELECT * FROM songplays ASOF JOIN time USING (start_time)",
    "SELECT (SELECT max(year) FROM songs s WHERE s.artist_id = a.artist_id) FROM artists a",
    "SELECT 1 UNION BY NAME SELECT 2 EXCEPT SELECT 3 INTERSECT SELECT 4",
    "SELECT level, gender, count(*) FROM users GROUP BY GROUPING SETS ((level), (gender), ())",
    "FROM (PIVOT songplays ON level IN ('paid', 'free') USING count(*))",
    "SUMMARIZE songs",
    "DESCRIBE songs",
    "SELECT now(), random(), version(), INTERVAL '1' DAY, DATE '2018-11-01', TRY_CAST('x' AS INT)",
    "SELECT '\U0001f3b5 é' AS \"größe\"",
    "SELECT " + "(" * 900 + "1" + ")" * 900,
]

REFUSED = {  # statement: words of the message
    "SELECT * FROM read_csv('/etc/passwd')": "read_csv",
    "SELECT * FROM READ_CSV('/etc/passwd')": "read_csv",
    "SELECT * FROM '/etc/passwd'": "/etc/passwd",
    'FROM "/etc/passwd"': "/etc/passwd",
    "SELECT (SELECT count(*) FROM read_text('/etc/passwd'))": "read_text",
    "SELECT 1 FROM songs WHERE title IN (SELECT content FROM read_text('/etc/passwd'))": "read_text",
    "WITH x AS (SELECT * FROM glob('/*')) SELECT * FROM x": "glob",
    "SELECT * FROM songs s, LATERAL (SELECT * FROM glob('/*')) g": "glob",
    "SELECT 1 UNION ALL SELECT content FROM read_text('/etc/passwd')": "read_text",
    "SELECT 1 ORDER BY (SELECT content FROM read_text('/etc/passwd'))": "read_text",
    "SELECT count(*) OVER (ORDER BY (SELECT 1 FROM glob('/*'))) FROM songs": "glob",
    "FROM (PIVOT (FROM glob('/*')) ON file IN ('a') USING count(*))": "glob",
    "UNPIVOT (FROM glob('/*')) ON file": "glob",
    "SUMMARIZE FROM read_csv('/etc/passwd')": "read_csv",
    "SELECT * FROM query('SELECT 1')": "query",
    "SELECT * FROM query_table('songs')": "query_table",
    "SELECT * FROM parquet_scan('/x')": "parquet_scan",
    "SELECT * FROM main.range(3)": "range",
    "SELECT * FROM enable_logging('QueryLog')": "enable_logging",
    "SELECT * FROM duckdb_settings()": "duckdb_settings",
    "SELECT * FROM duckdb_secrets()": "duckdb_secrets",
    "SELECT * FROM json_execute_serialized_sql('x')": "json_execute_serialized_sql",
    "SELECT getenv('HOME')": "getenv",
    "SELECT ('HOME').getenv()": "getenv",
    "SELECT current_setting('threads')": "current_setting",
    "SELECT main.current_setting('threads')": "current_setting",
    "SELECT getvariable('x')": "getvariable",
    "SELECT nextval('s')": "nextval",
    "SELECT setval('s', 1)": "setval",
    "SELECT index_key('songs', 'i', 1)": "index_key",
    "SELECT pg_get_viewdef(1)": "pg_get_viewdef",
    "SELECT json_serialize_plan('FROM read_csv(''/etc/passwd'')')": "json_serialize_plan",
    "SELECT list_transform([1], lambda x: getenv('HOME'))": "getenv",
    "SELECT * FROM information_schema.tables": "there is no table",
    "SELECT * FROM sqlite_master": "there is no table",
    "SELECT * FROM main.songs": "there is no table",
    "SELECT * FROM memory.main.songs": "there is no table",
    "SELECT * FROM nothing": "there is no table 'nothing'",
    # where the definition is not visible, the name is a file
    "SELECT * FROM (WITH \"/etc/passwd\" AS (SELECT 1) SELECT 1), '/etc/passwd'": "WITH cannot define",
    "SELECT * FROM (WITH sqlite_master AS (SELECT 1) SELECT 1), sqlite_master": "WITH cannot define",
    "WITH Duckdb_Tables AS (FROM duckdb_tables) FROM duckdb_tables": "WITH cannot define",
    "COPY songs TO 'x'": "only SELECT",
    "COPY (SELECT 1) TO '/tmp/x'": "only SELECT",
    "EXPORT DATABASE '/tmp/x'": "only SELECT",
    "ATTACH ':memory:' AS y": "only SELECT",
    "INSTALL httpfs": "only SELECT",
    "LOAD httpfs": "only SELECT",
    "SET threads = 9": "only SELECT",
    "PRAGMA database_list": "only SELECT",
    "CALL pragma_version()": "only SELECT",
    "CREATE TABLE x(a INT)": "only SELECT",
    "INSERT INTO songs VALUES (1)": "only SELECT",
    "EXPLAIN ANALYZE SELECT 1": "only SELECT",
    "PREPARE x AS SELECT 1": "only SELECT",
    "PIVOT songs ON year USING count(*)": "only SELECT",
    "SHOW TABLES": "SHOW",
    "SELECT 1; DROP VIEW songs": "only SELECT",
    "SELECT 1; SELECT 2": "one SELECT",
    "": "one SELECT",
    "-- nothing": "one SELECT",
    ";": "one SELECT",
    "SELEC 1": "syntax error",
    "SELECT 1e999": "a value that cannot be used",
    "SELECT " + "(" * 10_000: "nested too deeply",
    "SELECT " + "(SELECT " * 10_000: "nested too deeply",
    "SELECT " + "[" * 5_000 + "]" * 5_000: "depth",
    "SELECT " + "+ " * 100_000 + "1": "",
    "SELECT '" + "x" * 1_000_000: "unterminated",
    "SELECT /* never closed": "unterminated",
}


def test_the_guard_lets_select_through(lake):
    found = probe(lake, "guard", *ALLOWED)
    assert [(s, f) for s, f in zip(ALLOWED, found, strict=True) if f["status"] != "OK"] == []


def test_the_guard_refuses_all_else(lake):
    found = probe(lake, "guard", *REFUSED)
    wrong = [
        (statement[:80], f)
        for (statement, words), f in zip(REFUSED.items(), found, strict=True)
        if f["status"] not in ("FAILED", "LIMIT") or words.lower() not in f["message"].lower()
    ]
    assert wrong == []


def test_text_that_is_not_utf_8_is_refused(lake):
    (found,) = probe(lake, "guard", b"SELECT '\xff'")
    assert found["message"] == "the SQL is not UTF-8"


def test_our_own_questions_pass(lake):
    texts = [path.read_text() for path in sorted((PROJECT / "queries").glob("*.sql"))]
    assert len(texts) >= 29
    assert {f["status"] for f in probe(lake, "guard", *texts)} == {"OK"}


@pytest.mark.parametrize(
    ("sql", "line", "at"),
    [
        ("SELECT *\nFROM nothing", 2, "nothing"),
        ("SELECT 'é', getenv('x')", 1, "getenv"),
        ("SELECT 1 +\n\n  FROM x", 3, "FROM"),
        ("SELECT " + "'é', " * 100 + "getenv('x')", 1, "getenv"),
        ("SELECT " + "1, " * 100 + "* FROM nothing -- " + "é" * 100, 1, "nothing"),
    ],
)
def test_an_error_points_at_its_place(lake, sql, line, at):
    (found,) = probe(lake, "guard", sql)
    text, caret = found["hint"].splitlines()
    assert text.startswith(f"LINE {line}: ") and len(text) < 110
    assert text[caret.index("^") :].startswith(at), found["hint"]


# ---- The guard's lists against the library's --------------------------------------------------

# These look at the clock, at chance, or at names that tell nothing.
HARMLESS = """
    now uuidv4 uuid setseed today error current_connection_id current_database current_schemas random uuidv7
    transaction_timestamp txid_current current_transaction_id current_date current_query_id current_schema
    get_current_timestamp gen_random_uuid get_current_time in_search_path current_localtime
    current_localtimestamp parse_duckdb_log_message bitstring
""".split()
SUSPICIOUS = re.compile(r"setting|variable|env|secret|read_|_log|sql|plan$|query|sleep|nextval|currval|stats|viewdef")


def refused_of(lake, names, text):
    found = probe(lake, "guard", *[text.format('"' + name.replace('"', '""') + '"') for name in names])
    return {name for name, f in zip(names, found, strict=True) if f["status"] != "OK"}


def test_all_table_functions_but_three_are_refused(lake):
    names = column(
        lake,
        "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type LIKE 'table%'",
    )
    assert len(names) > 80
    assert set(names) - refused_of(lake, names, "SELECT * FROM {}()") == {
        "range",
        "generate_series",
        "unnest",
    }


def test_functions_that_reach_outside_are_refused(lake):
    volatile = column(
        lake,
        "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type = 'scalar' "
        "AND stability <> 'CONSISTENT'",
    )
    names = column(lake, "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type = 'scalar'")
    wanted = (set(volatile) | {n for n in names if SUSPICIOUS.search(n)}) - set(HARMLESS)
    assert wanted - refused_of(lake, sorted(wanted), "SELECT {}()") == set()


def test_macros_that_read_tables_are_refused(lake):
    names = column(
        lake,
        "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type = 'macro' AND "
        r"regexp_matches(macro_definition, '(?i)\b(from|current_setting|getvariable|getenv)\b')",
    )
    assert len(names) >= 4
    assert set(names) - refused_of(lake, names, "SELECT {}(1)") == set()


def test_tables_of_duckdb_itself_are_out_of_reach(lake):
    names = column(
        lake, "SELECT DISTINCT view_name FROM duckdb_views() WHERE internal AND schema_name IN ('main', 'pg_catalog')"
    )
    assert len(names) > 30
    assert refused_of(lake, names, "SELECT * FROM {}") == set(names)
    hidden = "SELECT * FROM (WITH {0} AS (SELECT 1) SELECT 1) t, {0}"
    assert refused_of(lake, names, hidden) == set(names)


# ---- A worker that is held, without the guard ---------------------------------------------------

OUTSIDE = [
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/proc/self/environ')",
    "SELECT * FROM read_text('/proc/1/environ')",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM '/etc/passwd'",
    "COPY (SELECT 1) TO '{folder}/x.csv'",
    "COPY (SELECT 1) TO '{lake}/x.csv'",
    "COPY (SELECT 1 AS x) TO '{file}' (FORMAT parquet, USE_TMP_FILE false)",
    "EXPORT DATABASE '{lake}/export'",
    "ATTACH '{folder}/a.db' AS y",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET threads = 9",
    "SET enable_external_access = true",
    "SET temp_directory = '{folder}'",
    "SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')",
]


def test_a_held_worker_reads_the_lake_alone_and_writes_nothing(lake):
    file = next(Path(lake).glob("users/part-*.parquet"))
    before = file.read_bytes()
    names = {"lake": lake, "folder": lake.parent, "file": file}
    sql = [text.format(**names) for text in OUTSIDE]
    *found, last = probe(lake, "held", *sql, "SELECT count(*) FROM songplays")
    assert [(s, f) for s, f in zip(sql, found, strict=True) if f["status"] == "OK"] == []
    assert last["status"] == "OK" and int(last["first"]) > 0
    assert file.read_bytes() == before
    assert sorted(p.name for p in lake.parent.iterdir()) == ["lake"]
    assert not (lake / "x.csv").exists() and not (lake / "export").exists()


def test_landlock_holds_where_settings_would_not(lake):
    """Logging gets past DuckDB's lock of its configuration; the kernel still says no."""
    found = probe(
        lake,
        "held",
        "CALL enable_logging(storage = 'file', storage_path = '{}')".format(lake.parent / "logs"),
        "SELECT 1",
        "CALL enable_logging(storage = 'file', storage_path = '{}')".format(lake / "logs"),
        "SELECT 1",
    )
    assert found[-1]["status"] in ("OK", "FAILED")
    assert not (lake.parent / "logs").exists() and not (lake / "logs").exists()


HOGS = [
    "SELECT length(repeat('x', 3000000000))",
    "SELECT list_sort(range(300000000))[1]",
    "SELECT repeat('x', 100000000) FROM range(50)",
    "SELECT count(*) FROM range(1000000000) a, range(1000000000) b",
    "SELECT count(DISTINCT a.range * b.range) FROM range(100000) a, range(100000) b",
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t",
    "SELECT * FROM range(100000000) a(x), range(1000) ORDER BY random()",
    "SELECT list(x) FROM range(1000000000) t(x)",
    "SELECT string_agg(repeat('x', 1000), '') FROM range(10000000)",
]


def test_each_hog_ends_as_one_error_and_the_next_query_runs(lake):
    sql = [text for hog in HOGS for text in (hog, "SELECT count(*) FROM songplays")]
    found = probe(lake, "held", *sql)
    assert [f["status"] for f in found[::2]] == ["LIMIT"] * len(HOGS), found[::2]
    assert {f["status"] for f in found[1::2]} == {"OK"}
    assert len({f["first"] for f in found[1::2]}) == 1


@pytest.mark.parametrize("mode", ["held", "free"])
def test_a_worker_that_is_killed_costs_one_statement(lake, mode):
    with subprocess.Popen(
        [PROBE, lake, mode],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | ENV,
    ) as process:

        def ask(sql):
            process.stdin.write(sql.encode() + b"\0")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        assert ask("SELECT count(*) FROM songplays")["status"] == "OK"
        (spawner,) = children_of(process.pid)
        (worker,) = children_of(spawner)
        os.kill(worker, signal.SIGKILL)  # nobody waits for it: no statement is lost
        wait_for_end(worker)
        assert ask("SELECT count(*) FROM songplays")["status"] == "OK"
        (worker,) = children_of(spawner)
        threading.Timer(0.5, os.kill, (worker, signal.SIGKILL)).start()
        found = ask("SELECT sum(sqrt(a.range + b.range)) FROM range(1000000) a, range(1000000) b")
        assert found["status"] == "LIMIT" and "has ended" in found["message"]
        assert ask("SELECT count(*) FROM songplays")["status"] == "OK"
        (second,) = children_of(spawner)
        assert second != worker
        process.stdin.close()
        assert process.wait(30) == 0
    assert not Path(f"/proc/{second}").exists() and not Path(f"/proc/{spawner}").exists()


def test_workers_end_with_the_program(lake):
    with subprocess.Popen(
        [PROBE, lake, "held"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | ENV,
    ) as process:
        process.stdin.write(b"SELECT 1\0")
        process.stdin.flush()
        process.stdout.readline()
        (spawner,) = children_of(process.pid)
        left = [spawner, *children_of(spawner)]
        process.kill()
    wait_for_end(*left)


def test_the_free_worker_reads_files_of_the_user(lake, tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    (found,) = probe(lake, "free", f"SELECT a FROM read_csv('{tmp_path}/x.csv')")
    assert found["first"] == "1"
