"""docs/cost.md says what the counts in deploy/cost.json come to, and the counts are what runs need."""

import json
import sys
import time

import pytest
from conftest import DEPLOY, PROGRAM, call, etl, keys_of, log_files
from fault_proxy import FaultProxy

sys.path.insert(0, str(DEPLOY))
import cost  # noqa: E402

LATENCY_S = 0.02  # of S3, as bench/s3_bench.py has it


def test_page_has_what_the_counts_come_to():
    page = cost.PAGE.read_text()
    assert cost.with_tables(page, cost.tables(json.loads(cost.COUNTS.read_text()))) == page


def test_prices_are_added_up_right():
    """A run whose price can be told by hand."""
    price = {"s3_put_1000": 5, "s3_get_1000": 1, "lambda_gb_s": 1024 / 1769, "lambda_request_million": 1e6}
    price |= {"fargate_vcpu_h": 60, "fargate_gb_h": 30}
    run = {"requests": {"ListObjectsV2": 100, "PutObject": 900, "GetObject": 2000, "DeleteObjects": 7}, "seconds": 3}
    assert cost.s3(run, price) == 7
    assert cost.function(run, price) == pytest.approx(4)
    assert cost.task(run, price) == pytest.approx(2)  # a minute at least


def measure(server, folder):
    """{run: its requests by kind, its seconds}: the data set of the size of the public one, its last day apart."""
    call(PROGRAM, "generate", folder, "--songs", "14896", "--events", "8056", "--quiet")
    logs, lake = server.new_bucket("logs"), server.new_bucket("lake")
    *_, last = log_files(folder)
    body = last.read_bytes()
    last.unlink()
    server.client.upload(folder, logs)
    runs = {}
    with FaultProxy(server.port, latency=LATENCY_S) as proxy:

        def run(name, *options):
            proxy.requests.clear()
            begin = time.monotonic()
            done = etl(
                *("--input", f"s3://{logs}", "--output", f"s3://{lake}", "--endpoint", proxy.endpoint, *options),
                env=keys_of(server),
            )
            seconds = round(time.monotonic() - begin, 1)
            assert done["s3"]["retries"] == 0
            assert set(proxy.requests) <= set().union(*cost.KINDS.values())
            runs[name] = {"requests": dict(sorted(proxy.requests.items())), "seconds": seconds}
            return done

        run("first", "--incremental")
        server.client.put(logs, str(last.relative_to(folder)), body)
        assert run("day", "--incremental")["incremental"]["new_log_files"] == 1
        assert not run("nothing", "--incremental")["committed"]
        run("full")
    return runs


def test_runs_need_as_many_requests(need, request, server, tmp_path):
    if not request.config.getoption("--all-tools") and not request.config.getoption("--bless"):
        pytest.skip("82,000 requests: with ./dev test deploy")
    runs = measure(server, tmp_path / "workspace")
    data = json.loads(cost.COUNTS.read_text())
    if request.config.getoption("--bless"):
        cost.COUNTS.write_text(json.dumps(data | {"runs": runs}, indent=2) + "\n")
        call(sys.executable, DEPLOY / "cost.py", "--write")
        return
    assert {name: run["requests"] for name, run in runs.items()} == {
        name: run["requests"] for name, run in data["runs"].items()
    }
