"""Models of one's own on a cluster: the rows of the native engine."""

import json

import duckdb
from conftest import etl, run, write_tree
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
