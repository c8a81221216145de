"""Options mean the same in every command; what is wrong is told, with what was probably meant."""

import json

import pytest
from conftest import PROGRAM, etl, message, run, write_input

COMMANDS = ("etl", "query", "report", "serve", "history", "restore", "check", "vacuum", "doctor")
COMMANDS += ("generate", "init", "schema", "help")
LAKE_COMMANDS = (("history",), ("check",), ("vacuum", "--dry-run"), ("restore", "--at", 0, "--dry-run"))


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write_input(tmp_path_factory.mktemp("in"))


@pytest.fixture(scope="module")
def lake(source, tmp_path_factory):
    folder = tmp_path_factory.mktemp("lake")
    etl(source, folder)
    return folder


# ---- In every command -------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help(command, option):
    done = run(command, option, program=PROGRAM)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"usage: sparkify {command}")
    for name in ("--json", "-q, --quiet", "-v, --verbose", "-V, --version", "-h, --help"):
        assert name in done.out


@pytest.mark.parametrize("command", [*COMMANDS, None])
def test_version_is_that_of_the_program(command):
    before = (command,) if command else ()
    shown = run("--version").out
    for options in (("--version",), ("-V",), ("-qV",)):
        assert run(*before, *options).out == shown
    assert shown.startswith("sparkify ") and shown.count("\n") == 1


def test_version_with_its_parts():
    lines = run("-vV").out.splitlines()
    assert lines == run("--verbose", "--version").out.splitlines()
    facts = dict(line.split(maxsplit=1) for line in lines[1:])
    assert {"commit", "compiler", "scanner", "libcurl", "OpenSSL", "zstd", "zlib"} <= set(facts)
    document = json.loads(run("--version", "--json").out)
    assert document["commit"] == facts["commit"] and document["libraries"]["zlib"] == facts["zlib"]


def test_common_options_may_stand_before_the_command(lake):
    assert run("--json", "check", lake).summary["command"] == "check"
    assert run("-q", "check", lake) == run("check", lake, "--quiet")


@pytest.mark.parametrize(
    "arguments",
    [
        *LAKE_COMMANDS,
        ("etl", "--dry-run", "--input"),
        ("doctor", "--input"),
        ("schema",),
        ("help",),
    ],
    ids=lambda arguments: arguments[0],
)
def test_quiet_prints_nothing(arguments, lake, source):
    place = [lake] if arguments in LAKE_COMMANDS else [source] if arguments[-1] == "--input" else []
    for quiet in ("--quiet", "-q"):
        done = run(*arguments, *place, quiet)
        assert (done.code, done.out, done.err) == (0, "", "")


def test_quiet_generate(tmp_path):
    done = run("generate", tmp_path / "in", "--songs", 1, "--events", 10, "-q")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_quiet_doctor_tells_what_fails(tmp_path):
    done = run("doctor", "--input", tmp_path / "none", "-q")
    assert done.code == 1 and done.out == ""
    assert "input: open: " in done.err and str(tmp_path / "none") in done.err


def test_verbose_says_what_is_done(lake, source, tmp_path):
    """On stderr, so that what is printed stays the same."""
    for command in LAKE_COMMANDS:
        done = run(*command, lake, "--verbose")
        assert f"sparkify: lake: {lake}\n" in done.err and f"sparkify: {command[0]} took " in done.err
        assert "sparkify: " not in done.out
    done = run("etl", "--input", source, tmp_path / "new", "-v")
    assert done.code == 0 and f"sparkify: input: {source}; " in done.err


def test_quiet_and_verbose_exclude_each_other(lake):
    assert "exclude each other" in message(run("check", lake, "-qv"), code=2)


# ---- Where the lake is ------------------------------------------------------------------------


@pytest.mark.parametrize("command", LAKE_COMMANDS, ids=lambda command: command[0])
def test_the_lake_is_given_in_the_same_ways(command, lake):
    by_operand = run(*command, lake, "--json").summary
    by_option = run(*command, "--output", lake, "--json").summary
    by_option.pop("seconds", None), by_operand.pop("seconds", None)
    assert by_option == by_operand and by_operand["lake"] == str(lake)
    for twice in (("--output", lake), ("--bucket", "b"), (lake,)):
        assert message(run(*command, lake, *twice), code=2)
    assert "--bucket" in message(run(*command), code=2)


def test_etl_takes_the_lake_as_the_others_do(source, tmp_path):
    assert run("etl", tmp_path / "a", "--input", source).code == 0
    assert run("check", tmp_path / "a").code == 0
    said = message(run("etl", tmp_path / "a", "--output", tmp_path / "b", "--input", source), code=2)
    assert "--output" in said and not (tmp_path / "b").exists()


def test_doctor_takes_the_lake_as_the_others_do(source, tmp_path):
    done = run("doctor", tmp_path / "a", "--input", source)
    assert done.code == 0 and f"output {tmp_path / 'a'}" in done.out


def test_two_hyphens_end_the_options(source, tmp_path):
    etl(source, "-lake", cwd=tmp_path, program=PROGRAM)
    for command in LAKE_COMMANDS:
        assert run(*command, "--", "-lake", cwd=tmp_path).code == 0
        assert "-lake" in message(run(*command, "-lake", cwd=tmp_path), code=2)
    done = run("etl", "--input", source, "--", "--odd", cwd=tmp_path)
    assert done.code == 0 and (tmp_path / "--odd/songs").is_dir()
    assert "one too many" in message(run("check", "--", "-lake", "--json", cwd=tmp_path), code=2)


# ---- What is wrong ----------------------------------------------------------------------------

WRONG = {  # arguments: what the message must have in it
    ("elt",): "did you mean etl?",
    ("chekc", "lake"): "did you mean check?",
    ("nonsense",): "'sparkify --help' lists the commands",
    ("etl", "--ouptut", "x"): "did you mean --output?",
    ("etl", "--out", "x"): "did you mean --output?",
    ("etl", "--in", "x"): "did you mean --input or --incremental?",
    ("etl", "--lake", "x"): "see 'sparkify etl --help'",
    ("etl", "--output", "x", "--restore", "1"): "sparkify restore LAKE --at N",
    ("restore", "x", "--input", "y"): "restore has no option --input",
    ("restore", "x"): "restore needs --at N",
    ("restore", "x", "--at", "one"): "--at one: expected a whole number",
    ("restore", "x", "--to", "1"): "--at N names the version to restore",
    ("check", "x", "--create-bucket"): "check has no option --create-bucket",
    ("vacuum", "x", "--threads", "2"): "vacuum has no option --threads",
    ("doctor", "--create-bucket"): "doctor has no option --create-bucket",
    ("etl", "-json"): "did you mean --json?",
    ("etl", "-x"): "etl has no option -x",
    ("etl", "-vx"): "etl has no option -vx",
    ("etl", "--output", "--json"): "--output=--json",
    ("etl", "--output"): "--output needs a value",
    ("etl", "--output="): "--output : expected a value that is not empty",
    ("etl", ""): "is empty",
    ("etl", "--json=yes"): "--json takes no value",
    ("etl", "\N{EM DASH}json"): "write --json",
    ("etl", "--compression", "zsdt"): "did you mean zstd?",
    ("etl", "--compression", "lzma"): "expected zstd, snappy or none",
    ("schema", "--endpoint", "http://x"): "--endpoint needs a lake",
    ("schema", "x", "--check", "x"): "--check and a lake both say which tables are meant",
    ("schema", "--bucket", "x", "--model", "x"): "--model and a lake both say which tables are meant",
    ("schema", "--check", "x", "--model", "x"): "--check and --model exclude each other",
    ("schema", "--sql", "spark"): "no lake is given",
    ("schema", "--sql", "spark", "--markdown"): "exclude each other",
    ("schema", "--json", "--markdown"): "exclude each other",
    ("--bucket", "b", "etl"): "the command comes first",
    ("--nonsense",): "sparkify has no option --nonsense",
    ("-v",): "no command is given",
    ("help", "etl", "--completion", "bash"): "takes no COMMAND",
    ("help", "ett"): "did you mean etl?",
}


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_wrong_usage(arguments, tmp_path):
    done = run(*arguments, cwd=tmp_path)
    assert done.code == 2 and WRONG[arguments] in done.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [words for words in WRONG if words != ("etl", "--output")], ids=" ".join)
def test_wrong_usage_as_json(arguments, tmp_path):
    """Also where --json stands behind what is wrong."""
    done = run(*arguments, "--json", cwd=tmp_path)
    document = json.loads(done.out)
    assert done.code == 2 and document["format"] == 1
    assert (document["status"], document["error"]["code"]) == ("failed", "usage")
    assert document["error"]["message"] in done.err


def test_nothing_at_all_is_the_list_of_commands():
    done = run()
    assert (done.code, done.out) == (2, "") and done.err == run("--help").out


# ---- Options that would do nothing --------------------------------------------------------------


def refused(*arguments):
    return message(run(*arguments, program=PROGRAM), code=2).removeprefix("sparkify: ")


S3_OPTIONS = (
    ("--profile", "x"),
    ("--no-sign-request",),
    ("--endpoint", "http://127.0.0.1:1"),
    ("--region", "eu-west-1"),
    ("--path-style", "on"),
    ("--ca-file", "ca.pem"),
    ("--connections", 4),
    ("--retry-time", 1),
    ("--request-payer",),
    ("--sse", "AES256"),
    ("--sse-kms-key-id", "k"),
)


@pytest.mark.parametrize("option", S3_OPTIONS, ids=lambda option: option[0])
def test_options_of_s3_without_s3(source, lake, option):
    said = refused("etl", "--input", source, "--output", lake, *option)
    assert said.startswith(f"{option[0]} is for S3, and neither {source} nor {lake} is in S3")
    for command in LAKE_COMMANDS:
        assert refused(command[0], lake, *command[1:], *option).startswith(
            f"{option[0]} is for S3, and {lake} is not in S3"
        )


def test_a_bucket_to_create_without_s3(source, tmp_path):
    said = refused("etl", "--input", source, "--output", tmp_path / "lake", "--create-bucket")
    assert said.startswith("--create-bucket is for an output in S3")
    assert not (tmp_path / "lake").exists()


def test_certificates_serve_a_cluster_too(source, tmp_path):
    options = ("--engine", "spark", "--dry-run", "--ca-file", tmp_path / "ca.pem")
    assert run("etl", tmp_path / "lake", "--input", source, *options).code == 0
