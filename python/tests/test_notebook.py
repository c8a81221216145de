"""examples/notebook.ipynb in a kernel without a screen, and a picture of it.

`--bless` renews the picture in docs/images."""

import contextlib
import json
import os
import shutil
import subprocess
import sys

import pytest
from conftest import PACKAGE, REPOSITORY

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")

NOTEBOOK = REPOSITORY / "examples" / "notebook.ipynb"
PICTURE = REPOSITORY / "docs" / "images" / "notebook.png"
SCREENSHOTS = REPOSITORY / "build" / "screenshots"
CHROMIUM = os.environ.get("SPARKIFY_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    """Where this Python is the kernel named "python3", with the package on its path."""
    folder = tmp_path_factory.mktemp("kernel")
    spec = folder / "kernels" / "python3"
    spec.mkdir(parents=True)
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    environment = {"PYTHONPATH": str(PACKAGE), "SPARKIFY_LIBRARY": os.environ["SPARKIFY_LIBRARY"]}
    (spec / "kernel.json").write_text(
        json.dumps({"argv": command, "display_name": "Python 3", "language": "python", "env": environment})
    )
    os.environ["JUPYTER_PATH"] = str(folder)
    yield folder
    del os.environ["JUPYTER_PATH"]


@pytest.fixture(scope="module")
def run(kernel, tmp_path_factory):
    """The notebook after all of its cells have run."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    folder = tmp_path_factory.mktemp("notebook")
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()
    return notebook


def outputs(notebook, name):
    (cell,) = (cell for cell in notebook.cells if cell.id == name)
    return cell.outputs


def html(notebook, name):
    return "".join(output.get("data", {}).get("text/html", "") for output in outputs(notebook, name))


def test_notebook_is_committed_without_outputs():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert all(not cell.outputs and cell.execution_count is None for cell in notebook.cells if cell.cell_type == "code")


def test_cells(run):
    assert html(run, "etl").count("<tr>") == 6 and "plays" in html(run, "etl")
    assert html(run, "top").count("<tr>") == 11 and "<th" in html(run, "top")
    assert html(run, "sql").count("<tr>") == 8
    assert "free" in html(run, "pandas") and "20 of " in html(run, "users")
    assert html(run, "history").count("<tr>") == 3
    newest, first = sorted(eval(outputs(run, "compare")[0]["data"]["text/plain"]).items(), reverse=True)
    assert newest[0] == 1 and newest[1] > first[1] > 0
    assert (
        "tilte" in outputs(run, "error")[0]["text"] and "all is right" in outputs(run, "check")[0]["data"]["text/plain"]
    )


def test_nothing_but_results_is_shown(run):
    """No bar that stays, no warning, nothing of stderr."""
    for cell in run.cells:
        for output in cell.get("outputs", []):
            assert output.output_type in ("execute_result", "display_data", "stream"), output
            assert output.get("name") != "stderr", output
    assert "<progress" not in html(run, "etl")


def test_interrupt_from_the_front_end(kernel, large_workspace, tmp_path):
    """The stop button: SIGINT to the kernel."""
    code = (
        f"import sparkify\nsparkify.etl({str(large_workspace)!r}, {str(tmp_path / 'lake')!r}, threads=1, progress=tick)"
    )
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell("import os, signal\ndef tick(p): os.kill(os.getpid(), signal.SIGINT)"),
            nbformat.v4.new_code_cell(code),
            nbformat.v4.new_code_cell("1 + 1"),
        ]
    )
    nbclient.NotebookClient(notebook, timeout=60, allow_errors=True).execute()
    interrupted, after = notebook.cells[1:]
    assert [output.ename for output in interrupted.outputs] == ["KeyboardInterrupt"]
    assert after.outputs[0]["data"]["text/plain"] == "2"
    assert [path for path in (tmp_path / "lake").rglob("*") if path.is_file()] == []


@pytest.mark.skipif(not CHROMIUM, reason="needs Chromium: apt-get install chromium")
def test_picture(run, tmp_path, request):
    nbconvert = pytest.importorskip("nbconvert")
    page, _ = nbconvert.HTMLExporter(template_name="lab").from_notebook_node(run)
    (tmp_path / "notebook.html").write_text(page)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    screenshot(tmp_path / "notebook.html", SCREENSHOTS / "notebook-whole.png", height=4200)
    screenshot(tmp_path / "notebook.html", SCREENSHOTS / "notebook.png", height=1290)
    assert (SCREENSHOTS / "notebook.png").stat().st_size > 20_000
    if request.config.getoption("--bless"):
        shutil.copy(SCREENSHOTS / "notebook.png", PICTURE)
    assert PICTURE.read_bytes()[:4] == b"\x89PNG" and PICTURE.stat().st_size <= 300 << 10
    assert "images/notebook.png" in (REPOSITORY / "docs" / "python.md").read_text()


def screenshot(page, picture, height):
    options = ["--headless", "--disable-gpu", "--hide-scrollbars", f"--window-size=900,{height}"]
    if os.geteuid() == 0:
        options.append("--no-sandbox")
    with contextlib.suppress(FileNotFoundError):
        picture.unlink()
    subprocess.run(
        [CHROMIUM, *options, "--virtual-time-budget=5000", f"--screenshot={picture}", page.as_uri()],
        check=True,
        capture_output=True,
        timeout=60,
    )
