"""The Spark Connect client against a real Spark, and against servers that are none.

connect_probe, a small program over the client, does one thing each time.
"""

import contextlib
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import spark_server
from conftest import CHECKED, PROGRAM, PROJECT, SANITIZED
from grpc_server import (
    COMPLETE,
    OK,
    Answer,
    GrpcServer,
    RawAnswer,
    field,
    message,
    progress_answer,
    rows_answer,
    status,
    version_answer,
)
from processes import freeze

PROBE = CHECKED.parent / "tests/system/connect_probe"
RELEASE_PROBE = PROGRAM.parent / "tests/system/connect_probe"
SHIM = PROGRAM.parent / "tests/system/libfailing.so"
TOKEN = "s3cret-" + "{" * 12  # which HPACK leaves as it is: no shorter code for '{'
LONG_QUERY = "SELECT count(*) FROM range(0, 2000000000000, 1, 4) WHERE hash(id) % 7 = 100"


def begin(*arguments, program=PROBE, env=None):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SPARK_")}
    return subprocess.Popen(
        [program, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=clean | (env or {}),
    )


class Done:
    def __init__(self, process, timeout=90):
        self.out, err = process.communicate(timeout=timeout)
        assert not SANITIZED.search(err), err
        assert TOKEN not in self.out + err
        self.code = process.returncode
        *self.err, usage = err.splitlines()
        self.memory_kib = int(re.search(r"memory_kib=(\d+)", usage)[1])

    @property
    def lines(self):
        return self.out.splitlines()


def probe(*arguments, **how):
    return Done(begin(*arguments, **how))


def good(*arguments, **how):
    done = probe(*arguments, **how)
    assert (done.code, done.err) == (0, [])
    return done.lines


def error(*arguments, code=1, **how):
    """The message and the hint of what must fail."""
    done = probe(*arguments, **how)
    assert done.code == code, (done.out, done.err)
    text, hint = done.err
    return text, hint


# ---- A real Spark -------------------------------------------------------------------------------


def test_version(spark):
    (version,) = good(spark, "version")
    assert f"pyspark-{version}.dist-info" in os.listdir(spark_server.spark_home().parent)


def test_settings(spark):
    name = "spark.sql.shuffle.partitions"
    (row, _) = good(spark, "set", name, "7", f"SET {name}")
    assert row.endswith("='7'")
    text, hint = error(spark, "set", "spark.executor.memory", "s3cret", "SELECT 1")
    assert "[CANNOT_MODIFY" in text and "s3cret" not in text
    assert hint == "hint: set it where the Spark server is started"


def test_rows_of_every_type(spark):
    rows = """SELECT * FROM VALUES
        (1, 2147483648L, 1.5D, true, 'x', TIMESTAMP'2018-11-01 21:01:46.796Z'),
        (NULL, NULL, NULL, NULL, NULL, NULL),
        (-1, -5L, -0.0D, false, 'ünï💾', TIMESTAMP'1969-12-31 23:59:59.999999Z')
        AS t(i, l, d, b, s, t)"""
    kinds = ("i:int32", "l:int64", "d:double", "b:boolean", "s:utf8", "t:timestamp")
    values = (
        ("1", "2147483648", "1.5", "true", "'x'", "1541106106796000"),
        ("null",) * 6,
        ("-1", "-5", "-0", "false", "'ünï💾'", "-1"),
    )
    expected = [" ".join(map("=".join, zip(kinds, row, strict=True))) for row in values]
    assert good(spark, "query", rows) == [*expected, "done rows=3 reattached=0"]
    text, hint = error(spark, "query", "SELECT array(1) AS d")
    assert text == 'FAILED: column "d" has a type that is not supported'
    assert "CAST" in hint


def test_many_rows_come_in_order_with_metrics(spark):
    query = "SELECT id FROM range(30000) WHERE id >= 0"
    *rows, done = good(spark, "query", query, "n=count(*)", "top=max(id)", "none=min(id + NULL)")
    assert rows == [f"id:int64={i}" for i in range(30000)]
    assert done == "done rows=30000 reattached=0 n=30000 top=29999 none=null"


def test_commands_and_views(spark):
    view = "CREATE TEMPORARY VIEW v AS SELECT 1 AS a"
    setting = "SET spark.sql.ansi.enabled=false"
    assert good(spark, "command", setting, view, "DROP VIEW v") == ["done"]
    text, _ = error(spark, "command", "DROP VIEW no_such_view")  # each probe has its own session
    assert text.startswith("NOT_FOUND: Spark at ") and "[TABLE_OR_VIEW_NOT_FOUND]" in text


def test_files_are_read(spark, tmp_path):
    (tmp_path / "a b.json").write_text('{"a": 1, "b": "x"}\n{"a": "bad", "b": "y"}\n')
    file = tmp_path / "a b.json"
    rows = good(spark, "read", "json", "a BIGINT, b STRING", file)
    assert rows == ["a:int64=1 b:utf8='x'", "a:int64=null b:utf8='y'"]
    # The error names the file, its cause the field.
    text, _ = error(spark, "read", "json", "a BIGINT, b STRING", file, "mode=FAILFAST")
    assert "[FAILED_READ_FILE" in text and "; cause: [CANNOT_PARSE_JSON_FIELD]" in text
    assert "json" in text and "'a'" in text
    text, hint = error(spark, "read", "json", "", tmp_path / "nothing")
    assert text.startswith("NOT_FOUND: ") and "[PATH_NOT_FOUND]" in text
    assert "shared storage" in hint


def test_files_are_written_and_counted(spark, tmp_path):
    target = tmp_path / "t"
    query = "SELECT id, id % 3 AS k, CAST(id AS STRING) AS s FROM range(1000)"
    assert good(spark, "write", query, target, "k")[-1] == "done rows=0 reattached=0 rows=1000"
    files = list(target.glob("k=*/*.zstd.parquet"))
    assert {file.parent.name for file in files} == {"k=0", "k=1", "k=2"}
    ids = [row for file in files for row in pq.ParquetFile(file).read()["id"].to_pylist()]
    assert sorted(ids) == list(range(1000))

    text, _ = error(spark, "write", query, target)
    assert text.startswith("EXISTS: ") and "[PATH_ALREADY_EXISTS]" in text
    empty = "SELECT id FROM range(10) WHERE id > 100"
    assert good(spark, "write", empty, tmp_path / "none")[-1] == "done rows=0 reattached=0 rows=0"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELEC 1", "[PARSE_SYNTAX_ERROR] Syntax error at or near 'SELEC'."),
        ("SELECT * FROM nope", "[TABLE_OR_VIEW_NOT_FOUND] The table or view `nope` cannot be found."),
        ("SELECT 1 / id FROM range(1)", "[DIVIDE_BY_ZERO] Division by zero."),
        ("SELECT raise_error('my words')", "[USER_RAISED_EXCEPTION] my words"),
    ],
)
def test_errors_of_queries(spark, query, message):
    text, _ = error(spark, "query", query)
    assert re.match(r"\w+: Spark at 127\.0\.0\.1:\d+: \[", text)
    assert message in text and "\tat " not in text


def wait_for(process, pattern):
    for line in process.stdout:
        if re.search(pattern, line):
            return
    pytest.fail(f"it ended without {pattern}: {process.stderr.read()}")


def test_progress(spark):
    shuffled = "SELECT /*+ REPARTITION(4) */ id FROM range(3000000)"
    query = f"SELECT count(*) FROM ({shuffled}) WHERE hash(id) % 7 = 1"
    *lines, done = good(spark, "progress", query)
    assert done == "done rows=1 reattached=0"
    last = re.match(r"progress stages=(\d+)/(\d+) tasks=(\d+)/(\d+) running=(\d+)", lines[-1])
    stages_done, stages, tasks_done, tasks, _ = map(int, last.groups())
    assert 0 < stages_done <= stages and 0 < tasks_done <= tasks


def test_interrupt(spark):
    process = begin(spark, "progress", LONG_QUERY)
    wait_for(process, r"running=[1-9]")
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    done = Done(process)
    assert time.monotonic() - start < 2
    assert (done.code, done.err[0]) == (130, "INTERRUPTED: interrupted")
    # Its cores are free: the query would run for hours.
    assert good(spark, "query", "SELECT sum(id) AS s FROM range(10)")[0] == "s:int64=45"


def test_a_callback_that_fails_stops_the_query(spark):
    query = "SELECT id FROM range(0, 400000000, 1, 1000)"
    text, _ = error(spark, "fail-in-rows", query)
    assert re.fullmatch(r"NO_SPACE: no room for \d+ rows", text)


def test_memory(spark):
    """Also with 100 MB of rows."""
    query = "SELECT id, repeat('x', 1000) AS s FROM range(100000)"
    done = probe(spark, "skip", query, program=RELEASE_PROBE)
    assert done.lines == ["done rows=100000 reattached=0"]
    assert done.memory_kib <= 40 << 10  # a batch of 10 MB, twice
    assert probe(spark, "version", program=RELEASE_PROBE).memory_kib <= 20 << 10


# ---- Connections that break off -----------------------------------------------------------------


class Proxy:
    """Passes bytes on; connection n is cut after cuts[n] bytes from the server."""

    def __init__(self, address, cuts=()):
        self.target = ("127.0.0.1", int(address.rpartition(":")[2]))
        self.cuts, self.open = list(cuts), []
        self.listen()

    def listen(self, port=0):
        self.socket = socket.create_server(("127.0.0.1", port))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._accept, args=(self.socket,), daemon=True).start()

    @property
    def address(self):
        return f"sc://127.0.0.1:{self.port}"

    def _accept(self, listener):
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.create_connection(self.target)
                self.open += [client, server]
                limit = self.cuts.pop(0) if self.cuts else None
                for way in ((client, server, None), (server, client, limit)):
                    threading.Thread(target=self._pass, args=way, daemon=True).start()

    def _pass(self, source, sink, most):
        passed = 0
        with contextlib.suppress(OSError):
            while (most is None or passed < most) and (data := source.recv(65536)):
                sink.sendall(data)
                passed += len(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def cut(self):
        for end in self.open:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def refuse(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.cut()


def test_rows_of_a_cut_stream_come_once(spark):
    """The first connection asks for the version; a stream of 10 MB is cut three times."""
    proxy = Proxy(spark, cuts=[None, 1_000_000, 2_000_000, 500_000])
    query = "SELECT id, repeat('x', 500) AS s FROM range(20000)"
    *rows, done = good(proxy.address, "query", query, "n=count(*)")
    assert [int(row[9:].split()[0]) for row in rows] == list(range(20000))
    assert re.fullmatch(r"done rows=20000 reattached=[1-9]\d* n=20000", done)


def test_a_plan_that_never_arrived_is_sent_again(spark):
    proxy = Proxy(spark, cuts=[None, 0])
    assert good(proxy.address, "query", "SELECT 1 AS a")[0] == "a:int32=1"


def test_a_query_goes_on_while_nobody_is_connected(spark):
    proxy = Proxy(spark)
    query = "SELECT count(*) AS n FROM range(0, 40000000, 1, 4) WHERE hash(id) % 7 != 100"
    process = begin(proxy.address, "progress", query)
    wait_for(process, r"running=[1-9]")
    proxy.refuse()
    time.sleep(0.5)
    proxy.listen(proxy.port)
    done = Done(process)
    assert done.code == 0 and re.fullmatch(r"done rows=1 reattached=[1-9]\d*", done.lines[-1])


# ---- A Spark of one's own -----------------------------------------------------------------------


def own_spark(folder, **how):
    if spark_server.missing():
        pytest.skip(f"no Spark: {spark_server.missing()}")
    return spark_server.Spark(folder, workers=0, **how)


def silent(port):
    return f"UNREACHABLE: Spark at 127.0.0.1:{port} has not answered for too long: it hangs"


def test_tokens_frozen_and_killed(tmp_path):
    streams = {"spark.connect.execute.reattachable.senderMaxStreamDuration": "1s"}
    with own_spark(tmp_path, token=TOKEN, conf=streams) as spark:
        text, hint = error(spark.address, "version")
        assert text.startswith(f"DENIED: Spark at 127.0.0.1:{spark.port} requires a token")
        assert "SPARK_CONNECT_AUTHENTICATE_TOKEN" in hint
        text, _ = error(f"{spark.address}/;token=s3cret-other", "version")
        assert text.startswith(f"DENIED: Spark at 127.0.0.1:{spark.port} rejects the token")
        assert "s3cret" not in text
        assert good(f"{spark.address}/;token={TOKEN}", "version")
        known = {"SPARK_CONNECT_AUTHENTICATE_TOKEN": TOKEN}

        # The server ends each stream after a second: they are taken up again.
        query = "SELECT reflect('java.lang.Thread', 'sleep', 2500L) AS slept"
        done = good(spark.address, "skip", query, env=known)[-1]
        assert re.fullmatch(r"done rows=1 reattached=[1-9]\d*", done)

        freeze(spark.server.pid)
        text, hint = error("--silence", 2, "--retry", 1, spark.address, "version", env=known)
        spark.server.send_signal(signal.SIGCONT)
        assert text == silent(spark.port)

        process = begin("--retry", 1, spark.address, "progress", LONG_QUERY, env=known)
        wait_for(process, r"running=[1-9]")
        spark.server.kill()
        done = Done(process)
        gone = "does not answer any more: the Spark server has stopped"
        assert (done.code, done.err[0]) == (1, f"UNREACHABLE: 127.0.0.1:{spark.port} {gone}")


def test_stopped(tmp_path):
    with own_spark(tmp_path) as spark:
        process = begin("--retry", 1, spark.address, "progress", LONG_QUERY)
        wait_for(process, r"running=[1-9]")
        spark.server.terminate()
        done = Done(process)
        assert done.code == 1 and done.err[0].startswith("UNREACHABLE: ")
        assert re.search("is being stopped|the Spark server has stopped|broke off", done.err[0])


# ---- Servers that are none ----------------------------------------------------------------------


def test_nobody_answers():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    text, hint = error(f"sc://127.0.0.1:{port}", "version")
    assert text == f"UNREACHABLE: nothing answers at 127.0.0.1:{port}"
    assert "start a Spark Connect server there" in hint


def test_no_such_host():
    text, _ = error("sc://no-such-host.invalid", "version")
    assert text == "UNREACHABLE: there is no host no-such-host.invalid"


def test_wrong_address():
    text, hint = error("spark://127.0.0.1", "version", code=2)
    assert text.startswith("USAGE: the address of the Spark server is wrong")
    assert "sc://host:15002" in hint


NOT_HTTP2 = "UNREACHABLE: ADDRESS answers, but does not speak HTTP/2"
NOT_AS_GRPC = "CORRUPT: the answer of Spark at ADDRESS to AnalyzePlan does not conform to gRPC"
ODD = "CORRUPT: the answer of Spark at ADDRESS to AnalyzePlan does not conform to the protocol"
FOREIGN = "UNREACHABLE: the server at ADDRESS is not a Spark Connect server: "
UNKNOWN = "UNREACHABLE: the server at ADDRESS speaks gRPC, but has no method AnalyzePlan"
LONG = "LIMIT: an answer of Spark at ADDRESS has 2147483647 bytes"
PLAIN = {"content-type": "text/plain"}
WHOLE = version_answer()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (RawAnswer(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"), NOT_HTTP2),
        (RawAnswer(b"SSH-2.0-OpenSSH_9.2\r\n"), NOT_HTTP2),
        (RawAnswer(b"\x15\x03\x01\x00\x02\x02\x46"), NOT_HTTP2),  # TLS: an alert
        (RawAnswer(b""), NOT_HTTP2),
        (Answer(b"<html>", {}, {"content-type": "text/html"}), FOREIGN + "HTTP 200, text/html"),
        (Answer(b"no", {}, PLAIN, http_status=404), FOREIGN + "HTTP 404, text/plain"),
        (Answer(http_status=503), FOREIGN + "HTTP 503, application/grpc"),
        (Answer(WHOLE), "UNREACHABLE: ADDRESS ends its answers before they are complete"),
        (Answer(WHOLE[:-3], OK), NOT_AS_GRPC),
        (Answer(b"\1" + WHOLE[1:], OK), NOT_AS_GRPC),
        (Answer(message(b"\xff\xff\xff"), OK), ODD),
        (Answer(b"", OK), ODD),
        (Answer(b"\0\x7f\xff\xff\xff" + WHOLE, OK), LONG),
        (Answer(version_answer("4.0\x1b[31m"), OK), "CORRUPT: the server at ADDRESS does not send"),
        (Answer(version_answer("3.5.1"), OK), "FAILED: Spark at ADDRESS is version 3.5.1: too old"),
        (status(12, "Method not found"), UNKNOWN),
        (status(16, "No token"), "DENIED: Spark at ADDRESS requires a token: No token"),
        (status(7, "Not you"), "DENIED: Spark at ADDRESS: Not you"),
        (status(14, "Busy"), "UNREACHABLE: Spark at ADDRESS: Busy"),
        (status(13, "a%C2%9B1mb%1Bc"), "FAILED: Spark at ADDRESS: a  1mb c"),
        (status(13, "[A_B] It%20fails.%0A%09at x"), "FAILED: Spark at ADDRESS: [A_B] It fails."),
    ],
)
def test_what_is_not_spark(answer, expected):
    with GrpcServer(answer) as server:
        text, _ = error("--silence", 5, server.address, "version")
        assert text.startswith(expected.replace("ADDRESS", f"127.0.0.1:{server.port}"))


VERSION = Answer(WHOLE, OK)


@pytest.mark.parametrize("end", [OK, None, {"grpc-status": 14}, {"grpc-status": ""}])
def test_answers_that_lead_nowhere(end):
    """Each stream brings the answer of the one before, and no more."""
    with GrpcServer(VERSION, Answer(progress_answer("first"), end)) as server:
        error("--retry", 1, server.address, "command", "X")
        assert 2 < len(server.requests) < 30


@pytest.mark.skipif(not SHIM.exists() or not RELEASE_PROBE.exists(), reason="needs failing.c: ./dev test builds it")
@pytest.mark.parametrize("number", [1, 60, 200, 500, 1000, 1500, 2500])
def test_without_memory(number):
    """From the n-th allocation on: told as what it is, and not as a server that is none."""
    with GrpcServer(VERSION, VERSION, VERSION) as server:
        process = begin(
            server.address, "version", program=RELEASE_PROBE,
            env={"LD_PRELOAD": str(SHIM), "FAIL_MALLOC": str(number)},
        )  # fmt: skip
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (-signal.SIGABRT, "sparkify: out of memory\n")


def arrow(rows):
    table = pa.table({"a": pa.array(range(rows), pa.int32())})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue().to_pybytes()


THREE = rows_answer("first", 3, arrow(3))
SCHEMA_ALONE = arrow(3)[: 8 + int.from_bytes(arrow(3)[4:8], "little")]


def test_rows_that_come_again_are_taken_once():
    cut, whole = Answer(THREE, None), Answer(THREE + COMPLETE, OK)
    with GrpcServer(VERSION, cut, whole) as server:
        assert good(server.address, "query", "X") == [
            "a:int32=0", "a:int32=1", "a:int32=2", "done rows=3 reattached=1",
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (rows_answer("first", 99, arrow(3)), "has sent 3 rows, and says that there are 99"),
        (rows_answer("first", 3, SCHEMA_ALONE), "has sent 0 rows, and says that there are 3"),
        (THREE + rows_answer("next", 3, arrow(3), start=4), "has sent 3 rows, and continues with"),
        (b"", "ended a query without sending its rows"),
        (progress_answer("first"), "ended a query without sending its rows"),
    ],
)
def test_rows_that_are_missing(rows, expected):
    with GrpcServer(VERSION, Answer(rows + COMPLETE, OK)) as server:
        text, hint = error(server.address, "query", "X")
    assert text.startswith("CORRUPT: ") and expected in text
    assert "the server's version" in hint


def metrics_answer(response_id, *observed):
    """An ExecutePlanResponse with (key, number) of metrics that bear no operation's name."""
    keys = b"".join(field(3, key) for key, _ in observed)
    values = b"".join(field(2, field(7, number)) for _, number in observed)
    return message(field(13, response_id) + field(6, field(1, "other") + values + keys))


@pytest.mark.parametrize("metrics", [b"", metrics_answer("m", ("n", 3))])
def test_counts_that_are_missing(metrics):
    """Those of another operation are none of ours."""
    with GrpcServer(VERSION, Answer(THREE + metrics + COMPLETE, OK)) as server:
        text, _ = error(server.address, "query", "X", "n=count(*)")
    assert text.startswith("CORRUPT: ") and "ended a query without sending its counts" in text


def test_values_of_more_types(spark):
    query = "SELECT 1Y AS y, 2S AS h, 1.5F AS f, -0.05BD AS m, NULL AS n, X'78' AS x, DATE'2018-11-01' AS d"
    assert good(spark, "query", query)[0] == (
        "y:int8=1 h:int16=2 f:float=1.5 m:decimal=-0.05 n:null=null x:binary='x' d:date=17836"
    )


def test_a_query_without_rows_has_columns(spark):
    """So the server's "complete" alone is never an empty table."""
    assert good(spark, "query", "SELECT 1 AS a WHERE 1 = 2", "n=count(*)") == [
        "done rows=0 reattached=0 n=0"
    ]


def test_a_message_that_grows():
    stages = b"\x0a\x00" * (2 << 20)
    answer = Answer(progress_answer("first", stages) + COMPLETE, OK, pieces=16384)
    with GrpcServer(VERSION, answer) as server:
        done = probe(server.address, "command", "X", program=RELEASE_PROBE)
    assert "does not conform to the protocol" in done.err[0]
    assert done.memory_kib < 100 << 10


@pytest.mark.parametrize("pieces", [None, 1, 4])
def test_answers_come_split(pieces):
    with GrpcServer(Answer(version_answer("4.9.9"), OK, pieces=pieces)) as server:
        assert good(server.address, "version") == ["4.9.9"]


def test_a_server_that_says_nothing():
    with GrpcServer(RawAnswer(b"", hang=True)) as server:
        text, _ = error("--silence", 1, server.address, "version")
        assert text == silent(server.port)


def test_what_is_sent():
    with GrpcServer(Answer(version_answer(), OK)) as server:
        good(f"{server.address}/;token={TOKEN};X-Cluster={'{' * 20};user_id=Martin", "version")
        request, _released = server.requests
        assert b"Bearer " + TOKEN.encode() in request
        assert b"{" * 20 in request
        assert b"Martin" in request


def test_tls(tmp_path):
    if not shutil.which("openssl"):
        pytest.skip("no openssl to make a certificate")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    command += " -addext subjectAltName=DNS:localhost -keyout"
    subprocess.run([*command.split(), key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.set_alpn_protocols(["h2"])
    with GrpcServer(Answer(version_answer(), OK), tls=context) as server:
        name = f"localhost:{server.port}"
        secure = f"sc://{name}/;use_ssl=true;token={TOKEN}"
        assert good("--ca", certificate, secure, "version") == ["4.3.0"]
        text, _ = error(secure, "version")
        assert text.startswith(f"UNREACHABLE: the certificate of {name} is not trusted: ")
        text, hint = error(f"sc://{name}", "version")
        assert text == f"UNREACHABLE: {name} answers, but does not speak HTTP/2"
        assert ";use_ssl=true" in hint
    with GrpcServer(Answer(version_answer(), OK)) as server:
        text, hint = error(f"{server.address}/;use_ssl=true", "version")
        assert text.startswith(f"UNREACHABLE: TLS with 127.0.0.1:{server.port} fails: ")
        assert "use_ssl=false" in hint


# ---- The protocol -------------------------------------------------------------------------------

NOT_SPARKS = {"MapEntry", "Status", "Any", "ErrorInfo"}  # a map's entry, and google.rpc's


def fields_of(text):
    """{message.field: (number, type)} of a .proto file; {enum.value: (number, "")}, too."""
    found, scopes = {}, []
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    text = re.sub(r"//.*|\[deprecated *= *true\]", "", text)
    token = re.compile(
        r"(message|oneof|enum)\s+(\w+)\s*\{"
        r"|(?:(?:optional|repeated)\s+)?(map\s*<[^>]*>|[\w.]+)\s+(\w+)\s*=\s*(\d+)\s*;"
        r"|(\w+)\s*=\s*(\d+)\s*;|([{}])"
    )
    for kind, scope, type_, name, number, value, value_number, brace in token.findall(text):
        path = [s for s in scopes if s]
        if kind:
            scopes.append("" if kind == "oneof" else scope)
        elif name:
            found[".".join([*path, name])] = (int(number), type_)
        elif value:
            found[".".join([*path, value])] = (int(value_number), "")
        elif brace == "{":
            scopes.append("")
        elif scopes:
            scopes.pop()
    return found


def simple_type(type_):
    is_map = re.sub(r"\s", "", type_) == "map<string,string>"
    return "MapEntry" if is_map else type_.rpartition(".")[2]


def test_fields_are_those_of_spark():
    if spark_server.missing():
        pytest.skip(f"no Spark: {spark_server.missing()}")
    theirs = {}
    (jar,) = (spark_server.spark_home() / "jars").glob("spark-connect_2.13-*.jar")
    with zipfile.ZipFile(jar) as archive:
        for name in archive.namelist():
            if name.startswith("spark/connect/") and name.endswith(".proto"):
                theirs |= fields_of(archive.read(name).decode())
    ours = fields_of((PROJECT / "src/spark/connect.proto").read_text())
    checked = {name: field for name, field in ours.items() if name.split(".")[0] not in NOT_SPARKS}
    assert len(checked) > 120
    for name, (number, type_) in checked.items():
        assert name in theirs, name
        assert (number, simple_type(type_)) == (theirs[name][0], simple_type(theirs[name][1])), name
