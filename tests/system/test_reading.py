"""What the documentation says to type in each reader gives the rows of the lake, with their types."""

import re

import deltalake  # noqa: F401
import duckdb
import polars
import pyarrow
import pyarrow.dataset
import pytest
from conftest import PROJECT, etl, play, song, write_tree

PAGE = (PROJECT / "docs/formats.md").read_text()


def lines_of(mark):
    block = re.search(rf"<!-- {mark} readers -->\n```python\n(.*?)```", PAGE, re.DOTALL)[1]
    return [line for line in block.splitlines() if line]


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reading")
    files = {"log_data/l.json": play()}
    for version in range(11):  # the tenth has a checkpoint
        ids = ("007", "1e3", f"A{version}")
        files["song_data/s.json"] = [song(song_id=f"S{i}", artist_id=i) for i in ids]
        etl(write_tree(folder / "in", files), folder / "lake")
    assert list((folder / "lake/songs/_delta_log").glob("*.checkpoint.parquet"))
    return folder / "lake"


def check(table):
    if isinstance(table, polars.DataFrame):
        table = table.to_arrow()
    if isinstance(table, pyarrow.RecordBatchReader):
        table = table.read_all()
    assert sorted(table["artist_id"].to_pylist()) == ["007", "1e3", "A10"]
    assert table.schema.field("year").type == pyarrow.int32()
    assert sorted(table.column_names) == ["artist_id", "duration", "song_id", "title", "year"]


@pytest.mark.parametrize("line", lines_of("delta") + lines_of("plain"))
def test_a_reader(lake, line):
    check(eval(line.replace("lake/songs", f"{lake}/songs")))


@pytest.mark.parametrize("name", ["songs", "time", "songplays", "artists", "users"])
def test_the_files_of_a_table_are_at_one_depth(lake, name):
    depth = "*/*/" if name in ("songs", "time", "songplays") else ""
    found = duckdb.sql(f"SELECT count(*) FROM read_parquet('{lake}/{name}/{depth}*.parquet')")
    assert found.fetchall()[0][0] == polars.read_delta(f"{lake}/{name}").height
