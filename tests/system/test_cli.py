"""The command line as people see it: golden files, the README, colours, progress, silence."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios
from pathlib import Path

import pytest
from conftest import PROGRAM, PROJECT, TABLES, etl, parquet_files, play, run, write_input

GOLDEN = Path(__file__).parent / "golden"
SHOWN = {  # file in golden/: arguments
    "help": ["--help"],
    "help-help": ["help", "--help"],
    "help-etl": ["etl", "--help"],
    "help-query": ["query", "--help"],
    "help-restore": ["restore", "--help"],
    "help-generate": ["generate", "--help"],
    "help-init": ["init", "--help"],
    "help-schema": ["schema", "--help"],
    "version": ["--version"],
    "schema": ["schema"],
    "schema-markdown": ["schema", "--markdown"],
}
ESCAPE = "\x1b["


@pytest.fixture
def source(tmp_path):
    return write_input(tmp_path / "in")


# ---- What is printed, word for word -----------------------------------------------------------


@pytest.mark.parametrize("name", SHOWN)
def test_golden(name, bless):
    done = run(*SHOWN[name], program=PROGRAM)
    assert (done.code, done.err) == (0, "")
    compare(GOLDEN / f"{name}.txt", done.out, bless)


def compare(path, text, bless):
    if bless:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    assert text == path.read_text()


@pytest.mark.parametrize("command", ["etl", "generate", "schema"])
def test_help_command_is_the_option_help(command):
    assert run("help", command).out == run(command, "--help").out


def test_help_alone_is_the_help_of_the_program():
    assert run("help").out == run("--help").out


@pytest.mark.parametrize(
    "name",
    [name for name in SHOWN if name.startswith(("help", "schema")) and name != "schema-markdown"],
)
def test_lines_fit_a_terminal(name):
    lines = run(*SHOWN[name], program=PROGRAM).out.splitlines()
    assert [line for line in lines if len(line) > 100 or line != line.rstrip()] == []


PAGES = [path.stem for path in sorted((PROJECT / "docs/man").glob("*.1"))]


def test_each_command_has_a_man_page():
    commands = json.loads(run("help", "--json", program=PROGRAM).out)["commands"]
    assert set(PAGES) == {"sparkify"} | {f"sparkify-{command['name']}" for command in commands}


@pytest.mark.parametrize("name", PAGES)
def test_man_page(bless, name):
    """docs/man has what the program prints, with every option of the command in it."""
    command = name.partition("-")[2]
    page = run("help", *command.split(), "--man", program=PROGRAM).out
    compare(PROJECT / f"docs/man/{name}.1", page, bless)
    options = re.findall(r"--[a-z][a-z-]+", run(*command.split(), "--help").out)
    assert [option for option in options if option.replace("-", "\\-") not in page] == []
    headings = re.findall(r"^\.SH (.*)", page, re.M)
    assert headings[:3] == ["NAME", "SYNOPSIS", "DESCRIPTION"] and headings[-1] == "SEE ALSO"
    if command not in ("", "help"):
        assert headings[3:-1] == ["OPTIONS", "EXAMPLES", "EXIT STATUS", "FILES", "ENVIRONMENT"]


def test_every_variable_that_is_read_is_in_the_man_page():
    page = run("help", "--man", program=PROGRAM).out
    sources = [path.read_text() for path in (PROJECT / "src").rglob("*.c")]
    names = {name for text in sources for name in re.findall(r'getenv\("(\w+)"\)', text)}
    assert len(names) > 10 and [name for name in sorted(names) if name not in page] == []


# ---- Summary and progress ---------------------------------------------------------------------


def set_columns(terminal, columns):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))


def on_terminal(*arguments, env=None, columns=80, code=0, then=None, cwd=None):
    """(stdout, what a terminal as stderr was shown); it is `then` columns wide once something is."""
    ours, theirs = pty.openpty()
    set_columns(theirs, columns)
    try:
        process = subprocess.Popen(
            [PROGRAM, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=theirs,
            cwd=cwd,
            env={"TERM": "xterm-256color", "PATH": os.environ["PATH"]} | (env or {}),
        )
        os.close(theirs)
        shown = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # the terminal's end, as Linux says it
                break
            if not piece:
                break
            shown += piece
            if then:
                set_columns(ours, then)
        out = process.communicate(timeout=60)[0]
    finally:
        os.close(ours)
    assert process.returncode == code, shown
    return out.decode(), shown.decode()


def test_summary_is_on_stdout_and_nothing_on_stderr(source, tmp_path):
    done = run("etl", "--input", source, "--output", tmp_path / "out")
    assert (done.code, done.err) == (0, "")
    for word in ("songs", "artists", "users", "time", "songplays", str(tmp_path / "out")):
        assert word in done.out
    assert ESCAPE not in done.out


def test_summary_names_rejects_and_unknown_fields(tmp_path):
    source = tmp_path / "in"
    write_input(source, songs=['{"song_id": "S", "artist_id": "A", "mood": 1}'], plays=[play(), "broken"])
    done = run("etl", "--input", source, "--output", tmp_path / "out", "--max-rejects", "1")
    assert done.code == 0
    assert "mood" in done.out and "_rejects/run=" in done.out


def test_quiet_prints_nothing(source, tmp_path):
    done = run("etl", "--input", source, "--output", tmp_path / "out", "--quiet")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_json_is_one_object(source, tmp_path):
    done = run("etl", "--input", source, "--output", tmp_path / "out", "--json")
    assert isinstance(json.loads(done.out), dict)
    assert done.out.endswith("}\n")


def test_progress_on_a_terminal(generated_data, tmp_path):
    arguments = ("etl", "--input", generated_data, "--output", tmp_path / "out")
    out, shown = on_terminal(*arguments)
    assert "\r" in shown
    assert "songplays" in out and ESCAPE not in out  # stdout is no terminal
    assert not shown.rstrip(" ").endswith("\n") or shown.strip()


def drawn(shown):
    """The lines of progress, without what moves the cursor."""
    return [line for line in re.split(r"\r", re.sub(r"\x1b(\[[0-9;?]*[A-Za-z]|[78])", "", shown)) if line]


@pytest.fixture(scope="session")
def slow_data(tmp_path_factory):
    """Some redraws long, also in the release."""
    folder = tmp_path_factory.mktemp("slow")
    assert run("generate", folder, "--songs", 500, "--events", 400_000, program=PROGRAM).code == 0
    return folder


@pytest.mark.parametrize("columns", [200, 80, 60, 40, 25])
def test_progress_fits_the_terminal(columns, slow_data, tmp_path):
    arguments = ("etl", "--input", slow_data, "--output", tmp_path / "out", "--threads", 1)
    _, shown = on_terminal(*arguments, columns=columns)
    lines = drawn(shown)
    assert lines and "\n" not in shown
    assert max(map(len, lines)) < columns


def test_progress_follows_the_terminal(slow_data, tmp_path):
    arguments = ("etl", "--input", slow_data, "--output", tmp_path / "out", "--threads", 1)
    _, shown = on_terminal(*arguments, columns=120, then=45)
    lines = drawn(shown)
    assert len(lines) > 2 and len(lines[-1]) < 45


def test_a_dumb_terminal_gets_no_escapes(slow_data, tmp_path):
    arguments = ("etl", "--input", slow_data, "--output", tmp_path / "out")
    for kind in ("dumb", ""):
        _, shown = on_terminal(*arguments, env={"TERM": kind})
        assert ESCAPE not in shown and "\r" not in shown.replace("\r\n", "")


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_messages_are_wrapped(columns, tmp_path):
    arguments = ("etl", "--input", " ".join(["long"] * 45), "--output", "lake")
    _, shown = on_terminal(*arguments, columns=columns, code=1, cwd=tmp_path)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown).replace("\r", "")
    plain = run(*arguments, cwd=tmp_path).err
    assert text.split() == plain.split() and len(plain.splitlines()) == 2
    fitting = [line for line in text.splitlines() if " " in line.strip()]  # a long name stays whole
    assert max(map(len, fitting)) <= columns < max(map(len, plain.splitlines()))


def test_progress_leaves_no_trace(generated_data, tmp_path):
    """The line is wiped before the run ends, so that the summary stands alone."""
    _, shown = on_terminal("etl", "--input", generated_data, "--output", tmp_path / "out")
    last = re.split(r"[\r\n]", shown)[-1]
    assert re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", last).strip() == ""


@pytest.mark.parametrize("option", ["--quiet", "--json"])
def test_no_progress(generated_data, tmp_path, option):
    arguments = ("etl", "--input", generated_data, "--output", tmp_path / "out", option)
    _, shown = on_terminal(*arguments)
    assert option == "--json" or shown == ""


def test_no_color(generated_data, tmp_path):
    arguments = ("etl", "--input", generated_data, "--output", tmp_path / "out")
    _, shown = on_terminal(*arguments, env={"NO_COLOR": "1"})
    assert not re.search(r"\x1b\[[0-9;]*m", shown)


def test_relative_paths_and_file_addresses(source, tmp_path):
    etl("in", "a", cwd=tmp_path)
    etl(f"file://{source}", f"file://{tmp_path}/b")
    for name in "ab":
        assert sum(len(parquet_files(tmp_path / name, table)) for table in TABLES) == 5


# ---- generate ---------------------------------------------------------------------------------


ELSEWHERE = ["s3:/lake", "s3:lake", "s3a:/lake/app", "S3:/lake", "dbfs:/lake", "arn:aws:s3:::lake"]
ELSEWHERE += ["C:\\lake", "~/lake", "file:/lake", "gs:/lake"]


@pytest.mark.parametrize("address", ELSEWHERE)
def test_addresses_of_other_stores_are_no_folders(source, tmp_path, address):
    """The tables must not land in a folder of that name, where nobody looks for them."""
    work = tmp_path / "work"
    work.mkdir()
    for args in (
        ["etl", "--input", source, "--output", address],
        ["etl", "--input", address, "--output", "out"],
        ["generate", address, "--songs", "1", "--events", "1"],
        ["check", address],
        ["history", address],
        ["vacuum", address],
    ):
        done = run(*args, cwd=work)
        assert done.code == 2
        assert address in done.err
    for option in ("--output", "--input"):
        done = run("doctor", "--input", source, option, address, cwd=work)
        assert done.code == 1
        assert address in done.out
    assert list(work.iterdir()) == []


def test_generate_says_what_it_made_and_refuses_to_do_it_twice(tmp_path):
    size = ("--songs", 3, "--events", 50)
    first = run("generate", tmp_path / "data", *size)
    assert (first.code, first.err) == (0, "") and str(tmp_path / "data") in first.out
    again = run("generate", tmp_path / "data", *size)
    assert again.code == 1 and str(tmp_path / "data") in again.err
