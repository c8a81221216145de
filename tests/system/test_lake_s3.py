"""The lake on S3: other readers of Delta tables, old versions and checkpoints, incremental loads, history,
check and vacuum, all from a bucket."""

import json
import re

import deltalake
import polars
import pytest
import sqlglot
from conftest import TABLES, message, play, run, song
from sqlglot import exp
from test_lake import as_rows
from test_s3_etl import bucket, job, nothing_of_this_machine  # noqa: F401

pytest_plugins = ["s3_server"]


def plays(day, count=10):
    times = (1541106106796 + day * 86_400_000 + i for i in range(count))
    return "".join(play(ts=ts, userId=f"U{day}", itemInSession=i) + "\n" for i, ts in enumerate(times))


class Lake:
    """A lake in a bucket, its input in another, and sparkify running on both."""

    def __init__(self, job, bucket):  # noqa: F811
        self.job, self.bucket, self.source = job, bucket, job.server.new_bucket()
        for i in range(5):
            self.put(f"song_data/{i}.json", song(song_id=f"S{i}", artist_id=f"A {i}/=é", year=i))
        self.put("log_data/0.json", plays(0))

    def put(self, key, text):
        self.job.server.client.put(self.source, key, text.encode())

    def etl(self, *options):
        return self.job.etl("--input", f"s3://{self.source}", "--bucket", self.bucket, *options)

    def run(self, command, *options):
        place = ("--bucket", self.bucket, "--endpoint", self.job.endpoint)
        return run(command, *place, *options, cwd=self.job.folder)

    @property
    def storage(self):
        return self.job.server.environment | {"AWS_ALLOW_HTTP": "true", "AWS_CONDITIONAL_PUT": "etag"}

    def table(self, name, version=None):
        uri = f"s3://{self.bucket}/{name}"
        return deltalake.DeltaTable(uri, version=version, storage_options=self.storage)

    def rows(self, name, version=None):
        return as_rows(self.table(name, version).to_pyarrow_table())

    def polars_rows(self, name, version=None):
        uri = f"s3://{self.bucket}/{name}"
        found = polars.scan_delta(uri, version=version, storage_options=self.storage).collect()
        return as_rows(found)


@pytest.fixture
def lake(job, bucket):  # noqa: F811
    return Lake(job, bucket)


def test_readers_and_versions(lake):
    rows = []
    for day in range(1, 13):
        lake.put(f"log_data/{day}.json", plays(day))
        lake.etl("--keep-versions", 4)
        rows.append(lake.rows("songplays"))
        assert len(rows[-1]) == 10 * (day + 1)
    assert len(lake.rows("songs")) == 5
    for name in TABLES:
        if name != "songs":  # in S3 Polars 2.1 takes the escapes of a path as they stand
            assert lake.rows(name) == lake.polars_rows(name)
    for version in range(8, 12):
        assert lake.rows("songplays", version) == rows[version] == lake.polars_rows("songplays", version)
    keys = lake.job.server.client.keys(lake.bucket)
    assert f"songplays/_delta_log/{10:020}.checkpoint.parquet" in keys
    history = json.loads(lake.run("history", "--json").out)["versions"]
    assert [entry["kept"] for entry in history] == [True] * 4 + [False] * 8
    assert "all is right" in lake.run("check").out


def test_incremental_and_restore(lake):
    lake.etl("--keep-versions", 3)
    first = lake.rows("songplays")
    lake.put("log_data/1.json", plays(1) + plays(0))
    summary = lake.etl("--incremental")
    assert summary["incremental"]["new_log_files"] == 1 and summary["plays"]["identical"] == 10
    assert len(lake.rows("songplays")) == 20
    lake.put("log_data/1.json", plays(1) + plays(2))
    assert "has changed" in lake.etl("--incremental")["incremental"]["full_because"]
    assert len(lake.rows("songplays")) == 30
    assert lake.run("restore", "--at", 0).code == 0
    assert lake.rows("songplays") == first
    assert lake.run("check").code == 0


def test_vacuum(lake):
    lake.etl("--keep-versions", 2)
    lake.put("log_data/1.json", plays(1))
    lake.etl()
    lake.job.server.client.begin_upload(
        lake.bucket, "users/part-00000-20180101T000000Z-00000000.zstd.parquet"
    )
    done = lake.run("vacuum", "--retain", "0s")
    assert done.code == 0 and "1 that crashed runs had left were removed" in done.out
    in_force = {uri.split(f"{lake.bucket}/")[1] for name in TABLES for uri in lake.table(name).file_uris()}
    found = {key for key in lake.job.server.client.keys(lake.bucket) if "/part-" in key and key[0] != "_"}
    assert len(found) == len(in_force)
    assert lake.job.server.client.unfinished_uploads(lake.bucket) == []


def test_another_writer_is_respected(lake):
    """delta-rs appends; sparkify refuses, and its rows stay."""
    import pyarrow as pa

    lake.etl()
    names = ("user_id", "first_name", "last_name", "gender", "level")
    deltalake.write_deltalake(
        lake.table("users"), pa.table({name: ["x"] for name in names}), mode="append"
    )
    before = lake.rows("users")
    done = lake.run("etl", "--input", f"s3://{lake.source}")
    assert done.code == 1 and "not written by sparkify" in done.err
    assert lake.rows("users") == before


# ---- Redshift --------------------------------------------------------------------------------------


def partitions_told(statements):
    """{table: [{column: value, …, "": the partition's place}]} of ALTER TABLE … ADD PARTITION."""
    found = {}
    for statement in statements:
        if match := re.match(r'ALTER TABLE lake\."(\w+)" ADD IF NOT EXISTS', statement):
            for part, place in re.findall(r"PARTITION \((.*?)\) LOCATION '((?:[^']|'')*)'", statement):
                values = dict(re.findall(r"\"(\w+)\" = '((?:[^']|'')*)'", part))
                found.setdefault(match[1], []).append(values | {"": place})
    return found


def test_redshift_is_told_each_partition(lake):
    songs = [song(song_id=f"M{i}", artist_id="B'1", year=2000 + i) for i in range(120)]
    lake.put("song_data/more.json", "\n".join(songs))
    lake.etl()
    sql = lake.run("schema", "--sql", "redshift").out
    statements = [statement.strip() for statement in sql.split(";\n") if statement.strip()]
    told, keys = partitions_told(statements), lake.job.server.client.keys(lake.bucket)
    month = ["year", "month"]
    for table, columns in {"songs": ["year", "artist_id"], "songplays": month, "time": month}.items():
        files = [key for key in keys if key.startswith(f"{table}/") and "/part-" in key]
        places = {f"s3://{lake.bucket}/{key.rpartition('/')[0]}/" for key in files}
        assert {partition[""].replace("''", "'") for partition in told[table]} == places
        assert all(list(partition)[:-1] == columns for partition in told[table])
    assert {partition["artist_id"].replace("''", "'") for partition in told["songs"]} == {
        "B'1", *(f"A {i}/=é" for i in range(5))
    }
    alters = [statement for statement in statements if statement.startswith('ALTER TABLE lake."songs"')]
    assert [statement.count("PARTITION (") for statement in alters] == [100, 25]
    for statement in sqlglot.parse(sql, dialect="redshift"):
        assert statement is None or isinstance(statement, exp.Create | exp.Alter | exp.Command)
    created = [s for s in sqlglot.parse(sql, dialect="redshift") if isinstance(s, exp.Create)]
    assert [s.find(exp.Table).name for s in created] == list(TABLES)


def test_redshift_and_older_versions(lake):
    lake.etl("--keep-versions", 2)
    lake.put("log_data/1.json", plays(1))
    lake.etl()
    said = message(lake.run("schema", "--sql", "redshift"))
    assert "keeps older versions" in said and "--keep-versions 1" in said
