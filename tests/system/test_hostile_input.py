"""What input can make of memory and time: a bound for both, whoever has written it. And what comes out is the
same whatever key the process has drawn for its hashes."""

import json
import os
import resource
import subprocess

import polars
import pytest
from conftest import PROGRAM, etl, play, song, without_run, write_input


def measure(*arguments, address_kib=None):
    """(exit code, stdout, stderr, seconds of processor time) of a run in a process of its own."""

    def limit():
        if address_kib:
            resource.setrlimit(resource.RLIMIT_AS, (address_kib << 10, address_kib << 10))

    process = subprocess.Popen(
        [PROGRAM, *map(str, arguments)], stderr=subprocess.PIPE, stdout=subprocess.PIPE, preexec_fn=limit
    )
    out = process.stdout.read()
    errors = process.stderr.read().decode()
    process.stdout.close()
    process.stderr.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, out, errors, usage.ru_utime


def dry_run(folder):
    """(peak memory in MiB, seconds of processor time). The peak is what the program says: getrusage's ru_maxrss has
    the peak of pytest's process in it, of which the program's is a fork."""
    status, out, errors, seconds = measure("etl", "--input", folder, "--dry-run", "--threads", 2, "--json")
    assert status == 0, errors
    return json.loads(out)["peak_memory_bytes"] >> 20, seconds


def test_months_times_users(tmp_path):
    """Each play of another user in another month: neither takes memory for the other."""
    template = play(ts="TS", userId="USER")
    plays = [
        template.replace('"TS"', str(i * 2_629_800_000 + 86_400_000)).replace("USER", f"{i:x}") for i in range(20_000)
    ]
    write_input(tmp_path, plays=plays)
    assert dry_run(tmp_path)[0] < 350


def users_of(lake):
    return sorted(polars.scan_delta(str(lake / "users")).collect().rows(), key=str)


@pytest.mark.parametrize("compression", ["zstd", "snappy"])
@pytest.mark.parametrize("packed", [False, True])
def test_out_of_memory(tmp_path, compression, packed):
    """Wherever memory runs out: one message, no crash, and the old tables stay."""
    plays = [play(ts=1541000000000 + i * 7919, userId=str(i % 500), song=f"T{i}") for i in range(20_000)]
    songs = [song(song_id=f"S{i}", artist_id=f"A{i}", title=f"T{i}") for i in range(200)]
    write_input(tmp_path / "in", songs=songs, plays=plays)
    if packed:
        subprocess.run(["gzip", "-r", tmp_path / "in/log_data"], check=True)
    arguments = ["etl", "--input", tmp_path / "in", "--output", tmp_path / "lake", "--compression", compression]
    etl(tmp_path / "in", tmp_path / "lake", program=PROGRAM)
    before = users_of(tmp_path / "lake")
    seen = set()
    for kib in range(36_000, 150_000, 3_500):
        status, _, errors, _ = measure(*arguments, "--threads", 2, "--quiet", address_kib=kib)
        seen.add(status)
        if status:
            first, *rest = errors.splitlines()
            assert (status, first) == (1, "sparkify: out of memory") and len(rest) <= 1, (kib, status, errors)
            assert users_of(tmp_path / "lake") == before
    assert seen == {0, 1}


def test_any_key_gives_the_same_bytes(generated_data, tmp_path):
    """Two processes draw two keys."""
    lakes = []
    for name, threads in (("one", 1), ("two", 3)):
        etl(generated_data, tmp_path / name, "--threads", threads, program=PROGRAM)
        lakes.append(without_run(tmp_path / name))
    assert lakes[0] == lakes[1]
