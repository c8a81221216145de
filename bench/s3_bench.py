"""Compares sparkify on S3 with libcurl alone (s3_floor.c), Polars, DuckDB and PySpark. Run by ./dev bench s3.

All read the same objects from one bucket of a local server and write the same five tables to another, without
added latency and with 20 ms added to each request (toxiproxy). Each run is a new process and writes to a new
bucket.
"""

import argparse
import contextlib
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import report
from report import memory, seconds, table, times

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT / "tests/system"))
from s3_server import Server, encode, free_port  # noqa: E402

BUILD = PROJECT / "build" / "release"
SPARKIFY = BUILD / "sparkify"
MEASURE, FLOOR, CANNED = (BUILD / "bench" / name for name in ("measure", "s3_floor", "s3_canned"))
TOXIPROXY = PROJECT / "build/tools/toxiproxy"
DUCKDB_S3 = PROJECT / ".venv/duckdb-s3"
DUCKDB_VERSION = "1.5.5"  # the newest that PyPI has the extension for
PEERS = ("Polars", "DuckDB", "PySpark")
SIZES = {"small": (14_896, 8_056), "medium": (14_896, 2_000_000)}
QUICK_SIZES = {"small": (300, 500), "medium": (300, 20_000)}
LATENCIES = (0, 20)  # ms
CONNECTIONS = 128
PIECE, OVERLAP = 4 << 20, 16 << 10  # as sparkify reads large logs
PART = 5 << 20  # and as it writes large tables
GOALS = {"Polars": 2, "DuckDB": 40, "PySpark": 30, "memory": {8_056: 160, 2_000_000: 256}}


def say(text):
    print(text, file=sys.stderr, flush=True)


@dataclass
class Measured:
    """The runs of one tool on one data set with one latency."""

    seconds: list = field(default_factory=list)
    cpu_seconds: list = field(default_factory=list)
    peak_bytes: list = field(default_factory=list)
    requests: int = 0
    traffic: str = ""  # what sparkify says of its requests
    capped: float = 0  # it was ended after so many seconds

    @property
    def median(self):
        return self.capped or statistics.median(self.seconds)

    @property
    def cpu(self):
        return statistics.median(self.cpu_seconds)


# ---- Servers ------------------------------------------------------------------------------------

@contextlib.contextmanager
def slowed(server, latency):
    """A proxy that adds so many ms to each request; yields its address."""
    if not latency:
        yield server.endpoint
        return
    api, listen = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
    host, _, port = api.partition(":")
    process = subprocess.Popen([TOXIPROXY, "-host", host, "-port", port],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        upstream = server.endpoint.removeprefix("http://")
        call(api, "/proxies", {"name": "s3", "listen": listen, "upstream": upstream})
        call(api, "/proxies/s3/toxics", {"type": "latency", "stream": "downstream",
                                         "attributes": {"latency": latency}})
        yield f"http://{listen}"
    finally:
        process.terminate()
        process.wait()


def call(api, path, body):
    request = urllib.request.Request(f"http://{api}{path}", json.dumps(body).encode(),
                                     {"Content-Type": "application/json"})
    for _attempt in range(50):
        try:
            return urllib.request.urlopen(request).read()
        except urllib.error.HTTPError:
            raise
        except OSError:
            time.sleep(0.1)
    sys.exit("bench: toxiproxy does not start")


@contextlib.contextmanager
def canned(server, bucket):
    """Runs s3_canned with the objects of the bucket; yields its address."""
    with tempfile.TemporaryDirectory(dir=server.folder) as folder:
        (Path(folder) / bucket).symlink_to(server.folder / "data" / bucket)
        process = subprocess.Popen([CANNED, folder], stdout=subprocess.PIPE, text=True)
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()
            process.wait()


def remove_bucket(server, bucket):
    """Removes a bucket on the server's disk: by thousands of requests, it would take longer than the run."""
    for part in ("data", "attributes"):
        shutil.rmtree(server.folder / part / bucket, ignore_errors=True)


# ---- Runs ---------------------------------------------------------------------------------------

def environment(server, endpoint, folder):
    found = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return found | {
        "AWS_ACCESS_KEY_ID": server.access_key, "AWS_SECRET_ACCESS_KEY": server.secret_key,
        "AWS_REGION": server.region, "AWS_ENDPOINT_URL": endpoint, "AWS_ALLOW_HTTP": "true",
        "AWS_EC2_METADATA_DISABLED": "true", "SPARK_LOCAL_DIRS": str(folder), "TMPDIR": str(folder),
    }


def command(tool, source, lake):
    if tool == "sparkify":
        return [SPARKIFY, "etl", "--input", f"s3://{source}", "--output", f"s3://{lake}", "--json",
                "--connections", str(CONNECTIONS)]
    scheme = "s3a" if tool == "PySpark" else "s3"
    script = PROJECT / "bench/peers" / f"etl_{tool.lower()}.py"
    return [sys.executable, script, f"{scheme}://{source}", f"{scheme}://{lake}"]


def execute(measured, arguments, variables, folder, cap=None, **how):
    """Runs a command and returns its output; None if it took too long."""
    process = subprocess.Popen([MEASURE, *arguments], cwd=folder, env=variables, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               start_new_session=True, **how)
    try:
        out, err = process.communicate(timeout=cap)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.communicate()
        measured.capped = cap
        return None
    except BaseException:  # the benchmark itself is ended
        os.killpg(process.pid, 9)
        raise
    if process.returncode != 0:
        sys.exit(f"bench: this failed: {' '.join(map(str, arguments))}\n{err[-8000:]}")
    words = err.split()
    measured.seconds.append(float(words[-5]))
    measured.cpu_seconds.append(float(words[-3]))
    measured.peak_bytes.append(int(words[-1]))
    return out


def run_tool(measured, tool, server, endpoint, source, cap):
    """Makes one run; returns the bucket to which it wrote, or None."""
    lake = server.new_bucket(tool.lower())
    variables = environment(server, endpoint, server.folder)
    if tool == "DuckDB":
        variables["PYTHONPATH"] = str(DUCKDB_S3)
    out = execute(measured, command(tool, source, lake), variables, server.folder, cap)
    if out is None:
        remove_bucket(server, lake)
        return None
    if tool == "sparkify":
        counts = json.loads(out)["s3"]
        measured.requests = counts["requests"]
        measured.traffic = (f"{counts['requests']:,} requests, {counts['retries']:,} of them retries;"
                            f" {counts['bytes_sent'] / 1e6:,.1f} MB sent,"
                            f" {counts['bytes_received'] / 1e6:,.1f} MB received")
    return lake


def floor_requests(server, source, model, lake):
    """The requests of a run: pages of lists, then all objects, then puts of the same sizes. A part of a large file is
    put as an object."""
    lines = []
    for prefix in ("song_data/", "log_data/"):
        keys = server.client.keys(source, prefix)
        for at in range(0, len(keys), 1000):
            after = f"&start-after={encode(keys[at - 1])}" if at else ""
            query = f"list-type=2&prefix={encode(prefix)}{after}"
            lines += [f"GET /{source}?{query} - 0", "wait"]
    for item in server.client.listing(source):
        target = f"/{source}/{encode(item.key, safe='/')}"
        if item.size <= PIECE:
            lines.append(f"GET {target} - 0")
            continue
        for at in range(0, item.size, PIECE):
            end = min(at + PIECE + OVERLAP, item.size) - 1
            lines.append(f"GET {target} {max(at - 1, 0)}-{end} 0")
    lines.append("wait")
    for item in server.client.listing(model):
        target = f"PUT /{lake}/{encode(item.key, safe='/')}"
        lines.append(f"{target} - {min(item.size, PART)}")
        for at in range(PART, item.size, PART):
            lines.append(f"{target}.{at // PART} - {min(item.size - at, PART)}")
    return "\n".join(lines) + "\n"


def run_floor(measured, server, endpoint, source, model):
    """Runs s3_floor, which measures itself from the first request to the last."""
    lake = server.new_bucket("floor")
    requests = server.folder / "requests"
    requests.write_text(floor_requests(server, source, model, lake))
    with open(requests) as lines:
        out = execute(measured, [FLOOR, endpoint.removeprefix("http://"), str(CONNECTIONS)],
                      environment(server, endpoint, server.folder), server.folder, stdin=lines)
    words = out.split()
    found = dict(zip(words[::2], map(float, words[1::2])))
    if found["failed"]:
        sys.exit(f"bench: {found['failed']:.0f} requests of the floor failed")
    measured.seconds[-1], measured.cpu_seconds[-1] = found["seconds"], found["cpu"]
    measured.requests = int(found["requests"])
    remove_bucket(server, lake)


def check_rows(server, model, lake, tool):
    data = server.folder / "data"
    done = subprocess.run([sys.executable, PROJECT / "bench/same_rows.py", data / model, data / lake],
                          capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"bench: sparkify and {tool} wrote different rows\n{done.stdout}{done.stderr}")


SLOW = ("DuckDB", "PySpark")  # these run once


def in_turns(tools, turns):
    """The order of the runs."""
    yield from ((turn, tool) for turn in range(turns) for tool in tools if tool not in SLOW)
    yield from ((0, tool) for tool in tools if tool in SLOW)


# ---- One data set -------------------------------------------------------------------------------

def side_by_side(server, size, arguments):
    """Returns {latency: {tool: Measured}}; the latency None stands for the canned server."""
    source, model = server.new_bucket("source"), None
    folder = server.folder / "workspace"
    subprocess.run([SPARKIFY, "generate", folder, "--songs", str(size[0]), "--events",
                    str(size[1]), "--quiet"], check=True)
    server.client.upload(folder, source)
    shutil.rmtree(folder)
    found = {}
    for latency in LATENCIES:
        tools = {tool: Measured() for tool in ("sparkify", "floor", *arguments.peers)}
        found[latency] = tools
        with slowed(server, latency) as endpoint:
            for turn, tool in in_turns(tools, arguments.turns):
                measured = tools[tool]
                if tool == "floor":
                    run_floor(measured, server, endpoint, source, model)
                else:
                    lake = run_tool(measured, tool, server, endpoint, source, arguments.cap)
                    if model and lake and turn == 0:
                        check_rows(server, model, lake, tool)
                    if model and lake:
                        remove_bucket(server, lake)
                    model = model or lake
                took = "too long" if measured.capped else f"{measured.seconds[-1]:.2f} s"
                say(f"{size[1]:,} events, {latency} ms, turn {turn + 1}, {tool}: {took}")
    found[None] = run_canned(server, source, model, arguments.turns)
    for bucket in (source, model):
        remove_bucket(server, bucket)
    return found


def run_canned(server, source, model, turns):
    tools = {"sparkify": Measured(), "floor": Measured()}
    with canned(server, source) as endpoint:
        for _ in range(turns):
            run_tool(tools["sparkify"], "sparkify", server, endpoint, source, None)
            run_floor(tools["floor"], server, endpoint, source, model)
    return tools


# ---- Report -------------------------------------------------------------------------------------

def row(tool, measured):
    if measured.capped:
        return [tool, f"> {measured.capped:.0f} s", "", "", "", ""]
    spread = f"{seconds(min(measured.seconds))} – {seconds(max(measured.seconds))}"
    each = f"{measured.cpu / measured.requests * 1e6:.0f} µs" if measured.requests else ""
    requests = f"{measured.requests:,}" if measured.requests else ""
    return [tool, seconds(measured.median), spread, requests, f"{measured.cpu:.2f} s"
            + (f" ({each} a request)" if each else ""),
            memory(max(measured.peak_bytes) / (1 << 20))]


def tools_table(tools):
    heading = ["tool", "median", "least – greatest", "requests", "client's CPU", "peak memory"]
    return table(heading, [row(tool, measured) for tool, measured in tools.items()])


def goals(found, events):
    """Each goal, and the measured figure."""
    fast, slow, bare = found[0]["sparkify"], found[20]["sparkify"], found[0]["floor"]
    bare_slow = found[20]["floor"]
    limit = fast.median + slow.requests * 0.020 / CONNECTIONS
    bare_limit = bare.median + bare_slow.requests * 0.020 / CONNECTIONS
    cpu = (fast.cpu / fast.requests) / (bare.cpu / bare.requests)
    peak = max(fast.peak_bytes + slow.peak_bytes) / (1 << 20)
    lines = [
        ["no time added: of the bare client's time", times(fast.median / bare.median), "≤ 1.3×"],
        ["no time added: of the bare client's CPU for each request", times(cpu), "≤ 1.5×"],
        ["20 ms: of the time without + requests × 20 ms ÷ 128", times(slow.median / limit)
         + f" (the bare client: {times(bare_slow.median / bare_limit)})", "≤ 1.25×"],
    ]
    for tool in PEERS:
        peer = found[20].get(tool)
        if peer:
            more = "> " if peer.capped else ""
            lines.append([f"20 ms: times as fast as {tool}", more + times(peer.median / slow.median),
                          f"≥ {GOALS[tool]}×"])
    limit_mib = GOALS["memory"].get(events)
    lines.append(["peak memory", memory(peak), f"≤ {limit_mib} MiB" if limit_mib else ""])
    return table(["", "measured", "goal"], lines)


def heading(size):
    return f"# Results on S3: {size[0]:,} songs + {size[1]:,} events"


def write(size, found, turns):
    """The part of RESULTS.md for one data set."""
    text = (heading(size)
            + "\n\nWritten by `./dev bench s3`; how it is measured: bench/s3_bench.py.\n\n"
            + report.facts(PROJECT, len(os.sched_getaffinity(0)), turns).replace(
                "(PySpark: one run)", "(DuckDB and PySpark: one run)").replace(
                f"duckdb {version('duckdb')}", f"duckdb {DUCKDB_VERSION} with httpfs")
            + "- server: versitygw 1.8.0 on the same cores, its data on tmpfs; 20 ms are added by "
              "toxiproxy, on the same cores as well\n"
              "- floor: s3_floor.c, libcurl alone with the same requests, from the first to the last; "
              "what it reads is thrown away. sparkify's CPU has the work on the rows in it as well\n"
              "- '> N s' was ended after so long, and left no rows to compare\n\n"
            + goals(found, size[1]))
    for latency in LATENCIES:
        text += (f"\n{latency} ms added to each request (sparkify: "
                 f"{found[latency]['sparkify'].traffic}):\n\n" + tools_table(found[latency]))
    return text + "\nA server that answers at once (s3_canned.c):\n\n" + tools_table(found[None])


def parse_arguments():
    parser = argparse.ArgumentParser(prog="./dev bench s3", description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small data and one turn, for trying")
    parser.add_argument("--only", metavar="NAMES", default=",".join(SIZES),
                        help="of small and medium, those to run, with commas between")
    parser.add_argument("--peers", metavar="NAMES", default=",".join(PEERS),
                        help="of Polars, DuckDB and PySpark, those to run")
    parser.add_argument("--no-spark", action="store_true", help="leave PySpark out")
    parser.add_argument("--turns", type=int, default=3, metavar="N",
                        help="how often each tool runs (3; DuckDB and PySpark: once)")
    parser.add_argument("--cap", type=float, default=600, metavar="S",
                        help="seconds after which a peer's run is ended (600)")
    arguments = parser.parse_args()
    arguments.only = arguments.only.split(",")
    arguments.peers = [name for name in arguments.peers.split(",") if name]
    if not set(arguments.only) <= set(SIZES) or not set(arguments.peers) <= set(PEERS):
        parser.error("--only takes small and medium, --peers Polars, DuckDB and PySpark")
    if arguments.turns < 1:
        parser.error("--turns takes a number from 1 on")
    if arguments.no_spark:
        arguments.peers = [name for name in arguments.peers if name != "PySpark"]
    if arguments.quick:
        arguments.turns = 1
    return arguments


def main():
    arguments = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("bench: terminated"))  # the data goes too
    is_whole = not arguments.quick and arguments.turns >= 3
    target = (PROJECT / "bench" if is_whole else BUILD / "bench") / "RESULTS.md"
    sizes = QUICK_SIZES if arguments.quick else SIZES
    with tempfile.TemporaryDirectory(prefix="sparkify-bench-", dir="/dev/shm") as folder, \
            Server(folder) as server:
        for name in arguments.only:
            size = sizes[name]
            text = write(size, side_by_side(server, size, arguments), arguments.turns)
            report.replace_part(target, heading(size), text)
            print(text)
    say(f"bench: written to {target.relative_to(PROJECT)}")


if __name__ == "__main__":
    main()
