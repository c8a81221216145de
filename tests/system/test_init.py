"""sparkify init: what it proposes is a model, and near to what one would write."""

import gzip
import json
import shlex

import pyarrow
import pyarrow.parquet as pq
import pytest
import yaml
from conftest import PROJECT, SAMPLE, etl, message, parquet_files, play, run, song, write_tree
from test_model_file import load
from test_s3_etl import bucket, job, nothing_of_this_machine  # noqa: F401

pytest_plugins = ["s3_server"]

EVENT = {"id": "1", "type": "PushEvent", "actor": {"id": 7, "login": "a"}, "repo": {"id": 1, "name": "r"},
         "payload": {}, "public": True, "created_at": "2024-02-28T00:00:00Z"}  # fmt: skip


def propose(folder, tmp_path):
    """The model that is proposed; it has passed `schema --check`."""
    path = tmp_path / "proposed.yaml"
    path.unlink(missing_ok=True)
    done = run("init", folder)
    assert done.code == 0, done.err
    path.write_text(done.out)
    checked = run("schema", "--check", path)
    assert checked.code == 0, checked.err
    return load(done.out)


def assert_runs(folder, model, lake, rejected=0):
    """The model reads the files that it was made of."""
    summary = etl(folder, lake, "--model", model)
    assert sum(source["rejected"] for source in summary["sources"].values()) == rejected
    assert run("check", lake).code == 0
    return summary


def events(count, **changed):
    for i in range(count):
        actor = {"id": i % 7, "login": f"login {i % 7}"}
        payload = {f"key {i % 9}": i}
        created = f"2024-02-28T0{i % 10}:00:00+01:00"
        yield EVENT | {"id": str(i), "actor": actor, "payload": payload, "created_at": created} | changed


def lines(records):
    return "".join(json.dumps(record) + "\n" for record in records)


# ---- Proposals --------------------------------------------------------------------------------


def test_sparkifys_sample(tmp_path):
    model = propose(SAMPLE, tmp_path)
    assert list(model["sources"]) == ["logs", "songs"]
    assert model["sources"]["songs"]["layout"] == "document"
    assert model["sources"]["songs"]["fields"]["year"] == "int32"
    logs = model["sources"]["logs"]["fields"]
    assert logs["ts"] == {"type": "timestamp_ms", "required": True}
    assert (logs["userId"], logs["length"]) == ("string", "double")
    keys = {name: table.get("key") for name, table in model["dimensions"].items()}
    assert keys == {
        "artists": "artist_id",
        "songs": "song_id",
        "users": "userId",
        "sessions": "sessionId",
        "time": None,
    }
    assert set(model["dimensions"]["artists"]["columns"]) == {"artist_id", "name", "location", "latitude", "longitude"}
    assert {"first_name", "last_name", "gender"} < set(model["dimensions"]["users"]["columns"])
    assert model["facts"]["logs"]["id"] == {"log_key": ["ts", "sessionId", "itemInSession"]}
    assert "# keep: {page: NextSong}" in run("init", SAMPLE).out


def test_nested_events(tmp_path):
    write_tree(tmp_path / "in", {"events/0.json": lines(events(100))})
    model = propose(tmp_path / "in", tmp_path)
    fields = model["sources"]["events"]["fields"]
    assert fields["created_at"] == {"type": "timestamp_iso", "required": True}
    assert (fields["payload"], fields["public"], fields["actor.id"]) == ("json", "bool", "int64")
    assert model["dimensions"]["actors"]["columns"] == {"actor_id": "actor.id", "login": "actor.login"}
    assert model["facts"]["events"]["id"] == {"event_key": ["id"]}
    assert model["facts"]["events"]["columns"]["payload"] == "payload"


@pytest.mark.parametrize("example", ["github", "shop"])
def test_examples(tmp_path, example):
    """A schema validator of the page, too, finds nothing wrong with what is proposed of the examples' data."""
    generate = PROJECT / "examples" / example / "generate.py"
    data = tmp_path / "data"
    assert run(generate, "--events", "2000", "--output", data, program="/usr/bin/python3").code == 0
    model = propose(data, tmp_path)
    written = yaml.safe_load((PROJECT / "examples" / example / "model.yaml").read_text())
    assert set(model["sources"]) == set(written["sources"])
    for name, source in model["sources"].items():
        assert source.get("layout", "lines") == written["sources"][name].get("layout", "lines")
        assert source["folder"] == written["sources"][name]["folder"]
    facts, expected = (next(iter(m["facts"].values())) for m in (model, written))
    assert (facts["from"], facts["time"]) == (expected["from"], expected["time"])


# What a record has beside its number and time, and keys of dimensions that are proposed with their other columns.
PARTS = {
    "a key that is null in most records, and never repeats": (
        lambda i: {"request": {"id": f"r{i}"} if i % 3 == 0 else None, "type": f"t{i % 4}", "amount": i % 5},
        {},
    ),
    "a key that never repeats": (lambda i: {"event": {"id": f"e{i}" if i % 10 else None, "name": f"n{i % 4}"}}, {}),
    "values where the key is null": (lambda i: {"account_id": i % 7 or None, "type": "user" if i % 7 else "root"}, {}),
    "values where the key is null, by their name": (
        lambda i: {"user": {"id": i % 7 or None, "type": "user" if i % 7 else "root", "name": i % 7 or None}},
        {"user.id": {"user.type", "user.name"}},
    ),
    "values of the record": (lambda i: {"item": {"id": i % 7, "price": i % 11, "quantity": i % 2}}, {}),
    "a value that changes": (
        lambda i: {"actor": {"id": i % 9, "login": f"l{i % 9}{i > 85}", "url": f"u{i % 9}"}},
        {"actor.id": {"actor.login", "actor.url"}},
    ),
    "a value that is null at times": (
        lambda i: {"session": {"id": i % 9, "device": f"d{i % 9}" if i % 90 else None}},
        {"session.id": {"session.device"}},
    ),
    "a key that decides": (
        lambda i: {"user_id": i % 7, "level": i % 3, "plan": i % 7 % 2} if i % 7 else {},
        {"user_id": {"plan"}},
    ),
}  # fmt: skip


def rows_of(lake, table):
    return [row for path in parquet_files(lake, table) for row in pq.ParquetFile(path).read().to_pylist()]


def records_of(lake, model):
    """The values of each fact by the names of their fields: its own, and those of dimensions by its keys."""
    (name, facts), *_ = model["facts"].items()
    columns = [(column, field) for column, field in facts["columns"].items() if isinstance(field, str)]
    records = [{field: row[column] for column, field in columns} for row in rows_of(lake, name)]
    for name, table in model["dimensions"].items():
        if "calendar" in table:
            continue
        rows = [{field: row[column] for column, field in table["columns"].items()} for row in rows_of(lake, name)]
        by_key = {row[table["key"]]: row for row in rows}
        records = [by_key.get(record[table["key"]], {}) | record for record in records]
    return {record["number_id"]: record for record in records}


@pytest.mark.parametrize("name", PARTS)
def test_no_value_is_lost(tmp_path, name):
    """A column moves to a dimension only where its key repeats, and decides it in each record."""
    make, dimensions = PARTS[name]
    records = [{"number_id": i, "at": f"2024-02-28T00:{i // 60:02}:{i % 60:02}Z"} | make(i) for i in range(90)]
    write_tree(tmp_path / "in", {"events/0.json": lines(records)})
    model = propose(tmp_path / "in", tmp_path)
    proposed = {t["key"]: set(t["columns"].values()) - {t["key"]} for t in model["dimensions"].values() if "key" in t}
    assert proposed == dimensions
    assert_runs(tmp_path / "in", tmp_path / "proposed.yaml", tmp_path / "lake")
    found = records_of(tmp_path / "lake", model)
    for record in records:
        nested = {f"{key}.{inner}": v for key, of in record.items() if isinstance(of, dict) for inner, v in of.items()}
        for field, value in (record | nested).items():
            if field != "at" and not isinstance(value, dict) and f"{field}.id" not in nested:
                assert found[record["number_id"]].get(field) == value, field


LAYOUTS = {
    "lines": (lines(events(20)), None),
    "concatenated": ("".join(json.dumps(e) for e in events(20)), "concatenated"),
    "records": (json.dumps({"Records": list(events(20))}), {"records": "Records"}),
    "one document": (json.dumps(next(events(1)), indent=1), "document"),
    "an array": (json.dumps(list(events(20))), "document"),
}


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("ending", [".json", ".jsonl.gz", ".json.zst"])
def test_layouts(tmp_path, name, ending):
    text, layout = LAYOUTS[name]
    pack = {".gz": gzip.compress, "zst": lambda b: bytes(pyarrow.compress(b, "zstd", asbytes=True))}
    data = pack.get(ending[-3:], bytes)(text.encode())
    (tmp_path / "in/events").mkdir(parents=True)
    (tmp_path / f"in/events/x{ending}").write_bytes(data)
    assert propose(tmp_path / "in", tmp_path)["sources"]["events"].get("layout") == layout
    assert_runs(tmp_path / "in", tmp_path / "proposed.yaml", tmp_path / "lake")


def test_records_among_other_values(tmp_path):
    """GeoJSON: a list called features, with objects and lists beside it; and a file without records."""
    around = {"type": "FeatureCollection", "metadata": {"count": 20, "url": "x"}, "bbox": [1, 2, 3, 4, 5, 6]}
    write_tree(tmp_path / "in", {
        "quakes/0.json": json.dumps(around | {"features": []}),
        "quakes/1.json": json.dumps(around | {"features": list(events(20))}),
    })  # fmt: skip
    assert propose(tmp_path / "in", tmp_path)["sources"]["quakes"]["layout"] == {"records": "features"}
    assert_runs(tmp_path / "in", tmp_path / "proposed.yaml", tmp_path / "lake")


def test_keys_with_zero(tmp_path):
    """No model can name them: runs count them as unknown."""
    odd = {"k\0": 1, "in": {"a\0b": 1, "c": 2}, "v": "a\0"}
    write_tree(tmp_path / "in", {"events/0.json": lines(event | odd for event in events(20))})
    fields = propose(tmp_path / "in", tmp_path)["sources"]["events"]["fields"]
    assert {"in.c", "v"} < set(fields) and not any(name.startswith(("k", "in.a")) for name in fields)
    summary = assert_runs(tmp_path / "in", tmp_path / "proposed.yaml", tmp_path / "lake")
    assert summary["sources"]["events"]["unknown_fields"] == {"k\0": 20}


def test_files_that_lie_in_the_folder_itself(tmp_path):
    write_tree(tmp_path / "in", {"0.json": lines(events(20)), "2024/1.json": lines(events(20))})
    done = run("init", tmp_path / "in")
    model = load(done.out)
    assert model["sources"]["ins"]["folder"] == "in"
    assert f"--input {tmp_path} --output lake" in done.out.splitlines()[-1]


FOLDERS = {
    "days": ["2024-01-01", "2024-01-02"],
    "nine days": [f"2024-01-0{day}" for day in range(1, 10)],
    "days of one number": ["20240101", "20240102"],
    "years": ["2024/12/31", "2025/01/01"],
    "keys and values": ["dt=2024-01-01/hour=0", "dt=2024-01-02/hour=0"],
    "hours and files": [".", "2024-01-01T23"],
}


@pytest.mark.parametrize("name", FOLDERS)
def test_folders_by_date_belong_together(tmp_path, name):
    """They are no sources of their own: the folder around them is one."""
    folder = tmp_path / "data/rides"
    write_tree(folder, {f"{day}/0.json": lines(events(20)) for day in FOLDERS[name]})
    model = propose(folder, tmp_path)
    assert {name: source["folder"] for name, source in model["sources"].items()} == {"rides": "rides"}
    assert f"--input {folder.parent} --output lake" in run("init", folder).out.splitlines()[-1]
    summary = assert_runs(folder.parent, tmp_path / "proposed.yaml", tmp_path / "lake")
    assert summary["sources"]["rides"]["files"] == len(FOLDERS[name])


@pytest.mark.parametrize("folder", [".", "rides", "../data", "rides/2024-01-01"])
def test_the_last_line_is_a_command_that_runs(tmp_path, folder):
    """Its output does not lie in the input, wherever it is run."""
    write_tree(tmp_path / "data", {"rides/2024-01-01/0.json": lines(events(20))})
    done = run("init", folder, "--out", tmp_path / "model.yaml", cwd=tmp_path / "data")
    assert done.code == 0, done.err
    command = shlex.split((tmp_path / "model.yaml").read_text().splitlines()[-1].removeprefix("#"))
    done = run(*command[1:], cwd=tmp_path / "data")
    assert done.code == 0, done.err


# ---- Odd data ---------------------------------------------------------------------------------


def test_odd_names_and_values(tmp_path):
    odd = {"a.b": 1, "`": 2, "x y": {"[0]": 3}, "ü\n#": 4, "": 5, "-z": 6, "null": 7, "Year": 8, "year": 9, "1": 0}
    record = {"ts": 1541121934796, "id": "x", "odd_id": 1} | odd
    write_tree(tmp_path / "in", {"2024 #1/a.json": lines(record | {"id": str(i)} for i in range(9))})
    model = propose(tmp_path / "in", tmp_path)
    assert {"`a.b`", "````", "x y.`[0]`", "ü\n#", "``"} < set(next(iter(model["sources"].values()))["fields"])


def test_many_fields_and_deep_objects(tmp_path):
    wide = {f"f{i}": i for i in range(700)}
    deep = {"ts": 1541121934796}
    for i in range(400):
        deep = {"ts": 1541121934796, f"d{i}": deep}
    write_tree(tmp_path / "in", {"a/0.json": lines([{"ts": 1541121934796, "id": "1"} | wide, deep])})
    fields = propose(tmp_path / "in", tmp_path)["sources"]["as"]["fields"]
    assert 40 < len(fields) <= 64 and fields["ts"]["required"]


# Values of a field x in many records; types that the proposal may have for it, and how many runs reject.
VALUES = {
    "integers and strings": ([1, "2"], "string", 0),
    "few strings": ([1] * 199 + ["x"], "int64", 1),
    "all kinds": ([1, "x", True, 1.5, {"a": 1}, [1], None], "json", 0),
    "null everywhere": ([None], None, 0),
    "an object with nulls alone": ([{"y": None}], None, 0),
    "empty objects and lists": ([{}, []], "json", 0),
    "of 64 bits without a sign": ([1, 2**64 - 1], "string", 0),
    "out of all range": ([1.5, 10**400], "string", 0),
    "days that are none": (["2024-02-28", "2024-02-30"], "string", 0),
    "the year 0": (["0000-01-01"], "string", 0),
    "a leap second": (["2016-12-31T23:59:60Z"], "string", 0),
    "picoseconds": (["2016-12-31T23:59:59.123456789012Z"], "string", 0),
    "before 1970 in UTC": (["1970-01-01T00:00:00+02:00"], "string", 0),
    "an offset of 99 hours": (["2024-01-01T00:00:00+99:00"], "string", 0),
    "nanoseconds": (["2016-12-31T23:59:59.123456789Z"], "timestamp_iso", 0),
    "a year of 64 bits": ([2**40], "int64", 0),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_proposal_reads_what_it_is_made_of(tmp_path, name):
    values, type, rejected = VALUES[name]
    count = max(len(values), 100)
    records = [event | {"x": values[i % len(values)]} for i, event in enumerate(events(count))]
    write_tree(tmp_path / "in", {"events/0.json": lines(records)})
    fields = propose(tmp_path / "in", tmp_path)["sources"]["events"]["fields"]
    assert fields.get("x") == type
    assert_runs(tmp_path / "in", tmp_path / "proposed.yaml", tmp_path / "lake", rejected)


# Keys of a record beside its id and time.
SIGNS = [".", "..", "a.", ".a", "[0]", "a[0]", "]", "`", "``", "'", '"', "\\", "{}", "# c", ": ", "*", "&a", "!t", "|"]
WORDS = ["yes", "null", "True", "on", "OFF", "no"]
YAML = [*WORDS, "1e3", "0x10", "~", "- x", "? ", " a", "a ", "\t", "\u2028", "\u0085", "\ufeff"]
KEYS = {
    "one name for columns": ["fooBar", "foo_bar", "foo.bar", "foo-bar", "FOO_BAR"],
    "names of other columns": ["year", "Month", "event_key", "ts_2", "TS", "id_", "iD"],
    "other scripts": ["größe", "名前", "имя", "😀", "e\u0301", "é"],
    "of signs": SIGNS,
    "what YAML reads otherwise": YAML,
    "long ones": ["k" * 190, "k" * 191, "é" * 95],
    "more than a model has": [f"f{i}" for i in range(100)],
    "of SQL": ["select", "from", "where", "order"],
}  # fmt: skip


@pytest.mark.parametrize("name", KEYS)
def test_a_proposal_has_columns_for_odd_keys(tmp_path, name):
    more = {key: i for i, key in enumerate(KEYS[name])}
    write_tree(tmp_path / "in", {"events/0.json": lines(more | event for event in events(100))})
    model = propose(tmp_path / "in", tmp_path)
    summary = assert_runs(tmp_path / "in", tmp_path / "proposed.yaml", tmp_path / "lake")
    unknown = summary["sources"]["events"]["unknown_fields"]
    fields = model["sources"]["events"]["fields"]
    assert {"id", "created_at"} < set(fields) and bool(unknown) == name.startswith("more")
    out = run("init", tmp_path / "in").out
    assert ("more fields are not declared" in out) == bool(unknown)
    for text in (out, run("schema", tmp_path / "lake", "--print-model").out):
        printed = yaml.safe_load(text)  # by YAML 1.1
        tables = [*printed["sources"].values(), *printed["facts"].values()]
        assert all(isinstance(key, str) for table in tables for key in table.get("fields", table.get("columns")))


def test_names_that_are_too_long_for_yaml(tmp_path):
    write_tree(tmp_path / "in", {"events/0.json": lines(event | {"x" * 5000: 1} for event in events(9))})
    assert len(propose(tmp_path / "in", tmp_path)["sources"]["events"]["fields"]) < 12


def test_a_source_of_its_own_is_the_dimension(tmp_path):
    readings = [event | {"device": {"id": i % 5, "level": i % 5}} for i, event in enumerate(events(50))]
    devices = [{"id": i, "name": f"n{i}"} for i in range(5)]
    tree = {"readings/0.json": lines(readings), "devices/0.json": json.dumps(devices)}
    write_tree(tmp_path / "in", tree)
    model = propose(tmp_path / "in", tmp_path)
    assert model["dimensions"]["devices"]["from"] == "devices" and "devices_2" not in model["dimensions"]
    assert model["facts"]["readings"]["columns"]["device_level"] == "device.level"
    assert model["facts"]["readings"]["rows"] == "reading"
    assert_runs(tmp_path / "in", tmp_path / "proposed.yaml", tmp_path / "lake")


def test_faults_are_told(tmp_path):
    text = lines(events(200)) + "{broken\n[1]\n\xff" + lines(events(1, created_at=None))
    (tmp_path / "in/events").mkdir(parents=True)
    (tmp_path / "in/events/0.json").write_bytes(text.encode("latin-1"))
    (tmp_path / "in/events/1.json").write_text(json.dumps(list(events(2))))
    (tmp_path / "in/events/2.json").write_text(2 * json.dumps(next(events(1))))
    out = run("init", tmp_path / "in").out
    assert "pieces are no JSON objects" in out and "1 of the files that were read are one array" in out
    propose(tmp_path / "in", tmp_path)


def test_one_of_a_kind(tmp_path):
    write_tree(tmp_path / "in", {"events/0.json": lines(events(1)) + "{broken\n"})
    out = run("init", tmp_path / "in").out
    assert "1 record was looked at" in out and "1 piece is no JSON object; a run rejects it" in out
    records = [*events(1, x="2"), *events(8, x=1)]
    write_tree(tmp_path / "in", {"events/0.json": lines(records)})
    assert "; 1 string; 8 integers" in run("init", tmp_path / "in").out


NOTHING = {
    "no file": ({"a/x.txt": "text"}, "there is no .json, .jsonl or .ndjson file"),
    "a file without an ending": ({"a/x": lines(events(1))}, "give files of JSON such a name: a/x has none"),
    "a time without a zone": ({"a/x.json": lines(events(9, created_at="2024-02-28T00:00:00"))}, "is not enough"),
    "no object": ({"a/x.json": "[1]\nnull\n"}, "has a JSON object"),
    "no time": ({"a/x.json": lines([{"id": 1, "name": "x"}])}, "no field is a time in each record"),
    "lists without records": ({"a/x.json": '{"Records": []}', "a/y.json": '{"Records": []}'}, "an empty list"),
    "times in two units": (
        {"a/x.json": lines({"ts": 1541121934 * unit} for unit in (1, 1000, 1))},
        "ts of a is timestamp_ms in 1, timestamp_s in 2 of 3 records; a time is",
    ),
    "records of two kinds": (
        {"a/x.json": lines([*events(2), {"name": "x"}])},
        "created_at of a is timestamp_iso in 2 of 3 records",
    ),
    "text in two bytes a character": ({"a/x.json": lines(events(2)).encode("utf-16")}, "in UTF-8"),
    "CSV": ({"a/x.json": "id,ts\n1,2018-11-30T12:00:00Z\n"}, "has a JSON object"),
    "a file that is no gzip": ({"a/x.json.gz": "text"}, "is broken gzip data"),
    "nine folders": ({f"s{i}/x.json": lines(events(1)) for i in range(9)}, "more than 8 folders"),
}


@pytest.mark.parametrize("name", NOTHING)
def test_what_no_model_can_be_made_of(tmp_path, name):
    tree, expected = NOTHING[name]
    write_tree(tmp_path / "in", tree)
    assert expected in message(run("init", tmp_path / "in", "--out", tmp_path / "model.yaml"))
    assert not (tmp_path / "model.yaml").exists()


# ---- The command ------------------------------------------------------------------------------


def test_out(tmp_path):
    write_tree(tmp_path / "in", {"song_data/s.json": song(), "log_data/0.json": play()})
    path = tmp_path / "model.yaml"
    done = run("init", tmp_path / "in", "--out", path)
    assert done.code == 0 and str(path) in done.out
    assert run("schema", "--check", path).code == 0
    before = path.read_bytes()
    assert "is there already" in message(run("init", tmp_path / "in", "--out", path))
    assert path.read_bytes() == before
    document = json.loads(run("init", tmp_path / "in", "--json").out)
    assert [s["name"] for s in document["sources"]] == ["logs", "songs"]
    assert load(document["model"]) == load(before.decode())


def test_in_s3(job, bucket, tmp_path):  # noqa: F811
    write_tree(tmp_path / "in", {"events/0.json": lines(events(20))})
    job.server.client.upload(tmp_path / "in", bucket)

    def look(address):
        return run("init", address, "--endpoint", job.endpoint, cwd=job.folder)

    assert look(f"s3://{bucket}").code == 0
    expected = load(run("init", tmp_path / "in").out)
    assert load(look(f"s3://{bucket}").out) == load(look(f"s3://{bucket}/events").out) == expected
    assert "there is no .json" in message(look(f"s3://{bucket}/nothing"))


def test_without_a_folder(tmp_path):
    assert "init needs a DIR" in message(run("init"), code=2)
    assert "nowhere" in message(run("init", tmp_path / "nowhere"))
