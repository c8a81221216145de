"""Measures the lake: the time of a commit, of an incremental day and of a check, and the time that delta-rs and
Spark with Delta Lake take to overwrite the same five tables from Parquet files. Run by ./dev bench lake.

Delta Lake for Spark needs a certain version of Spark: the Python that has it (a venv with pyspark 4.1.0) is given
by --spark; without it, Spark is skipped.

Lakes are removed only at the end: after ext4 has removed thousands of folders, creating new ones takes several
times as long.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import report

PROJECT = Path(__file__).resolve().parent.parent
SPARKIFY = PROJECT / "build/release/sparkify"
DELTA = "io.delta:delta-spark_2.13:4.2.0"
PARTITIONS = {"songs": ["year", "artist_id"], "artists": [], "users": [],
              "time": ["year", "month"], "songplays": ["year", "month"]}

DELTA_RS = """
import sys, time, json
import pyarrow.dataset as ds
from deltalake import write_deltalake
lake, out, partitions = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
start = time.time()
for table, columns in partitions.items():
    rows = ds.dataset(f"{lake}/{table}", format="parquet", partitioning="hive").to_table()
    write_deltalake(f"{out}/{table}", rows, mode="overwrite", partition_by=columns or None)
print(time.time() - start)
"""

SPARK = """
import sys, time, json
from pyspark.sql import SparkSession
lake, out, partitions, package = sys.argv[1], sys.argv[2], json.loads(sys.argv[3]), sys.argv[4]
spark = (SparkSession.builder.master("local[*]").config("spark.jars.packages", package)
    .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
    .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
    .config("spark.driver.memory", "4g").getOrCreate())
spark.range(1).count()
start = time.time()
for table, columns in partitions.items():
    rows = spark.read.parquet(f"{lake}/{table}")
    if columns:
        rows = rows.repartition(*columns)
    rows.write.format("delta").mode("overwrite").partitionBy(*columns).save(f"{out}/{table}")
print(time.time() - start)
"""


def say(text):
    print(text, file=sys.stderr, flush=True)


def sparkify(*arguments):
    command = [SPARKIFY, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout) if "--json" in arguments else None


def drop_files(folder, count):
    """Moves the last files away; returns a function that moves them back."""
    files = sorted((folder / "log_data").rglob("*.json"))[-count:]
    kept = [(path, path.read_bytes()) for path in files]
    for path in files:
        path.unlink()
    return kept


def run_full(folder, *options):
    """Replaces a lake of other songs and plays by a full run; returns its seconds, those of the commit, and the bytes
    of the log of songs."""
    lake = Path(tempfile.mkdtemp(prefix="full-", dir=folder))
    sparkify("etl", "--input", folder / "other", "--output", lake, "--quiet")
    subprocess.run(["sync"], check=True)
    seconds = sparkify("etl", "--input", folder / "in", "--output", lake, "--json", "--missing-logs", "rebuild",
                       "--missing-songs", "rebuild", *options)["seconds"]  # fmt: skip
    log = (lake / "songs/_delta_log" / f"{1:020}.json").stat().st_size
    say(f"full run {' '.join(options)}: {seconds['total']:.2f} s, commit {seconds['commit']:.3f} s")
    return seconds["total"], seconds["commit"], log


def measure_day(folder, runs):
    held = drop_files(folder / "in", 1)
    sparkify("etl", "--input", folder / "in", "--output", folder / "lake", "--quiet")
    for path, data in held:
        path.write_bytes(data)
    totals, events = [], 0
    for number in range(runs):
        lake = folder / f"day-{number}"
        shutil.copytree(folder / "lake", lake)
        subprocess.run(["sync"], check=True)
        start = time.perf_counter()
        summary = sparkify("etl", "--input", folder / "in", "--output", lake, "--incremental", "--json")
        totals.append(time.perf_counter() - start)
        assert summary["incremental"]["new_log_files"] == 1
        events = summary["sources"]["logs"]["records"]
        say(f"a day: {totals[-1]:.3f} s")
    return totals, events


def measure_check(folder, runs):
    checks, reads, size = [], [], 0
    lake = folder / "lake"
    files = [path for path in lake.rglob("part-*") if "_sparkify" not in path.parts]
    for _ in range(runs):
        start = time.perf_counter()
        size = sparkify("check", lake, "--json")["bytes"]
        checks.append(time.perf_counter() - start)
        start = time.perf_counter()
        for path in files:
            path.read_bytes()
        reads.append(time.perf_counter() - start)
    return checks, reads, size


def measure_other(folder, python, script, name, runs, *more):
    totals = []
    for _ in range(runs):
        out = folder / name
        arguments = [python, "-c", script, folder / "lake", out, json.dumps(PARTITIONS), *more]
        done = subprocess.run(list(map(str, arguments)), capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{name} failed:\n{done.stderr[-2000:]}")
        totals.append(float(done.stdout.splitlines()[-1]))
        say(f"{name}: {totals[-1]:.2f} s")
    return totals


def file_system(folder):
    done = subprocess.run(["df", "--output=fstype", folder], capture_output=True, text=True, check=True)
    return done.stdout.split()[-1]


# ---- The table of results -----------------------------------------------------------------------


def row(what, times, note=""):
    return f"| {what} | {statistics.median(times):.3f} s ({min(times):.3f} to {max(times):.3f}) | {note} |"


def share(commits, totals):
    return f"{statistics.median(100 * commit / total for commit, total in zip(commits, totals)):.1f} %"


def full_rows(folder, runs):
    """Measures full runs alternately with and without removing the files of the version before; also returns the median
    of the whole run."""
    removing, keeping = [], []
    for _ in range(runs):
        removing.append(run_full(folder))
        keeping.append(run_full(folder, "--grace", "1h"))
    (totals, commits, logs), (other_totals, other_commits, _) = zip(*removing), zip(*keeping)
    return statistics.median(totals), [
        row("full run that replaces all tables", totals),
        row("its commit: flush, plan, decision, logs, clearing up", commits,
            f"{share(commits, totals)} of the run; songs' log has {logs[0] / 1e6:.1f} MB"),
        row("the same where old files are kept (`--grace 1h`)", other_commits,
            f"{share(other_commits, other_totals)} of the run"),
    ]  # fmt: skip


def check_row(folder, runs):
    checks, reads, size = measure_check(folder, runs)
    return row("`sparkify check`", checks, f"{size / 1e6:.0f} MB in files that plain reading takes"
               f" {statistics.median(reads):.2f} s for")  # fmt: skip


def other_rows(folder, spark_python, whole_run):
    def times_as_long(times):
        return f"{statistics.median(times) / whole_run:.1f} times sparkify's whole run"

    delta_rs = measure_other(folder, sys.executable, DELTA_RS, "delta-rs", 2)
    yield row(f"delta-rs {version('deltalake')}: reads those tables' Parquet and overwrites Delta tables",
              delta_rs, times_as_long(delta_rs))  # fmt: skip
    if spark_python:
        spark = measure_other(folder, spark_python, SPARK, "spark", 2, DELTA)
        yield row("Spark 4.1.0 with Delta Lake 4.2.0: the same, without the JVM's start", spark,
                  times_as_long(spark))  # fmt: skip


def measure_all(folder, options):
    size = ["--songs", options.songs, "--events", options.events, "--days", 31, "--quiet"]
    sparkify("generate", folder / "in", *size)
    sparkify("generate", folder / "other", *size, "--seed", 2)
    whole_run, rows = full_rows(folder, options.runs)
    days, events = measure_day(folder, options.runs)
    rows.append(row(f"incremental day of {events:,} events, whole process", days))
    rows.append(check_row(folder, options.runs))
    rows.extend(other_rows(folder, options.spark, whole_run))
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--songs", type=int, default=14_896)
    parser.add_argument("--events", type=int, default=2_066_000)
    parser.add_argument("--spark", help="the Python of a venv with pyspark 4.1.0")
    parser.add_argument("--folder", help="where to work; a temporary folder by default")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        kind = file_system(name)
        rows = measure_all(Path(name), options)
    heading = f"# Results of the lake, on {kind}"
    text = "\n".join([
        heading,
        "",
        f"{options.songs:,} songs and {options.events:,} events over 31 days; medians of {options.runs} runs, of 2 for"
        " others; in brackets the least and the greatest.",
        "",
        "| what | time | |",
        "|---|---|---|",
        *rows,
    ])  # fmt: skip
    print(text)
    report.replace_part(PROJECT / "bench/RESULTS.md", heading, text)


if __name__ == "__main__":
    main()
