"""The log: --log-file, --log-format, --log-level."""

import json
import re
import subprocess

import pytest
from conftest import PROGRAM, message, play, run, song, write_input

LINE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (debug|info|warning|error) (.+)")


@pytest.fixture
def place(tmp_path):
    write_input(tmp_path / "in", songs=[song()], plays=[play(ts=1541105830 + i, itemInSession=i) for i in range(5)])
    return tmp_path


def job(place, *options, code=0, source="in", **how):
    done = run("etl", "--input", source, "--output", "lake", *options, cwd=place, program=PROGRAM, **how)
    assert done.code == code, done
    return done


def lines(path):
    """[(level, message)], in the order of their times."""
    found = [LINE.fullmatch(line) for line in path.read_text().splitlines()]
    assert all(found) and [match[1] for match in found] == sorted(match[1] for match in found)
    return [(match[2], match[3]) for match in found]


def test_a_log_of_runs(place):
    """It is appended to, and has warnings and errors whatever --quiet says."""
    job(place, "--log-file", "x.log", "--quiet")
    text = "all plays of this run are in 1970: ts is in milliseconds, and may be in seconds in these logs"
    warning = ("warning", text)
    good = [("info", "etl begins"), warning, ("info", "etl has succeeded")]
    assert lines(place / "x.log") == good
    said = message(job(place, "--log-file", "x.log", source="none", code=1))
    *before, begins, ended, failed = lines(place / "x.log")
    assert (before, begins, ended) == (good, ("info", "etl begins"), ("info", "etl has failed"))
    assert failed[0] == "error" and failed[1].startswith("none: there is no such folder; ")
    assert said.splitlines()[0] == "sparkify: none: there is no such folder"


def test_levels(place):
    said = {}
    for level in ("debug", "info", "warning", "error"):
        job(place, "--log-file", f"{level}.log", "--log-level", level)
        said[level] = lines(place / f"{level}.log")
    assert said["error"] == []
    assert [level for level, _ in said["warning"]] == ["warning"]
    assert {level for level, _ in said["info"]} == {"info", "warning"}
    assert any("native engine" in text for level, text in said["debug"] if level == "debug")


def test_json_on_stderr(place):
    """For what collects the output of containers: all of stderr is objects, the summary stays on stdout."""
    done = job(place, "--log-format", "json", "--verbose")
    objects = [json.loads(line) for line in done.err.splitlines()]
    assert all(set(line) <= {"time", "level", "message", "hint"} for line in objects)
    assert [line["level"] for line in objects].count("warning") == 1
    assert "songplays" in done.out
    assert "debug" in [line["level"] for line in objects]
    said = job(place, "--log-format", "json", source="x", code=1).err.splitlines()
    _, last, failed = map(json.loads, said)
    assert (last["message"], failed["level"]) == ("etl has failed", "error") and failed["hint"]


def test_the_questions_have_a_log(place):
    """Options that every command has go with each of its modes."""
    for mode in (("--list",), ("top-songs", "--show-sql")):
        done = run("query", *mode, "--log-file", "x.log", "--log-level", "info", cwd=place, program=PROGRAM)
        assert (done.code, done.err) == (0, "") and lines(place / "x.log")[0] == ("info", "query begins")
        (place / "x.log").unlink()


def test_quiet_json_on_stderr(place):
    assert job(place, "--log-format", "json", "--quiet").err == ""
    [only] = job(place, "--log-format", "json", "--quiet", source="x", code=1).err.splitlines()
    assert json.loads(only)["level"] == "error"


def test_json_in_a_file(place):
    done = job(place, "--log-format", "json", "--log-file", "x.log")
    assert done.err.startswith("sparkify: warning: ")  # people are told as ever
    levels = [json.loads(line)["level"] for line in (place / "x.log").read_text().splitlines()]
    assert levels == ["info", "warning", "info"]


def test_names_cannot_forge_lines(place):
    """A line of the log is one line, whatever is in a name."""
    name = "none\n2026-01-01T00:00:00.000Z error forged \x1b[31m"
    for form in ("text", "json"):
        job(place, "--log-file", form, "--log-format", form, source=name, code=1)
    assert len(lines(place / "text")) == 3 and b"\x1b" not in (place / "text").read_bytes()
    assert len([json.loads(line) for line in (place / "json").read_text().splitlines()]) == 3


def test_a_log_that_cannot_be_written(place):
    said = message(job(place, "--log-file", "none/x.log", code=1))
    assert "cannot write the log none/x.log" in said
    assert not (place / "lake").exists()
    assert job(place, "--log-file", "/dev/full").code == 0  # a log that is full ends no run


def test_programs_that_share_a_log(place):
    job(place)
    command = [PROGRAM, "check", "lake", "-q", "--log-file", "x.log", "--log-level", "debug"]
    running = [subprocess.Popen(command, cwd=place) for _ in range(8)]
    assert [process.wait(60) for process in running] == [0] * 8
    found = [LINE.fullmatch(line) for line in (place / "x.log").read_text().splitlines()]
    assert all(found) and sum(match[3] == "check has succeeded" for match in found) == 8


def test_every_command_has_a_log(place):
    job(place)
    for command in ("history", "check", "vacuum", "doctor", "schema"):
        operand = ["lake"] if command not in ("doctor", "schema") else []
        run(command, *operand, "--log-file", "x.log", cwd=place, program=PROGRAM)
        assert lines(place / "x.log")[0] == ("info", f"{command} begins")
        (place / "x.log").unlink()
