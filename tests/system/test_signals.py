"""Signals: heard in each command, ignored where they were ignored before, told by the exit code."""

import json
import signal
import subprocess
from pathlib import Path

import pytest
from conftest import CHECKED, etl, run

CODES = {signal.SIGINT: 130, signal.SIGTERM: 130, signal.SIGHUP: 129}
EVENTS = 400_000


def generating(folder, before=""):
    """A generate that has begun to write."""
    command = f'{before} exec "$@"'
    process = subprocess.Popen(
        ["/bin/sh", "-c", command, "-", CHECKED, "generate", folder, "--songs", "50",
         "--events", str(EVENTS), "--json"],  # fmt: skip
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    while process.poll() is None and not list(folder.rglob("*.json")):
        pass
    return process


@pytest.mark.parametrize("number", CODES)
def test_generate_is_interrupted(number, tmp_path):
    process = generating(tmp_path / "in")
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == CODES[number]
    assert err.startswith("sparkify: interrupted\n") and "incomplete" in err
    assert json.loads(out)["error"]["code"] == "interrupted"


@pytest.mark.parametrize("number", CODES)
def test_ignored_signals_stay_ignored(number, tmp_path):
    """nohup, and jobs in the background of a script."""
    process = generating(tmp_path / "in", before=f"trap '' {number.name.removeprefix('SIG')};")
    process.send_signal(number)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (0, "")
    assert json.loads(out)["events"] == EVENTS


def bytes_read(process):
    try:
        counts = dict(line.split(": ") for line in Path(f"/proc/{process.pid}/io").read_text().splitlines())
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(counts["rchar"])


def test_check_is_interrupted(generated_data, tmp_path):
    """What could not be read any more is no damage."""
    lake = tmp_path / "lake"
    etl(generated_data, lake)
    total = run("check", lake, "--json").summary["bytes"]
    for share in (0.5, 0.6, 0.4, 0.7, 0.3):
        process = subprocess.Popen(
            [CHECKED, "check", lake, "--threads", "1"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        while process.poll() is None and bytes_read(process) < share * total:
            pass
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
        if process.returncode:
            break  # else it had ended before the signal came
    assert (process.returncode, out, err) == (130, "", "sparkify: interrupted\n")
