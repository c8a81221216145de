"""Measures queries: each named question by sparkify, by DuckDB's shell over the same files (by globs), and by Polars
over the same files without SQL. Then the start of the shell, a full scan, a lake in S3 with 20 ms added to each
request, and the report. Run by ./dev bench query.

The three tools run alternately, and each run is a new process; times are medians. The CPU time is reported, too,
because it depends less on other load of the machine.
"""

import argparse
import contextlib
import os
import pty
import re
import select
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import s3_bench

import report

PROJECT = Path(__file__).resolve().parent.parent
SPARKIFY = PROJECT / "build/release/sparkify"
MEASURE = PROJECT / "build/release/bench/measure"
S3_PROGRAM = PROJECT / "build/tools/versitygw"
DUCKDB = Path(sys.executable).with_name("duckdb")
HEADING = "# Results of queries, on tmpfs"
GOAL_SECONDS, GOAL_MEDIAN, GOAL_SONGS, GOAL_REPORT = 0.25, 0.1, 8, 1.2
LATENCY = 20  # ms
ONE = "top-songs"  # the question where one is enough

POLARS = """
import sys
sys.path.insert(0, sys.argv[1])
import polars as pl
from question_answers import ANSWERS
def read(name, partitions):
    files = f"{sys.argv[2]}/{name}/{'*/' * partitions}part-*.parquet"
    return pl.read_parquet(files, hive_partitioning=partitions > 0)
parts = {"songs": 2, "artists": 0, "users": 0, "time": 2, "songplays": 2}
class Tables(dict):
    def __missing__(self, name):
        self[name] = read(name, parts[name])
        return self[name]
print(len(ANSWERS[sys.argv[3]](Tables())))
"""


def say(text):
    print(text, file=sys.stderr, flush=True)


def views(lake):
    """Views of the tables as users of DuckDB write them: globs with Hive partitions."""
    text = ""
    for name, partitions in {"songs": 2, "artists": 0, "users": 0, "time": 2, "songplays": 2}.items():
        glob = f"{lake}/{name}/{'*/' * partitions}part-*.parquet"
        hive = f", hive_partitioning = {'true' if partitions else 'false'}"
        text += f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{glob}'{hive});\n"
    return "SET TimeZone = 'UTC';\n" + text


@dataclass
class Runs:
    """The runs of one command, each a new process."""

    seconds: list = field(default_factory=list)
    cpu: list = field(default_factory=list)
    peak_mib: list = field(default_factory=list)

    @property
    def median(self):
        return statistics.median(self.seconds)

    def add(self, command, **how):
        """Runs the command and returns its output. It is measured by a small parent process (measure.c)."""
        command = [str(word) for word in (MEASURE, *command)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, **how)
        if done.returncode:
            sys.exit(f"{command[1]} failed: {done.stderr[-1500:]}")
        words = done.stderr.split()
        self.seconds.append(float(words[-5]))
        self.cpu.append(float(words[-3]))
        self.peak_mib.append(int(words[-1]) / (1 << 20))
        return done.stdout

    def shown(self):
        return f"{self.median:.3f} s ({statistics.median(self.cpu):.2f})"


def output_of(*command, **how):
    return Runs().add(command, **how)


def questions():
    listed = output_of(SPARKIFY, "query", "--list")
    return [line.split()[0] for line in listed.splitlines()]


def measure(lake, name, runs):
    sql = output_of(SPARKIFY, "query", lake, name, "--show-sql")
    commands = {
        "sparkify": [SPARKIFY, "query", lake, name],
        "DuckDB": [DUCKDB, "-csv", "-c", views(lake) + sql],
        "Polars": [sys.executable, "-c", POLARS, PROJECT / "tests/system", lake, name],
    }
    found = {tool: Runs() for tool in commands}
    for _ in range(runs):
        for tool, command in commands.items():
            found[tool].add(command)
    say(f"{name}: " + ", ".join(f"{tool} {runs.shown()}" for tool, runs in found.items()))
    return found, re.search(r"\b(FROM|JOIN) songs\b", sql) is not None


# ---- One query more ---------------------------------------------------------------------------

def measure_scan(lake):
    """Writes songplays as CSV: the seconds to the first row and to the end, and the greatest memory of a process."""
    command = [SPARKIFY, "query", lake, "SELECT * FROM songplays"]
    firsts = []
    for _ in range(5):
        start = time.perf_counter()
        with subprocess.Popen([*map(str, command)], stdout=subprocess.PIPE) as process:
            process.stdout.readline()
            process.stdout.readline()
            firsts.append(time.perf_counter() - start)
            process.stdout.close()
    whole = Runs()
    shell = 'exec "$0" query "$1" "SELECT * FROM songplays" >/dev/null'
    whole.add(["sh", "-c", shell, SPARKIFY, lake])
    return statistics.median(firsts), whole.median, whole.peak_mib[0]


def shell_start(lake, home):
    """The seconds until the shell shows its prompt."""
    start = time.perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm", XDG_STATE_HOME=str(home))
        os.execv(SPARKIFY, [str(SPARKIFY), "query", str(lake)])
    seen = b""
    while b"sparkify> " not in seen and select.select([terminal], [], [], 10)[0]:
        seen += os.read(terminal, 65536)
    seconds = time.perf_counter() - start
    os.write(terminal, b"\x04")
    with contextlib.suppress(OSError):
        while os.read(terminal, 65536):
            pass
    os.close(terminal)
    os.waitpid(pid, 0)
    return seconds


def measure_report(lake, folder, runs):
    found, path = Runs(), Path(folder) / "report.html"
    for _ in range(runs):
        found.add([SPARKIFY, "report", lake, "--out", path, "--quiet"])
    return found, path.stat().st_size / 1000


def measure_s3(data, folder):
    """The seconds of the first query of a lake in S3, and of the same query again; None if the server or the proxy is
    not installed."""
    if not (s3_bench.TOXIPROXY.exists() and S3_PROGRAM.exists()):
        return None
    first, again = Runs(), Runs()
    with s3_bench.Server(Path(folder) / "s3") as server:
        bucket = server.new_bucket()
        variables = s3_bench.environment(server, server.endpoint, folder)
        output_of(SPARKIFY, "etl", "--input", data, "--output", f"s3://{bucket}", "--quiet",
                  cwd=folder, env=variables)  # fmt: skip
        with s3_bench.slowed(server, LATENCY) as endpoint:
            variables = s3_bench.environment(server, endpoint, folder)
            for turn in range(3):
                variables["XDG_CACHE_HOME"] = f"{folder}/cache{turn}"
                first.add([SPARKIFY, "query", f"s3://{bucket}", ONE], cwd=folder, env=variables)
                again.add([SPARKIFY, "query", f"s3://{bucket}", ONE], cwd=folder, env=variables)
    return first, again


# ---- All --------------------------------------------------------------------------------------

def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--songs", type=int, default=14_896)
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--folder", default="/dev/shm" if os.path.isdir("/dev/shm") else None)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        data, lake = Path(name) / "in", Path(name) / "lake"
        size = ["--songs", options.songs, "--events", options.events, "--quiet"]
        output_of(SPARKIFY, "generate", data, *size)
        output_of(SPARKIFY, "etl", "--input", data, "--output", lake, "--quiet")
        found = {question: measure(lake, question, options.runs) for question in questions()}
        say("the scan, the shell, the report")
        more = {
            "scan": measure_scan(lake),
            "shell": statistics.median(shell_start(lake, name) for _ in range(9)),
            "report": measure_report(lake, name, options.runs),
        }
        say("S3")
        more["s3"] = measure_s3(data, name)
    print_results(options, found, more)


def more_lines(more):
    first, total, memory = more["scan"]
    made, size = more["report"]
    lines = [
        f"- the shell's prompt after {more['shell'] * 1000:.0f} ms (goal 50)",
        f"- all of songplays as CSV: the first row after {first * 1000:.0f} ms (goal 50), all in {total:.2f} s,"
        f" {memory:.0f} MiB (goal 128)",
        f"- the report: {made.shown()}, {size:.0f} KB (goals {GOAL_REPORT} s, 400 KB)",
    ]
    if more["s3"]:
        cold, warm = more["s3"]
        lines.append(
            f"- a lake in S3, {LATENCY} ms a request more, {ONE}: first {cold.shown()} (goal 1.5), with the cache"
            f" {warm.shown()} (goal 0.15)"
        )
    return lines


def print_results(options, found, more):
    rows = []
    for name, (runs, has_songs) in found.items():
        ours = runs["sparkify"]
        others = [f"{runs[tool].shown()}, {runs[tool].median / ours.median:.1f}×" for tool in ("DuckDB", "Polars")]
        rows.append(f"| {name}{' (songs)' if has_songs else ''} | {ours.shown()} | {' | '.join(others)} |")
    ours = [runs["sparkify"].median for runs, _ in found.values()]
    with_songs = [runs["DuckDB"].median / runs["sparkify"].median for runs, has in found.values() if has]
    text = "\n".join([
        HEADING,
        "",
        f"{options.songs:,} songs and {options.events:,} events; whole processes, medians of {options.runs} runs that"
        " took turns; in brackets the processors' seconds. DuckDB is its own shell over globs of the same files,"
        " Polars a program over the same files.",
        "",
        "| question | sparkify | DuckDB | Polars |",
        "|---|---|---|---|",
        *rows,
        "",
        f"- the slowest {max(ours):.3f} s (goal {GOAL_SECONDS}), the median {statistics.median(ours):.3f} s"
        f" (goal {GOAL_MEDIAN})",
        f"- where songs is read, DuckDB takes {min(with_songs):.1f} to {max(with_songs):.1f} times as long"
        f" (goal {GOAL_SONGS})",
        *more_lines(more),
    ])  # fmt: skip
    print(text)
    report.replace_part(PROJECT / "bench/RESULTS.md", HEADING, text)


if __name__ == "__main__":
    main()
