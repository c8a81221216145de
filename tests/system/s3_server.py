"""A real S3 server for the tests, and a little client of it that the tests can trust.

The server is versitygw: it checks every signature, and serves a folder of the tests'.

SPARKIFY_VERSITYGW  its program (default: build/tools/versitygw)

A test module takes the fixtures with pytest_plugins = ["s3_server"], and imports this before pytest
does: hence PYTEST_DONT_REWRITE.
"""

import collections
import contextlib
import functools
import hashlib
import hmac
import http.client
import os
import secrets
import socket
import ssl
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("SPARKIFY_VERSITYGW") or PROJECT / "build/tools/versitygw")
REGION = "us-east-1"
VIRTUAL_DOMAIN = "localhost"  # bucket.localhost is a bucket's address, beside paths
ODD_KEYS = [  # keys that clients get wrong
    "year=2018/month=11/x",
    "with blank",
    "plus+plus",
    "100%",
    "%41",
    "quotes'\"",
    "ünïcødé-💾",
    "amp&<less>",
    "semi;colon,on:",
    "hash#question?",
    "back\\slash",
    "[x]{y}|^~`!@$*()",
    "tab\there",
]
THREADS = 8  # as many as the server can use
IDLE_S = 3  # a connection idle for longer may be one that the server has closed
PUBLIC = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*",'
    ' "Action": ["s3:GetObject", "s3:ListBucket"],'
    ' "Resource": ["arn:aws:s3:::BUCKET", "arn:aws:s3:::BUCKET/*"]}]}'
)


# ---- The client -------------------------------------------------------------------------------


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes


class S3Error(Exception):
    """An answer that is not 2xx."""

    def __init__(self, what, answer):
        super().__init__(f"{what}: {answer.status} {answer.body[:300]!r}")
        self.status = answer.status
        self.code = None
        with contextlib.suppress(ElementTree.ParseError):
            self.code = elements(answer.body).findtext("Code")


@dataclass
class Listed:
    key: str
    etag: str
    modified: str
    size: int


def elements(xml):
    """The parsed document, its names without their namespace."""
    root = ElementTree.fromstring(xml)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def encode(text, safe=""):
    """Percent-encodes as S3's signatures want it: all but A-Za-z0-9-_.~"""
    return quote(text, safe=safe)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


@functools.cache
def signing_key(secret, day, region):
    key = b"AWS4" + secret.encode()
    for part in (day, region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def authorization(access_key, secret_key, region, method, path, query, headers):
    """The header's value for these headers, all of which are signed (AWS Signature Version 4)."""
    names = sorted(headers)
    canonical = [method, path, query, *(f"{name}:{headers[name]}" for name in names), ""]
    canonical += [";".join(names), headers["x-amz-content-sha256"]]
    now = headers["x-amz-date"]
    scope = f"{now[:8]}/{region}/s3/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{sha256(chr(10).join(canonical).encode())}"
    signature = hmac.digest(signing_key(secret_key, now[:8], region), text.encode(), "sha256").hex()
    return f"AWS4-HMAC-SHA256 Credential={access_key}/{scope},SignedHeaders={';'.join(names)},Signature={signature}"


class Client:
    """Signed requests on connections that are kept; tries nothing twice. For any thread."""

    def __init__(self, endpoint, access_key, secret_key, region=REGION, ca_file=None, timeout=30):
        address = urlsplit(endpoint)
        self.host = address.netloc
        self.credentials = (access_key, secret_key, region)
        self.idle = collections.deque()
        self.connection = functools.partial(http.client.HTTPConnection, self.host, timeout=timeout)
        if address.scheme == "https":
            trust = ssl.create_default_context(cafile=ca_file)
            self.connection = functools.partial(http.client.HTTPSConnection, self.host, timeout=timeout, context=trust)

    def send(self, method, bucket="", key="", query=None, body=b"", headers=None):
        """One request, whatever the answer; raises what went wrong with the connection."""
        path = "/" + encode(f"{bucket}/{key}" if key else bucket, safe="/")
        pairs = sorted((encode(name), encode(value)) for name, value in (query or {}).items())
        query = "&".join(f"{name}={value}" for name, value in pairs)
        headers = {name.lower(): value for name, value in (headers or {}).items()} | {
            "host": self.host,
            "x-amz-content-sha256": sha256(body),
            "x-amz-date": time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()),
        }
        headers["authorization"] = authorization(*self.credentials, method, path, query, headers)
        return self.exchange(method, f"{path}?{query}" if query else path, body, headers)

    def exchange(self, method, target, body, headers):
        connection = self.take()
        try:
            connection.request(method, target, body or None, headers)
            response = connection.getresponse()
            answer = Answer(response.status, response.headers, response.read())
        except BaseException:
            connection.close()
            raise
        self.idle.append((time.monotonic(), connection))
        return answer

    def take(self):
        """A connection that is open already, or a new one."""
        with contextlib.suppress(IndexError):
            since, connection = self.idle.pop()
            if time.monotonic() - since < IDLE_S:
                return connection
            connection.close()
        return self.connection()

    def close(self):
        while self.idle:
            self.idle.pop()[1].close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def ask(self, method, *where, **what):
        """One request that must be answered with 2xx."""
        answer = self.send(method, *where, **what)
        if not 200 <= answer.status < 300:
            raise S3Error(" ".join([method, *where]), answer)
        return answer

    # Buckets

    def create_bucket(self, bucket):
        self.ask("PUT", bucket)

    def buckets(self):
        return {name.text for name in elements(self.ask("GET").body).iter("Name")}

    def make_public(self, bucket):
        """Anyone may list and read it, without a signature."""
        policy = PUBLIC.replace("BUCKET", bucket).encode()
        self.ask("PUT", bucket, query={"policy": ""}, body=policy)

    # Objects

    def put(self, bucket, key, body, headers=None):
        return self.ask("PUT", bucket, key, body=body, headers=headers)

    def get(self, bucket, key, headers=None):
        return self.ask("GET", bucket, key, headers=headers).body

    def delete(self, bucket, key):
        self.ask("DELETE", bucket, key)

    def listing(self, bucket, prefix="", page=1000):
        """Every object below the prefix, in the order of the keys."""
        query = {"list-type": "2", "prefix": prefix, "max-keys": str(page)}
        found = []
        while True:
            answer = elements(self.ask("GET", bucket, query=query).body)
            for item in answer.iter("Contents"):
                names = ("Key", "ETag", "LastModified")
                found.append(Listed(*map(item.findtext, names), int(item.findtext("Size"))))
            token = answer.findtext("NextContinuationToken")
            if not token:
                return found
            query["continuation-token"] = token

    def keys(self, bucket, prefix=""):
        return [item.key for item in self.listing(bucket, prefix)]

    def state(self, bucket, prefix=""):
        """What tells whether anything was touched: {key: (ETag, when it was written)}"""
        return {item.key: (item.etag, item.modified) for item in self.listing(bucket, prefix)}

    # Many objects

    def each(self, call, items):
        with ThreadPoolExecutor(THREADS) as pool:
            return list(pool.map(call, items))

    def upload(self, folder, bucket, prefix=""):
        """Every file of the folder, its path below the folder as the key."""
        paths = sorted(path for path in Path(folder).rglob("*") if path.is_file())

        def put(path):
            key = f"{prefix}{path.relative_to(folder)}"
            self.put(bucket, key, path.read_bytes())

        self.each(put, paths)

    def download(self, bucket, folder, prefix=""):
        """Every object below the prefix as a file of the folder, which it gives back."""

        def fetch(key):
            path = Path(folder) / key.removeprefix(prefix)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.get(bucket, key))

        Path(folder).mkdir(parents=True, exist_ok=True)
        self.each(fetch, self.keys(bucket, prefix))
        return Path(folder)

    def clear(self, bucket, prefix=""):
        self.each(functools.partial(self.delete, bucket), self.keys(bucket, prefix))

    # Multipart uploads

    def begin_upload(self, bucket, key):
        answer = self.ask("POST", bucket, key, query={"uploads": ""})
        return elements(answer.body).findtext("UploadId")

    def unfinished_uploads(self, bucket):
        """[(key, upload id)] of those that were neither completed nor aborted."""
        answer = elements(self.ask("GET", bucket, query={"uploads": ""}).body)
        uploads = answer.iter("Upload")
        return [(upload.findtext("Key"), upload.findtext("UploadId")) for upload in uploads]


# ---- The server -------------------------------------------------------------------------------


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def keeps_attributes(folder):
    """Whether files there can have the extended attributes in which versitygw keeps ETags."""
    try:
        os.setxattr(folder, "user.sparkify", b"1")
    except OSError:
        return False
    os.removexattr(folder, "user.sparkify")
    return True


class Server:
    """versitygw on a free port of 127.0.0.1, its objects in folder/data. `tls`: a certificate's
    file and its key's. The keys are made up anew for each server."""

    def __init__(self, folder, *options, tls=None, region=REGION):
        self.folder = Path(folder)
        self.options = options
        self.tls = tls
        self.region = region
        self.access_key = "AK" + secrets.token_hex(9).upper()
        self.secret_key = f"{secrets.token_hex(10)}/+{secrets.token_hex(9)}"
        self.process = None

    def __enter__(self):
        for name in ("data", "iam", "attributes"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        for _ in range(5):  # another program may take the port before the server does
            if self.start():
                return self
        raise RuntimeError(f"versitygw does not start: {self.log()}")

    def __exit__(self, *_):
        self.client.close()
        self.stop()

    @property
    def environment(self):
        """What names the server, and its keys, to programs that read AWS's variables."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_REGION": self.region,
        }

    def start(self):
        """True when it answers."""
        self.port = free_port()
        self.endpoint = f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"
        self.client = self.client_with(self.access_key, self.secret_key)
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={
                    "PATH": os.environ["PATH"],
                    "ROOT_ACCESS_KEY": self.access_key,
                    "ROOT_SECRET_KEY": self.secret_key,
                },
            )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError, http.client.HTTPException, S3Error):
                self.client.buckets()
                return True
            time.sleep(0.02)
        self.stop()
        return False

    def command(self):
        gateway = ["--port", f"127.0.0.1:{self.port}", "--region", self.region, *self.options]
        gateway += ["--keep-alive", "--quiet", "--iam-dir", self.folder / "iam"]
        gateway += ["--virtual-domain", VIRTUAL_DOMAIN]
        if self.tls:
            gateway += ["--cert", self.tls[0], "--key", self.tls[1]]
        posix = []
        if not keeps_attributes(self.folder / "data"):
            posix = ["--sidecar", self.folder / "attributes"]
        return [PROGRAM, *gateway, "posix", *posix, self.folder / "data"]

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def client_with(self, access_key, secret_key, endpoint=None):
        ca_file = self.tls[0] if self.tls else None
        endpoint = endpoint or self.endpoint
        return Client(endpoint, access_key, secret_key, region=self.region, ca_file=ca_file)

    def client_through(self, endpoint):
        """A client with the right keys, by way of a proxy."""
        return self.client_with(self.access_key, self.secret_key, endpoint)

    def new_bucket(self, name="lake"):
        """A bucket with a name that no other has."""
        bucket = f"{name}-{secrets.token_hex(4)}"
        self.client.create_bucket(bucket)
        return bucket


# ---- Fixtures ---------------------------------------------------------------------------------


def need_versitygw():
    if not os.access(PROGRAM, os.X_OK):
        pytest.skip(f"no versitygw at {PROGRAM}: set SPARKIFY_VERSITYGW")


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    need_versitygw()
    with Server(tmp_path_factory.mktemp("s3")) as running:
        yield running


@pytest.fixture
def s3(server):
    """A client of the server, with the right keys."""
    return server.client
