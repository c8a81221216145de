"""What the tests of deploy/ and of the packages share: the program, the tools that check, an input.

SPARKIFY          the program (default: the release build)
SPARKIFY_STATIC   the static program, for packages and images (default: dist/sparkify-VERSION-MACHINE-linux)

A tool that is not installed skips its tests; with --all-tools, as `./dev test deploy` has it, it fails them.
"""

import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "tests/system"))
pytest_plugins = ["s3_server"]

PROGRAM = Path(os.environ.get("SPARKIFY") or PROJECT / "build/release/sparkify").resolve()
VERSION = re.search(r"project\(sparkify VERSION ([\d.]+)", (PROJECT / "CMakeLists.txt").read_text())[1]
STATIC = Path(
    os.environ.get("SPARKIFY_STATIC") or PROJECT / f"dist/sparkify-{VERSION}-{platform.machine()}-linux"
).resolve()
DEPLOY = PROJECT / "deploy"
LINTERS = PROJECT / ".venv/deploy"  # tests/deploy/requirements.txt
AIRFLOW = PROJECT / ".venv/airflow"  # tests/deploy/airflow-requirements.txt


def pytest_addoption(parser):
    parser.addoption("--all-tools", action="store_true", help="a tool that is missing is a failure")
    parser.addoption("--bless", action="store_true", help="write what was measured into deploy/cost.json anew")


def pytest_configure():
    if os.access("/dev/shm", os.W_OK):
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", "/dev/shm")


@pytest.fixture
def need(request):
    """need(path or program's name) → its path; skips or fails the test where it is not there."""

    def find(tool):
        found = tool if isinstance(tool, Path) and tool.exists() else None
        found = found or (isinstance(tool, str) and shutil.which(tool, path=f"{os.environ['PATH']}:/usr/sbin:/sbin"))
        if not found:
            (pytest.fail if request.config.getoption("--all-tools") else pytest.skip)(f"{tool} is not installed")
        return Path(found)

    return find


def call(*command, code=0, env=None, **how):
    """Runs a command to its end, which must have this exit code; gives what it said."""
    done = subprocess.run(
        list(map(str, command)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        env=None if env is None else {"PATH": os.environ["PATH"], **env},
        **how,
    )
    assert done.returncode == code, (done.returncode, done.stdout)
    return done.stdout


def beside(folder, program, *arguments, code=0, env=None):
    """A Python program whose packages are in a folder of their own."""
    env = {"PYTHONPATH": str(folder), "HOME": "/nonexistent", **(env or {})}
    return call(sys.executable, folder / "bin" / program, *arguments, code=code, env=env)


def keys_of(server):
    return {
        "AWS_ACCESS_KEY_ID": server.access_key,
        "AWS_SECRET_ACCESS_KEY": server.secret_key,
        "AWS_REGION": server.region,
    }


def etl(*arguments, program=PROGRAM, **how):
    return json.loads(call(program, "etl", "--json", "--quiet", *arguments, **how))


@pytest.fixture(scope="session")
def workspace(tmp_path_factory):
    """A small input: 40 song files, three days of logs."""
    folder = tmp_path_factory.mktemp("input") / "workspace"
    call(PROGRAM, "generate", folder, "--songs", "40", "--events", "300", "--days", "3", "--quiet")
    return folder


def log_files(folder):
    return sorted((folder / "log_data").rglob("*.json"))
