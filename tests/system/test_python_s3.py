"""The Python package over a lake in a bucket: options as arguments, rows, queries, errors. All else of it is tested in
python/tests."""

import os
import sys
from pathlib import Path

import pytest
from conftest import PROGRAM, PROJECT, run
from lake_tables import LIBRARY
from test_s3_etl import bucket, job, nothing_of_this_machine  # noqa: F401

pytest_plugins = ["s3_server"]
BUILD = Path(PROGRAM).parent
pytestmark = [
    pytest.mark.skipif(not (BUILD / "libsparkify.so").exists(), reason="the library is not built"),
    pytest.mark.skipif(not LIBRARY.exists(), reason="no libduckdb.so"),
]

CODE = """
import sys
import sparkify

bucket, endpoint = sys.argv[1:]
sparkify.generate("workspace", songs=30, events=900)
summary = sparkify.etl("workspace", f"s3://{bucket}/app", endpoint=endpoint, progress=False)
again = sparkify.etl("workspace", bucket=bucket, prefix="app", output_endpoint=endpoint, incremental=True)
assert summary.committed and not again.committed and summary.rows == again.rows
lake = sparkify.Lake(f"s3://{bucket}/app", endpoint=endpoint, cache_size="10M")
assert {name: len(list(lake.table(name))) for name in summary.rows} == summary.rows
assert list(lake.query("SELECT count(*) AS n FROM songplays")) == [(summary.rows["songplays"],)]
assert len(lake.query("top-songs", limit=3)) == 3 and lake.check() and lake.versions()[0].rows == summary.rows
assert all(file.path.startswith(f"s3://{bucket}/app/songplays/") for file in lake.files("songplays"))
for address in (f"s3://{bucket}-not", f"s3://{bucket}/none"):
    try:
        sparkify.Lake(address, endpoint=endpoint).table("users")
    except sparkify.SparkifyError as error:
        print(error.message, "|", error.hint)
"""


def test_lake_in_a_bucket(job, bucket):  # noqa: F811
    env = {
        "PYTHONPATH": str(PROJECT / "python"),
        "SPARKIFY_LIBRARY": str(BUILD / "libsparkify.so"),
        "SPARKIFY_DUCKDB": str(LIBRARY),
        "XDG_CACHE_HOME": str(job.folder / "cache"),
        "PATH": os.environ["PATH"],
    }
    done = run("-c", CODE, bucket, job.endpoint, program=Path(sys.executable), cwd=job.folder, env=env)
    assert (done.code, done.err) == (0, "")
    no_bucket, no_lake = done.out.splitlines()
    assert bucket in no_bucket and f"{bucket}/none" in no_lake
    assert job.server.secret_key not in done.out
