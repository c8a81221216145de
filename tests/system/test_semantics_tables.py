"""docs/semantics.md, Tables: which record wins, the calendar, the join, identical plays, partitions.

Where rows do not touch each other, a table of cases is one run, and each case finds its row by its
own name. Every run is compared with reference.py too, so that the two agree.
"""

import random
from datetime import datetime

import pytest
import reference
from conftest import Outcome, Raw, etl, play, song, tables, write_input

# ---- Tables: which record wins ----------------------------------------------------------------

SONG_WINNERS = {  # the first one wins
    "least title": [dict(title="A", duration=2), dict(title="B", duration=1)],
    "null title is less than every title": [dict(title=None), dict(title="")],
    "titles compare byte by byte": [dict(title="Z"), dict(title="a"), dict(title="é")],
    "titles compare as UTF-8, not UTF-16": [dict(title="\uffff"), dict(title="💾")],
    "a prefix is less": [dict(title="A"), dict(title="A ")],
    "then least artist_id": [dict(artist_id="A1", year=9), dict(artist_id="A2", year=1)],
    "then least year": [dict(year=1, duration=9), dict(year=2, duration=1)],
    "years are numbers": [dict(year=9), dict(year=10)],
    "a null year is 0": [dict(year=None), dict(year=1)],
    "then least duration": [dict(duration=1), dict(duration=2)],
    "durations are numbers": [dict(duration=9.5), dict(duration=10.5)],
    "null duration is less than every duration": [dict(duration=None), dict(duration=-1)],
}
ARTIST_WINNERS = {
    "greatest year": [dict(year=2, song_id="Z", name="z"), dict(year=1, song_id="A", name="a")],
    "a null year is 0": [dict(year=1, name="z"), dict(year=None), dict(year=0)],
    "a null year is not less than 0": [dict(year=None, name="a"), dict(year=0, name="z")],
    "then least song_id": [dict(song_id="A", name="z"), dict(song_id="B", name="a")],
    "then least name": [dict(name="A", location="z"), dict(name="B", location="a")],
    "null name is less than every name": [dict(name=None), dict(name="")],
    "then least location": [dict(location="A", latitude=9), dict(location="B", latitude=1)],
    "then least latitude": [dict(latitude=-9, longitude=9), dict(latitude=1, longitude=1)],
    "null latitude is less than every latitude": [dict(latitude=None), dict(latitude=-9)],
    "then least longitude": [dict(longitude=-3), dict(longitude=-2)],
}
USER_WINNERS = {
    "greatest ts": [
        dict(ts=10, sessionId=1, firstName="a"),
        dict(ts=9, sessionId=2, firstName="z"),
    ],
    "then greatest sessionId": [
        dict(sessionId=10, itemInSession=1, firstName="a"),
        dict(sessionId=9, itemInSession=2, firstName="z"),
    ],
    "then greatest itemInSession": [
        dict(itemInSession=10, level="free"),
        dict(itemInSession=9, level="paid"),
    ],
    "then greatest level": [
        dict(level="paid", firstName="A"),
        dict(level="free", firstName="B"),
    ],
    "null level is less than every level": [dict(level=""), dict(level=None)],
    "then greatest first name": [
        dict(firstName="é", lastName="A"),
        dict(firstName="z", lastName="B"),
    ],
    "then greatest last name": [dict(lastName="B", gender="F"), dict(lastName="A", gender="M")],
    "then greatest gender": [dict(gender="M"), dict(gender="F"), dict(gender=None)],
}
PLACE = {"name", "location", "latitude", "longitude"}


def artist_fields(changes):
    return {f"artist_{name}" if name in PLACE else name: v for name, v in changes.items()}


def winner_runs():
    """(songs, plays) of all the cases, each with an id of its own."""
    songs, plays = [], []
    for case, rows in SONG_WINNERS.items():
        songs += [song(**(dict(song_id=case, artist_id="by song") | row)) for row in rows]
    for case, rows in ARTIST_WINNERS.items():
        ids = dict(song_id=f"of {case}", artist_id=case)
        songs += [song(**(ids | artist_fields(row))) for row in rows]
    for case, rows in USER_WINNERS.items():
        plays += [play(userId=case, **row) for row in rows]
    return songs, plays


@pytest.fixture(scope="module", params=["as given", "reversed"])
def winners(request, tmp_path_factory):
    """The order of the input does not matter."""
    step = 1 if request.param == "as given" else -1
    songs, plays = (lines[::step] for lines in winner_runs())
    folder = tmp_path_factory.mktemp("winners")
    write_input(folder / "in", songs=songs, plays=plays)
    return Outcome(folder)


@pytest.mark.parametrize("case", SONG_WINNERS)
def test_song_that_wins(winners, case):
    best = SONG_WINNERS[case][0] | {"year": SONG_WINNERS[case][0].get("year", 2000) or 0}
    assert best.items() <= winners.row("songs", song_id=case).items()


@pytest.mark.parametrize("case", ARTIST_WINNERS)
def test_artist_that_wins(winners, case):
    best = {name: v for name, v in ARTIST_WINNERS[case][0].items() if name in PLACE}
    assert best.items() <= winners.row("artists", artist_id=case).items()


@pytest.mark.parametrize("case", USER_WINNERS)
def test_user_that_wins(winners, case):
    names = dict(firstName="first_name", lastName="last_name", gender="gender", level="level")
    best = {names[name]: v for name, v in USER_WINNERS[case][0].items() if name in names}
    assert best.items() <= winners.row("users", user_id=case).items()


def test_users_are_those_of_plays(outcome):
    result = outcome(plays=[play(), play(page="Home", userId="U2"), play(page="Home", ts=2**41)])
    assert result.column("users", "user_id") == ["U1"]


# ---- Tables: time -----------------------------------------------------------------------------

CALENDAR = {  # ISO weeks at the turn of the year; 1 = Sunday … 7 = Saturday
    "1970-01-01": (1, 5),
    "2000-02-29": (9, 3),
    "2004-12-31": (53, 6),
    "2005-01-01": (53, 7),
    "2007-12-31": (1, 2),
    "2015-12-31": (53, 5),
    "2016-01-03": (53, 1),
    "2016-01-04": (1, 2),
    "2018-01-01": (1, 2),
    "2018-12-30": (52, 1),
    "2018-12-31": (1, 2),
    "2020-12-31": (53, 5),
    "2021-01-03": (53, 1),
    "2021-01-04": (1, 2),
    "2100-02-28": (8, 1),
    "2100-03-01": (9, 2),
    "9999-12-31": (52, 6),
}


@pytest.fixture(scope="module")
def calendar(tmp_path_factory):
    days = [datetime.fromisoformat(f"{day}T23:59:59.999+00:00") for day in CALENDAR]
    folder = tmp_path_factory.mktemp("calendar")
    plays = [play(ts=round(day.timestamp() * 1000)) for day in days]
    write_input(folder / "in", plays=plays + plays)
    return Outcome(folder)


@pytest.mark.parametrize("day", CALENDAR)
def test_week_and_weekday(calendar, day):
    (row,) = [r for r in calendar.tables["time"] if r["start_time"].date().isoformat() == day]
    year, month, date = map(int, day.split("-"))
    assert (row["week"], row["weekday"]) == CALENDAR[day]
    assert (row["year"], row["month"], row["day"], row["hour"]) == (year, month, date, 23)


def test_time_is_distinct_and_ascending(outcome):
    times = [5_000, 1, 3_600_000, 5_000, 2, 1]
    result = outcome(plays=[play(ts=ts, itemInSession=i) for i, ts in enumerate(times)])
    ascending = [reference.instant(ts) for ts in sorted(set(times))]
    assert result.column("time", "start_time") == ascending
    assert len(result.tables["songplays"]) == len(times)


# ---- Tables: songplays ------------------------------------------------------------------------


def ids(result):
    return [(row["song_id"], row["artist_id"]) for row in result.tables["songplays"]]


MATCHES = {  # songs, play, (song_id, artist_id) of the play
    "title, artist and duration are equal": ([{}], {}, ("S1", "A1")),
    "other title": ([{}], {"song": "title"}, (None, None)),
    "other artist": ([{}], {"artist": "Name "}, (None, None)),
    "other duration": ([{}], {"length": 100.25000000000001}, (None, None)),
    "durations equal, written otherwise": ([{}], {"length": Raw("1.0025e2")}, ("S1", "A1")),
    "durations compare bit for bit": ([{"duration": 0.0}], {"length": -0.0}, (None, None)),
    "text equal, written otherwise": ([{}], {"song": Raw(r'"T\u0069tle"')}, ("S1", "A1")),
    "empty strings are equal": ([{"title": ""}], {"song": ""}, ("S1", "A1")),
    "null title matches nothing": ([{"title": None}], {"song": None}, (None, None)),
    "null artist matches nothing": ([{"artist_name": None}], {"artist": None}, (None, None)),
    "null duration matches nothing": ([{"duration": None}], {"length": None}, (None, None)),
    "least song_id": ([{"song_id": "S2"}, {}, {"song_id": "S3"}], {}, ("S1", "A1")),
    "then least artist_id": ([{"artist_id": "A2"}, {}, {"artist_id": "A3"}], {}, ("S1", "A1")),
    "least song_id before artist_id": (
        [{"song_id": "S2", "artist_id": "A1"}, {"song_id": "S1", "artist_id": "A9"}],
        {},
        ("S1", "A9"),
    ),
    "song records before they are merged": (
        [{"title": "Another"}, {"artist_id": "A2"}],
        {},
        ("S1", "A2"),
    ),
    "artist names before they are merged": (
        [{"song_id": "S0", "year": 2020, "artist_name": "New"}, {"artist_name": "Old"}],
        {"artist": "Old"},
        ("S1", "A1"),
    ),
}


@pytest.mark.parametrize("case", MATCHES)
def test_play_matches_song(outcome, case):
    songs, changes, expected = MATCHES[case]
    result = outcome(songs=[song(**each) for each in songs], plays=[play(**changes)])
    assert ids(result) == [expected]
    assert result.summary["plays"]["matched"] == (expected[0] is not None)


def test_same_song_id_with_two_artists_is_in_artists_twice(outcome):
    result = outcome(songs=[song(artist_id="A2", artist_name="Other"), song()])
    assert result.column("artists", "artist_id") == ["A1", "A2"]
    assert result.column("songs", "artist_id") == ["A1"]


def test_songplays_are_in_the_order_of_the_input(outcome):
    times = [9, 3, 7, 1, 8, 2]
    result = outcome(plays=[play(ts=ts) for ts in times])
    assert [row["start_time"].microsecond // 1000 for row in result.tables["songplays"]] == times


SAME_OR_NOT = {  # the second play, is it the first one again?
    "equal in all": ({}, True),
    "other fields do not count": (
        {"firstName": "X", "lastName": None, "gender": "M", "status": 404, "x": 1},
        True,
    ),
    "length written otherwise": ({"length": Raw("10025e-2")}, True),
    "level": ({"level": "paid"}, False),
    "level null": ({"level": None}, False),
    "location": ({"location": "Elsewhere"}, False),
    "userAgent": ({"userAgent": "Other"}, False),
    "artist": ({"artist": "Other"}, False),
    "song": ({"song": "Other"}, False),
    "song null": ({"song": None}, False),
    "length": ({"length": 1.0}, False),
    "length null": ({"length": None}, False),
}


@pytest.mark.parametrize("case", SAME_OR_NOT)
def test_identical_plays_are_stored_once(outcome, case):
    """Others that share (user, session, ts, itemInSession) all stay, and their keys are counted."""
    changes, same = SAME_OR_NOT[case]
    result = outcome(plays=[play(), play(ts=1), play(**changes), play()])
    assert len(result.tables["songplays"]) == (2 if same else 3)
    counts = result.summary["plays"]
    assert (counts["identical"], counts["shared_keys"]) == ((2, 0) if same else (1, 1))
    assert len(set(result.column("songplays", "songplay_id"))) == 2


@pytest.mark.parametrize(
    "changes", [{"userId": "U2"}, {"sessionId": 2}, {"ts": 2}, {"itemInSession": 2}]
)
def test_other_keys_are_other_plays(outcome, changes):
    result = outcome(plays=[play(), play(**changes)])
    assert len(set(result.column("songplays", "songplay_id"))) == 2
    assert result.summary["plays"]["shared_keys"] == 0


def test_null_and_empty_text_are_not_the_same(outcome):
    result = outcome(plays=[play(location=None), play(location="")])
    assert result.column("songplays", "location") == [None, ""]


# ---- Partitions -------------------------------------------------------------------------------


def test_partition_values_are_escaped_as_spark_does(outcome):
    """Every byte of ASCII, and UTF-8, which stays as it is. (NUL, which Spark leaves, too.)"""
    values = [f"a{chr(code)}b" for code in range(128)]
    values += [" ", "..", ".h", "_u", "%41", "ünï💾", "a" * 245, ":" * 81, "\u0080", "a/../../b"]
    result = outcome(songs=[song(song_id=f"S{i}", artist_id=v) for i, v in enumerate(values)])
    escaped = [reference.partition_folder("artist_id", value) for value in values]
    folders = [path.name for path in (result.output / "songs/year=2000").iterdir()]
    assert sorted(folders) == sorted(escaped)
    assert sorted(result.column("songs", "artist_id")) == sorted(values)


def test_partition_folders(outcome):
    result = outcome(
        songs=[song(year=None), song(song_id="S2", year=-5)],
        plays=[play(ts=0), play(ts=1541106106796)],
    )
    files = [path.relative_to(result.output) for path in result.output.rglob("*.parquet")]
    assert sorted(str(path.parent) for path in files if path.parts[0] != "_sparkify") == [
        "artists",
        "songplays/year=1970/month=1",
        "songplays/year=2018/month=11",
        "songs/year=-5/artist_id=A1",
        "songs/year=0/artist_id=A1",
        "time/year=1970/month=1",
        "time/year=2018/month=11",
        "users",
    ]


def test_a_run_without_plays_still_has_all_tables(tmp_path):
    """Tables without partitions are one file without rows; the others have no file."""
    write_input(tmp_path / "in", plays=[play(page="Home")])
    etl(tmp_path / "in", tmp_path / "out", "--allow-empty")
    assert {name: len(rows) for name, rows in tables(tmp_path / "out").items()} == {
        "songs": 1,
        "artists": 1,
        "users": 0,
        "time": 0,
        "songplays": 0,
    }


# ---- All of it at once ------------------------------------------------------------------------

FEW = {  # so few values that ties, matches, identical plays and shared keys are the rule
    "name": [None, "", "a", "A", "é", "💾", "\uffff"],
    "number": [None, 0, 1.5, -1.5, 0.1],
    "level": [None, "free", "paid"],
}


def random_song(rng):
    return song(
        song_id=rng.choice("ABCDEFGHIJ") + rng.choice("ABCDEFGHIJ"),
        artist_id=rng.choice("abcdefghij"),
        title=rng.choice(FEW["name"]),
        artist_name=rng.choice(FEW["name"]),
        artist_location=rng.choice(FEW["name"]),
        artist_latitude=rng.choice(FEW["number"]),
        artist_longitude=rng.choice(FEW["number"]),
        year=rng.choice([None, 0, 1999, 2000]),
        duration=rng.choice(FEW["number"]),
    )


def random_play(rng):
    names = {name: rng.choice(FEW["name"]) for name in ("firstName", "lastName", "location")}
    return play(
        **names,
        userId=rng.choice("uvwxyz") + rng.choice("uvwxyz"),
        sessionId=rng.choice([1, 2]),
        itemInSession=rng.choice([0, 1]),
        ts=rng.choice([0, 1, 2_678_400_000]),  # two months
        page=rng.choice(["NextSong", "NextSong", "NextSong", "Home"]),
        gender=rng.choice(FEW["level"]),
        level=rng.choice(FEW["level"]),
        userAgent=rng.choice(["x", "y"]),
        song=rng.choice(FEW["name"]),
        artist=rng.choice(FEW["name"]),
        length=rng.choice(FEW["number"]),
    )


@pytest.mark.parametrize("seed", range(3))
def test_random_records_full_of_ties(outcome, seed):
    """The outcome is compared with the reference; here only that the input has what the test is for."""
    rng = random.Random(seed)
    songs = [random_song(rng) for _ in range(500)]
    plays = [random_play(rng) for _ in range(3000)]
    counts = outcome(songs=songs, plays=plays + rng.sample(plays, 300)).summary["plays"]
    assert counts["identical"] > 100 and counts["shared_keys"] > 100
    assert counts["matched"] > 100
