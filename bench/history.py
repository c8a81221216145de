"""The history of the benchmark: bench/history.jsonl has one line for each run, with its figures.

    history.py [FILE]    compares the last run with those before; fails if a figure has become worse

A figure is a ratio of two times of the same run, or an amount of memory, so that it depends little on the machine
and its load. Smaller is better. A figure is worse if it is more than 10 % above its median in the five runs before.
"""

import datetime
import json
import statistics
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
FILE = PROJECT / "bench/history.jsonl"
COMPARED_RUNS = 5
TOLERANCE = 1.10


def read(path=FILE):
    """The lines of the history, the oldest first."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def median_before(history, name):
    """The median of a figure in the last runs that have it; None if there is none."""
    values = [line["figures"][name] for line in history if name in line["figures"]][-COMPARED_RUNS:]
    return statistics.median(values) if values else None


def regressions(history, figures):
    """A message for each of `figures` that is worse than in `history`."""
    messages = []
    for name, value in figures.items():
        before = median_before(history, name)
        if before is not None and value > before * TOLERANCE:
            messages.append(f"{name}: {value:.3g}, before {before:.3g} ({value / before - 1:+.0%})")
    return messages


def record(figures, path=FILE):
    """Appends a run with these figures to the history; returns its regressions."""
    history = read(path)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=PROJECT, capture_output=True, text=True
    ).stdout.strip()
    line = {
        "date": datetime.date.today().isoformat(),
        "commit": commit,
        "figures": {name: float(f"{value:.4g}") for name, value in figures.items()},
    }
    with path.open("a") as out:
        out.write(json.dumps(line) + "\n")
    return regressions(history, figures)


def main():
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else FILE
    history = read(path)
    if not history:
        sys.exit(f"{path} has no runs: ./dev bench adds one")
    *before, last = history
    messages = regressions(before, last["figures"])
    for message in messages:
        print(f"worse: {message}")
    print(f"{last['commit']} of {last['date']}: {len(last['figures'])} figures, {len(messages)} worse")
    sys.exit(1 if messages else 0)


if __name__ == "__main__":
    main()
