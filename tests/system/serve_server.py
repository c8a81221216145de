"""`sparkify serve` for tests: started on a free port, asked by http.client, ended by a signal."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from conftest import CHECKED, PROGRAM, SANITIZED
from processes import children_of

LIBRARY = Path(os.environ.get("SPARKIFY_DUCKDB") or Path(PROGRAM).with_name("libduckdb.so"))


@dataclass
class Answer:
    code: int
    headers: dict
    body: bytes

    def json(self):
        return json.loads(self.body)


class Server:
    def __init__(self, lake, *options, program=CHECKED, env=None, cwd=None):
        self.process = subprocess.Popen(
            [program, "serve", lake, "--port", "0", "--json", *map(str, options)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=cwd,
            env=os.environ | {"SPARKIFY_DUCKDB": str(LIBRARY)} | (env or {}),
        )
        document = ""
        while not document.endswith("\n}\n"):
            line = self.process.stdout.readline()
            assert line, self.process.communicate()[1]
            document += line
        self.start = json.loads(document)
        assert self.start["status"] == "ok", self.start
        self.port = self.start["port"]
        self.url, self.token = self.start["url"].split("#token=")

    def ask(self, path, method="GET", body=None, token=True, headers=None, timeout=120):
        given = {"Authorization": f"Bearer {self.token}"} if token is True else {}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        with contextlib.closing(connection):
            connection.request(method, path, body, given | (headers or {}))
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())

    def query(self, sql, **fields):
        body = json.dumps({"sql": sql, **fields})
        return self.ask("/api/query", "POST", body, headers={"Content-Type": "application/json"})

    def rows(self, sql, **fields):
        answer = self.query(sql, **fields)
        assert answer.code == 200, answer.body
        return answer.json()["rows"]

    def workers(self):
        """The pids of the processes that run queries."""
        (spawner,) = children_of(self.process.pid)
        return children_of(spawner)

    def stop(self, how=signal.SIGTERM, code=130):
        self.process.send_signal(how)
        said = self.process.communicate(timeout=60)[1]
        assert not SANITIZED.search(said), said
        assert self.process.returncode == code, (self.process.returncode, said)
        return said


@contextlib.contextmanager
def serving(lake, *options, **how):
    server = Server(lake, *options, **how)
    try:
        yield server
    except BaseException:
        server.process.kill()
        print(server.process.communicate()[1])
        raise
    server.stop()
