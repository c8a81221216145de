"""What the release is built with: a mistake ends the program instead of helping whoever made the input."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import PROGRAM

needs_readelf = pytest.mark.skipif(not shutil.which("readelf"), reason="no readelf")


def read_elf(*options):
    return subprocess.run(
        ["readelf", "-W", *options, PROGRAM], capture_output=True, text=True, check=True
    ).stdout


@needs_readelf
def test_hardening():
    header, segments, dynamic = read_elf("-h"), read_elf("-l"), read_elf("-d")
    symbols = read_elf("--dyn-syms")
    if "__asan_init" in symbols or "__tsan_init" in symbols:
        pytest.skip("a build for tests")
    assert "DYN" in header  # addresses are chosen anew for each process
    assert "GNU_RELRO" in segments and "NOW" in dynamic
    assert "RWE" not in segments
    assert "RPATH" not in dynamic and "RUNPATH" not in dynamic
    assert "__stack_chk_fail" in symbols
    assert "_chk@" in symbols  # FORTIFY_SOURCE
    if "X86-64" in header:
        assert "IBT" in read_elf("-n") and "SHSTK" in read_elf("-n")


# ---- The pages of web/ --------------------------------------------------------------------------

SOURCE = Path(__file__).resolve().parents[2]


TOOLS = {
    "npm": 'echo npm >>"$(dirname "$0")/ran"; sleep 0.2',
    "node": 'echo node >>"$(dirname "$0")/ran"; mkdir -p "$3"; echo "<p>made by node" >"$3/report.html"',
}


class Web:
    """A copy of web/ without its dist, and programs in place of npm and node that write down that they ran."""

    def __init__(self, folder):
        self.folder, self.source = folder, folder / "source"
        shutil.copytree(
            SOURCE / "web", self.source, ignore=shutil.ignore_patterns("dist", "node_modules")
        )
        self.tools = folder / "tools"
        self.tools.mkdir()
        for name in TOOLS:
            self.program(name, TOOLS[name])

    def program(self, name, text):
        (self.tools / name).write_text(f"#!/bin/sh\n{text}\n")
        (self.tools / name).chmod(0o755)

    def start(self, output, has_npm=True):
        npm = self.tools / "npm" if has_npm else "NPM-NOTFOUND"
        defines = {"SOURCE": self.source, "SHARED": self.folder / "shared", "NPM": npm, "OUTPUT": output}
        return subprocess.Popen(
            [
                "cmake",
                *(f"-D{name}={value}" for name, value in defines.items()),
                *("-P", SOURCE / "cmake/web_build.cmake"),
            ],
            env={**os.environ, "PATH": f"{self.tools}:{os.environ['PATH']}"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def build(self, name, **options):
        process = self.start(self.folder / name, **options)
        return process.communicate()[0] if process.wait() else (self.folder / name / "report.html").read_text()

    def ran(self):
        ran = self.tools / "ran"
        return ran.read_text().split() if ran.exists() else []


@pytest.fixture
def web(tmp_path):
    if not shutil.which("cmake"):
        pytest.skip("no cmake")
    return Web(tmp_path)


def test_pages_are_bundled_once_for_all_builds(web):
    builds = [web.start(web.folder / f"build{i}") for i in range(3)]
    for i, build in enumerate(builds):
        assert build.wait() == 0, build.stdout.read()
        assert (web.folder / f"build{i}/report.html").read_text() == "<p>made by node\n"
    assert web.ran() == ["npm", "node"]
    (web.source / "report/page.css").write_text("body{}")
    web.build("build0")
    assert web.ran() == ["npm", "node", "node"]


def test_pages_of_a_release_need_no_npm(web):
    web.build("first")
    shutil.copytree(web.folder / "shared/dist", web.source / "dist")
    shutil.rmtree(web.folder / "shared")
    assert web.build("second") == "<p>made by node\n"
    assert web.ran() == ["npm", "node"]  # the same sources: taken from dist
    (web.source / "report/page.css").write_text("body{}")
    assert web.build("third", has_npm=False) == "<p>made by node\n"
    assert web.ran() == ["npm", "node"]  # other sources, but nothing to bundle them with
    assert web.build("fourth") == "<p>made by node\n"
    assert web.ran() == ["npm", "node", "npm", "node"]


@pytest.mark.parametrize("tool, what", [("npm", "npm ci failed"), ("node", "bundling web/ failed")])
def test_pages_that_cannot_be_bundled(web, tool, what):
    web.program(tool, "echo the cause; exit 1")
    said = web.build("first")
    assert "the cause" in said and what in said and "SPARKIFY_PAGES=OFF" in said
    web.program(tool, TOOLS[tool])
    assert web.build("first") == "<p>made by node\n"
