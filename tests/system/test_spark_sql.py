"""The Spark engine's SQL, run by a local Spark: the same rows and rejects as the native engine's.

sql_print prints the statements; they run here as the engine runs them, but without its client.
docs/spark-differences.md lists what stays apart, and the last tests here pin it.
"""

import gzip
import json
import os
import random
import struct
import subprocess
from collections import Counter
from datetime import UTC
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import test_semantics_input as given
import test_semantics_rejects as faulty
import test_semantics_tables as wanted
from conftest import PROGRAM, TABLES, Raw, etl, play, read_rejects, song, tables, write_tree, zstd
from spark_server import JVM_OPTIONS

pyspark = pytest.importorskip("pyspark")

BUILD = Path(os.environ.get("SPARKIFY_BUILD") or PROGRAM.parent)
SQL_PRINT = BUILD / "tests/system/sql_print"
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def statements():
    done = subprocess.run([SQL_PRINT], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def spark():
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    session = (
        pyspark.sql.SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.driver.memory", "2g")
        .config("spark.driver.extraJavaOptions", JVM_OPTIONS)
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


class SparkOutcome:
    """What the statements make of an input."""

    def __init__(self, spark, statements, source):
        for key, value in statements["settings"].items():
            spark.conf.set(key, value)
        spark.conf.set("spark.sql.shuffle.partitions", "2")
        for view in statements["inputs"]:
            reader = spark.read.format(view["format"]).options(**view["options"])
            reader.load(str(source / view["folder"])).createOrReplaceTempView(view["view"])
        try:
            for statement in statements["prepare"]:
                spark.sql(statement["sql"])
            self.tables = {
                table["name"]: spark.sql(table["sql"]).toArrow().to_pylist()
                for table in statements["tables"]
            }
            rows = spark.sql(statements["counts"]["sql"]).collect()
            self.counts = {(row.source, row.name): row.records for row in rows if row.name != "unknown"}
            self.unknown = {(row.source, row.field): row.records for row in rows if row.name == "unknown"}
            rejects = spark.sql(statements["rejects"]["sql"]).collect()
            self.rejects = [row.asDict() for row in rejects]
        finally:
            for statement in statements["finish"]:
                spark.sql(statement["sql"])
        for reject in self.rejects:
            path = Path(unquote(urlsplit(reject["file"]).path))
            reject["file"] = str(path.relative_to(source))


def exact(value):
    """Comparable, -0.0 apart from 0.0, null before every value."""
    if isinstance(value, float):
        return (1, struct.pack(">d", value).hex())
    if hasattr(value, "astimezone"):
        return (1, value.astimezone(UTC).isoformat())
    return (value is not None, value)


def rows(table):
    """A table's rows, in an order of their own."""
    return sorted(tuple((name, exact(row[name])) for name in sorted(row)) for row in table)


def what(reject, names=("source", "file", "code", "record", "record_base64")):
    return tuple(reject.get(name) or "" for name in names)


@pytest.fixture
def both(spark, statements, tmp_path):
    """Runs an input by both engines, which must agree: (native summary, Spark's outcome)."""

    def run(source):
        options = ("--max-rejects", "100%", "--allow-empty")
        summary = etl(source, tmp_path / "out", *options, timeout=300)
        native = tables(tmp_path / "out")
        outcome = SparkOutcome(spark, statements, source)
        found = sorted(map(what, outcome.rejects))
        expected = sorted(map(what, read_rejects(tmp_path / "out", summary["run"])))
        assert Counter(found) == Counter(expected)
        for table in TABLES:
            assert rows(outcome.tables[table]) == rows(native[table]), table
        assert_counts(outcome, summary)
        return summary, outcome

    return run


def assert_counts(outcome, summary):
    for name, source in summary["sources"].items():
        counted = {what: n for (of, what), n in outcome.counts.items() if of == name}
        kept = source["records"] - source["left_out"] - source["rejected"]
        expected = {"kept": kept, "left_out": source["left_out"], **source["rejected_by_code"]}
        assert counted == {what: n for what, n in expected.items() if n}
    plays = {what: n for (of, what), n in outcome.counts.items() if of == ""}
    assert plays == {name: summary["plays"][name] for name in ("identical", "shared_keys")}


def test_sample_data(both, sample_data):
    _, outcome = both(sample_data)
    assert outcome.rejects == []
    assert {name: len(found) for name, found in outcome.tables.items()} == {
        "songs": 74, "artists": 55, "users": 18, "time": 404, "songplays": 410,
    }  # fmt: skip
    assert list(outcome.tables["time"][0]) == [
        "start_time", "hour", "day", "week", "month", "year", "weekday",
    ]  # fmt: skip
    assert list(outcome.tables["songplays"][0]) == [
        "songplay_id", "start_time", "user_id", "level", "song_id", "artist_id", "session_id",
        "location", "user_agent", "song", "artist", "length", "year", "month",
    ]  # fmt: skip


def test_generated_data(both, generated_data):
    _, outcome = both(generated_data)
    assert sum(row["song_id"] is not None for row in outcome.tables["songplays"]) > 100


def test_fields(both, tmp_path):
    """Every value that a field may take: see test_semantics_input.py."""
    songs = [song(song_id=f"text {case}", title=v) for case, (v, _) in given.AS_TEXT.items()]
    songs += [song(song_id=f"double {c}", duration=Raw(v)) for c, (v, _) in given.DOUBLES.items()]
    songs += [song(song_id=f"year {case}", year=value) for case, value in given.YEARS.items()]
    songs += [song(song_id="year null", year=None), song(song_id="year missing", year=...)]
    songs += [text.replace("%s", f"key {case}") for case, text in given.KEYS.items()]
    songs += [song(song_id=Raw("123.50"), artist_id=Raw("true"))]
    plays = [play(userId=f"text {c}", userAgent=v) for c, (v, _) in given.AS_TEXT.items()]
    plays += [
        play(userId=f"long {case}", sessionId=value, itemInSession=value)
        for case, value in given.LONGS.items()
    ]
    plays += [play(userId=Raw("39")), play(userId=Raw("1e3")), play(userId=True)]
    plays += [play(page=page) for page in ("Home", "nextsong", "NextSong ", 5, True)]
    others = {"userId": "", "sessionId": "x", "itemInSession": 1.5, "length": [], "song": {}}
    plays += [play(page="Home", **others), play(page="Home", userId=...)]
    plays += [play(auth=1, method=[], status="x", registration={"a": 1}), play(mood=1)]
    plays += [play(ts=ts) for ts in (0, 1, 253402300799999)]
    source = write_tree(tmp_path / "in", {"song_data/s.json": songs, "log_data/e.json": plays})
    _, outcome = both(source)
    assert outcome.rejects == []


def test_files(both, tmp_path):
    """How records lie in files: see test_semantics_input.py."""
    files = {}
    for number, (content, _) in enumerate(given.SONG_FILES.values()):
        for i in (1, 2, 3):
            content = content.replace(f'"S{i}"', f'"S{i} of {number}"')
        files[f"song_data/{number}/ünï 💾 {number}.json"] = content
    for number, content in enumerate(given.LOG_FILES.values()):
        content = content.replace('"userId": "', f'"userId": "{number}')
        files[f"log_data/a=b/{number}.json"] = content
    for name, pack in (("gz", gzip.compress), ("zst", zstd)):
        files[f"song_data/x.json.{name}"] = pack(song(song_id=name).encode())
        files[f"log_data/x.json.{name}"] = pack(play(userId=name).encode())
    members = (play(userId=user).encode() + b"\n" for user in ("m1", "m2"))
    files["log_data/members.json.gz"] = b"".join(map(gzip.compress, members))
    for name in ("x.ndjson", "x.jsonl"):
        files |= {f"song_data/{name}": song(song_id=name), f"log_data/{name}": play(userId=name)}
    for name in ("_x.json", ".x.json", "_a/x.json", "a/.b/x.json", "x.txt", "x.json.bak", "json",
                 "_metadata.json", "_a=b.json", "empty.json"):  # fmt: skip
        content = "" if name == "empty.json" else "skipped"
        files |= {f"song_data/{name}": content, f"log_data/{name}": content}
    _, outcome = both(write_tree(tmp_path / "in", files))
    assert outcome.rejects == []


def test_rejected_records(both, tmp_path):
    """Every kind of fault: see test_semantics_rejects.py."""
    logs = b"".join(line + b"\n" for _, line, _ in faulty.LOG_FAULTS.values())
    songs = "".join(f"{text}\n{song()}\n" for _, text, _ in faulty.SONG_FAULTS.values())
    bytes_ = b"".join(
        song(title="@").encode().replace(b"@", value) + b"\r\n"
        for value in faulty.NOT_UTF8.values()
    )
    source = write_tree(tmp_path / "in", {
        "log_data/é.json": logs + (play() + "\nbroken\r\n").encode(),
        "song_data/bad.json": songs,
        "song_data/object.json": song(song_id="S3").replace(", ", ",\n") + '\n,"x":1\n',
        "song_data/array.json": f'[{song(song_id="S4")},\n{song(song_id="S5")}]\n,"x":1\n',
        "song_data/bytes.json": bytes_ + song(song_id="S2").encode(),
    })  # fmt: skip
    summary, outcome = both(source)
    assert len(outcome.rejects) > 130
    lines = [r["line"] for r in outcome.rejects if r["file"] == "song_data/bad.json"]
    assert sorted(lines) == [1 + 2 * i for i in range(len(faulty.SONG_FAULTS))]


def test_documents(both, tmp_path):
    """Each object of a song file that as a whole is JSON is a record: see test_semantics_rejects.py."""
    files = {f"song_data/{name}.json": text for name, (text, _) in faulty.DOCUMENT_FILES.items()}
    many = ",\n".join(song(song_id=f"M{i}", title="[{" * (i % 3)) for i in range(3000))
    files["song_data/many.json"] = f'[{many},\n{{"x":"\n"}},{{}}]'
    files["song_data/chunks.json"] = "[" + ",\n".join([song(song_id="C")] * 2000 + ["{}"]) + "\n]"
    source = write_tree(tmp_path / "in", files | {"log_data/e.json": play()})
    summary, outcome = both(source)
    native = read_rejects(tmp_path / "out", summary["run"])
    places = ("file", "line", "code")
    assert Counter(what(r, places) for r in outcome.rejects) == Counter(what(r, places) for r in native)


def test_longer_than_16_mib(both, tmp_path):
    def line_of(make, field, length):
        text = make(**{field: "@"}).encode()
        return text.replace(b"@", b"x" * (length - len(text) + 1))

    limit = 16 * MIB
    logs = [line_of(play, "auth", n) for n in (limit, limit + 1)] + [play(userId="last").encode()]
    songs = [song(song_id=f"S{i}", num_songs="x" * MIB) for i in range(20)]
    source = write_tree(
        tmp_path / "in", {"log_data/e.json": b"\n".join(logs), "song_data/s.json": songs}
    )
    _, outcome = both(source)
    assert [r["code"] for r in outcome.rejects] == ["too_long"]


def test_winners(both, tmp_path):
    songs, plays = wanted.winner_runs()
    plays += [play(userId=f"day {day}", ts=86_400_000 * day) for day in range(0, 40_000, 97)]
    songs += [song(song_id=f"zero {a} {b}", duration=a, artist_id=f"zero {b}", artist_latitude=b)
              for a in (0.0, -0.0) for b in (0.0, -0.0)]  # fmt: skip
    songs += [song(song_id="zero", duration=zero) for zero in (0.0, -0.0)]
    both(write_tree(tmp_path / "in", {"song_data/s.json": songs, "log_data/e.json": plays}))


def test_random_records_full_of_ties(both, tmp_path):
    rng = random.Random(1)
    songs = [wanted.random_song(rng) for _ in range(500)]
    songs += [song(song_id=f"Z{i}", artist_id=f"Z{i}", duration=[0.0, -0.0][i % 2])
              for i in range(4)]  # fmt: skip
    plays = [wanted.random_play(rng) for _ in range(3000)]
    plays += [play(length=zero) for zero in (0.0, -0.0, -0.0)]
    source = write_tree(tmp_path / "in", {
        "song_data/s.json": songs, "log_data/e.json": plays + rng.sample(plays, 300),
    })  # fmt: skip
    summary, _ = both(source)
    counts = summary["plays"]
    assert min(counts["identical"], counts["shared_keys"], counts["matched"]) > 100


def test_no_plays(both, tmp_path):
    source = write_tree(
        tmp_path / "in", {"song_data/s.json": song(), "log_data/e.json": play(page="Home")}
    )
    both(source)


# ---- What stays apart: docs/spark-differences.md ------------------------------------------------


def test_differences(spark, statements, tmp_path):
    """One run with all of them; what the native engine does stands in the page."""
    bad = song(song_id="bad", year="x")
    write_tree(tmp_path, {
        "log_data/e.json": [
            "{broken " + "[" * 70 + "]" * 70,  # two faults: broken first, then too deep
        ],
        "log_data/_a=b/e.json": play(userId="from a folder that is skipped"),
        "song_data/s.json": f"[\n  {song()},\n  {bad}\n]",
    })  # fmt: skip
    outcome = SparkOutcome(spark, statements, tmp_path)
    assert [row["user_id"] for row in outcome.tables["users"]] == ["from a folder that is skipped"]
    logs, songs = sorted(outcome.rejects, key=lambda reject: reject["source"])
    assert (logs["code"], logs["line"], logs["byte_offset"]) == ("too_deep", None, None)
    assert (songs["code"], songs["line"], songs["byte_offset"]) == ("wrong_type", 3, None)
    assert songs["record"] == bad


def test_unknown_fields(spark, statements, tmp_path):
    records = [song(mood=1), play(mood=None), "{broken", play(mood=2) + "}", song(mood=3)[:-1]]
    write_tree(tmp_path, {f"{view['folder']}/x.json": records for view in statements["inputs"]})
    unknown = SparkOutcome(spark, statements, tmp_path).unknown
    assert {key: count for key, count in unknown.items() if key[1] == "mood"} == {
        ("songs", "mood"): 2,
        ("logs", "mood"): 2,
    }
    assert {("songs", "ts"), ("songs", "userId"), ("logs", "song_id"), ("logs", "title")} <= unknown.keys()
