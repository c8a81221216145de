"""Whole runs on S3: the same files as on a disk, whatever the network does, and a clear message
where it does too much.

SPARKIFY_CUTS     at how many instants the network is cut (default: 5)
SPARKIFY_OBJECTS  how many songs there are where many are needed (default: 1100)
"""

import contextlib
import gzip
import json
import os
import random
import resource
import shutil
import signal
import socket
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import fault_proxy as faults
import pytest
from conftest import (
    CHECKED,
    PROGRAM,
    REBUILD,
    RUN_ID,
    TABLES,
    etl,
    message,
    play,
    read_rejects,
    run,
    snapshot,
    song,
    tables,
    without_run,
    write_input,
    write_tree,
)
from fault_proxy import FaultProxy, mix, nth, on
from processes import FAULTS, threads_of
from s3_server import ODD_KEYS, REGION, Server, free_port, need_versitygw

pytest_plugins = ["s3_server"]

CUTS = int(os.environ.get("SPARKIFY_CUTS") or 5)
MANY = int(os.environ.get("SPARKIFY_OBJECTS") or 1100)  # more than a page of a listing
LARGE = 8 << 20  # more than this is read and written in pieces
FLOOD = 64 << 20  # an answer is too long before this
SOON = ("--retry-time", 1)  # for runs that must fail
ANY_REJECTS = ("--max-rejects", "100%")


@pytest.fixture(autouse=True)
def nothing_of_this_machine(monkeypatch, tmp_path):
    """No keys, profiles or proxies of whoever runs the tests."""
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


# ---- Running ----------------------------------------------------------------------------------


def write_config(path, access_key, secret_key, more=""):
    text = f"[AWS]\nAWS_ACCESS_KEY_ID={access_key}\nAWS_SECRET_ACCESS_KEY={secret_key}\n{more}"
    path.write_text(text)
    path.chmod(0o600)
    return path


class Job:
    """`sparkify etl` in a folder with a dl.cfg that has the server's keys in it."""

    def __init__(self, folder, server):
        self.folder = folder
        self.server = server
        self.endpoint = server.endpoint
        self.secrets = [server.secret_key]
        self.configure()

    def configure(self, access_key=None, secret_key=None, more=""):
        access_key = access_key or self.server.access_key
        secret_key = secret_key or self.server.secret_key
        self.secrets.append(secret_key)
        write_config(self.folder / "dl.cfg", access_key, secret_key, more)

    def run(self, *options, **how):
        """To its end, whatever that is; no secret may be in what it says."""
        how = {"cwd": self.folder, "timeout": 120} | how
        done = run("etl", "--endpoint", self.endpoint, *REBUILD, *options, **how)
        for secret in self.secrets:
            assert secret not in done.out + done.err
        return done

    def etl(self, *options, **how):
        """A run that must go well."""
        done = self.run(*options, "--json", **how)
        warnings = [f"sparkify: warning: {text}\n" for text in done.summary["warnings"]]
        assert (done.code, done.err) == (0, "".join(warnings))
        return done.summary

    def refused(self, bucket, *options, code=1, **how):
        """The message of a run that must fail and leave the bucket as it was."""
        s3 = self.server.client
        old = s3.state(bucket)
        text = message(self.run("--bucket", bucket, *SOON, *options, **how), code)
        assert s3.state(bucket) == old
        assert s3.unfinished_uploads(bucket) == []
        return text


@pytest.fixture
def job(tmp_path, server):
    folder = tmp_path / "job"
    folder.mkdir()
    return Job(folder, server)


@pytest.fixture
def proxy(server, job):
    """In front of the server, for the job."""
    with FaultProxy(server.port) as running:
        job.endpoint = running.endpoint
        yield running


@pytest.fixture
def bucket(server):
    return server.new_bucket()


def address_of(proxy):
    return f"127.0.0.1:{proxy.port}"


# ---- Inputs and outputs -----------------------------------------------------------------------


class Input:
    """A data set on the disk and in a bucket, with the tables of a run from disk to disk."""

    def __init__(self, server, folder, *options):
        self.folder = folder / "in"
        self.options = options
        self.bucket = server.new_bucket("input")
        self.uri = f"s3://{self.bucket}"
        server.client.upload(self.folder, self.bucket)
        summary = etl(self.folder, folder / "expected", *options, program=PROGRAM)
        self.files = without_run(folder / "expected", summary)


@pytest.fixture(scope="module")
def small(server, tmp_path_factory):
    """Read for all tests, and changed by none."""
    folder = tmp_path_factory.mktemp("small")
    songs = {f"in/song_data/{i % 3}/{i}.json": song(song_id=f"S{i}", year=i) for i in range(6)}
    plays = [play(itemInSession=i, ts=1541106106796 + i * 10**8) for i in range(60)]
    logs = {"in/log_data/a.json": plays[:30], "in/log_data/b.json": plays[30:]}
    write_tree(folder, songs | logs)
    return Input(server, folder)


@pytest.fixture(scope="module")
def many(server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("many")
    size = ("--songs", MANY, "--events", 5000, "--seed", 11)
    assert run("generate", folder / "in", *size, program=PROGRAM).code == 0
    yield Input(server, folder)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def large(server, tmp_path_factory):
    """A log and a file of songplays that are too large for one request."""
    folder = tmp_path_factory.mktemp("large")
    dice = random.Random(3)
    plays = [play(itemInSession=i, userAgent=dice.randbytes(500).hex()) for i in range(12_000)]
    write_input(folder / "in", plays=plays)
    data = Input(server, folder, "--compression", "none")
    assert max(map(len, data.files.values())) > LARGE
    assert (data.folder / LOG).stat().st_size > LARGE
    yield data
    shutil.rmtree(folder)


LOG = "log_data/2018/11/events.json"  # of write_input


def assert_same_files(s3, folder, bucket, summary, expected, prefix=""):
    """The bucket holds what disk to disk gives, byte for byte, and nothing else."""
    found = without_run(s3.download(bucket, folder / "found", prefix))
    shutil.rmtree(folder / "found")
    assert found.keys() == expected.files.keys()
    assert [name for name in found if found[name] != expected.files[name]] == []
    assert s3.unfinished_uploads(bucket) == []


@pytest.fixture
def lake(job, server, small):
    """A bucket with the tables of a run before."""
    name = server.new_bucket()
    job.etl("--input", small.uri, "--bucket", name)
    return name


# ---- The same as on a disk --------------------------------------------------------------------


def test_s3_to_s3(job, s3, small, bucket, tmp_path):
    summary = job.etl("--input", small.uri, "--bucket", bucket)
    assert_same_files(s3, tmp_path, bucket, summary, small)
    assert summary["input"] == small.uri
    assert summary["output"].rstrip("/") == f"s3://{bucket}"


def test_s3_to_disk(job, small, tmp_path):
    summary = job.etl("--input", small.uri, "--output", tmp_path / "out")
    assert without_run(tmp_path / "out", summary) == small.files


def test_disk_to_s3(job, s3, small, bucket, tmp_path):
    summary = job.etl("--input", small.folder, "--bucket", bucket)
    assert_same_files(s3, tmp_path, bucket, summary, small)


def test_output_as_an_address(job, s3, small, bucket, tmp_path):
    summary = job.etl("--input", small.uri, "--output", f"s3://{bucket}/a/b")
    assert_same_files(s3, tmp_path, bucket, summary, small, "a/b/")


@pytest.mark.parametrize("scheme", ["s3a", "s3n"])
def test_addresses_of_hadoop(job, small, tmp_path, scheme):
    summary = job.etl("--input", f"{scheme}://{small.bucket}/", "--output", tmp_path / "out")
    assert without_run(tmp_path / "out", summary) == small.files


@pytest.mark.parametrize("prefix", ["lake", "lake/", "my lake/a=b+c/100%41/é"])
def test_prefix(job, s3, small, bucket, tmp_path, prefix):
    s3.put(bucket, "mine", b"mine")
    summary = job.etl("--input", small.uri, "--bucket", bucket, "--prefix", prefix)
    s3.delete(bucket, "mine")
    assert_same_files(s3, tmp_path, bucket, summary, small, prefix.rstrip("/") + "/")
    assert all(key.startswith(prefix.rstrip("/") + "/") for key in s3.keys(bucket))


def test_more_objects_than_a_page_lists(job, s3, many, bucket, tmp_path):
    for _ in range(2):  # the second run lists the first one's files
        summary = job.etl("--input", many.uri, "--bucket", bucket, program=PROGRAM)
        assert_same_files(s3, tmp_path, bucket, summary, many)
    assert summary["sources"]["songs"]["files"] >= MANY


def test_odd_keys(job, s3, server, bucket, tmp_path):
    """In the input, in the tables' partitions, and in the rejects, which name the objects."""
    files = {}
    for number, name in enumerate(ODD_KEYS):
        odd = song(song_id=f"S{number}", artist_id=name, year=number)
        files[f"in/song_data/{name}.json"] = [odd]
        files[f"in/log_data/{name}.json"] = [play(userId=name, itemInSession=number), "broken"]
    write_tree(tmp_path, files)
    expected = Input(server, tmp_path, *ANY_REJECTS)
    summary = job.etl("--input", expected.uri, "--bucket", bucket, *ANY_REJECTS)
    assert_same_files(s3, tmp_path, bucket, summary, expected)
    found = s3.download(bucket, tmp_path / "out")
    named = {reject["file"] for reject in read_rejects(found, summary["run"])}
    assert named == {f"log_data/{name}.json" for name in ODD_KEYS}
    assert {row["artist_id"] for row in tables(found)["songs"]} == set(ODD_KEYS)


def test_input_with_an_odd_prefix(job, s3, small, bucket, tmp_path):
    prefix = "my data+1/100%41=é"
    s3.upload(small.folder, bucket, prefix + "/")
    s3.put(bucket, prefix + "-not/song_data/x.json", song().encode())
    options = ("--input", f"s3://{bucket}/{prefix}", "--output", tmp_path / "out")
    assert without_run(tmp_path / "out", job.etl(*options)) == small.files


def test_hidden_and_empty_objects_are_skipped(job, s3, small, bucket, tmp_path):
    s3.upload(small.folder, bucket)
    for name in ("_a.json", ".b.json", "_c/d.json", "e/.f/g.json"):
        s3.put(bucket, f"song_data/{name}", b"broken")
    s3.put(bucket, "log_data/empty.json", b"")
    s3.put(bucket, "log_data/folder/", b"")  # as consoles make them
    summary = job.etl("--input", f"s3://{bucket}", "--output", tmp_path / "out")
    assert without_run(tmp_path / "out", summary) == small.files


@pytest.mark.parametrize("threads", [1, 7])
def test_any_number_of_threads_and_connections(job, s3, small, bucket, tmp_path, proxy, threads):
    proxy.latency = 0.01
    options = ("--threads", threads, "--connections", threads)
    summary = job.etl("--input", small.uri, "--bucket", bucket, *options)
    assert_same_files(s3, tmp_path, bucket, summary, small)
    assert proxy.most_at_once <= threads


def test_requests_go_out_at_once(job, many, tmp_path, proxy):
    proxy.latency = 0.05
    options = ("--output", tmp_path / "out", "--connections", 32)
    job.etl("--input", many.uri, *options, program=PROGRAM)
    assert 24 <= proxy.most_at_once <= 32
    assert proxy.connections <= 64  # they are kept


@pytest.mark.parametrize("gzipped", [False, True])
def test_large_log_is_read_in_pieces(job, s3, large, bucket, tmp_path, proxy, gzipped):
    source = large.uri
    if gzipped:  # as it is, for the size
        source = f"s3://{bucket}"
        log = (large.folder / LOG).read_bytes()
        s3.put(bucket, f"{LOG}.gz", gzip.compress(log, compresslevel=0))
        s3.upload(large.folder / "song_data", bucket, "song_data/")
    ranges = []
    proxy.plan = lambda request: ranges.append(request.headers.get("range"))
    options = ("--output", tmp_path / "out", *large.options)
    assert without_run(tmp_path / "out", job.etl("--input", source, *options)) == large.files
    assert len({text for text in ranges if text}) >= 2


def test_large_object_is_written_in_parts(job, s3, large, bucket, tmp_path, proxy):
    for _ in range(2):
        summary = job.etl("--input", large.folder, "--bucket", bucket, *large.options)
        assert_same_files(s3, tmp_path, bucket, summary, large)
    assert proxy.requests["CompleteMultipartUpload"] == 2
    assert proxy.requests["UploadPart"] >= 4


def test_summary_counts_requests(job, small, bucket, proxy):
    summary = job.etl("--input", small.uri, "--bucket", bucket)
    counts = summary["s3"]
    assert counts["requests"] == proxy.total
    assert counts["retries"] == 0
    read = sum(source["bytes"] for source in summary["sources"].values())
    written = sum(table["bytes"] for table in summary["tables"].values())
    assert counts["bytes_received"] >= read
    assert counts["bytes_sent"] >= written
    shown = job.run("--input", small.uri, "--bucket", bucket).out
    assert "request" in shown and "retr" in shown


def test_no_counts_without_s3(small, tmp_path):
    assert etl(small.folder, tmp_path / "out").get("s3") is None


def test_dry_run_writes_nothing(job, s3, small, bucket):
    summary = job.etl("--input", small.uri, "--bucket", bucket, "--dry-run")
    assert summary["tables"]["users"]["rows"] == 1
    assert s3.keys(bucket) == []


# ---- A run replaces the tables -----------------------------------------------------------------


def test_second_run_replaces_the_files(job, s3, bucket, tmp_path):
    write_input(tmp_path / "one", songs=[song(year=1999)], plays=[play(), "broken"])
    write_input(tmp_path / "two", songs=[song(year=2001)], plays=[play(ts=0), "broken"])
    options = ("--bucket", bucket, *ANY_REJECTS)
    first = job.etl("--input", tmp_path / "one", *options)
    mine = {"notes.txt": b"mine", "other/songs/part-00000.parquet": b"mine"}
    for key, body in mine.items():
        s3.put(bucket, key, body)
    second = job.etl("--input", tmp_path / "two", *options)
    output = s3.download(bucket, tmp_path / "out")
    for table in ("songs", "time", "songplays"):  # the others are the same
        names = {path.name for path in (output / table).rglob("*.parquet")}
        assert names == {f"part-00000-{second['run']}.zstd.parquet"}
    assert len(without_run(output / "users")) == len(without_run(output / "artists")) == 1
    assert [row["year"] for row in tables(output)["songs"]] == [2001]
    assert mine.items() <= snapshot(output).items()
    for summary in (first, second):  # the rejects of each run are kept
        assert len(read_rejects(output, summary["run"])) == 1


def test_too_many_rejects(job, s3, small, lake, tmp_path):
    write_input(tmp_path / "in", plays=["broken"] * 10)
    old = s3.state(lake)
    text = message(job.run("--input", tmp_path / "in", "--bucket", lake), code=3)
    assert "_rejects/run=" in text
    new = s3.state(lake)
    assert old.items() <= new.items()
    assert [key for key in new.keys() - old.keys() if not key.startswith("_rejects/")] == []


@pytest.mark.parametrize("key", ["songs/notes.txt", "users/data.csv", "artists/_SUCCESS"])
def test_foreign_objects_under_the_names_of_tables_are_refused(job, s3, small, lake, key):
    s3.put(lake, key, b"mine")
    assert key in job.refused(lake, "--input", small.uri)


@pytest.mark.parametrize(
    "prefix, hint", [("", "in another bucket"), ("/raw", "such as s3://BUCKET/raw-lake")]
)
def test_hint_for_an_output_inside_the_input(job, small, bucket, prefix, hint):
    """It names a place of one's own that lies beside."""
    uri = f"s3://{bucket}{prefix}"
    text = message(job.run("--input", uri, "--output", f"{uri}/lake", *SOON))
    assert text.rstrip().endswith(hint.replace("BUCKET", bucket))


@pytest.mark.parametrize("prefix", ["", "in", "in/lake", "in/song_data/x"])
def test_output_inside_the_input(job, s3, small, bucket, prefix):
    s3.upload(small.folder, bucket, "in/")
    source = f"s3://{bucket}/in" if prefix else f"s3://{bucket}"
    options = ("--prefix", prefix) if prefix else ()
    assert bucket in job.refused(bucket, "--input", source, *options)


def test_output_beside_the_input(job, s3, small, bucket, tmp_path):
    s3.upload(small.folder, bucket, "in/")
    options = ("--input", f"s3://{bucket}/in", "--bucket", bucket, "--prefix", "in-lake")
    assert_same_files(s3, tmp_path, bucket, job.etl(*options), small, "in-lake/")


# ---- Buckets, addresses, keys ------------------------------------------------------------------


def test_output_bucket_that_is_missing(job, s3, small, tmp_path):
    name = f"missing-{free_port()}"
    text = message(job.run("--input", small.uri, "--bucket", name, *SOON))
    assert name in text and "--create-bucket" in text
    assert name not in s3.buckets()
    summary = job.etl("--input", small.uri, "--bucket", name, "--create-bucket")
    assert_same_files(s3, tmp_path, name, summary, small)
    job.etl("--input", small.uri, "--bucket", name, "--create-bucket")  # it is there already


def test_input_bucket_that_is_missing(job, lake):
    text = job.refused(lake, "--input", "s3://no-such-bucket-of-ours")
    assert "no-such-bucket-of-ours" in text and "--create-bucket" not in text


def test_nothing_below_the_input(job, small, lake):
    text = job.refused(lake, "--input", f"{small.uri}/elsewhere")
    assert f"{small.uri}/elsewhere/" in text


def test_what_lies_there_instead_of_the_input(job, s3, lake, bucket):
    s3.put(bucket, "somewhere/else.txt", b"x")
    assert "somewhere" in job.refused(lake, "--input", f"s3://{bucket}")


@pytest.mark.parametrize("name", ["Not_A_Bucket", "a", "with blank", "x" * 64, "a/b", ""])
def test_name_that_is_no_bucket_name(job, small, name):
    done = job.run("--input", small.uri, "--bucket", name, *SOON)
    assert done.code in (1, 2)
    assert (name or "--bucket") in message(done, done.code)


@pytest.mark.parametrize(
    "option",
    [
        ("--connections", "0"),
        ("--connections", "many"),
        ("--retry-time", "-1"),
        ("--path-style", "maybe"),
        ("--endpoint", ""),
        ("--endpoint", "ftp://127.0.0.1"),
        ("--endpoint", "http://"),
    ],
)
def test_wrong_use(job, small, option):
    assert option[0] in message(job.run("--input", small.uri, "--bucket", "lake", *option), code=2)


def test_wrong_secret(job, small, lake):
    job.configure(secret_key="ThisIsNotTheSecretOfTheServer0123456789a")
    text = job.refused(lake, "--input", small.uri)
    assert "secret" in text.lower() and "dl.cfg" in text


def test_unknown_key(job, server, small, lake):
    job.configure(access_key="AKUNKNOWNTOTHESERVER")
    text = job.refused(lake, "--input", small.uri)
    assert "access key" in text.lower() and "dl.cfg" in text


def test_session_token_that_is_no_good(job, small, lake):
    token = "TheSessionTokenOfTheTests+/=="
    job.secrets.append(token)
    job.configure(more=f"AWS_SESSION_TOKEN={token}\n")
    assert "token" in job.refused(lake, "--input", small.uri).lower()
    job.configure(secret_key="NorIsThisTheSecret", more=f"AWS_SESSION_TOKEN={token}\n")
    job.refused(lake, "--input", small.uri)


def test_refusals_are_not_tried_again(job, small, lake, proxy):
    job.configure(secret_key="ThisIsNotTheSecretOfTheServer0123456789a")
    job.refused(lake, "--input", small.uri)
    assert proxy.total <= 8  # the lists of the tables, which go out at once


def test_no_keys_at_all(job, small, lake):
    (job.folder / "dl.cfg").unlink()
    assert "dl.cfg" in job.refused(lake, "--input", small.uri)


def test_no_secret_is_in_the_process_list(job, small, bucket, proxy):
    seen = []

    def look(_):
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                seen.append(path.read_bytes())

    (job.folder / ".git").mkdir()  # so that git is asked whether it tracks dl.cfg
    proxy.plan = look
    job.etl("--input", small.uri, "--bucket", bucket)
    assert any(b"--bucket" in command for command in seen)
    assert not any(secret.encode() in command for command in seen for secret in job.secrets)


def test_link_named_etl(job, s3, small, bucket, tmp_path):
    link = tmp_path / "etl"
    link.symlink_to(CHECKED)
    command = [link, "--endpoint", job.endpoint, "--input", small.uri, "--bucket", bucket, "--json"]
    done = subprocess.run(command, cwd=job.folder, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert_same_files(s3, tmp_path, bucket, json.loads(done.stdout), small)


def test_keys_from_the_environment(job, server, small, bucket):
    (job.folder / "dl.cfg").unlink()
    keys = {"AWS_ACCESS_KEY_ID": server.access_key, "AWS_SECRET_ACCESS_KEY": server.secret_key}
    job.etl("--input", small.uri, "--bucket", bucket, env=keys)


def test_another_config_file(job, server, small, bucket):
    write_config(job.folder / "other.cfg", server.access_key, server.secret_key)
    job.configure(access_key="AKUNKNOWNTOTHESERVER")
    job.etl("--input", small.uri, "--bucket", bucket, "--config", "other.cfg")


def test_everything_in_the_config_file(job, server, s3, small, bucket, tmp_path):
    aws = f"ENDPOINT={server.endpoint}\nREGION={REGION}\n"
    job.configure(more=f"{aws}[S3]\nINPUT={small.uri}\nBUCKET={bucket}\n")
    done = run("etl", "--json", cwd=job.folder)
    assert done.code == 0
    assert "ENDPOINT" in done.err and len(done.err.splitlines()) == 1
    assert_same_files(s3, tmp_path, bucket, done.summary, small)


def test_config_file_that_others_may_read(job, small, bucket):
    (job.folder / "dl.cfg").chmod(0o644)
    done = job.run("--input", small.uri, "--bucket", bucket)
    assert done.code == 0
    assert "dl.cfg" in done.err and len(done.err.splitlines()) <= 2


def test_unsigned_requests(job, server, s3, small, tmp_path):
    (job.folder / "dl.cfg").unlink()
    public = server.new_bucket("public")
    s3.upload(small.folder, public)
    options = ("--input", f"s3://{public}", "--output", tmp_path / "out", "--no-sign-request")
    assert public in message(job.run(*options, *SOON))
    s3.make_public(public)
    assert without_run(tmp_path / "out", job.etl(*options)) == small.files


def test_region_is_corrected(job, s3, small, bucket, tmp_path):
    done = job.run("--input", small.uri, "--bucket", bucket, "--region", "eu-west-3", "--json")
    assert_same_files(s3, tmp_path, bucket, done.summary, small)
    assert done.err.count(f"the region {REGION}") == 2  # once for each bucket


@pytest.mark.parametrize("style", ["on", "off"])
def test_path_style(job, s3, small, bucket, tmp_path, proxy, style):
    hosts = set()
    proxy.plan = lambda request: hosts.add(request.headers["host"])
    job.endpoint = f"http://localhost:{proxy.port}"
    options = ("--input", small.uri, "--bucket", bucket, "--path-style", style)
    assert_same_files(s3, tmp_path, bucket, job.etl(*options), small)
    names = [f"{small.bucket}.", f"{bucket}."] if style == "off" else [""]
    assert hosts == {f"{name}localhost:{proxy.port}" for name in names}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    if not shutil.which("openssl"):
        pytest.skip("no openssl: it makes the certificate of the test's server")
    files = (folder / "cert.pem", folder / "key.pem")
    subject = ["-subj", "/CN=sparkify tests", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", *subject]
    command += ["-out", files[0], "-keyout", files[1]]
    subprocess.run(command, check=True, capture_output=True)
    return files


def test_https(tmp_path, certificate, small):
    need_versitygw()
    with Server(tmp_path / "tls", tls=certificate) as server:
        bucket = server.new_bucket()
        (tmp_path / "job").mkdir()
        job = Job(tmp_path / "job", server)
        text = job.refused(bucket, "--input", small.folder)
        assert "certificate" in text and f"127.0.0.1:{server.port}" in text
        trusted = ("--bucket", bucket, "--ca-file", certificate[0])
        summary = job.etl("--input", small.folder, *trusted)
        assert_same_files(server.client, tmp_path, bucket, summary, small)


def test_certificates_that_the_environment_names(tmp_path, certificate, small, monkeypatch):
    need_versitygw()
    with Server(tmp_path / "tls", tls=certificate) as server:
        (tmp_path / "job").mkdir()
        job = Job(tmp_path / "job", server)
        for variable in "AWS_CA_BUNDLE", "SSL_CERT_FILE":
            with monkeypatch.context() as environment:
                environment.setenv(variable, str(certificate[0]))
                bucket = server.new_bucket()
                job.etl("--input", small.folder, "--bucket", bucket)
        monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate[0]))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "no-such.pem"))
        job.etl("--input", small.folder, "--bucket", server.new_bucket())
        monkeypatch.delenv("AWS_CA_BUNDLE")
        text = job.refused(server.new_bucket(), "--input", small.folder, code=1)
        assert "no-such.pem" in text


def test_ca_file_that_is_missing(job, small, bucket):
    text = job.refused(bucket, "--input", small.uri, "--ca-file", "no-such.pem", code=1)
    assert "no-such.pem" in text


# ---- What answers is not the store -------------------------------------------------------------


def test_refused_connection(job, small, lake):
    job.endpoint = f"http://127.0.0.1:{free_port()}"
    assert job.endpoint.removeprefix("http://") in job.refused(lake, "--input", small.uri)


def test_host_that_does_not_resolve(job, small, lake):
    job.endpoint = "https://nowhere.invalid:9000"
    assert "nowhere.invalid" in job.refused(lake, "--input", small.uri)


@contextlib.contextmanager
def refusing_proxy(status):
    """A proxy for https that lets nobody through."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            with contextlib.suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    client.recv(4096)
                    client.sendall(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode())
                    client.close()

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("status", [403, 407])
def test_proxy_that_refuses_to_connect(job, small, lake, status):
    job.endpoint = "https://store.example"
    with refusing_proxy(status) as address:
        text = job.refused(lake, "--input", small.uri, env={"https_proxy": address})
    assert f"the proxy refuses the connection (status {status})" in text
    assert "https_proxy" in text


def test_store_that_comes_late(job, s3, small, bucket, tmp_path, server):
    """A --retry-time that is given holds though nobody has answered yet."""
    port = free_port()
    job.endpoint = f"http://127.0.0.1:{port}"
    with ThreadPoolExecutor(1) as pool:
        options = ("--input", small.uri, "--bucket", bucket, "--retry-time", 60)
        run = pool.submit(job.etl, *options)
        time.sleep(6)  # more than the five seconds that there are otherwise
        with FaultProxy(server.port, listen=port):
            summary = run.result()
    assert_same_files(s3, tmp_path, bucket, summary, small)


# ---- A machine that has little -----------------------------------------------------------------


@pytest.mark.parametrize("files", [4, 5, 6, 7, 16, 40])
def test_few_files(job, s3, small, bucket, tmp_path, files):
    """A message, or fewer connections."""
    done = job.run(
        *("--input", small.uri, "--bucket", bucket, "--retry-time", 2, "--json"),
        program=PROGRAM,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files)),
    )
    assert done.code == 0 or "Too many open files" in done.err
    assert done.code in (0, 1) and (done.code == 0) == (files > 8)
    if done.code == 0:
        assert_same_files(s3, tmp_path, bucket, done.summary, small)


@pytest.mark.parametrize("megabytes", [*range(40, 80, 5), 120])
def test_little_memory(job, s3, small, bucket, tmp_path, megabytes):
    """One message, or all goes well: where the line is depends on the libraries."""
    limit = megabytes << 20
    done = job.run(
        *("--input", small.uri, "--bucket", bucket, "--retry-time", 2, "--json"),
        *("--connections", 8, "--threads", 2),
        program=PROGRAM,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
    )
    if done.code == 127:
        pytest.skip("the program cannot be loaded")
    if done.code == 0:
        assert_same_files(s3, tmp_path, bucket, done.summary, small)
    else:
        assert done.code == 1 and "memory" in done.err


STRANGE = {
    "web page": faults.web_page(),
    "garbage": faults.garbage(),
    "error in 200": faults.error_in_200(),
    "redirects": faults.redirect_loop(),
    "endless": faults.endless(0),
    "cut short": faults.truncated(),
    "no answer": faults.silent(),
    "slow and endless": faults.endless(0.2),
}


@pytest.mark.parametrize("case", STRANGE)
def test_strange_answers(job, small, lake, proxy, case):
    """To every request: the message names the address."""
    proxy.plan = on(None, STRANGE[case])
    assert address_of(proxy) in job.refused(lake, "--input", small.uri)
    assert proxy.flood < FLOOD


@pytest.mark.parametrize("case", sorted(STRANGE.keys() - {"no answer", "slow and endless"}))
def test_strange_lists(job, small, lake, proxy, case):
    """Of the input alone, when all else is well."""
    wrong = on("ListObjectsV2", STRANGE[case])
    proxy.plan = lambda request: wrong(request) if request.bucket == small.bucket else None
    text = job.refused(lake, "--input", small.uri)
    assert small.bucket in text or address_of(proxy) in text
    assert proxy.flood < FLOOD


def test_web_page_is_called_one(job, small, lake, proxy):
    proxy.plan = on(None, faults.web_page())
    assert "S3" in job.refused(lake, "--input", small.uri)


# ---- Requests that fail for good ---------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        faults.internal_error(),
        faults.unavailable(),
        faults.slow_down(),
        faults.too_many(),
        faults.reset_before(),
        faults.reset_after(),
        faults.truncated(),
        faults.access_denied(),
    ],
    ids=lambda fault: fault.name,
)
@pytest.mark.parametrize("kind", ["GetObject", "PutObject", "ListObjectsV2"])
def test_requests_that_always_fail(job, small, lake, proxy, kind, fault):
    if kind == "PutObject" and fault.name in ("reset_after", "truncated"):
        pytest.skip("the object is there, and nobody can know: see the cuts")
    always = on(kind, fault)
    reading = kind == "GetObject"  # of the input; the lake's own state is another matter
    proxy.plan = lambda request: (
        None if reading and request.bucket != small.bucket else always(request)
    )
    text = job.refused(lake, "--input", small.uri, "--compression", "none")
    assert f"s3://{small.bucket if reading else ''}" in text
    if fault.name == "access_denied":
        assert max(proxy.tries.values()) <= 2  # not for seconds


def test_one_put_is_denied(job, s3, small, lake, proxy):
    """What was put before it is removed."""
    puts = []
    denied = faults.access_denied()
    proxy.plan = lambda request: (
        request.kind == "PutObject" and not puts.append(1) and len(puts) > 3 and denied or None
    )
    text = job.refused(lake, "--input", small.uri, "--connections", 1)
    assert f"s3://{lake}/" in text
    assert len(puts) >= 4


def test_object_vanishes_after_the_listing(job, s3, small, lake, bucket, proxy):
    s3.upload(small.folder, bucket)

    def vanish(request):
        if request.kind == "GetObject" and request.key == "log_data/b.json":
            s3.delete(bucket, request.key)

    proxy.plan = vanish
    assert "log_data/b.json" in job.refused(lake, "--input", f"s3://{bucket}")


@pytest.mark.parametrize("change", ["longer", "shorter"])
def test_object_changes_after_the_listing(job, s3, lake, bucket, tmp_path, proxy, change):
    """The new object as a whole or a message, and never the one cut at the other's length."""
    long, short = [play(itemInSession=i) for i in range(50)], [play(itemInSession=7)]
    old, new = (short, long) if change == "longer" else (long, short)
    s3.upload(write_input(tmp_path / "old", plays=old), bucket)
    body = (write_input(tmp_path / "new", plays=new) / LOG).read_bytes()
    expected = etl(tmp_path / "new", tmp_path / "expected")

    def replace(request):
        if request.kind == "GetObject" and request.key == LOG and request.attempt == 1:
            s3.put(bucket, LOG, body)

    proxy.plan = replace
    before = s3.state(lake)
    done = job.run("--input", f"s3://{bucket}", "--bucket", lake, "--json", *SOON)
    if done.code == 0:
        found = tables(s3.download(lake, tmp_path / "found"))
        assert found == tables(tmp_path / "expected")
        assert done.summary["sources"]["logs"]["records"] == expected["sources"]["logs"]["records"]
    else:
        assert done.code == 1 and LOG in done.err
        assert s3.state(lake) == before


def test_object_changes_while_it_is_read_in_pieces(job, s3, large, lake, bucket, proxy):
    s3.upload(large.folder, bucket)
    body = (large.folder / LOG).read_bytes().replace(b'"U1"', b'"U2"')
    seen = []

    def replace(request):
        if request.kind == "GetObject" and request.key == LOG:
            seen.append(request.number)
            if len(seen) == 2:
                s3.put(bucket, LOG, body)

    proxy.plan = replace
    text = job.refused(lake, "--input", f"s3://{bucket}", "--connections", 1)
    assert LOG in text and "changed" in text


# ---- Faults that pass --------------------------------------------------------------------------

HARMLESS = ("delay", "dribble", "duplicated")


@pytest.mark.parametrize("fault", faults.TRANSIENT, ids=lambda fault: fault.name)
def test_every_request_fails_at_first(job, s3, small, lake, tmp_path, proxy, fault):
    proxy.plan = lambda request: fault if request.attempt == 1 else None
    options = ("--input", small.uri, "--bucket", lake, "--retry-time", 60)
    summary = job.etl(*options)
    assert_same_files(s3, tmp_path, lake, summary, small)
    if fault.name not in HARMLESS:
        assert 0 < summary["s3"]["retries"] <= proxy.faults[fault.name]


@pytest.mark.parametrize("case", ["right clock", "wrong clock"])
def test_clock_is_corrected_once(job, s3, small, bucket, tmp_path, proxy, case):
    """By the store's own Date; and the Date of an answer that is well changes nothing."""
    skewed = nth(2, faults.too_skewed(0))
    elsewhere = faults.wrong_date(-7200)
    proxy.plan = lambda request: skewed(request) or (elsewhere if case == "wrong clock" else None)
    options = ("--input", small.uri, "--bucket", bucket)
    assert_same_files(s3, tmp_path, bucket, job.etl(*options), small)


def test_clock_that_cannot_be_corrected(job, small, lake, proxy):
    proxy.plan = on(None, faults.too_skewed(0))
    assert "clock" in job.refused(lake, "--input", small.uri)


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        ("CreateMultipartUpload", faults.reset_after()),
        ("UploadPart", faults.reset_after()),
        ("UploadPart", faults.slow_down()),
        ("CompleteMultipartUpload", faults.reset_after()),
        ("CompleteMultipartUpload", faults.truncated()),
        ("CompleteMultipartUpload", faults.error_in_200()),
        ("CompleteMultipartUpload", faults.internal_error()),
    ],
    ids=lambda part: part if isinstance(part, str) else part.name,
)
def test_faults_of_multipart_uploads(job, s3, large, small, bucket, tmp_path, proxy, kind, fault):
    proxy.plan = on(kind, fault, times=1)
    summary = job.etl("--input", large.folder, "--bucket", bucket, *large.options)
    found = without_run(s3.download(bucket, tmp_path / "found"), summary)
    assert found == large.files
    assert proxy.faults[fault.name] == 1
    if kind == "CreateMultipartUpload":  # nobody has learnt of the first: the next run clears it
        job.etl("--input", small.folder, "--bucket", bucket)
    assert s3.unfinished_uploads(bucket) == []


@pytest.mark.parametrize("kind", ["UploadPart", "CompleteMultipartUpload"])
def test_multipart_upload_that_always_fails(job, large, lake, proxy, kind):
    proxy.plan = on(kind, faults.internal_error())
    text = job.refused(lake, "--input", large.folder, *large.options)
    assert f"s3://{lake}/songplays/" in text


def test_deletes_that_fail_inside_a_good_answer(job, s3, small, lake, tmp_path, proxy):
    proxy.plan = on("DeleteObjects", faults.error_in_200(), times=1)
    summary = job.etl("--input", small.uri, "--bucket", lake)
    assert_same_files(s3, tmp_path, lake, summary, small)


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        ("PutObject", faults.web_page()),  # a captive portal says 200 to all
        ("PutObject", faults.reset_after()),
        ("UploadPart", faults.web_page()),
        ("CreateMultipartUpload", faults.truncated()),  # and so there are two
        ("CompleteMultipartUpload", faults.reset_after()),
        ("CompleteMultipartUpload", faults.error_in_200()),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_a_write_whose_answer_is_wrong_once(job, s3, large, bucket, tmp_path, proxy, kind, fault):
    proxy.plan = on(kind, fault, times=1)
    summary = job.etl("--input", large.folder, "--bucket", bucket, *large.options)
    assert proxy.faults.total() == 1
    assert_same_files(s3, tmp_path, bucket, summary, large)


def test_a_left_upload_whose_abort_is_not_answered(job, s3, small, bucket, tmp_path, proxy):
    s3.begin_upload(bucket, "users/part-00000-20261123T141625Z-366a2a0b.zstd.parquet")
    proxy.plan = on("AbortMultipartUpload", faults.reset_after(), times=1)
    summary = job.etl("--input", small.uri, "--bucket", bucket)
    assert_same_files(s3, tmp_path, bucket, summary, small)


def test_store_without_checksums(job, s3, small, bucket, tmp_path, proxy):
    """It refuses the first of many puts that are under way, and all others."""
    refuse = faults.error(501, "NotImplemented")
    header = "x-amz-checksum-sha256"
    proxy.plan = lambda request: refuse if header in request.headers else None
    summary = job.etl("--input", small.uri, "--bucket", bucket)
    assert_same_files(s3, tmp_path, bucket, summary, small)
    assert proxy.faults["error"] >= 1


def test_store_that_cannot_delete(job, s3, small, bucket, proxy):
    """It is found out before anything is written."""
    proxy.plan = lambda request: (
        faults.access_denied() if request.kind in ("DeleteObjects", "DeleteObject") else None
    )
    assert "s3:DeleteObject" in job.refused(bucket, "--input", small.uri)
    assert s3.keys(bucket) == []


def test_store_without_delete_objects(job, s3, small, lake, tmp_path, proxy):
    proxy.plan = on("DeleteObjects", faults.error(501, "NotImplemented"))
    old = {key for key in s3.keys(lake) if key.endswith(".parquet")}
    job.etl("--input", small.uri, "--bucket", lake, "--compression", "none")
    new = {key for key in s3.keys(lake) if key.endswith(".parquet")}
    assert proxy.requests["DeleteObject"] >= len(old - new) > 0
    assert tables(s3.download(lake, tmp_path / "found")).keys() == set(TABLES)


def test_without_md5(job, s3, small, lake, bucket, tmp_path, proxy):
    """The server wants a checksum with what is deleted."""
    build = Path(os.environ.get("SPARKIFY_BUILD") or PROGRAM.parent)
    preload = {"LD_PRELOAD": next((build / "tests/system").glob("*no_md5*"))}
    options = ("--input", small.uri, "--bucket", bucket)
    summary = job.etl(*options, program=PROGRAM, env=preload)
    assert proxy.requests["DeleteObjects"] > 0
    assert_same_files(s3, tmp_path, bucket, summary, small)


def test_encryption_and_payer_are_signed(job, s3, small, bucket, tmp_path):
    """The server refuses what is not; it does not encrypt, which is told once."""
    options = ("--sse", "aws:kms", "--sse-kms-key-id", "alias/lake", "--request-payer")
    done = job.run("--input", small.uri, "--bucket", bucket, "--json", *options)
    assert done.code == 0
    assert done.err == "sparkify: the store does not say that it encrypts as --sse asks\n"
    assert_same_files(s3, tmp_path, bucket, done.summary, small)


def test_bucket_that_is_made_without_an_answer(job, s3, small, tmp_path, proxy):
    proxy.plan = on("CreateBucket", faults.reset_after(), times=1)
    name = f"new-{os.urandom(4).hex()}"
    summary = job.etl("--input", small.uri, "--bucket", name, "--create-bucket")
    assert_same_files(s3, tmp_path, name, summary, small)


def test_dry_run_makes_no_bucket(job, s3, small):
    name = f"new-{os.urandom(4).hex()}"
    options = ("--input", small.uri, "--bucket", name, "--create-bucket", "--dry-run")
    assert name in message(job.run(*options, *SOON))
    assert name not in s3.buckets()


def test_all_at_once_in_the_wrong_region(job, s3, small, bucket, tmp_path, proxy):
    """The first request fails in passing, so that many go out before the region is known."""
    proxy.plan = nth(1, faults.unavailable())
    options = ("--input", small.uri, "--bucket", bucket, "--region", "eu-west-3", "--json")
    done = job.run(*options)
    assert done.code == 0, done.err
    assert_same_files(s3, tmp_path, bucket, done.summary, small)


def test_listing_that_leads_in_a_circle(job, small, lake, proxy):
    """Each page has a new token, and the same key."""

    async def page(exchange):
        text = (
            '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><IsTruncated>true'
            f"</IsTruncated><NextContinuationToken>{os.urandom(8).hex()}</NextContinuationToken>"
            "<Contents><Key>song_data/a.json</Key><Size>1</Size></Contents></ListBucketResult>"
        )
        await exchange.answer(faults.make_answer(200, text.encode()))

    circle = on("ListObjectsV2", faults.Fault("circle", page))
    proxy.plan = lambda request: circle(request) if request.bucket == small.bucket else None
    assert small.bucket in job.refused(lake, "--input", small.uri)
    assert proxy.faults["circle"] < 10


@pytest.mark.parametrize("seed", [1, 2])
def test_five_percent_of_faults(job, s3, many, bucket, tmp_path, proxy, seed):
    """Onto an empty bucket, and onto the tables of that run."""
    proxy.plan = mix(seed, share=0.05)
    options = ("--input", many.uri, "--bucket", bucket, "--retry-time", 60)
    for _ in range(2):
        summary = job.etl(*options)
        assert_same_files(s3, tmp_path, bucket, summary, many)
        assert summary["s3"]["retries"] > 0
    assert proxy.faults.total() > 50
    assert len(proxy.faults) > len(faults.TRANSIENT) // 2


# ---- The network is cut ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def medium(server, tmp_path_factory):
    """Some hundred requests."""
    folder = tmp_path_factory.mktemp("medium")
    songs = {f"in/song_data/{i}.json": song(song_id=f"S{i}", artist_id=f"A{i}") for i in range(80)}
    times = [range(1541106106796 + i * 10**9, 1541106106796 + i * 10**9 + 4) for i in range(20)]
    plays = {f"in/log_data/{i}.json": [play(ts=ts) for ts in times[i]] for i in range(20)}
    write_tree(folder, songs | plays)
    return Input(server, folder)


@pytest.fixture
def cut_job(job, s3, medium, small, bucket, proxy):
    """The job, onto the tables of a run before."""
    job.options = ("--input", medium.uri, "--bucket", bucket, "--connections", 8)
    job.bucket = bucket
    job.other_input = small.uri
    write_other_tables(job)
    job.old = s3.state(bucket)
    return job


def write_other_tables(job):
    """Of another input, so that the next run has something to replace."""
    _, _, *others = job.options
    job.etl("--input", job.other_input, *others)


def kinds_of_a_run(job, proxy):
    kinds = []
    proxy.plan = lambda request: kinds.append(request.kind)
    job.etl(*job.options)
    proxy.plan = None
    write_other_tables(job)
    proxy.plan = None
    return kinds


def assert_next_run_clears_up(job, s3, folder, expected):
    job.endpoint = job.server.endpoint
    summary = job.etl(*job.options)
    assert_same_files(s3, folder, job.bucket, summary, expected)


@pytest.mark.parametrize("cut", range(CUTS))
def test_cut(cut_job, s3, medium, tmp_path, proxy, cut):
    """At any request up to the first that removes something old."""
    kinds = kinds_of_a_run(cut_job, proxy)
    old = s3.state(cut_job.bucket)
    until = next(number for number, kind in enumerate(kinds) if kind.startswith("Delete"))
    instant = 1 + random.Random(cut).randrange(int(until * 0.95))
    proxy.plan = nth(proxy.total + instant, faults.cut())
    text = message(cut_job.run(*cut_job.options, *SOON))
    assert address_of(proxy) in text or "s3://" in text
    assert old.items() <= s3.state(cut_job.bucket).items()
    assert_next_run_clears_up(cut_job, s3, tmp_path, medium)


@pytest.mark.parametrize("kind", ["DeleteObjects", "DeleteObject"])
def test_cut_while_the_old_files_are_removed(cut_job, s3, medium, tmp_path, proxy, kind):
    """The new tables are whole by then."""
    proxy.plan = on(kind, faults.cut(), times=1)
    done = cut_job.run(*cut_job.options, *SOON)
    if not proxy.faults["cut"]:
        pytest.skip(f"{kind} is not what this store is asked for")
    message(done)
    found = {RUN_ID.sub("RUN", key) for key in s3.keys(cut_job.bucket)}
    assert medium.files.keys() <= found
    assert_next_run_clears_up(cut_job, s3, tmp_path, medium)


@pytest.mark.parametrize("kind", ["UploadPart", "CompleteMultipartUpload"])
def test_cut_in_a_multipart_upload(job, s3, large, small, lake, tmp_path, proxy, kind):
    old = s3.state(lake)
    proxy.plan = on(kind, faults.cut(), times=1)
    message(job.run("--input", large.folder, "--bucket", lake, *large.options, *SOON))
    assert proxy.faults["cut"] == 1
    assert old.items() <= s3.state(lake).items()
    assert s3.unfinished_uploads(lake) != []
    job.options, job.bucket = ("--input", small.uri, "--bucket", lake), lake
    assert_next_run_clears_up(job, s3, tmp_path, small)


def test_uploads_of_others_are_left_alone(job, s3, small, lake):
    """Theirs are not below the names of our tables."""
    upload = s3.begin_upload(lake, "somebody/else.bin")
    job.etl("--input", small.uri, "--bucket", lake)
    assert s3.unfinished_uploads(lake) == [("somebody/else.bin", upload)]


# ---- Interrupted -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["ListObjectsV2", "GetObject", "PutObject"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted(cut_job, s3, proxy, kind, number):
    """It clears up after itself: the network is still there."""
    proxy.latency = 0.05
    sent = []

    def interrupt(request):
        if sent and request.bucket == cut_job.bucket:
            sent.append(request.kind)
        ours = kind == "ListObjectsV2" or (request.bucket == cut_job.bucket) == (kind == "PutObject")
        ours &= "_sparkify" not in request.key  # which are there before its files
        if request.kind == kind and ours and not sent:
            sent.append(number)
            process.send_signal(number)

    command = [CHECKED, "etl", "--endpoint", cut_job.endpoint, *REBUILD, *map(str, cut_job.options)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}
    with subprocess.Popen(command, cwd=cut_job.folder, **pipes) as process:
        proxy.plan = interrupt
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, ""), err
    assert err.startswith("sparkify: ") and "interrupted" in err.lower()
    if kind == "PutObject":  # it removes what it has put
        assert "DeleteObjects" in sent
    assert len(err.splitlines()) <= 2
    assert s3.state(cut_job.bucket) == cut_job.old
    assert s3.unfinished_uploads(cut_job.bucket) == []


def test_interrupted_while_a_store_acts(cut_job, s3, proxy):
    """What the store has received it stores late, whether or not somebody waits: all is removed."""
    sent = []

    def store_late(request):
        ours = request.bucket == cut_job.bucket and "_sparkify" not in request.key
        if request.kind != "PutObject" or not ours:
            return None
        if not sent:
            sent.append(request.key)
            process.send_signal(signal.SIGINT)
        return faults.delay(0.4)

    command = [CHECKED, "etl", "--endpoint", cut_job.endpoint, *REBUILD, *map(str, cut_job.options)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}
    with subprocess.Popen(command, cwd=cut_job.folder, **pipes) as process:
        proxy.plan = store_late
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert sent
    time.sleep(0.5)  # what nobody waited for is stored by now
    assert s3.state(cut_job.bucket) == cut_job.old


def test_threads_leave_signals_to_the_first(job, small, bucket, proxy):
    """As a library's must: a signal is for the threads of whoever uses it."""
    seen = {}
    proxy.plan = lambda request: seen.update(threads_of(process.pid)) if request.kind == "PutObject" else None
    command = [CHECKED, "etl", "--endpoint", job.endpoint, "--input", small.uri, "--bucket", bucket]
    with subprocess.Popen([*map(str, command), "--threads", "3"], cwd=job.folder) as process:
        assert process.wait(60) == 0
    assert len(seen) >= 4  # of requests, of the lake's marker, two that decode
    assert [taken for taken in seen.values() if not taken <= FAULTS] == []


# ---- Secrets -----------------------------------------------------------------------------------


def test_no_secret_in_the_process_list(job, server, small, bucket, proxy):
    seen = []

    def look(_):
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                seen.append(path.read_bytes())
            except OSError:
                continue  # it has ended

    proxy.plan = look
    job.etl("--input", small.uri, "--bucket", bucket)
    assert any(str(CHECKED).encode() in line and bucket.encode() in line for line in seen)
    assert not [line for line in seen if server.secret_key.encode() in line]


@pytest.mark.parametrize("options", [(), ("--json",), ("--quiet",), ("--dry-run",)])
def test_no_secret_in_the_output(job, small, lake, options):
    """run() looks for it."""
    job.run("--input", small.uri, "--bucket", lake, *options)


def test_no_secret_in_the_bucket(job, s3, server, small, lake):
    for key in s3.keys(lake):
        assert server.secret_key.encode() not in s3.get(lake, key)
