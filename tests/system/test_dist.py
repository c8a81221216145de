"""The programs of `./dev dist`: in one file, for each machine; what they write is what the ordinary build writes.

SPARKIFY_DIST  the folder with the programs (default: dist/); without them these tests are skipped
"""

import contextlib
import hashlib
import http.server
import json
import os
import platform
import re
import shlex
import shutil
import subprocess
import termios
import threading
import time
from pathlib import Path

import pyte
import pytest
from conftest import PROGRAM, PROJECT, etl, run
from lake_tables import LIBRARY
from s3_server import Server, need_versitygw
from terminal import Terminal

DIST = Path(os.environ.get("SPARKIFY_DIST") or PROJECT / "dist")
TARGETS = PROJECT / "build/dist"
RUN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")
MACHINES = ["x86_64", "aarch64"]


def find(pattern):
    found = sorted(DIST.glob(pattern))
    if not found:
        pytest.skip(f"no {pattern} in {DIST}: ./dev dist builds it")
    return found[-1]


def native():
    return find(f"sparkify-[0-9]*-{platform.machine()}-linux")


def emulator(machine):
    """What programs of a machine are run by: nothing for this one."""
    if machine == platform.machine():
        return []
    program = shutil.which(f"qemu-{machine}-static")
    if not program:
        pytest.skip(f"no qemu-{machine}-static: apt-get install qemu-user-static")
    return [program]


@pytest.fixture(params=MACHINES)
def static(request, tmp_path_factory):
    """The program in one file for a machine; that of another machine by an emulator."""
    program = find(f"sparkify-[0-9]*-{request.param}-linux")
    words = [*emulator(request.param), program]
    if len(words) == 1:
        return program
    script = tmp_path_factory.mktemp(request.param) / program.name
    script.write_text(f'#!/bin/sh\nexec {shlex.join(map(str, words))} "$@"\n')
    script.chmod(0o755)
    return script


# ---- What the files are ------------------------------------------------------------------------


def elf(program, option):
    return subprocess.run(["readelf", "-W", option, program], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("machine", MACHINES)
def test_one_file_needs_no_other(machine):
    program = find(f"sparkify-[0-9]*-{machine}-linux")
    assert "NEEDED" not in elf(program, "-d")
    assert "INTERP" not in elf(program, "-l")
    assert program.stat().st_size <= 8 << 20
    assert not re.search(r"\.(debug_\w+|symtab)\b", elf(program, "-S"))
    assert os.fsencode(PROJECT) not in program.read_bytes()  # no folder of who has built it


@pytest.mark.parametrize("machine", MACHINES)
def test_threads_have_room(machine):
    """musl gives each thread what this header says; 128 KiB where it says nothing."""
    headers = elf(find(f"sparkify-[0-9]*-{machine}-linux"), "-l")
    stack = re.search(r"GNU_STACK\s+\S+ \S+ \S+ \S+ (0x[0-9a-f]+) (\w+)", headers)
    assert int(stack[1], 16) >= 1 << 20 and "E" not in stack[2]


def test_it_names_its_scanner_and_libraries(static):
    facts = run("--version", "--json", program=static).summary
    ours = run("--version", "--json", program=PROGRAM).summary
    assert facts["version"] == ours["version"]
    assert facts["scanner"] == (ours["scanner"] if platform.machine() in static.name else "neon")
    listed = (PROJECT / "deploy/dist/sources.list").read_text()
    for crate, library in ("openssl-src", "OpenSSL"), ("curl-sys", "libcurl"), ("zstd-sys", "zstd"):
        version = re.search(rf"{crate} +\S+\+(?:curl-|zstd\.)?([\d.]+)", listed)[1]
        assert facts["libraries"][library].removesuffix("-DEV") == version


# ---- What it writes ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def same_zstd(tmp_path_factory):
    """The environment in which the ordinary program loads the zstd that the programs in one file have."""
    source = TARGETS / "sources/zstd-sys/zstd/lib"
    if not source.exists():
        pytest.skip("the sources of zstd are not there: ./dev dist fetches them")
    folder = tmp_path_factory.mktemp("zstd")
    files = [path for part in ("common", "compress", "decompress") for path in (source / part).glob("*.[cS]")]
    command = ["gcc", "-shared", "-fPIC", "-O2", "-Wl,-soname,libzstd.so.1", "-o", folder / "libzstd.so.1", *files]
    subprocess.run(command, check=True)
    return {"LD_LIBRARY_PATH": str(folder)}


def files_of(lake):
    """The bytes of each data file, by its path without the run's id."""
    return {
        RUN_ID.sub("RUN", str(path.relative_to(lake))): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in lake.rglob("part-*.parquet")
    }


@pytest.mark.parametrize("codec", ["zstd", "none"])
def test_files_are_those_of_the_ordinary_build(static, codec, generated_data, tmp_path, request):
    env = request.getfixturevalue("same_zstd") if codec == "zstd" else None
    libraries = [run("--version", "--json", program=PROGRAM, env=env).summary["libraries"], None]
    libraries[1] = run("--version", "--json", program=static).summary["libraries"]
    assert codec != "zstd" or libraries[0]["zstd"] == libraries[1]["zstd"]
    how = ("--compression", codec)
    etl(generated_data, tmp_path / "ordinary", *how, program=PROGRAM, env=env)
    etl(generated_data, tmp_path / "static", *how, program=static)
    files = files_of(tmp_path / "static")
    assert len(files) > 100 and files == files_of(tmp_path / "ordinary")


def test_each_takes_over_the_lake_of_the_other(static, generated_data, tmp_path):
    for first, second in (PROGRAM, static), (static, PROGRAM):
        lake = tmp_path / f"{first.name}-first"
        etl(generated_data, lake, program=first)
        assert etl(generated_data, lake, "--incremental", program=second)["committed"] is False
        assert run("check", lake, program=second).code == 0


UNIT_TESTS = ["json_test_scan", "json_test_suite", "json_test_versions", "json_test_convert"]
UNIT_TESTS += ["base_test_string", "base_test_error", "base_test_random"]


@pytest.mark.parametrize("name", UNIT_TESTS)
@pytest.mark.parametrize("machine", MACHINES)
def test_unit_tests_of_what_differs(machine, name):
    """By machine (the scanner's versions: NEON and portable) and by C library (musl)."""
    test = TARGETS / f"{machine}-linux-musl/sparkify/tests/unit/{name}"
    if not test.exists():
        pytest.skip(f"no {test}: ./dev test dist builds it")
    done = subprocess.run([*emulator(machine), test], capture_output=True, text=True)
    assert done.returncode == 0 and "PASSED" in done.stdout + done.stderr, done.stdout + done.stderr


# ---- On a machine with nothing else ----------------------------------------------------------------


def in_empty_root(program, *arguments, files=(), env=None):
    """Runs it as if it were all that there is: `files` are (where it is, where the program sees it)."""
    if not shutil.which("bwrap"):
        pytest.skip("no bwrap: apt-get install bubblewrap")
    root = [
        "--tmpfs",
        "/",
        "--proc",
        "/proc",
        "--ro-bind",
        program,
        "/sparkify",
        "--unshare-all",
        "--share-net",
        "--clearenv",
    ]
    for source, place in files:
        root += ["--bind", source, place]
    for name, value in (env or {}).items():
        root += ["--setenv", name, value]
    done = subprocess.run(["bwrap", *map(str, root), "/sparkify", *map(str, arguments)], capture_output=True, text=True)
    if "bwrap:" in done.stderr:
        pytest.skip(done.stderr)
    return done


def test_the_job_in_an_empty_root(generated_data, tmp_path):
    lake = tmp_path / "lake"
    lake.mkdir()
    files = [(generated_data, "/input"), (lake, "/lake")]
    done = in_empty_root(native(), "etl", "--input", "/input", "--output", "/lake", files=files)
    assert done.returncode == 0, done.stderr
    assert run("check", lake, program=PROGRAM).code == 0


def test_query_says_how_to_get_the_worker(generated_data, tmp_path):
    etl(generated_data, tmp_path / "lake", program=PROGRAM)
    files = [(tmp_path / "lake", "/lake")]
    done = in_empty_root(native(), "query", "/lake", "SELECT 1", files=files)
    assert done.returncode == 1 and "queries need the program sparkify-worker, and it is not in /" in done.stderr
    assert "SPARKIFY_WORKER" in done.stderr


@pytest.fixture
def installed(generated_data, tmp_path):
    """A folder with the program, its worker, DuckDB's library, and a lake."""
    worker = find(f"sparkify-worker-*-{platform.machine()}-linux-gnu")
    if not LIBRARY.exists():
        pytest.skip("DuckDB's library needs npm: ./dev build gets it")
    etl(generated_data, tmp_path / "lake", program=PROGRAM)
    shutil.copy(native(), tmp_path / "sparkify")
    shutil.copy(worker, tmp_path / "sparkify-worker")
    (tmp_path / "libduckdb.so").symlink_to(LIBRARY)
    return tmp_path


NO_NAMES = {"SPARKIFY_WORKER": "", "SPARKIFY_DUCKDB": ""}


def test_query_by_the_worker_beside_it(installed):
    query = ("query", installed / "lake", "SELECT 41 + 1 AS x", "--format", "csv")
    done = run(*query, program=installed / "sparkify", env=NO_NAMES)
    assert (done.out, done.err) == ("x\n42\n", "")


@pytest.mark.parametrize("terminal", ["xterm-256color", "screen", "dumb"])
def test_the_shell_without_a_database_of_terminals(installed, terminal):
    """What is typed is edited where the cursor is: by what every terminal understands."""
    nowhere = {"TERM": terminal, "TERMINFO": "/nonexistent", "XDG_STATE_HOME": str(installed), "LC_ALL": "C.UTF-8"}
    shell = Terminal(installed / "sparkify", "query", installed / "lake", env=NO_NAMES | nowhere)
    shown = shell.read_until("sparkify> ")
    while termios.tcgetattr(shell.fd)[3] & termios.ICANON:  # before, the terminal itself would edit
        time.sleep(0.01)
    left, backspace = "\033[D", "\x7f"
    shell.type("SELECT 4 AS answwers;" + left * 4 + backspace + left * 8 + "2\n")
    shown += shell.read_until("42\r\n")
    assert shell.end() == 0
    screen = pyte.Screen(100, 50)
    pyte.Stream(screen).feed(shown)
    lines = [line.rstrip() for line in screen.display]
    assert "answers" in lines and "42" in [line.strip() for line in lines], lines
    assert "sparkify> SELECT 42 AS answers;" in lines


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("name", ["libsparkify-*-{}-linux-gnu.so", "sparkify-worker-*-{}-linux-gnu"])
def test_an_old_c_library_suffices(name, machine):
    """manylinux2014: nothing of glibc that is younger than 2.17, and no other library."""
    file = find(name.format(machine))
    versions = {tuple(map(int, text.split("."))) for text in re.findall(r"GLIBC_([\d.]+)", elf(file, "-V"))}
    assert versions and max(versions) <= (2, 17)
    needed = set(re.findall(r"NEEDED.*\[(.*)\]", elf(file, "-d")))
    assert needed <= {f"lib{name}.so.{n}" for name, n in (("c", 6), ("m", 6), ("dl", 2), ("pthread", 0), ("rt", 1))} | {
        "ld-linux-x86-64.so.2",
        "ld-linux-aarch64.so.1",
    }
    symbols = re.findall(r"GLOBAL\s+DEFAULT\s+\d+ (\S+)", elf(file, "--dyn-syms"))
    assert file.suffix != ".so" or all(
        re.fullmatch(r"sparkify_\w+(@@SPARKIFY_0)?|SPARKIFY_0", text) for text in symbols
    )


def test_a_program_in_c_uses_the_library(tmp_path):
    """In C, with the header alone: without the library's own build around it."""
    library = find(f"libsparkify-*-{platform.machine()}-linux-gnu.so")
    (tmp_path / "libsparkify.so.0").symlink_to(library)
    source = tmp_path / "main.c"
    source.write_text(
        """#include <sparkify.h>
#include <stdio.h>
int main(int argc, char **argv)
{
    struct sparkify_job *job = sparkify_job_new("etl");
    sparkify_job_set(job, "input", argv[argc - 2]);
    sparkify_job_set(job, "output", argv[argc - 1]);
    sparkify_job_start(job);
    sparkify_job_wait(job, -1);
    puts(sparkify_job_status(job) ? sparkify_job_message(job) : sparkify_job_result(job));
    sparkify_job_free(job);
    return 0;
}
"""
    )
    link = ["-L", tmp_path, "-l:libsparkify.so.0", f"-Wl,-rpath,{tmp_path}"]
    command = ["gcc", "-I", PROJECT / "src/api/include", source, *link, "-o", tmp_path / "main"]
    subprocess.run(command, check=True)
    data = ("--songs", 20, "--events", 200)
    assert run("generate", tmp_path / "data", *data, program=PROGRAM).code == 0
    done = subprocess.run([tmp_path / "main", tmp_path / "data", tmp_path / "lake"], capture_output=True, check=True)
    assert json.loads(done.stdout)["status"] == "ok"
    assert run("check", tmp_path / "lake", program=PROGRAM).code == 0


# ---- TLS, and keys by a token, in an empty root ----------------------------------------------------

PLACES = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
]


@pytest.fixture(scope="module")
def tls_server(tmp_path_factory):
    need_versitygw()
    folder = tmp_path_factory.mktemp("tls")
    if not shutil.which("openssl"):
        pytest.skip("no openssl: it makes the certificate of the test's server")
    subject = ["-subj", "/CN=sparkify tests", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", *subject]
    files = (folder / "cert.pem", folder / "key.pem")
    subprocess.run([*command, "-out", files[0], "-keyout", files[1]], check=True, capture_output=True)
    with Server(folder / "server", tls=files) as server:
        yield server


@pytest.fixture(scope="module")
def small_data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    assert run("generate", folder, "--songs", 20, "--events", 200, program=PROGRAM).code == 0
    return folder


def to_bucket(server, data, *options, files=(), env=None):
    keys = {"AWS_ACCESS_KEY_ID": server.access_key, "AWS_SECRET_ACCESS_KEY": server.secret_key}
    where = ("--endpoint", server.endpoint, "--bucket", server.new_bucket(), "--region", server.region)
    job = ("etl", "--input", "/input", *where, *options)
    return in_empty_root(native(), *job, files=[(data, "/input"), *files], env=keys if env is None else env)


def test_a_server_that_is_not_trusted(tls_server, small_data):
    done = to_bucket(tls_server, small_data)
    assert done.returncode == 1 and "certificate is not trusted" in done.stderr
    assert "--ca-file" in done.stderr


@pytest.mark.parametrize("place", PLACES)
def test_certificates_where_distributions_have_them(tls_server, small_data, place):
    done = to_bucket(tls_server, small_data, files=[(tls_server.tls[0], place)])
    assert done.returncode == 0, done.stderr


def test_certificates_that_are_named(tls_server, small_data):
    files = [(tls_server.tls[0], "/mine.pem")]
    assert to_bucket(tls_server, small_data, "--ca-file", "/mine.pem", files=files).returncode == 0
    keys = {"AWS_ACCESS_KEY_ID": tls_server.access_key, "AWS_SECRET_ACCESS_KEY": tls_server.secret_key}
    assert to_bucket(tls_server, small_data, files=files, env=keys | {"SSL_CERT_FILE": "/mine.pem"}).returncode == 0


STS_ANSWER = """<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>{key}</AccessKeyId>
<SecretAccessKey>{secret}</SecretAccessKey><SessionToken></SessionToken>
<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>
</AssumeRoleWithWebIdentityResponse>"""


@contextlib.contextmanager
def token_service(server, asked):
    """Gives the server's keys to whoever has the token; the server knows no session tokens."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            asked.append(self.rfile.read(int(self.headers["content-length"])).decode())
            self.send_response(200)
            self.end_headers()
            self.wfile.write(STS_ANSWER.format(key=server.access_key, secret=server.secret_key).encode())

        do_GET = do_POST

        def log_message(self, *_):
            pass

    service = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=service.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{service.server_port}"
    finally:
        service.shutdown()
        service.server_close()


def test_keys_by_web_identity(tls_server, small_data, tmp_path):
    (tmp_path / "token").write_text("the token")
    files = [(tls_server.tls[0], PLACES[0]), (tmp_path / "token", "/token")]
    asked = []
    with token_service(tls_server, asked) as url:
        env = {
            "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/sparkify",
            "AWS_WEB_IDENTITY_TOKEN_FILE": "/token",
            "AWS_ENDPOINT_URL_STS": url,
        }
        done = to_bucket(tls_server, small_data, files=files, env=env)
    assert done.returncode == 0, done.stderr
    assert any("WebIdentityToken=the%20token" in text for text in asked), asked
