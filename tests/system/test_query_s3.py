"""sparkify query over a lake in a bucket: only needed files are fetched, once, into a cache of the
user's own that has a bound."""

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import PROGRAM, message, run
from terminal import Terminal
from test_lake_s3 import Lake, plays
from test_query import ENV, pytestmark  # noqa: F401
from test_s3_etl import bucket, job, nothing_of_this_machine  # noqa: F401

pytest_plugins = ["s3_server"]
COUNT = "SELECT count(*) AS n FROM songplays"


@pytest.fixture
def asked(job, bucket, tmp_path):  # noqa: F811
    """A lake of three days in as many months, and a way to ask it."""
    lake = Lake(job, bucket)
    for day in (31, 62):
        lake.put(f"log_data/{day}.json", plays(day))
    lake.etl()
    lake.cache = tmp_path / "cache"

    def ask(*arguments):
        place = ("--bucket", lake.bucket, "--endpoint", job.endpoint)
        env = {**ENV, "XDG_CACHE_HOME": str(lake.cache)}
        return run("query", *place, *arguments, cwd=job.folder, env=env)

    lake.ask = ask
    return lake


def cached(lake):
    return {p.relative_to(lake.cache): p for p in lake.cache.rglob("*.parquet")}


def test_files_are_fetched_once_and_only_where_they_are_needed(asked):
    assert asked.ask("SELECT count(*) AS n FROM users").out == "n\n3\n"
    assert [path.parent.name for path in cached(asked).values()] == ["users"]
    first = asked.ask(COUNT, "--from", "2018-12-01", "--to", "2018-12-31")
    assert first.out == "n\n10\n"
    assert len(cached(asked)) == 2  # one month of three
    assert asked.ask(COUNT).out == "n\n30\n"
    times = {name: path.stat().st_ino for name, path in cached(asked).items()}
    assert asked.ask("SELECT count(*) AS n FROM songs JOIN artists USING (artist_id)").code == 0
    assert asked.ask(COUNT).out == "n\n30\n"
    assert {n: p.stat().st_ino for n, p in cached(asked).items() if n in times} == times
    folders = [path for path in asked.cache.rglob("*") if path.is_dir()]
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o700 for path in folders)
    assert not list(asked.cache.rglob("*.tmp"))


def test_the_cache_has_a_bound(asked):
    asked.ask(COUNT)
    asked.ask("SELECT count(*) FROM users")
    before = cached(asked)
    oldest = min(before.values(), key=lambda path: path.stat().st_mtime)
    os.utime(oldest, (1, 1))
    kept = sum(path.stat().st_size for path in before.values()) - oldest.stat().st_size
    done = asked.ask("SELECT count(*) AS n FROM artists", "--cache-size", str(kept + 2000))
    assert done.code == 0 and done.out.startswith("n\n")
    assert not oldest.exists()
    assert asked.ask(COUNT).out == "n\n30\n"


def test_a_cached_file_that_is_too_short_is_fetched_again(asked):
    asked.ask(COUNT)
    for path in cached(asked).values():
        os.truncate(path, 10)
    assert asked.ask(COUNT).out == "n\n30\n"


def test_a_cache_that_cannot_be_written(asked):
    asked.cache.write_text("a file")
    text = message(asked.ask(COUNT))
    assert str(asked.cache) in text


def test_the_bucket_of_dl_cfg(asked):
    """Where nothing else says which lake: also for other commands than query."""
    asked.job.configure(more=f"[S3]\nBUCKET={asked.bucket}\n")
    place = ("--endpoint", asked.job.endpoint)
    env = {**ENV, "XDG_CACHE_HOME": str(asked.cache)}
    assert run("query", *place, COUNT, env=env, cwd=asked.job.folder).out == "n\n30\n"
    assert run("check", *place, cwd=asked.job.folder).code == 0
    done = run("query", *place, COUNT, env={**env, "SPARKIFY_LAKE": "/nowhere"}, cwd=asked.job.folder)
    assert done.code != 0 and "/nowhere" in done.err


def test_a_new_version_is_seen(asked):
    assert asked.ask(COUNT).out == "n\n30\n"
    asked.put("log_data/93.json", plays(93))
    asked.etl("--incremental")
    assert asked.ask(COUNT).out == "n\n40\n"


def test_a_report(asked, job, tmp_path):  # noqa: F811
    """The same as of a lake on a disk; its versions and rejects are read from the bucket, too."""
    place = ("--bucket", asked.bucket, "--endpoint", job.endpoint)
    env = {**ENV, "XDG_CACHE_HOME": str(asked.cache)}
    for _ in range(2):
        done = run("report", *place, "--json", cwd=job.folder, env=env)
        assert done.code == 0, done.err
        found = json.loads(done.out)
        assert (found["plays"], found["users"], found["rejects"]) == (30, 3, [])
        assert [version["version"] for version in found["versions"]] == [0]
        assert found["lake"] == f"s3://{asked.bucket}"


JOIN = "SELECT count(*) AS n FROM songplays JOIN users USING (user_id) CROSS JOIN time"


def test_a_cache_of_no_size(asked):
    """What a statement needs is there until it ends; and goes when something else is wanted later."""
    n = asked.ask(JOIN, "--cache-size", "0").out
    assert n == asked.ask(JOIN).out and n.startswith("n\n")
    for path in cached(asked).values():
        os.utime(path, (1, 1))
    assert asked.ask("SELECT count(*) AS n FROM artists", "--cache-size", "0").code == 0
    assert [path.parent.name for path in cached(asked).values()] == ["artists"]


def test_the_size_of_the_cache_by_the_environment(asked, monkeypatch):
    monkeypatch.setenv("SPARKIFY_CACHE_SIZE", "0")
    asked.ask(JOIN)
    for path in cached(asked).values():
        os.utime(path, (1, 1))
    assert asked.ask("SELECT count(*) AS n FROM artists").code == 0
    assert [path.parent.name for path in cached(asked).values()] == ["artists"]


def test_files_that_somebody_reads_stay(asked):
    """Another query with a small cache does not take them away."""
    assert asked.ask(COUNT).out == "n\n30\n"
    before = set(cached(asked))
    assert asked.ask("SELECT count(*) AS n FROM users", "--cache-size", "1").code == 0
    assert before < set(cached(asked))


def damage(path, kind):
    size = path.stat().st_size
    if kind == "zeros":
        path.write_bytes(bytes(size))
    elif kind == "longer":
        path.write_bytes(path.read_bytes() + b"x")
    elif kind == "link":
        path.unlink()
        path.symlink_to("/etc/passwd")
    elif kind == "pipe":
        path.unlink()
        os.mkfifo(path)


@pytest.mark.parametrize("kind", ["zeros", "longer", "link", "pipe"])
def test_what_is_in_the_cache_and_is_not_right(asked, kind):
    assert asked.ask(COUNT).out == "n\n30\n"
    for path in cached(asked).values():
        damage(path, kind)
    assert asked.ask(COUNT).out == "n\n30\n"
    assert all(path.is_file() and not path.is_symlink() for path in cached(asked).values())


def test_a_cache_that_others_can_write_to(asked):
    (asked.cache / "sparkify").mkdir(parents=True)
    (asked.cache / "sparkify").chmod(0o777)
    text = message(asked.ask(COUNT))
    assert "other users can write" in text and "XDG_CACHE_HOME" in text
    (asked.cache / "sparkify").chmod(0o755)
    assert asked.ask(COUNT).out == "n\n30\n"


def test_two_queries_at_once_fill_one_cache(asked):
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: asked.ask(JOIN), range(4)))
    assert len({run.out for run in done}) == 1 and {run.code for run in done} == {0}, done
    assert not list(asked.cache.rglob("*.tmp"))


def test_a_shell_whose_cached_files_go(asked):
    """They are fetched again for the next statement."""
    place = ("--bucket", asked.bucket, "--endpoint", asked.job.endpoint)
    env = {**ENV, "XDG_CACHE_HOME": str(asked.cache), "XDG_STATE_HOME": str(asked.cache)}
    config = asked.job.folder / "dl.cfg"
    shell = Terminal(PROGRAM, "query", *place, "--config", config, env=env)
    for _ in range(2):
        shell.read_until("sparkify> ")
        shell.type(f"{COUNT};\n")
        shell.read_until("30")
        for path in cached(asked).values():
            path.unlink()
    shell.read_until("sparkify> ")
    assert shell.end() == 0
