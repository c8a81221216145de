"""sparkify serve over a lake in a bucket: files come through the cache, to which its workers are held."""

import json
import time

import pytest
from conftest import run
from serve_server import LIBRARY, serving
from test_lake_s3 import plays
from test_query_s3 import asked, cached  # noqa: F401
from test_s3_etl import bucket, job, nothing_of_this_machine  # noqa: F401

pytest_plugins = ["s3_server"]
pytestmark = pytest.mark.skipif(not LIBRARY.exists(), reason="DuckDB's library needs npm")
COUNT = "SELECT count(*) FROM songplays"


def test_a_lake_in_a_bucket(asked, job):  # noqa: F811
    env = {"XDG_CACHE_HOME": str(asked.cache)}
    place = (f"s3://{asked.bucket}", "--endpoint", job.endpoint)
    with serving(*place, env=env, cwd=job.folder) as server:
        assert server.rows(COUNT) == [[30]]
        assert server.rows(COUNT, filters={"from": "2018-12-01", "to": "2018-12-31"}) == [[10]]
        assert server.ask("/api/report").json()["plays"] == 30
        assert len(cached(asked)) >= 3
        before = server.ask("/api/lake").json()["generation"]
        asked.put("log_data/93.json", plays(93))
        asked.etl()
        deadline = time.monotonic() + 60
        while server.ask("/api/lake").json()["generation"] == before:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert server.rows(COUNT) == [[40]]


def test_a_bucket_that_is_none(job):  # noqa: F811
    done = run("serve", "s3://no-such-bucket", "--endpoint", job.endpoint, "--port", "0", "--json", cwd=job.folder)
    assert done.code == 1 and json.loads(done.out)["status"] == "failed"
