"""The tests' own S3 client, server and fault proxy do what the tests of the program rely on."""

import http.client
import socket
import time
from email.utils import parsedate_to_datetime

import fault_proxy as faults
import pytest
from fault_proxy import FaultProxy, mix, nth, on
from s3_server import ODD_KEYS, Client, S3Error, Server, elements, need_versitygw

pytest_plugins = ["s3_server"]

BODY = bytes(range(256)) * 100
BROKEN = (OSError, http.client.HTTPException)  # what the client raises when no answer comes


@pytest.fixture
def bucket(server):
    return server.new_bucket()


@pytest.fixture
def proxy(server):
    with FaultProxy(server.port) as running:
        yield running


@pytest.fixture
def through(server, proxy):
    """A client by way of the proxy."""
    with server.client_through(proxy.endpoint) as client:
        yield client


# ---- The client and the server ----------------------------------------------------------------


@pytest.mark.parametrize("key", ODD_KEYS)
def test_keys(s3, bucket, key):
    s3.put(bucket, key, b"x")
    assert s3.keys(bucket) == [key]
    assert s3.keys(bucket, prefix=key[:3]) == [key]
    assert s3.get(bucket, key) == b"x"
    s3.delete(bucket, key)
    assert s3.keys(bucket) == []


def test_listing_has_pages(s3, bucket):
    keys = [f"d={i % 7}/k {i:03}+é" for i in range(230)]
    s3.each(lambda key: s3.put(bucket, key, b""), keys)
    assert [item.key for item in s3.listing(bucket, page=100)] == sorted(keys)
    assert s3.keys(bucket, "d=3/") == sorted(key for key in keys if key.startswith("d=3/"))
    s3.clear(bucket, "d=3/")
    assert set(s3.keys(bucket)) == {key for key in keys if not key.startswith("d=3/")}


def test_folders_go_up_and_down(s3, bucket, tmp_path):
    files = {"a.json": b"1", "b=c/d e+f.json": b"", "b=c/ü%/g": BODY}
    for name, body in files.items():
        (tmp_path / "up" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "up" / name).write_bytes(body)
    s3.upload(tmp_path / "up", bucket, "in/")
    assert s3.keys(bucket) == sorted(f"in/{name}" for name in files)
    down = s3.download(bucket, tmp_path / "down", "in/")
    assert {name: (down / name).read_bytes() for name in files} == files


def test_state_shows_what_was_touched(s3, bucket):
    s3.put(bucket, "a", b"1")
    s3.put(bucket, "b", b"1")
    old = s3.state(bucket)
    assert s3.state(bucket) == old
    s3.put(bucket, "b", b"2")
    assert {key for key, value in s3.state(bucket).items() if old[key] != value} == {"b"}


def test_unfinished_uploads(s3, bucket):
    upload = s3.begin_upload(bucket, "big one")
    assert s3.unfinished_uploads(bucket) == [("big one", upload)]
    assert s3.keys(bucket) == []
    s3.ask("DELETE", bucket, "big one", query={"uploadId": upload})
    assert s3.unfinished_uploads(bucket) == []


def test_server_checks_who_asks(server, bucket):
    server.client.put(bucket, "k", BODY)
    stranger = ("AKIDONOTEXIST", server.secret_key)
    forgetful = (server.access_key, "another secret")
    for keys, code in ((stranger, "InvalidAccessKeyId"), (forgetful, "SignatureDoesNotMatch")):
        with Client(server.endpoint, *keys) as client, pytest.raises(S3Error) as caught:
            client.get(bucket, "k")
        assert (caught.value.status, caught.value.code) == (403, code)


def test_public_bucket(server, s3, bucket):
    s3.put(bucket, "k", BODY)
    assert unsigned(server.port, f"/{bucket}/k")[0] == 403
    s3.make_public(bucket)
    assert unsigned(server.port, f"/{bucket}/k") == (200, BODY)


def unsigned(port, target):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", target)
    response = connection.getresponse()
    answer = response.status, response.read()
    connection.close()
    return answer


def test_server_that_cannot_start(tmp_path):
    need_versitygw()
    with pytest.raises(RuntimeError, match="no-such-option"):
        Server(tmp_path, "--no-such-option").__enter__()


# ---- What passes through the proxy --------------------------------------------------------------


def test_requests_pass_unchanged(through, bucket, proxy):
    for key in ODD_KEYS:
        through.put(bucket, key, key.encode())
    assert through.keys(bucket) == sorted(ODD_KEYS, key=str.encode)
    assert [through.get(bucket, key) for key in ODD_KEYS] == [key.encode() for key in ODD_KEYS]
    assert through.get(bucket, "100%", headers={"Range": "bytes=1-2"}) == b"00"
    assert through.send("HEAD", bucket, "100%").headers["Content-Length"] == "4"
    assert through.send("GET", bucket, "none").status == 404
    through.delete(bucket, "100%")  # 204
    many = len(ODD_KEYS)
    assert proxy.requests == {
        "PutObject": many,
        "ListObjectsV2": 1,
        "GetObject": many + 2,
        "HeadObject": 1,
        "DeleteObject": 1,
    }
    assert (proxy.connections, proxy.most_at_once) == (1, 1)


def test_large_bodies_pass(through, bucket):
    body = BODY * 400  # 10 MiB
    through.put(bucket, "big", body)
    assert through.get(bucket, "big") == body


def test_kinds_of_multipart_requests(through, bucket, proxy):
    upload = through.begin_upload(bucket, "big")
    part = {"partNumber": "1", "uploadId": upload}
    etag = through.ask("PUT", bucket, "big", query=part, body=BODY).headers["ETag"]
    xml = f"<Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part>"
    xml = f"<CompleteMultipartUpload>{xml}</CompleteMultipartUpload>".encode()
    through.ask("POST", bucket, "big", query={"uploadId": upload}, body=xml)
    assert through.get(bucket, "big") == BODY
    through.ask("DELETE", bucket, "x", query={"uploadId": through.begin_upload(bucket, "x")})
    assert through.unfinished_uploads(bucket) == []
    assert proxy.requests == {
        "CreateMultipartUpload": 2,
        "UploadPart": 1,
        "CompleteMultipartUpload": 1,
        "AbortMultipartUpload": 1,
        "ListMultipartUploads": 1,
        "GetObject": 1,
    }


def test_chunked_bodies_and_expect(server, s3, bucket, proxy):
    """As libcurl may send them: without a signature, into the void; the framing is what counts."""
    head = f"PUT /{bucket}/k HTTP/1.1\r\nHost: {server.client.host}\r\nExpect: 100-continue\r\n"
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=10) as connection:
        connection.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: x\r\n\r\n")
        assert connection.recv(5000).startswith(b"HTTP/1.1 403 ")
        connection.sendall(f"{head}Content-Length: 2\r\n\r\nab".encode())
        answers = b""
        while b"HTTP/1.1 403 " not in answers:  # with the leave to send, or after it
            piece = connection.recv(5000)
            assert piece
            answers += piece
    assert proxy.requests["PutObject"] == 2


def test_many_at_once(through, bucket, proxy):
    proxy.latency = 0.02
    through.each(lambda i: through.put(bucket, f"k{i}", b"x"), range(64))
    assert 2 <= proxy.most_at_once <= 8
    assert proxy.connections <= 8
    assert len(through.keys(bucket)) == 64


# ---- The faults -------------------------------------------------------------------------------


def test_plan_is_asked_about_each_request(through, bucket, proxy):
    seen = []
    proxy.plan = lambda request: seen.append(
        (request.number, request.kind, request.bucket, request.key, request.attempt)
    )
    through.put(bucket, "a b", b"x")
    through.get(bucket, "a b")
    through.get(bucket, "a b")
    assert seen == [
        (1, "PutObject", bucket, "a b", 1),
        (2, "GetObject", bucket, "a b", 1),
        (3, "GetObject", bucket, "a b", 2),
    ]
    assert not proxy.faults


def test_a_plan_that_fails_is_reported(server, bucket):
    with pytest.raises(ZeroDivisionError), FaultProxy(server.port) as proxy:
        proxy.plan = lambda _: 1 / 0
        with server.client_through(proxy.endpoint) as client:
            client.put(bucket, "k", b"x")


def test_on_and_nth(through, bucket, proxy):
    through.put(bucket, "k", b"x")
    proxy.plan = on("GetObject", faults.slow_down(), key="k", times=2)
    statuses = [through.send("GET", bucket, key).status for key in ("no", "k", "k", "k")]
    assert statuses == [404, 503, 503, 200]
    proxy.plan = nth(proxy.total + 2, faults.slow_down())
    assert [through.send("GET", bucket, "k").status for _ in range(3)] == [200, 503, 200]
    assert proxy.faults == {"slow_down": 3}


@pytest.mark.parametrize(
    ("fault", "executed"),
    [
        (faults.reset_before(), False),
        (faults.reset_during(), True),
        (faults.reset_after(), True),
    ],
)
def test_resets(through, s3, bucket, proxy, fault, executed):
    proxy.plan = nth(1, fault)
    with pytest.raises(BROKEN):
        through.put(bucket, "k", BODY)
    assert s3.keys(bucket) == (["k"] if executed else [])
    through.put(bucket, "k", BODY)  # on a new connection, all is well


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (faults.internal_error(), 500, "InternalError"),
        (faults.unavailable(), 503, None),
        (faults.slow_down(), 503, "SlowDown"),
        (faults.too_many(), 429, "TooManyRequests"),
        (faults.access_denied(), 403, "AccessDenied"),
        (faults.redirect_loop(), 307, "TemporaryRedirect"),
        (faults.too_skewed(0), 403, "RequestTimeTooSkewed"),
    ],
)
def test_statuses(through, s3, bucket, proxy, fault, status, code):
    proxy.plan = nth(1, fault)
    with pytest.raises(S3Error) as caught:
        through.put(bucket, "k", BODY)
    assert (caught.value.status, caught.value.code) == (status, code)
    assert s3.keys(bucket) == []
    assert proxy.faults == {fault.name: 1}
    through.put(bucket, "k", BODY)  # on the same connection
    assert proxy.connections == 1


def test_redirect_leads_back(through, proxy):
    proxy.plan = on(None, faults.redirect_loop())
    answer = through.send("GET", "b", "a b", query={"x": "y"})
    assert answer.headers["Location"] == f"{proxy.endpoint}/b/a%20b?x=y"


@pytest.mark.parametrize("key", ["empty", "full"])
def test_truncated(through, bucket, proxy, key):
    through.put(bucket, key, BODY if key == "full" else b"")
    proxy.plan = on("GetObject", faults.truncated())
    with pytest.raises(http.client.IncompleteRead):
        through.get(bucket, key)


def test_slow_answers_arrive(through, bucket, proxy):
    proxy.plan = on(None, faults.delay(0.2))
    before = time.monotonic()
    through.put(bucket, "k", BODY)
    proxy.plan = on(None, faults.dribble(0.2))
    assert through.get(bucket, "k") == BODY
    assert time.monotonic() - before >= 0.4
    assert proxy.faults == {"delay": 1, "dribble": 1}


def test_duplicated(server, through, bucket, proxy):
    through.put(bucket, "k", b"body")
    through.make_public(bucket)
    proxy.plan = on("GetObject", faults.duplicated())
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=10) as connection:
        connection.sendall(f"GET /{bucket}/k HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        connection.shutdown(socket.SHUT_WR)
        with connection.makefile("rb") as stream:
            data = stream.read()
    assert data.count(b"HTTP/1.1 200") == data.count(b"\r\n\r\nbody") == 2


@pytest.mark.parametrize("pause", [0, 0.01])
@pytest.mark.parametrize("listing", [True, False])
def test_endless(proxy, pause, listing):
    proxy.plan = on(None, faults.endless(pause))
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=10)
    connection.request("GET", "/b?list-type=2" if listing else "/b/k")
    response = connection.getresponse()
    assert response.status == 200
    size = 500 if pause else 2_000_000
    data = response.read(size) if listing or not pause else response.read(5)
    assert data.startswith(b"<?xml" if listing else b"\n")
    assert not response.isclosed()
    connection.close()
    assert proxy.flood >= len(data)


def test_endless_ends_before_it_harms(proxy):
    proxy.plan = on(None, faults.endless(0))
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=10)
    connection.request("GET", "/b/k")
    response = connection.getresponse()
    with pytest.raises(BROKEN):
        while response.read(1 << 20):
            pass
    connection.close()
    assert proxy.flood >= faults.ENOUGH


def test_silent(server, proxy):
    proxy.plan = on(None, faults.silent())
    patience = Client(proxy.endpoint, server.access_key, server.secret_key, timeout=0.3)
    with pytest.raises(TimeoutError):
        patience.buckets()


def test_answers_that_are_no_s3(through, bucket, proxy):
    proxy.plan = on(None, faults.garbage(), times=1)
    with pytest.raises(SyntaxError):  # as ElementTree's ParseError is
        through.keys(bucket)
    proxy.plan = on(None, faults.web_page(), times=1)
    answer = through.send("GET", bucket)
    assert answer.status == 200 and "text/html" in answer.headers["Content-Type"]
    proxy.plan = on(None, faults.error_in_200(), times=1)
    answer = through.send("PUT", bucket, "k", body=BODY)
    assert answer.status == 200 and elements(answer.body).findtext("Code") == "InternalError"


def test_wrong_date(through, bucket, proxy):
    def seconds_off():
        answer = through.send("GET", bucket, query={"list-type": "2"})
        return parsedate_to_datetime(answer.headers["Date"]).timestamp() - time.time()

    assert abs(seconds_off()) < 60
    proxy.plan = nth(2, faults.wrong_date(-7200))
    assert abs(seconds_off() + 7200) < 60
    proxy.plan = nth(3, faults.too_skewed(7200))
    assert abs(seconds_off() - 7200) < 60


def test_cut(through, bucket, proxy):
    through.put(bucket, "k", BODY)
    proxy.cut()
    with pytest.raises(BROKEN):  # the connection that was open
        through.get(bucket, "k")
    with pytest.raises(ConnectionRefusedError):
        through.get(bucket, "k")


def test_cut_by_a_plan(through, s3, bucket, proxy):
    proxy.plan = nth(5, faults.cut())
    for key in "abcd":
        through.put(bucket, key, b"x")
    for _ in range(3):
        with pytest.raises(BROKEN):
            through.put(bucket, "e", b"x")
    assert s3.keys(bucket) == list("abcd")
    assert proxy.total == 5


def test_mix_is_as_its_seed(bucket):
    def draw(seed):
        plan = mix(seed, share=0.05)
        return [plan(None) for _ in range(4000)]

    first = draw(1)
    assert first == draw(1) != draw(2)
    assert 150 < sum(what is not None for what in first) < 250
    assert {what for what in first if what} == set(faults.TRANSIENT)


def test_a_patient_client_gets_over_the_mix(through, s3, bucket, proxy):
    proxy.plan = mix(seed=7, share=0.2)

    def put(i):
        for _ in range(20):
            try:
                if through.send("PUT", bucket, f"k{i}", body=b"%d" % i).status == 200:
                    return
            except BROKEN:
                continue
        raise AssertionError(f"k{i}")

    s3.each(put, range(200))
    assert proxy.faults.total() > 20
    assert len(s3.keys(bucket)) == 200
