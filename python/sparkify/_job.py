"""A command of the program as a job: started, waited for, cancelled by Ctrl-C."""

from __future__ import annotations

import ctypes
import datetime
import json
import os
import sys
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

from ._errors import UsageError, error_of, warn
from ._library import Progress, lib, text

_LISTED_BY = {"etl": "sparkify.EtlOptions", "generate": "sparkify.GenerateOptions"}
_POLL_MS = 100  # so soon is Ctrl-C noticed, and progress shown

Option = str | int | float | bool | os.PathLike[str] | datetime.date | datetime.timedelta | None


def option_name(name: str) -> str:
    """The program's name of an option: ``max_rejects`` is max-rejects, ``from_`` is from."""
    return name.rstrip("_").replace("_", "-")


def option_text(name: str, value: Option) -> bytes:
    """An option's value as the program reads it.

    Raises:
        UsageError: the value has a type that no option has, or a zero byte in it.
    """
    if isinstance(value, bool):
        return b"true" if value else b"false"
    if isinstance(value, datetime.timedelta):
        value = f"{round(value.total_seconds())}s"
    if isinstance(value, datetime.datetime) or not isinstance(value, (str, int, float, os.PathLike, datetime.date)):
        raise UsageError(
            f"{name}: no option has a {type(value).__name__} as its value", "give a string, a number or True"
        )
    encoded = os.fsencode(value) if isinstance(value, (str, os.PathLike)) else str(value).encode()
    if b"\0" in encoded:
        raise UsageError(f"{name}: {value!r} has a zero byte in it")
    return encoded


class Job:
    """A handle of the library's; leaving the ``with`` block ends the job if it still runs."""

    def __init__(self, command: str, options: Mapping[str, Option]):
        self._command = command
        self._handle = ctypes.c_void_p(lib.sparkify_job_new(command.encode()))
        for name, value in options.items():
            if value is not None:
                self._set(name, value)
        self._check()

    def _set(self, name: str, value: Option) -> None:
        try:
            lib.sparkify_job_set(self._handle, option_name(name).encode(), option_text(name, value))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Job:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the job if it runs, and waits for that."""
        handle, self._handle = self._handle, ctypes.c_void_p()
        lib.sparkify_job_free(handle)

    def run(self, on_progress: Callable[[Progress], None] | None = None) -> dict[str, Any]:
        """Runs the job to its end and returns its document; warns of its notes.

        Raises:
            SparkifyError: the job failed.
            KeyboardInterrupt: Ctrl-C; the job has ended, and nothing of it is left.
        """
        try:
            lib.sparkify_job_start(self._handle)
            self._wait(on_progress)
        except BaseException as error:
            self._end(error)
            raise
        self.notes = warn(text(lib.sparkify_job_notes(self._handle)))
        self._check()
        return self._document()

    def _wait(self, on_progress: Callable[[Progress], None] | None) -> None:
        progress = Progress(size=ctypes.sizeof(Progress))
        while not lib.sparkify_job_wait(self._handle, _POLL_MS):  # without Python's lock
            if on_progress:
                lib.sparkify_job_progress(self._handle, ctypes.byref(progress))
                on_progress(progress)

    def _end(self, error: BaseException) -> None:
        lib.sparkify_job_cancel(self._handle)
        lib.sparkify_job_wait(self._handle, -1)
        if self._document().get("committed") and sys.version_info >= (3, 11):
            error.add_note("the interrupt came too late: the run is committed")

    def _document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(text(lib.sparkify_job_result(self._handle)) or "{}")
        return document

    def _check(self) -> None:
        status = lib.sparkify_job_status(self._handle)
        if status:
            message, hint = lib.sparkify_job_message(self._handle), lib.sparkify_job_hint(self._handle)
            listed_by = _LISTED_BY.get(self._command, "")
            error = error_of(status, text(message), text(hint), listed_by=listed_by, document=self._document())
            self.close()
            raise error


def run_job(command: str, options: Mapping[str, Option]) -> dict[str, Any]:
    """Runs a command and returns its document."""
    with Job(command, options) as job:
        return job.run()
