"""Models of one's own on a cluster, from records to tables: row for row what the native engine makes of them.

The models here are made for it: every type as a key, in orders and as a column; several look-ups, one, none; no
calendar; partitions by hours, or none. Their data are full of ties, nulls and zeros of both signs."""

import json
import random
import struct
import subprocess
import time
from collections import Counter

import pytest
from conftest import KEEP, PROGRAM, etl, run
from example_models import add_lake, new_database, rows_of
from killed_runs import short_of
from model_reference import Model
from random_models import put
from test_spark_etl import LONG

VALUES = {
    "string": ("", "a", "b", "É", "😀 'x'", "a/b=c"),
    "int32": (0, 1, -1, 2**31 - 1, -(2**31)),
    "int64": (0, 7, -7, 2**53 + 1, -(2**63)),
    "double": (0.0, -0.0, 1.5, -2.25, 1e300),
    "bool": (True, False),
    "date": ("1970-01-01", "2024-02-29", "1960-12-31"),
    "decimal(9,2)": ("1.5", -2.25, 0, "9999999.99"),
    "decimal(18,4)": ("0.0001", -12345678901234.5, 0, "99999999999999.9999"),
    "json": ({"a": [1, None]}, [], "x", 0, {"a": 2}),
    "timestamp_s": (0, 1_709_164_799, 253_402_300_799),
    "timestamp_ms": (0, 1_709_164_799_001, 1_709_164_799_999),
    "timestamp_us": (0, 1_709_164_799_000_001, 1_709_164_799_999_999),
    "timestamp_iso": ("2024-02-29T23:30:00.000001-01:00", "2024-03-01 00:30Z", "1970-01-01T00:00:00Z"),
}

RIDES = """
model: rides
sources:
  rides:
    folder: rides
    keep: {kind: ride}
    fields:
      kind: {type: string, required: true}
      ride: {type: string, required: kept}
      number: {type: int32, required: true}
      at: {type: timestamp_us, required: true}
      seen: {type: timestamp_iso, required: true}
      ended: timestamp_s
      bike: int64
      "who[1].rider": string
      zone: int32
      day: date
      fare: decimal(9,2)
      total: decimal(18,4)
      electric: bool
      trip.distance: double
      tips: {type: int32, null: 0}
      "`a.b`.note": json
    ignored: [padding]
  bikes:
    folder: bikes
    fields: {bike: int64, model: string, weight: double, built: date, price: "decimal(9,2)", electric: bool, spec: json,
             serviced: timestamp_s, "size of it": {type: int32, null: 0}}
  zones:
    folder: zones
    fields: {zone: int32, day: date, name: string, surge: "decimal(18,4)", checked: timestamp_iso, opened: timestamp_ms}
  nowhere:
    folder: nowhere
    fields: {name: string, at: timestamp_us}
dimensions:
  bikes:
    from: bikes
    key: bike
    order: [-serviced, -price, -spec, -weight, -electric, -built, -model]
    columns: {bike: bike, model: model, weight: weight, built: built, price: price, electric: electric, spec: spec,
              serviced: serviced, size: "size of it"}
    partition: [model, size]
  kinds: {from: bikes, key: [model, electric], order: [weight, -built],
          columns: {of: electric, model: model, weight: weight, spec: spec}}
  weights: {from: bikes, key: [weight, price], columns: {weight: weight, price: price, serviced: serviced}}
  zones:
    from: zones
    key: [zone, day, checked]
    order: [-surge, opened]
    columns: {zone: zone, day: day, checked: checked, name: name, surge: surge, opened: opened}
    partition: [zone]
  riders:
    from: rides
    key: "who[1].rider"
    order: [-at, -fare, trip.distance, -`a.b`.note, -electric, ended, -day, -total, zone]
    columns: {rider: "who[1].rider", fare: fare, distance: trip.distance, note: "`a.b`.note", electric: electric,
              ended: ended, day: day, total: total}
    partition: [rider]
  days:
    from: rides
    key: [day, electric, fare]
    order: [-trip.distance, -seen, -number]
    columns: {day: day, electric: electric, fare: fare, distance: trip.distance, seen: seen, at: at, ride: ride}
  distances: {from: rides, key: trip.distance, order: [-at, -number],
              columns: {distance: trip.distance, at: at, total: total}}
  ends: {from: rides, key: [ended, total, "`a.b`.note", zone],
         columns: {ended: ended, total: total, zone: zone, note: "`a.b`.note", seen: seen, "end": number}}
facts:
  rides:
    from: rides
    time: at
    id: {id: [ride, number, at, seen]}
    lookups:
      bike: {in: bikes, on: {bike: bike}, order: [-serviced, -weight, -price, built]}
      zone: {in: zones, on: {zone: zone, day: day}, order: [-checked, surge]}
      price: {in: bikes, on: {weight: trip.distance, price: fare, electric: electric}, order: [-spec]}
      name: {in: nowhere, on: {name: "who[1].rider"}}
    columns:
      hour: {part: hour}
      at: at
      ride: ride
      bike: bike
      weight: bike.weight
      built: bike.built
      rider: "who[1].rider"
      zone: zone
      surge: zone.surge
      checked: zone.checked
      opened: zone.opened
      day: day
      fare: fare
      total: total
      electric: electric
      distance: trip.distance
      other: price.weight
      model: price.model
      spec: price.spec
      serviced: price.serviced
      name: name.at
      note: "`a.b`.note"
      ended: ended
      seen: seen
      tips: tips
      date: {part: date}
      week: {part: week}
      year: {part: year}
    partition: [year, hour]
"""

PLAIN = """
model: plain
sources:
  events:
    folder: events
    fields: {at: {type: timestamp_s, required: true}, "no": {type: int32, required: true}, text: string}
facts:
  events: {from: events, time: at, id: {id: ["no"]}, columns: {happened: at, text: text}}
"""

HOURS = """
model: hours
sources:
  events:
    folder: events
    layout: document
    fields: {at: {type: timestamp_ms, required: true}, who: {type: string, required: true}, "from": string,
             level: int32}
  people:
    folder: people
    fields: {name: string, "group by": string}
dimensions:
  time:
    calendar: true
    columns: {at: time, date: date, day: day, month: month, weekday: weekday, hour: hour}
    partition: [month, hour]
  who: {from: events, key: who, order: [-at, -level], columns: {who: who, level: level}, partition: [level]}
facts:
  events:
    from: events
    time: at
    id: {id: [who, at]}
    lookups: {who: {in: people, on: {name: who}}}
    columns: {at: at, who: who, "from": "from", level: level, order: "who.group by",
              year: {part: year}, month: {part: month}, day: {part: day}, hour: {part: hour}}
    partition: [year, month, day, hour]
"""


class Workspace:
    """A model and its input, which grows."""

    def __init__(self, folder, text, seed=1):
        self.dice = random.Random(seed)
        self.folder, self.source, self.files = folder, folder / "in", 0
        self.use(text)
        for name in self.model.sources:
            self.add(name, 60 if name == self.facts else 40)

    def use(self, text):
        (self.folder / "model.yaml").write_text(text)
        self.model = Model(self.folder / "model.yaml")

    @property
    def facts(self):
        return self.model.facts["from"]

    def value(self, field):
        if not field.required and self.dice.random() < 0.2:
            return None
        values = VALUES[field.type]
        return self.dice.choice([value for value in values if value != "" or not field.required])

    def record(self, source):
        found = {}
        for path, field in self.model.fields[source].items():
            put(found, path, self.value(field))
        keep = self.model.sources[source].get("keep", {})
        return found | (keep if self.dice.random() < 0.9 else {})

    def add(self, source, count):
        """Some records are there twice."""
        self.files += 1
        path = self.source / self.model.sources[source]["folder"] / f"{self.files}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        records = [self.record(source) for _ in range(count)]
        records += self.dice.choices(records, k=count // 10)
        path.write_text("".join(json.dumps(record) + "\n" for record in records))
        return path

    def lines(self):
        folder = self.source / self.model.sources[self.facts]["folder"]
        return [line for path in sorted(folder.glob("*.json")) for line in path.read_text().splitlines()]

    def repeat(self):
        """Facts that were there before, and one beside them with the same id."""
        lines = self.dice.choices(self.lines(), k=5)
        last = next(reversed(json.loads(lines[0])))
        path = self.add(self.facts, 0)
        path.write_text("".join(line + "\n" for line in [*lines, json.dumps(json.loads(lines[0]) | {last: None})]))

    def pad(self, most=270 << 20):
        """So many bytes that Spark writes the large tables; few records, as most is one long field."""
        for _ in range(9):
            path = self.add(self.facts, 180)
            lines = [json.loads(line) for line in path.read_text().splitlines()]
            padding = "x" * (most // 9 // len(lines))
            path.write_text("".join(json.dumps(line | {"padding": padding}) + "\n" for line in lines))

    def remove(self, source):
        """The first of its files."""
        sorted((self.source / self.model.sources[source]["folder"]).glob("*.json"))[0].unlink()

    @property
    def others(self):
        return [name for name in self.model.sources if name != self.facts]

    def etl(self, lake, *options, spark=None):
        engine = ("--engine", "spark", "--spark", spark) if spark else ()
        words = ("--model", self.model.path, "--allow-empty", *engine, *options)
        return etl(self.source, lake, *words, timeout=LONG)


def exact(value):
    return struct.pack(">d", value) if isinstance(value, float) else value


def tables_of(model, lake):
    db = new_database()
    add_lake(db, model, lake)
    return {
        table: Counter(tuple(map(exact, row)) for row in rows_of(db, model, table, "lake_")) for table in model.tables
    }


def assert_same_rows(model, lake, other):
    found, expected = tables_of(model, lake), tables_of(model, other)
    for table in model.tables:
        assert (found[table] - expected[table], expected[table] - found[table]) == (Counter(), Counter()), table


def assert_same(model, lake, other):
    assert_same_rows(model, lake, other)
    done = run("check", lake)
    assert done.code == 0, done.out


def assert_same_counts(summary, other):
    assert summary["plays"] == other["plays"]
    for name, table in other["tables"].items():
        assert summary["tables"][name]["rows"] == table["rows"], name


MODELS = {"rides": RIDES, "plain": PLAIN, "hours": HOURS}


@pytest.mark.parametrize("name", MODELS)
def test_engines_take_turns(spark, name, tmp_path):
    """From a full run on: each day brings new facts, old ones, and those of old times; then other records come, a file
    of facts is gone, and at last one of the others. The counts are those of the native engine alone."""
    workspace, lake = Workspace(tmp_path, MODELS[name], seed=2), tmp_path / "lake"
    other = tmp_path / "other"
    for day in range(6):
        workspace.add(workspace.facts, 20)
        workspace.repeat()
        if day == 4:
            workspace.add(workspace.others[0], 10) if workspace.others else None
        if day == 5:
            workspace.remove(workspace.facts)
        how = ("--incremental", *(KEEP if day == 5 else ()))
        summary = workspace.etl(lake, *how, spark=spark if day in (0, 3, 5) else None)
        expected = workspace.etl(other, *how)
        assert bool(summary["incremental"]["full_because"]) == (day == 0 or day == 4 and workspace.others != [])
        assert_same_counts(summary, expected)
        assert_same(workspace.model, lake, other)
    for source in workspace.others[:1]:
        workspace.remove(source)
    summary = workspace.etl(lake, *KEEP, spark=spark)
    assert_same_counts(summary, workspace.etl(other, *KEEP))
    assert summary["plays"]["kept"] > 0
    assert_same(workspace.model, lake, other)


def test_large_tables_are_written_by_spark(spark, tmp_path):
    """Whose files have every type; the engines go on from there."""
    workspace, lake, native = Workspace(tmp_path, RIDES, seed=4), tmp_path / "lake", tmp_path / "native"
    workspace.pad()
    summary = workspace.etl(lake, spark=spark)
    assert_same_counts(summary, workspace.etl(native))
    assert_same(workspace.model, lake, native)
    for engine in (None, spark):
        workspace.add(workspace.facts, 20)
        workspace.repeat()
        assert workspace.etl(lake, "--incremental", spark=engine)["incremental"]["full_because"] is None
    workspace.etl(native, "--incremental")
    assert_same(workspace.model, lake, native)
    sums = "sum(fare), sum(total), max(ended), min(day), count(if(electric, 1, null)) from rides where fare > 1"
    done = run("query", lake, f"select {sums}", "--engine", "spark", "--spark", spark, "--format", "csv", timeout=LONG)
    db = new_database()
    add_lake(db, workspace.model, lake)
    expected = db.execute(f"select {sums.replace('rides', 'lake_rides')}").fetchone()
    assert done.out.splitlines()[1].split(",") == [str(value) for value in expected], done.err


def test_columns_are_added(spark, tmp_path):
    """To the facts, and to a dimension over them: rows from before have null there. Any other change is refused,
    unless --rebuild asks for it."""
    workspace, lake, other = Workspace(tmp_path, HOURS, seed=5), tmp_path / "lake", tmp_path / "other"
    for folder in (lake, other):
        workspace.etl(folder)
    different = HOURS.replace("id: [who, at]", "id: [at, who]")
    workspace.use(different)
    words = ("--model", workspace.model.path, "--engine", "spark", "--spark", spark, "--json")
    done = run("etl", "--input", workspace.source, "--output", lake, *words, timeout=LONG)
    assert "this one differs" in done.err and json.loads(done.out)["status"] == "failed"
    text = HOURS.replace("level: int32}", "level: int32, more: double}")
    workspace.use(text.replace("level: level", "level: level, more: more"))
    for options in (("--incremental",), ()):
        workspace.add(workspace.facts, 20)
        workspace.repeat()
        summary = workspace.etl(lake, *options, spark=spark)
        assert_same_counts(summary, workspace.etl(other, *options))
        assert_same(workspace.model, lake, other)
    workspace.use(different)
    workspace.etl(lake, "--rebuild", spark=spark)
    workspace.etl(tmp_path / "new")
    assert_same(workspace.model, lake, tmp_path / "new")


def test_killed(spark, tmp_path):
    """Wherever a run on the cluster is killed, the next one of any engine has all rows."""
    workspace, lake = Workspace(tmp_path, RIDES, seed=3), tmp_path / "lake"
    workspace.etl(lake, spark=spark)
    for seconds in short_of((1, 3, 6), 1, 3):
        workspace.add(workspace.facts, 20)
        words = ("--input", workspace.source, "--output", lake, "--incremental", "--engine", "spark", "--spark", spark)
        killed = subprocess.Popen([PROGRAM, "etl", *words], stderr=subprocess.DEVNULL)
        time.sleep(seconds)
        killed.kill()
        killed.wait()
    workspace.etl(lake, "--incremental")
    workspace.etl(tmp_path / "native")
    assert_same(workspace.model, lake, tmp_path / "native")
