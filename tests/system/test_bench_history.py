"""bench/history.py: a figure that has become worse is told."""

import json
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
    said = history.worse(lines(*before), {"etl: time by the floor's": now, "another": 5.0})
    assert bool(said) == is_worse, said


def test_a_run_is_recorded(tmp_path):
    path = tmp_path / "history.jsonl"
    assert history.record({"a": 1.20001}, path) == []
    assert history.record({"a": 2.0, "b": 1.0}, path) == ["a: 2, usually 1.2 (+67%)"]
    first, second = (json.loads(line) for line in path.read_text().splitlines())
    assert first["figures"] == {"a": 1.2} and second["figures"] == {"a": 2.0, "b": 1.0}


def test_the_history_can_be_read():
    """Each line that is kept has a date, a commit, and figures."""
    for line in history.read():
        assert set(line) == {"date", "commit", "figures"} and line["figures"]
