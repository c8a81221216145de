"""What bad input gets: one clear message that names the thing, the right exit code, the old tables
untouched, and nothing half-written left in view."""

import contextlib
import ctypes
import gzip
import os
import re
import resource
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from conftest import (
    CHECKED,
    PROGRAM,
    etl,
    message,
    play,
    run,
    snapshot,
    song,
    tables,
    write_input,
    write_tree,
    zstd,
)

PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2  # linux/prctl.h, capability.h


@pytest.fixture
def good(tmp_path):
    return write_input(tmp_path / "in")


@pytest.fixture
def lake(tmp_path, good):
    """An output that holds the tables of a run before."""
    etl(good, tmp_path / "lake")
    return tmp_path / "lake"


def refused(source, output, *options, code=1, **how):
    """The message of a run that must fail and leave the output as it was."""
    old = snapshot(output) if output.is_dir() else None
    text = message(run("etl", "--input", source, "--output", output, *options, **how), code)
    assert (snapshot(output) if output.is_dir() else None) == old
    return text


# ---- Paths ------------------------------------------------------------------------------------


def test_input_is_missing(tmp_path, lake):
    assert str(tmp_path / "nowhere") in refused(tmp_path / "nowhere", lake)


def test_input_is_a_file(tmp_path, lake):
    write_tree(tmp_path, {"file.json": play()})
    text = refused(tmp_path / "file.json", lake)
    assert "file.json" in text and "not a folder" in text.lower()


def test_output_is_a_file(tmp_path, good):
    write_tree(tmp_path, {"file": "mine"})
    text = refused(good, tmp_path / "file")
    assert str(tmp_path / "file") in text and "not a folder" in text.lower()
    assert (tmp_path / "file").read_text() == "mine"


def drop_privileges():
    """Takes from root, for the program it is about to run, the right to pass over permissions."""
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        if libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl")


@pytest.fixture
def unprivileged():
    """Options for run() that make permissions apply to the program."""
    if os.geteuid() != 0:
        return {}
    try:
        subprocess.run([CHECKED, "--version"], preexec_fn=drop_privileges, check=True)
    except subprocess.SubprocessError:
        pytest.skip("root cannot give up its privileges here")
    return {"preexec_fn": drop_privileges}


@pytest.mark.parametrize("part", ["", "log_data", "log_data/2018", "log_data/2018/11/events.json"])
def test_input_is_not_readable(tmp_path, good, unprivileged, part):
    (good / part).chmod(0)
    text = refused(good, tmp_path / "out", **unprivileged)
    (good / part).chmod(0o755)
    assert str(good / part) in text and "permission denied" in text.lower()


def test_output_is_not_writable(tmp_path, good, unprivileged):
    output = tmp_path / "out"
    output.mkdir(mode=0o555)
    text = refused(good, output, **unprivileged)
    assert str(output) in text and "permission denied" in text.lower()


@pytest.mark.parametrize("output", ["in", "in/lake", "in/log_data/lake", "in/../in/x", "link/x"])
def test_output_inside_the_input(tmp_path, good, output):
    (tmp_path / "link").symlink_to("in")
    old = snapshot(good)
    text = message(run("etl", "--input", good, "--output", tmp_path / output))
    assert str(tmp_path / output) in text
    assert snapshot(good) == old


@pytest.mark.parametrize("source", [".", "songs", "_rejects", "songs/data"])
def test_input_inside_what_the_output_replaces(tmp_path, source):
    write_input(tmp_path / "lake" / source)
    refused(tmp_path / "lake" / source, tmp_path / "lake")


def test_a_name_that_begins_alike_is_not_inside(tmp_path, good):
    etl(good, tmp_path / "in-lake")


@pytest.mark.parametrize(
    "name",
    [
        "songs/notes.txt",
        "songs/year=2000/artist_id=A1/part-00000-6ab1c1d2-0f0e-4b1c-9d3e-c000.snappy.parquet",
        "songplays/part-00000.parquet",
        "artists/_SUCCESS",
        "users/data.csv",
    ],
)
def test_foreign_files_under_the_names_of_tables_are_refused(lake, good, name):
    write_tree(lake, {name: "mine"})
    text = refused(good, lake)
    assert name in text or name.rpartition("/")[2] in text


def test_table_name_that_is_a_file(tmp_path, good):
    write_tree(tmp_path / "out", {"users": "mine"})
    assert "users" in refused(good, tmp_path / "out")


def test_foreign_files_beside_the_tables_are_left_alone(lake, good):
    mine = {"notes.txt": b"mine", "songs.csv": b"mine", "other/songs/part-00000.parquet": b"mine"}
    write_tree(lake, mine)
    etl(good, lake)
    assert mine.items() <= snapshot(lake).items()
    assert len(tables(lake)["songs"]) == 1


# ---- No input ---------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", ["song_data", "log_data"])
def test_no_file_of_a_source(tmp_path, good, lake, missing):
    shutil.rmtree(good / missing)
    write_tree(good, {"somewhere/else.txt": "x"})
    text = refused(good, lake)
    assert str(good / missing) in text  # where it looked
    assert "somewhere" in text  # what is there


def test_only_files_that_are_skipped(good, lake):
    shutil.rmtree(good / "log_data")
    write_tree(good / "log_data", {"_a.json": play(), "b.txt": play(), "c.json": ""})
    text = refused(good, lake)
    assert str(good / "log_data") in text and "b.txt" in text


def test_input_one_folder_too_deep(good, lake):
    text = refused(good / "song_data", lake)
    assert "song_data" in text


def test_input_one_folder_too_high(tmp_path, good, lake):
    assert "in" in refused(tmp_path, tmp_path.parent / f"{tmp_path.name}-out")


# ---- Files that cannot be read ----------------------------------------------------------------

LONG = "".join(play(itemInSession=i) + "\n" for i in range(2000)).encode()
GZIP = gzip.compress(LONG)


ZSTD = zstd(LONG)


def damaged(data):
    middle = len(data) // 2
    return (
        data[:middle]
        + bytes(byte ^ 0x55 for byte in data[middle : middle + 64])
        + data[middle + 64 :]
    )


BROKEN = {
    "x.json.gz": {
        "cut off": GZIP[: len(GZIP) // 2],
        "cut off in the header": GZIP[:5],
        "cut off in the checksum": GZIP[:-3],
        "wrong checksum": GZIP[:-8] + bytes(4) + GZIP[-4:],
        "damaged": damaged(GZIP),
        "not compressed at all": LONG,
        "something after it": GZIP + b"something",
    },
    "x.json.zst": {
        "cut off": ZSTD[: len(ZSTD) // 2],
        "cut off in the header": ZSTD[:5],
        "cut off at the end": ZSTD[:-1],
        "damaged": damaged(ZSTD),
        "not compressed at all": LONG,
        "something after it": ZSTD + b"something",
    },
}


@pytest.mark.parametrize("source", ["song_data", "log_data"])
@pytest.mark.parametrize(
    ("name", "case"), [(name, case) for name, cases in BROKEN.items() for case in cases]
)
def test_broken_compressed_file(good, lake, source, name, case):
    write_tree(good, {f"{source}/deep/{name}": BROKEN[name][case]})
    assert f"{source}/deep/{name}" in refused(good, lake)


def test_compressed_line_without_end(good, tmp_path):
    """A gigabyte in a megabyte is one reject, not a gigabyte of memory."""
    bomb = gzip.compress(bytes(2**20)) * 300
    write_tree(good, {"log_data/bomb.json.gz": bomb})
    options = ("--max-rejects", "100%", "--threads", 2)
    summary = etl(good, tmp_path / "out", *options, program=PROGRAM)
    assert summary["sources"]["logs"]["rejected_by_code"] == {"too_long": 1}
    assert summary["peak_memory_bytes"] < 200 * 2**20


def test_a_pipe_in_the_input(good, lake):
    os.mkfifo(good / "log_data/pipe.json")
    assert "log_data/pipe.json" in refused(good, lake)


def test_a_link_that_leads_nowhere_in_place_of_a_source(good, lake):
    shutil.rmtree(good / "song_data")
    (good / "song_data").symlink_to("nowhere")
    assert "cannot follow the link" in refused(good, lake)


def test_a_loop_of_links_in_the_input(good, lake):
    (good / "log_data/loop").symlink_to(".")
    assert "log_data/loop" in refused(good, lake)


def test_a_link_to_nowhere_in_the_input(good, lake):
    (good / "log_data/gone.json").symlink_to("nowhere")
    assert "log_data/gone.json" in refused(good, lake)


def test_links_are_followed(tmp_path, good):
    write_input(tmp_path / "other", plays=[play(userId="linked")])
    (good / "log_data/linked").symlink_to(tmp_path / "other/log_data")
    etl(good, tmp_path / "out")
    assert {row["user_id"] for row in tables(tmp_path / "out")["users"]} == {"U1", "linked"}


def test_many_files_in_one_folder(tmp_path):
    songs = tmp_path / "in/song_data"
    songs.mkdir(parents=True)
    for i in range(20_000):
        (songs / f"{i}.json").write_text(song(song_id=f"S{i}", artist_id=f"A{i % 10}"))
    write_tree(tmp_path / "in", {"log_data/e.json": play()})
    summary = etl(tmp_path / "in", tmp_path / "out", program=PROGRAM)
    assert summary["tables"]["songs"]["rows"] == 20_000
    assert summary["tables"]["songs"]["files"] == 10


# ---- Writes that fail -------------------------------------------------------------------------


def big_input(folder):
    songs = [song(song_id=f"S{i}", artist_id=f"A{i}") for i in range(300)]
    plays = [play(ts=i * 7919, userAgent=f"{hash(str(i)):x}") for i in range(20_000)]
    return write_input(folder, songs=songs, plays=plays)


@pytest.fixture
def small_disk(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("mounting a small tmpfs needs root")
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", folder], capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip(f"a tmpfs cannot be mounted here: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_disk_is_full(tmp_path, good, small_disk):
    etl(good, small_disk / "lake")
    source = big_input(tmp_path / "big")
    text = refused(source, small_disk / "lake")
    assert "No space left on device" in text and str(small_disk / "lake") in text
    etl(good, small_disk / "lake")  # there is room for another run again


def test_disk_is_full_of_the_first_run(tmp_path, small_disk):
    source = big_input(tmp_path / "big")
    message(run("etl", "--input", source, "--output", small_disk / "lake"))
    assert list(small_disk.rglob("*.parquet")) == []
    assert {path.name for path in small_disk.rglob("*")} <= {"lake"}


def limit_file_size():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))


def test_write_error(tmp_path, lake):
    text = refused(big_input(tmp_path / "big"), lake, preexec_fn=limit_file_size)
    assert "File too large" in text and str(lake) in text


def test_write_error_of_the_rejects(tmp_path, lake):
    source = write_input(tmp_path / "bad", plays=["x" * 100] * 1000 + [play()])
    refused(source, lake, "--max-rejects", "100%", preexec_fn=limit_file_size)


SUMMARY_LOST = {  # what is run: what the message says, after the run has committed
    "etl --input {input} --output {out}": "the tables of this run are current, in force as version 2",
    "etl --input {input} --output {out} --json": "the tables of this run are current, in force as version 2",
    "restore {out} --at 0": "the restored tables are current, in force as version 2",
    "vacuum {out}": "the old files are removed",
    "generate {out}-ws --songs 1 --events 1": "the data set is complete",
    "etl --input {input} --dry-run": "",
    "schema": "",
    "help": "",
    "help etl --man": "",
    "--help": "",
    "--version": "",
}


def shell(command, text, **places):
    line = text.format(**places)
    return subprocess.run(
        ["bash", "-c", command.format(f'"{CHECKED}" {line}')],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip


@pytest.fixture
def lake_of_other_songs(good, tmp_path):
    for title in "other", "another":
        other = write_input(tmp_path / title, songs=[song(title=title)], plays=[play()])
        etl(other, tmp_path / "out", "--keep-versions", "9")
    return tmp_path / "out"


@pytest.mark.parametrize("text", SUMMARY_LOST)
def test_what_was_printed_cannot_be_written(good, lake_of_other_songs, text):
    done = shell("{} > /dev/full", text, input=good, out=lake_of_other_songs)
    assert done.returncode == 1
    assert SUMMARY_LOST[text] in done.stderr
    assert "writing to the standard output failed: No space left on device" in done.stderr


@pytest.mark.parametrize("text", SUMMARY_LOST)
def test_a_reader_that_has_gone_is_no_failure(good, lake_of_other_songs, text):
    command = 'exec 3> >(:); wait $!; {} >&3'  # a pipe that nobody reads any more
    done = shell(command, text, input=good, out=lake_of_other_songs)
    assert (done.returncode, done.stderr) == (0, "")


def descriptors(pid):
    """Where the descriptors 0 to 2 of a process lead."""
    for fd in range(3):
        with contextlib.suppress(OSError):
            yield os.readlink(f"/proc/{pid}/fd/{fd}")


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)])
def test_no_file_gets_the_number_of_a_closed_descriptor(good, tmp_path, closed):
    command = [PROGRAM, "etl", "--input", good, "--output", tmp_path / "out"]
    seen = set()
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        preexec_fn=lambda: [os.close(fd) for fd in closed],
    ) as process:  # fmt: skip
        while process.poll() is None:
            seen.update(descriptors(process.pid))
    assert process.returncode == 0
    assert "/dev/null" in seen  # and at first, maybe, a library that is being loaded
    assert not [path for path in seen if path.startswith(str(tmp_path))]
    assert run("check", tmp_path / "out").code == 0


# ---- Wrong options ----------------------------------------------------------------------------

WRONG_USE = {  # arguments: what the message names
    ("etl",): "--bucket",
    ("etl", "--input", "x"): "--output",
    ("etl", "--input", "x", "--output", "y", "--bucket", "z"): "--bucket",
    ("etl", "--input", "x", "--output", "y", "--prefix", "z"): "--prefix",
    ("etl", "--input=x", "--output=y", "--connections", "0"): "--connections",
    ("etl", "--input=x", "--output=y", "--retry-time", "1m"): "--retry-time",
    ("etl", "--input=x", "--output=y", "--path-style", "yes"): "--path-style",
    ("etl", "--input=ftp://x", "--output=y"): "s3://",
    ("etl", "--input"): "--input",
    ("etl", "--input=x", "--output="): "--output",
    ("etl", "--input=x", "--output=y", "--threads", "0"): "--threads",
    ("etl", "--input=x", "--output=y", "--threads", "many"): "--threads",
    ("etl", "--input=x", "--output=y", "--threads", "-1"): "--threads",
    ("etl", "--input=x", "--output=y", "--threads", "1.5"): "--threads",
    ("etl", "--input=x", "--output=y", "--threads", "99999999999999999999"): "--threads",
    ("etl", "--input=x", "--output=y", "--threads", ""): "--threads",
    ("etl", "--input=x", "--output=y", "--threads"): "--threads",
    ("etl", "--input=x", "--output=y", "--compression", "lzma"): "--compression",
    ("etl", "--input=x", "--output=y", "--max-rejects", "x"): "--max-rejects",
    ("etl", "--input=x", "--output=y", "--max-rejects", "101%"): "--max-rejects",
    ("etl", "--input=x", "--output=y", "--max-rejects", "-1"): "--max-rejects",
    ("etl", "--input=x", "--output=y", "--max-rejects", "1%%"): "--max-rejects",
    ("etl", "--input=x", "--output=y", "--max-rejects", "nan%"): "--max-rejects",
    ("etl", "--input=x", "--output=y", "--jsn"): "--jsn",
    ("etl", "--input=x", "--output=y", "--json=yes"): "--json",
    ("etl", "--input=x", "--output=y", "-Z"): "-Z",
    ("etl", "--input=x", "--output=y", "stray"): "stray",
    ("generate",): "DIR",
    ("generate", "x", "y"): "y",
    ("generate", "x", "--songs", "-1"): "--songs",
    ("generate", "x", "--events", "1e3"): "--events",
    ("generate", "x", "--match", "2"): "--match",
    ("generate", "x", "--start", "2018-13-01"): "--start",
    ("generate", "x", "--start", "2018-02-29"): "--start",
    ("generate", "x", "--days", "0"): "--days",
    ("schema", "--what"): "--what",
    ("schema", "lake", "stray"): "stray",
    ("elt",): "etl",
    ("shema",): "schema",
    ("xyzzy",): "xyzzy",
    ("--what",): "--what",
}


@pytest.mark.parametrize("arguments", WRONG_USE, ids=" ".join)
def test_wrong_use(tmp_path, arguments):
    text = message(run(*arguments, cwd=tmp_path), code=2)
    assert WRONG_USE[arguments] in text
    assert list(tmp_path.iterdir()) == []


def test_no_command():
    done = run()
    assert done.code == 2 and "sparkify" in done.err and done.out == ""


# ---- Interrupted ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def slow_input(tmp_path_factory):
    """Takes some tenths of a second to read, and as long to write."""
    folder = tmp_path_factory.mktemp("slow")
    songs = [song(song_id=f"S{i}", artist_id=f"A{i}") for i in range(5000)]
    template = play(ts=1)
    plays = [template.replace('"ts": 1', f'"ts": {i * 99_991}') for i in range(200_000)]
    write_input(folder, songs=songs, plays=plays)
    yield folder
    shutil.rmtree(folder)


def wait_for_handler(process, number):
    """Until the process hears the signal: on a busy machine a sanitized program takes its time to begin."""
    status = Path(f"/proc/{process.pid}/status")
    while process.poll() is None:
        caught = re.search(r"^SigCgt:\s*(\w+)", status.read_text(), re.MULTILINE)
        if caught and int(caught[1], 16) >> (number - 1) & 1:
            return
        time.sleep(0.001)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted(lake, slow_input, number):
    """At any moment: the old tables stay, or the new ones are whole."""
    old = snapshot(lake)
    arguments = [CHECKED, "etl", "--input", slow_input, "--output", lake, "--threads", "1"]
    codes = []
    for delay in (0.1, 0.2, 0.3, 0.45, 0.6, 0.8):
        with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            wait_for_handler(process, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(delay)
            process.send_signal(number)
            errors = process.communicate(timeout=30)[1].decode()
        codes.append(process.returncode)
        if process.returncode == 0:
            break  # it was done before the signal came
        assert process.returncode == 130, errors
        assert errors.startswith("sparkify: ") and "interrupted" in errors.lower()
        assert len(errors.splitlines()) <= 2
        assert snapshot(lake) == old
    assert 130 in codes
    if codes[-1] == 0:
        assert run("check", lake, program=PROGRAM).code == 0
        assert run("vacuum", lake, "--dry-run", "--json", program=PROGRAM).summary["leftover_files"] == 0


def test_killed_run_is_cleared_away_by_the_next(lake, good, slow_input):
    """kill -9 in the middle; a reader of the tables may see files of two runs, but not for long."""
    arguments = [CHECKED, "etl", "--input", slow_input, "--output", lake, "--threads", "1"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + 20
        while process.poll() is None and time.monotonic() < deadline:
            if len(list(lake.rglob("part-*"))) > 20:
                break
            time.sleep(0.005)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert len(list(lake.rglob("part-*"))) > 20  # what it left
    etl(good, lake)
    names = {path.name for path in lake.rglob("*") if path.is_file()}
    assert len({name for name in names if ".parquet" in name}) == 1  # of one run
    assert not [name for name in names if name.endswith(".tmp")]
    assert len(tables(lake)["songs"]) == 1


# ---- Bytes under another name ------------------------------------------------------------------

TEXT = (play() + "\n").encode()
OTHER_KINDS = {
    "log_data/a.json": (gzip.compress(TEXT), "a.json is gzip data, and its name says text"),
    "log_data/b.JSONL": (zstd(TEXT), "b.JSONL is zstd data, and its name says text"),
    "log_data/c.json": (b"BZh91AY" + TEXT, "c.json is bzip2 data, and its name says text"),
    "log_data/d.json.gz": (zstd(TEXT), "d.json.gz is zstd data, and its name says gzip"),
    "log_data/e.json.zst": (gzip.compress(TEXT), "e.json.zst is gzip data, and its name says zstd"),
    "log_data/f.json.gz": (gzip.compress(gzip.compress(TEXT)), "once it is unpacked, is gzip data"),
    "log_data/g.json": (gzip.compress(os.urandom(5 << 20)), "g.json is gzip data"),  # in pieces
    "song_data/h.json": (gzip.compress(song().encode()), "h.json is gzip data"),
}


@pytest.mark.parametrize("name", OTHER_KINDS)
def test_bytes_of_another_kind(name, tmp_path):
    data, expected = OTHER_KINDS[name]
    write_input(tmp_path / "in")
    write_tree(tmp_path / "in", {name: data})
    lake = tmp_path / "lake"
    text = message(run("etl", "--input", tmp_path / "in", "--output", lake, "--max-rejects", "100%"))
    assert expected in text
    assert not any(path.suffix == ".parquet" for path in lake.rglob("*"))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16(encoding, tmp_path):
    write_input(tmp_path / "in")
    write_tree(tmp_path / "in", {"log_data/windows.json": (play() + "\r\n").encode(encoding) * 3})
    done = run("etl", "--input", tmp_path / "in", "--output", tmp_path / "lake")
    assert "UTF-16" in message(done, code=3)
