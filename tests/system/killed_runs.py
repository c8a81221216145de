"""Runs of any model that are killed at a moment of theirs, by either engine, onto a lake on a disk or in S3: each table
is as before or as after, and the next run of either engine brings all rows and leaves nothing of the dead one.

A moment is when an object is read or put whose name has a part: on a disk killer.c knows it, in S3 the proxy in front
of the server, through which Spark's requests go, too."""

import shutil
import subprocess
import time
from dataclasses import dataclass

from conftest import PROGRAM, REBUILD, etl, run
from crash import IS_LONG, KILLED, decisions, newest, watch
from deltalake import DeltaTable
from example_models import Example
from fault_proxy import reset_after, reset_before


@dataclass(frozen=True)
class Moment:
    part: str  # of the name
    number: int = 1  # among those of the run
    after: bool = False  # when it is done
    kind: str = "PutObject"

    def is_it(self, request):
        return request.kind == self.kind and self.part in request.key


TINY = ("--events", 100, "--days", 1)
READING = Moment("2024", kind="GetObject")  # in S3
FIRST_FILE = Moment("/part-")
UNDECIDED = Moment("_sparkify/commits/")
DECIDED = Moment("_sparkify/commits/", after=True)
HALF_OF_THE_LOGS = Moment("/_delta_log/", 2, after=True)


def short_of(moments, *few):
    """Where a run takes long, few of the moments are enough, but in the long form of the tests."""
    return moments if IS_LONG else few


def kill_at_request(proxy, command, is_it, after, **how):
    """Kills the run at the request for which `is_it` says so, before or after the server has seen it. Returns whether
    there was such a request."""
    killed = []

    def plan(request):
        if killed or not is_it(request):
            return None
        killed.append(request.kind)
        process.kill()
        return reset_after() if after else reset_before()

    with subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, **how) as process:
        proxy.plan = plan
    proxy.plan = None
    deadline = time.monotonic() + 20
    while proxy.under_way:  # the server goes on with what it has
        assert time.monotonic() < deadline
        time.sleep(0.005)
    return bool(killed)


# ---- Where a lake is ---------------------------------------------------------------------------


class OnDisk:
    def __init__(self, example, folder):
        self.source, self.lake, self.folder, self.env = example.source, folder / "lake", folder, {}

    def add_input(self):
        pass

    def put(self, lake):
        shutil.rmtree(self.lake, ignore_errors=True)
        shutil.copytree(lake, self.lake)

    def copy(self):
        return self.lake

    def kill(self, command, moment):
        options = ("--to", moment.part, "--kill", moment.number, *["--after"] * moment.after)
        return watch(self.lake, command, *options)[0].code == KILLED


class InS3:
    def __init__(self, example, folder, server, proxy):
        self.client, self.proxy, self.folder, self.files = server.client, proxy, folder, example.source
        self.inputs, self.bucket = server.new_bucket("input"), server.new_bucket()
        self.source, self.lake = f"s3://{self.inputs}", f"s3://{self.bucket}"
        self.env = server.environment | {"AWS_ENDPOINT_URL": proxy.endpoint}

    def add_input(self):
        """What is not there yet."""
        there = set(self.client.keys(self.inputs))
        for path in sorted(self.files.rglob("*.json")):
            if (key := str(path.relative_to(self.files))) not in there:
                self.client.put(self.inputs, key, path.read_bytes())

    def put(self, lake):
        self.client.clear(self.bucket)
        self.client.upload(lake, self.bucket)

    def copy(self):
        assert self.client.unfinished_uploads(self.bucket) == []
        shutil.rmtree(self.folder / "copy", ignore_errors=True)
        lake = self.client.download(self.bucket, self.folder / "copy")
        (lake / "_sparkify/probe").unlink(missing_ok=True)
        return lake

    def kill(self, command, moment):
        left = [moment.number]

        def is_it(request):
            left[0] -= moment.is_it(request)
            return left[0] == 0

        return kill_at_request(self.proxy, command, is_it, moment.after, env=self.env, cwd=self.folder)


# ---- Runs that are killed ------------------------------------------------------------------------


def increment(example, place, *engine):
    """That brings the last day. Returns its options."""
    with example.without_last_day():
        place.add_input()
        load(place, *example.options, *engine)
    place.add_input()
    return ("--incremental",)


def rebuild(example, place):
    """In place of another model's lake, and of its input. Returns its options."""
    other = Example("shop" if example.name == "sparkify" else "sparkify", place.folder / "other", TINY)
    other.etl(place.folder / "replaced", program=PROGRAM)
    place.put(place.folder / "replaced")
    place.add_input()
    return ("--rebuild", *REBUILD)


def load(place, *options):
    how = {"program": PROGRAM, "env": place.env, "cwd": place.folder, "timeout": 300}
    return etl(place.source, place.lake, *options, **how)


def seen(lake, table):
    """(version, rows) for readers of the table's log."""
    version = newest(lake, table)
    return version, DeltaTable(lake / table).to_pyarrow_table().num_rows if version >= 0 else 0


def assert_killed(example, kind, place, moments, *engine):
    """The first of the next runs is by the engine, too, the others by the native one."""
    options = (*example.options, *kind(example, place))
    before = shutil.copytree(place.copy(), place.folder / "before")
    old = {table: seen(before, table) for table in example.model.tables}
    new = {table: (old[table][0] + 1, len(rows)) for table, rows in example.tables.items()}
    command = [PROGRAM, "etl", "--input", place.source, "--output", place.lake, *options, *engine]
    for number, moment in enumerate(moments):
        place.put(before)
        assert place.kill(command, moment), moment
        lake = place.copy()
        assert decisions(lake) - decisions(before) == moment.after, moment
        for table in example.model.tables:
            assert seen(lake, table) in (old[table], *([new[table]] if moment.after else [])), (moment, table)
        load(place, *options, *(engine if number == 0 else ()))
        assert_mended(example, place.copy())


def assert_mended(example, lake):
    example.assert_exact(lake)
    assert not [path for path in lake.rglob("*") if "staging" in path.parts or ".tmp" in path.name]
    done = run("check", lake, program=PROGRAM)
    assert done.code == 0 and "crashed" not in done.out, done.out
