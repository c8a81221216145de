"""What the tests of the package share: a data set, a lake, and ways to run Python beside."""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
PACKAGE = HERE.parent
REPOSITORY = PACKAGE.parent
LIBRARY = pathlib.Path(os.environ.get("SPARKIFY_LIBRARY") or REPOSITORY / "build" / "release" / "libsparkify.so")
os.environ["SPARKIFY_LIBRARY"] = str(LIBRARY)
sys.path.insert(0, str(PACKAGE))

import sparkify  # noqa: E402

SONGS, EVENTS = 200, 6000


def pytest_addoption(parser):
    parser.addoption("--bless", action="store_true", help="renew the picture in docs/images")


@pytest.fixture(autouse=True)
def _own_settings(tmp_path, monkeypatch):
    """No dl.cfg, sparkify.yaml or variable of the one who runs the tests."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith(("SPARKIFY_", "AWS_")) and name != "SPARKIFY_LIBRARY":
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def workspace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("workspace")
    sparkify.generate(folder, songs=SONGS, events=EVENTS, days=60)
    return folder


@pytest.fixture(scope="session")
def large_workspace(tmp_path_factory):
    """One whose run takes long enough to be interrupted anywhere."""
    folder = tmp_path_factory.mktemp("large")
    sparkify.generate(folder, songs=1500, events=300_000)
    return folder


@pytest.fixture(scope="session")
def lake_folder(workspace, tmp_path_factory):
    """Read only."""
    folder = tmp_path_factory.mktemp("lakes") / "lake"
    sparkify.etl(workspace, folder, progress=False)
    return folder


@pytest.fixture
def lake(lake_folder):
    return sparkify.Lake(lake_folder)


@pytest.fixture
def own_lake(lake_folder, tmp_path):
    """One that a test may change."""
    return sparkify.Lake(shutil.copytree(lake_folder, tmp_path / "own-lake"))


@pytest.fixture(scope="session")
def run_python():
    """run(code, *arguments, python=…, **environment): a program of its own; its exit status must be 0."""

    def run(code, *arguments, python=sys.executable, check=True, **environment):
        done = subprocess.run(
            [python, "-c", code, *map(str, arguments)],
            env={**os.environ, "PYTHONPATH": str(PACKAGE), **environment},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert not check or done.returncode == 0, done.stderr
        return done

    return run


def files_below(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*")) if folder.exists() else []
