"""Options in the environment: SPARKIFY_<OPTION>. The command line overrides them."""

import json
import re

import pytest
from conftest import PROGRAM, PROJECT, etl, message, play, run, song, write_input

ALONE = {"help", "version", "allow-empty", "missing-logs", "missing-songs", "spark-plain-keys", "retain"}
ALONE |= {"at", "dry-run", "out", "file", "list", "show-sql", "rebuild"}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("environment")
    write_input(folder / "in", songs=[song()], plays=[play(ts=1541105830796 + i, itemInSession=i) for i in range(5)])
    etl(folder / "in", folder / "lake")
    return folder


def in_environment(place, *arguments, **variables):
    variables = {f"SPARKIFY_{name}": str(value) for name, value in variables.items()}
    return run(*arguments, cwd=place, env=variables, program=PROGRAM)


def test_a_run_by_the_environment_alone(place):
    done = in_environment(place, "etl", INPUT="in", OUTPUT="made", COMPRESSION="none", KEEP_VERSIONS=3, JSON="yes")
    assert (done.code, done.err) == (0, "")
    assert done.summary["output"] == "made"
    assert not list((place / "made").rglob("*.zstd.parquet"))


def test_the_command_line_wins(place):
    wins = place / "wins"
    done = in_environment(place, "etl", "--output", wins, "--compression", "snappy", INPUT="in", OUTPUT="x",
                          COMPRESSION="none", PREFIX="p")  # fmt: skip
    assert (done.code, done.err) == (0, "") and not (place / "x").exists()
    assert list(wins.rglob("*.snappy.parquet"))
    done = in_environment(place, "etl", wins, INPUT="in", BUCKET="not-asked", OUTPUT="x")
    assert (done.code, done.err) == (0, "")
    assert in_environment(place, "check", "lake", "-q", VERBOSE=1) == run("check", "lake", "-q", cwd=place)
    assert "check took" in in_environment(place, "check", "lake", "-v", QUIET=1).err


@pytest.mark.parametrize("value, is_set", [("1", True), ("on", True), ("0", False), ("no", False), ("", False)])
def test_flags(place, value, is_set):
    out = in_environment(place, "check", "lake", JSON=value).out
    assert out.startswith("{") == is_set


def test_values_that_are_wrong(place):
    said = message(in_environment(place, "etl", THREADS="many"), code=2)
    assert "the environment's SPARKIFY_THREADS=many" in said
    said = message(in_environment(place, "check", "lake", QUIET="perhaps"), code=2)
    assert "SPARKIFY_QUIET=perhaps" in said and "true" in said


def test_the_lake(place):
    for command in (("check",), ("history",), ("vacuum", "--dry-run"), ("restore", "--at", 0, "--dry-run")):
        assert in_environment(place, *command, LAKE="lake").code == 0
        assert in_environment(place, *command, "lake", LAKE="elsewhere").code == 0
        assert in_environment(place, *command, LAKE="elsewhere").code == 1


def test_what_is_of_no_use_is_no_fault(place):
    """It is for other runs of the same environment; on the command line it would be refused."""
    done = in_environment(place, "etl", "--input", "in", "--output", "lake", ENDPOINT="http://127.0.0.1:1",
                          OUTPUT_PROFILE="x", SPARK="sc://127.0.0.1:1", CREATE_BUCKET=1, SSE="AES256")  # fmt: skip
    assert (done.code, done.err) == (0, "")


@pytest.mark.parametrize("name", ["ALLOW_EMPTY", "MISSING_LOGS", "MISSING_SONGS", "DRY_RUN", "RETAIN", "AT"])
def test_what_destroys_or_allows_is_not_read(place, name):
    """A value that would be refused shows that it is not even looked at."""
    command = {"RETAIN": ("vacuum", "lake"), "AT": ("query", "lake", "--list")}
    arguments = command.get(name, ("etl", "--input", "in", "--output", "lake"))
    assert in_environment(place, *arguments, **{name: "nonsense"}).code == 0


def test_each_option_says_whether_it_has_a_variable():
    """The reference lists those that have none; the man page has every variable that the program reads."""
    page = (PROJECT / "docs/commands.md").read_text()
    paragraph = re.search(r"Each option can be given in the environment.*?\n\n", page, re.DOTALL)[0]
    alone = paragraph.partition("Options that allow")[2]
    assert set(re.findall(r"`--([a-z-]+)`", alone)) == ALONE - {"help", "version"}
    manual = run("help", "--man", program=PROGRAM).out.replace("\\", "")
    read = {name for path in (PROJECT / "src").rglob("*.c")
            for name in re.findall(r'(?:getenv|_variable)\("([A-Za-z_]+)"', path.read_text())}  # fmt: skip
    assert {"SPARKIFY_DUCKDB", "AWS_ROLE_ARN"} <= read
    assert [name for name in sorted(read) if name not in manual] == []
    commands = json.loads(run("help", "--json").out)["commands"]
    options = {option["name"] for command in commands for option in command["options"]}
    assert options >= ALONE - {"help", "version"} and "keep-versions" in options


def test_a_version_is_about_one_call_in_every_command(place):
    for command in (("query", "none", "SELECT 1"), ("report", "none"), ("serve", "none"), ("restore", "none")):
        assert "nonsense" not in in_environment(place, *command, AT="nonsense").err


def test_the_level_of_a_log(place):
    """What the environment says counts as much as what the command line says."""
    logged = ("check", "lake", "--verbose", "--log-format", "json")
    assert in_environment(place, *logged, LOG_LEVEL="warning").err == ""
    assert '"level":"debug"' in in_environment(place, *logged).err
