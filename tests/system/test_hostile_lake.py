"""A lake that somebody else has written to: nothing that is not sparkify's own is ever touched."""

import json

import pytest
from conftest import etl, message, play, run, snapshot, song, write_input

RUN = "20181101T120000Z-1f2e3d4c"
PARTITION = "year=1/artist_id=a"
FILE = f"part-00000-{RUN}.zstd.parquet"
# Keys that an entry of a plan, or an action of a log, may name to lead elsewhere.
KEYS = {
    "out of the lake": "../../home/thesis.txt",
    "out of the table": f"../users/{FILE}",
    "absolute": "/home/thesis.txt",
    "out and in again": f"../songs/{PARTITION}/{FILE}",
    "within": f"{PARTITION}/../artist_id=b/{FILE}",
    "not of sparkify": f"{PARTITION}/thesis.parquet",
    "in no partition": FILE,
    "the log": "_delta_log/00000000000000000000.json",
    "empty": "",
}
COMMANDS = {
    "etl": lambda source, lake: ("etl", "--input", source, "--output", lake),
    "vacuum": lambda source, lake: ("vacuum", lake),
    "restore": lambda source, lake: ("restore", lake, "--at", "0"),
    "check": lambda source, lake: ("check", lake),
}


@pytest.fixture
def source(tmp_path):
    return write_input(tmp_path / "source", [song(), song(song_id="S2", artist_id="A2")], [play()])


@pytest.fixture
def lake(tmp_path, source):
    home = tmp_path / "home"
    home.mkdir()
    (home / "thesis.txt").write_text("precious")
    etl(source, tmp_path / "lake")
    return tmp_path / "lake"


def edit_plan(lake, table, kind, text, replaced=("", "")):
    """Puts the text behind a table's part of the newest plan, and replaces one by another in all
    parts, as somebody would who knows how."""
    path = max((lake / "_sparkify/commits").iterdir())
    decision = json.loads(path.read_text())
    plan, parts = (lake / decision["plan"]).read_bytes(), {}
    for part in ["log", "entries"]:
        for name, said in decision["tables"].items():
            parts[part, name], plan = plan[: said[part]], plan[said[part] :]
    assert not plan
    parts[kind, table] += text.encode()
    old, new = (text.encode() for text in replaced)
    parts = {part: content.replace(old, new) if old else content for part, content in parts.items()}
    for (part, name), content in parts.items():
        decision["tables"][name][part] = len(content)
    decision.pop("plan_hash", None)
    (lake / decision["plan"]).write_bytes(b"".join(parts.values()))
    path.write_text(json.dumps(decision))
    return decision["plan"]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("case", KEYS)
def test_a_plan_that_names_other_files(lake, source, case, command):
    plan = edit_plan(lake, "songs", "entries", f"8 1 0 1 0 1 1 0 {KEYS[case]}\t\n")
    edit_plan(lake, "songs", "entries", "")
    old, home = snapshot(lake), snapshot(lake.parent / "home")
    said = message(run(*COMMANDS[command](source, lake)))
    assert f"{plan} is damaged" in said
    assert KEYS[case] in said
    assert snapshot(lake) == old
    assert snapshot(lake.parent / "home") == home


# A version that a crashed run had decided, and not come to put.
@pytest.mark.parametrize("case", KEYS)
@pytest.mark.parametrize("action", ["add", "remove"])
def test_a_version_that_names_other_files(lake, source, case, action):
    line = json.dumps({action: {"path": KEYS[case], "size": 1, "dataChange": True}})
    plan = edit_plan(lake, "songs", "log", line + "\n")
    (lake / "songs/_delta_log/00000000000000000000.json").unlink()
    old = snapshot(lake)
    for command in ["etl", "vacuum"]:
        assert f"{plan} is damaged" in message(run(*COMMANDS[command](source, lake)))
    assert not list((lake / "songs/_delta_log").glob("*.json"))
    assert snapshot(lake) == old


STRAYS = [
    "_sparkify/thesis.txt",
    "_sparkify/plans/thesis.txt",
    "_sparkify/plans/.thesis.txt.tmp",
    f"_sparkify/plans/deep/{RUN}.plan",
    "_sparkify/staging/x/thesis.txt",
    "_sparkify/staging/thesis.txt",
    "_sparkify/staging/doctor-x/thesis.txt",
    "_sparkify/runs/notes-of-twenty-five-char.json",
    "_sparkify/runs/.thesis.txt.tmp",
    "_sparkify/commits/thesis.json",
    "_sparkify/commits/.thesis.json.tmp",
    "_sparkify/state/songs/thesis.parquet",
    "_sparkify/state/users/.thesis.parquet.tmp",
    "_rejects/run=x/.part-00000.json.tmp",
    "_rejects/thesis.txt",
    "songs/_delta_log/.thesis.json.tmp",
]


def test_files_of_others_in_the_lakes_own_folders(lake, source):
    for name in STRAYS:
        path = lake / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("precious")
    assert run("vacuum", lake).code == 0
    etl(source, lake)
    write_input(source, [song(song_id="S3")], [play(ts=1541106106797)])
    etl(source, lake)
    for name in STRAYS:
        assert (lake / name).read_text() == "precious"
