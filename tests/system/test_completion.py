"""What bash completes, and that zsh and fish can read what is made for them."""

import re
import shutil
import subprocess

import pytest
from conftest import PROGRAM, run
from test_options import COMMANDS

ASK = """
source <("$1" help --completion bash)
compopt() { :; }
COMP_WORDS=("${@:2}")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_sparkify
printf '%s\\n' "${COMPREPLY[@]}"
"""


def completed(*words, cwd=None):
    """What is offered for the last word."""
    done = subprocess.run(
        ["bash", "-c", ASK, "-", PROGRAM, *words], capture_output=True, text=True, cwd=cwd, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split("\n")[:-1] if done.stdout.strip() else []


@pytest.fixture
def folder(tmp_path):
    for name in ("lake", "logs"):
        (tmp_path / name).mkdir()
    (tmp_path / "letter.txt").touch()
    return tmp_path


# fmt: off
WORDS = {  # what stands there: what is offered
    ("sparkify", ""): [*COMMANDS],
    ("sparkify", "h"): ["history", "help"],
    ("sparkify", "--v"): ["--version"],
    ("sparkify", "etl", "--comp"): ["--compression"],
    ("sparkify", "etl", "--compression", ""): ["zstd", "snappy", "none"],
    ("sparkify", "etl", "--compression", "z"): ["zstd"],
    ("sparkify", "etl", "--compression", "="): ["zstd", "snappy", "none"],
    ("sparkify", "etl", "--compression", "=", "s"): ["snappy"],
    ("sparkify", "etl", "--engine", ""): ["native", "spark"],
    ("sparkify", "--json", "etl", "--engine", "s"): ["spark"],
    ("sparkify", "history", "--table", "song"): ["songs", "songplays"],
    ("sparkify", "history", "--path-style", ""): ["auto", "on", "off"],
    ("sparkify", "help", "--completion", ""): ["bash", "zsh", "fish"],
    ("sparkify", "help", "re"): ["report", "restore"],
    ("sparkify", "etl", "--threads", ""): [],
    ("sparkify", "restore", "--re"): ["--region", "--request-payer", "--retry-time"],
    ("sparkify", "restore", "--inp"): [],
    ("sparkify", "etl", "--input", "l"): ["lake", "logs"],
    ("sparkify", "etl", "--output", "=", "la"): ["lake"],
    ("sparkify", "etl", "--config", "l"): ["lake", "letter.txt", "logs"],
    ("sparkify", "check", "l"): ["lake", "logs"],
    ("sparkify", "check", "--", "l"): ["lake", "logs"],
    ("sparkify", "check", "--", "--j"): [],
    ("sparkify", "check", "--j"): ["--json"],
    ("sparkify", "schema", "l"): ["lake", "logs"],
    ("sparkify", "schema", "--sql", ""): ["athena", "duckdb", "redshift", "spark", "trino"],
    ("sparkify", "query", "l"): ["lake", "logs", "levels", "levels-by-week", "level-changes-by-week",
                                 "locations", "longest-sessions"],
    ("sparkify", "query", "lake", "top"): ["top-artists", "top-songs"],
    ("sparkify", "query", "lake", "--sh"): ["--show-sql"],
    ("etl", "--comp"): ["--compression"],
    ("/opt/bin/etl", "--compression", "n"): ["none"],
}
# fmt: on


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_bash(words, folder):
    assert sorted(completed(*words, cwd=folder)) == sorted(WORDS[words])


@pytest.mark.parametrize("command", COMMANDS)
def test_bash_knows_every_option(command):
    options = set(re.findall(r"^ +(?:-\w, )?(--[a-z-]+)", run(command, "--help").out, re.MULTILINE))
    assert {"--help", "--json"} <= options == set(completed("sparkify", command, "--"))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_syntax(shell, tmp_path):
    text = run("help", "--completion", shell).out
    for word in ("compression", "zstd snappy none", "history"):
        assert word in text
    if not shutil.which(shell):
        pytest.skip(f"no {shell}")
    script = tmp_path / "script"
    script.write_text(text)
    check = [shell, "--no-execute" if shell == "fish" else "-n", script]
    done = subprocess.run(check, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_fish_completes(folder):
    """fish can be asked what it would offer."""
    if not shutil.which("fish"):
        pytest.skip("no fish")
    for line, offered in (
        ("sparkify etl --compression ", {"zstd", "snappy", "none"}),
        ("sparkify ", set(COMMANDS)),
        ("etl --engine ", {"native", "spark"}),
        ("sparkify check --js", {"--json"}),
    ):
        script = f"{PROGRAM} help --completion fish | source; complete -C '{line}'"
        done = subprocess.run(["fish", "-c", script], capture_output=True, text=True, cwd=folder)
        found = {found.split("\t")[0] for found in done.stdout.splitlines()}
        assert offered <= found, (line, done.stdout, done.stderr)
