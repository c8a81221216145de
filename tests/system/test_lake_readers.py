"""The lake as delta-rs, DuckDB's delta extension and Spark with Delta Lake read it, on a disk and on S3:
each sees what the plain files hold, the versions that are kept, and skips what statistics exclude.

All tests of a module share an engine: so they run in one process (./dev test delta).
"""

import pytest
from conftest import TABLES, play, song
from lake_readers import PLACES, READERS, as_tuples

pytest_plugins = ["lake_readers"]

ODD = 'A %2F/=é: +"#?'  # as an artist_id: nearly all of it is escaped in paths and in logs
VERSIONS = 25


def day(number, user=None):
    """Two plays of a day."""
    times = (1541106106796 + number * 86_400_000 + i for i in range(2))
    return [play(ts=ts, userId=user or f"U{number}", itemInSession=number) for ts in times]


def fill(place):
    songs = [song(song_id=f"S{i:02}", artist_id=f"{i % 3} {ODD}", year=i % 4) for i in range(20)]
    place.put_input("song_data/songs.json", songs)


def grow(place, number, *options):
    """One more version of the lake, in which songs stays as it is."""
    place.put_input(f"log_data/{number}.json", day(number))
    return place.etl(*options)


@pytest.fixture(scope="module", params=PLACES)
def place(request):
    return request.param


@pytest.fixture(params=READERS)
def reader(request, engines):
    return engines(request.param)


@pytest.fixture(scope="module")
def kept(place, new_place):
    """A lake of three versions, all kept, with a restore after it; and the plain rows of songplays in
    each, from lakes that keep one version."""
    lake, rows = new_place(place), []
    fill(lake)
    for number in range(3):
        grow(lake, number, "--keep-versions", 4)
        alone = new_place("disk")
        fill(alone)
        for earlier in range(number + 1):
            alone.put_input(f"log_data/{earlier}.json", day(earlier))
        alone.etl()
        rows.append(alone.plain_rows("songplays"))
    assert lake.run("restore", "--at", 1).code == 0
    assert [len(part) for part in rows] == [2, 4, 6]
    return lake, [*rows, rows[1]]


@pytest.fixture(scope="module")
def many(place, new_place):
    """A lake of 25 versions with two checkpoints, of which the newest is kept; the logs before the
    last checkpoint are gone, as other programs clear them away."""
    lake = new_place(place)
    fill(lake)
    for number in range(VERSIONS):
        grow(lake, number)
    log = [key for key in lake.tree() if key.startswith("songplays/_delta_log/")]
    checkpoints = [f"songplays/_delta_log/{version:020}.checkpoint.parquet" for version in (10, 20)]
    assert sorted(key for key in log if ".checkpoint." in key) == checkpoints
    for version in range(20):
        lake.remove(f"songplays/_delta_log/{version:020}.json")
    return lake


def test_rows(reader, many):
    """Escaped partition values among them; songs has no checkpoint, the others have two."""
    for table in TABLES:
        rows = reader.rows(many.uri(table))
        assert rows == many.plain_rows(table) and rows, table
    artists = {row[0] for row in reader.rows(many.uri("songs"))}
    assert artists == {f"{i} {ODD}" for i in range(3)}


def test_time_travel(reader, kept):
    """Each kept version, and the one that has made the second current again."""
    lake, rows = kept
    for version, expected in enumerate(rows):
        assert reader.rows(lake.uri("songplays"), version) == expected
    assert reader.rows(lake.uri("songplays")) == rows[1]


def test_time_travel_behind_a_checkpoint(reader, many):
    """A version of which the log remains and the files are gone: it is refused, never guessed."""
    with pytest.raises(Exception):  # each reader has its own  # noqa: B017
        reader.rows(many.uri("songplays"), 3)


@pytest.mark.parametrize("name", ["duckdb", "spark"])
def test_statements_of_schema_sql(engines, many, name):
    """What `sparkify schema --sql` prints is run as it is; then the tables are asked by their names."""
    engine = engines(name).engine
    for statement in many.run("schema", "--sql", name).out.split(";\n"):
        if statement.strip():
            engine.ask(statement)
    quoted = '"{}"' if name == "duckdb" else "`{}`"
    for table in TABLES:
        rows = engine.ask(f"SELECT * FROM {quoted.format(table)}")["rows"]
        assert as_tuples(rows) == many.plain_rows(table), table
        engine.ask(f"DROP {'VIEW' if name == 'duckdb' else 'TABLE'} {quoted.format(table)}")


@pytest.mark.parametrize(
    "column, value, most",
    [("year", 2, 3), ("artist_id", f"1 {ODD}", 4), ("song_id", "S03", 6)],
)
def test_files_are_skipped(reader, many, column, value, most):
    """By partitions, escaped ones too, and by the least and the greatest value. What is counted is what
    the engine says that it has read: Spark its scan's numFiles, DuckDB what EXPLAIN ANALYZE shows,
    delta-rs the fragments that its filter leaves."""
    files = sum("/part-" in key for key in many.tree() if key.startswith("songs/"))
    assert files == 12
    assert 1 <= reader.files_read(many.uri("songs"), column, value) <= most
