"""A proxy in front of an S3 server that does to requests what networks and stores do to them.

    with FaultProxy(server.port) as proxy:
        proxy.plan = on("GetObject", slow_down(), times=3)
        … requests to proxy.endpoint …
        assert proxy.faults["slow_down"] == 3

A plan is asked about each request and gives the fault that it meets, or None. It runs on the
proxy's thread and may do things of its own there, such as deleting the object that is asked for.
Requests pass unchanged, with their Host header, so that their signatures hold.
"""

import asyncio
import collections
import contextlib
import functools
import random
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote, urlsplit

LIMIT = 1 << 20  # of a head, and of what is read ahead
SHORT = 32 << 10  # an answer that one write brings to the client as a whole
ENOUGH = 128 << 20
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends RST
PAGE = b"<!DOCTYPE html><html><head><title>Welcome</title></head><body>It works!</body></html>"
KINDS = {  # (method, whether there is a key, parameter of the query): the operation in S3's words
    ("GET", True, None): "GetObject",
    ("HEAD", True, None): "HeadObject",
    ("PUT", True, None): "PutObject",
    ("DELETE", True, None): "DeleteObject",
    ("POST", True, "uploads"): "CreateMultipartUpload",
    ("PUT", True, "partNumber"): "UploadPart",
    ("POST", True, "uploadId"): "CompleteMultipartUpload",
    ("DELETE", True, "uploadId"): "AbortMultipartUpload",
    ("GET", True, "uploadId"): "ListParts",
    ("GET", False, "list-type"): "ListObjectsV2",
    ("GET", False, "uploads"): "ListMultipartUploads",
    ("GET", False, "location"): "GetBucketLocation",
    ("POST", False, "delete"): "DeleteObjects",
    ("PUT", False, None): "CreateBucket",
    ("HEAD", False, None): "HeadBucket",
}
TELLING = ("partNumber", "uploadId", "uploads", "list-type", "location", "delete")


# ---- Messages ---------------------------------------------------------------------------------


@dataclass
class Message:
    """A request or an answer: its head as it came, its body without the framing."""

    head: bytes
    body: bytes = b""

    @functools.cached_property
    def headers(self):
        lines = self.head.decode("latin-1").split("\r\n")[1:]
        pairs = (line.partition(":") for line in lines if line)
        return {name.lower(): value.strip() for name, _, value in pairs}

    @functools.cached_property
    def start(self):
        return self.head.partition(b"\r\n")[0].decode("latin-1").split(" ", 2)

    def whole(self):
        return self.head + self.body


@dataclass
class Request(Message):
    number: int = 0  # among all of the proxy, from 1
    attempt: int = 0  # among those with the same method and target, from 1

    @property
    def method(self):
        return self.start[0]

    @property
    def target(self):
        return self.start[1]

    @functools.cached_property
    def query(self):
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @functools.cached_property
    def place(self):
        """(bucket, key), as a path names them"""
        bucket, _, key = self.target.partition("?")[0].lstrip("/").partition("/")
        return unquote(bucket), unquote(key)

    @property
    def bucket(self):
        return self.place[0]

    @property
    def key(self):
        return self.place[1]

    @functools.cached_property
    def kind(self):
        if not self.bucket:
            return "ListBuckets"
        parameter = next((name for name in TELLING if name in self.query), None)
        kind = (self.method, bool(self.key), parameter)
        return KINDS.get(kind) or f"{self.method} {parameter or ''}".strip()


class Answer(Message):
    @property
    def status(self):
        return int(self.start[1])


async def read_request(reader, give_leave):
    """`give_leave` is called when the client waits for it to send the body."""
    request = Request(await reader.readuntil(b"\r\n\r\n"))
    if request.headers.get("expect", "").lower() == "100-continue":
        give_leave()
    await read_body(request, reader)
    return request


async def read_answer(reader, request):
    answer = Answer(await reader.readuntil(b"\r\n\r\n"))
    if request.method == "HEAD" or answer.status < 200 or answer.status in (204, 304):
        return answer
    if not await read_body(answer, reader):
        answer.body = await reader.read(-1)
    return answer


async def read_body(message, reader):
    """False where the head does not say how long it is."""
    if "chunked" in message.headers.get("transfer-encoding", "").lower():
        message.body = await read_chunks(reader)
        message.head = with_header(message.head, "Transfer-Encoding", None)
        message.head = with_header(message.head, "Content-Length", len(message.body))
        return True
    length = int(message.headers.get("content-length", 0))
    message.body = await reader.readexactly(length) if length else b""
    return "content-length" in message.headers


async def read_chunks(reader):
    body = b""
    while length := int((await reader.readuntil(b"\r\n")).partition(b";")[0], 16):
        body += await reader.readexactly(length)
        await reader.readexactly(2)
    while await reader.readuntil(b"\r\n") != b"\r\n":
        pass  # trailers
    return body


def with_header(head, name, value):
    """The head with another value of the header; without it where the value is None."""
    lines = head[:-4].split(b"\r\n")
    lines = [line for line in lines if not line.lower().startswith(name.lower().encode() + b":")]
    if value is not None:
        lines.append(f"{name}: {value}".encode("latin-1"))
    return b"\r\n".join(lines) + b"\r\n\r\n"


def make_answer(status, body=b"", content_type="application/xml", **headers):
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    headers = {"Date": formatdate(usegmt=True), "Content-Type": content_type} | headers
    headers["Content-Length"] = len(body)
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return Answer("\r\n".join([*lines, "", ""]).encode(), body)


def error_xml(code, message):
    text = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + text.encode()


# ---- Faults -----------------------------------------------------------------------------------


@dataclass
class Exchange:
    """One request, what came for it, and the way back to the client."""

    proxy: "FaultProxy"
    request: Request
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    forward: Callable  # async () -> the server's Answer

    async def send(self, data):
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, message):
        """Sends it, without the body where there may be none."""
        await self.send(message.head if self.request.method == "HEAD" else message.whole())

    def reset(self):
        reset(self.writer)


def reset(writer):
    """Closes the connection so that the other side meets an error."""
    with contextlib.suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()


@dataclass(frozen=True)
class Fault:
    name: str
    act: Callable  # async (Exchange) -> None


def fault(act):
    """Makes of `async def name(…, exchange)` a function name(…) that gives the Fault."""

    @functools.wraps(act)
    def with_parameters(*parameters):
        return Fault(act.__name__, functools.partial(act, *parameters))

    return with_parameters


@fault
async def delay(seconds, exchange):
    """All goes well, but later."""
    await asyncio.sleep(seconds)
    await exchange.answer(await exchange.forward())


@fault
async def reset_before(exchange):
    """The request is never executed."""
    exchange.reset()


@fault
async def reset_during(exchange):
    """The request is executed, and half of the answer arrives."""
    data = (await exchange.forward()).whole()
    await exchange.send(data[: len(data) // 2])
    await asyncio.sleep(0.01)  # or the reset overtakes it
    exchange.reset()


@fault
async def reset_after(exchange):
    """The request is executed, and nobody learns of it."""
    await exchange.forward()
    exchange.reset()


@fault
async def error(status, code, exchange):
    """The store refuses, and has done nothing."""
    await exchange.answer(make_answer(status, error_xml(code, f"A {code} of the tests.")))


@fault
async def status_page(status, exchange):
    """What stands before a store says it without XML."""
    page = b"<html><body>" + HTTPStatus(status).phrase.encode() + b"</body></html>"
    await exchange.answer(make_answer(status, page, "text/html"))


def internal_error():
    return replace(error(500, "InternalError"), name="internal_error")


def unavailable():
    return replace(status_page(503), name="unavailable")


def slow_down():
    return replace(error(503, "SlowDown"), name="slow_down")


def too_many():
    return replace(error(429, "TooManyRequests"), name="too_many")


def access_denied():
    return replace(error(403, "AccessDenied"), name="access_denied")


@fault
async def error_in_200(exchange):
    """The status is sent before the store knows that it fails: S3 does so at the end of a
    multipart upload."""
    await exchange.answer(make_answer(200, error_xml("InternalError", "We met an error.")))


@fault
async def truncated(exchange):
    """The body ends before the length that the head gives."""
    answer = await exchange.forward()
    if not answer.body:
        answer.head = with_header(answer.head, "Content-Length", 100)
    await exchange.send(answer.head + answer.body[: len(answer.body) // 2])
    exchange.writer.close()


@fault
async def dribble(seconds, exchange):
    """The answer comes in small pieces that take so long altogether."""
    answer = await exchange.forward()
    await exchange.send(answer.head)
    if exchange.request.method == "HEAD":
        return
    size = len(answer.body) // 20 + 1
    for start in range(0, len(answer.body), size):
        await asyncio.sleep(seconds / 20)
        await exchange.send(answer.body[start : start + size])


@fault
async def duplicated(exchange):
    """The answer comes twice, in one write. A client that reads an answer too long for that may
    rightly send its next request before the second copy is there; nothing could tell then that
    the copy is not the answer, so such an answer comes once."""
    answer = await exchange.forward()
    head = exchange.request.method == "HEAD"
    copies = 2 if len(answer.body) < SHORT else 1
    await exchange.send((answer.head if head else answer.whole()) * copies)


@fault
async def endless(pause, exchange):
    """An answer that begins well and never ends; `pause`: seconds between its pieces. A client
    that has taken ENOUGH of it gets no more: the test has failed, the machine need not."""
    listing = exchange.request.kind == "ListObjectsV2"
    piece = b"<Contents><Key>a</Key><Size>1</Size></Contents>" if listing else b"\n"
    piece *= 1 if pause else SHORT // len(piece)
    begin = b'<?xml version="1.0" encoding="UTF-8"?><ListBucketResult>' if listing else b"\n"
    answer = make_answer(200)
    answer.head = with_header(answer.head, "Content-Length", None)
    await exchange.send(with_header(answer.head, "Transfer-Encoding", "chunked"))
    sent = 0
    while sent < ENOUGH:
        sent += len(begin)
        exchange.proxy.flood = max(exchange.proxy.flood, sent)
        await exchange.send(b"%x\r\n%b\r\n" % (len(begin), begin))
        begin = piece
        await asyncio.sleep(pause)
    exchange.reset()


@fault
async def silent(exchange):
    """No answer, on a connection that stays, until the client gives up."""
    await exchange.reader.read(1)
    exchange.reset()


@fault
async def garbage(exchange):
    """200, and XML that is none."""
    await exchange.answer(make_answer(200, b'<?xml version="1.0"?><ListBucketResult><Conte\x00&lt'))


@fault
async def web_page(exchange):
    """What answers is no S3 at all."""
    await exchange.answer(make_answer(200, PAGE, "text/html"))


@fault
async def redirect_loop(exchange):
    """307, to where the request came."""
    here = f"http://{exchange.request.headers['host']}{exchange.request.target}"
    body = error_xml("TemporaryRedirect", "Please go to the same place.")
    await exchange.answer(make_answer(307, body, Location=here))


@fault
async def wrong_date(seconds, exchange):
    """All goes well, but the answer's Date is so many seconds off."""
    answer = await exchange.forward()
    answer.head = with_header(answer.head, "Date", formatdate(time.time() + seconds, usegmt=True))
    await exchange.answer(answer)


@fault
async def too_skewed(seconds, exchange):
    """The store says that our clock is off by more than it allows, by its own clock."""
    date = formatdate(time.time() + seconds, usegmt=True)
    body = error_xml("RequestTimeTooSkewed", "The difference between the times is too large.")
    await exchange.answer(make_answer(403, body, Date=date))


@fault
async def cut(exchange):
    """The network is gone, for this request and all others."""
    exchange.proxy.drop()


# ---- Plans ------------------------------------------------------------------------------------


def on(kind, what, key=None, times=None):
    """The fault for requests of this kind (None: any) and key, so many times (None: for ever)."""
    left = [times]

    def plan(request):
        if kind not in (None, request.kind) or key not in (None, request.key) or left[0] == 0:
            return None
        left[0] = left[0] and left[0] - 1
        return what

    return plan


def nth(number, what):
    """The fault for one request, by its number."""
    return lambda request: what if request.number == number else None


TRANSIENT = (  # what a run must get over
    delay(0.05),
    reset_before(),
    reset_during(),
    reset_after(),
    internal_error(),
    unavailable(),
    slow_down(),
    too_many(),
    truncated(),
    dribble(0.2),
    duplicated(),
)


def mix(seed, share=0.05, faults=TRANSIENT):
    """One of the faults, for this share of the requests."""
    dice = random.Random(seed)
    return lambda request: dice.choice(faults) if dice.random() < share else None


# ---- The proxy --------------------------------------------------------------------------------


@dataclass
class FaultProxy:
    """Listens on a free port of 127.0.0.1, on a thread of its own, while it is entered."""

    server_port: int
    plan: Callable | None = None  # (Request) -> Fault or None
    latency: float = 0  # seconds added to each request
    listen: int = 0  # the port; 0: any that is free
    requests: collections.Counter = field(default_factory=collections.Counter)  # by kind
    faults: collections.Counter = field(default_factory=collections.Counter)  # by name
    most_at_once: int = 0  # requests under way
    connections: int = 0  # made by clients, in all
    tries: collections.Counter = field(default_factory=collections.Counter)  # (method, target)
    flood: int = 0  # bytes sent of the longest endless answer

    def __post_init__(self):
        self.under_way = 0
        self.is_cut = False
        self.open = {}  # the task of each connection: the client's writer
        self.broken = None  # what a plan raised

    @property
    def total(self):
        return self.requests.total()

    def __enter__(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.listener = self.call(
            asyncio.start_server(self.serve, "127.0.0.1", self.listen, limit=LIMIT, backlog=1024)
        )
        self.port = self.listener.sockets[0].getsockname()[1]
        self.endpoint = f"http://127.0.0.1:{self.port}"
        return self

    def __exit__(self, kind, *_):
        self.cut()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()
        if self.broken and kind is None:
            raise self.broken

    def call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result()

    def cut(self):
        """Drops all connections, and refuses new ones from now on."""
        self.call(self.drop_and_wait())

    async def drop_and_wait(self):
        self.drop()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*others, return_exceptions=True)

    def drop(self):
        """The same on the proxy's own thread."""
        self.is_cut = True
        self.listener.close()
        for task, writer in self.open.items():
            reset(writer)
            if task is not asyncio.current_task():
                task.cancel()

    async def serve(self, reader, writer):
        """One connection of a client, and one of ours to the server for it."""
        if self.is_cut:
            return reset(writer)
        self.connections += 1
        self.open[asyncio.current_task()] = writer
        upstream = Upstream(self.server_port)
        try:
            while not writer.is_closing():
                await self.serve_one(reader, writer, upstream)
        except (OSError, EOFError, asyncio.CancelledError):
            pass  # one of the two is gone, or all is over
        finally:
            del self.open[asyncio.current_task()]
            upstream.close()
            writer.close()

    async def serve_one(self, reader, writer, upstream):
        leave = functools.partial(writer.write, b"HTTP/1.1 100 Continue\r\n\r\n")
        request = await read_request(reader, leave)
        self.count(request)
        exchange = Exchange(self, request, reader, writer, upstream.forwarding(request))
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
        try:
            if self.latency:
                await asyncio.sleep(self.latency)
            if what := self.planned(request):
                self.faults[what.name] += 1
                await what.act(exchange)
            else:
                await exchange.answer(await exchange.forward())
        finally:
            self.under_way -= 1

    def count(self, request):
        self.requests[request.kind] += 1
        self.tries[request.method, request.target] += 1
        request.attempt = self.tries[request.method, request.target]
        request.number = self.total

    def planned(self, request):
        try:
            return self.plan and self.plan(request)
        except Exception as problem:  # shown by the test that made the plan
            self.broken = self.broken or problem
            return None


class Upstream:
    """A connection to the server, made when it is needed, and again when the server closed it."""

    def __init__(self, port):
        self.port = port
        self.reader = self.writer = None

    def forwarding(self, request):
        return functools.partial(self.forward, request)

    async def forward(self, request):
        if not self.writer or self.reader.at_eof():
            self.close()
            self.reader, self.writer = await asyncio.open_connection(
                "127.0.0.1", self.port, limit=LIMIT
            )
        self.writer.write(request.whole())
        await self.writer.drain()
        while True:
            answer = await read_answer(self.reader, request)
            if answer.status >= 200:
                return answer

    def close(self):
        if self.writer:
            self.writer.close()
