"""Other processes, as /proc shows them."""

import contextlib
import os
import signal
import time
from pathlib import Path


def children_of(pid):
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def status_of(pid):
    """Of /proc/PID/status: a dict of texts."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def wait_for_end(*pids):
    """A process that has ended is a zombie until it is reaped. Its sockets are closed once its last
    thread is one: its memory and its /proc/PID/exe go before them, and its first thread may, too."""
    deadline = time.monotonic() + 30
    while any(_runs(pid) for pid in pids):
        assert time.monotonic() < deadline, pids
        time.sleep(0.01)


def _runs(pid):
    try:
        return status_of(pid)["State"][0] not in "ZX" or len(os.listdir(f"/proc/{pid}/task")) > 1
    except (FileNotFoundError, ProcessLookupError):
        return False


def freeze(pid):
    """Stops a process. On a busy machine some of its threads still run for a while after the signal."""
    os.kill(pid, signal.SIGSTOP)
    deadline = time.monotonic() + 30
    while any(_goes_on(f"{pid}/task/{task}") for task in os.listdir(f"/proc/{pid}/task")):
        assert time.monotonic() < deadline, pid
        time.sleep(0.001)


def _goes_on(thread):
    try:
        return status_of(thread)["State"][0] not in "TXZ"
    except (FileNotFoundError, ProcessLookupError):  # it has ended
        return False


FAULTS = {"SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGTRAP", "SIGABRT", "SIGSYS"}


def names_of_signals(mask):
    """Of a mask as /proc has it."""
    return {s.name for s in signal.Signals if int(mask, 16) >> (s.value - 1) & 1}


def threads_of(pid):
    """The names of the signals that each thread but the first one would take, by its number. No
    thread can block SIGKILL and SIGSTOP."""
    found = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has ended
            blocked = names_of_signals(status_of(f"{pid}/task/{task.name}")["SigBlk"])
            found[int(task.name)] = {s.name for s in signal.Signals} - blocked - {"SIGKILL", "SIGSTOP"}
    found.pop(pid)
    return found
