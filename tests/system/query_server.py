"""Engines that run as a program of their own, because they want other packages than the tests have:
one line of JSON in, one line of JSON out. The program hands `serve` a function that starts the engine
and returns the one that answers; the tests hold an `Engine`.

A request is {"sql": …}, with "files": true where the number of files that were read is wanted. The
answer is {"rows": [{column: the value as text}], "files": …}, or {"error": …}.
"""

import json
import os
import subprocess
import sys
from pathlib import Path


def serve(start):
    """Answers each line of the standard input; what else is printed goes to the standard error, also
    what a JVM prints that `start` starts: it inherits what is the standard output by then."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    answer = start()
    for line in sys.stdin:
        try:
            found = answer(json.loads(line))
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shall see it
            found = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(found), file=out, flush=True)


def as_text(names, rows):
    return [{name: str(value) for name, value in zip(names, row, strict=True)} for row in rows]


class Engine:
    """A program that serves, with the packages of a folder before those of the tests."""

    def __init__(self, program, packages, folder, env=None):
        self.log = Path(folder) / f"{Path(program).stem}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, program],
                cwd=folder,
                env=os.environ | {"PYTHONPATH": str(packages), "TZ": "UTC"} | (env or {}),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def ask(self, sql, **options):
        try:
            print(json.dumps({"sql": sql} | options), file=self.process.stdin, flush=True)
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        assert line, f"it has ended: {self.log.read_text(errors='replace')[-4000:]}"
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
