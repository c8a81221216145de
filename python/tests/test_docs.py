"""What is written down works: doctests, the code of docs/python.md, and the lists of options."""

import doctest
import importlib
import json
import os
import pkgutil
import re
import subprocess
import sys

import pytest
from conftest import PACKAGE, REPOSITORY

import sparkify

PAGE = (REPOSITORY / "docs" / "python.md").read_text()
MODULES = [module.name for module in pkgutil.iter_modules([str(PACKAGE / "sparkify")]) if module.name != "__main__"]


def test_doctests(lake_folder, tmp_path):
    workspace = tmp_path / "example"
    sparkify.generate(workspace, songs=50, events=500)
    names = {"example_lake": lake_folder, "example_workspace": workspace, "example_folder": tmp_path}
    tried = 0
    for name in MODULES:
        result = doctest.testmod(importlib.import_module(f"sparkify.{name}"), extraglobs=names)
        assert result.failed == 0, name
        tried += result.attempted
    assert tried >= 15


def test_code_of_the_page(tmp_path, monkeypatch):
    for package in ("duckdb", "pandas", "polars", "pyarrow"):
        pytest.importorskip(package)
    blocks = re.findall(r"<!-- run -->\n```python\n(.*?)```", PAGE, re.S)
    assert len(blocks) >= 7
    names: dict = {}
    for block in blocks:
        exec(compile(block, "docs/python.md", "exec"), names)
    assert names["summary"].committed and (tmp_path / "report.html").exists()


def test_page_names_what_there_is():
    for name in re.findall(r"sparkify\.([A-Z]\w+)", PAGE):
        assert hasattr(sparkify, name), name
    for name in re.findall(r"lake\.(\w+)\(", PAGE):
        assert hasattr(sparkify.Lake, name), name


def test_everything_public_has_a_docstring():
    for name in sparkify.__all__:
        member = getattr(sparkify, name)
        if name != "__version__":
            assert member.__doc__, name
        for attribute, value in vars(member).items() if isinstance(member, type) else ():
            if not attribute.startswith("_") and (callable(value) or isinstance(value, property)):
                assert value.__doc__, f"{name}.{attribute}"


# Those of the program alone, and the operand.
NOT_HERE = {"input", "output", "json", "quiet", "verbose", "help", "log-file", "log-format", "log-level"} | {"version"}


@pytest.mark.parametrize("command, options", [("etl", sparkify.EtlOptions), ("generate", sparkify.GenerateOptions)])
def test_lists_of_options_are_those_of_the_program(command, options):
    arguments = [sys.executable, "-m", "sparkify", "help", command, "--json"]
    done = subprocess.run(arguments, env=os.environ | {"PYTHONPATH": str(PACKAGE)}, capture_output=True, text=True)
    (document,) = json.loads(done.stdout)["commands"]
    names = {option["name"] for option in document["options"]} - NOT_HERE
    if command == "generate":
        names -= {"settings", "use"}
    assert {name.replace("-", "_") for name in names} == set(options.__annotations__)
