"""Compares the Spark engine with a usual PySpark script (peers/etl_usual.py) on the same cluster: a standalone
master, two workers with one core each, and a Connect server that both use. Run by ./dev bench spark.

The cluster is warmed up: each side runs once on small data before it is measured. sparkify's time is that of its
whole process; the script's is from the start of its session, without the start of Python. They run alternately;
each output is removed before the next run, and the rows that sparkify wrote are compared with those of its native
engine. The CPU time is that of all processes of Spark.
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
sys.path.append(str(PROJECT / "tests/system"))
import spark_server  # the tests' cluster  # noqa: E402

SPARKIFY = PROJECT / "build/release/sparkify"
SIZES = {"small": (14_896, 8_056), "medium": (14_896, 2_000_000), "large": (14_896, 20_000_000)}
QUICK_SIZES = {"small": (300, 500), "medium": (300, 20_000), "large": (300, 100_000)}
GOALS = {"small": 3, "medium": 1.5, "large": 1}
WARM_UP = (200, 2_000)
TICKS = os.sysconf("SC_CLK_TCK")


def say(text):
    print(text, file=sys.stderr, flush=True)


def generate(folder, songs, events):
    source = folder / f"workspace-{events}"
    subprocess.run([SPARKIFY, "generate", source, "--songs", str(songs), "--events", str(events),
                    "--quiet"], check=True)  # fmt: skip
    return source


# ---- One run ------------------------------------------------------------------------------------


def cpu_seconds(cluster):
    """The CPU seconds of all processes whose working folder is that of the cluster: executors are not children of this
    process."""
    total = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if Path(os.readlink(process / "cwd")).is_relative_to(cluster.folder):
                words = (process / "stat").read_text().rpartition(")")[2].split()
                total += int(words[11]) + int(words[12])
        except OSError:
            continue  # it has ended, or is another user's
    return total / TICKS


def run(command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True,
                          stdin=subprocess.DEVNULL)  # fmt: skip
    if done.returncode != 0:
        sys.exit(f"bench: this failed: {' '.join(map(str, command))}\n{done.stderr[-4000:]}")
    return done.stdout


def run_sparkify(source, lake, address):
    start = time.perf_counter()
    run([SPARKIFY, "etl", "--engine", "spark", "--spark", address, "--input", source,
         "--output", lake, "--quiet"])  # fmt: skip
    return time.perf_counter() - start


def run_script(source, lake, address):
    return float(run([sys.executable, PROJECT / "bench/peers/etl_usual.py", source, lake, address]))


SIDES = {"sparkify": run_sparkify, "script": run_script}


def measure(cluster, side, source, lake):
    """Makes one run into an empty folder; returns its seconds and CPU seconds."""
    shutil.rmtree(lake, ignore_errors=True)
    os.sync()
    before = cpu_seconds(cluster)
    seconds = side(source, lake, cluster.address)
    return seconds, cpu_seconds(cluster) - before


# ---- One data set -------------------------------------------------------------------------------


def check_rows(folder, source, lake):
    """Checks that the Spark engine wrote the same rows as the native engine."""
    model = folder / "model"
    run([SPARKIFY, "etl", "--input", source, "--output", model, "--quiet"])
    run([sys.executable, PROJECT / "bench/same_rows.py", model, lake])
    shutil.rmtree(model)


def side_by_side(cluster, folder, size, turns):
    source, lake = generate(folder, *size), folder / "lake"
    times = {name: [] for name in SIDES}
    for turn in range(turns):
        for name, side in SIDES.items():
            times[name].append(measure(cluster, side, source, lake))
            seconds, cpu = times[name][-1]
            say(f"{size[1]:,} events, turn {turn + 1}, {name}: {seconds:.1f} s, CPU {cpu:.0f} s")
            if turn == 0 and name == "sparkify":
                check_rows(folder, source, lake)
    shutil.rmtree(source)
    shutil.rmtree(lake)
    return times


def row(name, size, times):
    def middle(tool, index):
        return statistics.median(measured[index] for measured in times[tool])

    def spread(tool):
        seconds = [measured[0] for measured in times[tool]]
        return f"{middle(tool, 0):.1f} s ({min(seconds):.1f} to {max(seconds):.1f})"

    ratio = middle("script", 0) / middle("sparkify", 0)
    return (f"| {size[0]:,} songs + {size[1]:,} events | {spread('sparkify')} | {spread('script')} "
            f"| {ratio:.2f}× (goal ≥ {GOALS[name]}×) | {middle('sparkify', 1):.0f} s "
            f"| {middle('script', 1):.0f} s |")  # fmt: skip


# ---- All of it ----------------------------------------------------------------------------------


def parse_arguments():
    parser = argparse.ArgumentParser(prog="./dev bench spark")
    parser.add_argument("--quick", action="store_true", help="small data, for trying")
    parser.add_argument("--only", metavar="NAMES", default="small,medium,large",
                        help="of small, medium and large, with commas between")  # fmt: skip
    parser.add_argument("--turns", type=int, default=3, help="how often each runs; large: once")
    parser.add_argument("--memory", default="2g", help="of each worker and of the driver")
    parser.add_argument("--folder", help="where to work; a temporary folder by default")
    arguments = parser.parse_args()
    arguments.only = arguments.only.split(",")
    if not set(arguments.only) <= set(SIZES) or arguments.turns < 1:
        parser.error("--only takes small, medium and large; --turns a number from 1 on")
    return arguments


def run_all(arguments, folder):
    with spark_server.Spark(folder / "cluster", memory=arguments.memory) as cluster:
        side_by_side(cluster, folder, WARM_UP, 1)
        for name in arguments.only:
            size = (QUICK_SIZES if arguments.quick else SIZES)[name]
            turns = 1 if name == "large" else arguments.turns
            yield row(name, size, side_by_side(cluster, folder, size, turns))


def main():
    arguments = parse_arguments()
    if missing := spark_server.missing():
        sys.exit(f"bench: {missing}: see ./dev test spark")
    with tempfile.TemporaryDirectory(prefix="bench-spark-", dir=arguments.folder) as folder:
        rows = list(run_all(arguments, Path(folder).resolve()))
    text = "\n".join([
        "# Results on Spark",
        "",
        "Written by `./dev bench spark`; how it is measured: bench/spark_bench.py. Medians of "
        f"{arguments.turns} runs in turns (20,000,000 events: one), least and greatest in brackets; "
        f"two workers with one core and {arguments.memory} each, {os.cpu_count()} cores for all.",
        "",
        "| data set | sparkify on Spark | the usual script | times as fast | Spark's CPU | the script's |",
        "| --- | --- | --- | --- | --- | --- |",
        *rows,
    ])  # fmt: skip
    print(text)
    if not arguments.quick:
        report.replace_part(PROJECT / "bench/RESULTS.md", "# Results on Spark", text)


if __name__ == "__main__":
    main()
