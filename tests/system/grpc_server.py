"""A gRPC server that answers as it is told: for what a real one does not do on request.

It speaks as much HTTP/2 as a client needs to be answered once on each connection: it reads what
comes without looking into the headers, and writes frames as they were scripted. Headers are written
without compression (RFC 7541, 6.2.2). Of requests, the raw bytes are kept.
"""

import contextlib
import socket
import struct
import threading

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, SETTINGS = 0, 1, 4
END_STREAM, END_HEADERS, ACK = 1, 4, 1


def frame(kind, flags, stream, payload=b""):
    head = struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream)
    return head + payload


def literal(text):
    """A string of less than 2 ** 14 bytes: its length is an integer of a 7-bit prefix (RFC 7541)."""
    data = text.encode()
    if len(data) < 127:
        return bytes([len(data)]) + data
    rest = len(data) - 127
    return bytes([127, rest % 128 | 128, rest // 128]) + data


def header_block(headers):
    return b"".join(b"\0" + literal(name) + literal(value) for name, value in headers.items())


def message(data):
    return b"\0" + struct.pack(">I", len(data)) + data


def varint(number):
    data = b""
    while number > 127:
        data += bytes([number & 127 | 128])
        number >>= 7
    return data + bytes([number])


def field(number, value):
    """A number, a string or a message as a field of a protobuf message."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def version_answer(version="4.3.0"):
    """An AnalyzePlanResponse."""
    return message(field(8, field(1, version)))


def progress_answer(response_id, stages=b""):
    """An ExecutePlanResponse that tells how far an operation is."""
    return message(field(13, response_id) + field(18, stages))


def rows_answer(response_id, count, arrow, *, start=0):
    """An ExecutePlanResponse with rows, as an Arrow stream."""
    batch = field(1, count) + field(2, arrow) + field(3, start)
    return message(field(13, response_id) + field(2, batch))


COMPLETE = message(field(13, "complete") + field(14, b""))


class Answer:
    """What one connection is told. `trailers` of None: none come; `pieces`: DATA frames of so many
    bytes."""

    def __init__(self, body=b"", trailers=None, headers=None, http_status=200, pieces=None):
        headers = headers or {"content-type": "application/grpc"}
        block = header_block({":status": str(http_status)} | headers)
        self.frames = [frame(HEADERS, END_HEADERS, 1, block)]
        size = pieces or len(body) or 1
        for at in range(0, len(body), size):
            self.frames.append(frame(DATA, 0, 1, body[at : at + size]))
        if trailers is not None:
            block = header_block({name: str(value) for name, value in trailers.items()})
            self.frames.append(frame(HEADERS, END_HEADERS | END_STREAM, 1, block))
        else:
            self.frames.append(frame(DATA, END_STREAM, 1))


OK = {"grpc-status": 0}


def status(code, text="", **more):
    """An answer of trailers alone, as gRPC calls it: one block of headers."""
    headers = {"content-type": "application/grpc", "grpc-status": str(code), "grpc-message": text}
    answer = Answer(headers=headers | more)
    answer.frames = [frame(HEADERS, END_HEADERS | END_STREAM, 1, answer.frames[0][9:])]
    return answer


class RawAnswer:
    """Bytes instead of HTTP/2."""

    def __init__(self, data, hang=False):
        self.data, self.hang = data, hang


class GrpcServer:
    """Answers each connection by the next of `answers`; the last one stays."""

    def __init__(self, *answers, tls=None):
        self.answers, self.requests, self.tls = list(answers), [], tls
        self.ended = threading.Event()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self._accept, daemon=True)

    @property
    def address(self):
        return f"sc://127.0.0.1:{self.port}"

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join()

    def _accept(self):
        while not self.ended.is_set():
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            connection.settimeout(10)
            with connection, contextlib.suppress(OSError):
                if self.tls:
                    with self.tls.wrap_socket(connection, server_side=True) as secure:
                        self._answer(secure, answer)
                else:
                    self._answer(connection, answer)

    def _answer(self, connection, answer):
        if isinstance(answer, RawAnswer):
            connection.recv(4096)
            connection.sendall(answer.data)
            if answer.hang:
                self.ended.wait()
            return
        self.requests.append(self._read_request(connection))
        settings = frame(SETTINGS, 0, 0) + frame(SETTINGS, ACK, 0)
        connection.sendall(settings + b"".join(answer.frames))
        while connection.recv(4096):  # until the client goes
            pass

    def _read_request(self, connection):
        """Everything up to the end of the stream."""
        data = b""
        while piece := connection.recv(65536):
            data += piece
            if not PREFACE.startswith(data[: len(PREFACE)]):
                break
            at = len(PREFACE)
            while len(data) >= at + 9:
                size = int.from_bytes(data[at : at + 3], "big")
                kind, flags = data[at + 3], data[at + 4]
                at += 9 + size
                if kind in (DATA, HEADERS) and flags & END_STREAM and len(data) >= at:
                    return data
        raise OSError("the client has gone, or speaks something else")
