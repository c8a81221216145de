"""Each source file has a test, and a name that no other file has.

A file src/<layer>/<file>.c is tested by tests/unit/<layer>/test_<file>.c, or a line of tests/unit/<layer>/COVERAGE says
which test covers it: `<file>.c: <path of the test>`."""

import re
from collections import defaultdict
from pathlib import Path

import pytest
from conftest import PROJECT, SAMPLE

SOURCE, UNIT = PROJECT / "src", PROJECT / "tests/unit"
LAYERS = sorted(path.name for path in SOURCE.iterdir() if any(path.rglob("*.c")))


def files_of(layer):
    return {str(path.relative_to(SOURCE / layer)) for path in (SOURCE / layer).rglob("*.c")}


def listed(layer):
    """{file: test} of the layer's COVERAGE."""
    path = UNIT / layer / "COVERAGE"
    lines = path.read_text().splitlines() if path.exists() else []
    return dict(line.split(": ", 1) for line in lines if line.strip())


def has_unit_test(layer, file):
    return (UNIT / layer / f"test_{Path(file).name}").exists()


@pytest.mark.parametrize("layer", LAYERS)
def test_each_file_has_a_test(layer):
    files, tests = files_of(layer), listed(layer)
    untested = {file for file in files if not has_unit_test(layer, file)}
    assert sorted(untested - tests.keys()) == []
    assert sorted(tests.keys() - untested) == [], "these are gone, or have a unit test of their own"
    assert sorted(test for test in tests.values() if not (PROJECT / test).is_file()) == []


# What the built-in model says and no other need say: the engines serve any model.
DISTINCTIVE = re.compile("(?i:song|artist|log_data)|userId|itemInSession|userAgent|NextSong")
COMMENT = {".sql": re.compile("--.*")} | dict.fromkeys((".c", ".h"), re.compile(r"/\*.*?\*/", re.DOTALL))
PHASES = re.compile(r"PHASE_\w+")  # of src/run: what a run's report calls them


@pytest.mark.parametrize("layer", ["native", "spark"])
def test_engines_do_not_know_the_model(layer):
    found, files = {}, [path for path in (SOURCE / layer).rglob("*") if path.suffix in COMMENT]
    for path in files:
        code = PHASES.sub("", COMMENT[path.suffix].sub("", path.read_text()))
        words = sorted(set(DISTINCTIVE.findall(code)))
        if words:
            found[str(path.relative_to(SOURCE))] = words
    assert len(files) > 20
    assert found == {}


def test_names_of_files_are_unique():
    places = defaultdict(set)
    for path in SOURCE.rglob("*.[ch]"):
        if path.parent.name != "include":  # a layer's public header has the layer's name
            places[path.name].add(path.relative_to(SOURCE).parts[0])
    assert {name: rooms for name, rooms in places.items() if len(rooms) > 1} == {}


def test_the_architecture_names_what_is_there():
    """Files and functions that ARCHITECTURE.md names exist, so that a reader can follow it."""
    text = (PROJECT / "ARCHITECTURE.md").read_text()
    paths = [path for folder in ("src", "tests", "python", "deploy") for path in (PROJECT / folder).rglob("*")]
    names = set(
        re.findall(
            r"\w+", " ".join(path.read_text() for path in paths if path.suffix in (".c", ".h") and path.is_file())
        )
    )
    files = set(re.findall(r"(?<![\w*>])(?:[\w-]+/)*\w+\.(?:[ch]|py|txt)\b", text))
    functions = set(re.findall(r"`([a-z]+(?:_[a-z0-9]+)+)`", text))
    ends = {"/".join(path.parts[-n:]) for path in paths for n in (1, 2, 3)}
    ends |= {end.replace("/include/", "/") for end in ends}
    assert len(files) > 60 and len(functions) > 20
    assert sorted(files - ends - {path.relative_to(PROJECT).as_posix() for path in paths}) == []
    assert sorted(functions - names) == []


def test_pictures_and_samples_are_small():
    """What a clone must fetch stays small: at most 300 KB for a picture, and for the sample."""
    sizes = {path: path.stat().st_size for path in (PROJECT / "docs/images").iterdir()}
    sizes[SAMPLE] = sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file())
    assert {path.name for path, size in sizes.items() if size > 300_000} == set()
