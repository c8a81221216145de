"""Text that others have chosen, on its way to a terminal: no command passes on what a terminal obeys."""

import json
import re

import pytest
from conftest import etl, play, run, song, write_input

# Each stands for one character that a terminal, or the order of the text on it, would obey.
HARMFUL = {
    "ESC": "\x1b", "BEL": "\x07", "CR": "\r", "DEL": "\x7f", "first of C1": "\x80", "CSI": "\x9b",
    "last of C1": "\x9f", "arabic letter mark": "\u061c", "left-to-right mark": "\u200e",
    "right-to-left mark": "\u200f", "line separator": "\u2028", "override": "\u202e",
    "isolate": "\u2066", "end of isolates": "\u2069", "annotation": "\ufff9", "tag": "\U000e0041",
}  # fmt: skip
HARMLESS = ["é", "\xa0", "ÿ", "世", "\u200d", "\u2027", "\u202f", "😀", "\U0010ffff"]
OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
                    "\ufff9-\ufffb\U000e0000-\U000e007f]")  # fmt: skip


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    names = [f"a{text}b" for text in [*HARMFUL.values(), *HARMLESS]]
    fields = {name: 1 for name in names}
    return write_input(tmp_path_factory.mktemp("source"), [song(**fields)], [play()])


def test_names_of_unknown_fields(source, tmp_path):
    done = run("etl", "--input", source, "--output", tmp_path / "lake")
    assert done.code == 0
    assert not OBEYED.search(done.out)
    assert f"a{HARMLESS[0]}b" in done.out
    summary = run("etl", "--input", source, "--dry-run", "--json")
    assert not OBEYED.search(summary.out)
    found = json.dumps(json.loads(summary.out), ensure_ascii=False)
    assert all(text in found for text in HARMLESS)
    names = json.loads(summary.out)["sources"]["songs"]["unknown_fields"]
    assert {f"a{text}b" for text in HARMFUL.values()} <= set(names)


@pytest.mark.parametrize("name", HARMFUL)
def test_history(source, tmp_path, name):
    lake, text = tmp_path / "lake", f"x{HARMFUL[name]}y"
    etl(source, lake)
    [path] = (lake / "_sparkify/commits").iterdir()
    decision = json.loads(path.read_text())
    decision["operation"] = text
    path.write_text(json.dumps(decision))
    for options in [(), ("--json",)]:
        done = run("history", lake, *options)
        assert not OBEYED.search(done.out + done.err)
    assert "x?y" in run("history", lake).out


def test_names_of_files(source, tmp_path):
    lake = tmp_path / "lake"
    etl(source, lake)
    (lake / "users" / "part\x1b]0;title\x07\x9b31m.parquet").write_text("x")
    for command in ["check", "vacuum"]:
        done = run(command, lake)
        assert done.code == 1
        assert not OBEYED.search(done.out + done.err)
