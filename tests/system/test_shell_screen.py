"""The shell of `sparkify query` as a terminal shows it, in widths that people have.

`--bless` renews the picture in docs/images."""

import html
import shutil

import pyte
import pytest
from browser import SCREENSHOTS, chromium, needs_chromium, open_page  # noqa: F401
from conftest import PROGRAM, PROJECT, run
from lake_tables import ENV, LIBRARY
from terminal import Terminal

pytestmark = pytest.mark.skipif(not LIBRARY.exists(), reason="DuckDB's library needs npm")

PROMPT, ROWS = "sparkify> ", 50
PICTURE = PROJECT / "docs/images/shell.png"
STYLE = """body { margin: 0; background: #1f2328 }
pre { display: inline-block; margin: 0; padding: 18px 22px; color: #e6edf3;
      font: 14px/1.35 'DejaVu Sans Mono', 'Liberation Mono', monospace }"""


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shell")
    assert run("generate", folder / "in", "--songs", 2000, "--events", 20000, program=PROGRAM).code == 0
    assert run("etl", "--input", folder / "in", "--output", folder / "lake", program=PROGRAM).code == 0
    yield folder / "lake"
    shutil.rmtree(folder / "in")


def screen(lake, tmp_path, columns, *statements):
    """The lines that a terminal of so many columns shows when these have been typed."""
    env = {**ENV, "XDG_STATE_HOME": str(tmp_path), "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}
    shell = Terminal(PROGRAM, "query", "lake", env=env, columns=columns, cwd=lake.parent)
    shown = shell.read_until(PROMPT)
    for statement in statements:
        shell.type(statement + "\n")
        shown += shell.read_until(PROMPT)
    assert shell.end() == 0
    terminal = pyte.Screen(columns, ROWS)
    pyte.Stream(terminal).feed(shown)
    lines = [line.rstrip() for line in terminal.display]
    while not lines[-1]:
        lines.pop()
    return lines


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_every_line_fits(lake, tmp_path, columns):
    """Nothing is wrapped by the terminal: what it was sent in one line is one line."""
    lines = screen(lake, tmp_path, columns, "top-songs")
    rule = [line for line in lines if line.startswith("──")]
    assert len(rule) == 1 and len(rule[0]) <= columns
    table = lines[lines.index(rule[0]) - 1 :]
    assert table[0].startswith("song") and len(table) >= 12
    assert all(len(line) <= columns for line in table)
    assert table[0].split() == ["song", "artist", "plays", "listeners"]
    assert lines[0].startswith("version 0 of lake; ") and not lines[0].endswith("c")


@needs_chromium
def test_the_picture_in_the_documentation(lake, tmp_path, chromium, bless):  # noqa: F811
    sql = "SELECT level, count(*) AS plays, count(DISTINCT user_id) AS users\n  FROM songplays GROUP BY level;"
    lines = screen(lake, tmp_path, 84, "top-songs", sql)
    assert any(line.startswith("level") for line in lines)
    page = tmp_path / "shell.html"
    page.write_text(f"<meta charset=utf-8><style>{STYLE}</style><pre>{html.escape(chr(10).join(lines))}</pre>")
    with open_page(chromium, page) as shown:
        box = shown.locator("pre").bounding_box()
        clip = {"x": 0, "y": 0, "width": box["width"], "height": box["height"]}
        shown.screenshot("shell", clip=clip)
    if bless:
        shutil.copy(SCREENSHOTS / "shell.png", PICTURE)
    assert 5_000 < PICTURE.stat().st_size <= 300_000
    assert all("images/shell.png" in (PROJECT / name).read_text() for name in ("README.md", "docs/query.md"))
