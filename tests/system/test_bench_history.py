"""bench/history.py: figures that have become worse are reported."""

import json
import subprocess
import sys

import pytest
from conftest import PROJECT

sys.path.insert(0, str(PROJECT / "bench"))
import history  # noqa: E402


def lines(*values, name="etl: time by the floor's"):
    return [{"figures": {name: value}} for value in values]


@pytest.mark.parametrize(
    ("before", "now", "is_worse"),
    [
        ([], 9.0, False),  # nothing to compare with
        ([2.0], 2.19, False),
        ([2.0], 2.21, True),
        ([2.0, 2.0, 9.0, 2.0, 2.0], 2.1, False),  # one run on a busy machine does not count
        ([9.0, 9.0, 2.0, 2.0, 2.0, 2.0, 2.0], 2.5, True),  # only the last five do
        ([2.0], 1.0, False),
    ],
)
def test_worse(before, now, is_worse):
    said = history.regressions(lines(*before), {"etl: time by the floor's": now, "another": 5.0})
    assert bool(said) == is_worse, said


def test_a_run_is_recorded(tmp_path):
    path = tmp_path / "history.jsonl"
    assert history.record({"a": 1.20001}, path) == []
    assert history.record({"a": 2.0, "b": 1.0}, path) == ["a: 2, before 1.2 (+67%)"]
    first, second = (json.loads(line) for line in path.read_text().splitlines())
    assert first["figures"] == {"a": 1.2} and second["figures"] == {"a": 2.0, "b": 1.0}


def test_the_history_can_be_read():
    """Each line that is kept has a date, a commit, and figures."""
    for line in history.read():
        assert set(line) == {"date", "commit", "figures"} and line["figures"]


@pytest.mark.parametrize(
    ("values", "code", "text"),
    [
        ([1.0], 0, "1 figures, 0 worse"),
        ([1.0, 1.05], 0, "1 figures, 0 worse"),
        ([1.0, 1.5], 1, "worse: a: 1.5, before 1 (+50%)"),
        ([1.5, 1.0], 0, "1 figures, 0 worse"),
        ([], 1, "has no runs"),
    ],
)
def test_the_last_run_is_compared(tmp_path, values, code, text):
    path = tmp_path / "history.jsonl"
    lines_of = [{"date": "2026-11-30", "commit": "abc1234", "figures": {"a": value}} for value in values]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines_of))
    done = subprocess.run(
        [sys.executable, PROJECT / "bench/history.py", path], capture_output=True, text=True
    )
    assert done.returncode == code
    assert text in done.stdout + done.stderr
