"""Measures `sparkify serve`: cached answers, the effect of a query that uses much memory and time on other queries,
and the page in Chromium from its request to the first chart.

    bench/serve_bench.py [LAKE]

Without LAKE, a lake is made that is as large as that of ./dev bench query, which also runs this.
"""

import argparse
import concurrent.futures
import http.client
import json
import multiprocessing
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import report

PROJECT = Path(__file__).resolve().parent.parent
SPARKIFY = PROJECT / "build/release/sparkify"
HEADING = "# Results of serve, on tmpfs"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
GOAL_ANSWERS, GOAL_PAGE, CLIENTS = 1000, 1.0, 50
HOG = "SELECT list_sort(list(a.range * b.range))[1] FROM range(1000000) a, range(1000) b"
SLOW = "SELECT sum(sqrt(a.range + b.range)) FROM range(1000000) a, range(1000000) b"


class Server:
    def __init__(self, lake):
        command = [SPARKIFY, "serve", lake, "--port", "0", "--json"]
        self.process = subprocess.Popen([*map(str, command)], stdout=subprocess.PIPE, text=True)
        document = ""
        while not document.endswith("\n}\n"):
            document += self.process.stdout.readline()
        self.address = json.loads(document)["url"]
        self.port = json.loads(document)["port"]
        self.token = self.address.split("#token=")[1]

    def request(self, sql):
        body = json.dumps({"sql": sql}).encode()
        head = f"POST /api/query HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self.token}\r\n"
        return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request("GET", path, headers={"Authorization": f"Bearer {self.token}"})
        return connection.getresponse().read()

    def query(self, sql):
        """The seconds until the answer, and its status."""
        start = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        connection.request("POST", "/api/query", json.dumps({"sql": sql}), headers)
        answer = connection.getresponse()
        answer.read()
        return time.perf_counter() - start, answer.status

    def stop(self):
        self.process.terminate()
        self.process.wait(60)


def ask_again(port, request, length, seconds, out):
    """Repeats a request, whose answer has `length` bytes, on several connections for so many seconds."""
    sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(CLIENTS // 2)]
    count, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        for each in sockets:
            each.sendall(request)
        for each in sockets:
            left = length
            while left > 0:
                left -= len(each.recv(left))
        count += len(sockets)
    out.put(count)


def measure_kept(server, seconds=5):
    request = server.request("SELECT level, count(*) AS plays FROM songplays GROUP BY level")
    with socket.create_connection(("127.0.0.1", server.port)) as once:
        for _ in range(2):  # the second is kept
            once.sendall(request)
            answer = b""
            while not answer.endswith(b"}\n"):
                answer += once.recv(65536)
    out = multiprocessing.Queue()
    clients = [
        multiprocessing.Process(target=ask_again, args=(server.port, request, len(answer), seconds, out))
        for _ in range(2)
    ]
    start = time.perf_counter()
    for client in clients:
        client.start()
    count = sum(out.get() for _ in clients)
    for client in clients:
        client.join()
    return count / (time.perf_counter() - start)


def measure_queries(server, count=40):
    sql = "SELECT artist, count(*) + {} FROM songplays GROUP BY 1 ORDER BY 2 DESC LIMIT 10"
    times = [server.query(sql.format(time.monotonic_ns())) for _ in range(count)]
    assert {status for _, status in times} == {200}
    return statistics.median(seconds for seconds, _ in times)


def measure_beside(server, hog):
    """The seconds that other queries take during a large query, and the status of that query."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        running = pool.submit(server.query, hog)
        time.sleep(1)
        beside = measure_queries(server)
        seconds, status = running.result()
    return beside, seconds, status


def measure_page(server, runs):
    """The seconds from the request of the page to its first chart, in a browser with an empty cache."""
    from playwright.sync_api import sync_playwright

    times = []
    with sync_playwright() as playwright:
        options = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        for _ in range(runs):
            page = browser.new_context().new_page()
            start = time.perf_counter()
            page.goto(server.address)
            page.wait_for_selector("[data-card=active-users] svg")
            times.append(time.perf_counter() - start)
            page.context.close()
        browser.close()
    return times


def make_lake(folder, songs, events):
    data, lake = folder / "in", folder / "lake"
    size = ["--songs", str(songs), "--events", str(events), "--quiet"]
    subprocess.run([SPARKIFY, "generate", data, *size], check=True)
    subprocess.run([SPARKIFY, "etl", "--input", data, "--output", lake, "--quiet"], check=True)
    return lake


def measure(lake):
    server = Server(lake)
    try:
        lines = []
        time.sleep(3)  # the report without filters is made ahead
        pages = measure_page(server, 6) if CHROMIUM else None
        start = time.perf_counter()
        server.get("/api/report?level=paid")
        filtered = time.perf_counter() - start
        alone = measure_queries(server)
        kept = measure_kept(server)
        memory_beside, memory_seconds, memory_status = measure_beside(server, HOG)
        beside, seconds, status = measure_beside(server, SLOW)
        if pages:
            lines.append(
                f"- the page, from its address to the first chart: {pages[0]:.2f} s for the first who comes,"
                f" {statistics.median(pages[1:]):.2f} s then (goal {GOAL_PAGE})"
            )
        lines += [
            f"- a report with a filter that nobody had asked for: {filtered:.2f} s",
            f"- kept answers: {kept:,.0f} a second, {CLIENTS} connections (goal {GOAL_ANSWERS:,})",
            f"- a query that is new, over all plays: {alone * 1000:.0f} ms; beside one that hogs memory"
            f" ({memory_status} after {memory_seconds:.1f} s) {memory_beside * 1000:.0f} ms, beside one that never ends"
            f" ({status} after {seconds:.1f} s) {beside * 1000:.0f} ms: the processors are shared, nothing else",
        ]
        return lines
    finally:
        server.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lake", nargs="?")
    parser.add_argument("--songs", type=int, default=14_896)
    parser.add_argument("--events", type=int, default=2_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as name:
        lake = options.lake or make_lake(Path(name), options.songs, options.events)
        lines = measure(lake)
    what = f"{options.songs:,} songs and {options.events:,} events." if not options.lake else f"{options.lake}."
    text = "\n".join([HEADING, "", what, "", *lines])
    print(text)
    if not options.lake:
        report.replace_part(PROJECT / "bench/RESULTS.md", HEADING, text)


if __name__ == "__main__":
    sys.exit(main())
