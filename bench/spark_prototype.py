"""The Spark engine's statements by pyspark's own client: spark_prototype.py INPUT OUTPUT REMOTE

For measuring the SQL (spark_bench.py --prototype) before the engine drives it. The small tables come to the
client as rows and are not written. Prints the seconds; with SPARKIFY_TIMELINE set, when each statement ran.
"""

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pyspark.sql import SparkSession

SQL_PRINT = Path(__file__).resolve().parent.parent / "build/release/tests/system/sql_print"


class Run:
    def __init__(self, source, lake, remote):
        self.plan = json.loads(subprocess.run([SQL_PRINT], stdout=subprocess.PIPE, check=True).stdout)
        self.source, self.lake = source, lake
        self.spark = SparkSession.builder.remote(remote).getOrCreate()
        self.start = time.perf_counter()
        self.line = []

    def timed(self, name, step):
        begin = time.perf_counter()
        step()
        self.line.append((begin - self.start, time.perf_counter() - self.start, name))

    def settings(self):
        size = sum(f.stat().st_size for f in Path(self.source, "log_data").rglob("*.json"))
        tasks = str(min(max(size // (128 << 20), 2), 2000))
        for key, value in {**self.plan["settings"], "spark.sql.shuffle.partitions": tasks}.items():
            self.spark.conf.set(key, value)

    def view(self, view):
        reader = self.spark.read.format(view["format"]).options(**view["options"])
        reader.load(f"{self.source}/{view['folder']}").createOrReplaceTempView(view["view"])

    def prepare(self, is_wanted):
        for statement in self.plan["prepare"]:
            if is_wanted(statement["name"]):
                self.timed(statement["name"], lambda: self.spark.sql(statement["sql"]))

    def records(self, number, name):
        """A source's view of text, and what is made of it alone."""
        self.timed(f"view of {name}", lambda: self.view(self.plan["inputs"][number]))
        self.prepare(lambda statement: statement.startswith(f"sparkify_{name}_"))

    def fetch(self, statement):
        self.timed(statement["name"], lambda: self.spark.sql(statement["sql"]).toArrow())

    def write(self, table):
        rows = self.spark.sql(table["sql"]).write.mode("overwrite").partitionBy("year", "month")
        self.timed(table["name"], lambda: rows.parquet(f"{self.lake}/{table['name']}"))

    def table(self, table):
        (self.write if table["name"] in ("time", "songplays") else self.fetch)(table)

    def finish(self):
        for statement in self.plan["finish"]:
            self.spark.sql(statement["sql"])


def at_once(*steps):
    with ThreadPoolExecutor(len(steps)) as pool:
        for step in [pool.submit(*step) for step in steps]:
            step.result()


def main(source, lake, remote):
    run = Run(source, lake, remote)
    try:
        run.timed("settings", run.settings)
        at_once((run.records, 0, "songs"), (run.records, 1, "logs"))
        run.prepare(lambda name: not name.startswith(("sparkify_songs_", "sparkify_logs_")))
        reports = [run.plan[name] for name in ("counts", "rejects", "unknown")]
        at_once(*((run.table, table) for table in run.plan["tables"]),
                *((run.fetch, report) for report in reports))  # fmt: skip
    finally:
        run.timed("finish", run.finish)
    if "SPARKIFY_TIMELINE" in os.environ:
        for begin, end, name in sorted(run.line):
            print(f"{begin:8.2f} {end:8.2f}  {name}", file=sys.stderr)
    print(time.perf_counter() - run.start)
    run.spark.stop()


main(*sys.argv[1:])
