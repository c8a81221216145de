"""The wheel: what is in it, that its bytes are always the same, and that each Python of this machine runs it."""

import base64
import csv
import glob
import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile

import pytest
from conftest import LIBRARY, PACKAGE, REPOSITORY

import sparkify

SCRIPT = PACKAGE / "build_wheel.py"


def build(out, *arguments):
    done = subprocess.run(
        [sys.executable, SCRIPT, "--library", LIBRARY, "--out", out, *arguments], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """SPARKIFY_WHEEL, or one that is made of the library that the tests use."""
    return os.environ.get("SPARKIFY_WHEEL") or build(tmp_path_factory.mktemp("dist"))


def test_same_bytes_each_time(tmp_path):
    os.utime(SCRIPT)
    first, second = (build(tmp_path / name) for name in ("a", "b"))
    assert os.path.basename(first) == os.path.basename(second) and open(first, "rb").read() == open(second, "rb").read()


def test_contents(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        record = next(name for name in names if name.endswith("/RECORD"))
        rows = list(csv.reader(archive.read(record).decode().splitlines()))
        assert sorted(row[0] for row in rows) == sorted(names)
        for name, digest, size in rows:
            if name != record:
                data = archive.read(name)
                expected = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
                assert (digest, int(size)) == (f"sha256={expected}", len(data))
        metadata = archive.read(record.replace("RECORD", "METADATA")).decode()
    assert {"sparkify/py.typed", "sparkify/libsparkify.so.0", "sparkify/_worker.py"} <= set(names)
    assert not any("tests" in name or name.endswith(".pyc") for name in names)
    assert f"Version: {sparkify.__version__}\n" in metadata and "Requires-Python: >=3.10" in metadata
    assert 'Requires-Dist: duckdb>=1.5 ; extra == "query"' in metadata
    assert not re.search(r"^Requires-Dist: [^;]*$", metadata, re.M), "nothing that is always needed"


def test_tag(tmp_path):
    assert build(tmp_path, "--platform", "manylinux2014_x86_64").endswith("-py3-none-manylinux2014_x86_64.whl")


def test_no_library(tmp_path):
    (tmp_path / "text").write_text("no library")
    done = subprocess.run(
        [sys.executable, SCRIPT, "--library", tmp_path / "text", "--out", tmp_path], capture_output=True, text=True
    )
    assert done.returncode == 1 and "no ELF file" in done.stderr


def test_manylinux(wheel):
    if "manylinux" not in os.path.basename(wheel):
        pytest.skip("the library is one of this system; SPARKIFY_WHEEL names a wheel for all")
    done = subprocess.run([sys.executable, "-m", "auditwheel", "show", wheel], capture_output=True, text=True)
    assert "manylinux_2_17" in done.stdout and done.returncode == 0, done.stdout + done.stderr


# ---- Each Python of this machine -----------------------------------------------------------------


def pythons():
    """The newest of each minor version."""
    found = {}
    places = ["/usr/bin/python3.*", "/usr/local/bin/python3.*", os.path.expanduser("~/.pyenv/versions/*/bin/python3.*")]
    paths = [path for place in places for path in sorted(glob.glob(place)) if path.rpartition(".")[2].isdigit()]
    for path in [sys.executable, *paths]:
        code = "import sys, venv, ensurepip; print(*sys.version_info[:2], sys.implementation.name)"
        done = subprocess.run([path, "-c", code], capture_output=True, text=True) if os.access(path, os.X_OK) else None
        if done and done.returncode == 0:
            major, minor, name = done.stdout.split()
            if (int(major), int(minor)) >= (3, 10):
                found.setdefault(f"{name}-{major}.{minor}", path)
    return found


SMOKE = """
import os, sys, warnings
warnings.simplefilter("error")
import sparkify
assert "SPARKIFY_LIBRARY" not in os.environ and "site-packages" in sparkify.__file__
sparkify.generate("workspace", songs=50, events=500)
summary = sparkify.etl(input="workspace", output="lake")
assert summary.committed and summary.rows["songs"] == 50, summary
lake = sparkify.Lake("lake")
plays = lake.table("songplays")
assert len(list(plays)) == len(plays) == summary.rows["songplays"]
assert "20 of" in repr(plays) and lake.check()
capsule = plays.__arrow_c_stream__()
del capsule, plays
try:
    sparkify.etl(input="nothing", output="lake")
except sparkify.SparkifyError as error:
    assert error.hint and (error.hint in str(error) or error.__notes__ == [error.hint])
else:
    sys.exit("no error")
try:
    lake.query("top-songs")
except sparkify.MissingPackage as error:
    assert error.hint == "pip install 'sparkify[query]'"
else:
    sys.exit("no error")
"""


@pytest.mark.parametrize("name", pythons())
def test_fresh_environment(wheel, name, tmp_path):
    python = tmp_path / "venv" / "bin" / "python"
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("SPARKIFY_", "PYTHON"))}

    def run(*arguments):
        done = subprocess.run(arguments, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run(pythons()[name], "-m", "venv", "--without-pip", tmp_path / "venv")
    pip = (sys.executable, "-m", "pip", "--python", python, "--quiet", "--disable-pip-version-check")
    run(*pip, "install", "--no-index", wheel)
    run(python, "-X", "dev", "-c", SMOKE)
    assert run(tmp_path / "venv/bin/sparkify", "--version").startswith(f"sparkify {sparkify.__version__}")
    assert run(python, "-m", "sparkify", "history", "lake").count("etl") == 1
    assert "5 tables" in run(
        python, "-c", "import sparkify; print(len(sparkify.Lake('lake').history[0].rows), 'tables')"
    )
    run(*pip, "uninstall", "--yes", "sparkify")
    assert not list((tmp_path / "venv").rglob("*sparkify*")), "nothing is left"


def test_pip_builds_it_from_the_source(tmp_path):
    """pip install ./python, with the library that is built."""
    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index", "-w", tmp_path, PACKAGE],
        env=os.environ | {"SPARKIFY_LIBRARY": str(LIBRARY)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert [path.suffix for path in tmp_path.iterdir() if path.is_file()] == [".whl"]


# ---- The command ---------------------------------------------------------------------------------


def command(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "sparkify", *arguments],
        env=os.environ | {"PYTHONPATH": str(PACKAGE)},
        capture_output=True,
        text=True,
        **options,
    )


def test_command(lake_folder, tmp_path):
    assert command("--version").stdout.startswith(f"sparkify {sparkify.__version__}")
    wrong = command("etl", "--thraeds", "2")
    assert wrong.returncode == 2 and "--threads" in wrong.stderr and "Traceback" not in wrong.stderr
    assert command("history", str(tmp_path / "nothing")).returncode == 1


def test_query_of_the_command(lake_folder):
    pytest.importorskip("_duckdb")
    done = command("query", str(lake_folder), "top-songs", "--format", "csv")
    assert done.returncode == 0 and len(done.stdout.splitlines()) == 11, done.stderr


def test_command_in_a_pipe_that_closes(lake_folder):
    code = f"{sys.executable} -m sparkify schema --json | head -n 1"
    done = subprocess.run(
        code, shell=True, env=os.environ | {"PYTHONPATH": str(PACKAGE)}, capture_output=True, text=True
    )
    assert done.stdout == "{\n" and done.stderr == ""


# ---- Types and style -----------------------------------------------------------------------------


def test_mypy(tmp_path):
    pytest.importorskip("mypy")
    (tmp_path / "user.py").write_text("""
import sparkify

summary = sparkify.etl("a", "b", threads=2, incremental=True, progress=lambda p: print(p.share))
rows: dict[str, int] = summary.rows
for version in sparkify.Lake("b", endpoint="http://x").versions():
    number: int = version.version
names: list[str] = sparkify.Lake().table("users", columns=["level"]).columns
sparkify.etl("a", "b", thraeds=2)
sparkify.etl("a", "b", compression="brotli")
""")
    for version in ("3.10", "3.14"):
        options = ["--strict", "--python-version", version, "--cache-dir", tmp_path / "cache"]
        options += ["--config-file", PACKAGE / "pyproject.toml"]
        done = subprocess.run(
            [sys.executable, "-m", "mypy", *options, PACKAGE / "sparkify", tmp_path / "user.py"],
            cwd=PACKAGE,
            capture_output=True,
            text=True,
        )
        errors = [line for line in done.stdout.splitlines() if ": error: " in line]
        assert len(errors) == 2 and "thraeds" in errors[0] and "brotli" in errors[1], done.stdout


def test_vermin():
    pytest.importorskip("vermin")
    program = os.path.join(os.path.dirname(sys.executable), "vermin")
    options = ["-t=3.10-", "--no-tips", "--backport", "typing_extensions"]
    done = subprocess.run([program, *options, PACKAGE / "sparkify"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_version_is_one():
    assert f'version = "{sparkify.__version__}"' in (PACKAGE / "pyproject.toml").read_text()
    assert f"VERSION {sparkify.__version__}" in (REPOSITORY / "CMakeLists.txt").read_text()


def test_no_library_is_said_in_full(tmp_path, run_python):
    shutil.copytree(PACKAGE / "sparkify", tmp_path / "sparkify", ignore=shutil.ignore_patterns("__pycache__", "*.so*"))
    done = run_python("import sparkify", check=False, SPARKIFY_LIBRARY="", PYTHONPATH=str(tmp_path))
    assert "the library of sparkify is not there" in done.stderr and "SPARKIFY_LIBRARY" in done.stderr
