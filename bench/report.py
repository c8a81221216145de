"""Measured figures, and their form in RESULTS.md."""

import datetime
import platform
import re
import statistics
import subprocess
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

# The project's goals: at most this multiple of the floor's time, at least so many times as fast as each other tool,
# at most so many MiB.
GOALS = {
    8_056: {"floor": 1.5, "Polars": 3, "DuckDB": 15, "PySpark": 300, "memory": 64},
    2_000_000: {"floor": 2.5, "Polars": 5, "DuckDB": 10, "PySpark": 150, "memory": 160},
}
GROWTH_GOAL, GROWTH_MEMORY_GOAL = 10.5, 512


@dataclass
class Measured:
    """The runs of one tool on one data set in one place (memory or disk)."""

    seconds: list = field(default_factory=list)
    peak_bytes: list = field(default_factory=list)
    synced_seconds: list = field(default_factory=list)  # the floor's with a syncfs at the end

    @property
    def median(self):
        return statistics.median(self.seconds)

    @property
    def peak_mib(self):
        return max(self.peak_bytes) / (1 << 20)


@dataclass
class Case:
    """One data set in one place: the runs of each tool, and the number of rows that all of them wrote."""

    songs: int
    events: int
    input_bytes: int
    measured: dict
    rows: dict = field(default_factory=dict)  # table: count

    @property
    def title(self):
        return f"{self.songs:,} songs + {self.events:,} events ({self.input_bytes / 1e6:,.0f} MB)"


# ---- Text ---------------------------------------------------------------------------------------

def seconds(value):
    return f"{value:.3f} s" if value < 1 else f"{value:.2f} s" if value < 100 else f"{value:.0f} s"


def memory(mib):
    return f"{mib:,.0f} MiB"


def times(value):
    return f"{value:,.2f}×" if value < 10 else f"{value:,.1f}×" if value < 100 else f"{value:,.0f}×"


def table(heading, rows):
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


# ---- Parts --------------------------------------------------------------------------------------

def commit_name(project):
    """The commit of the work tree, with a mark if it has changes other than in RESULTS.md."""
    git = ["git", "-C", project]
    try:
        commit = subprocess.check_output([*git, "rev-parse", "--short", "HEAD"], text=True)
        changed = subprocess.check_output(
            [*git, "status", "--porcelain", "--", "src", "bench", ":!bench/*.md"], text=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return commit.strip() + (" and changes since" if changed else "")


def facts(project, cores, turns):
    cpu = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())
    kib = int(re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())[1])
    packages = []
    for name in ("duckdb", "polars", "pyspark"):
        try:
            packages.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            pass
    return "\n".join([
        f"- {datetime.date.today()}, commit {commit_name(project)}",
        f"- {cpu[1] if cpu else platform.machine()}, {cores} cores, {kib / (1 << 20):.0f} GiB of "
        f"memory, Linux {platform.release()}",
        f"- {', '.join(packages)}, Python {platform.python_version()}",
        f"- medians of {turns} runs in turns (PySpark: one run); whole processes, from start to "
        "end; peak memory is the greatest of all runs",
        "- every tool's rows were compared with sparkify's: equal in all five tables "
        "(songplay_id apart)",
    ]) + "\n"


def goal(case, name, sign, unit):
    wanted = GOALS.get(case.events, {}).get(name)
    return f" (goal {sign} {wanted}{unit})" if wanted else ""


def ratio_row(case, peers, floor, goal_text):
    """Compares one data set's runs with the floor and with the other tools."""
    own = case.measured["sparkify"]
    cells = [case.title, seconds(own.median),
             times(own.median / floor(case.measured["floor"])) + goal_text(case, "floor", "≤", "×")]
    for name in peers:
        cells.append(times(case.measured[name].median / own.median)
                     + goal_text(case, name, "≥", "×"))
    return cells + [memory(own.peak_mib) + goal_text(case, "memory", "≤", " MiB")]


def ratios(cases, floor, goal_text):
    peers = [name for name in cases[0].measured if name not in ("sparkify", "floor")]
    heading = ["data set", "sparkify", "of the floor's time",
               *(f"times as fast as {name}" for name in peers), "peak memory"]
    return table(heading, [ratio_row(case, peers, floor, goal_text) for case in cases])


def tool_row(name, all_seconds, peak):
    spread = f"{seconds(min(all_seconds))} – {seconds(max(all_seconds))}"
    return [name, seconds(statistics.median(all_seconds)), spread, peak]


def details(case, on_disk):
    rows = []
    for name, measured in case.measured.items():
        rows.append(tool_row(name, measured.seconds, memory(measured.peak_mib)))
        if name == "floor" and on_disk:
            rows.append(tool_row("floor and syncfs", measured.synced_seconds, ""))
    counts = ", ".join(f"{count:,} {name}" for name, count in case.rows.items())
    return (f"\n{case.title}; rows: {counts}\n\n"
            + table(["tool", "median", "least – greatest", "peak memory"], rows))


def in_memory_part(cases):
    return ("\n## Input and output on tmpfs\n\n"
            + ratios(cases, lambda floor: floor.median, goal)
            + "".join(details(case, on_disk=False) for case in cases))


def on_disk_part(cases):
    return ("\n## Input and output on the disk\n\n"
            "The input comes from the page cache. sparkify's run ends when its files are safe on "
            "the disk (syncfs), and is\ncompared with a floor that does the same; the others leave "
            "their files to the kernel.\n\n"
            + ratios(cases, lambda floor: statistics.median(floor.synced_seconds), lambda *_: "")
            + "".join(details(case, on_disk=True) for case in cases))


def growth_part(cases):
    small, large = cases
    rows = [[case.title, seconds(case.measured["sparkify"].median),
             memory(case.measured["sparkify"].peak_mib)] for case in cases]
    growth = large.measured["sparkify"].median / small.measured["sparkify"].median
    return ("\n## Ten times the events (sparkify alone, on the disk)\n\n"
            + table(["data set", "median", "peak memory"], rows)
            + f"\n{times(growth)} of the time (goal ≤ {GROWTH_GOAL}×); "
              f"{memory(large.measured['sparkify'].peak_mib)} (goal ≤ {GROWTH_MEMORY_GOAL} MiB)\n")


def write(project, cores, turns, in_memory, on_disk, large):
    """The text of RESULTS.md."""
    text = ("# Results\n\nWritten by `./dev bench`; how it is measured: bench/bench.py.\n\n"
            + facts(project, cores, turns))
    if in_memory:
        text += in_memory_part(in_memory)
    if on_disk:
        text += on_disk_part(on_disk)
    if large:
        text += growth_part(large)
    return text


# ---- The file -----------------------------------------------------------------------------------

def replace_part(path, heading, text):
    """Replaces the part of the file that begins with this heading, or appends it."""
    parts = re.split(r"(?m)^(?=# )", path.read_text()) if path.exists() else []
    kept = [part.rstrip() for part in parts if part and part.partition("\n")[0] != heading]
    parts = [text.rstrip(), *kept] if heading == "# Results" else [*kept, text.rstrip()]
    path.write_text("\n\n".join(parts) + "\n")
