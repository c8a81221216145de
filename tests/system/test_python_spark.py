"""The Python package beside a real session of pyspark: etl(engine="spark", spark=session)."""

import os
import subprocess
import sys

import pytest
from conftest import PROGRAM, PROJECT, run

LIBRARY = PROGRAM.with_name("libsparkify.so")
SCRIPT = """
import sys
from pyspark.sql import SparkSession
import sparkify

session = SparkSession.builder.remote(sys.argv[1]).getOrCreate()
workspace, native, lake = sys.argv[2:]
rows = sparkify.etl(workspace, native).rows
assert sparkify.etl(workspace, lake, engine="spark", spark=session).rows == rows, rows
plays = session.read.parquet(lake + "/songplays").count()  # the session goes on
assert plays == rows["songplays"], (plays, rows)
session.stop()
print("equal")
"""


@pytest.mark.skipif(not LIBRARY.exists(), reason="the library is not built")
def test_a_session_of_pyspark(spark, tmp_path):
    pytest.importorskip("grpc", reason="pyspark's own client needs it")
    workspace = tmp_path / "workspace"
    assert run("generate", workspace, "--songs", 60, "--events", 1500).code == 0
    env = os.environ | {"PYTHONPATH": str(PROJECT / "python"), "SPARKIFY_LIBRARY": str(LIBRARY)}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, spark, workspace, tmp_path / "native", tmp_path / "lake"],
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert (done.returncode, done.stdout) == (0, "equal\n"), done.stderr
