"""What cannot be had: memory, threads. Each allocation, and each start of a thread, of a run fails once
(failing.c): the run says so and ends, or does without; it never crashes, hangs, or leaves half a lake."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import polars
import pytest
from conftest import PROGRAM, PROJECT, etl, play, run, song, write_tree
from lake_tables import ENV, LIBRARY

pytest_plugins = ["s3_server"]

BUILD = Path(os.environ.get("SPARKIFY_BUILD") or PROJECT / "build/release")
SHIM = BUILD / "tests/system/libfailing.so"
pytestmark = pytest.mark.skipif(not SHIM.exists(), reason="needs failing.c: ./dev test builds it")
SAID = "sparkify: out of memory\n  try: fewer --threads, or a machine with more memory\n"
KEPT = ("--keep-versions", "5", "--max-rejects", "50%")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("memory")
    write_tree(folder / "in", {f"song_data/{i}.json": song(song_id=f"S{i}", year=i) for i in range(4)})
    plays = [play(itemInSession=i, ts=1541106106796 + i * 10**8, userId=str(i % 7)) for i in range(60)]
    write_tree(folder / "in", {"log_data/a.json": plays[:30], "log_data/b.json": plays[30:] + ["{"]})
    etl(folder / "in", folder / "lake", *KEPT, program=PROGRAM)
    (folder / "model.yaml").write_text(run("schema", "--print-model", program=PROGRAM).out)
    return folder


def failing(arguments, how, **options):
    return subprocess.run(
        [PROGRAM, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        env=os.environ | {"LD_PRELOAD": str(SHIM)} | how, **options,
    )  # fmt: skip


def count(kind, arguments, folder, env=None, **options):
    """How many allocations, or starts of threads, a run has that gets all."""
    done = failing(arguments, {"COUNT": str(folder / "count")} | (env or {}), **options)
    assert done.returncode == 0, done.stderr
    return [int(n) for n in (folder / "count").read_text().split()][kind == "FAIL_THREAD"]


def spread(total, points):
    """Some of 1 … total, the first and the last among them."""
    return sorted({1 + (total - 1) * i // (points - 1) for i in range(points)} if total else ())


def assert_said(done, how):
    """Success is possible: some libraries do without what they cannot have."""
    assert done.returncode in (0, 1), (how, done)
    if done.returncode and "FAIL_MALLOC" in how:
        assert done.stderr.endswith(SAID), (how, done.stderr)
    elif done.returncode:  # a library may say of one failure only that it did not work
        assert re.search("^sparkify: ", done.stderr, re.MULTILINE), (how, done.stderr)


KINDS = ("FAIL_MALLOC", "FAIL_MALLOC_ONCE", "FAIL_THREAD")

COMMANDS = {
    "history": ["history", "lake", "--json"],
    "check": ["check", "lake"],
    "vacuum": ["vacuum", "lake", "--dry-run"],
    "restore": ["restore", "lake", "--at", "0", "--dry-run"],
    "schema": ["schema", "lake", "--sql", "duckdb"],
    "model": ["schema", "--check", "model.yaml"],
    "dry run": ["etl", "--input", "in", "--output", "lake", "--dry-run", *KEPT],
    "questions": ["query", "--list"],
    "help": ["help", "--json"],
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command(data, tmp_path, command, kind):
    total = count(kind, COMMANDS[command], tmp_path, cwd=data)
    for number in spread(total, 12):
        how = {kind: str(number)}
        assert_said(failing(COMMANDS[command], how, cwd=data), how)


@pytest.mark.skipif(not LIBRARY.exists(), reason="DuckDB's library needs npm: ./dev build gets it")
@pytest.mark.parametrize("kind", KINDS)
def test_a_query(data, tmp_path, kind):
    """The same fails in the worker."""
    arguments = ["query", "lake", "SELECT count(*) FROM songplays"]
    total = count(kind, arguments, tmp_path, ENV, cwd=data)
    for number in spread(total, 24):
        how = {kind: str(number)}
        assert_said(failing(arguments, how | ENV, cwd=data), how)


@pytest.mark.skipif(not LIBRARY.exists(), reason="DuckDB's library needs npm: ./dev build gets it")
@pytest.mark.parametrize("how", [{"FAIL_FORK": "1"}, {"FAIL_THREAD": "1"}])
def test_a_query_without_processes(data, how):
    done = failing(["query", "lake", "SELECT count(*) FROM time"], how | ENV, cwd=data)
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 2
    assert "the query's worker" in done.stderr and "ulimit -u" in done.stderr


def rows_of(lake):
    return {table: polars.scan_delta(str(lake / table)).collect().height for table in ("users", "songplays", "time")}


@pytest.mark.parametrize("kind", KINDS)
def test_etl(data, tmp_path, kind):
    """Each table is that of before or the new one, and the next run finds nothing in its way."""
    arguments = ["etl", "--input", "in", "--output", "lake", "--threads", "2", "--quiet", *KEPT]
    shutil.copytree(data / "in", tmp_path / "in")
    (tmp_path / "in/log_data/c.json").write_text(play(userId="new", ts=1541106106797) + "\n")
    old, new, seen = rows_of(data / "lake"), None, set()
    for number in [None, *range(24)]:
        shutil.rmtree(tmp_path / "lake", ignore_errors=True)
        shutil.copytree(data / "lake", tmp_path / "lake")
        if number is None:
            total = count(kind, arguments, tmp_path, cwd=tmp_path)
            new = rows_of(tmp_path / "lake")
            assert {table: rows - old[table] for table, rows in new.items()} == dict.fromkeys(old, 1)
            continue
        how = {kind: str(1 + (total - 1) * number // 23)}
        done = failing(arguments, how, cwd=tmp_path)
        assert_said(done, how)
        seen.add(done.returncode)
        if done.returncode:
            assert all(rows in (old[table], new[table]) for table, rows in rows_of(tmp_path / "lake").items()), how
            assert run(*arguments, cwd=tmp_path, program=PROGRAM).code == 0
        assert rows_of(tmp_path / "lake") == new, how
    assert seen == {0} if kind == "FAIL_THREAD" else 1 in seen


@pytest.mark.parametrize("kind", [*KINDS, "FAIL_WATCH"])
def test_s3(data, server, s3, tmp_path, kind):
    source, lake = server.new_bucket("input"), server.new_bucket()
    s3.upload(data / "in", source)
    keys = {"AWS_ACCESS_KEY_ID": server.access_key, "AWS_SECRET_ACCESS_KEY": server.secret_key}
    arguments = ["etl", "--input", f"s3://{source}", "--bucket", lake, "--threads", "2", "--quiet", *KEPT,
                 "--endpoint", server.endpoint, "--retry-time", "1", "--connections", "4"]  # fmt: skip
    assert failing(arguments, keys).returncode == 0
    total = 30 if kind == "FAIL_WATCH" else count(kind, arguments, tmp_path, keys)
    for number in spread(total, 40):
        how = {kind: str(number)}
        done = failing(arguments, how | keys)
        assert_said(done, how)
        if kind == "FAIL_WATCH" and done.returncode:
            assert "no more sockets can be watched" in done.stderr or "max_user_watches" in done.stderr
    assert failing(arguments, keys).returncode == 0
    check = ["check", f"s3://{lake}", "--endpoint", server.endpoint]
    assert failing(check, keys).returncode == 0


def test_openssl_without_sha256(tmp_path):
    """As its configuration may have it: no matter of memory."""
    (tmp_path / "openssl.cnf").write_text("openssl_conf = a\n[a]\nproviders = b\n[b]\nlegacy = c\n[c]\nactivate = 1\n")
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "OPENSSL_CONF": str(tmp_path / "openssl.cnf")}
    for scheme in ("http", "https"):
        done = run("history", "s3://bucket", "--endpoint", f"{scheme}://127.0.0.1:1", env=keys)
        assert done.code == 1 and "OpenSSL has no SHA-256" in done.err and "OPENSSL_CONF" in done.err
