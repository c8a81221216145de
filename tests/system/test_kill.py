"""Runs that die, or whose disk fails, anywhere: each table is old or new, and the next run mends all
of it. crash.py says how often this is tried."""

import errno
import os
import random
import re
import signal
import subprocess
import time
from collections import Counter

import pytest
from conftest import CHECKED, PROGRAM, message
from crash import KILLED, KILLS, SEED, assert_same_names, known, names, spread, watch  # noqa: F401

PARTS = 4  # the points are shared out, so that several processes can try them


@pytest.fixture(scope="session", params=["old", "first"])
def changes(request, known, tmp_path_factory):  # noqa: F811
    """What an undisturbed run does: one onto older tables, and the first of a lake."""
    is_first = request.param == "first"
    lake = tmp_path_factory.mktemp("watched") / "lake"
    known.copy(lake, is_first)
    done, found = watch(known, lake)
    assert done.code == 0, done.err
    return is_first, found


def share(points, part):
    return points[part::PARTS]


def kinds_of(changes):
    return sorted({change.call for change in changes})


def assert_mended(known, lake, is_first, number):
    """The next run has the same input, or that of before, in turn."""
    is_decided = known.assert_old_or_new(lake, is_first)
    source = "new" if number % 2 else "old"
    known.assert_next_run_mends(lake, source, is_first, is_decided)


# ---- Killed -----------------------------------------------------------------------------------


@pytest.mark.parametrize("part", range(PARTS))
def test_killed_at_a_call(known, changes, tmp_path, part):  # noqa: F811
    """At each kind of call, before and after it."""
    is_first, found = changes
    lake = tmp_path / "lake"
    points = []
    for kind in kinds_of(found):
        calls = sum(change.call == kind for change in found)
        numbers = [(number, after) for number in range(1, calls + 1) for after in (False, True)]
        wanted = max(2, KILLS * calls // len(found) // (1 + is_first))
        points += [(kind, *point) for point in spread(numbers, wanted)]
    for count, (kind, number, after) in enumerate(share(points, part)):
        known.copy(lake, is_first)
        where = ("--calls", kind, "--kill", number, *["--after"] * after)
        done, made = watch(known, lake, *where)
        # Threads share the work anew each time, so there may be one call less.
        assert done.code == KILLED or len([c for c in made if c.number]) < number
        assert_mended(known, lake, is_first, count)


@pytest.mark.parametrize("part", range(PARTS))
def test_killed_at_an_instant(known, tmp_path, part):  # noqa: F811
    dice = random.Random(SEED + part)
    lake = tmp_path / "lake"
    command = [PROGRAM, "etl", "--input", known.inputs["new"], "--output", lake, "--quiet"]
    for count in range(max(KILLS // 16, 3)):
        known.copy(lake)
        with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:
            time.sleep(dice.uniform(0, 0.05))
            process.send_signal(signal.SIGKILL)
        assert_mended(known, lake, False, count)


# ---- Calls that fail --------------------------------------------------------------------------

FAULTS = {  # call: (how, number, whether the call is carried out all the same)
    "openat": [
        ("once", errno.ENOSPC, False),
        ("on", errno.ENOSPC, False),
        ("once", errno.EIO, False),
    ],
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
    "renameat": [("once", errno.EIO, False), ("once", errno.EIO, True), ("on", errno.EIO, False)],
    "linkat": [("once", errno.EIO, False), ("once", errno.EIO, True), ("on", errno.ENOSPC, False)],
    "fsync": [("once", errno.EIO, False), ("once", errno.ENOSPC, True), ("on", errno.EIO, False)],
    "syncfs": [("once", errno.EIO, False), ("on", errno.ENOSPC, True)],
    "unlinkat": [("once", errno.EIO, False), ("on", errno.EROFS, False), ("once", errno.EIO, True)],
    None: [("on", errno.EIO, False), ("on", errno.EROFS, False)],  # any call, and all after it
}


def object_of(change):
    """What a message calls it: an object without what its temporary name adds."""
    folder, name = os.path.split(change.path)
    if name.startswith(".") and name.endswith(".tmp"):
        name = re.sub(r"\.[0-9a-f]{16}$", "", name[1:-4])
    return os.path.join(folder, name)


def assert_reported(done, changes, error):
    """One message, with the path and the cause of a call that failed. What is only a temporary that
    could not be removed is no reason to fail: the next run does it. A write that was interrupted is
    tried again."""
    failed = [change for change in changes if change.result == str(-error)]
    temporaries = [c for c in failed if c.call == "unlinkat" and c.path.endswith(".tmp")]
    if error == errno.EINTR or failed == temporaries:
        assert (done.code, done.err) == (0, "")
        return
    text = message(done)
    assert [change for change in failed if object_of(change) in text], (text, failed)
    assert os.strerror(error) in text


def assert_nothing_left(known, lake, is_first):
    """Of a run that failed before its decision."""
    found = names(lake) if lake.exists() else Counter()
    assert_same_names(found - Counter({"./": 1}), Counter() if is_first else known.names[("old",)])


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
def test_failing_calls(known, changes, tmp_path, part):  # noqa: F811
    is_first, found = changes
    lake = tmp_path / "lake"
    points = share(fault_points(found, KILLS // 4), part)
    for count, (call, number, how, error, after) in enumerate(points):
        known.copy(lake, is_first)
        where = ["--fail", number, error, *["--after"] * after, *["--on"] * (how == "on")]
        where += ["--calls", call] if call else []
        done, made = watch(known, lake, *where, program=CHECKED)
        assert_reported(done, made, error)
        is_decided = known.assert_old_or_new(lake, is_first)
        if done.code == 1 and "the new tables are" not in done.err:
            assert not is_decided
            if how == "once":  # else it may not be able to clear up
                assert_nothing_left(known, lake, is_first)
        source = "new" if count % 2 else "old"
        known.assert_next_run_mends(lake, source, is_first, is_decided)
