"""What a lake on a disk meets: links that lead out of it, and file systems that cannot do what most can
(the killer makes the calls fail)."""

import errno
import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from conftest import PROGRAM, etl, message, play, run, snapshot, song, write_input
from crash import KILLER, NOT_HERE

# ---- Links ------------------------------------------------------------------------------------


@pytest.fixture
def good(tmp_path):
    return write_input(tmp_path / "in")


@pytest.fixture
def place(tmp_path, good):
    """A lake beside another one, and beside what somebody else has."""
    etl(good, tmp_path / "lake", "--keep-versions", "3")
    etl(good, tmp_path / "other")
    (tmp_path / "home" / "empty").mkdir(parents=True)
    (tmp_path / "home" / "thesis.txt").write_text("precious")
    shutil.copytree(tmp_path / "lake" / "_sparkify" / "plans", tmp_path / "home" / "plans")
    return tmp_path


LINKS = {  # what in the lake is a link: where it leads
    "songs/year=9999": "other/songs/year=2000",
    "songs": "other/songs",
    "users": "other/users",
    "songplays/_delta_log": "other/songplays/_delta_log",
    "_sparkify": "other/_sparkify",
    "_sparkify/plans": "home/plans",
    "_sparkify/commits": "other/_sparkify/commits",
    "_sparkify/staging": "home",
    "_sparkify/staging/x": "home",
    "_sparkify/runs": "home",
    "_sparkify/state": "other/_sparkify/state",
    "_rejects": "home",
    "_rejects/latest": "home",
}
COMMANDS = [
    ("vacuum", "{lake}"),
    ("vacuum", "{lake}", "--retain", "0s"),
    ("etl", "--input", "{other_input}", "--output", "{lake}"),
    ("etl", "--input", "{other_input}", "--output", "{lake}", "--incremental"),
    ("restore", "{lake}", "--at", "0"),
    ("check", "{lake}"),
]


@pytest.mark.parametrize("at", LINKS)
def test_no_link_in_a_lake_is_followed(place, at):
    path = place / "lake" / at
    path.parent.mkdir(exist_ok=True)
    if path.exists():
        shutil.rmtree(path)
    path.symlink_to(place / LINKS[at])
    other_input = write_input(place / "in2", songs=[song(title="other")], plays=[play()])
    before = {name: snapshot(place / name) for name in ("home", "other")}
    for command in COMMANDS:
        words = [word.format(lake=place / "lake", other_input=other_input) for word in command]
        text = message(run(*words))
        assert f"lake/{at} is a link: sparkify follows none in a lake" in text, words
        assert {name: snapshot(place / name) for name in before} == before, words
    path.unlink()


def test_the_lake_itself_may_be_a_link(place):
    (place / "link").symlink_to("lake")
    etl(place / "in", place / "link")
    assert run("vacuum", place / "link").code == 0
    assert run("check", place / "link").code == 0


def test_a_fan_of_links_in_the_input(good, tmp_path):
    """Thirty folders, each with two links to the next: 2^30 ways to the last."""
    for i in range(31):
        (good / "log_data" / f"f{i}").mkdir()
    for i in range(30):
        for name in "ab":
            (good / "log_data" / f"f{i}" / name).symlink_to(f"../f{i + 1}")
    text = message(run("etl", "--input", good, "--output", tmp_path / "lake"))
    assert re.search(r"log_data/f.*: links lead to this folder in more than 64 ways", text)


# ---- File systems that lack something ---------------------------------------------------------


def failing(calls, error, source, lake, how_often="--on", first=1):
    """A run of which these calls fail: from the first on always, or twice, or once."""
    if sys.platform != "linux":
        pytest.skip("the killer needs ptrace and seccomp of Linux")
    options = ["--fail", first, error, *how_often.split(), "--calls", calls]
    command = [PROGRAM, "etl", "--input", source, "--output", lake, "--json"]
    env = {"ASAN_OPTIONS": "detect_leaks=0"}  # LeakSanitizer would trace the program itself
    done = run(*options, lake, lake.with_name("log"), *command, program=KILLER, env=env)
    if done.code == NOT_HERE:
        pytest.skip(f"the killer cannot work here: {done.err.strip()}")
    return done


@pytest.mark.parametrize("error", ["EPERM", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EIO"])
def test_without_hard_links(good, tmp_path, error):
    lake = tmp_path / "lake"
    for _ in range(2):
        done = failing("linkat", getattr(errno, error), good, lake)
        assert (done.code, done.err) == (0, "")
    assert run("check", lake).code == 0


def test_without_links_and_a_rename_that_never_replaces(good, tmp_path):
    lake = tmp_path / "lake"
    done = failing("linkat,renameat2", errno.EINVAL, good, lake)
    assert done.code == 1
    assert "cannot commit safely: its file system has neither hard links" in done.err
    assert json.loads(done.out)["status"] == "failed"
    assert not lake.exists()


def test_another_run_clears_up_what_is_tried_out(good, tmp_path):
    """It takes the temporaries for those of a crashed run: link and rename find nothing."""
    done = failing("linkat,renameat2", errno.ENOENT, good, tmp_path / "lake", "--twice")
    assert (done.code, done.err) == (0, "")


@pytest.mark.parametrize("number", range(3, 9))  # the first two are those of the trial
def test_another_run_clears_up_what_is_being_put(good, tmp_path, number):
    """The marker, the decision, the logs: their temporaries are gone when they are to appear."""
    lake = tmp_path / "lake"
    done = failing("linkat", errno.ENOENT, good, lake, "", number)
    assert (done.code, done.err) == (0, "")
    calls = [line.split("\t") for line in (tmp_path / "log").read_text().splitlines()]
    assert [call[3] for call in calls if call[0] == str(number)] == [str(-errno.ENOENT)]
    assert run("check", lake).code == 0


@pytest.mark.parametrize("error", ["EINVAL", "EOPNOTSUPP", "ENOSYS"])
@pytest.mark.parametrize("call", ["fsync", "syncfs", "renameat2"])
def test_what_a_file_system_need_not_have(good, tmp_path, call, error):
    lake = tmp_path / "lake"
    done = failing(call, getattr(errno, error), good, lake)
    assert (done.code, done.err) == (0, "")
    assert run("check", lake).code == 0


@pytest.mark.parametrize("error", ["ENOSYS", "EPERM"])
def test_a_kernel_or_a_sandbox_without_openat2(good, tmp_path, error):
    lake = tmp_path / "lake"
    done = failing("openat2", getattr(errno, error), good, lake)
    assert (done.code, done.err) == (0, "")
    calls = [line.split("\t") for line in (tmp_path / "log").read_text().splitlines()]
    failed = [call for call in calls if call[2] == "openat2"]
    assert 1 <= len(failed) <= os.cpu_count()  # each thread at most once
    assert run("check", lake).code == 0


@pytest.mark.parametrize("call", ["fsync", "syncfs"])
def test_a_disk_that_fails_to_sync(good, tmp_path, call):
    done = failing(call, errno.EIO, good, tmp_path / "lake")
    assert done.code == 1 and os.strerror(errno.EIO) in done.err


# ---- File systems that take some names for others ----------------------------------------------

FOLD = r"""
#define _GNU_SOURCE
#include <ctype.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
static const char *fold(const char *path, char *to)
{
    strcpy(to, path);
    for (char *at = to; (at = strstr(at, "artist_id=")); )
        for (at += 10; *at && *at != '/'; at++)
            *at = (char)tolower((unsigned char)*at);
    return to;
}
#define REAL(name) static __typeof__(name) *real; if (!real) real = dlsym(RTLD_NEXT, #name)
int openat(int fd, const char *path, int flags, ...)
{
    REAL(openat); char to[4096]; va_list list; va_start(list, flags);
    int mode = va_arg(list, int); va_end(list);
    return real(fd, fold(path, to), flags, mode);
}
long syscall(long number, ...)
{
    REAL(syscall); char to[4096]; long a[6]; va_list list; va_start(list, number);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(list, long);
    va_end(list);
    if (number == SYS_openat2)
        a[1] = (long)fold((const char *)a[1], to);
    return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
int mkdirat(int fd, const char *path, mode_t mode)
{
    REAL(mkdirat); char to[4096];
    return real(fd, fold(path, to), mode);
}
int unlinkat(int fd, const char *path, int flags)
{
    REAL(unlinkat); char to[4096];
    return real(fd, fold(path, to), flags);
}
int fstatat(int fd, const char *restrict path, struct stat *restrict info, int flags)
{
    REAL(fstatat); char to[4096];
    return real(fd, fold(path, to), info, flags);
}
"""


@pytest.fixture(scope="session")
def fold(tmp_path_factory):
    """A library to preload: names of artists' folders become lower case."""
    folder = tmp_path_factory.mktemp("fold")
    (folder / "fold.c").write_text(FOLD)
    command = ["cc", "-shared", "-fPIC", "-o", folder / "fold.so", folder / "fold.c", "-ldl"]
    if subprocess.run(command, check=False).returncode != 0:
        pytest.skip("there is no C compiler")
    return {"LD_PRELOAD": str(folder / "fold.so")}


def songs_of(*artists):
    return [song(artist_id=name, song_id=f"S{i}") for i, name in enumerate(artists)]


def test_artists_that_a_file_system_does_not_tell_apart(tmp_path, fold):
    source = write_input(tmp_path / "in", songs=songs_of("arx", "ARx"))
    lake = tmp_path / "lake"
    text = message(run("etl", "--input", source, "--output", lake, program=PROGRAM, env=fold))
    # Which of the two comes first, and is the one that is there, is up to the threads.
    named = re.findall(r"songs/year=2000/artist_id=(...)/part-", text)
    assert named in (["ARx", "arx"], ["arx"])
    assert "takes that name for" in text or "that name is taken already" in text
    assert not lake.exists()


def test_names_that_only_this_lake_has(tmp_path, fold):
    source = write_input(tmp_path / "in", songs=songs_of("arx", "b"))
    done = run(
        "etl", "--input", source, "--output", tmp_path / "lake", program=PROGRAM, env=fold
    )
    assert done.code == 0
    assert run("check", tmp_path / "lake").code == 0
