"""What was measured before, a line for each run of a benchmark, and whether a figure has become worse.

A figure is a ratio of two times of one run, or memory, so that machines and their load matter less; smaller is
better in all of them.
"""

import datetime
import json
import statistics
import subprocess
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
FILE = PROJECT / "bench/history.jsonl"
KEPT = 5  # so many runs before are compared with
WORSE = 1.10


def read(path=FILE):
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def usual(history, name):
    """The median of a figure in the last runs that have it; None where there is none."""
    values = [line["figures"][name] for line in history if name in line["figures"]][-KEPT:]
    return statistics.median(values) if values else None


def worse(history, figures):
    """A sentence for each figure that is ten percent worse than usual."""
    said = []
    for name, value in figures.items():
        before = usual(history, name)
        if before is not None and value > before * WORSE:
            said.append(f"{name}: {value:.3g}, usually {before:.3g} ({value / before - 1:+.0%})")
    return said


def record(figures, path=FILE):
    """Appends the figures of a run, and returns what has become worse."""
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
    return worse(history, figures)
