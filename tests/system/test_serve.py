"""sparkify serve over HTTP: who may ask, what is answered, and what holds when somebody asks for too much."""

import concurrent.futures
import contextlib
import http.client
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import polars as pl
import pytest
from conftest import PROGRAM, PROJECT, etl, message, play, run, song, write_tree
from processes import FAULTS, children_of, threads_of, wait_for_end
from serve_server import LIBRARY, Server, serving
from test_json_schemas import validate
from test_query import table

pytestmark = pytest.mark.skipif(not LIBRARY.exists(), reason="DuckDB's library needs npm: ./dev build gets it")
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def lake(tmp_path_factory, generated_data):
    folder = tmp_path_factory.mktemp("serve") / "lake"
    etl(generated_data, folder)
    return folder


@pytest.fixture(scope="module")
def server(lake):
    with serving(lake, "--time-limit", "5s", "--memory", "256M") as server:
        yield server


# ---- Who may ask ---------------------------------------------------------------------------------


def test_the_address_has_a_token_that_is_another_each_time(lake, server):
    validate(server.start)
    assert server.url == f"http://127.0.0.1:{server.port}/"
    assert len(server.token) == 40 and int(server.token, 16)
    with serving(lake) as other:
        assert other.token != server.token


@pytest.mark.parametrize("path", ["/api/lake", "/api/questions", "/api/report", "/api/query"])
def test_without_the_token_nothing_is_answered(server, path):
    method = "POST" if path == "/api/query" else "GET"
    body = json.dumps({"sql": "SELECT 1"}) if method == "POST" else None
    wrong = [
        {},
        {"Authorization": "Bearer "},
        {"Authorization": f"Bearer {server.token[:-1]}"},
        {"Authorization": f"Bearer {server.token[:-1]}g"},
        {"Authorization": f"Bearer {server.token}0"},
        {"Authorization": f"Basic {server.token}"},
        {"Authorization": server.token},
    ]
    for headers in wrong:
        answer = server.ask(path, method, body, token=None, headers=JSON | headers)
        assert answer.code == 401 and "token" in answer.json()["error"]["message"], headers
    assert server.ask(f"{path}?token={server.token}", method, body, token=None).code == 401


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example:80",
        "localhost.evil.example",
        "192.0.2.1",
        "",
        "[::1",
        "localhost:80:80",
        "127.0.0.1:x",
        "127.1",
        "2130706433",
    ],
)
def test_a_foreign_name_is_refused(server, host):
    for path in ("/", "/api/lake"):
        assert server.ask(path, headers={"Host": host}).code == 421


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:9999", "LOCALHOST", "[::1]:8080"])
def test_this_machine_has_several_names(server, host):
    assert server.ask("/api/lake", headers={"Host": host}).code == 200


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "https://127.0.0.1:{port}",
        "http://127.0.0.1:1",
        "http://localhost:{port}",
        "http://127.0.0.1:{port}.evil.example",
        "",
    ],
)
def test_a_foreign_origin_is_refused(server, origin):
    origin = origin.format(port=server.port)
    for path in ("/", "/api/lake"):
        assert server.ask(path, headers={"Origin": origin}).code == 403


def test_our_own_origin_is_not(server):
    origin = {"Origin": f"http://127.0.0.1:{server.port}"}
    assert server.ask("/api/lake", headers=origin).code == 200


def test_a_proxy_has_another_name(lake):
    with serving(lake, "--public-url", "https://lake.example.org/x/") as server:
        assert server.url == "https://lake.example.org/x/"
        public = {"Host": "lake.example.org", "Origin": "https://lake.example.org"}
        assert server.ask("/api/lake", headers=public).code == 200
        assert server.ask("/api/lake", headers={"Host": "lake.example.org:443"}).code == 421
        wrong = public | {"Origin": "http://lake.example.org.evil.example"}
        assert server.ask("/api/lake", headers=wrong).code == 403


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "HEAD", "TRACE", "PATCH", "POST"])
def test_other_methods_are_refused(server, method):
    for path in ("/", "/api/lake"):
        assert server.ask(path, method).code in (405, 501)


def test_sql_comes_by_post_alone(server):
    assert server.ask("/api/query?sql=SELECT+1").code == 405


@pytest.mark.parametrize("path", ["/x", "/api", "/api/", "/api/query/", "/../etc/passwd", "//", "/%2e%2e/etc/passwd"])
def test_other_paths_have_nothing(server, path):
    assert server.ask(path).code == 404


def test_headers_of_all_answers(server):
    for path, code in (("/", 200), ("/api/lake", 200), ("/api/x", 404), ("/api/report?from=x", 400)):
        answer = server.ask(path)
        policy = answer.headers["Content-Security-Policy"]
        assert answer.code == code
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy and "*" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == ("no-cache" if path == "/" else "no-store")
        assert "Server" not in answer.headers and "Access-Control-Allow-Origin" not in answer.headers


def test_errors_do_not_speak_of_a_command_line(server):
    for answer in (server.ask("/api/report?from=x"), server.query(""), server.query("SELECT 1; SELECT 2")):
        assert answer.code == 400 and answer.json()["error"]["hint"] == ""


def test_the_page_is_sent_once(server):
    page = server.ask("/", token=None)
    assert page.code == 200 and page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert server.token.encode() not in page.body
    again = server.ask("/", token=None, headers={"If-None-Match": page.headers["ETag"]})
    assert (again.code, again.body) == (304, b"")
    small = server.ask("/", token=None, headers={"Accept-Encoding": "gzip"})
    assert small.headers["Content-Encoding"] == "gzip" and small.body[:2] == b"\x1f\x8b"


# ---- What is asked -------------------------------------------------------------------------------


def test_the_lake(lake, server):
    found = server.ask("/api/lake").json()
    assert found["version"] == 0 and found["lake"] == str(lake)
    assert {t["name"]: t["rows"] for t in found["tables"]} == {
        name: table(lake, name).height for name in ("songs", "artists", "users", "time", "songplays")
    }
    days = table(lake, "songplays")["start_time"].dt.date()
    assert (found["model"], found["facts"]) == ("sparkify", "songplays")
    assert found["filters"] == ["from", "to", "level", "state", "artist"]
    assert (found["first_play"][:10], found["last_play"][:10]) == (str(days.min()), str(days.max()))


def test_the_questions_run_as_they_are_offered(server):
    questions = server.ask("/api/questions").json()["questions"]
    assert len(questions) >= 29 and all(q["summary"] and q["name"] for q in questions)
    for question in questions:
        assert server.query(question["sql"]).code == 200, question


def test_own_questions(lake, tmp_path):
    (tmp_path / "mine.sql").write_text("-- What I ask.\nSELECT 7 AS x\n")
    with serving(lake, "--queries", tmp_path) as server:
        questions = {q["name"]: q for q in server.ask("/api/questions").json()["questions"]}
        assert questions["mine"]["summary"] == "What I ask."
        assert server.rows(questions["mine"]["sql"]) == [[7]]


def test_values_of_all_types(server):
    answer = server.query(
        "SELECT true, 1, 0.5e0, 123456789012345678901234567890::HUGEINT, DATE '2018-11-01', "
        "TIMESTAMP '2018-11-01 01:02:03', 'é', [1, 2], '\\xFF'::BLOB, NULL, 9007199254740993"
    ).json()
    assert answer["rows"] == [
        [
            True,
            1,
            0.5,
            "123456789012345678901234567890",
            "2018-11-01",
            "2018-11-01T01:02:03Z",
            "é",
            [1, 2],
            answer["rows"][0][8],
            None,
            "9007199254740993",
        ]
    ]
    assert [c["type"] for c in answer["columns"]][:3] == ["bool", "integer", "double"]


def test_columns_of_one_name_all_come(server):
    answer = server.query("SELECT 1 AS x, 2 AS x").json()
    assert answer["rows"] == [[1, 2]] and [c["name"] for c in answer["columns"]] == ["x", "x"]


def test_many_rows_are_cut_and_counted(server):
    answer = server.query("SELECT range FROM range(25000)").json()
    assert len(answer["rows"]) == 10_000 and answer["count"] == 25_000
    assert answer["rows"][-1] == [9999]
    long = server.query("SELECT repeat('x', 10000) FROM range(3000)").json()
    assert 300 < len(long["rows"]) < 500 and long["count"] == 3000
    wide = server.query("SELECT repeat('x', 30000000 * (range // 2)) FROM range(3)").json()
    assert wide["rows"] == [[""], [""]] and wide["count"] == 3


FILTERS = {
    "from": ({"from": "2018-11-10"}, lambda t: t["start_time"].dt.date() >= pl.date(2018, 11, 10)),
    "to": ({"to": "2018-11-10"}, lambda t: t["start_time"].dt.date() < pl.date(2018, 11, 10)),
    "level": ({"level": "paid"}, lambda t: t["level"] == "paid"),
    "state": ({"state": "CA"}, lambda t: t["location"].str.contains(r", CA(-|$)")),
    "none": ({"level": "", "artist": None}, lambda t: pl.lit(True)),
    "both": (
        {"level": "free", "state": "CA"},
        lambda t: (t["level"] == "free") & t["location"].str.contains(r", CA(-|$)"),
    ),
    "no such": ({"level": "x' OR '1'='1"}, lambda t: pl.lit(False)),
}


@pytest.mark.parametrize("name", FILTERS)
def test_filters_cut_the_plays(lake, server, name):
    filters, wanted = FILTERS[name]
    plays = table(lake, "songplays")
    expected = plays.filter(wanted(plays)).height
    assert server.rows("SELECT count(*) FROM songplays", filters=filters) == [[expected]]
    assert server.rows("SELECT count(*) FROM users", filters=filters) == [[table(lake, "users").height]]


def test_an_artist_with_quotes_is_a_literal(lake, server):
    name = table(lake, "songplays")["artist"].drop_nulls()[0]
    expected = (table(lake, "songplays")["artist"] == name).sum()
    count = "SELECT count(*) FROM songplays"
    assert server.rows(count, filters={"artist": name}) == [[expected]]
    assert server.rows(count, filters={"artist": "'; DROP VIEW songplays; --"}) == [[0]]
    assert server.rows(count) == [[table(lake, "songplays").height]]


@pytest.mark.parametrize(
    "filters",
    [
        {"from": "x"},
        {"from": "2018-02-30"},
        {"to": "2018-1-1"},
        {"other": "x"},
        {"level": 1},
        [1],
        "x",
        {"artist": "x" * 2000},
    ],
)
def test_filters_that_are_none(server, filters):
    assert server.query("SELECT 1", filters=filters).code == 400


def test_the_report_is_that_of_the_command(lake, server):
    mine = server.ask("/api/report").json()
    done = run("report", lake, "--json", env={"SPARKIFY_DUCKDB": str(LIBRARY)})
    theirs = json.loads(done.out)
    assert mine["answers"] == theirs["answers"]
    paid = server.ask("/api/report?level=paid&from=2018-11-05&to=2018-11-20").json()
    assert (
        paid["plays"]
        == server.rows(
            "SELECT count(*) FROM songplays", filters={"level": "paid", "from": "2018-11-05", "to": "2018-11-20"}
        )[0][0]
    )
    assert 0 < paid["plays"] < mine["plays"]
    assert server.rows("SELECT count(*) FROM songplays") == [[mine["plays"]]]


def test_what_is_shown_at_most(lake):
    plays = table(lake, "songplays")
    day = pl.col("start_time").dt.date()
    expected = plays.filter(day >= pl.date(2018, 11, 10), day < pl.date(2018, 11, 12)).height
    with serving(lake, "--from", "2018-11-10", "--to", "2018-11-12") as server:
        count = "SELECT count(*) FROM songplays"
        assert server.rows(count) == [[expected]]
        wider = {"from": "2018-11-01", "to": "2018-12-01"}
        assert server.rows(count, filters=wider) == server.rows(count)


def test_downloads(lake, server):
    sql = "SELECT * FROM songplays ORDER BY songplay_id"
    expected = table(lake, "songplays").sort("songplay_id")
    csv = server.query(sql, format="csv")
    assert csv.headers["Content-Disposition"] == 'attachment; filename="result.csv"'
    assert pl.read_csv(csv.body, infer_schema_length=None)["songplay_id"].to_list() == expected["songplay_id"].to_list()
    parquet = server.query(sql, format="parquet", filters={"level": "paid"})
    assert parquet.headers["Content-Disposition"] == 'attachment; filename="result.parquet"'
    assert pl.read_parquet(io.BytesIO(parquet.body)).height == (expected["level"] == "paid").sum()
    assert int(csv.headers["Content-Length"]) == len(csv.body)
    assert server.query("SELECT * FROM nothing", format="csv").code == 400
    assert server.query("SELECT error('no') FROM range(10)", format="csv").code == 400
    assert server.query("SELECT 1", format="xlsx").code == 400


# ---- Bodies --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "1",
        '{"sql": 1}',
        '{"sql": null}',
        "{}",
        '{"sql": ""}',
        '{"sql": "-- nothing"}',
        '{"sql": "SELECT 1; SELECT 2"}',
        '{"sql": "SELECT 1", "sql": "SELECT 2"}',
        '{"sql": "SELECT \\u0000"}',
        "[" * 100_000,
        '{"sql": "' + "x" * 110_000 + '"}',
        b'{"sql": "\xff"}',
    ],
)
def test_bodies_that_are_no_question(server, body):
    answer = server.ask("/api/query", "POST", body, headers=JSON)
    assert answer.code == 400 and answer.json()["error"]["message"]


def test_bodies_of_other_types_and_sizes(server):
    body = json.dumps({"sql": "SELECT 1"})
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""):
        assert server.ask("/api/query", "POST", body, headers={"Content-Type": kind}).code == 415
    assert (
        server.ask("/api/query", "POST", body, headers={"Content-Type": "application/json; charset=utf-8"}).code == 200
    )
    assert server.ask("/api/query", "POST", "x" * 300_000, headers=JSON).code == 413
    chunks = (b"x" * 50_000 for _ in range(20))
    assert server.ask("/api/query", "POST", chunks, headers=JSON).code == 413


def test_a_large_body_without_the_token_is_not_read(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as client:
        client.sendall(b"POST /api/query HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n")
        assert b" 401 " in client.recv(100)


@pytest.mark.parametrize(
    "text",
    [
        b"\0\0\0\0\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01",
    ],
)
def test_what_is_no_request_ends_the_connection(server, text):
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as client:
        with contextlib.suppress(OSError):  # it may have closed the connection already
            client.sendall(text)
            client.shutdown(socket.SHUT_WR)
            while client.recv(4096):
                pass
    assert server.ask("/api/lake").code == 200


# ---- Hostile SQL ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "COPY songs TO '/tmp/x'",
        "ATTACH '/tmp/x.db'",
        "INSTALL httpfs",
        "PRAGMA version",
        "SET threads = 1",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT getenv('HOME')",
        "SELECT * FROM glob('/*')",
        "CALL enable_logging()",
        "DROP VIEW songs",
        "SELECT * FROM duckdb_settings()",
        "SELECT current_setting('allowed_directories')",
        "SELECT " + "(" * 10_000,
        "SELECT pg_get_viewdef(1)",
    ],
)
def test_sql_that_reaches_outside_is_one_error(server, sql):
    answer = server.query(sql)
    assert answer.code == 400
    assert "root:" not in answer.body.decode() and os.environ["HOME"] not in answer.body.decode()


@pytest.mark.parametrize(
    ("sql", "line", "column"),
    [
        ("SELECT * FROM nothing", 1, 15),
        ("SELECT 1,\n  nothing FROM songs", 2, 3),
        ("SELECT 'é', x FROM songs", 1, 13),
        ("SELECT " + "1, " * 200 + "y FROM songs", 1, 608),
        ("SELECT 1\n\nFROM", 3, 5),
        ("SELECT title FROM songs GROUP BY 2", None, None),
    ],
)
def test_an_error_has_its_place(server, sql, line, column):
    error = server.query(sql).json()["error"]
    assert error["message"]
    if line:
        assert (error["line"], error["column"]) == (line, column), error


HOGS = {
    "memory": "SELECT length(repeat('x', 3000000000))",
    "a list": "SELECT list_sort(range(300000000))[1]",
    "long texts": "SELECT repeat('x', 100000000) FROM range(50)",
    "a join": "SELECT count(DISTINCT a.range * b.range) FROM range(100000) a, range(100000) b",
    "recursion": "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t",
    "time": "SELECT sum(sqrt(a.range + b.range)) FROM range(1000000) a, range(1000000) b",
}


@pytest.mark.parametrize("name", HOGS)
def test_a_hog_is_one_error_and_others_go_on(lake, server, name):
    plays = table(lake, "songplays").height
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        hog = pool.submit(server.query, HOGS[name])
        asked = 0
        while not hog.done() or asked == 0:
            asked += 1
            assert server.rows(f"SELECT count(*) + {asked} FROM songplays") == [[plays + asked]]
            assert server.ask("/api/report").code == 200
    answer = hog.result()
    assert answer.code == 422, answer.body
    assert answer.json()["error"]["message"]


def test_reports_go_on_when_all_sql_is_stuck(server):
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        hogs = [pool.submit(server.query, HOGS["time"] + f" -- {i}") for i in range(6)]
        while not any(hog.done() for hog in hogs):
            assert server.ask(f"/api/report?artist={time.monotonic_ns()}").code == 200
        assert {hog.result().code for hog in hogs} <= {422, 503}
    assert server.rows("SELECT 1") == [[1]]


def test_a_query_that_nobody_waits_for_is_ended(lake):
    with serving(lake, "--time-limit", "10m") as server:
        for i in range(4):
            client = http.client.HTTPConnection("127.0.0.1", server.port)
            body = json.dumps({"sql": HOGS["time"] + f" -- {i}"})
            client.request("POST", "/api/query", body, JSON | {"Authorization": f"Bearer {server.token}"})
            time.sleep(0.1)
            client.close()
        assert server.rows("SELECT 42") == [[42]]


def test_a_worker_that_is_killed_costs_one_query(server):
    assert server.rows("SELECT 1") == [[1]]
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        long = pool.submit(server.query, HOGS["time"])
        time.sleep(0.3)
        for pid in server.workers():
            os.kill(pid, signal.SIGKILL)
        answer = long.result()
    assert answer.code == 422 and "has ended" in answer.json()["error"]["message"]
    # of the idle ones that were killed nobody has noticed anything
    assert [server.query(f"SELECT {i}").code for i in range(8)] == [200] * 8
    assert server.rows("SELECT count(*) FROM songs")[0][0] > 0


# ---- Many, and long ------------------------------------------------------------------------------


def test_200_clients_at_once(lake, server):
    plays = table(lake, "songplays")
    expected = {level: (plays["level"] == level).sum() for level in ("paid", "free")}
    barrier = threading.Barrier(200)

    def ask(number):
        level = ("paid", "free")[number % 2]
        barrier.wait(60)
        found = [
            server.rows(f"SELECT count(*) + {number % 10} FROM songplays", filters={"level": level}) for _ in range(3)
        ]
        assert server.ask("/api/report").code == 200
        return found == [[[expected[level] + number % 10]]] * 3

    with concurrent.futures.ThreadPoolExecutor(200) as pool:
        assert all(pool.map(ask, range(200)))


def test_an_answer_is_kept_by_what_was_asked(server):
    sql = "SELECT random(), count(*) FROM songplays"
    first = server.query(sql)
    assert server.query(sql).body == first.body
    assert server.query(sql, filters={"level": "paid"}).body != first.body
    assert server.query(sql + " ").body != first.body


# ---- Versions ------------------------------------------------------------------------------------


def parts_of(generated_data, folder, count):
    logs = sorted(Path(generated_data).rglob("log_data/**/*.json"))
    (folder / "log_data").mkdir(parents=True)
    (folder / "song_data").symlink_to(Path(generated_data) / "song_data")
    return [(folder / "log_data" / f"{i}.json", log) for i, log in enumerate(logs[:count])]


def test_a_new_version_is_seen(tmp_path, generated_data):
    parts = parts_of(generated_data, tmp_path / "in", 3)
    count = "SELECT count(*) FROM songplays"
    shutil.copy(parts[0][1], parts[0][0])
    etl(tmp_path / "in", tmp_path / "lake", "--keep-versions", "2")
    with serving(tmp_path / "lake") as newest, serving(tmp_path / "lake", "--at", "0") as pinned:
        before = newest.rows(count)
        shutil.copy(parts[1][1], parts[1][0])
        etl(tmp_path / "in", tmp_path / "lake")
        deadline = time.monotonic() + 30
        while newest.ask("/api/lake").json()["version"] == 0:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        after = newest.rows(count)
        assert after == [[table(tmp_path / "lake", "songplays").height - before[0][0]]]
        assert pinned.rows(count) == before
        assert pinned.ask("/api/lake").json()["version"] == 0


def test_a_lake_that_is_replaced_while_it_is_asked(tmp_path, generated_data):
    """Each answer is of one version: the rows of a version, counted in two tables, belong together."""
    parts = parts_of(generated_data, tmp_path / "in", 6)
    shutil.copy(parts[0][1], parts[0][0])
    etl(tmp_path / "in", tmp_path / "lake")
    sql = (
        "SELECT (SELECT count(*) FROM songplays), (SELECT count(DISTINCT start_time) FROM songplays), "
        "(SELECT count(*) FROM time)"
    )
    allowed, found, errors = set(), [], []
    stop = threading.Event()

    with serving(tmp_path / "lake") as server:

        def ask(number):
            i = 0
            while not stop.is_set():
                i += 1
                answer = server.query(f"{sql} -- {number} {i}")
                if answer.code == 200:
                    found.append(tuple(answer.json()["rows"][0]))
                else:
                    errors.append(answer.body)

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            asking = [pool.submit(ask, i) for i in range(4)]
            allowed.add(counts_of_newest(tmp_path / "lake"))
            for target, log in parts[1:]:
                shutil.copy(log, target)
                etl(tmp_path / "in", tmp_path / "lake")
                allowed.add(counts_of_newest(tmp_path / "lake"))
            time.sleep(1.5)
            stop.set()
            [a.result() for a in asking]
        assert errors == []
        assert set(found) <= allowed and len(set(found)) >= 2, (set(found), allowed)
        assert tuple(server.rows(sql)[0]) == counts_of_newest(tmp_path / "lake")


def counts_of_newest(lake):
    done = run(
        "query",
        lake,
        "SELECT (SELECT count(*) FROM songplays), (SELECT count(DISTINCT start_time) "
        "FROM songplays), (SELECT count(*) FROM time)",
        "--format",
        "csv",
        env={"SPARKIFY_DUCKDB": str(LIBRARY)},
    )
    return tuple(int(n) for n in done.out.splitlines()[1].split(","))


def test_a_lake_that_is_gone_and_comes_back(tmp_path, generated_data):
    etl(generated_data, tmp_path / "lake")
    with serving(tmp_path / "lake") as server:
        assert server.rows("SELECT count(*) FROM songs")[0][0] > 0
        shutil.rmtree(tmp_path / "lake")
        time.sleep(1.1)
        gone = server.query("SELECT count(*) FROM songs")
        assert gone.code == 503 and "lake" in gone.json()["error"]["message"]
        write_tree(tmp_path / "in", {"song_data/s.json": song(), "log_data/l.json": play()})
        etl(tmp_path / "in", tmp_path / "lake")
        assert server.rows("SELECT count(*) FROM songs") == [[1]]


# ---- Starting and stopping -----------------------------------------------------------------------


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_it(lake, how):
    server = Server(lake)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        long = pool.submit(server.query, HOGS["time"])
        time.sleep(0.5)
        workers = server.workers()
        said = server.stop(how)
        assert said.count("\n") == 1 and "interrupted" in said
        failed = long.exception()  # answered still, or cut off
        assert isinstance(failed, ConnectionError) if failed else long.result().code == 503
    wait_for_end(*workers)


def test_threads_leave_signals_to_the_first(server):
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        answer = pool.submit(server.query, HOGS["time"])
        seen = {}
        while not answer.done():
            seen.update(threads_of(server.process.pid))
    assert len(seen) >= 2  # of the socket, of the connection
    assert [taken for taken in seen.values() if not taken <= FAULTS] == []


def test_a_server_whose_spawner_is_killed_ends(lake):
    server = Server(lake)
    assert server.rows("SELECT 1") == [[1]]
    (spawner,) = children_of(server.process.pid)
    os.kill(spawner, signal.SIGKILL)
    said = server.process.communicate(timeout=60)[1]
    assert server.process.returncode == 1 and "workers was killed" in said and "start the server again" in said


def test_workers_end_with_a_server_that_is_killed(lake):
    server = Server(lake)
    assert server.rows("SELECT 1") == [[1]]
    workers = server.workers()
    server.stop(signal.SIGKILL, -signal.SIGKILL)
    wait_for_end(*workers)


def test_a_port_that_is_taken(lake, server):
    failed = run("serve", lake, "--port", str(server.port), "--json")
    assert validate(json.loads(failed.out))["error"]["code"] == "exists"
    said = message(run("serve", lake, "--port", str(server.port)))
    assert f"port {server.port} of 127.0.0.1 is used" in said and "--port 0" in said


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--port", "70000"], "port"),
        (["--port", "x"], "port"),
        (["--listen", "lake.example.org"], "not an IP address"),
        (["--listen", "192.0.2.1"], "cannot listen"),
        (["--public-url", "lake.example.org"], "address such as"),
        (["--public-url", "https://a b"], "address such as"),
        (["--from", "2018-11-02", "--to", "2018-11-01"], "--from"),
        (["--time-limit", "10h0"], ""),
        (["--memory", "1M"], "128M"),
        (["--cache-size", "1G"], "is for a lake in S3"),
        (["--token-file", "/no/such/file"], "token"),
        (["--queries", "/no/such/folder"], "folder"),
        (["--at", "99"], "version 99"),
    ],
)
def test_what_cannot_be_served(lake, options, words):
    done = run("serve", lake, "--port", "0", *options)
    assert done.code in (1, 2) and words in done.err and len(done.err.splitlines()) <= 2, done.err


def test_a_lake_that_is_none(tmp_path):
    assert "lake" in message(run("serve", tmp_path, "--port", "0"))


def test_a_token_of_ones_own(lake, tmp_path):
    token = tmp_path / "token"
    token.write_text("abcdefghijklmnop-._~\nmore\n")
    token.chmod(0o600)
    with serving(lake, "--token-file", token) as server:
        assert server.token == "abcdefghijklmnop-._~"
        assert server.ask("/api/lake").code == 200
    token.chmod(0o644)
    server = Server(lake, "--token-file", token)
    assert "other users can read" in server.stop()
    for text in ("", "short", "with blanks in it, which no header has", "x" * 2000):
        token.write_text(text)
        assert "token" in message(run("serve", lake, "--token-file", token), code=2)


def test_the_file_of_the_token_that_is_read_is_checked(lake, tmp_path):
    token, other = tmp_path / "token", tmp_path / "other"
    os.mkfifo(token)
    token.chmod(0o644)
    other.touch(0o600)

    def open_pipe():
        for _ in range(600):
            try:
                return os.open(token, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:  # the server has not opened it yet
                time.sleep(0.1)
        raise AssertionError("the server has not opened the file of the token")

    def write():
        with open(open_pipe(), "w") as pipe:
            other.rename(token)
            pipe.write("abcdefghijklmnop\n")

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        written = pool.submit(write)
        assert "other users can read" in Server(lake, "--token-file", token).stop()
        written.result()


CLEAR_TEXT = {  # whether there is a warning
    ("--listen", "0.0.0.0"): True,
    ("--listen", "::"): True,
    ("--listen", "127.0.0.2"): False,
    ("--listen", "0.0.0.0", "--public-url", "https://lake.example.org"): False,
}


@pytest.mark.parametrize("options", CLEAR_TEXT)
def test_other_machines_in_the_clear_are_warned_of(lake, options):
    said = Server(lake, *options).stop()
    assert ("warning: other machines" in said and "TLS" in said) == CLEAR_TEXT[options]


def test_listening_for_other_machines(lake):
    with serving(lake, "--listen", "0.0.0.0") as server:
        assert server.url.startswith("http://127.0.0.1:")
        assert server.ask("/api/lake", headers={"Host": "192.0.2.7:8080"}).code == 200
        assert server.ask("/api/lake", headers={"Host": "evil.example"}).code == 421
        assert server.ask("/api/lake", token=None).code == 401


@pytest.mark.parametrize("library", ["missing", "broken", "too old"])
def test_without_a_good_library_all_else_is_served(lake, tmp_path, library):
    path = tmp_path / "libduckdb.so"
    if library == "broken":
        path.write_bytes(b"\x7fELF, but no more")
    if library == "too old":
        (tmp_path / "x.c").write_text("int duckdb_open;")
        subprocess.run(["gcc", "-shared", "-o", path, tmp_path / "x.c"], check=True)
    with serving(lake, env={"SPARKIFY_DUCKDB": str(path)}) as server:
        answer = server.query("SELECT 1")
        assert answer.code == 503 and "DuckDB" in answer.json()["error"]["message"]
        assert server.ask("/api/lake").code == 200 and server.ask("/").code == 200


def test_help_and_man_page():
    done = run("serve", "--help", program=PROGRAM)
    assert "--public-url" in done.out
    assert "sparkify serve" in (PROJECT / "docs/man/sparkify-serve.1").read_text()
