"""sparkify-worker: where it is looked for, what it is given, what becomes of it."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import PROGRAM, etl
from lake_tables import ENV, LIBRARY
from processes import children_of, names_of_signals, status_of, wait_for_end

pytestmark = pytest.mark.skipif(not LIBRARY.exists(), reason="DuckDB's library needs npm: ./dev build gets it")
WORKER = PROGRAM.with_name("sparkify-worker")


@pytest.fixture(scope="module")
def lake(tmp_path_factory, generated_data):
    folder = tmp_path_factory.mktemp("worker") / "lake"
    etl(generated_data, folder)
    return folder


def ask(program, lake, **env):
    return subprocess.run(
        [program, "query", lake, "SELECT 41 + 1 AS x", "--format", "csv"],
        capture_output=True, text=True, env=os.environ | ENV | env, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize("place", ["bin", "libexec/sparkify"])
def test_it_is_found_where_it_is_installed(lake, tmp_path, place):
    """DuckDB's library then is found beside the program, or in lib."""
    for folder in ("bin", "lib", place):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    program = shutil.copy(PROGRAM, tmp_path / "bin/sparkify")
    shutil.copy(WORKER, tmp_path / place)
    for library in (tmp_path / "bin/libduckdb.so", tmp_path / "lib/libduckdb.so"):
        library.symlink_to(LIBRARY)
        done = ask(program, lake, SPARKIFY_DUCKDB="")
        assert (done.stdout, done.stderr) == ("x\n42\n", "")
        library.unlink()
    assert "libduckdb.so" in ask(program, lake, SPARKIFY_DUCKDB="").stderr


def test_a_link_to_the_program_is_followed(lake, tmp_path):
    """Beside the link is a file of another program, which nobody starts."""
    (tmp_path / "sparkify").symlink_to(PROGRAM)
    (tmp_path / "sparkify-worker").write_text("#!/bin/sh\ntouch started\n")
    (tmp_path / "sparkify-worker").chmod(0o755)
    done = subprocess.run(
        ["sparkify", "query", lake, "SELECT 1"], cwd=tmp_path, capture_output=True, check=True,
        env=os.environ | ENV | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
    )  # fmt: skip
    assert done.stdout == b"1\n1\n" and not (tmp_path / "started").exists()


def test_it_is_missing(lake, tmp_path):
    program = shutil.copy(PROGRAM, tmp_path)
    done = ask(program, lake)
    assert done.returncode == 1 and done.stdout == "" and len(done.stderr.splitlines()) == 2
    for word in ("sparkify-worker", f"not in {tmp_path}", "SPARKIFY_WORKER", "static"):
        assert word in done.stderr
    assert ask(program, lake, SPARKIFY_WORKER=str(WORKER)).stdout == "x\n42\n"


def script(folder, code):
    path = folder / "worker"
    path.write_text(f"#!{sys.executable}\nimport socket, struct, sys, time\ns = socket.socket(fileno=3)\n{code}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("sys.exit(1)", "ended at its start"),
        ("s.send(b'hello')", "another program"),
        ("s.send(b'hello'); time.sleep(1000)", "another program"),
        ("s.send(struct.pack('<8sQ', b'whatever', 1))", "another program"),
        ("s.send(struct.pack('<8sQ', b'workers', 2**40)); s.recv(1)", "is of another version"),
        ("s.send(struct.pack('<8sQ', b'workers', 1)); s.recv(1)", "has ended"),
    ],
)
def test_it_is_something_else(lake, tmp_path, code, words):
    path = script(tmp_path, code)
    done = ask(PROGRAM, lake, SPARKIFY_WORKER=str(path))
    assert done.returncode == 1 and done.stdout == "" and len(done.stderr.splitlines()) == 2
    assert words in done.stderr and (str(path) in done.stderr or words == "has ended")


@pytest.mark.parametrize(("name", "words"), [("none", "No such file"), ("file", "Permission denied")])
def test_it_cannot_be_started(lake, tmp_path, name, words):
    (tmp_path / "file").touch(mode=0o644)
    done = ask(PROGRAM, lake, SPARKIFY_WORKER=str(tmp_path / name))
    assert done.returncode == 1 and words in done.stderr and "SPARKIFY_WORKER names it" in done.stderr
    (tmp_path / "file").write_bytes(b"\x7fELF")
    (tmp_path / "file").chmod(0o755)
    broken = ask(PROGRAM, lake, SPARKIFY_WORKER=str(tmp_path / "file"))
    assert broken.returncode == 1 and "cannot start the queries' worker" in broken.stderr


def test_it_does_nothing_alone():
    done = subprocess.run([WORKER], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2 and "sparkify query" in done.stderr


def start_odd():
    """As from a program that has pipes open, and blocks and ignores signals."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGALRM, signal.SIGCHLD})
    signal.signal(signal.SIGUSR2, signal.SIG_IGN)
    os.dup2(2, 3)
    os.dup2(2, 77)


def test_it_inherits_nothing(lake):
    names = names_of_signals
    process = subprocess.Popen(
        [PROGRAM, "query", lake, "SELECT count(*) FROM range(1000000000000)"],
        env=os.environ | ENV, preexec_fn=start_odd, close_fds=False, stderr=subprocess.PIPE,
    )  # fmt: skip
    while not (spawners := children_of(process.pid)) or not (workers := children_of(spawners[0])):
        assert process.poll() is None
    ignored = {"SIGINT", "SIGTERM", "SIGHUP", "SIGPIPE", "SIGXFSZ"}
    deadline = time.monotonic() + 30  # while a thread is started, all signals are blocked
    while names(status_of(workers[0])["SigBlk"]) != {"SIGUSR1"}:
        assert time.monotonic() < deadline
    found = status_of(spawners[0])
    assert (names(found["SigIgn"]), names(found["SigBlk"]), names(found["SigCgt"])) == (ignored, set(), set())
    while {int(fd) for fd in os.listdir(f"/proc/{spawners[0]}/fd")} != {0, 1, 2, 3}:
        assert time.monotonic() < deadline  # the worker's socket is there until it is started
    assert names(status_of(workers[0])["SigIgn"]) == ignored
    kinds = [os.readlink(fd) for fd in Path(f"/proc/{workers[0]}/fd").iterdir()]
    assert len([kind for kind in kinds if kind.startswith("socket:")]) == 1
    assert not [kind for kind in kinds if kind.startswith("pipe:") and kind != os.readlink(f"/proc/{process.pid}/fd/2")]
    process.send_signal(signal.SIGKILL)
    wait_for_end(spawners[0], workers[0])
    process.communicate()


def ignore_children():
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)


def close_input():
    os.close(0)


@pytest.mark.parametrize("odd", [ignore_children, close_input])
def test_a_program_that_reaps_or_closes(lake, odd):
    """Whoever waits for a child that is gone already, or gets a low descriptor, still goes on."""
    done = subprocess.run(
        [PROGRAM, "query", lake, "SELECT count(*) FROM users; SELECT 42", "--format", "csv"],
        env=os.environ | ENV, preexec_fn=odd, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.endswith("42\n")
