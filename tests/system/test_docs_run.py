"""The commands of the documentation are run: each fenced block of each page, and the EXAMPLES of each manual page.

A page's blocks are run one after the other, in a folder that has what readers of the page have: `workspace` (the
sample, with one record that is wrong), `lake` (two versions of it), and, where a page speaks of S3, a server with the
buckets that the pages name. `sparkify` is a script there (SPARKIFY below), which shortens commands that take long, and
checks the options only of those that need a Spark cluster. What cannot be run is in NOT_RUN, with the reason;
test_docs.py checks its options."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass

import pytest
from conftest import PROGRAM, PROJECT, RUN_ID, SAMPLE, etl
from lake_tables import ENV, LIBRARY
from test_docs import PAGES, name_of

pytest_plugins = ["s3_server"]

LANGUAGES = {"", "sh", "text", "python", "sql", "yaml", "ini", "nginx", "json", "c"}
BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
PYTHON = "python/tests/test_package.py does it with the wheel"
PACKAGES = "tests/deploy/test_packages.py does it in an empty root"
SOURCES = "changes the sources, and runs the tests themselves"
AWS = "needs an account of AWS; tests/deploy checks the template"
NOT_RUN = {  # (page, how the block begins): why not
    ("README.md", "sparkify etl --engine spark"): "needs a cluster: tests/system/test_spark_s3.py",
    ("deploy/ecs/README.md", "aws cloudformation deploy"): AWS,
    ("deploy/kubernetes/README.md", "cp deploy/kubernetes"): "needs a Kubernetes cluster; tests/deploy checks the job",
    ("deploy/lambda/README.md", "./dev package lambda"): AWS,
    ("deploy/lambda/README.md", "aws s3api"): AWS,
    ("deploy/systemd/README.md", "cp sparkify.yaml.example"): "changes the machine: tests/deploy/test_packages.py",
    ("docs/daily-loads.md", "systemctl"): "changes the machine: tests/deploy/test_packages.py",
    ("docs/daily-loads.md", "airflow"): "needs Airflow: tests/deploy/test_templates.py",
    ("docs/debugging.md", "gdb"): "needs a person at a debugger",
    ("docs/debugging.md", "perf"): "needs the right to measure the machine",
    ("docs/first-change.md", ""): SOURCES,
    ("docs/from-etl-py.md", "pip install"): PYTHON,
    ("docs/install.md", "install -m 755"): "tests/system/test_dist.py runs the program in an empty root",
    ("docs/install.md", "apt install"): PACKAGES,
    ("docs/install.md", "pip install"): PYTHON,
    ("docs/install.md", "docker load"): PACKAGES,
    ("docs/install.md", "apt-get install gcc"): "changes the machine; CI builds so",
    ("docs/python.md", "pip install"): PYTHON,
    ("docs/spark.md", "# in Spark's own folder"): "needs Spark: tests/system/spark_server.py starts it",
    ("python/README.md", "pip install"): PYTHON,
}
SUBSTITUTES = [  # what a page says, and what is run for it in the folder
    (r"^\./dev build$", ":"),
    (r"^export PATH=.*$", ":"),
    (r"\b(query lake top-songs)$", r"\1 --format table"),  # what a terminal would get
    (r"/data/lake\b", "lake"),
    (r"/etc/cron\.d/", "etc/"),
    (r"/etc/sparkify/", "etc/"),
    (r"/var/lib/node_exporter/", "etc/"),
    (r"http://127\.0\.0\.1:9000", "$AWS_ENDPOINT_URL"),
    (r"--region eu-central-1", "--region us-east-1"),  # that of the test's server
    (r"--at \d+", "--at 0"),
]
SPARKIFY = """#!/usr/bin/env bash
# The program, in a form that ends soon and needs no cluster.
case " $* " in
  *" --engine spark "*" --dry-run "*) ;;
  *" --engine spark "*) exec REAL "$@" --help >/dev/null ;;
esac
case $1 in
  generate)
    rm -rf "$2"
    arguments=()
    for argument in "$@"; do
      [[ ! $argument =~ ^[0-9]{6,}$ ]] || argument=50000
      arguments+=("$argument")
    done
    exec REAL "${arguments[@]}" ;;
  serve) # until it says where it is, and then as Ctrl-C would end it
    coproc SERVER { exec REAL "$@" --port 0 2>&1; }
    pid=$SERVER_PID
    while read -r line <&"${SERVER[0]}"; do
      printf '%s\\n' "$line"
      case $line in *http*://*) break ;; esac
    done
    kill -INT "$pid"
    wait "$pid"
    [ $? -eq 130 ] ;;
  query)
    if [ $# -eq 2 ]; then # a shell, on a terminal; libedit frees nothing at its end
      ASAN_OPTIONS=detect_leaks=0 exec script -qec "REAL $*" /dev/null <<<.quit
    fi
    exec REAL "$@" ;;
  *) exec REAL "$@" ;;
esac
"""
SHIMS = {"sparkify": SPARKIFY, "mail": "#!/bin/sh\ncat >/dev/null\n", "man": "#!/bin/sh\ncat >/dev/null\n"}


@dataclass
class Block:
    page: str
    language: str
    text: str

    @property
    def reason(self):
        """Why it is not run; None where it is."""
        return next((why for (page, begin), why in NOT_RUN.items() if self.is_at(page, begin)), None)

    def is_at(self, page, begin):
        return self.page == page and self.language == "sh" and self.text.startswith(begin)


def blocks_of(page):
    for indent, language, text in BLOCK.findall(page.read_text()):
        yield Block(name_of(page), language, re.sub(f"(?m)^{indent}", "", text))


BLOCKS = [block for page in PAGES for block in blocks_of(page)]


def test_each_block_says_what_it_is():
    assert [block for block in BLOCKS if block.language not in LANGUAGES] == []


def test_no_command_is_hidden_in_a_text():
    """What is run has the language sh; a block without a language is a text."""
    command = re.compile(r"^(?:\$ )?(?:sparkify \w|\./dev \w+$|pip |apt )", re.MULTILINE)
    assert [block for block in BLOCKS if block.language in ("", "text") and command.search(block.text)] == []


def test_what_is_not_run_is_there():
    assert [key for key in NOT_RUN if not any(block.is_at(*key) for block in BLOCKS)] == []


# ---- The folder -------------------------------------------------------------------------------


class Place:
    def __init__(self, folder):
        self.folder = folder
        self.env = os.environ | ENV | {"HOME": str(folder / "home"), "AWS_EC2_METADATA_DISABLED": "true"}
        (folder / "etc").mkdir()
        (folder / "etc/token").write_text("0123456789abcdef" * 3 + "\n")
        (folder / "etc/token").chmod(0o600)
        (folder / "bin").mkdir()
        for name, text in SHIMS.items():
            script = folder / "bin" / name
            script.write_text(text.replace("REAL", str(PROGRAM)))
            script.chmod(0o755)
        self.env["PATH"] = f"{folder / 'bin'}:{PROGRAM.parent}:{os.environ['PATH']}"
        (folder / "report.sql").write_text("SELECT level, count(*) AS plays FROM songplays GROUP BY level\n")

    def with_a_lake(self, is_broken):
        """Two versions of it; `is_broken`: the workspace has a record that is wrong."""
        workspace, lake = self.folder / "workspace", self.folder / "lake"
        shutil.copytree(SAMPLE, workspace)
        shutil.copytree(PROJECT / "examples", self.folder / "examples")
        etl(workspace, lake, "--keep-versions", 3, program=PROGRAM)
        if not is_broken:
            (workspace / "log_data/2018/12/2018-12-03-events.json").unlink()
            etl(workspace, lake, "--missing-logs", "rebuild", program=PROGRAM)
            return
        lines = next(workspace.glob("log_data/*/*/*.json")).read_text().splitlines()
        play = next(line for line in lines if '"page":"NextSong"' in line)
        broken = re.sub(r'"ts":(\d+)', r'"ts":"\1"', play)
        (workspace / "log_data/broken.json").write_text(broken + "\n")
        etl(workspace, lake, program=PROGRAM)

    def with_buckets(self, server):
        for bucket in ("udacity-dend", "my-logs", "my-lake"):
            if bucket not in server.client.buckets():
                server.client.create_bucket(bucket)
            server.client.clear(bucket)
        server.client.make_public("udacity-dend")
        for bucket, prefix in (("udacity-dend", ""), ("my-logs", ""), ("my-logs", "app/")):
            server.client.upload(SAMPLE, bucket, prefix)
        self.env |= {
            "AWS_ENDPOINT_URL": server.endpoint,
            "AWS_ACCESS_KEY_ID": server.access_key,
            "AWS_SECRET_ACCESS_KEY": server.secret_key,
        }

    def with_lakes_in_s3(self):
        for output in ("s3://my-lake", "s3://my-lake/app"):
            etl("s3://my-logs", output, env=self.env, program=PROGRAM, cwd=self.folder)

    def run(self, commands):
        """What the commands print; each of them must go well."""
        for pattern, substitute in SUBSTITUTES:
            commands = re.sub(pattern, substitute, commands, flags=re.MULTILINE)
        rejects = sorted(path.name for path in self.folder.glob("lake/_rejects/run=*"))
        if rejects:
            commands = RUN_ID.sub(rejects[-1].removeprefix("run="), commands)
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", commands],
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, f"{commands}\n{done.stdout}"
        return done.stdout


@pytest.fixture
def place(tmp_path):
    if not LIBRARY.exists():
        pytest.skip("no libduckdb.so")
    return Place(tmp_path)


def prepare(place, text, request, is_broken):
    place.with_a_lake(is_broken)
    if re.search(r"s3://|--bucket", text):
        place.with_buckets(request.getfixturevalue("server"))
        place.with_lakes_in_s3()


# ---- Pages ------------------------------------------------------------------------------------

SHOWN = ("README.md", "docs/tutorial.md")  # they begin with nothing, and show what is printed
RUN = [block for block in BLOCKS if block.language == "sh" and not block.reason and block.page not in SHOWN]


@pytest.mark.parametrize("page", sorted({block.page for block in RUN}))
def test_commands_of_a_page(place, request, page):
    blocks = [block for block in RUN if block.page == page]
    prepare(place, "".join(block.text for block in blocks), request, is_broken=True)
    for block in blocks:
        place.run(block.text)


def form_of(line):
    """A line without what differs from run to run: times, sizes, ids and widths."""
    line = re.sub(r"\d{8}T\d{6}Z-[0-9a-f]{8}", "ID", line.strip())
    line = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "TIME", line)
    line = re.sub(r"[\d.,]+ ?(?:KiB|MiB|s)\b", "SIZE", line)
    return re.sub(r"\s+", " ", line)


def check_shown(shown, printed):
    """Each line that is shown was printed, in that order; with none between but where it says …"""
    lines = iter([form_of(line) for line in printed.splitlines()])
    skips = True  # a page may begin in the middle
    for wanted in map(form_of, shown.splitlines()):
        if wanted == "…":
            skips = True
            continue
        found = next(lines, None)
        while skips and found is not None and found != wanted:
            found = next(lines, None)
        assert found == wanted, printed
        skips = False


def run_and_compare(place, page):
    """Each block, and what stands behind it as text is what it prints."""
    shown = 0
    blocks = [block for block in BLOCKS if block.page == page and block.language in ("sh", "text")]
    printed = None
    for block in blocks:
        if block.language == "text" and printed is not None:
            check_shown(block.text, printed)
            shown += 1
        elif block.language == "sh" and not block.reason:
            printed = place.run(block.text)
    return shown


def test_readme(place, server):
    place.with_buckets(server)
    assert run_and_compare(place, "README.md") == 2
    assert len((PROJECT / "README.md").read_text().splitlines()) <= 150


def test_tutorial(place):
    assert run_and_compare(place, "docs/tutorial.md") == 7
    assert len(list((place.folder / "lake/_sparkify/commits").iterdir())) == 3


# ---- Manual pages -----------------------------------------------------------------------------


def examples_of(page):
    """The commands of a manual page's EXAMPLES, each as one."""
    text = page.read_text()
    found = re.search(r"^\.SH EXAMPLES\n\.nf\n(.*?)^\.fi", text, re.DOTALL | re.MULTILINE)
    if not found or "#include" in found[1]:
        return []
    plain = found[1].replace("\\-", "-").replace("\\e\n", "").replace("\\&", "")
    return [line.strip() for line in plain.splitlines() if line.strip()]


MANUALS = [page for page in sorted((PROJECT / "docs/man").glob("*.1")) if examples_of(page)]


def test_each_command_has_examples():
    assert len(MANUALS) == len(list((PROJECT / "docs/man").glob("sparkify-*.1")))


@pytest.mark.parametrize("manual", MANUALS, ids=lambda page: page.name)
def test_examples_of_a_manual_page(place, request, manual):
    commands = examples_of(manual)
    prepare(place, "".join(commands), request, is_broken=False)
    for command in commands:
        place.run(command)


def test_a_command_that_fails_is_seen(place):
    with pytest.raises(AssertionError, match="no such folder"):
        place.run("sparkify etl --input gone --output lake | cat")
    with pytest.raises(AssertionError):
        check_shown("plays\n7\n", "plays\n8\n")
