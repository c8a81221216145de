"""The power fails at any moment of a run: what was not synced may be lost, in any mixture.

The killer writes down all that a run changes, with the bytes. Here a disk is modelled on which these
calls are played up to some point, and which then keeps of each file, and of each name in a folder,
what the last sync made safe, or anything later. That is less than file systems promise. Not lost is
only:

- the bytes of a file, by fsync of it, or by syncfs
- the names in a folder, by fsync of that folder, or by syncfs

and a sync vouches only for calls that had ended when it began.
"""

import os
import random
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from conftest import TABLES
from crash import IS_LONG, KILLS, SEED, Change, make_scenario, newest, scenario, spread  # noqa: F401

PARTS = 4 if IS_LONG else 1
ROOT = 0  # the lake's folder, among the nodes


# ---- The disk ---------------------------------------------------------------------------------


@dataclass
class Past:
    """A value, and all that it has been since it was last made safe, with the times of change."""

    values: list  # [(time, value)]; the first is what is safe

    @property
    def now(self):
        return self.values[-1][1]

    def set(self, time, value):
        self.values.append((time, value))

    def sync(self, until):
        """What it was at that time is safe: nothing older can come back."""
        safe = max(i for i, (time, _) in enumerate(self.values) if time <= until)
        del self.values[:safe]

    def after_crash(self, lose):
        return lose([value for _, value in self.values])


@dataclass
class Node:
    """A file with its bytes, or a folder with its names; never both."""

    data: Past = field(default_factory=lambda: Past([(-1, b"")]))
    names: dict = field(default_factory=dict)  # {name: Past of the node's number or None}
    is_folder: bool = False


class Disk:
    """What calls on `lake` make of a folder that holds what `content` does, all of it safe."""

    def __init__(self, lake, content):
        self.lake = str(lake)
        self.nodes = [Node(is_folder=True)]
        self.root = Past([(-1, content.exists())])  # whether the lake's own folder is there
        for folder, folders, files in os.walk(content):
            for name in [*folders, *files]:
                path = Path(folder, name)
                data = path.read_bytes() if name in files else b""
                node = Node(Past([(-1, data)]), is_folder=name in folders)
                self.enter(-1, os.path.join(lake, path.relative_to(content)), self.add(node))
        for node in self.nodes:
            self.sync(node, -1)

    def add(self, node):
        self.nodes.append(node)
        return len(self.nodes) - 1

    # Paths

    def place(self, path):
        """(the folder's node, the name in it)"""
        parts = os.path.relpath(path, self.lake).split(os.sep)
        node = self.nodes[ROOT]
        for part in parts[:-1]:
            node = self.nodes[node.names[part].now]
        return node, parts[-1]

    def number(self, path):
        if os.path.normpath(path) == self.lake:
            return ROOT
        folder, name = self.place(path)
        return folder.names[name].now

    def enter(self, time, path, number):
        folder, name = self.place(path)
        folder.names.setdefault(name, Past([(-1, None)])).set(time, number)

    # Calls

    def play(self, time, change):
        """A call that went well; `time` is when it ended, and syncs look at when they began."""
        getattr(self, change.call)(time, change)

    def openat(self, time, change):
        folder, name = self.place(change.path)
        assert name not in folder.names or folder.names[name].now is None  # O_EXCL
        self.enter(time, change.path, self.add(Node()))

    openat2 = openat

    def write(self, time, change):
        data = self.nodes[self.number(change.path)].data
        data.set(time, data.now + change.data[: int(change.result)])

    def mkdirat(self, time, change):
        if os.path.normpath(change.path) == self.lake:
            self.root.set(time, True)
        else:
            self.enter(time, change.path, self.add(Node(is_folder=True)))

    def unlinkat(self, time, change):
        self.enter(time, change.path, None)

    def renameat(self, time, change):
        number = self.number(change.path)
        self.enter(time, change.path, None)
        self.enter(time, change.path2, number)

    renameat2 = renameat  # RENAME_NOREPLACE

    def linkat(self, time, change):
        self.enter(time, change.path2, self.number(change.path))

    def fsync(self, time, change):
        self.sync(self.nodes[self.number(change.path)], change.lines_before - 1)

    def syncfs(self, time, change):
        self.root.sync(change.lines_before - 1)
        for node in self.nodes:
            self.sync(node, change.lines_before - 1)

    @staticmethod
    def sync(node, until):
        node.data.sync(until)
        for past in node.names.values():
            past.sync(until)

    # The crash

    def crash(self, folder, lose, lose_bytes):
        """Writes to a folder what is on the disk when the power is back. `lose` and `lose_bytes`
        choose one of all that a name, or a file, may be."""
        if self.root.after_crash(lose):
            self.write_out(folder, lose, lose_bytes, ROOT)

    def write_out(self, folder, lose, lose_bytes, number):
        folder.mkdir()
        for name, past in self.nodes[number].names.items():
            found = past.after_crash(lose)
            if found is None:
                continue
            if self.nodes[found].is_folder:
                self.write_out(folder / name, lose, lose_bytes, found)
            else:
                (folder / name).write_bytes(self.nodes[found].data.after_crash(lose_bytes))


# ---- What is lost -----------------------------------------------------------------------------


def first(values):
    """All that was not synced."""
    return values[0]


def last(values):
    """Nothing: the power fails after all has come to the disk."""
    return values[-1]


def cut(dice):
    """Of bytes: those of some moment, or cut off between two, or the right number of zeros."""

    def choose(values):
        low, high = len(values[0]), len(values[-1])
        bytes_kept = dice.choice([low, high, dice.randint(low, high)])
        zeros = dice.random() < 0.2
        return values[0] + bytes(bytes_kept - low) if zeros else values[-1][:bytes_kept]

    return choose


def losses(seed):
    """{what is lost: (of names, of bytes)}"""
    dice = random.Random(seed)
    return {
        "all": (first, first),
        "bytes": (last, first),
        "names": (first, last),
        "some": (dice.choice, cut(dice)),
        "others": (dice.choice, cut(dice)),
    }


# ---- Tests ------------------------------------------------------------------------------------


def test_a_folder_is_made_before_it_is_used():
    def call(name, path, lines_before, result="0"):
        return Change(0, lines_before, name, result, path, "", b"")

    noticed_late = [
        call("openat", "a/x", 0),
        call("write", "a/b/x", 1),
        call("mkdirat", "a/b", 1),
        call("mkdirat", "a", 0),
    ]
    found = folders_first(noticed_late)
    assert [(time, change.path) for time, change in found] == [(0, "a"), (0, "a/x"), (1, "a/b"), (1, "a/b/x")]

def folders_first(changes):
    """[(time, change)]. The end of a call is noticed some time after it: until then another thread may
    have used the folder that it made."""
    timed = list(enumerate(changes))
    for number, made in enumerate(changes):
        if made.call == "mkdirat" and not made.result.startswith("-"):
            users = (i for i in range(made.lines_before, number) if timed[i][1].path.startswith(made.path + "/"))
            first_use = next(users, number)
            del timed[number]
            timed.insert(first_use, (first_use, made))
    return timed


@dataclass
class Recorded:
    scenario: object
    lake: Path
    changes: list  # as folders_first

    def disk_at(self, point):
        """After so many calls."""
        disk = Disk(self.lake, self.scenario.lake)
        for time, change in self.changes[:point]:
            if not change.result.startswith("-"):
                disk.play(time, change)
        return disk


@pytest.fixture(scope="session")
def recorded(scenario, tmp_path_factory):  # noqa: F811
    lake = tmp_path_factory.mktemp("recorded") / "lake"
    scenario.copy(lake)
    done, changes = scenario.watch(lake, "--data")
    assert done.code == scenario.kind.run.code, done.err
    return Recorded(scenario, lake, folders_first(changes))


def content(folder):
    """{path: bytes, or None for a folder}"""
    paths = {str(path.relative_to(folder)): path for path in folder.rglob("*")}
    return {name: None if path.is_dir() else path.read_bytes() for name, path in paths.items()}


def test_model(recorded, tmp_path):
    """Where nothing is lost, the modelled disk holds what the real one does."""
    recorded.disk_at(len(recorded.changes)).crash(tmp_path / "lake", last, last)
    assert content(tmp_path / "lake") == content(recorded.lake)


def test_what_is_done_is_safe(recorded, tmp_path):
    """The tables of a run that succeeded are current, also if the power fails at once."""
    last_stage, lake = recorded.scenario.stages[-1], tmp_path / "lake"
    for number in range(10 if IS_LONG or recorded.scenario.kind.is_basic else 2):
        dice = random.Random(SEED + number)
        lose = first if number == 0 else dice.choice
        recorded.disk_at(len(recorded.changes)).crash(lake, lose, first)
        assert recorded.scenario.assert_old_or_new(lake) == last_stage.decisions
        assert {table: newest(lake, table) for table in TABLES} == last_stage.newest
        shutil.rmtree(lake)


@pytest.mark.parametrize("part", range(PARTS))
def test_power_loss(recorded, tmp_path, part):
    scenario, lake = recorded.scenario, tmp_path / "lake"  # noqa: F811
    points = spread(range(len(recorded.changes) + 1), KILLS)
    points = scenario.share(points, short=4, long=75)
    for number, point in list(enumerate(points))[part::PARTS]:
        ways = losses(SEED + number)
        # One way each, in turn; in the long form two.
        chosen = [list(ways)[number // PARTS % len(ways)], *["some"] * IS_LONG]
        for way in chosen:
            recorded.disk_at(point).crash(lake, *ways[way])
            decided = scenario.assert_old_or_new(lake)
            scenario.assert_next_run_mends(lake, decided, number)
            shutil.rmtree(lake)
