"""Compares sparkify with a lower bound (floor.c), DuckDB, Polars and PySpark. Run by ./dev bench.

All read the same generated data and write the same five tables. Each run is a new process, whose output is
removed before the next run. The tools run alternately, and the rows that each wrote are compared with those of
sparkify (same_rows.py).
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import history

import report
from report import Case, Measured

PROJECT = Path(__file__).resolve().parent.parent
BUILD = PROJECT / "build" / "release"
SPARKIFY, MEASURE, FLOOR = BUILD / "sparkify", BUILD / "bench" / "measure", BUILD / "bench" / "floor"
CORES = len(os.sched_getaffinity(0))
SIZES = {"small": (14_896, 8_056), "medium": (14_896, 2_000_000), "large": (14_896, 20_000_000)}
QUICK_SIZES = {"small": (1_000, 2_000), "medium": (1_000, 20_000), "large": (1_000, 200_000)}
LARGE_TURNS = 3  # of the largest set: a run takes ten times as long, and times vary less


def say(text):
    print(text, file=sys.stderr, flush=True)


# ---- One run ------------------------------------------------------------------------------------

def execute(command, folder):
    """Runs a command; returns its seconds, its peak memory in bytes and what it printed."""
    environment = {**os.environ, "SPARK_LOCAL_DIRS": str(folder), "TMPDIR": str(folder)}
    done = subprocess.run([MEASURE, *command], cwd=folder, env=environment, capture_output=True,
                          stdin=subprocess.DEVNULL, text=True)
    if done.returncode != 0:
        sys.exit(f"bench: this failed: {' '.join(map(str, command))}\n{done.stderr[-4000:]}")
    words = done.stderr.split()  # … measure: seconds S cpu_seconds S peak_bytes B
    return float(words[-5]), int(words[-1]), done.stdout


def etl(tool, source, lake):
    if tool == "sparkify":
        return [SPARKIFY, "etl", "--input", source, "--output", lake, "--quiet"]
    return [sys.executable, PROJECT / "bench" / "peers" / f"etl_{tool.lower()}.py", source, lake]


def settle(lake):
    """Removes the output of the run before, and waits until it is written back."""
    shutil.rmtree(lake, ignore_errors=True)
    os.sync()
    time.sleep(0.3)


def run_tool(measured, tool, source, lake):
    settle(lake)
    seconds, peak, _ = execute(etl(tool, source, lake), lake.parent)
    measured.seconds.append(seconds)
    measured.peak_bytes.append(peak)


def run_floor(measured, source, model, lake):
    """Runs the floor, which measures itself, without listing the files of the model lake."""
    settle(lake)
    _, peak, printed = execute([FLOOR, source, model, lake, str(CORES)], lake.parent)
    words = printed.split()
    seconds = dict(zip(words[::2], map(float, words[1::2])))
    measured.seconds.append(seconds["total"])
    measured.synced_seconds.append(seconds["total"] + seconds["sync"])
    measured.peak_bytes.append(peak)


# ---- One data set -------------------------------------------------------------------------------

RESTLESS = []  # what generate is told beside the size


def generate(folder, size):
    songs, events = size
    source = folder / f"workspace-{events}"
    subprocess.run([SPARKIFY, "generate", source, "--songs", str(songs), "--events", str(events),
                    "--quiet", *RESTLESS], check=True)
    return source


def tree_bytes(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def check_rows(model, lake, tool):
    """Ends the benchmark unless both lakes have the same rows; returns the number of rows of each table."""
    done = subprocess.run([sys.executable, PROJECT / "bench" / "same_rows.py", model, lake],
                          capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"bench: sparkify and {tool} wrote different rows\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout)


def side_by_side(folder, size, peers, turns):
    """Runs all tools alternately on one data set in one folder."""
    source = generate(folder, size)
    model, lake = folder / "model", folder / "lake"
    execute(etl("sparkify", source, model), folder)
    case = Case(*size, tree_bytes(source), {tool: Measured() for tool in ["sparkify", "floor", *peers]})
    for turn in range(turns):
        for tool, measured in case.measured.items():
            if tool == "PySpark" and turn > 0:
                continue  # it takes minutes
            if tool == "floor":
                run_floor(measured, source, model, lake)
            else:
                run_tool(measured, tool, source, lake)
            if turn == 0 and tool in peers:
                case.rows = check_rows(model, lake, tool)
            say(f"{size[1]:,} events, turn {turn + 1}, {tool}: {measured.seconds[-1]:.3f} s")
    for used in (source, model, lake):
        shutil.rmtree(used)
    return case


def growth(folder, sizes, turns):
    """Runs sparkify alternately on a data set and on one ten times as large."""
    sources = [generate(folder, size) for size in sizes]
    cases = [Case(*size, tree_bytes(source), {"sparkify": Measured()})
             for size, source in zip(sizes, sources)]
    for turn in range(turns):
        for case, source in zip(cases, sources):
            run_tool(case.measured["sparkify"], "sparkify", source, folder / "lake")
            say(f"{case.events:,} events, turn {turn + 1}: "
                f"{case.measured['sparkify'].seconds[-1]:.3f} s")
    return cases


# ---- All of it ----------------------------------------------------------------------------------

def parse_arguments():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small data and one turn, for trying")
    parser.add_argument("--only", metavar="NAMES", default="small,medium,large",
                        help="of small, medium and large, those to run, with commas between")
    parser.add_argument("--no-spark", action="store_true", help="leave PySpark out")
    parser.add_argument("--restless", action="store_true",
                        help="users change name, place and device from event to event")
    parser.add_argument("--turns", type=int, metavar="N", help="how often each tool runs (5)")
    arguments = parser.parse_args()
    arguments.only = arguments.only.split(",")
    if not set(arguments.only) <= set(SIZES):
        parser.error("--only takes small, medium and large, with commas between")
    if arguments.turns is None:
        arguments.turns = 1 if arguments.quick else 5
    if arguments.turns < 1:
        parser.error("--turns takes a number from 1 on")
    return arguments


def is_complete(arguments):
    return (arguments.only == list(SIZES) and arguments.turns >= 5
            and not arguments.quick and not arguments.no_spark and not arguments.restless)


def run_all(arguments, memory_folder, disk_folder):
    sizes = QUICK_SIZES if arguments.quick else SIZES
    compared = [sizes[name] for name in ("small", "medium") if name in arguments.only]
    peers = ["DuckDB", "Polars"]
    spark = [] if arguments.no_spark else ["PySpark"]
    in_memory = [side_by_side(memory_folder, size, peers + spark, arguments.turns)
                 for size in compared]
    on_disk = [side_by_side(disk_folder, size, peers, arguments.turns) for size in compared]
    large = []
    if "large" in arguments.only:
        large = growth(disk_folder, [sizes["medium"], sizes["large"]],
                       min(arguments.turns, LARGE_TURNS))
    return in_memory, on_disk, large


def figures_of(in_memory, on_disk, large):
    """The figures for bench/history.jsonl: sparkify's time divided by that of each other tool, and its memory."""
    figures = {}
    for place, cases in (("memory", in_memory), ("disk", on_disk)):
        for case in cases:
            ours = case.measured["sparkify"]
            name = f"etl, {case.events} events, {place}"
            figures[f"{name}: MiB"] = ours.peak_mib
            for tool, measured in case.measured.items():
                if tool not in ("sparkify", "PySpark"):
                    figures[f"{name}: time by {tool}'s"] = ours.median / measured.median
    for small, big in zip(large, large[1:]):
        times = [case.measured["sparkify"] for case in (small, big)]
        figures[f"etl, {big.events} events: time by that of a tenth"] = times[1].median / times[0].median
        figures[f"etl, {big.events} events: MiB"] = times[1].peak_mib
    return figures


def main():
    arguments = parse_arguments()
    if arguments.restless:
        RESTLESS.append("--restless")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("bench: terminated"))  # the data goes too
    target = (PROJECT / "bench" if is_complete(arguments) else BUILD / "bench") / "RESULTS.md"
    with tempfile.TemporaryDirectory(prefix="sparkify-bench-", dir="/dev/shm") as memory_folder, \
            tempfile.TemporaryDirectory(prefix="bench-", dir=PROJECT / "build") as disk_folder:
        found = run_all(arguments, Path(memory_folder), Path(disk_folder))
        text = report.write(PROJECT, CORES, arguments.turns, *found)
    report.replace_part(target, "# Results", text)
    print(text)
    say(f"bench: written to {target.relative_to(PROJECT)}")
    if not arguments.quick and not arguments.restless:
        for sentence in history.record(figures_of(*found)):
            say(f"bench: worse than before: {sentence}")


main()
