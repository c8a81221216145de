"""`sparkify generate`: data sets shaped like the real one, the same bytes every time."""

import json
import re
from collections import Counter, defaultdict
from datetime import UTC, datetime
from itertools import pairwise
from types import SimpleNamespace

import pytest
from conftest import DATA_SETS, message, run, snapshot

SONG_KEYS = [
    "num_songs", "artist_id", "artist_latitude", "artist_longitude", "artist_location",
    "artist_name", "song_id", "title", "duration", "year",
]  # fmt: skip
LOG_KEYS = [
    "artist", "auth", "firstName", "gender", "itemInSession", "lastName", "length", "level",
    "location", "method", "page", "registration", "sessionId", "song", "status", "ts",
    "userAgent", "userId",
]  # fmt: skip
KINDS = {  # (page, auth, method, status) of the real data, and their share in percent there
    ("NextSong", "Logged In", "PUT", 200): 84.66,
    ("Home", "Logged In", "GET", 200): 7.88,
    ("Home", "Logged Out", "GET", 200): 2.12,
    ("Login", "Logged Out", "PUT", 307): 1.14,
    ("Logout", "Logged In", "PUT", 307): 1.12,
    ("Downgrade", "Logged In", "GET", 200): 0.74,
    ("Settings", "Logged In", "GET", 200): 0.70,
    ("Help", "Logged In", "GET", 200): 0.47,
    ("About", "Logged In", "GET", 200): 0.27,
    ("Upgrade", "Logged In", "GET", 200): 0.26,
    ("About", "Logged Out", "GET", 200): 0.17,
    ("Save Settings", "Logged In", "PUT", 307): 0.12,
    ("Error", "Logged In", "GET", 404): 0.11,
    ("Help", "Logged Out", "GET", 200): 0.11,
    ("Submit Upgrade", "Logged In", "PUT", 307): 0.10,
    ("Submit Downgrade", "Logged In", "PUT", 307): 0.01,
}
OF_A_USER = ("firstName", "lastName", "gender", "location", "userAgent", "registration")
SCRIPTS = {
    "Latin with accents": "\u00c0-\u017f",
    "Greek": "\u0391-\u03c9",
    "Cyrillic": "\u0410-\u044f",
    "Hebrew": "\u05d0-\u05ea",
    "Arabic": "\u0627-\u064a",
    "Devanagari": "\u0900-\u097f",
    "Thai": "\u0e01-\u0e5b",
    "East Asian": "\u3041-\u9fff\uac00-\ud7a3",
    "emoji": "\U0001f000-\U0001ffff",
}
SONGS, EVENTS = 14_896, 60_000


def day_of(event):
    return datetime.fromtimestamp(event["ts"] / 1000, UTC)


def read(folder):
    """Files as bytes by path, songs, and events by day."""
    song_files = {path: path.read_bytes() for path in sorted(folder.glob("song_data/**/*.json"))}
    log_files = {path: path.read_bytes() for path in sorted(folder.glob("log_data/**/*.json"))}
    lines = {path: content.decode("ascii").split("\n") for path, content in log_files.items()}
    events = [json.loads(line) for path in log_files for line in lines[path]]
    return SimpleNamespace(
        song_files=song_files,
        songs=[json.loads(content) for content in song_files.values()],
        log_files=log_files,
        lines=lines,
        events=events,
        plays=[event for event in events if event["page"] == "NextSong"],
    )


REAL = [read(DATA_SETS["workspace"])] if "workspace" in DATA_SETS else []


def generate(folder, *options):
    done = run("generate", folder, *options)
    assert (done.code, done.err) == (0, "")
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    return read(generate(folder, "--songs", SONGS, "--events", EVENTS, "--seed", 3))


def test_song_files_are_written_as_the_real_ones(made):
    for data in REAL:
        assert {tuple(song) for song in data.songs} == {tuple(SONG_KEYS)}
    pretty = 0
    assert len(made.song_files) == SONGS
    for (path, content), song in zip(made.song_files.items(), made.songs, strict=True):
        assert list(song) == SONG_KEYS
        if content != json.dumps(song).encode():
            assert content == json.dumps(song, indent=2).encode() + b"\n"
            pretty += 1
        assert re.fullmatch("TR[A-Z]{5}[0-9A-F]{11}", path.stem)
        assert list(path.parts[-4:-1]) == list(path.stem[2:5])
        assert re.fullmatch("SO[A-Z]{5}[0-9A-F]{11}", song["song_id"])
        assert re.fullmatch("AR[A-Z]{5}[0-9A-F]{11}", song["artist_id"])
    assert 0.03 < pretty / SONGS < 0.05
    assert 220 < sum(map(len, made.song_files.values())) / SONGS < 285


def test_log_files_are_written_as_the_real_ones(made):
    def check(data):
        for path, lines in data.lines.items():
            for line in lines:
                event = json.loads(line)
                assert list(event) == LOG_KEYS
                assert json.dumps(event, separators=(",", ":")).replace("/", r"\/") == line
                day = day_of(event)
                assert path.name == f"{day:%Y-%m-%d}-events.json"
                assert path.parts[-4:-1] == ("log_data", f"{day:%Y}", f"{day:%m}")

    for data in [made, *REAL]:
        check(data)
    assert len(made.events) == EVENTS
    assert len(made.log_files) == 30
    assert 440 < sum(map(len, made.log_files.values())) / EVENTS < 500


def test_events_are_in_order_of_time(made):
    times = [event["ts"] for event in made.events]
    assert times == sorted(times)


def test_kinds_of_events_are_those_of_the_real_data(made):
    def shares(data):
        kinds = ("page", "auth", "method", "status")
        counts = Counter(tuple(event[name] for name in kinds) for event in data.events)
        return {kind: 100 * count / len(data.events) for kind, count in counts.items()}

    ours = shares(made)
    assert set(ours) == set(KINDS)
    for kind, share in KINDS.items():
        assert abs(ours[kind] - share) < 0.3 + share / 20
    for real in map(shares, REAL):
        assert set(real) == set(KINDS)
        assert all(abs(real[kind] - share) < 0.01 for kind, share in KINDS.items())


def test_hours_and_weekdays_have_a_rhythm(made):
    hours = Counter(day_of(event).hour for event in made.events)
    assert min(hours[hour] for hour in range(14, 19)) > 1.5 * max(hours[hour] for hour in (2, 3, 4))
    days = Counter(day_of(event).isoweekday() for event in made.events)
    assert (days[6] + days[7]) / 2 < 0.7 * sum(days[day] for day in range(1, 6)) / 5


def test_who_is_logged_out_has_no_name(made):
    out = [event for event in made.events if event["auth"] == "Logged Out"]
    assert out
    assert {event["userId"] for event in out} == {""}
    assert not any(event[name] for event in out for name in OF_A_USER)
    inside = [event for event in made.events if event["auth"] == "Logged In"]
    assert all(event[name] for event in inside for name in (*OF_A_USER, "userId"))


def test_sessions_count_their_items(made):
    sessions = defaultdict(list)
    for event in made.events:
        sessions[event["sessionId"]].append(event)
    over_midnight = 0
    for events in sessions.values():
        assert len({event["userId"] for event in events} - {""}) <= 1
        items = [event["itemInSession"] for event in events]
        assert items[0] == 0
        for before, here in pairwise(events):
            assert before == here or here["itemInSession"] == before["itemInSession"] + 1
        over_midnight += day_of(events[0]).day != day_of(events[-1]).day
    assert over_midnight > 0


def test_levels_change_only_when_that_is_submitted(made):
    level, submitted = {}, Counter()
    for event in made.events:
        user, page = event["userId"], event["page"]
        if not user:
            continue
        assert level.setdefault(user, event["level"]) == event["level"]
        if page in ("Submit Upgrade", "Submit Downgrade"):
            assert event["level"] == ("free" if page == "Submit Upgrade" else "paid")
            level[user] = "paid" if event["level"] == "free" else "free"
            submitted[page] += 1
        if page in ("Upgrade", "Downgrade"):
            assert event["level"] == ("free" if page == "Upgrade" else "paid")
    assert min(submitted["Submit Upgrade"], submitted["Submit Downgrade"]) > 0


def test_partitions_and_artists_are_as_many_as_in_the_real_data(made):
    assert 9_500 < len({song["artist_id"] for song in made.songs}) < 10_500
    assert 11_900 < len({(song["year"], song["artist_id"]) for song in made.songs}) < 12_700
    assert 0.45 < sum(song["year"] == 0 for song in made.songs) / SONGS < 0.55
    assert {song["year"] for song in made.songs} <= {0, *range(1922, 2011)}


def test_some_songs_are_popular(made):
    counts = Counter((play["artist"], play["song"], play["length"]) for play in made.plays)
    assert counts.most_common(1)[0][1] > 20 * len(made.plays) / len(counts)
    assert sum(count == 1 for count in counts.values()) > len(counts) / 3


@pytest.mark.parametrize("match", ["0", "0.05", "0.3", "1"])
def test_as_many_plays_match_as_asked_for(tmp_path, match):
    options = ("--songs", 500, "--events", 20_000, "--match", match)
    data = read(generate(tmp_path / "data", *options))
    known = {(song["artist_name"], song["title"], song["duration"]) for song in data.songs}
    matched = sum((play["artist"], play["song"], play["length"]) in known for play in data.plays)
    if match in "01":
        assert matched == int(match) * len(data.plays)
    assert abs(matched / len(data.plays) - float(match)) < 0.02


def values_by(records, key, value):
    groups = defaultdict(set)
    for record in records:
        groups[key(record)].add(value(record))
    return max(map(len, groups.values()))


@pytest.fixture(scope="module", params=[(200, 2_000, 1), (300, 8_056, 7), (1_000, 30_000, 11)])
def small(request, tmp_path_factory):
    songs, events, seed = request.param
    folder = tmp_path_factory.mktemp("small")
    return read(generate(folder, "--songs", songs, "--events", events, "--seed", seed))


TRAPS = {
    "all milliseconds": lambda data: len({play["ts"] % 1000 for play in data.plays}) > 500,
    "users who play at the same instant": lambda data: (
        values_by(data.plays, lambda play: play["ts"], lambda play: play["userId"]) > 1
    ),
    "logged-out events": lambda data: any(not event["userId"] for event in data.events),
    "a play that is written twice": lambda data: (
        max(Counter(map(json.dumps, data.plays)).values()) == 2
    ),
    "an artist with several names": lambda data: (
        values_by(data.songs, lambda song: song["artist_id"], lambda song: song["artist_name"]) > 1
    ),
    "a song id under two artists": lambda data: (
        values_by(data.songs, lambda song: song["song_id"], lambda song: song["artist_id"]) > 1
    ),
    "songs equal but for the id": lambda data: (
        values_by(
            data.songs,
            lambda song: (song["title"], song["artist_id"], song["artist_name"], song["duration"]),
            lambda song: song["song_id"],
        )
        > 1
    ),
    "quotes": lambda data: any('"' in song["title"] + song["artist_name"] for song in data.songs),
    "slashes": lambda data: any("/" in song["title"] + song["artist_name"] for song in data.songs),
    "many scripts": lambda data: all(
        any(re.search(f"[{letters}]", song["title"]) for song in data.songs)
        for letters in SCRIPTS.values()
    ),
    "unknown years and places": lambda data: (
        any(song["year"] == 0 for song in data.songs)
        and any(song["artist_location"] == "" for song in data.songs)
        and any(song["artist_latitude"] is None for song in data.songs)
    ),
}  # fmt: skip


@pytest.mark.parametrize("trap", TRAPS)
def test_traps_are_there(small, trap):
    assert TRAPS[trap](small)


def test_the_same_options_give_the_same_bytes(tmp_path):
    options = ("--songs", 200, "--events", 10_000, "--days", 5, "--users", 40)
    variants = {"one": ("--threads", 1), "two": ("--threads", 2), "many": ("--threads", 9)}
    sets = [snapshot(generate(tmp_path / name, *options, *more)) for name, more in variants.items()]
    assert sets[0] == sets[1] == sets[2]
    other = snapshot(generate(tmp_path / "other", *options, "--seed", 2))
    assert set(other.values()).isdisjoint(sets[0].values())


def test_restless_users_change_from_event_to_event(tmp_path):
    options = ("--songs", 200, "--events", 5_000, "--users", 40)
    still = read(generate(tmp_path / "still", *options)).events
    restless = read(generate(tmp_path / "restless", *options, "--restless")).events
    changing = ("firstName", "lastName", "gender", "location", "userAgent", "registration")
    assert [{key: event[key] for key in event if key not in changing} for event in restless] == [
        {key: event[key] for key in event if key not in changing} for event in still
    ]
    for events, is_restless in ((still, False), (restless, True)):
        values, count = defaultdict(set), Counter(event["userId"] for event in events)
        for event in events:
            values[event["userId"]].add((event["userAgent"], event["location"], event["lastName"]))
        for user in set(values) - {""}:
            repeated = count[user] - len(values[user])  # lines that are there twice among them
            assert repeated <= 0.05 * count[user] + 1 if is_restless else len(values[user]) == 1


def test_days_and_start(tmp_path):
    options = ("--songs", 0, "--events", 500, "--days", 4, "--start", "2020-02-27", "--users", 3)
    data = read(generate(tmp_path / "data", *options))
    days = ["2020-02-27", "2020-02-28", "2020-02-29", "2020-03-01"]
    assert [path.name[:10] for path in data.log_files] == days
    assert len({event["userId"] for event in data.events} - {""}) == 3


@pytest.mark.parametrize("name", ["song_data", "log_data"])
def test_what_is_there_is_left_alone(tmp_path, name):
    (tmp_path / name).mkdir()
    text = message(run("generate", tmp_path, "--songs", 3, "--events", 50))
    assert str(tmp_path / name) in text
    assert list(tmp_path.rglob("*")) == [tmp_path / name]
