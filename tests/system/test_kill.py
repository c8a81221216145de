"""Runs that crash, or whose disk fails, anywhere: each table is old or new, and the next run repairs
all of it. crash.py says which runs these are, and how often this is tried."""

import dataclasses
import errno
import os
import random
import re
import signal
import subprocess
import time

import pytest
from conftest import CHECKED, PROGRAM, message
from crash import (  # noqa: F401
    IS_LONG,
    KILLED,
    KILLS,
    SEED,
    later,
    make_scenario,
    scenario,
    spread,
)

PARTS = 4 if IS_LONG else 1  # the points are shared out, so that several processes can try them


def share(points, part):
    return points[part::PARTS]


def assert_mended(scenario, lake, number):  # noqa: F811
    """By each of the runs that may come next, in turn."""
    decided = scenario.assert_old_or_new(lake)
    scenario.assert_next_run_mends(lake, decided, number)


# ---- Killed -----------------------------------------------------------------------------------


def kill_points(changes, wanted):
    """(call, its number, after), evenly over the run's calls of each kind, before and after it."""
    points = []
    for kind in sorted({change.call for change in changes}):
        calls = sum(change.call == kind for change in changes)
        numbers = [(number, after) for number in range(1, calls + 1) for after in (False, True)]
        count = max(2, wanted * calls // len(changes))
        points += [(kind, *point) for point in spread(numbers, count)]
    return points


@pytest.mark.parametrize("part", range(PARTS))
def test_killed_at_a_call(scenario, tmp_path, part):  # noqa: F811
    lake = tmp_path / "lake"
    points = scenario.share(kill_points(scenario.changes, KILLS), short=6, long=150)
    for count, (kind, number, after) in enumerate(share(points, part)):
        scenario.copy(lake)
        where = ("--calls", kind, "--kill", number, *["--after"] * after)
        done, made = scenario.watch(lake, *where)
        # Threads share the work anew each time, so there may be one call less.
        assert done.code == KILLED or len([c for c in made if c.number]) < number
        assert_mended(scenario, lake, count)


@pytest.mark.parametrize("part", range(PARTS))
def test_killed_at_an_instant(later, tmp_path, part):  # noqa: F811
    dice = random.Random(SEED + part)
    lake = tmp_path / "lake"
    command = [PROGRAM, *later.kind.run.arguments(later.inputs, lake)]
    for count in range(max(KILLS // (4 * PARTS), 3)):
        later.copy(lake)
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
        with subprocess.Popen(command, **pipes) as process:
            time.sleep(dice.uniform(0, 0.05))
            process.send_signal(signal.SIGKILL)
        assert_mended(later, lake, count)


# ---- Calls that fail --------------------------------------------------------------------------

FAULTS = {  # call: (how, number, whether the call is carried out all the same)
    "openat": [
        ("once", errno.ENOSPC, False),
        ("on", errno.ENOSPC, False),
        ("once", errno.EIO, False),
    ],
    "openat2": [("once", errno.ENOSPC, False), ("on", errno.ENOSPC, False)],
    "write": [
        ("once", errno.ENOSPC, False),
        ("on", errno.ENOSPC, False),
        ("once", errno.EDQUOT, False),
        ("once", errno.EINTR, False),
    ],
    "mkdirat": [
        ("once", errno.ENOSPC, False),
        ("once", errno.EIO, False),
        ("once", errno.EIO, True),
    ],
    "renameat2": [("once", errno.EIO, False), ("once", errno.EIO, True), ("on", errno.EIO, False)],
    "linkat": [("once", errno.EIO, False), ("once", errno.EIO, True), ("on", errno.ENOSPC, False)],
    "fsync": [("once", errno.EIO, False), ("once", errno.ENOSPC, True), ("on", errno.EIO, False)],
    "syncfs": [("once", errno.EIO, False), ("on", errno.ENOSPC, True)],
    "unlinkat": [("once", errno.EIO, False), ("on", errno.EROFS, False), ("once", errno.EIO, True)],
    None: [("on", errno.EIO, False), ("on", errno.EROFS, False)],  # any call, and all after it
}


def is_named(change, text):
    """Whether a message names what a call was about: an object without what its temporary name adds,
    or a temporary that a crashed run has left."""
    folder, name = os.path.split(change.path)
    if name.startswith(".") and name.endswith(".tmp"):
        name = re.sub(r"\.[0-9a-f]{16}$", "", name[1:-4])
    return change.path in text or os.path.join(folder, name) in text


def may_fail(change):
    """Where only a temporary or an empty folder could not be removed, a run need not fail: the
    next one does it. It tries whether links can be made and names be told apart, and does without where
    they cannot."""
    of_probe = "/.probe." in change.path and change.call in ("linkat", "renameat2")
    of_probe |= "/.probeé." in change.path
    name = os.path.basename(change.path)
    is_folder = "." not in name and name != "probe"
    return of_probe or (change.call == "unlinkat" and (is_folder or name.endswith(".tmp")))


def assert_reported(done, changes, error):
    """One message, with the path and the cause of a call that failed, if the run had to fail. A write
    that was interrupted is tried again."""
    failed = [change for change in changes if change.result == str(-error)]
    if error == errno.EINTR or (all(map(may_fail, failed)) and done.code == 0):
        assert done.code == 0 and "failed" not in done.err
        return
    text = message(dataclasses.replace(done, out=""))  # there is one more document of --json
    assert any(is_named(change, text) for change in failed), (text, failed)
    assert os.strerror(error) in text


def fault_points(changes, wanted):
    """(call or None, its number, how, errno, after), evenly over the run's calls of each kind."""
    points = []
    for call, faults in FAULTS.items():
        numbers = [change.number for change in changes if call in (None, change.call)]
        count = max(len(faults), wanted * len(numbers) // len(changes))
        for i, number in enumerate(spread(range(1, len(numbers) + 1), count)):
            points.append((call, number, *faults[i % len(faults)]))
    return points


@pytest.mark.parametrize("part", range(PARTS))
def test_failing_calls(scenario, tmp_path, part):  # noqa: F811
    lake = tmp_path / "lake"
    points = scenario.share(fault_points(scenario.changes, KILLS // 4), short=4, long=75)
    for count, (call, number, how, error, after) in enumerate(share(points, part)):
        scenario.copy(lake)
        where = ["--fail", number, error, *["--after"] * after, *["--on"] * (how == "on")]
        where += ["--calls", call] if call else []
        done, made = scenario.watch(lake, *where, program=CHECKED)
        if done.code != scenario.kind.run.code or not done.code:  # else it fails as it would
            assert_reported(done, made, error)
        decided = scenario.assert_old_or_new(lake)
        if done.code == 1 and "the new tables are" not in done.err:
            assert scenario.is_undecided(lake)
            if how == "once":  # else it may not be able to clear up
                scenario.assert_nothing_left(lake)
        scenario.assert_next_run_mends(lake, decided, count)
