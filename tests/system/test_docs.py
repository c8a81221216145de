"""The documentation says what the program does: its options, commands, files and tables.

test_docs_run.py runs its commands."""

import functools
import re
import shlex

import pytest
from conftest import PROGRAM, PROJECT, run

PAGES = sorted(
    path
    for pattern in (
        "*.md",
        "docs/*.md",
        "bench/*.md",
        "examples/*/*.md",
        "deploy/**/*.md",
        "tests/**/*.md",
        "python/*.md",
    )
    for path in PROJECT.glob(pattern)
)
FENCE = re.compile(r"^ *```.*?^ *```$", re.DOTALL | re.MULTILINE)
SPAN = re.compile(r"`[^`\n]+`")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
LINK = re.compile(r"\]\(([^)\s]+)\)")
COMMAND = re.compile(r"(?:^|[\s(;&|])(?:[\w./]*/)?sparkify (?P<arguments>(?:'[^']*'|[^|>;&)#'])+)")
COMMANDS = ("etl", "query", "report", "serve", "history", "restore", "check", "vacuum", "doctor")
COMMANDS += ("generate", "init", "schema", "help")


def name_of(path):
    return str(path.relative_to(PROJECT))


every_page = pytest.mark.parametrize("page", PAGES, ids=name_of)


def shown(*arguments):
    done = run(*arguments, program=PROGRAM)
    assert (done.code, done.err) == (0, "")
    return done.out


# ---- What is printed here and there -----------------------------------------------------------


def test_tables_are_those_of_the_program():
    page = (PROJECT / "docs/tables.md").read_text()
    found = re.search(r"<!-- schema -->\n(.*)\n<!-- /schema -->", page, re.DOTALL)
    assert found, "docs/tables.md lacks its schema markers"
    assert found[1].strip() == shown("schema", "--markdown").strip()


# ---- Links ------------------------------------------------------------------------------------


def anchors(page):
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(page):
    links = LINK.findall(SPAN.sub("", FENCE.sub("", page.read_text())))
    broken = []
    for link in links:
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if re.match(r"[a-z]+:", link):
            continue
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    return broken


@every_page
def test_links_lead_somewhere(page):
    assert broken_links(page) == []


def test_the_index_lists_every_page():
    index = PROJECT / "docs/README.md"
    listed = {(index.parent / link.partition("#")[0]).resolve() for link in LINK.findall(index.read_text())}
    assert {name_of(page) for page in PROJECT.glob("docs/*.md")} - {name_of(p) for p in listed} == {"docs/README.md"}


# ---- Options ----------------------------------------------------------------------------------


@functools.cache
def options_of(command):
    return {"--help"} | set(OPTION.findall(shown("help", command)))


@functools.cache
def all_options():
    return {"--version"}.union(*map(options_of, COMMANDS))


def mentioned_options(text):
    """Options in the prose and in `--option` or `sparkify …`, not in other programs' commands."""
    prose = SPAN.sub(
        lambda span: span[0] if re.match(r"`(--|sparkify )", span[0]) else "",
        FENCE.sub("", text),
    )
    return set(OPTION.findall(prose))


@every_page
def test_options_exist(page):
    assert mentioned_options(page.read_text()) - all_options() == set()


@pytest.mark.parametrize("command", ["etl", "generate"])
def test_reference_has_every_option(command):
    page = (PROJECT / "docs/commands.md").read_text()
    assert options_of(command) - {"--help"} - mentioned_options(page) == set()


# ---- Commands ---------------------------------------------------------------------------------


def commands_in(text):
    """The arguments of each `sparkify …` in the fenced blocks of a page."""
    for block in FENCE.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            for match in COMMAND.finditer(line):
                arguments = shlex.split(match["arguments"])
                if arguments and (arguments[0] in COMMANDS or arguments[0].startswith("-")):
                    yield arguments


COMMAND_LINES = [
    pytest.param(arguments, id=f"{name_of(page)}: {shlex.join(arguments)}")
    for page in PAGES
    for arguments in commands_in(page.read_text())
]


@pytest.mark.parametrize("arguments", COMMAND_LINES)
def test_commands_parse(arguments):
    done = run(*arguments, "--help", program=PROGRAM)
    assert (done.code, done.err) == (0, "")


# ---- The checks themselves --------------------------------------------------------------------


def test_checks_see_what_is_wrong(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "# A heading\n"
        "[good](#a-heading) [gone](gone.md) [no anchor](page.md#gone) [outside](https://a.b/c)\n"
        "Prose with `--gone N`, `cmake --install x`, and `sparkify etl --lost`.\n"
        "```\n"
        "sparkify etl --input a \\\n  --wrong | jq . # sparkify help\n"
        "build/release/sparkify schema > file; source <(sparkify help --man)\n"
        "sparkify: an error\n"
        "```\n"
    )
    text = page.read_text()
    assert broken_links(page) == ["gone.md", "page.md#gone"]
    assert mentioned_options(text) - all_options() == {"--gone", "--lost"}
    assert list(commands_in(text)) == [
        ["etl", "--input", "a", "--wrong"],
        ["help"],
        ["schema"],
        ["help", "--man"],
    ]
    assert run("etl", "--input", "a", "--wrong", "--help", program=PROGRAM).code == 2
