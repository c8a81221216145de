"""libsparkify: a program of which no more is known than the installed header and pkg-config."""

import ctypes
import json
import os
import re
import shutil
import subprocess
from datetime import datetime
from pathlib import Path

import pytest
from conftest import CHECKED, PROJECT, TABLES, etl, play, read_table, run, song, write_tree
from example_models import add_lake, folder_of, generate, model_of, new_database
from lake_tables import LIBRARY

BUILD = CHECKED.parent
PROBE = Path(__file__).with_name("library_probe.c")
WARNINGS = ["-Wall", "-Wextra", "-Werror", "-Wno-stringop-truncation"]
SANITIZERS = {"__asan_init": "address,undefined", "__tsan_init": "thread"}
pytestmark = pytest.mark.skipif(not (BUILD / "libsparkify.so").exists(), reason="the library is not built")


def sanitizers(library):
    symbols = subprocess.run(["nm", "-D", library], capture_output=True, text=True, check=True).stdout
    return [f"-fsanitize={name}" for symbol, name in SANITIZERS.items() if symbol in symbols]


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    """compiled(source): a program made with what `cmake --install` has put somewhere."""
    root = tmp_path_factory.mktemp("installed")
    subprocess.run(["cmake", "--install", BUILD, "--prefix", root / "usr"], check=True, stdout=subprocess.PIPE)
    (description,) = root.rglob("sparkify.pc")
    moved = root.rename(root.with_name("moved"))  # it can be put anywhere
    description = moved / description.relative_to(root)

    def make(source):
        program = moved / source.stem
        flags = subprocess.run(
            ["pkg-config", "--cflags", "--libs", "sparkify"],
            env=os.environ | {"PKG_CONFIG_PATH": str(description.parent)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        (library,) = {Path(p).resolve() for p in moved.rglob("libsparkify.so")}
        subprocess.run(
            ["cc", "-std=gnu17", "-D_GNU_SOURCE", "-g", *WARNINGS, *sanitizers(library), source, "-o", program]
            + [*flags, f"-Wl,-rpath,{library.parent}"],
            check=True,
        )
        return program

    return make


@pytest.fixture(scope="session")
def probe(compiled):
    program = compiled(PROBE)

    def call(*arguments, env=None, **options):
        env = {"SPARKIFY_DUCKDB": str(LIBRARY), **(env or {})}
        return run(*arguments, program=program, env=env, **options)

    return call


@pytest.fixture(scope="session")
def workspace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("library") / "workspace"
    assert run("generate", folder, "--songs", 120, "--events", 3000).code == 0
    return folder


@pytest.fixture(scope="session")
def lake(workspace):
    folder = workspace.with_name("lake")
    assert run("etl", "--input", workspace, "--output", folder).code == 0
    return folder


def test_two_jobs_at_once(probe, workspace, tmp_path):
    done = probe("together", workspace, tmp_path / "a", tmp_path / "b")
    assert (done.code, done.out, done.err) == (0, "0 \n0 \n", "")
    assert read_table(tmp_path / "a", "users") == read_table(tmp_path / "b", "users")


def test_a_job_that_is_cancelled_leaves_nothing(probe, workspace, tmp_path):
    """At a hundred instants, some of them after the commit: then all is there."""
    done = probe("cancel", workspace, tmp_path, 7, 100, timeout=300)
    assert done.code == 0 and done.err == "", done
    lines = done.out.splitlines()
    assert set(lines) <= {"0 ", "130 interrupted"} and "130 interrupted" in lines
    for i, line in enumerate(lines):
        left = [p for p in (tmp_path / str(i)).rglob("*") if p.is_file()]
        assert bool(left) == (line == "0 "), (line, left)


def text_of(value):
    """As the probe prints it."""
    if value is None:
        return "null"
    if isinstance(value, datetime):
        return str(round(value.timestamp() * 1_000_000))
    return f"{value:.17g}" if isinstance(value, float) else str(value)


@pytest.mark.parametrize("table", TABLES)
def test_rows_of_a_table(probe, lake, table):
    found = probe("rows", lake, table)
    head, *rows = found.out.splitlines()
    wanted = read_table(lake, table)
    names = [field.split(" ")[0] for field in head.split("\t")]
    assert found.code == 0 and set(names) == set(wanted[0])
    assert sorted(rows) == sorted("\t".join(text_of(row[n]) for n in names) for row in wanted)


def test_rows_of_another_model(probe, tmp_path):
    """With all types that columns have."""
    source = generate("shop", tmp_path / "in", "--events", 300)
    etl(source, tmp_path / "lake", "--model", folder_of("shop") / "model.yaml", "--max-rejects", "100%")
    db, model = new_database(), model_of("shop")
    add_lake(db, model, tmp_path / "lake")
    for table, formats in {
        "products": {"price": "d:10,2", "available": "b", "since": "tdD", "updated": "tsu:UTC", "weight": "g"},
        "customers": {"credit": "d:10,2", "newsletter": "b", "born": "tdD", "preferences": "u"},
        "clicks": {"price": "d:10,2", "list_price": "d:10,2", "experiments": "u", "day": "i", "click_id": "l"},
        "time": {"date": "tdD", "clicked_at": "tsu:UTC"},
    }.items():
        head, *rows = probe("rows", tmp_path / "lake", table).out.splitlines()
        found = dict(field.split(" ")[:2] for field in head.split("\t"))
        assert found.items() >= formats.items()
        plain = {"d:10,2": "({0} * 100)::bigint", "tsu:UTC": "epoch_us({0})", "b": "{0}::int"}
        plain |= {"tdD": "({0} - date '1970-01-01')"}
        columns = ", ".join(plain.get(form, "{0}").format(name) for name, form in found.items())
        wanted = db.execute(f"select {columns} from lake_{table}").fetchall()
        assert len(wanted) and sorted(rows) == sorted("\t".join(map(text_of, row)) for row in wanted)


needs_duckdb = pytest.mark.skipif(not LIBRARY.exists(), reason="no libduckdb.so")


@needs_duckdb
def test_columns_of_a_query(probe, lake):
    """Each type that a result may have."""
    sql = (
        "SELECT count(*) AS n, min(start_time) AS t, 1.5::DECIMAL(5, 2) AS d, true AS b, NULL AS x,"
        " DATE '2018-11-03' AS day, [1, 2] AS list, 'a'::BLOB AS bytes, 0.25::DOUBLE AS r"
        " FROM songplays"
    )
    found = probe("query", lake, sql)
    head, row = found.out.splitlines()
    formats = [field.split(" ")[1] for field in head.split("\t")]
    assert formats[:4] == ["l", "tsu:UTC", "g", "b"] and formats[5:] == ["tdD", "u", "z", "g"]
    plays = read_table(lake, "songplays")
    first = text_of(min(play["start_time"] for play in plays))
    assert row.split("\t")[:6] == [str(len(plays)), first, "1.5", "1", "null", "17838"]
    assert row.split("\t")[6:] == ["[1,2]", "a", "0.25"]


@needs_duckdb
def test_a_question_by_its_name(probe, lake):
    found = probe("query", lake, "top-songs")
    assert found.code == 0 and len(found.out.splitlines()) == 11


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        pytest.param(["query", "LAKE", "SELECT nothing FROM songplays"], 1, "nothing", marks=needs_duckdb),
        (["query", "LAKE", "top-songz"], 2, "did you mean top-songs?"),
        (["rows", "LAKE", "song"], 2, "a lake has songs, artists, users, time, songplays"),
        (["rows", "NONE", "songs"], 1, "there is no such folder"),
    ],
)
def test_what_cannot_be_asked(probe, lake, arguments, code, words):
    places = {"LAKE": lake, "NONE": lake.with_name("none")}
    found = probe(*(places.get(a, a) for a in arguments))
    assert found.code == code and words in found.out and found.err == "", found


def test_a_table_whose_files_are_gone(probe, lake, tmp_path):
    shutil.copytree(lake, tmp_path / "lake")
    for file in (tmp_path / "lake/users").glob("part-*"):
        file.unlink()
    found = probe("rows", tmp_path / "lake", "users")
    assert found.code == 1 and "failed 5: cannot read" in found.out and "users/part-" in found.out


def test_signals_are_for_the_host(probe, workspace, tmp_path):
    assert probe("signals", workspace, tmp_path / "lake").code == 0


def test_a_signal_does_not_shorten_a_wait(probe, workspace, tmp_path):
    done = probe("waits", workspace, tmp_path / "lake")
    assert done.code == 0, done


def test_misuse(probe, lake, tmp_path):
    """Each is an error of the call, and says what to do."""
    done = probe("misuse", lake, cwd=tmp_path)
    assert done.err == ""
    help_hint = "see 'sparkify --help'"
    assert done.out.splitlines() == [
        "2 there is no command 'elt' | did you mean etl?",
        f"2 serve is not available in the library | {help_hint}",
        f"2 input needs a value: URI | {help_hint}",
        f"2 threads=0: expected a whole number from 1 to 1024 | {help_hint}",
        "2 etl has no option --inptu | did you mean --input?",
        f"2 quiet is not available in the library | {help_hint}",
        f"2 incremental=maybe: expected 1, true, yes, on, 0, false, no or off | {help_hint}",
        "2 a job runs only once: make a new one",
        "0  | ",
    ]


def test_examples(compiled, workspace, lake, tmp_path):
    made = run(workspace, tmp_path / "lake", program=compiled(PROJECT / "examples/c/etl.c"))
    assert made.code == 0 and json.loads(made.out)["tables"]["users"]["rows"] > 0
    counted = run(lake, program=compiled(PROJECT / "examples/c/rows.c"))
    levels = [play["level"] for play in read_table(lake, "songplays")]
    assert counted.out == f"free {levels.count('free')}\npaid {levels.count('paid')}\n"


def test_the_example_of_the_manual_page(compiled, workspace, tmp_path):
    manual = (PROJECT / "docs/man/libsparkify.3").read_text()
    example = re.search(r"^\.SH EXAMPLES\n\.nf\n(.*?)^\.fi", manual, re.M | re.S)[1].replace("\\-", "-")
    source = tmp_path / "manual.c"
    source.write_text(f"#include <sparkify.h>\n#include <stdio.h>\n\nint main(void)\n{{\n{example}}}\n")
    shutil.copytree(workspace, tmp_path / "workspace")
    made = run(program=compiled(source), cwd=tmp_path)
    assert json.loads(made.out)["status"] == "ok" and (tmp_path / "lake/users").is_dir()


def test_the_environment_counts(probe, workspace, tmp_path):
    done = probe("together", workspace, tmp_path / "a", tmp_path / "b", env={"SPARKIFY_THREADS": "x"})
    assert done.code == 2 and "the environment's SPARKIFY_THREADS=x" in done.out


@pytest.fixture
def german(tmp_path):
    """The environment of a locale that writes 0,5."""
    if not shutil.which("localedef"):
        pytest.skip("there is no localedef")
    made = subprocess.run(
        ["localedef", "-i", "de_DE", "-f", "UTF-8", tmp_path / "de_DE.UTF-8"], capture_output=True
    )
    if made.returncode not in (0, 1):  # 1: with warnings
        pytest.skip("localedef has no de_DE")
    leaks = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"  # libc's own, of LOCPATH
    return {"LOCPATH": str(tmp_path), "LC_ALL": "de_DE.UTF-8", "ASAN_OPTIONS": leaks}


@needs_duckdb
def test_a_host_with_another_locale(probe, german, tmp_path):
    """Numbers that are read and written by printf and strtod: very small ones, and decimals."""
    songs = [song(song_id=f"S{i}", duration=n) for i, n in enumerate((1.5e-7, 0.1, 12345e20))]
    write_tree(tmp_path / "w", {"song_data/a.json": "\n".join(songs), "log_data/l.json": play()})
    made = probe("together", tmp_path / "w", tmp_path / "a", tmp_path / "b", env=german)
    assert made.code == 0, made
    sql = "SELECT duration, CAST(duration AS DECIMAL(38, 9)) FROM songs ORDER BY song_id LIMIT 2"
    found = probe("query", tmp_path / "a", sql, env=german)
    rows = ["1,4999999999999999e-07", "0,10000000000000001"]  # as the probe prints them
    assert found.out.splitlines()[1:] == [f"{row}\t{row}" for row in rows]
    log = next((tmp_path / "a/songs/_delta_log").glob("*.json")).read_text()
    assert '"duration":1.4999999999999999e-07' in log.replace('\\"', '"')


def test_only_what_is_declared_is_exported():
    exported = subprocess.run(
        ["nm", "-D", "--defined-only", BUILD / "libsparkify.so"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    names = {
        line.split()[-1].partition("@")[0]
        for line in exported.splitlines()
        if "SPARKIFY_0" in line and " A " not in line
    }
    header = (PROJECT / "src/api/include/sparkify.h").read_text()
    manual = (PROJECT / "docs/man/libsparkify.3").read_text()
    assert names == set(re.findall(r"^SPARKIFY_API .*?(\w+)\(", header, re.M))
    assert names == set(re.findall(r"(sparkify_\w+)\(", manual[: manual.index(".SH DESCRIPTION")]))


def test_the_program_is_in_the_library(lake):
    """As a package calls it that has the library alone; in a process of its own."""
    if sanitizers(BUILD / "libsparkify.so"):
        pytest.skip("Python would have to be started with the sanitizer")
    code = (
        "import ctypes, sys; library = ctypes.CDLL(sys.argv[1]); words = [b'sparkify', b'history', "
        "sys.argv[2].encode()]; sys.exit(library.sparkify_main(3, (ctypes.c_char_p * 4)(*words)))"
    )
    said = run("-c", code, BUILD / "libsparkify.so", lake, program=Path(os.sys.executable))
    assert said.code == 0 and "etl" in said.out


def test_questions():
    if sanitizers(BUILD / "libsparkify.so"):
        pytest.skip("Python would have to be started with the sanitizer")
    library = ctypes.CDLL(str(BUILD / "libsparkify.so"))
    library.sparkify_questions.restype = ctypes.c_char_p
    questions = json.loads(library.sparkify_questions())
    assert {q["name"] for q in questions} == {p.stem for p in (PROJECT / "queries").glob("*.sql")}
