"""`sparkify etl --engine spark` from S3 to S3, on a Spark that has Hadoop's S3A; and where the keys are
not to be found afterwards."""

from conftest import TABLES, run
from grpc_server import OK, Answer, GrpcServer, field, message
from test_s3_etl import bucket, job, nothing_of_this_machine, small  # noqa: F401
from test_spark_etl import LONG, assert_same_run, assert_same_tables, large  # noqa: F401
from test_spark_model_tables import RIDES, Workspace, assert_same_rows

pytest_plugins = ["s3_server", "spark_s3a"]


def told(cluster):
    """All that Spark has written down."""
    logs = [*cluster.folder.glob("*.log"), *(cluster.folder.parent / "events").rglob("*")]
    return "".join(path.read_text(errors="replace") for path in logs if path.is_file())


def test_from_s3_to_s3(cluster, job, bucket, large, tmp_path):  # noqa: F811
    server = job.server
    source = server.new_bucket("large")
    server.client.upload(large, source)
    io = ("--input", f"s3://{source}", "--bucket", bucket, "--prefix", "lake one", "--quiet")
    engine = ("--engine", "spark", "--spark", cluster.address)
    summary = job.etl(*io, *engine, timeout=LONG)
    native = run("etl", "--input", large, "--output", tmp_path / "native", "--json", "--quiet").summary
    assert_same_run(summary, native)
    server.client.download(bucket, tmp_path / "found")
    lake = tmp_path / "found/lake one"
    assert_same_tables(lake, tmp_path / "native")
    keys = {key.removeprefix("lake one/") for key in server.client.keys(bucket)}
    assert not [key for key in keys if "_sparkify/staging" in key or "_temporary" in key]
    assert {key.split("/")[0] for key in keys} == {*TABLES, "_sparkify"}
    checked = run("check", f"s3://{bucket}/lake one", "--endpoint", job.endpoint, cwd=job.folder)
    assert checked.code == 0, checked

    plays = "SELECT count(*) AS n, count(song_id) AS matched FROM songplays"
    place = (f"s3://{bucket}/lake one", "--endpoint", job.endpoint)
    asked = run("query", *place, *engine, plays, cwd=job.folder, timeout=LONG)
    matched = summary["plays"]["matched"]
    assert asked.out == f"n,matched\n{summary['tables']['songplays']['rows']},{matched}\n", asked

    again = job.etl(*io, *engine, "--keep-versions", 2, timeout=LONG)
    assert again["lake_version"] == 1
    text = told(cluster)
    assert "songplays" in text and "fs.s3a.access.key" in text
    for secret in job.secrets:
        assert secret not in text


def test_a_model_from_s3_to_s3(cluster, job, bucket, tmp_path):  # noqa: F811
    """On two days, of which the second is an increment."""
    workspace = Workspace(tmp_path, RIDES, seed=6)
    source = job.server.new_bucket("rides")
    io = ("--input", f"s3://{source}", "--bucket", bucket, "--prefix", "lake", "--quiet", "--incremental")
    engine = ("--engine", "spark", "--spark", cluster.address, "--model", workspace.model.path)
    for day in range(2):
        job.server.client.upload(workspace.source, source)
        summary = job.etl(*io, *engine, timeout=LONG)
        assert bool(summary["incremental"]["full_because"]) == (day == 0)
        if day == 0:
            workspace.add(workspace.facts, 20)
            workspace.repeat()
    job.server.client.download(bucket, tmp_path / "found")
    workspace.etl(tmp_path / "native")
    assert_same_rows(workspace.model, tmp_path / "found/lake", tmp_path / "native")


# ---- Keys ----------------------------------------------------------------------------------------

ANY = Answer(message(field(8, field(1, "4.1.0")) + field(13, "r") + field(14, b"")), OK)


def test_keys_go_only_where_nobody_listens(job, bucket, small):  # noqa: F811
    """To another machine with TLS, or where it is asked for. *.localhost is another machine to the
    program, and this one to libcurl."""
    secret = job.server.secret_key.encode()
    cases = {
        ("spark.localhost",): False,
        ("spark.localhost", "--spark-plain-keys"): True,
        ("127.0.0.1",): True,
        ("localhost",): True,
    }
    for (host, *options), is_sent in cases.items():
        with GrpcServer(ANY) as server:
            engine = ("--engine", "spark", "--spark", f"sc://{host}:{server.port}", *options)
            text = job.refused(bucket, "--input", small.uri, *engine)
            sent = b"".join(server.requests)
        assert (secret in sent) == is_sent, (host, options)
        assert ("are not sent to Spark" in text) == (not is_sent), text
        assert is_sent or "--spark-plain-keys" in text


def test_keys_of_a_query_go_only_where_nobody_listens(job, bucket, small):  # noqa: F811
    job.etl("--input", small.uri, "--bucket", bucket)
    secret = job.server.secret_key.encode()
    for options, is_sent in ((), False), (("--spark-plain-keys",), True):
        with GrpcServer(ANY) as server:
            engine = ("--engine", "spark", "--spark", f"sc://spark.localhost:{server.port}", *options)
            place = ("--bucket", bucket, "--endpoint", job.endpoint)
            done = run("query", *place, *engine, "SELECT 1", cwd=job.folder)
            sent = b"".join(server.requests)
        assert done.code == 1 and (secret in sent) == is_sent, done
        assert ("are not sent to Spark" in done.err) == (not is_sent)


def test_no_keys_no_question(job, bucket, small, tmp_path):  # noqa: F811
    """A public bucket has no keys that could be read."""
    with GrpcServer(ANY) as server:
        engine = ("--engine", "spark", "--spark", f"sc://spark.localhost:{server.port}")
        place = ("--input", small.uri, "--output", tmp_path / "lake", "--endpoint", job.endpoint)
        job.server.client.make_public(small.bucket)
        done = run("etl", *engine, *place, "--no-sign-request", cwd=job.folder, timeout=60)
    assert done.code == 1 and "without sending its rows" in done.err, done


def test_doctor(cluster, job, bucket, large):  # noqa: F811
    source = job.server.new_bucket("doctor")
    for name in ("song_data/songs.json", "log_data/01.json"):
        job.server.client.put(source, name, (large / name).read_bytes())
    engine = ("--engine", "spark", "--spark", cluster.address)
    place = ("--input", f"s3://{source}", "--bucket", bucket, "--endpoint", job.endpoint)
    done = run("doctor", *engine, *place, cwd=job.folder, timeout=LONG)
    assert done.code == 0, done
    assert "the cluster writes" in done.out
    assert not job.server.client.keys(bucket)


def test_a_spark_without_s3a(spark, job, bucket, large):  # noqa: F811
    source = job.server.new_bucket("none")
    for name in ("song_data/songs.json", "log_data/01.json"):
        job.server.client.put(source, name, (large / name).read_bytes())
    engine = ("--engine", "spark", "--spark", spark)
    place = ("--input", f"s3://{source}", "--bucket", bucket, "--endpoint", job.endpoint)
    done = run("etl", *engine, *place, cwd=job.folder, timeout=LONG)
    assert done.code == 1 and "hadoop-aws" in done.err and "S3AFileSystem" in done.err
    assert not job.server.client.keys(bucket)
