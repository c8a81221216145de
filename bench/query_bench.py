"""Questions side by side with others: each named question as a whole process, by sparkify, by DuckDB's own
shell over the same tables' files by globs, and by Polars over the same files without SQL.

Started by ./dev bench query. The three take turns; times are medians of whole processes.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import report

PROJECT = Path(__file__).resolve().parent.parent
SPARKIFY = PROJECT / "build/release/sparkify"
DUCKDB = Path(sys.executable).with_name("duckdb")
HEADING = "# Results of queries, on tmpfs"
GOAL_SECONDS, GOAL_MEDIAN, GOAL_SONGS, GOAL_REPORT = 0.25, 0.1, 8, 1.2

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
    """The tables as DuckDB's users write them: globs with Hive partitions."""
    text = ""
    for name, partitions in {"songs": 2, "artists": 0, "users": 0, "time": 2, "songplays": 2}.items():
        glob = f"{lake}/{name}/{'*/' * partitions}part-*.parquet"
        hive = f", hive_partitioning = {'true' if partitions else 'false'}"
        text += f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{glob}'{hive});\n"
    return "SET TimeZone = 'UTC';\n" + text


def timed(command, **how):
    start = time.perf_counter()
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False, **how)
    seconds = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"{command[0]} failed: {done.stderr[-1500:]}")
    return seconds, done.stdout


def questions():
    listed = timed([SPARKIFY, "query", "--list"])[1]
    return [line.split()[0] for line in listed.splitlines()]


def measure(lake, name, runs):
    sql = timed([SPARKIFY, "query", lake, name, "--show-sql"])[1]
    commands = {
        "sparkify": [SPARKIFY, "query", lake, name],
        "DuckDB": [DUCKDB, "-csv", "-c", views(lake) + sql],
        "Polars": [sys.executable, "-c", POLARS, PROJECT / "tests/system", lake, name],
    }
    times = {tool: [] for tool in commands}
    for _ in range(runs):
        for tool, command in commands.items():
            times[tool].append(timed(command)[0])
    found = {tool: statistics.median(some) for tool, some in times.items()}
    say(f"{name}: " + ", ".join(f"{tool} {value:.3f} s" for tool, value in found.items()))
    return found, " songs" in sql


def measure_scan(lake):
    """All of songplays as CSV: the first row, all of it, and the most memory that a process took."""
    command = [SPARKIFY, "query", lake, "SELECT * FROM songplays"]
    start = time.perf_counter()
    with subprocess.Popen([*map(str, command)], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        process.stdout.readline()
        first = time.perf_counter() - start
        while process.stdout.read(1 << 20):
            pass
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    return first, time.perf_counter() - start, usage.ru_maxrss / 1024


def measure_report(lake, runs):
    """The page about the lake: the median of whole processes, and how large it is."""
    page = lake.parent / "report.html"
    times = [timed([SPARKIFY, "report", lake, "--out", page])[0] for _ in range(runs)]
    say(f"report: {statistics.median(times):.3f} s, {page.stat().st_size:,} bytes")
    return statistics.median(times), page.stat().st_size


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--songs", type=int, default=14_896)
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--folder", default="/dev/shm" if os.path.isdir("/dev/shm") else None)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        data, lake = Path(name) / "in", Path(name) / "lake"
        size = ["--songs", options.songs, "--events", options.events, "--quiet"]
        timed([SPARKIFY, "generate", data, *size])
        timed([SPARKIFY, "etl", "--input", data, "--output", lake, "--quiet"])
        found = {question: measure(lake, question, options.runs) for question in questions()}
        scan = measure_scan(lake)
        page = measure_report(lake, options.runs)
    print_results(options, found, scan, page)


def print_results(options, found, scan, page):
    first, total, memory = scan
    page_seconds, page_bytes = page
    rows = []
    for name, (times, has_songs) in found.items():
        ours = times["sparkify"]
        others = [f"{times[tool]:.3f} s, {times[tool] / ours:.1f}×" for tool in ("DuckDB", "Polars")]
        rows.append(f"| {name}{' (songs)' if has_songs else ''} | {ours:.3f} s | {' | '.join(others)} |")
    ours = [times["sparkify"] for times, _ in found.values()]
    with_songs = [times["DuckDB"] / times["sparkify"] for times, has in found.values() if has]
    text = "\n".join([
        HEADING,
        "",
        f"{options.songs:,} songs and {options.events:,} events; whole processes, medians of {options.runs} runs that"
        " took turns. DuckDB is its own shell over globs of the same files, Polars a program over the same files.",
        "",
        "| question | sparkify | DuckDB | Polars |",
        "|---|---|---|---|",
        *rows,
        "",
        f"- the slowest {max(ours):.3f} s (goal {GOAL_SECONDS}), the median {statistics.median(ours):.3f} s"
        f" (goal {GOAL_MEDIAN})",
        f"- where songs is read, DuckDB takes {min(with_songs):.1f} to {max(with_songs):.1f} times as long"
        f" (goal {GOAL_SONGS})",
        f"- all of songplays as CSV: the first row after {first * 1000:.0f} ms (goal 50), all in {total:.2f} s,"
        f" {memory:.0f} MiB (goal 128)",
        f"- sparkify report: {page_seconds:.2f} s (goal {GOAL_REPORT}), {page_bytes / 1000:.0f} KB (goal 400)",
    ])  # fmt: skip
    print(text)
    report.replace_part(PROJECT / "bench/RESULTS.md", HEADING, text)


if __name__ == "__main__":
    main()
