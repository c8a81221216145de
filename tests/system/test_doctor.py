"""`sparkify doctor` says what would fail, and leaves nothing behind."""

import json

import fault_proxy as faults
import pytest
from conftest import run, write_input
from fault_proxy import FaultProxy, on
from test_s3_etl import SOON, Job, nothing_of_this_machine  # noqa: F401 (it applies itself)

pytest_plugins = ["s3_server"]


@pytest.fixture
def job(tmp_path, server):
    folder = tmp_path / "job"
    folder.mkdir()
    return Job(folder, server)


@pytest.fixture
def proxy(server, job):
    with FaultProxy(server.port) as running:
        job.endpoint = running.endpoint
        yield running


@pytest.fixture(scope="module")
def source(server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("source")
    write_input(folder / "in")
    bucket = server.new_bucket("input")
    server.client.upload(folder / "in", bucket)
    return bucket


@pytest.fixture
def bucket(server):
    return server.new_bucket()


def examine(job, *options, code=0):
    """What doctor finds: [(part, step, result, text)]; no secret is in it."""
    shown = run("doctor", "--endpoint", job.endpoint, *options, cwd=job.folder)
    done = run("doctor", "--endpoint", job.endpoint, *options, "--json", cwd=job.folder)
    for text in (shown.out, shown.err, done.out, done.err):
        assert not any(secret in text for secret in job.secrets)
    assert (shown.code, done.code) == (code, code), shown
    found = json.loads(done.out)["steps"]
    assert sum(shown.out.count(mark) for mark in "✓✗·") == len(found)
    assert ("✗" in shown.out) == (code != 0)
    return [(step["part"], step["step"], step["result"], step["text"]) for step in found]


def failed(found):
    return [(part, step) for part, step, result, _ in found if result == "failed"]


def texts(found, part, step):
    return [text for where, what, _, text in found if (where, what) == (part, step)]


def test_all_is_well(job, s3, source, bucket):
    found = examine(job, "--input", f"s3://{source}", "--bucket", bucket)
    assert failed(found) == []
    steps = {(part, step) for part, step, *_ in found}
    assert steps == {
        ("keys", "asked"),
        *(("input", step) for step in ("list", "read", "address", "clock")),
        *(
            ("output", step)
            for step in ("list", "write", "put only if absent", "delete", "address", "clock")
        ),
    }
    assert "dl.cfg" in texts(found, "keys", "asked")[0]
    assert job.server.access_key[-4:] in texts(found, "keys", "asked")[0]
    assert s3.keys(bucket) == [] and s3.unfinished_uploads(bucket) == []


def test_each_place_that_is_asked_for_keys(job, source, tmp_path):
    (job.folder / "dl.cfg").unlink()
    (tmp_path / "home/.aws").mkdir(parents=True)
    (tmp_path / "home/.aws/credentials").write_text(
        f"[default]\naws_access_key_id={job.server.access_key}\n"
        f"aws_secret_access_key={job.server.secret_key}\n"
    )
    asked = texts(examine(job, "--input", f"s3://{source}"), "keys", "asked")
    assert ["dl.cfg" in asked[0], "environment" in asked[1], "default" in asked[2]] == [True] * 3
    assert len(asked) == 3


def test_no_keys(job, source):
    (job.folder / "dl.cfg").unlink()
    found = examine(job, "--input", f"s3://{source}", code=1)
    assert ("keys", "keys") in failed(found)
    assert len(texts(found, "keys", "asked")) == 6  # every link of the chain


def test_wrong_secret(job, source, bucket):
    job.configure(secret_key="ThisIsNotTheSecretOfTheServer0123456789a")
    found = examine(job, "--input", f"s3://{source}", "--bucket", bucket, code=1)
    assert failed(found) == [("input", "list"), ("output", "list")]
    assert "secret key" in texts(found, "input", "list")[0]


def test_buckets_that_are_not_there(job):
    found = examine(job, "--input", "s3://no-such-input", "--bucket", "no-such-output", code=1)
    assert "no-such-input" in texts(found, "input", "list")[0]
    assert "no-such-output" in texts(found, "output", "list")[0]


def test_input_without_songs(job, s3, bucket):
    s3.put(bucket, "other/x.json", b"{}")
    found = examine(job, "--input", f"s3://{bucket}", code=1)
    assert failed(found) == [("input", "list")] * 2
    assert "other/" in texts(found, "input", "list")[0]


@pytest.mark.parametrize(
    ("kind", "step"), [("PutObject", "write"), ("DeleteObjects", "delete"), ("GetObject", "read")]
)
def test_what_is_not_allowed(job, source, bucket, proxy, kind, step):
    proxy.plan = on(kind, faults.access_denied())
    found = examine(job, "--input", f"s3://{source}", "--bucket", bucket, code=1)
    assert step in {what for _, what in failed(found)}
    assert any("may not" in text for _, _, result, text in found if result == "failed")


def test_store_that_overwrites(job, source, bucket, proxy):
    """It answers 200 to a conditional put of what is there already."""

    def plan(request):
        conditional = request.headers.get("if-none-match") == "*"
        return faults.Fault("overwrites", accept) if conditional else None

    async def accept(exchange):
        await exchange.answer(faults.make_answer(200, ETag='"0"'))

    proxy.plan = plan
    found = examine(job, "--input", f"s3://{source}", "--bucket", bucket, code=1)
    assert failed(found) == [("output", "put only if absent")]


def test_unfinished_uploads_are_counted(job, s3, source, bucket):
    s3.begin_upload(bucket, "users/part-00000-20261123T141625Z-366a2a0b.zstd.parquet")
    found = examine(job, "--input", f"s3://{source}", "--bucket", bucket)
    assert "1" in texts(found, "output", "uploads that were not finished")[0]


def test_clock_that_is_off(job, source, proxy):
    proxy.plan = on(None, faults.wrong_date(3600))
    found = examine(job, "--input", f"s3://{source}", code=1)
    assert failed(found) == [("input", "clock")]


def test_what_an_earlier_doctor_left_is_removed(job, s3, source, bucket):
    s3.put(bucket, "_sparkify/doctor-0123456789abcdef", b"x")
    s3.put(bucket, "_sparkify/mine", b"x")
    examine(job, "--input", f"s3://{source}", "--bucket", bucket)
    assert s3.keys(bucket) == ["_sparkify/mine"]


def test_nobody_answers(job, source, bucket, proxy):
    proxy.cut()
    found = examine(job, "--input", f"s3://{source}", "--bucket", bucket, *SOON, code=1)
    assert failed(found) == [("input", "list"), ("output", "list")]


def test_disk(tmp_path):
    write_input(tmp_path / "in")
    done = run("doctor", "--input", tmp_path / "in", "--output", tmp_path / "out")
    assert (done.code, done.err) == (0, "")
    assert list((tmp_path / "out").rglob("*")) == []
    assert "keys" not in done.out


def test_keys_in_addresses_are_not_shown(job, server):
    login = f"{server.access_key}:{server.secret_key}@"
    found = examine(job, "--input", f"s3n://{login}input/x", "--output", f"s3a://{login}out", code=1)
    assert failed(found) == [("input", "open"), ("output", "open")]
    assert texts(found, "input", "open")[0].startswith("s3n://…@input/x: keys in an address")
