"""docs/from-etl-py.md: each query finds its mistake in the tables of a script that makes it, and nothing in a lake."""

import re

import pytest
from conftest import REPOSITORY

PAGE = (REPOSITORY / "docs" / "from-etl-py.md").read_text()
SETUP = re.search(r"<!-- setup -->\n```sql\n(.*?)```", PAGE, re.S)[1]
QUERIES = dict(re.findall(r"^### (.*?)\n(?:(?!^###).)*?```sql\n(.*?)```", PAGE, re.M | re.S))

# What the usual scripts make of the right tables and of the events: a view, and its SQL.
MISTAKES = {
    "Duplicate users": (
        "users",
        "SELECT DISTINCT userId AS user_id, level FROM events WHERE page = 'NextSong'",
    ),
    "Users without a play": ("users", "SELECT DISTINCT userId AS user_id FROM events"),
    "Times without a play": ("time", "SELECT DISTINCT make_timestamptz(ts * 1000) AS start_time FROM events"),
    "Duplicate times": (
        "time",
        "SELECT make_timestamptz(ts * 1000) AS start_time FROM events WHERE page = 'NextSong'",
    ),
    "Duplicate artists": (
        "artists",
        "SELECT DISTINCT artist_id, artist_name FROM read_json('workspace/song_data/**/*.json')",
    ),
    "Missing plays": ("songplays", "SELECT p.* FROM right_songplays p JOIN songs s ON s.song_id = p.song_id"),
    "Duplicate plays": (
        "songplays",
        "SELECT p.*, s.song_id FROM right_songplays p LEFT JOIN songs s ON s.artist_id = p.artist_id",
    ),
    "Songs of another artist": (
        "songplays",
        "SELECT p.* EXCLUDE (song_id), s.song_id FROM right_songplays p, (FROM songs LIMIT 1) s",
    ),
    "Keys of songs that are missing": ("songs", "SELECT * FROM right_songs WHERE year <> 0"),
    "The hour is always 0": ("time", "SELECT start_time, extract(hour FROM start_time::DATE) AS hour FROM right_time"),
    "Wrong time zone": (
        "songplays",
        "SELECT * REPLACE (start_time - INTERVAL 8 HOUR AS start_time) FROM right_songplays",
    ),
    "Seconds instead of milliseconds": (
        "songplays",
        "SELECT * REPLACE (date_trunc('second', start_time) AS start_time) FROM right_songplays",
    ),
    "Today's level in old plays": (
        "songplays",
        "SELECT p.* REPLACE (u.level AS level) FROM right_songplays p JOIN users u ON u.user_id = p.user_id",
    ),
    "Two songplays with one id": (
        "songplays",
        "SELECT * REPLACE (hash(user_id, session_id) AS songplay_id) FROM right_songplays",
    ),
}


@pytest.fixture
def connection(workspace, lake_folder, tmp_path, monkeypatch):
    """The page's views over the lake's own files, each also as right_…"""
    duckdb = pytest.importorskip("duckdb")
    (tmp_path / "workspace").symlink_to(workspace)
    (tmp_path / "old").symlink_to(lake_folder)
    monkeypatch.chdir(tmp_path)
    with duckdb.connect() as made:
        made.execute(SETUP)
        for table in ("songplays", "users", "songs", "artists", "time"):
            made.execute(f"CREATE TABLE right_{table} AS FROM {table}")
            made.execute(f"CREATE OR REPLACE VIEW {table} AS FROM right_{table}")
        yield made


def found(connection, name):
    rows = connection.execute(QUERIES[name]).fetchall()
    return rows[0][0] if rows else 0


def test_every_mistake_has_its_query():
    assert list(QUERIES) == list(MISTAKES)


@pytest.mark.parametrize("name", QUERIES)
def test_query_finds_the_mistake(connection, name):
    assert found(connection, name) == 0, "in right tables"
    view, sql = MISTAKES[name]
    connection.execute(f"CREATE OR REPLACE VIEW {view} AS {sql}")
    assert found(connection, name) > 0


def test_names_of_the_switch_exist():
    import sparkify

    for name in re.findall(r"sparkify\.([A-Za-z]\w*)", PAGE):
        assert hasattr(sparkify, name), name
