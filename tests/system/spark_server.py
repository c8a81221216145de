"""A real Spark for the tests, from the jars of the pyspark package: a standalone master, workers
that each are a process of their own, and a Connect server.

Every port is one that the system chose (port 0), read from the process's log; so none collides.
All processes are stopped by their own ids.

The fixture `spark` is one cluster for all tests, also when pytest runs them in several processes:
the first that needs it starts this file as a program, which stops the cluster when nobody holds the
lock on `users` any more, whatever became of them.
"""

import contextlib
import fcntl
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

START_SECONDS = 120
STOP_SECONDS = 15
# A cluster lives for minutes: what the second compiler makes faster does not pay for its time. One tier alone has a
# code cache of 48 MB, which Spark can fill.
JVM_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:ReservedCodeCacheSize=240m"


def missing():
    """What a Spark needs and is not there, or None."""
    if not shutil.which("java"):
        return "no Java"
    if not importlib.util.find_spec("pyspark"):
        return "no pyspark"
    return None


def spark_home():
    return Path(importlib.util.find_spec("pyspark").origin).parent


class Spark:
    """A cluster of `workers` workers with one core each, or one process that is all (workers=0).
    Each worker, and the driver, has so much memory."""

    def __init__(self, folder, workers=2, token=None, conf=None, memory="1g"):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.token = token
        self.conf = conf or {}
        self.memory = memory
        self.master = self.server = self.port = None
        self.workers = []
        try:
            self._start(workers)
        except BaseException:
            self.stop()
            raise

    @property
    def address(self):
        return f"sc://127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def _start(self, workers):
        url = "local[2]"
        if workers:
            self.master = self._class("master.Master", "master", "--port", 0)
            url = self._wait(self.master, r"Starting Spark master at (spark://\S+)")
        for number in range(workers):
            name = f"worker{number}"
            work = ("--cores", 1, "--memory", self.memory, "--work-dir", self.folder / name)
            self.workers.append(self._class("worker.Worker", name, *work, url))
        self.server = self._connect_server(url)
        for worker in self.workers:
            self._wait(worker, r"(Successfully registered) with master")
        self.port = int(self._wait(self.server, r"Connect server started at:? \S*?:(\d+)"))

    def _class(self, name, log, *arguments):
        common = ("--host", "127.0.0.1", "--webui-port", 0)
        name = f"org.apache.spark.deploy.{name}"
        return self._run(log, "spark-class", name, *common, *arguments)

    def _connect_server(self, master):
        conf = {
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.connect.grpc.binding.address": "127.0.0.1",
            "spark.connect.grpc.binding.port": 0,
            "spark.ui.enabled": "false",
            "spark.executor.memory": self.memory,
            "spark.executor.extraJavaOptions": JVM_OPTIONS,
            "spark.sql.warehouse.dir": self.folder / "warehouse",
            "spark.sql.shuffle.partitions": 4,
            "spark.sql.codegen.cache.maxEntries": 2000,  # the code of one model, for all tests of it
            # What the driver keeps of queries that have ended, with their plans, and of the sessions of
            # runs that were killed: its memory is for queries.
            "spark.sql.ui.retainedExecutions": 1,
            "spark.ui.retainedJobs": 10,
            "spark.ui.retainedStages": 10,
            "spark.connect.ui.retainedStatements": 1,
            "spark.connect.ui.retainedSessions": 1,
        } | self.conf
        options = [word for key, value in conf.items() for word in ("--conf", f"{key}={value}")]
        name = "org.apache.spark.sql.connect.service.SparkConnectServer"
        options += ["--master", master, "--driver-memory", self.memory, "--class", name]
        options += ["--driver-java-options", JVM_OPTIONS]
        return self._run("server", "spark-submit", *options)

    def _run(self, log, program, *arguments):
        """Both programs end by exec: the process is the JVM."""
        env = os.environ | {
            "SPARK_HOME": str(spark_home()),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_LOCAL_DIRS": str(self.folder / "local"),
            "SPARK_MASTER_OPTS": "-Dspark.master.rest.enabled=false",  # a port of its own
        }
        if log != "server":  # which would take it for its own
            env["SPARK_DAEMON_MEMORY"] = "256m"
            env["SPARK_DAEMON_JAVA_OPTS"] = JVM_OPTIONS
        env.pop("SPARK_CONNECT_AUTHENTICATE_TOKEN", None)
        if self.token:
            env["SPARK_CONNECT_AUTHENTICATE_TOKEN"] = self.token
        with (self.folder / f"{log}.log").open("wb") as file:
            process = subprocess.Popen(
                ["nice", spark_home() / "bin" / program, *map(str, arguments)],
                cwd=self.folder,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        process.log = self.folder / f"{log}.log"
        return process

    def _wait(self, process, pattern):
        """Waits until the process has written it to its log; returns the group."""
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            text = process.log.read_text(errors="replace")
            if found := re.search(pattern, text):
                return found[1]
            if process.poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError(f"Spark does not start: {process.log}:\n{text[-4000:]}")

    def stop(self):
        """Workers stop their executors themselves when they are told to end."""
        processes = [p for p in (self.server, *self.workers, self.master) if p]
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
                process.terminate()
        for process in processes:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)  # its own session: see start_new_session
                process.wait()


# ---- One cluster for all tests ------------------------------------------------------------------


def hold(folder):
    """Counts as a user of the cluster until the file is closed, or the process is gone."""
    users = (folder / "users").open("a")
    fcntl.flock(users, fcntl.LOCK_SH)
    return users


def is_used(folder):
    with (folder / "users").open("a") as users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def serve(folder):
    """The program: a cluster for as long as somebody uses it."""
    state = folder / "state.json"
    try:
        with Spark(folder / "spark") as spark:
            state.with_suffix(".new").write_text(json.dumps({"address": spark.address}))
            state.with_suffix(".new").rename(state)
            while is_used(folder):
                time.sleep(0.3)
    except RuntimeError as error:
        state.write_text(json.dumps({"error": str(error)}))
        raise
    finally:
        (folder / "stopped").touch()


def start_or_join(folder):
    """The cluster's address; the first that asks starts it."""
    state = folder / "state.json"
    with (folder / "starting").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "program.log").exists():
            with (folder / "program.log").open("wb") as log:
                subprocess.Popen(
                    [sys.executable, __file__, folder],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        while not state.exists():
            assert not (folder / "stopped").exists(), (folder / "program.log").read_text()
            time.sleep(0.1)
    found = json.loads(state.read_text())
    assert "error" not in found, found["error"]
    return found["address"]


@pytest.fixture(scope="session")
def spark(tmp_path_factory, worker_id):
    """The address of a Connect server on a cluster of two workers; of one's own with
    SPARKIFY_SPARK=sc://…"""
    if address := os.environ.get("SPARKIFY_SPARK"):
        yield address
        return
    if missing():
        pytest.skip(f"no Spark: {missing()}")
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "spark_cluster"
    folder.mkdir(exist_ok=True)
    users = hold(folder)
    yield start_or_join(folder)
    users.close()
    end = time.monotonic() + 2 * STOP_SECONDS
    while not is_used(folder) and not (folder / "stopped").exists() and time.monotonic() < end:
        time.sleep(0.1)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
