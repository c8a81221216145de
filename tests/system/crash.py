"""What a lake may be after a crash, and what it must be when the next run has ended.

Two inputs, "old" and "new", and lakes that undisturbed runs have made of them, are what everything is
held against. The engine's files are byte for byte the same in every run, so a table whose files have
the bytes of "old" has the rows of "old"; that those rows are right is checked once, by the plain
implementation of the rules and by delta-rs.

A test module imports the fixture `known` by its name.

SPARKIFY_BUILD  the build whose tests/system/killer is run (default: the release build)
SPARKIFY_KILLS  at how many points a run is killed, a call of it fails, and the power fails (default:
                40; from 300 on, all that there are many of are tried in all ways)
SPARKIFY_SEED   of all that is random
"""

import os
import re
import shutil
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest
import reference
from conftest import (
    PROGRAM,
    PROJECT,
    RUN_ID,
    TABLES,
    assert_equals_reference,
    etl,
    in_order,
    run,
    tables,
)
from deltalake import DeltaTable

KILLER = Path(os.environ.get("SPARKIFY_BUILD") or PROJECT / "build/release") / "tests/system/killer"
COMMITTED = ["songs", "artists", "users", "time", "songplays"]  # in the order of a commit
SIZES = {"old": (60, 600, 1), "new": (60, 600, 2)}  # songs, events, seed
HISTORIES = [("old",), ("new",), ("old", "new"), ("new", "old"), ("old", "new", "old")]
NOT_HERE, KILLED = 125, 137  # exit codes of the killer
DECISIONS = "_sparkify/commits"
DECISION = re.compile(DECISIONS + r"/\d{20}\.json")
KILLS = int(os.environ.get("SPARKIFY_KILLS") or 40)  # points at which a run is disturbed
SEED = int(os.environ.get("SPARKIFY_SEED") or 5)  # of all that is random


# ---- What is there ----------------------------------------------------------------------------


def names(lake):
    """How often each path is there, with RUN for the runs' ids: all files but the decisions, and the
    empty folders."""
    found = Counter()
    for folder, folders, files in os.walk(lake):
        below = os.path.relpath(folder, lake)
        found.update(RUN_ID.sub("RUN", os.path.normpath(f"{below}/{name}")) for name in files)
        if not folders and not files:
            found[RUN_ID.sub("RUN", below) + "/"] += 1
    return Counter({name: n for name, n in found.items() if not DECISION.fullmatch(name)})


def assert_same_names(found, expected):
    assert (found - expected, expected - found) == (Counter(), Counter()), "(stray, missing)"


def in_force(lake, table):
    """{name: bytes} of the files that delta-rs finds in the newest version; None: no table yet."""
    folder = lake / table
    if not any((folder / "_delta_log").glob("*.json")):
        return None
    paths = map(Path, DeltaTable(folder).file_uris())
    return {RUN_ID.sub("RUN", str(path.relative_to(folder))): path.read_bytes() for path in paths}


def decisions(lake):
    """How many there are; none may be missing between them."""
    folder = lake / DECISIONS
    found = sorted(folder.glob("[0-9]*.json")) if folder.exists() else []
    assert [int(path.stem) for path in found] == list(range(len(found)))
    return len(found)


# ---- What is expected -------------------------------------------------------------------------


@dataclass
class Known:
    """The inputs, and what undisturbed runs make of them."""

    inputs: dict  # "old" and "new": the input's folder
    lake: Path  # of the input "old"
    states: dict  # {"old" or "new": {table: {name: bytes}}}
    names: dict  # {the inputs of its runs, in turn: names of the lake}

    def __post_init__(self):
        for table in TABLES:  # else a test could not tell the two
            assert self.states["old"][table] != self.states["new"][table]

    def copy(self, lake, is_first=False):
        """A lake of the input "old"; where the run to come is the first, none."""
        shutil.rmtree(lake, ignore_errors=True)
        if not is_first:
            shutil.copytree(self.lake, lake)

    def table_is(self, lake, table, is_first):
        """ "old" or "new": nothing else may be there, and no file may be missing."""
        found = in_force(lake, table)
        if found is None:
            assert is_first, table
            return "old"
        which = [state for state in ("old", "new") if found == self.states[state][table]]
        assert which, f"{table} is neither old nor new: {sorted(found)}"
        assert not (is_first and which == ["old"])
        return which[0]

    def assert_old_or_new(self, lake, is_first=False):
        """What readers see before any repair. Only a decision makes tables new, and they become so
        in the order of a commit. Returns whether there is a decision."""
        states = [self.table_is(lake, table, is_first) for table in COMMITTED]
        is_decided = decisions(lake) > (0 if is_first else 1)
        assert states == sorted(states), states  # "new" comes before "old"
        assert is_decided or "new" not in states, states
        return is_decided

    def assert_next_run_mends(self, lake, source, is_first=False, is_decided=False):
        """It needs no help."""
        etl(self.inputs[source], lake, program=PROGRAM)
        self.assert_mended(lake, source, is_first, is_decided)

    def assert_mended(self, lake, source, is_first=False, is_decided=False):
        """The next run's tables are right, and nothing lies there that is not in a lake whose runs
        nobody has disturbed."""
        history = ("old",) * (not is_first) + ("new",) * is_decided
        if history[-1:] != (source,):  # else the run changes nothing
            history += (source,)
        # To remove what a dead run left takes a decision, too, though no log has changed.
        assert decisions(lake) - len(history) in (0, 1)
        assert_same_names(names(lake), self.names[history])
        for table in TABLES:
            assert in_force(lake, table) == self.states[source][table], table


def as_text(rows):
    return sorted(str(sorted(row.items())) for row in rows)


def assert_right(lake, summary, source):
    """By the plain implementation of the rules, for those who read files and for delta-rs."""
    expected = reference.read(source)
    assert_equals_reference(lake, summary, expected)
    for table in TABLES:
        rows = pa.table(DeltaTable(lake / table).to_pyarrow_table()).to_pylist()
        assert as_text(rows) == as_text(tables(lake)[table]), table
        assert len(rows) == len(in_order(table, expected.tables[table]))


def build_known(folder):
    inputs, states, found = {}, {}, {}
    for name, (songs, events, seed) in SIZES.items():
        inputs[name] = folder / "inputs" / name
        size = ("--songs", songs, "--events", events, "--seed", seed)
        done = run("generate", inputs[name], *size, program=PROGRAM)
        assert done.code == 0, done.err
    for history in HISTORIES:
        lake = folder / "-".join(history)
        for source in history:
            summary = etl(inputs[source], lake, program=PROGRAM)
        assert_right(lake, summary, inputs[history[-1]])
        states[history[-1]] = {table: in_force(lake, table) for table in TABLES}
        found[history] = names(lake)
    return Known(inputs, folder / "old", states, found)


@pytest.fixture(scope="session")
def known(tmp_path_factory):
    return build_known(tmp_path_factory.mktemp("known"))


# ---- Runs that are watched ----------------------------------------------------------------------


@dataclass
class Change:
    """A call of a run that changes something in the lake (killer.c says what the fields mean)."""

    number: int
    lines_before: int
    call: str
    result: str
    path: str
    path2: str
    data: bytes

    @staticmethod
    def of_line(line):
        number, lines_before, *fields, data = line.split("\t")
        return Change(int(number), int(lines_before), *fields, bytes.fromhex(data))


def watch(known, lake, *options, program=PROGRAM):
    """Runs "new" on the lake under the killer: (its Run, the changes it made)."""
    if sys.platform != "linux":
        pytest.skip("the killer needs ptrace and seccomp of Linux")
    log = lake.with_name("changes")
    command = [program, "etl", "--input", known.inputs["new"], "--output", lake, "--json"]
    env = {"ASAN_OPTIONS": "detect_leaks=0"}  # LeakSanitizer would trace the program itself
    done = run(*options, lake, log, *command, program=KILLER, timeout=120, env=env)
    if done.code == NOT_HERE:
        pytest.skip(f"the killer cannot work here: {done.err.strip()}")
    return done, [Change.of_line(line) for line in log.read_text().splitlines()]


def spread(items, count):
    """So many of them, evenly over the whole."""
    count = min(count, len(items))
    return [items[(2 * i + 1) * len(items) // (2 * count)] for i in range(count)]
