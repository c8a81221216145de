"""`sparkify etl --engine spark` as a whole: what the native engine writes, on a cluster; and what
becomes of the lake when the cluster fails.
"""

import contextlib
import fcntl
import gzip
import json
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading
import time
from collections import Counter

import duckdb
import pytest
from conftest import (
    CHECKED,
    PROGRAM,
    REBUILD,
    SANITIZED,
    TABLES,
    Run,
    etl,
    message,
    play,
    read_rejects,
    run,
    snapshot,
    song,
    tables,
    without_run,
    write_tree,
    zstd,
)
from grpc_server import OK, Answer, GrpcServer, RawAnswer, field, version_answer
from grpc_server import message as grpc_message
from processes import freeze
from spark_server import Spark, missing

LONG = 300  # seconds: the machine may be busy


def on_spark(spark, source, lake, *options, **how):
    """Runs the job on the cluster; its summary."""
    engine = ("--engine", "spark", "--spark", spark)
    return etl(source, lake, *engine, *REBUILD, *options, timeout=LONG, **how)


def refused(spark, source, lake):
    """The message of a job that must fail on the cluster."""
    engine = ("--engine", "spark", "--spark", spark)
    return message(run("etl", *engine, *REBUILD, "--input", source, "--output", lake, timeout=LONG))


def by_content(rows):
    """The rows of a table, whatever their order."""
    return sorted(rows, key=lambda row: repr(sorted(row.items())))


def assert_same_tables(lake, other):
    found, expected = tables(lake), tables(other)
    for table in TABLES:
        assert by_content(found[table]) == by_content(expected[table]), table


def what(reject):
    """Spark does not count the lines of logs."""
    names = ["source", "file", "code", "record", "record_base64"]
    names += ["line"] if reject["source"] == "songs" else []
    return tuple(reject.get(name) or "" for name in names)


def assert_same_run(summary, other):
    """Two engines' summaries tell the same of the records."""
    for name, source in summary["sources"].items():
        for count in ("files", "bytes", "records", "left_out", "rejected", "rejected_by_code"):
            assert source[count] == other["sources"][name][count], (name, count)
        assert source["unknown_fields"] == other["sources"][name]["unknown_fields"]
    assert summary["plays"] == other["plays"]
    for table in TABLES:
        assert summary["tables"][table]["rows"] == other["tables"][table]["rows"], table


# ---- The same as the native engine --------------------------------------------------------------


def test_sample_data(spark, sample_data, tmp_path):
    """Four tables are byte for byte those of the native engine; in songplays only the order of rows
    is another."""
    lake, native = tmp_path / "lake", tmp_path / "native"
    summary = on_spark(spark, sample_data, lake)
    assert_same_run(summary, etl(sample_data, native))
    assert_same_tables(lake, native)
    ours, theirs = without_run(lake), without_run(native)
    assert ours.keys() == {name for name in theirs if not name.startswith("_sparkify")}
    for name, data in ours.items():
        assert name.startswith("songplays/") or data == theirs[name], name
    assert run("check", lake).code == 0
    again = etl(sample_data, lake)
    unchanged = {name for name, table in again["tables"].items() if table["unchanged"]}
    assert unchanged == set(TABLES) - {"songplays"}


ODD_PLAYS = [
    play(),
    play(),  # identical
    play(level="paid"),  # a key that is shared
    play(page="Home", userId=""),
    play(userId="U2", ts=1541199999999, song=None, artist=None, length=None, extra=1),
    play(userId="Ü 💾", sessionId=2, length=-0.0, extra=2),
    play(ts="1541106106796"),
    "not JSON",
    '{"cut": "off',
    "",
]
ODD_SONGS = [
    song(),
    song(song_id="S2", artist_id="A/2: %", year=None, new={"a": 1}),
    song(song_id="S3", artist_id="A/2: %", duration=None, title="It's \\ \"so\""),
    song(song_id=""),
    song(duration="long"),
]


def odd_input(folder):
    """Names that Hadoop takes for a pattern, and that a URL has to escape."""
    files = {
        "song_data/A/songs.json": ODD_SONGS,
        "song_data/A/one [1]{x}.json": song(song_id="S4", artist_id="A4"),
        "log_data/2018/11/day 1 %41.json": ODD_PLAYS,
        "log_data/_hidden.json": ["broken"],
        "log_data/2018/empty.json": "",
    }
    return write_tree(folder / "in [a]*{b,c} %20 ü", files)


def test_odd_records_and_names(spark, tmp_path):
    source, lake, native = odd_input(tmp_path), tmp_path / "la ke", tmp_path / "native"
    limit = ("--max-rejects", "100%")
    summary = on_spark(spark, source, lake, *limit)
    expected = etl(source, native, *limit)
    assert_same_run(summary, expected)
    assert_same_tables(lake, native)
    found = Counter(map(what, read_rejects(lake, summary["run"])))
    assert found == Counter(map(what, read_rejects(native, expected["run"])))
    assert len(found) == 5
    assert run("check", lake).code == 0


def test_odd_input_is_told_alike(spark, tmp_path):
    """Endings in any case, names that are passed over, times in seconds."""
    seconds = [play(ts=1541106106 + i, itemInSession=i, song=f"Song {i}", length=i + 0.5) for i in range(3)]
    source = write_tree(tmp_path / "in", {
        "song_data/s.JSON": song(),
        "song_data/readme.txt": "no songs",
        "log_data/2018/a.Json": seconds[:2],
        "log_data/b.NDJSON": seconds[2:],
        "log_data/c.log": play(),
        "log_data/d.json.bz2": "BZh9",
    })  # fmt: skip
    lake, native = tmp_path / "lake", tmp_path / "native"
    summary, expected = on_spark(spark, source, lake), etl(source, native)
    assert_same_run(summary, expected)
    assert_same_tables(lake, native)
    assert {name: side["passed_over"] for name, side in summary["sources"].items()} == {
        "songs": 1, "logs": 2,
    }  # fmt: skip
    assert summary["warnings"] == expected["warnings"] and "1970" in summary["warnings"][0]
    # No song matches these plays: they say themselves what was played.
    plays = {(row["song_id"], row["song"], row["artist"], row["length"]) for row in tables(lake)["songplays"]}
    assert plays == {(None, f"Song {i}", "Name", i + 0.5) for i in range(3)}


def test_an_input_without_plays_empties_nothing(spark, tmp_path):
    lake, native = tmp_path / "lake", tmp_path / "native"
    source = write_tree(tmp_path / "in", {"song_data/s.json": song(), "log_data/l.json": play()})
    for place in (lake, native):
        etl(source, place)
    write_tree(source, {"log_data/l.json": play(page="Home")})
    before = snapshot(lake)
    options = ("--missing-logs", "rebuild")
    engine = ("--engine", "spark", "--spark", spark)
    places = ("--input", source, "--output", lake, *options)
    text = message(run("etl", *engine, *places, timeout=LONG))
    assert text == message(run("etl", "--input", source, "--output", native, *options)).replace(
        str(native), str(lake)
    )
    assert "hold no play" in text and "--allow-empty" in text
    assert snapshot(lake) == before
    options += ("--allow-empty",)
    assert_same_run(on_spark(spark, source, lake, *options), etl(source, native, *options))
    assert_same_tables(lake, native)


def test_too_many_rejects(spark, tmp_path):
    source, lake = odd_input(tmp_path), tmp_path / "lake"
    engine = ("--engine", "spark", "--spark", spark)
    done = run("etl", *engine, "--input", source, "--output", lake, timeout=LONG)
    text = message(done, code=3)
    assert "songs records were rejected" in text and "_rejects/run=" in text
    assert {path.name for path in lake.iterdir()} <= {"_rejects", "_sparkify"}
    assert list(lake.glob("_rejects/run=*/part-00000.json"))


# ---- Large tables: Spark writes them -----------------------------------------------------------


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """So many bytes that Spark writes the large tables; few records, as most is one long field."""
    folder = tmp_path_factory.mktemp("large")
    padding = "x" * 150_000
    days = {}
    for day in range(1, 31):
        lines = [
            play(userId=f"U{i % 7}", itemInSession=i, ts=1541030400000 + day * 86400000 + i * 1000,
                 userAgent=None if i % 5 else "Agent", length=100.25 if i % 3 else 7.5,
                 padding=padding)
            for i in range(60)
        ]  # fmt: skip
        days[f"log_data/{day:02}.json"] = lines
    yield write_tree(folder, {"song_data/songs.json": [song(), song(song_id="S2", year=1999)]} | days)


def test_large_tables_are_written_by_spark(spark, large, tmp_path):
    lake, native = tmp_path / "lake", tmp_path / "native"
    summary = on_spark(spark, large, lake, "--compression", "snappy")
    assert_same_run(summary, etl(large, native))
    assert_same_tables(lake, native)
    assert not list(lake.glob("_sparkify/staging/**/*"))
    names = [path.name for path in (lake / "songplays").rglob("*") if path.is_file()]
    written = [name for name in names if not name.endswith(".json")]
    assert all(re.fullmatch(rf"part-\d{{5}}-{summary['run']}\.snappy\.parquet", n) for n in written)
    assert run("check", lake).code == 0
    count = f"select count(*) from read_parquet('{lake}/songplays/**/part-*.parquet')"
    assert duckdb.sql(count).fetchall() == [(summary["tables"]["songplays"]["rows"],)]
    log = (lake / "songplays/_delta_log/00000000000000000000.json").read_text()
    added = [json.loads(line)["add"] for line in log.splitlines() if '"add"' in line]
    stats = [json.loads(file["stats"]) for file in added]
    assert sum(s["numRecords"] for s in stats) == summary["tables"]["songplays"]["rows"]
    assert all(s["minValues"]["start_time"] <= s["maxValues"]["start_time"] for s in stats)
    # The native engine takes over.
    again = etl(large, lake, "--incremental")
    assert again["incremental"]["full_because"] is None
    assert_same_tables(lake, native)


# ---- What goes wrong ----------------------------------------------------------------------------


ESCAPE = re.compile(r"\x1b(\[[?0-9;]*[A-Za-z]|[78])")


class Running:
    """A run under way, whose progress can be waited for: on a terminal it says ten times a second what it does."""

    def __init__(self, spark, source, lake):
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 1000, 0, 0))  # messages are not wrapped
        self.process = subprocess.Popen(
            [CHECKED, "etl", "--engine", "spark", "--spark", spark, "--input", source,
             "--output", lake, *REBUILD],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs, encoding="utf-8",
            env=os.environ | {"TERM": "xterm", "NO_COLOR": "1"},
        )  # fmt: skip
        os.close(theirs)
        self.shown = b""
        self.reader = threading.Thread(target=self.read, args=(ours,))
        self.reader.start()

    def read(self, terminal):
        with contextlib.suppress(OSError):  # its other end is closed, as Linux says it
            while piece := os.read(terminal, 65536):
                self.shown += piece
        os.close(terminal)

    def wait_until_it_reads(self):
        while not any(step in self.shown for step in (b"the records, parsed", b"the records that count", b"the plays")):
            assert self.process.poll() is None, self.shown
            time.sleep(0.01)

    def end(self, timeout=LONG):
        out, _ = self.process.communicate(timeout=timeout)
        self.reader.join()
        lines = ESCAPE.sub("", self.shown.decode()).replace("\r\n", "\n").split("\n")
        said = "".join(line.rpartition("\r")[2] + "\n" for line in lines if line.rpartition("\r")[2])
        assert not SANITIZED.search(said), said
        return Run(self.process.returncode, out, said)


@pytest.fixture
def old_lake(tmp_path, generated_data):
    """With tables that must stay as they are."""
    lake = tmp_path / "lake"
    etl(generated_data, lake)
    return lake


def test_interrupted(spark, large, old_lake):
    before = snapshot(old_lake)
    running = Running(spark, large, old_lake)
    running.wait_until_it_reads()
    running.process.send_signal(signal.SIGINT)
    done = running.end(timeout=60)
    assert "interrupted" in message(done, code=130)
    assert snapshot(old_lake) == before
    assert not list(old_lake.glob("_sparkify/staging/**/*"))


@pytest.fixture
def own_cluster(tmp_path):
    """One that a test may break."""
    if missing():
        pytest.skip(f"no Spark: {missing()}")
    with Spark(tmp_path / "cluster") as cluster:
        yield cluster


def kill_group(process):
    os.killpg(process.pid, signal.SIGKILL)


def test_the_server_is_frozen_or_killed_or_a_worker_is(own_cluster, large, tmp_path, old_lake):
    running = Running(own_cluster.address, large, tmp_path / "new")
    running.wait_until_it_reads()
    kill_group(own_cluster.workers[0])
    done = running.end()
    assert done.code == 0, done.err
    etl(large, tmp_path / "native")
    assert_same_tables(tmp_path / "new", tmp_path / "native")

    before = snapshot(old_lake)
    running = Running(own_cluster.address, large, old_lake)
    running.wait_until_it_reads()
    freeze(own_cluster.server.pid)
    running.process.send_signal(signal.SIGINT)
    done = running.end(timeout=60)
    own_cluster.server.send_signal(signal.SIGCONT)
    assert "interrupted" in message(done, code=130)
    assert snapshot(old_lake) == before

    running = Running(own_cluster.address, large, old_lake)
    running.wait_until_it_reads()
    kill_group(own_cluster.server)
    text = message(running.end())
    assert "127.0.0.1" in text
    assert snapshot(old_lake) == before


def has_files(lake):
    return any(path.is_file() for table in TABLES for path in (lake / table).rglob("*"))


def test_a_run_is_not_served_what_a_killed_one_has_cached(spark, tmp_path):
    """Spark's memory is for all sessions, and outlives them."""
    source, lake = tmp_path / "in", tmp_path / "lake"
    days = {day: [play(ts=day * 86_400_000 + i) for i in range(50)] for day in (17000, 17001)}
    write_tree(source, {"song_data/s.json": song(), "log_data/1.json": days[17000]})
    running = Running(spark, source, lake)
    while running.process.poll() is None and not has_files(lake):
        time.sleep(0.005)
    running.process.kill()
    running.end()
    write_tree(source, {"log_data/2.json": days[17001]})
    assert on_spark(spark, source, lake)["tables"]["songplays"]["rows"] == 100


ODD_SETTINGS = {
    "spark.sql.files.ignoreCorruptFiles": "true",
    "spark.sql.files.ignoreMissingFiles": "true",
    "spark.sql.parser.escapedStringLiterals": "true",
    "spark.sql.execution.arrow.useLargeVarTypes": "true",
    "spark.sql.execution.arrow.compression.codec": "zstd",
}


def test_what_the_server_was_set_to_changes_nothing(tmp_path):
    if missing():
        pytest.skip(f"no Spark: {missing()}")
    source, native = odd_input(tmp_path), tmp_path / "native"
    limit = ("--max-rejects", "100%")
    expected = etl(source, native, *limit)
    with Spark(tmp_path / "cluster", workers=0, conf=ODD_SETTINGS) as cluster:
        assert_same_run(on_spark(cluster.address, source, tmp_path / "lake", *limit), expected)
        assert_same_tables(tmp_path / "lake", native)
        whole = gzip.compress("\n".join(play(ts=i) for i in range(5000)).encode())
        write_tree(source, {"log_data/half.json.gz": whole[: len(whole) // 2]})
        assert "half.json.gz" in refused(cluster.address, source, tmp_path / "new")


def test_a_folder_that_spark_skips(spark, tmp_path):
    files = {"song_data/s.json": song(), "log_data/x._COPYING_/l.json": play()}
    source = write_tree(tmp_path / "in", files)
    assert "log_data/x._COPYING_/l.json" in refused(spark, source, tmp_path / "lake")


def test_a_query_that_fails(spark, tmp_path, old_lake):
    source = write_tree(
        tmp_path / "bad", {"song_data/s.json": song(), "log_data/l.json.gz": b"\x1f\x8b no gzip"}
    )
    before = snapshot(old_lake)
    text = refused(spark, source, old_lake)
    assert "Spark at 127.0.0.1" in text and "l.json.gz" in text
    assert snapshot(old_lake) == before


@pytest.mark.parametrize("name", ["song_data/x.json", "log_data/x.json"])
@pytest.mark.parametrize("pack", [gzip.compress, zstd])
def test_packed_bytes_that_are_called_text(spark, tmp_path, name, pack):
    files = {"song_data/s.json": song(), "log_data/l.json": play(), name: pack(song().encode())}
    text = refused(spark, write_tree(tmp_path / "in", files), tmp_path / "lake")
    assert f"{name} is packed data, and its name says text" in text


REFUSALS = {
    "nothing answers": (None, "nothing answers at 127.0.0.1"),
    "something else": (RawAnswer(b"SSH-2.0-OpenSSH_9.2\r\n"), "127.0.0.1"),
    "an older Spark": (Answer(version_answer("3.5.1"), OK), "3.5.1"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_servers_that_cannot_do_it(case, tmp_path, old_lake, generated_data):
    answer, expected = REFUSALS[case]
    before = snapshot(old_lake)
    with contextlib.ExitStack() as stack:
        address = "sc://127.0.0.1:1"
        if answer:
            address = stack.enter_context(GrpcServer(answer)).address
        assert expected in refused(address, generated_data, old_lake)
    assert snapshot(old_lake) == before


NOTHING = field(8, field(1, "4.1.0")) + field(13, "r") + field(14, b"")


def test_a_server_that_sends_nothing_empties_nothing(tmp_path, old_lake, generated_data):
    """It ends each query with "complete"."""
    before = snapshot(old_lake)
    with GrpcServer(Answer(grpc_message(NOTHING), OK)) as server:
        text = refused(server.address, generated_data, old_lake)
    assert "ended a query without sending its rows" in text
    assert snapshot(old_lake) == before


# ---- The command --------------------------------------------------------------------------------


def test_usage(tmp_path, generated_data):
    io = ("--input", generated_data, "--output", tmp_path / "lake")
    env = {"SPARK_REMOTE": ""}
    cases = {
        ("--engine", "spark"): "SPARK_REMOTE",
        ("--spark", "sc://here"): "--engine spark",
        ("--spark-plain-keys",): "--engine spark",
        ("--engine", "flink"): "expected native or spark",
        ("--engine", "spark", "--spark", "http://here"): "sc://",
    }
    for options, expected in cases.items():
        assert expected in message(run("etl", *io, *options, env=env), code=2), options
    assert not (tmp_path / "lake").exists()


def test_remote_comes_from_the_environment(tmp_path, generated_data):
    io = ("--engine", "spark", "--input", generated_data, "--output", tmp_path / "lake")
    done = run("etl", *io, env={"SPARK_REMOTE": "sc://127.0.0.1:1"})
    assert "nothing answers at 127.0.0.1:1" in message(done)


def test_dry_run_prints_a_script(tmp_path):
    """Without a server; each statement has a comment that says what it is for."""
    source = odd_input(tmp_path)
    done = run("etl", "--engine", "spark", "--input", source, "--dry-run")
    assert (done.code, done.err) == (0, "")
    statements = [part.strip() for part in re.split(r";(?: --[^\n]*)?\n", done.out) if part.strip()]
    assert all(part.startswith(("SET ", "-- ", "DROP ", "CREATE ")) for part in statements)
    for table in TABLES:
        assert f"-- {table}: " in done.out
    assert "SET spark.sql.session.timeZone = UTC" in done.out
    assert list(tmp_path.iterdir()) == [source]


def test_doctor(spark, tmp_path, generated_data):
    lake = tmp_path / "lake"
    etl(generated_data, lake)
    before = snapshot(lake)
    io = ("--input", generated_data, "--output", lake, "--json")
    done = run("doctor", "--engine", "spark", "--spark", spark, *io, timeout=LONG)
    assert done.code == 0, done
    steps = [(s["step"], s["result"]) for s in json.loads(done.out)["steps"] if s["part"] == "cluster"]
    assert steps == [("server", "ok"), ("read", "ok"), ("read", "ok"), ("write", "ok")]
    assert snapshot(lake) == before and not list(lake.glob("_sparkify/staging/*"))

    done = run("doctor", "--engine", "spark", "--spark", "sc://127.0.0.1:1", *io)
    assert done.code == 1
    (step,) = [s for s in json.loads(done.out)["steps"] if s["part"] == "cluster"]
    assert step["result"] == "failed" and "nothing answers" in step["text"]


def test_the_client_is_small(spark, large, tmp_path):
    """20 MB and no CPU to speak of, whatever the size of the input."""
    summary = on_spark(spark, large, tmp_path / "lake", program=PROGRAM)
    assert summary["peak_memory_bytes"] < 32 * 1024 * 1024
