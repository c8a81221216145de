"""Compares sparkify with DuckDB on the models of examples/: ./dev bench github, or another EXAMPLE.

Both read the same generated JSON on tmpfs and write the same tables as partitioned Parquet, DuckDB by the example's
reference.sql. Each run is a new process, whose output is removed before the next run. The two take turns, and the rows
that they wrote are compared.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import report

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT / "tests/system"))
import example_models  # noqa: E402

BUILD = PROJECT / "build/release"
SPARKIFY, MEASURE = BUILD / "sparkify", BUILD / "bench/measure"
CORES = len(os.sched_getaffinity(0))
GOAL = 5


def say(text):
    print(text, file=sys.stderr, flush=True)


def command_of(tool, example, source, lake):
    if tool == "sparkify":
        model = PROJECT / "examples" / example / "model.yaml"
        return [SPARKIFY, "etl", "--model", model, "--input", source, "--output", lake, "--quiet"]
    return [sys.executable, PROJECT / "bench/peers/model_duckdb.py", example, source, lake]


def run(tool, example, source, lake):
    """(seconds, seconds of the processors, peak bytes) of one run into an empty lake."""
    shutil.rmtree(lake, ignore_errors=True)
    os.sync()
    time.sleep(0.3)
    command = [MEASURE, *command_of(tool, example, source, lake)]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        sys.exit(f"bench: this failed: {' '.join(map(str, command))}\n{done.stderr[-4000:]}")
    words = done.stderr.split()  # … measure: seconds S cpu_seconds S peak_bytes B
    return float(words[-5]), float(words[-3]), int(words[-1])


def digests(example, lake):
    """{table: (rows, sum of the hashes of its rows)}"""
    model, db = example_models.model_of(example), example_models.new_database()
    example_models.add_lake(db, model, lake)
    found = {}
    for table in model.tables:
        rows = f"select {example_models.comparable(model, table)} from lake_{table}"
        [found[table]] = db.execute(f"select count(*), sum(hash(r)::hugeint) from ({rows}) r").fetchall()
    return found


def measure(example, source, folder, turns):
    """({tool: its runs}, {table: its rows})"""
    runs, rows = {"sparkify": [], "DuckDB": []}, {}
    for turn in range(turns):
        for tool in runs:
            lake = folder / f"lake-{tool}"
            runs[tool].append(run(tool, example, source, lake))
            say(f"turn {turn + 1}, {tool}: {runs[tool][-1][0]:.3f} s")
            if turn == 0:
                rows[tool] = digests(example, lake)
            shutil.rmtree(lake)
    if rows["sparkify"] != rows["DuckDB"]:
        sys.exit(f"bench: sparkify and DuckDB wrote different rows\n{rows}")
    return runs, {table: count for table, (count, _) in rows["sparkify"].items()}


def tree_bytes(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def as_text(arguments, size, runs, rows):
    ours, theirs = (statistics.median(seconds for seconds, _, _ in runs[tool]) for tool in ("sparkify", "DuckDB"))
    packed = ", gzip" if arguments.gzip else ""
    lines = [
        heading(arguments),
        "",
        f"{arguments.events:,} events over {arguments.days} days, {size / 2**20:,.0f} MiB of JSON{packed}; {CORES}"
        f" cores, medians of {arguments.turns} runs that took turns; in brackets the least and the greatest. Rows are"
        " the same:"
        f" {', '.join(f'{table} {count:,}' for table, count in rows.items())}.",
        "",
        "| tool | time | processors | peak memory | |",
        "|---|---|---|---|---|",
    ]
    for tool, found in runs.items():
        seconds, processors, peaks = zip(*found)
        median = statistics.median(seconds)
        note = "" if tool == "sparkify" else f"{theirs / ours:.1f}× as long (goal {GOAL})"
        lines.append(
            f"| {tool} | {median:.3f} s ({min(seconds):.3f} to {max(seconds):.3f})"
            f" | {statistics.median(processors):.2f} s | {max(peaks) / 2**20:,.0f} MiB | {note} |"
        )
    return "\n".join(lines)


def heading(arguments):
    return f"# Results of the model {arguments.example}{', compressed' if arguments.gzip else ''}, on tmpfs"


def parse_arguments():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__.split("\n")[0])
    parser.add_argument("example", choices=example_models.EXAMPLES)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=2)
    parser.add_argument("--gzip", action="store_true", help="compressed input")
    parser.add_argument("--turns", type=int, default=5, help="how often each tool runs (5)")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    with tempfile.TemporaryDirectory(prefix="sparkify-bench-", dir="/dev/shm") as name:
        folder = Path(name)
        size = ("--events", arguments.events, "--days", arguments.days, *["--gzip"] * arguments.gzip)
        source = example_models.generate(arguments.example, folder / "in", *size)
        text = as_text(arguments, tree_bytes(source), *measure(arguments.example, source, folder, arguments.turns))
    print(text)
    if arguments.events >= 1_000_000 and arguments.turns >= 5:
        report.replace_part(PROJECT / "bench/RESULTS.md", heading(arguments), text)


if __name__ == "__main__":
    main()
