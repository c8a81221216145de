"""Calls of the library that take long, and Ctrl-C."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
_POLL_SECONDS = 0.1


class _Work(threading.Thread, Generic[T]):
    """Runs a function, and keeps what it returns or raises."""

    def __init__(self, function: Callable[[], T]):
        super().__init__(name="sparkify", daemon=True)
        self._function = function
        self._results: list[T] = []
        self._error: BaseException | None = None
        self._claims = [self]  # whoever pops it decides whether the function is called
        self.over = threading.Event()  # an interrupted join() may take the thread for ended

    def _claim(self) -> bool:
        try:
            self._claims.pop()
        except IndexError:
            return False
        return True

    def run(self) -> None:
        try:
            if self._claim():
                self._results.append(self._function())
        except BaseException as error:
            self._error = error
        finally:
            self.over.set()

    def result(self) -> T:
        if self._error:
            raise self._error
        return self._results[0]

    def end(self, cancel: Callable[[], None]) -> None:
        """Returns when the function has ended, or will never be called; an interrupt may come at any point."""
        if self._claim():
            self.over.set()
            return
        while not self.over.wait(_POLL_SECONDS):
            cancel()  # again: the call may not have begun before


def interruptible(function: Callable[[], T], cancel: Callable[[], None]) -> T:
    """Calls the function so that Ctrl-C cancels it at once, and waits for its end before KeyboardInterrupt goes on.

    Python runs no handler of a signal while its main thread is inside the library, so another thread goes there.
    """
    if threading.current_thread() is not threading.main_thread():
        return function()
    work = _Work(function)
    try:
        work.start()
        while not work.over.wait(_POLL_SECONDS):  # a signal that another thread got does not end a wait
            pass
    except BaseException:
        _end(work, cancel)
        raise
    return work.result()


def _end(work: _Work[T], cancel: Callable[[], None]) -> None:
    while True:
        try:
            cancel()
            return work.end(cancel)
        except KeyboardInterrupt:
            continue
