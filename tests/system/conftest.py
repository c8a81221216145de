"""What the whole-run tests share: running the program, making inputs, reading its tables back.

SPARKIFY         the program (default: the release build)
SPARKIFY_DEBUG   a program with ASan + UBSan, for the tests of semantics and of bad input
SPARKIFY_WORKSPACE  the workspace data set, if you have it: some tests then run on it, too
SPARKIFY_SPARK   a Spark Connect server that runs already (default: the tests start one)
"""

import functools
import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from types import EllipsisType
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import reference
from spark_server import spark  # a fixture for all tests  # noqa: F401

PROJECT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("SPARKIFY") or PROJECT / "build/release/sparkify").resolve()
CHECKED = Path(os.environ.get("SPARKIFY_DEBUG") or PROGRAM).resolve()
SAMPLE = PROJECT / "tests/data"  # see its README.md
WORKSPACE = os.environ.get("SPARKIFY_WORKSPACE")
DATA_SETS = {"sample": SAMPLE} | ({"workspace": Path(WORKSPACE).resolve()} if WORKSPACE else {})
pytest.register_assert_rewrite("crash")  # its asserts say what they compare
TABLES = {  # name: (partition columns with the type of their values, order of the rows)
    "songs": ({"year": int, "artist_id": str}, ["song_id"]),
    "artists": ({}, ["artist_id"]),
    "users": ({}, ["user_id"]),
    "time": ({"year": int, "month": int}, []),  # in the order of the input
    "songplays": ({"year": int, "month": int}, []),
}
PROGRESS = re.compile(r"sparkify: [\dT:-]+Z \w+: ")  # the names of phases are those of the sources
WARNING = "sparkify: warning: "
SANITIZED = re.compile(r"Sanitizer|runtime error:|[Aa]ssert")


def pytest_addoption(parser):
    parser.addoption("--bless", action="store_true", help="write the golden files anew")


def pytest_configure():
    """Temporary folders go to memory where there is some: disks vary, and runs flush them."""
    if os.access("/dev/shm", os.W_OK):
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", "/dev/shm")


@pytest.fixture
def bless(request):
    return request.config.getoption("--bless")


# For tests that load one input after another into one lake.
REBUILD = ("--missing-logs", "rebuild", "--missing-songs", "rebuild")
KEEP = ("--missing-logs", "keep", "--missing-songs", "keep")

# ---- Running ----------------------------------------------------------------------------------


@dataclass
class Run:
    code: int
    out: str
    err: str

    @functools.cached_property
    def summary(self):
        return json.loads(self.out)


def without_progress(said):
    """All but how far it is, which depends on how fast the machine is."""
    return "".join(line for line in said.splitlines(keepends=True) if not PROGRESS.match(line))


def run(*arguments, program=CHECKED, timeout=60, env=None, **options):
    """Runs the program to its end; nothing that it does may show a bug of its own."""
    done = subprocess.run(
        [program, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=timeout,
        env=os.environ | (env or {}),
        **options,
    )
    assert not SANITIZED.search(done.stderr), done.stderr
    return Run(done.returncode, done.stdout, without_progress(done.stderr))


def etl(source, output, *options, **how):
    """Runs `sparkify etl --json`, which must go well; what it warns of is in the summary, too."""
    done = run("etl", "--input", source, "--output", output, "--json", *options, **how)
    assert done.code == 0, done.err
    assert done.err == "".join(f"{WARNING}{text}\n" for text in done.summary["warnings"])
    return done.summary


def without_warnings(said):
    return "".join(line for line in said.splitlines(keepends=True) if not line.startswith(WARNING))


def message(done, code=1):
    """The one message of a run that failed: one line, and one more with a hint at most; where there are
    too many rejects, some of them stand between the two."""
    assert done.code == code, done
    first, *hints = without_warnings(done.err).splitlines()
    assert first.startswith("sparkify: ") and len(hints) <= (6 if code == 3 else 1), done.err
    assert done.out == "" or json.loads(done.out)["status"] == "failed"
    return done.err


# ---- Inputs -----------------------------------------------------------------------------------

SONG = {
    "num_songs": 1,
    "artist_id": "A1",
    "artist_latitude": 1.5,
    "artist_longitude": -2.5,
    "artist_location": "Here",
    "artist_name": "Name",
    "song_id": "S1",
    "title": "Title",
    "duration": 100.25,
    "year": 2000,
}
PLAY = {
    "artist": "Name",
    "auth": "Logged In",
    "firstName": "First",
    "gender": "F",
    "itemInSession": 0,
    "lastName": "Last",
    "length": 100.25,
    "level": "free",
    "location": "There",
    "method": "PUT",
    "page": "NextSong",
    "registration": 1540919166796.0,
    "sessionId": 1,
    "song": "Title",
    "status": 200,
    "ts": 1541106106796,
    "userAgent": "Agent",
    "userId": "U1",
}


class Raw(str):
    """JSON text that stands in a record as it is."""


def dump(value):
    return value if isinstance(value, Raw) else json.dumps(value, ensure_ascii=False)


def record(defaults, changes):
    """A record as JSON on one line; a field that is `...` is omitted."""
    fields = (defaults | changes).items()
    fields = [(name, value) for name, value in fields if not isinstance(value, EllipsisType)]
    return "{" + ", ".join(f"{json.dumps(name)}: {dump(value)}" for name, value in fields) + "}"


def song(**changes):
    return record(SONG, changes)


def play(**changes):
    return record(PLAY, changes)


def write_tree(folder, files):
    """Writes {path: text, bytes or a list of lines}."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, list):
            content = "".join(line + "\n" for line in content)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def zstd(data):
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return sink.getvalue().to_pybytes()


def write_input(folder, songs=None, plays=None):
    """An input of one song file and one log file."""
    return write_tree(
        folder,
        {
            "song_data/A/songs.json": songs or [song()],
            "log_data/2018/11/events.json": plays or [play()],
        },
    )


@pytest.fixture(scope="session", params=DATA_SETS)
def data_set(request):
    """The name of a data set whose counts are known: the sample, and the real one where it is there."""
    return request.param


@pytest.fixture(scope="session")
def sample_data():
    return SAMPLE


@pytest.fixture(scope="session")
def generated_data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("generated")
    size = ("--songs", 300, "--events", 20_000, "--seed", 7)
    done = run("generate", folder, *size, program=PROGRAM)
    assert done.code == 0, done.err
    return folder


# ---- Outputs ----------------------------------------------------------------------------------


def parquet_files(output, table):
    return sorted((output / table).rglob("part-*.parquet"), key=bytes)


def partition_values(path, output, table):
    """{column: value} as the folders of the path say it."""
    types = TABLES[table][0]
    folders = [part.partition("=") for part in path.relative_to(output / table).parts[:-1]]
    assert [name for name, _, _ in folders] == list(types), path
    return {name: types[name](unquote(value)) for name, _, value in folders}


def read_table(output, table):
    """The rows as dicts, partition columns among them, in a fixed order."""
    rows = []
    for path in parquet_files(output, table):
        partition = partition_values(path, output, table)
        rows += [row | partition for row in pq.ParquetFile(path).read().to_pylist()]
    return in_order(table, rows)


def in_order(table, rows):
    """Sorts by the table's key; by partition alone where the order in it is the input's."""
    partitions, keys = TABLES[table]
    return sorted(rows, key=lambda row: [row[name] for name in keys or partitions])


def tables(output):
    return {table: read_table(output, table) for table in TABLES}


def read_rejects(output, run_id):
    """The rejected records of a run, as they were written."""
    files = sorted((output / "_rejects" / f"run={run_id}").glob("part-*.json"))
    return [json.loads(line) for file in files for line in file.read_text().split("\n") if line]


def is_log(name):
    """True for what a run writes beside tables and rejects: it has times in it."""
    return "_delta_log" in name or name.split("/")[0] == "_sparkify"


def snapshot(folder):
    """{path: content} of every file but the logs, and {path: None} of every empty folder."""
    names = {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*"))}
    return {
        name: path.read_bytes() if path.is_file() else None
        for name, path in names.items()
        if not is_log(name) and (path.is_file() or not any(path.iterdir()))
    }


RUN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")


def without_run(output, summary=None):
    """The files of the tables and rejects, the run's id taken from their names: with a summary its
    run's, otherwise whosever."""
    files = snapshot(output)
    run_id = re.compile(re.escape(summary["run"])) if summary else RUN_ID
    named = {run_id.sub("RUN", name): data for name, data in files.items()}
    assert len(named) == len(files)  # else two runs have a file in one partition
    return named


def assert_equals_reference(output, summary, expected):
    """Tables, rejects and counts of a run are those of reference.read(…)."""
    found = tables(output)
    for table in TABLES:
        assert found[table] == in_order(table, expected.tables[table]), table
        assert summary["tables"][table]["rows"] == len(found[table])
    rejects = read_rejects(output, summary["run"])
    for name, side in (("songs", expected.songs), ("logs", expected.logs)):
        counts = summary["sources"][name]
        assert counts["files"] == side.files
        assert counts["records"] == side.records
        assert counts["left_out"] == side.left_out
        assert counts["rejected"] == len(side.rejects)
        places = [
            (reject["file"], reject["line"], reject["byte_offset"], reject["code"])
            for reject in rejects
            if reject["source"] == name
        ]
        assert sorted(places) == sorted(side.rejects)
    assert_counts_add_up(summary)
    plays = summary["plays"]
    assert plays["matched"] == expected.matched
    assert plays["identical"] == expected.identical
    assert plays["shared_keys"] == expected.shared_keys


def assert_counts_add_up(summary):
    """Every record is in a table, skipped by rule, or rejected."""
    logs, plays = summary["sources"]["logs"], summary["plays"]
    assert logs["records"] == logs["left_out"] + plays["plays"] + logs["rejected"]
    assert summary["tables"]["songplays"]["rows"] == plays["plays"] - plays["identical"]
    assert summary["sources"]["songs"]["left_out"] == 0
    for source in summary["sources"].values():
        assert sum(source["rejected_by_code"].values()) == source["rejected"]


# ---- Small runs, for the tests of semantics ------------------------------------------------------


class Outcome:
    """A run over folder/in that may reject whatever it wants."""

    def __init__(self, folder):
        source, output = folder / "in", folder / "out"
        self.output = output
        self.summary = etl(source, output, "--max-rejects", "100%")
        assert_equals_reference(output, self.summary, reference.read(source))
        self.tables = tables(output)
        self.rejects = read_rejects(output, self.summary["run"])

    def column(self, table, name):
        return [row[name] for row in self.tables[table]]

    def row(self, table, **wanted):
        (row,) = [row for row in self.tables[table] if wanted.items() <= row.items()]
        return row


@pytest.fixture
def outcome(tmp_path):
    """The outcome of an input of one song file and one log file."""

    def of(songs=None, plays=None):
        write_input(tmp_path / "in", songs=songs, plays=plays)
        return Outcome(tmp_path)

    return of


@pytest.fixture
def outcome_of_files(tmp_path):
    """An input of these files, and of one valid file for a source that has none."""

    def of(files):
        if not any(name.startswith("song_data/") for name in files):
            files = files | {"song_data/songs.json": [song()]}
        if not any(name.startswith("log_data/") for name in files):
            files = files | {"log_data/events.json": [play()]}
        write_tree(tmp_path / "in", files)
        return Outcome(tmp_path)

    return of
