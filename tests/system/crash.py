"""What a lake may be after a crash, and what it must be when the next run has ended.

Each kind of run has a lake that it is tried on. All that is expected comes from runs that nobody
disturbs: what readers see before the run and after it, by each version of each table that is kept,
and what the lake is once one of the runs that may come next has followed. The engine's files are
byte for byte the same in every run, so a table whose files have the bytes of an undisturbed run's
has its rows; that those are right is checked once, by the plain implementation of the rules.

A test module imports the fixtures that it uses by their names.

SPARKIFY_BUILD  the build whose tests/system/killer is run (default: the release build)
SPARKIFY_KILLS  at how many points a plain run is killed, a call of it fails, and the power fails
                (default: 40; from 300 on, all that there are many of are tried in all ways); the
                other kinds of runs get a part of it
SPARKIFY_SEED   of all that is random
"""

import functools
import hashlib
import json
import os
import re
import shutil
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pytest
import reference
from conftest import (
    PROGRAM,
    PROJECT,
    REBUILD,
    RUN_ID,
    TABLES,
    assert_equals_reference,
    in_order,
    run,
    without_warnings,
)
from deltalake import DeltaTable

KILLER = Path(os.environ.get("SPARKIFY_BUILD") or PROJECT / "build/release") / "tests/system/killer"
COMMITTED = ["songs", "artists", "users", "time", "songplays"]  # in the order of a commit
NOT_HERE, KILLED = 125, 137  # exit codes of the killer
DECISIONS = "_sparkify/commits"
DECISION = re.compile(DECISIONS + r"/\d{20}\.json")
REJECTS = "_rejects/run=RUN/part-00000.json"
CHECKPOINT = re.compile(r"\w+/_delta_log/(\d{20}\.checkpoint\.parquet|_last_checkpoint)")
KILLS = int(os.environ.get("SPARKIFY_KILLS") or 40)  # points at which a run is disturbed
IS_LONG = KILLS >= 300
SEED = int(os.environ.get("SPARKIFY_SEED") or 5)  # of all that is random


# ---- What is there ----------------------------------------------------------------------------


def names(lake):
    """How often each path is there, with RUN for the runs' ids: all files but the decisions, and
    the empty folders."""
    found = Counter()
    for folder, folders, files in os.walk(lake):
        below = os.path.relpath(folder, lake)
        found.update(RUN_ID.sub("RUN", os.path.normpath(f"{below}/{name}")) for name in files)
        if not folders and not files:
            found[RUN_ID.sub("RUN", below) + "/"] += 1
    return Counter({name: n for name, n in found.items() if not DECISION.fullmatch(name)})


def needed(found):
    """Of names: all but what a crashed run may leave, and what it may not have reached. Rejects
    that are whole stay; a checkpoint says what the logs do."""
    return Counter({name: n for name, n in found.items() if name != REJECTS and not CHECKPOINT.fullmatch(name)})


def assert_same_names(found, expected):
    assert (found - expected, expected - found) == (Counter(), Counter()), "(stray, missing)"


def decisions(lake):
    """How many there are; none may be missing between them."""
    folder = lake / DECISIONS
    found = sorted(folder.glob("[0-9]*.json")) if folder.exists() else []
    assert [int(path.stem) for path in found] == list(range(len(found)))
    return len(found)


def newest(lake, table):
    """The newest version of a table's log; -1: there is none."""
    versions = (lake / table / "_delta_log").glob("[0-9]*.json")
    return max((int(path.stem) for path in versions), default=-1)


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def files_of(lake, table, version):
    """(name, hash of its bytes) of each file that delta-rs finds in a version; None: no table yet,
    or one of them is gone."""
    folder = lake / table
    if version < 0:
        return None
    paths = list(map(Path, DeltaTable(folder, version=version).file_uris()))
    if not all(path.exists() for path in paths):
        return None
    named = {path: RUN_ID.sub("RUN", str(path.relative_to(folder))) for path in paths}
    return sorted((name, digest(path)) for path, name in named.items())


def rejects_of(lake):
    """The hash of each finished file of rejected records."""
    return Counter(map(digest, lake.glob("_rejects/run=*/part-00000.json")))


# ---- Inputs -----------------------------------------------------------------------------------


class Inputs:
    """Folders of JSON by name. "days-2" and "days-1" are "days" without its last log files, in the
    same place, as an incremental run wants it; "all-days" is a copy of it."""

    def __init__(self, folder):
        self.folder = folder
        self.generate("old", 1)
        self.generate("new", 2)
        self.generate("days", 3)
        for name in ("old", "new"):
            self.add_rejects(name)
        self.days = sorted((folder / "days/log_data").rglob("*.json"))
        (folder / "spare").mkdir()
        shutil.copytree(folder / "days", folder / "all-days")
        self.right = set()  # (input, files) of tables that were found to be right

    def generate(self, name, seed):
        size = ("--songs", 60, "--events", 600, "--seed", seed)
        done = run("generate", self.folder / name, *size, program=PROGRAM)
        assert done.code == 0, done.err

    def add_rejects(self, name):
        folder = self.folder / f"rejects-{name}"
        shutil.copytree(self.folder / name, folder)
        (folder / "log_data/broken.json").write_text(f"{name}\n" * 20)
        (folder / "song_data/broken.json").write_text("{}\n" * 10)

    def path(self, name):
        if not name.startswith("days"):
            return self.folder / name
        there = len(self.days) - int(name.removeprefix("days").removeprefix("-") or 0)
        for number, day in enumerate(self.days):
            spare = self.folder / "spare" / day.name
            source, target = (spare, day) if number < there else (day, spare)
            if source.exists():
                source.rename(target)
        return self.folder / "days"


# ---- Runs -------------------------------------------------------------------------------------

LAKE = object()  # where a command names the lake


@dataclass(frozen=True)
class Step:
    """A command; `source` is the input whose rows the tables have afterwards, None: as before."""

    command: tuple
    source: str = None
    rows: str = None  # the input whose rows the tables have, where it is another one
    code: int = 0
    killed_at: tuple = None  # it is killed there: the killer's options
    is_decided: bool = False  # it is killed behind its decision

    def arguments(self, inputs, lake):
        special = {LAKE: lake}
        if self.source and "--input" in self.command:
            special[self.source] = inputs.path(self.source)
        return [special.get(word, word) for word in self.command]

    def run(self, inputs, lake):
        done = run(*self.arguments(inputs, lake), program=PROGRAM)
        assert done.code == self.code, done.err
        return done

    def run_watched(self, inputs, lake, *options, program=PROGRAM):
        """Under the killer: (its Run, the changes it made)."""
        return watch(lake, [program, *self.arguments(inputs, lake)], *options)


KEPT_INPUT = ("--missing-logs", "keep", "--missing-songs", "keep")


def etl(source, *options, missing=REBUILD, **how):
    command = ("etl", "--input", source, "--output", LAKE, "--json", *missing, *options)
    return Step(command, source, **how)


def killed(step, *where, is_decided):
    return Step(step.command, step.source, step.rows, step.code, where, is_decided)


@dataclass(frozen=True)
class Kind:
    """A kind of run: what the lake was made by, the run, and those that may come after it."""

    before: list
    run: Step
    after: list
    is_basic: bool = False


MOST_KEPT = 3  # versions before the newest
KEEP, ALL = ("--keep-versions", 3), ("--max-rejects", "100%")
KEPT = [etl("old", *KEEP), etl("new"), etl("old")]
RESTORE = Step(("restore", LAKE, "--at", 1, "--json"), "new")
VACUUM = Step(("vacuum", LAKE, "--retain", "0s"))
INCREMENT = ("--incremental",)
# The first two links are the probe's, the third is the decision's, the next ones are those of the logs.
DECIDED, HALF = ("--calls", "linkat", "--after", "--kill", 3), ("--calls", "linkat", "--kill", 5)
KINDS = {
    "later": Kind([etl("old")], etl("new"), [etl("old"), etl("new")], is_basic=True),
    "first": Kind([], etl("new"), [etl("old"), etl("new")], is_basic=True),
    "keep": Kind(KEPT, etl("new", *KEEP), [etl("old"), etl("new"), VACUUM]),
    "grace": Kind([etl("old")], etl("new", "--grace", "10m"), [etl("old", "--grace", "10m"), etl("new")]),
    "incremental": Kind(
        [etl("days-2")],
        etl("days-1", *INCREMENT),
        [etl("days-1", *INCREMENT), etl("days", *INCREMENT), etl("days-1")],
    ),
    "missing": Kind(  # the last log is gone, and its plays stay
        [etl("days")],
        etl("days-1", missing=KEPT_INPUT, rows="all-days"),
        [etl("days-1", *INCREMENT, missing=KEPT_INPUT, rows="all-days"), etl("days-1")],
    ),
    "restore": Kind(KEPT, RESTORE, [etl("old"), RESTORE, etl("new")]),
    "vacuum": Kind(
        [*KEPT, killed(etl("new"), "--calls", "openat,openat2", "--kill", 60, is_decided=False)],
        VACUUM,
        [VACUUM, etl("new")],
    ),
    "rejects": Kind([etl("rejects-old", *ALL)], etl("rejects-new", *ALL), [etl("old"), etl("rejects-new", *ALL)]),
    "refused": Kind([etl("old")], etl("rejects-new", code=3), [etl("old"), etl("new")]),
    "checkpoint 10": Kind([etl("old"), etl("new")] * 5, etl("old"), [etl("old"), etl("new")]),
    "checkpoint 20": Kind([etl("old"), etl("new")] * 10, etl("old"), [etl("old"), etl("new")]),
    "recovering": Kind(
        [etl("old"), killed(etl("new"), *DECIDED, is_decided=True)],
        etl("old"),
        [etl("new"), etl("old")],
    ),
    "recovering the rest": Kind(
        [*KEPT, killed(etl("new", *KEEP), *HALF, is_decided=True)],
        etl("new"),
        [etl("old"), etl("new")],
    ),
    "recovering an increment": Kind(
        [etl("days-2"), killed(etl("days-1", *INCREMENT), *DECIDED, is_decided=True)],
        etl("days", *INCREMENT),
        [etl("days", *INCREMENT), etl("days")],
    ),
    "recovering by vacuum": Kind(
        [etl("old"), killed(etl("new"), *HALF, is_decided=True)],
        VACUUM,
        [VACUUM, etl("old")],
    ),
}


# ---- What is expected -------------------------------------------------------------------------


class Stage:
    """What readers see of a lake whose decisions are all carried out."""

    def __init__(self, lake):
        self.decisions = decisions(lake)
        self.newest = {table: newest(lake, table) for table in TABLES}
        self.versions = {}  # {table: {version that can be read: its files}}
        for table in TABLES:
            since = max(self.newest[table] - MOST_KEPT, 0)
            found = {i: files_of(lake, table, i) for i in range(since, self.newest[table] + 1)}
            self.versions[table] = {i: files for i, files in found.items() if files is not None}
            if self.newest[table] < 0:
                self.versions[table] = {-1: None}


@dataclass
class Outcome:
    """A lake after the next run."""

    stage: Stage
    names: Counter
    rejects: Counter

    @staticmethod
    def of(lake):
        return Outcome(Stage(lake), names(lake), rejects_of(lake))


def as_text(rows):
    return sorted(json.dumps(row, sort_keys=True, default=str) for row in rows)


def assert_right(lake, inputs, step, done):
    """The tables have the rows of the step's input; where no old ones are kept, the files alone
    have them, too. The same bytes are looked at once."""
    files = [files_of(lake, table, newest(lake, table)) for table in TABLES]
    source = step.rows or step.source
    seen = (source, str(files))
    if seen in inputs.right:
        return
    inputs.right.add(seen)
    expected = reference.read(inputs.path(source))
    for table in TABLES:
        rows = pa.table(DeltaTable(lake / table).to_pyarrow_table()).to_pylist()
        assert as_text(rows) == as_text(in_order(table, expected.tables[table])), table
    is_plain = not step.rows and not {"--incremental", "restore"} & {*step.command}
    if is_plain and all(len(versions) == 1 for versions in Stage(lake).versions.values()):
        assert_equals_reference(lake, done.summary, expected)


class Scenario:
    """A kind of run, the lake it is tried on, and what undisturbed runs make of it."""

    def __init__(self, kind, inputs, folder):
        self.kind, self.inputs, self.folder = kind, inputs, folder
        self.lake = folder / "before"
        self.stages = []
        self.outcomes = {}  # {(decisions, number of the next run): Outcome}
        self.is_recovering = False
        self.prepare()
        self.run_undisturbed()

    def do(self, step, lake):
        done = step.run(self.inputs, lake)
        if step.source and step.code == 0:
            assert_right(lake, self.inputs, step, done)

    def prepare(self):
        clean = self.lake
        for step in self.kind.before:
            if step.killed_at:
                clean = self.kill(step)
            else:
                self.do(step, self.lake)
        self.add_stage(clean)

    def kill(self, step):
        """Returns a lake with the same decisions, all carried out."""
        clean = self.lake
        if step.is_decided:
            self.is_recovering = True
            self.stages.append(Stage(self.lake))
            clean = self.folder / "carried-out"
            shutil.copytree(self.lake, clean)
            self.do(step, clean)
        done, _ = step.run_watched(self.inputs, self.lake, *step.killed_at)
        assert done.code == KILLED
        assert decisions(self.lake) == decisions(clean)
        return clean

    def run_undisturbed(self):
        lake = self.folder / "after"
        self.copy(lake)
        done, self.changes = self.kind.run.run_watched(self.inputs, lake)
        assert done.code == self.kind.run.code, done.err
        if self.kind.run.source and done.code == 0:
            assert_right(lake, self.inputs, self.kind.run, done)
        if decisions(lake) > self.stages[-1].decisions:
            self.add_stage(lake)
        self.rejects = rejects_of(lake)

    def add_stage(self, lake):
        """And what the runs make of it that may come next."""
        self.stages.append(Stage(lake))
        for number, step in enumerate(self.kind.after):
            then = self.folder / "then"
            shutil.rmtree(then, ignore_errors=True)
            if lake.exists():
                shutil.copytree(lake, then)
            self.do(step, then)
            self.outcomes[self.stages[-1].decisions, number] = Outcome.of(then)

    def copy(self, lake):
        """The lake for a run that is to be disturbed."""
        shutil.rmtree(lake, ignore_errors=True)
        if self.lake.exists():
            shutil.copytree(self.lake, lake)

    def watch(self, lake, *options, **how):
        """The run under the killer."""
        return self.kind.run.run_watched(self.inputs, lake, *options, **how)

    def share(self, points, short, long):
        """Those that are tried of such an amount: of a plain run all; of the others `short`, or in
        the long form `long`, and more where more than 900 are asked for."""
        if self.kind.is_basic:
            return points
        return spread(points, max(long, long * KILLS // 900) if IS_LONG else short)

    # Checks

    def assert_old_or_new(self, lake):
        """What readers see before any repair. Only a decision makes tables new, and they become so
        in the order of a commit; versions that are kept can be read. Returns the decisions."""
        decided = decisions(lake)
        (at,) = [i for i, stage in enumerate(self.stages) if stage.decisions == decided]
        now, before = self.stages[at], self.stages[max(at - 1, 0)]
        changed = [table for table in COMMITTED if now.newest[table] != before.newest[table]]
        versions = {table: newest(lake, table) for table in TABLES}
        are_behind = [versions[table] == before.newest[table] for table in changed]
        assert are_behind == sorted(are_behind), versions
        for table, version in versions.items():
            assert version in (now.newest[table], before.newest[table]), table
            seen = now if version == now.newest[table] else before
            expected = {i: files for i, files in now.versions[table].items() if i < version}
            expected[version] = seen.versions[table][version]
            for i, files in expected.items():
                assert files_of(lake, table, i) == files, f"version {i} of {table}"
        return decided

    def is_undecided(self, lake):
        """The run has not come to its decision."""
        return decisions(lake) == decisions(self.lake)

    def assert_nothing_left(self, lake):
        """Of a run that failed before its decision, but its rejects. Where it has carried out what
        another had decided, that stays."""
        if not self.is_recovering:
            found = needed(names(lake)) if lake.exists() else Counter()
            assert_same_names(found - Counter({"./": 1}), needed(names(self.lake)))

    def assert_next_run_mends(self, lake, decided, number):
        """It needs no help; `number` chooses among those that may come next."""
        step = self.kind.after[number % len(self.kind.after)]
        done = step.run(self.inputs, lake)
        assert without_warnings(done.err) == ""
        self.assert_mended(lake, decided, number)

    def assert_mended(self, lake, decided, number):
        """The next run's tables are right, and nothing lies there that is not in a lake whose runs
        nobody has disturbed."""
        expected = self.outcomes[decided, number % len(self.kind.after)]
        # Removing what a crashed run left takes a decision, too, though no log has changed.
        assert decisions(lake) - expected.stage.decisions in (0, 1)
        found = names(lake)
        assert_same_names(needed(found), needed(expected.names))
        self.assert_rejects(lake, expected)
        assert_checkpoints(lake)
        for table in TABLES:
            assert newest(lake, table) == expected.stage.newest[table], table
            for i, files in expected.stage.versions[table].items():
                assert files_of(lake, table, i) == files, f"version {i} of {table}"

    def assert_rejects(self, lake, expected):
        """Those of runs that have ended are there; the dead one's are, whole, or are not."""
        found = rejects_of(lake)
        assert expected.rejects <= found
        assert found - expected.rejects <= self.rejects


def assert_checkpoints(lake):
    """The one that is told of is there: delta-rs has read it, as the newest version needs it."""
    for log in lake.glob("*/_delta_log"):
        there = {int(path.name[:20]) for path in log.glob("*.checkpoint.parquet")}
        told = log / "_last_checkpoint"
        assert not told.exists() or json.loads(told.read_text())["version"] in there


@pytest.fixture(scope="session")
def make_scenario(tmp_path_factory):
    """Each is made when it is asked for first."""
    inputs = Inputs(tmp_path_factory.mktemp("inputs"))

    @functools.cache
    def make(name):
        return Scenario(KINDS[name], inputs, tmp_path_factory.mktemp("scenario"))

    return make


@pytest.fixture(scope="session", params=KINDS)
def scenario(request, make_scenario):
    return make_scenario(request.param)


@pytest.fixture(scope="session")
def later(make_scenario):
    """The plain run onto older tables."""
    return make_scenario("later")


# ---- Runs that are watched ----------------------------------------------------------------------


def watch(lake, command, *options):
    """A run under the killer: (its Run, the changes it made in the lake)."""
    if sys.platform != "linux":
        pytest.skip("the killer needs ptrace and seccomp of Linux")
    log = lake.with_name("changes")
    env = {"ASAN_OPTIONS": "detect_leaks=0"}  # LeakSanitizer would trace the program itself
    done = run(*options, lake, log, *command, program=KILLER, timeout=300, env=env)
    if done.code == NOT_HERE:
        pytest.skip(f"the killer cannot work here: {done.err.strip()}")
    return done, [Change.of_line(line) for line in log.read_text().splitlines()]


@dataclass
class Change:
    """A call of a run that changes something in the lake (killer.c says what the fields mean)."""

    number: int
    lines_before: int
    call: str
    result: str
    path: str
    path2: str
    data: bytes = field(repr=False)

    @staticmethod
    def of_line(line):
        number, lines_before, *fields, data = line.split("\t")
        return Change(int(number), int(lines_before), *fields, bytes.fromhex(data))


def spread_over_calls(changes, count, least=1):
    """[(call, its number)]: so many of them, evenly over the calls of each kind, of each at least so many."""
    calls = Counter(change.call for change in changes)
    share = max(count // len(calls), least)
    return [(call, number) for call, total in calls.items() for number in spread(range(1, total + 1), share)]


def spread(items, count):
    """So many of them, evenly over the whole."""
    count = min(count, len(items))
    return [items[(2 * i + 1) * len(items) // (2 * count)] for i in range(count)]
