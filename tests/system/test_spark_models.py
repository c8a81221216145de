"""Models of one's own on a cluster: the rows of the native engine."""

import json
from collections import Counter

import duckdb
import pytest
from conftest import PROGRAM, etl, message, read_rejects, run, write_tree
from example_models import EXAMPLES, Example
from killed_runs import (
    DECIDED,
    FIRST_FILE,
    HALF_OF_THE_LOGS,
    UNDECIDED,
    OnDisk,
    assert_killed,
    increment,
    rebuild,
    short_of,
)
from model_reference import read
from test_models_random import Made
from test_spark_etl import LONG

ODD, RIDE = "it's `select` ${text}\\ \".[0]", "a 'ride' \\"
RIDES = """
model: rides
sources:
  rides:
    folder: rides
    keep: {kind: RIDE}
    fields:
      taken: {type: timestamp_ms, required: true}
      bike: {type: string, required: true}
      Bike: {type: int64, required: true}
      ODD: string
      line: double
      where: {type: int32, null: 0}
      kind: {type: string, required: true}
  bikes:
    folder: bikes
    fields:
      bike: {type: string, required: true}
      make: string
      price: double
      line: string
dimensions:
  bikes:
    from: bikes
    key: bike
    order: [make, -price]
    columns: {bike: bike, make: make, price: price, case: line}
    partition: [make]
  riders: {from: rides, key: ODD, order: [-taken, -line], columns: {order: ODD, from: line}}
  moments: {calendar: true, columns: {taken: time, hour: hour, day: day}, partition: [day]}
facts:
  trips:
    from: rides
    time: taken
    id: {at: [bike, Bike]}
    lookups:
      which: {in: bikes, on: {bike: bike}, order: [make]}
    columns:
      taken_at: taken
      bike: bike
      rider: ODD
      fare: line
      seats: where
      make: which.make
      found: which.bike
      day: {part: day}
      hour: {part: hour}
    partition: [day, hour]
""".replace("ODD", json.dumps("`" + ODD.replace("`", "``") + "`")).replace("RIDE", json.dumps(RIDE))
BEGIN, HOUR = 1700000000000, 3_600_000


def ride(number, **more):
    record = {"taken": BEGIN + number * HOUR, "bike": f"b{number % 3}", "Bike": number, "kind": RIDE}
    return json.dumps(record | {ODD: f"r{number % 4}", "line": number / 2, "where": 1} | more)


def rows(lake, table):
    files = f"{lake}/{table}/**/*.parquet"
    found = duckdb.sql(f"select columns(*)::varchar from read_parquet('{files}', hive_partitioning=true)")
    return sorted(map(repr, found.order("all").fetchall()))


def test_a_model_of_plain_fields(spark, tmp_path):
    """Whatever their names. Engines take turns; the tables are those of one native run over everything."""
    (tmp_path / "rides.yaml").write_text(RIDES)
    bikes = [json.dumps({"bike": f"b{i % 2}", "make": f"m{i}", "price": float(i), "line": f"x{i}"}) for i in range(4)]
    first = [ride(i) for i in range(40)] + [ride(3), ride(5, where=None, line=-0.0, **{ODD: None}), ride(7, kind="no")]
    source = write_tree(tmp_path / "in", {"bikes/b.json": bikes, "rides/1.json": [*first, '{"bike": 1}']})
    lake, native = tmp_path / "lake", tmp_path / "native"
    options = ("--model", tmp_path / "rides.yaml", "--max-rejects", "50%", "--incremental")
    engine = ("--engine", "spark", "--spark", spark)
    summary = etl(source, lake, *options, *engine, timeout=LONG)
    assert summary["sources"]["rides"]["left_out"] == 1
    for day in (2, 3):
        lines = [ride(i) for i in range(day * 20, day * 20 + 25)]
        (source / f"rides/{day}.json").write_text("\n".join(lines) + "\n")
        summary = etl(source, lake, *options, *(engine if day == 3 else ()), timeout=LONG)
        assert summary["incremental"]["full_because"] is None
    etl(source, native, *options)
    for table in ("bikes", "riders", "moments", "trips"):
        assert rows(lake, table) == rows(native, table), table
    assert run("check", lake).code == 0


# ---- The example models --------------------------------------------------------------------------


@pytest.fixture(scope="module", params=EXAMPLES)
def example(request, tmp_path_factory):
    return Example(request.param, tmp_path_factory.mktemp(request.param))


def on_spark(spark, example, lake, *options):
    return example.etl(lake, "--engine", "spark", "--spark", spark, *options, program=PROGRAM, timeout=LONG)


def test_examples(spark, example, tmp_path):
    """In one run; on days in turn with the native engine."""
    summary = on_spark(spark, example, tmp_path / "lake")
    example.assert_right(tmp_path / "lake")
    example.assert_exact(tmp_path / "lake")
    native = example.etl(tmp_path / "native", program=PROGRAM)
    assert comparable(summary) == comparable(native)
    with example.without_last_day():
        example.etl(tmp_path / "turns", program=PROGRAM)
    on_spark(spark, example, tmp_path / "turns", "--incremental")
    example.assert_exact(tmp_path / "turns")


def test_killed(spark, example, tmp_path):
    moments = short_of((FIRST_FILE, DECIDED), FIRST_FILE if example.name == EXAMPLES[0] else DECIDED)
    assert_killed(example, increment, OnDisk(example, tmp_path), moments, "--engine", "spark", "--spark", spark)


@pytest.mark.parametrize("example", EXAMPLES[:1], indirect=True)
def test_rebuild_killed(spark, example, tmp_path):
    """In place of another model's lake: before the decision, and between the tables' logs."""
    moments = short_of((FIRST_FILE, UNDECIDED, DECIDED, HALF_OF_THE_LOGS), UNDECIDED, HALF_OF_THE_LOGS)
    assert_killed(example, rebuild, OnDisk(example, tmp_path), moments, "--engine", "spark", "--spark", spark)


@pytest.mark.parametrize("seed", (3, 4))
def test_models_at_random(spark, seed, tmp_path):
    made = Made(seed, tmp_path)
    tables, records = read(made.model, made.source)
    summary = made.etl("--model", made.path, "--engine", "spark", "--spark", spark, timeout=LONG)
    made.assert_right(tables)
    for name, expected in records.items():
        counts = summary["sources"][name]
        assert (counts["records"], counts["left_out"]) == (expected.records, expected.left_out), name
        assert counts["rejected_by_code"] == Counter(expected.rejects), name


def comparable(summary):
    """What both engines count."""
    names = ("records", "left_out", "rejected_by_code", "unknown_fields", "discarded")
    sources = {source: {name: counts.get(name) for name in names} for source, counts in summary["sources"].items()}
    return sources, {table: counts["rows"] for table, counts in summary["tables"].items()}


# ---- Odd records ---------------------------------------------------------------------------------
#
# A fact of each record that is kept, with all of its fields.

TIME = 1541105830796


def model_of(fields, source=""):
    columns = {f"c{number}": path for number, path in enumerate(fields)}
    return f"""
model: odd
sources:
  s:
    folder: s
{source}
    fields:
      id: {{type: string, required: true}}
      t: {{type: timestamp_ms, required: true}}
{"".join(f"      {json.dumps(path)}: {kind}{chr(10)}" for path, kind in fields.items())}
facts:
  f:
    from: s
    time: t
    id: {{key: [id]}}
    columns: {json.dumps({"t": "t", "name": "id"} | columns)}
"""


def both(spark, folder, model, files):
    """Runs both engines, which must agree; returns the native summary."""
    (folder / "model.yaml").write_text(model)
    source = write_tree(folder / "in", files)
    options = ("--model", folder / "model.yaml", "--max-rejects", "100%", "--allow-empty")
    native = etl(source, folder / "native", *options)
    found = etl(source, folder / "spark", *options, "--engine", "spark", "--spark", spark, timeout=LONG)
    told = [
        Counter(
            (reject["file"], reject["code"], reject.get("record"), reject.get("record_base64"))
            for reject in read_rejects(folder / lake, summary["run"])
        )
        for lake, summary in (("spark", found), ("native", native))
    ]
    assert (told[0] - told[1], told[1] - told[0]) == (Counter(), Counter())
    assert comparable(found) == comparable(native)
    assert rows(folder / "spark", "f") == rows(folder / "native", "f")
    return native


# fmt: off
NUMBERS = """null true false 0 -0 1 -1 1.5 1.50 -0.0 1e2 1E-2 1e400 -1e400 1e-400 2147483647 2147483648 -2147483649
9223372036854775807 9223372036854775808 -9223372036854775808 -9223372036854775809 253402300799 253402300800
253402300799999 253402300800000 253402300799999999 253402300800000000 19.99 19.990 19.999 99999999.99 100000000
99999999.999 0.30000000000000000001 0.1e1 1e999999999999 1e-999999999999 0e999999999999 1.10e-1 1e7 1e8""".split()
TEXTS = ["", "x", " 5", "5", "19.99", "-19.90", "1e2", "01", "1.", ".5", "+5", "5 ", "NaN", "Infinity", "true", "{}",
         "[1", "~x", "#5", "-", "1.50", "2018-11-30", "0000-01-01", "0001-01-01", "9999-12-31", "2018-02-29",
         "2020-02-29", "2018-13-01", "2018-1-01", "2018-11-30 ", "2018-11-30\n", "+2018-11-30", "20181130", "é😀",
         '\\"~', "2018-11-30T12:00:00Z", "2018-11-30 12:00Z", "2018-11-30T12:00:00.25Z", "2018-11-30T12:00:00.Z",
         "2018-11-30T12:00:00.123456789+01:00", "2018-11-30T12:00:00.1234567890Z", "2018-11-30T12:00:00+0130",
         "2018-11-30T12:00-0130", "2018-11-30T12:00:00", "2018-11-30T24:00:00Z", "2018-11-30T23:60:00Z",
         "2018-11-30T23:59:60Z", "2018-11-30T12:00:00+18:00", "2018-11-30T12:00:00+18:01", "2018-11-30T12:00:00+1900",
         "1970-01-01T00:30:00+01:00", "1969-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999999Z",
         "9999-12-31T23:59:59-01:00", "2018-11-30t12:00:00Z", "2018-11-30  12:00:00Z", "2018-02-30T12:00:00Z"]
TREES = ["{}", "[]", '{"a":1}', "[1, 2]", '"\\u0001\\u0002"', '"\\u0032018-11-30"', '{"":{"":[]}}', '[ "a" , "b c" ]',
         '{ "k": 1.50, "s": "a b\\u00e9\\/ \\" \\\\", "n": [ 1e5 , {"é😀":"#1"}, "~" , -0 , true , null ] }']
TYPES = {"string": "string", "int32": "int32", "int64": "int64", "double": "double", "bool": "bool", "date": "date",
         "price": '"decimal(10,2)"', "least": '"decimal(18,18)"', "whole": '"decimal(18,0)"', "json": "json",
         "s": "timestamp_s", "ms": "timestamp_ms", "us": "timestamp_us", "iso": "timestamp_iso"}
# fmt: on
# Which types the first look tells; of JSON all records get the second.
PLAIN = [name for name in TYPES if name != "json"]


def odd_values(names):
    """Each value in each field."""
    values = NUMBERS + [json.dumps(text, ensure_ascii=False) for text in TEXTS] + TREES
    for number, value in enumerate(values):
        for name in names:
            yield f'{{"id":"{name} {number}","t":{TIME},"{name}":{value}}}'
    yield f'{{"id":"none","t":{TIME}}}'
    yield f' {{ "id" : "blanks" , "t" : {TIME} , "{names[0]}" : null , "\\u0069d" : "escaped" }} '


@pytest.mark.parametrize("faulty", ["discard_row", "discard_value"])
@pytest.mark.parametrize("names", [PLAIN, list(TYPES)], ids=["plain", "all"])
def test_types(spark, tmp_path, names, faulty):
    fields = {name: TYPES[name] for name in names}
    model = model_of(fields, f"    faulty: {faulty}")
    summary = both(spark, tmp_path, model, {"s/a.json": list(odd_values(names))})
    assert summary["sources"]["s"]["rejected"] > 500 or faulty == "discard_value"


# fmt: off
NESTED = {"a.b": "string", "a.c": "int32", "a.d.e": "bool", "l[0]": "string", "l[2]": "string", "m[1].x.y": "double",
          "`k.e`.f": "date", "Q": "string", "q": "int64"}
PLACES = """{"a":{"b":"x","c":5,"d":{"e":true}},"l":["p",1,"q"],"m":[0,{"x":{"y":1.5}}],"k.e":{"f":"2018-11-30"}}
{"a":null} {"a":{}} {"a":5} {"a":"s"} {"a":""} {"a":[]} {"a":[{"b":"x"}]} {"a":{"d":5}} {"a":{"d":null}}
{"a":{"d":"x","b":7}} {"a":{"b":{}}} {"a":{"b":"x","b":"y"}} {"a":{"b":1},"a":{"c":2}} {"a":{"b":1},"a":null}
{"a":{"b":"x","zz":1},"zz":2} {"l":[]} {"l":[null,null,"z"]} {"l":{}} {"l":"x"} {"l":[[1],2,{"a":1}]}
{"l":[1.50,2,-0.0]} {"l":[true,false,null,7]} {"m":[1]} {"m":[1,2]} {"m":[{},{}]} {"m":[0,{"x":null}]} {"m":[0,{"x":3}]}
{"m":[0,{"x":[1]}]} {"m":[0,{"x":{"y":1}},"zz"]} {"m":[0,{"x":{"y":-0.0}}]} {"m":{"1":{"x":{"y":1}}}}
{"m":[0,[{"x":{"y":1}}]]}
{"k.e":{"f":"2018-02-30"}} {"k":{"e":{"f":"2018-02-03"}}} {"k.e":[]} {"\\u0061":{"\\u0062":"esc"}}
{"a":{"b":"\\"}{\\\\"}} {"q":"x","Q":5} {"a":{"b":"t"}},"b":{} {"a":{"b":"t"}}} {"a":{"b":"t"} {"record":{"a":1}}
{"a":{"b":"x"}},"record":{"a":{"b":"y"}} {"a":{"d":{"e":"true"}}} {"a":{"b":"\\ud83d"}}""".split()
# fmt: on


def at_places():
    yield f'{{"id":"text","t":{TIME},"a":{{"b":"t"}}}} x'
    for number, place in enumerate([*PLACES, '{"a":' + "[" * 70 + "]" * 70 + "}"]):
        rest = f",{place[1:]}" if place != "{}" else "}"
        yield f'{{"id":"{number}","t":{TIME}{rest}'


@pytest.mark.parametrize(
    ("fields", "contracts"),
    [
        (NESTED, "    unknown: discard_row"),
        (NESTED | {"a.b": "{type: string, required: true}"}, "    faulty: discard_value"),
        (NESTED | {"a[0]": "string", "a[1].b": "int32"}, "    faulty: discard_value\n    unknown: discard_value"),
        ({"a.d": "json", "m[1]": "json", "m[1].x.y": "double", "a.b": "string"}, "    unknown: discard_value"),
    ],
    ids=["plain", "discarded", "objects and arrays", "json"],
)
def test_places(spark, tmp_path, fields, contracts):
    both(spark, tmp_path, model_of(fields, contracts), {"s/a.json": list(at_places())})


@pytest.mark.parametrize("contract", ["unknown", "faulty"])
def test_a_run_that_a_contract_ends(spark, tmp_path, contract):
    (tmp_path / "model.yaml").write_text(model_of({"v": "int32"}, f"    {contract}: freeze"))
    record = {"unknown": '"other":1', "faulty": '"v":"x"'}[contract]
    source = write_tree(tmp_path / "in", {"s/a.json": [f'{{"id":"1","t":{TIME},{record}}}', "no record"]})
    options = ("--input", source, "--model", tmp_path / "model.yaml", "--max-rejects", "100%")
    for engine in ((), ("--engine", "spark", "--spark", spark)):
        told = message(run("etl", *options, "--output", tmp_path / "lake", *engine, timeout=LONG))
        assert "s/a.json" in told and f"'{contract}: freeze', so the run fails" in told
        assert not list((tmp_path / "lake").rglob("*.parquet"))


# ---- Layouts -------------------------------------------------------------------------------------


def record(number, more=""):
    return f'{{"id":"r{number}","t":{TIME},"v":{number}{more}}}'


def concatenated():
    """{what a file is: its text}"""
    a, b, c = record(1), record(2, ',"o":{"a":[1,{"b":"}{"}]}'), record(3, ',"s":"é\\\\\\""')
    begin = f'{{"id":"x","t":{TIME}'
    deep, pretty = f'{begin},"z":{"[" * 70}{"]" * 70}}}', json.dumps(json.loads(b), indent=1)
    # fmt: off
    return {
        "plain": a + b + c, "blanks": f" {a} \n{b}\r\n\n{c}\n", "pretty": pretty + pretty, "bom": "\ufeff" + a + b,
        "brace at a line": f'{begin},"l":[\n{{"a":1}},\n{{"b":2}}\n],"o":\n{{"c":3}}\n}}{a}', "twice": a + a,
        "cut off": f'{a}\n{begin}\n{b}\n{c}', "cut in a string": f'{a}\n{begin},"s":"abc\n{b}\n{c}',
        "cut behind a comma": f"{begin},\n{b}\n{c}", "cut in an array": f'{begin},"l":[1,\n{b}\n{c}',
        "cut behind a colon": f'{begin},"l":\n{b}\n{c}', "cut in a line": f"{a}{begin}{b}\n{c}",
        "cut before others": a + begin + b + c + a, "cut in an array of a line": f'{begin},"l":[1,{a}{b} {c}',
        "cut in a string of a line": f'{begin},"s":"ab{a}{b}{c}',
        "cut behind an escape": f'{begin},"s":"a\\"b{a}{b}{c}',
        "braces in strings": record(4, ',"s":"}{","}{":":","}{":1') + b + record(5, ',"s":"}{","a":":"'),
        "cut at the end": a + begin,
        "commas": f"{a},{b}, {c},", "array": f"[{a},{b}]", "values": f'5 {a} 7 true {b} "x" null',
        "words": f"abc def\n{a}}}}}{b}]", "literal": f'{{"id":"b","t":tru}}{a}', "comma": f"{begin},}}{b}",
        "escape": f'{{"id":"\\x","t":1}}{a}', "control": f'{{"id":"a\tb","t":1}}{a}\n{b}', "deep": deep + a,
        "surrogate": f'{{"id":"\\ud800","t":{TIME}}}{a}', "mismatch": f'{{"id":"m","t":[1}}{a}\n{b}',
        "not UTF-8": b'{"id":"\xff","t":1541105830796}' + a.encode(), "white": " \n\n ",
    }  # fmt: skip


def in_an_array():
    def file(*records):
        return '{"Version":"1","Records":[' + ",".join(records) + '],"More":{"Records":[1]}}'

    a, b = record(1), record(2, ',"Records":[{"id":"no"}]')
    deep = f'{{"id":"d","t":{TIME},"z":{"[" * 70}{"]" * 70}}}'
    # fmt: off
    return {
        "plain": file(a, b), "empty": file(), "blanks": f' {{ "Records" : [ {a} , {b} ] }} \n', "none": '{"a":1}\n',
        "null": '{"Records":null}', "number": '{"Records":5}', "object": '{"Records":{"a":1}}',
        "text": '{"Records":"[x"}',
        "twice": f'{{"Records":[{a}],"Records":[{b}]}}', "number last": f'{{"Records":[{a}],"Records":5}}',
        "escaped key": f'{{"Rec\\u006frds":[{a}]}}', "values": file("5", a, '"x"', "null", "[1,[2]]", '"é,]"', b),
        "fields": file('{"id":5,"t":"x"}', b), "not JSON": file(a, '{"id":"x" "t":1}', b), "array": f"[{a}]",
        "word": "hello",
        "surrogate": file(f'{{"id":"\\ud800","t":{TIME}}}', a), "deep": file(deep, a), "bom": "\ufeff" + file(a),
        "not UTF-8": b'{"Records":[{"id":"\xff","t":1541105830796},' + a.encode() + b"]}", "white": "  ",
        "key in a string": f'{{"x":"\\"Records\\":[","y":{{"Records":[1]}},"Records":[{a}]}}',
    }  # fmt: skip


@pytest.mark.parametrize(("layout", "files"), [("concatenated", concatenated), ("{records: Records}", in_an_array)])
def test_layouts(spark, tmp_path, layout, files):
    texts = {f"s/{name}.json": text if isinstance(text, bytes) else text.encode() for name, text in files().items()}
    summary = both(spark, tmp_path, model_of({"v": "int64"}, f"    layout: {layout}"), texts)
    assert summary["sources"]["s"]["rejected"] > 9
