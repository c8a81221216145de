#!/usr/bin/env python3
"""cost.py [--write]: the tables of docs/cost.md, from the counts and prices in cost.json; --write puts them there.

tests/deploy/test_cost.py measures the counts (--bless writes them), and holds the page against these tables.
"""

import json
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs/cost.md"
COUNTS = HERE / "cost.json"

# How S3 prices each operation: as PUT, COPY, POST and LIST; as GET and all others; or not at all.
LIST = ("ListObjectsV2", "ListMultipartUploads")
PUT = ("PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload")
GET = ("GetObject", "HeadObject", "HeadBucket")
FREE = ("DeleteObject", "DeleteObjects", "AbortMultipartUpload")
KINDS = {"LIST": LIST, "PUT": PUT, "GET": GET, "DELETE": FREE}

RUNS = {  # as they are measured, in this order
    "first": "the first run: all of it",
    "day": "a day: one new log of 30",
    "nothing": "nothing new",
    "full": "all of it once more, without `--incremental`",
}
MONTHS = {  # how often each run happens in 30 days
    "`--incremental`, once a day": {"day": 30},
    "`--incremental`, every hour": {"day": 30, "nothing": 690},
    "`--incremental`, every 15 minutes": {"day": 30, "nothing": 2850},
    "a full run, once a day": {"full": 30},
}
LAMBDA_GB = 1769 / 1024  # what has one whole processor
FARGATE_GB = 2
FARGATE_LEAST_S = 60
SPARK_S = 400  # PySpark on the same data: not done after so long (bench/RESULTS.md, "Results on S3")


def count(run, operations):
    return sum(run["requests"].get(name, 0) for name in operations)


def s3(run, price):
    return (
        (count(run, LIST) + count(run, PUT)) * price["s3_put_1000"] + count(run, GET) * price["s3_get_1000"]
    ) / 1000


def function(run, price):
    return run["seconds"] * LAMBDA_GB * price["lambda_gb_s"] + price["lambda_request_million"] / 1e6


def task(run, price):
    hours = max(run["seconds"], FARGATE_LEAST_S) / 3600
    return hours * (price["fargate_vcpu_h"] + FARGATE_GB * price["fargate_gb_h"])


def clusters(price):
    """What each is charged by the hour: the smallest that their makers start by themselves or advise."""
    return {
        "AWS Glue, 2 DPU (8 vCPU, 32 GB)": 2 * price["glue_dpu_h"],
        "EMR Serverless, 3 workers of 4 vCPU, 16 GB": 3 * (4 * price["emr_vcpu_h"] + 16 * price["emr_gb_h"]),
        "Databricks jobs on 3 m5.xlarge (12 vCPU, 48 GB)": 3 * (price["m5_xlarge_h"] + 0.69 * price["databricks_dbu"]),
    }


def table(heads, rows):
    lines = [heads, ["---"] + ["---:"] * (len(heads) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def dollars(value):
    return f"${value:.6f}" if value < 0.01 else f"${value:.4f}" if value < 1 else f"${value:.2f}"


def run_rows(runs, price):
    for name, what in RUNS.items():
        run = runs[name]
        counts = [f"{count(run, operations):,}" for operations in KINDS.values()]
        sums = [s3(run, price), function(run, price), task(run, price)]
        yield [what, *counts, dollars(sums[0]), f"{run['seconds']:.1f} s", dollars(sums[1]), dollars(sums[2])]


def month_rows(runs, price):
    for what, times in MONTHS.items():
        requests = sum(times[name] * s3(runs[name], price) for name in times)
        with_function = requests + sum(times[name] * function(runs[name], price) for name in times)
        with_task = requests + sum(times[name] * task(runs[name], price) for name in times)
        yield [what, *map(dollars, (requests, with_function, with_task))]


def cluster_rows(price):
    for what, hour in clusters(price).items():
        run = hour * SPARK_S / 3600
        yield [what, *map(dollars, (hour, run, 30 * run))]


def price_rows(prices):
    for each in prices:
        yield [each["what"], f"${each['price']:.10f}".rstrip("0"), f"[{each['seen']}]({each['source']})"]


def tables(data):
    price = {each["name"]: each["price"] for each in data["prices"]}
    runs = data["runs"]
    heads = ["run", *KINDS, "requests", "time", "Lambda", "Fargate"]
    return {
        "runs": table(heads, run_rows(runs, price)),
        "months": table(["in 30 days", "requests", "and Lambda", "or Fargate"], month_rows(runs, price)),
        "clusters": table(["", "an hour", f"{SPARK_S} s", f"30 times {SPARK_S} s"], cluster_rows(price)),
        "prices": table(["price (us-east-1)", "USD", "read where"], price_rows(data["prices"])),
    }


def with_tables(page, made):
    """The page with each table between its markers."""
    for name, text in made.items():
        markers = re.compile(f"(<!-- {name} -->\n).*(\n<!-- /{name} -->)", re.DOTALL)
        assert markers.search(page), f"docs/cost.md has no place for the table {name}"
        page = markers.sub(lambda match, text=text: match[1] + text + match[2], page)
    return page


def main():
    made = tables(json.loads(COUNTS.read_text()))
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(with_tables(PAGE.read_text(), made))
    else:
        print("\n\n".join(made.values()))


if __name__ == "__main__":
    main()
