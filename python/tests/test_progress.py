"""Progress: where it is shown, and how."""

import os
import pty
import subprocess
import sys
import types

import pytest
from conftest import PACKAGE

import sparkify
from sparkify import Progress, _progress

CODE = """
import sys, sparkify, sparkify._progress
sparkify._progress._SHOWN_AFTER_SECONDS = 0
sparkify.etl(sys.argv[1], sys.argv[2], threads=1, progress=eval(sys.argv[3]))
"""


def run_on_terminal(*arguments, **environment):
    """What a program writes to stderr, which is a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", CODE, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(PACKAGE), "COLUMNS": "50", "TERM": "xterm", **environment},
        stderr=theirs,
    )
    os.close(theirs)
    written = b""
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # the other side is closed
            break
        if not piece:
            break
        written += piece
    os.close(ours)
    assert process.wait(60) == 0, written
    return written.decode()


def test_line_on_a_terminal(large_workspace, tmp_path):
    written = run_on_terminal(large_workspace, tmp_path / "lake", None)
    shown = [piece for piece in written.split("\r\x1b[K") if piece]
    assert shown and written.endswith("\r\x1b[K"), written
    assert all(len(line) < 50 and "\n" not in line for line in shown)


@pytest.mark.parametrize("option, environment", [(False, {}), (None, {"TERM": "dumb"})])
def test_no_line(large_workspace, tmp_path, option, environment):
    assert run_on_terminal(large_workspace, tmp_path / "lake", option, **environment) == ""


def test_nothing_without_a_terminal(large_workspace, tmp_path, run_python):
    done = run_python(CODE, large_workspace, tmp_path / "lake", None)
    assert done.stdout == "" and done.stderr == ""
    done = run_python(CODE, large_workspace, tmp_path / "lake", True)
    assert done.stdout == "" and all(line.startswith("sparkify: ") for line in done.stderr.splitlines())
    assert done.stderr


def test_function(large_workspace, tmp_path):
    seen = []
    sparkify.etl(large_workspace, tmp_path / "lake", threads=1, progress=seen.append)
    assert seen and all(isinstance(progress, Progress) for progress in seen)
    assert [progress.seconds for progress in seen] == sorted(progress.seconds for progress in seen)
    assert [progress.bytes_done for progress in seen] == sorted(progress.bytes_done for progress in seen)
    assert all(progress.share is None or 0 <= progress.share <= 1 for progress in seen)
    assert seen[-1].phase and seen[-1].files_total > 0


class Cell:
    """What a notebook's front end is told."""

    def __init__(self, data):
        self.shown = [data]

    def update(self, data, raw):
        assert raw
        self.shown.append(data)


@pytest.fixture
def notebook(monkeypatch):
    cells = []

    def display(data, raw, display_id):
        assert raw and display_id
        cells.append(Cell(data))
        return cells[-1]

    ipython = types.ModuleType("IPython")
    ipython.get_ipython = lambda: types.SimpleNamespace(kernel=object())
    ipython.display = types.ModuleType("IPython.display")
    ipython.display.display = display
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", ipython.display)
    monkeypatch.setattr(_progress, "_SHOWN_AFTER_SECONDS", 0)
    return cells


def test_bar_in_a_notebook(large_workspace, tmp_path, notebook, capfd):
    sparkify.etl(large_workspace, tmp_path / "lake", threads=1)
    (cell,) = notebook
    assert "<progress" in cell.shown[0]["text/html"] and cell.shown[0]["text/plain"]
    assert cell.shown[-1] == {"text/html": "", "text/plain": ""}
    assert capfd.readouterr() == ("", "")


def test_no_bar_in_a_notebook(large_workspace, tmp_path, notebook):
    sparkify.etl(large_workspace, tmp_path / "lake", progress=False)
    assert notebook == []


def test_bar_is_taken_away_after_an_interrupt(tmp_path, large_workspace, notebook, monkeypatch):
    update = Cell.update

    def interrupted(self, data, raw):
        update(self, data, raw)
        if data["text/plain"]:
            raise KeyboardInterrupt

    monkeypatch.setattr(Cell, "update", interrupted)
    with pytest.raises(KeyboardInterrupt):
        sparkify.etl(large_workspace, tmp_path / "lake", threads=1)
    (cell,) = notebook
    assert len(cell.shown) == 3 and cell.shown[-1]["text/html"] == ""


@pytest.mark.parametrize(
    "counts, words",
    [
        (("", 0, 0, 0, 0, 0, 0.4), "starting, 0 s"),
        (("listing", 12, 0, 0, 0, 0, 2.0), "listing, 12 files, 2 s"),
        (("reading", 5, 1000, 1024, 4096, 7, 61.0), "reading, 1.0 KiB of 4.0 KiB, 5 of 1,000 files, 61 s"),
    ],
)
def test_words(counts, words):
    assert str(Progress(*counts)) == words
