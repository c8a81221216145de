"""'etl --rebuild' on a cluster, with an increment of the other engine between."""

import json

from conftest import etl, run
from test_rebuild import OTHER, SPARKIFY, add_day, fresh, is_empty, model, of_table, rows_of, source  # noqa: F401


def test_there_and_back(spark, source, model, fresh, tmp_path):  # noqa: F811
    lake, on_spark = tmp_path / "lake", {"timeout": 300}
    engine = ("--engine", "spark", "--spark", spark)
    etl(source, lake)
    summary = etl(source, lake, "--model", model, "--rebuild", *engine, **on_spark)
    assert summary["rebuild"] == {"replaced_model": "sparkify", "removed_tables": ["artists"]}
    assert rows_of(lake, OTHER) == rows_of(fresh["other", False], OTHER)
    assert is_empty(of_table(lake, "artists")) and run("check", lake).code == 0
    add_day(source)
    etl(source, lake, "--incremental")  # by the other engine
    assert rows_of(lake, OTHER) == rows_of(fresh["other", True], OTHER)
    etl(source, lake, "--rebuild", *engine, **on_spark)
    assert rows_of(lake, SPARKIFY) == rows_of(fresh["sparkify", True], SPARKIFY)
    assert run("check", lake).code == 0
    operations = [version["operation"] for version in json.loads(run("history", lake, "--json").out)["versions"]]
    assert operations[0] == "etl --engine spark --rebuild" and operations[1] == "etl --incremental"
