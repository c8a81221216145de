"""How far a run is: a bar in a notebook, a line on a terminal, nothing elsewhere."""

from __future__ import annotations

import html
import os
import shutil
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, NamedTuple, Protocol

from . import _library
from ._text import bytes_text

_SHOWN_AFTER_SECONDS = 0.3  # a shorter run has no need of it


class Progress(NamedTuple):
    """How far a run is."""

    phase: str
    """What it does: "list", the names of the sources that it reads, "write", "commit"."""
    files_done: int
    """Files of the input that have been read."""
    files_total: int
    """Files of the input; 0 while that is not known."""
    bytes_done: int
    """Bytes of the input that have been read."""
    bytes_total: int
    """Bytes of the input; 0 while that is not known."""
    records_done: int
    """Records of the input."""
    seconds: float
    """Since the call."""

    @property
    def share(self) -> float | None:
        """The part of the input that has been read, 0 to 1; None while that is not known."""
        return min(1.0, self.bytes_done / self.bytes_total) if self.bytes_total else None

    def __str__(self) -> str:
        words = [self.phase or "starting"]
        if self.bytes_total:
            words.append(f"{bytes_text(self.bytes_done)} of {bytes_text(self.bytes_total)}")
        if self.files_done or self.files_total:
            of_total = f" of {self.files_total:,}" if self.files_total else ""
            words.append(f"{self.files_done:,}{of_total} files")
        return ", ".join([*words, f"{self.seconds:.0f} s"])


ProgressOption = bool | Callable[[Progress], None] | None


class Display(Protocol):
    """Where progress is shown."""

    def show(self, progress: Progress) -> None:
        """Shows it in the place of what was shown before."""

    def clear(self) -> None:
        """Takes away what was shown."""


class Watcher:
    """Turns what the library says into calls of a display; leaving the ``with`` block clears it."""

    def __init__(self, option: ProgressOption):
        self._call = option if callable(option) else None
        self._display = None if self._call else _display(option)
        self._begin = time.monotonic()

    def __enter__(self) -> Callable[[_library.Progress], None] | None:
        return self._update if self._call or self._display else None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._display:
            self._display.clear()

    def _update(self, raw: _library.Progress) -> None:
        seconds = time.monotonic() - self._begin
        counts = (raw.files_done, raw.files_total, raw.bytes_done, raw.bytes_total, raw.records_done)
        progress = Progress(_library.text(raw.phase), *counts, seconds)
        if self._call:
            self._call(progress)
        elif self._display and seconds >= _SHOWN_AFTER_SECONDS:
            self._display.show(progress)


def _display(option: object) -> Display | None:
    if option is False:
        return None
    if _is_notebook():
        return _Notebook()
    is_terminal = sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    return _Line() if is_terminal or option is True else None


def _is_notebook() -> bool:
    """Whether there is a kernel, whose front end can show HTML and replace it."""
    if "IPython" not in sys.modules:
        return False
    shell = sys.modules["IPython"].get_ipython()
    return shell is not None and getattr(shell, "kernel", None) is not None


class _Line:
    """One line of stderr, written over and over; without a terminal, one line for each phase."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._phase: str | None = None

    def show(self, progress: Progress) -> None:
        if self._is_terminal:
            share = "      " if progress.share is None else f"{progress.share:5.0%} "
            width = shutil.get_terminal_size().columns
            sys.stderr.write(f"\r\x1b[K{(share + str(progress))[: width - 1]}")
        elif progress.phase != self._phase:
            sys.stderr.write(f"sparkify: {progress}\n")
        self._phase = progress.phase
        sys.stderr.flush()

    def clear(self) -> None:
        if self._is_terminal and self._phase is not None:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


class _Notebook:
    """A bar in the output of the cell, in the page's own colours."""

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, progress: Progress) -> None:
        self._put(progress_html(progress), str(progress))

    def clear(self) -> None:
        if self._handle is not None:
            self._put("", "")

    def _put(self, markup: str, words: str) -> None:
        from IPython.display import display

        data = {"text/html": markup, "text/plain": words}
        if self._handle is None:
            self._handle = display(data, raw=True, display_id=True)
        else:
            self._handle.update(data, raw=True)


def progress_html(progress: Progress) -> str:
    """The bar as HTML.

    >>> print(progress_html(Progress("reading", 1, 2, 512, 1024, 10, 3.0)).replace("> ", ">\\n"))
    <progress aria-label="sparkify" style="vertical-align:middle" max="1" value="0.500"></progress>
    reading, 512 bytes of 1.0 KiB, 1 of 2 files, 3 s
    """
    value = "" if progress.share is None else f' value="{progress.share:.3f}"'
    bar = f'<progress aria-label="sparkify" style="vertical-align:middle" max="1"{value}></progress>'
    return f"{bar} {html.escape(str(progress))}"
