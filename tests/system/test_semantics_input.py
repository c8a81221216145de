"""docs/semantics.md, Input: how records lie in files, and what a field takes.

Where rows do not touch each other, a table of cases is one run, and each case finds its row by its
own name. Every run is compared with reference.py too, so that the two agree.
"""

import gzip
import json
from datetime import UTC, datetime

import pytest
from conftest import Outcome, Raw, play, song, write_input, zstd


def pretty(record):
    return json.dumps(json.loads(record), indent=2)


# ---- Input: how records lie in files ----------------------------------------------------------

S1, S2, S3 = (song(song_id=f"S{i}") for i in (1, 2, 3))
SONG_FILES = {
    "one object": (S1, ["S1"]),
    "one object with a line end": (S1 + "\n", ["S1"]),
    "one object, pretty-printed": (pretty(S1), ["S1"]),
    "one object, pretty-printed with CRLF": (pretty(S1).replace("\n", "\r\n"), ["S1"]),
    "one object between blank lines": ("\n\n " + pretty(S1) + "\n\n", ["S1"]),
    "one object after a byte-order mark": ("\ufeff" + S1, ["S1"]),
    "one pretty-printed object after a byte-order mark": ("\ufeff" + pretty(S1), ["S1"]),
    "an array on one line": (f"[{S1},{S2}]", ["S1", "S2"]),
    "an array of one": (f"[{S1}]", ["S1"]),
    "an array with an object a line": (f"[\n{S1},\n{S2},\n{S3}\n]\n", ["S1", "S2", "S3"]),
    "an array, pretty-printed": (f"[{pretty(S1)}\n , {pretty(S2)}]", ["S1", "S2"]),
    "an array after a byte-order mark": (f"\ufeff[{S1}, {S2}]", ["S1", "S2"]),
    "an object a line": (f"{S1}\n{S2}\n", ["S1", "S2"]),
    "an object a line, the last without an end": (f"{S1}\n{S2}", ["S1", "S2"]),
    "an object a line with CRLF": (f"{S1}\r\n{S2}\r\n", ["S1", "S2"]),
    "an object a line and blank lines": (f"\n{S1}\n \t\r\n\n{S2}\n\n", ["S1", "S2"]),
}


@pytest.mark.parametrize("case", SONG_FILES)
def test_song_file_is(outcome_of_files, case):
    content, ids = SONG_FILES[case]
    result = outcome_of_files({"song_data/x.json": content})
    assert result.column("songs", "song_id") == ids
    assert result.rejects == []


LOG_FILES = {
    "the last line needs no end": f"{play(userId='a')}\n{play(userId='b')}",
    "CRLF ends a line": f"{play(userId='a')}\r\n{play(userId='b')}\r\n",
    "blank lines are skipped": f"\n\r\n{play(userId='a')}\n\n \t\n{play(userId='b')}\n\n",
    "a byte-order mark is skipped": f"\ufeff{play(userId='a')}\n{play(userId='b')}\n",
    "white space around a record": f"  {play(userId='a')}\t \n\t{play(userId='b')} \n",
}


@pytest.mark.parametrize("case", LOG_FILES)
def test_log_file(outcome_of_files, case):
    result = outcome_of_files({"log_data/x.json": LOG_FILES[case]})
    assert result.column("users", "user_id") == ["a", "b"]
    assert result.rejects == []


@pytest.mark.parametrize(
    ("name", "encode"),
    [
        ("x.json", bytes),
        ("x.ndjson", bytes),
        ("x.jsonl", bytes),
        ("x.json.gz", gzip.compress),
        ("x.json.zst", zstd),
        ("a/b/c/d/e/f/x.json", bytes),
        ("with space/ünï💾.json", bytes),
    ],
)
def test_files_read(outcome_of_files, name, encode):
    files = {f"song_data/{name}": encode(S2.encode()), f"log_data/{name}": encode(play().encode())}
    result = outcome_of_files(files)
    assert result.column("songs", "song_id") == ["S2"]
    assert len(result.tables["songplays"]) == 1


def test_compressed_files_of_several_members(outcome_of_files):
    first, second = (play(userId=user).encode() + b"\n" for user in "ab")
    result = outcome_of_files(
        {
            "log_data/1.json.gz": gzip.compress(first) + gzip.compress(second),
            "song_data/1.json.gz": gzip.compress(S1.encode()[:20])
            + gzip.compress(S1.encode()[20:]),
        }
    )
    assert result.column("users", "user_id") == ["a", "b"]
    assert result.column("songs", "song_id") == ["S1"]


def test_compressed_log_larger_than_a_piece(outcome_of_files):
    plays = "".join(play(itemInSession=i) + "\n" for i in range(15_000)).encode()
    result = outcome_of_files({"log_data/a.json.gz": gzip.compress(plays, 1)})
    assert len(result.tables["songplays"]) == 15_000


@pytest.mark.parametrize(
    "name", ["_x.json", ".x.json", "_a/x.json", "a/.b/x.json", "x.txt", "x.json.bak", "json"]
)
def test_names_skipped(outcome_of_files, name):
    result = outcome_of_files(
        {
            f"song_data/{name}": S2,
            "song_data/s.json": S1,
            f"log_data/{name}": play(userId="skipped"),
            "log_data/e.json": play(),
        }
    )
    assert result.column("songs", "song_id") == ["S1"]
    assert result.column("users", "user_id") == ["U1"]


def test_empty_files_are_skipped(outcome_of_files):
    files = {"song_data/empty.json": "", "log_data/empty.json": "", "log_data/e.json": play()}
    result = outcome_of_files(files | {"song_data/s.json": S1})
    assert [source["files"] for source in result.summary["sources"].values()] == [1, 1]


def test_files_are_taken_in_the_byte_order_of_their_keys(outcome_of_files):
    names = ["B", "a-b", "a", "a/z", "a/é", "a0", "ab", "b"]  # '-' < '.' < '/' < '0'
    files = {f"log_data/{name}.json": play(userId=name) for name in reversed(names)}
    result = outcome_of_files(files)
    assert result.column("songplays", "user_id") == names


# ---- Input: fields ----------------------------------------------------------------------------

AS_TEXT = {  # a string field takes the own text of a number or a boolean
    "number": (39, "39"),
    "negative number": (-1, "-1"),
    "number with a fraction": (Raw("1.50"), "1.50"),
    "number with an exponent": (Raw("1E+3"), "1E+3"),
    "number too large for a double": (Raw("1e999"), "1e999"),
    "long number": (Raw("1" * 40), "1" * 40),
    "true": (True, "true"),
    "false": (False, "false"),
    "null": (None, None),
    "missing": (..., None),
    "empty": ("", ""),
    "escapes": (Raw(r'"\"\\\/\b\f\n\r\tx"'), '"\\/\b\f\n\r\tx'),
    "\\u escapes": (Raw(r'"\u0041\u00e9\u20AC"'), "Aé€"),
    "surrogate pair": (Raw(r'"\uD83D\uDCBE"'), "💾"),
    "escaped backslash before u": (Raw(r'"\\ud800"'), r"\ud800"),
    "escaped NUL": (Raw(r'"a\u0000b"'), "a\0b"),
    "escaped noncharacter": (Raw(r'"\uffff\ufffe"'), "\uffff\ufffe"),
    "UTF-8 of every length": ("aé€💾", "aé€💾"),
    "edges of UTF-8": (
        "\x7f\x80\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff",
        "\x7f\x80\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff",
    ),
    "the end of a vector": ("é" * 31 + '"' * 33, "é" * 31 + '"' * 33),
    "brackets and commas": ("}],{[:", "}],{[:"),
}
DOUBLES = {  # the same bits as strtod
    "integer": ("5", 5.0),
    "negative": ("-5.5", -5.5),
    "minus zero": ("-0.0", -0.0),
    "minus zero, an integer": ("-0", -0.0),
    "zero": ("0", 0.0),
    "exponents": ("12E-1", 1.2),
    "positive exponent": ("1.5e+2", 150.0),
    "halfway, to even": ("9007199254740993", 9007199254740992.0),
    "just above halfway": ("9007199254740993.00000000000000000000001", 9007199254740994.0),
    "seventeen digits": ("0.1000000000000000055511151231257827", 0.1),
    "largest": ("1.7976931348623157e308", 1.7976931348623157e308),
    "smallest normal": ("2.2250738585072014e-308", 2.2250738585072014e-308),
    "largest subnormal": ("2.225073858507201e-308", 2.225073858507201e-308),
    "smallest": ("5e-324", 5e-324),
    "underflow": ("1e-400", 0.0),
    "many digits": ("0." + "3" * 800, 1 / 3),
    "long exponent": ("0e" + "9" * 30, 0.0),
    "null": ("null", None),
}
YEARS = {"zero": 0, "negative": -5, "least": -(2**31), "greatest": 2**31 - 1}
LONGS = {"zero": 0, "minus zero": Raw("-0"), "least": -(2**63), "greatest": 2**63 - 1}
KEYS = {
    "key order is free": '{"title": "T", "song_id": "%s", "artist_id": "A"}',
    "a key that occurs twice: the last one counts":
        '{"title": "X", "song_id": "x", "artist_id": "A", "song_id": "%s", "title": "T"}',
    "the last of three, the others of wrong types":
        '{"title": {"a": 1}, "title": [], "song_id": "%s", "artist_id": "A", "title": "T"}',
    "escapes in a key": '{"t\\u0069tle": "T", "song\\u005fid": "%s", "artist_id": "A"}',
    "no white space": '{"title":"T","song_id":"%s","artist_id":"A"}',
    "much white space": '{ \t"title"\t :  "T" ,"song_id" : "%s",\t"artist_id":"A"\t}',
    "keys are case-sensitive": '{"title": "T", "Title": "X", "song_id": "%s", "artist_id": "A"}',
    "unknown fields are skipped":
        '{"x": [1, {"title": "X"}], "title": "T", "y": {"song_id": "X"}, "song_id": "%s", '
        '"artist_id": "A", "": null}',
    "fields that no table uses are not looked at":
        '{"num_songs": {"a": []}, "title": "T", "song_id": "%s", "artist_id": "A"}',
    "depth 64":
        f'{{"x": {"[" * 63 + "]" * 63}, "title": "T", "song_id": "%s", "artist_id": "A"}}',
}  # fmt: skip


@pytest.fixture(scope="module")
def fields(tmp_path_factory):
    """One run over all the tables above."""
    songs = [song(song_id=f"text {case}", title=value) for case, (value, _) in AS_TEXT.items()]
    songs += [song(song_id=f"double {case}", duration=Raw(v)) for case, (v, _) in DOUBLES.items()]
    songs += [song(song_id=f"year {case}", year=value) for case, value in YEARS.items()]
    songs += [song(song_id="year null", year=None), song(song_id="year missing", year=...)]
    songs += [text.replace("%s", f"key {case}") for case, text in KEYS.items()]
    songs += [song(song_id=Raw("123.50"), artist_id=Raw("true"))]
    plays = [play(userId=f"text {case}", userAgent=value) for case, (value, _) in AS_TEXT.items()]
    plays += [
        play(userId=f"long {case}", sessionId=v, itemInSession=v) for case, v in LONGS.items()
    ]
    plays += [play(userId=Raw("39")), play(userId=Raw("1e3")), play(userId=True)]
    folder = tmp_path_factory.mktemp("fields")
    write_input(folder / "in", songs=songs, plays=plays)
    return Outcome(folder)


def test_nothing_well_formed_is_rejected(fields):
    assert fields.rejects == []


@pytest.mark.parametrize("case", AS_TEXT)
def test_string_field_takes(fields, case):
    assert fields.row("songs", song_id=f"text {case}")["title"] == AS_TEXT[case][1]
    assert fields.row("songplays", user_id=f"text {case}")["user_agent"] == AS_TEXT[case][1]


@pytest.mark.parametrize("case", DOUBLES)
def test_double_field_takes(fields, case):
    assert repr(fields.row("songs", song_id=f"double {case}")["duration"]) == repr(DOUBLES[case][1])


@pytest.mark.parametrize("case", YEARS)
def test_year_takes(fields, case):
    assert fields.row("songs", song_id=f"year {case}")["year"] == YEARS[case]


@pytest.mark.parametrize("case", ["null", "missing"])
def test_year_null_counts_as_0(fields, case):
    assert fields.row("songs", song_id=f"year {case}")["year"] == 0


@pytest.mark.parametrize("case", LONGS)
def test_integer_field_takes(fields, case):
    assert fields.row("songplays", user_id=f"long {case}")["session_id"] == int(LONGS[case])


@pytest.mark.parametrize("case", KEYS)
def test_keys(fields, case):
    assert fields.row("songs", song_id=f"key {case}")["title"] == "T"


def test_ids_may_be_numbers_or_booleans(fields):
    assert fields.row("songs", song_id="123.50")["artist_id"] == "true"
    assert {"39", "1e3", "true"} <= set(fields.column("users", "user_id"))


def test_only_next_song_is_a_play(outcome):
    pages = ["NextSong", "Home", "nextsong", "NextSong ", 5, True]
    result = outcome(plays=[play(page=page, userId=str(page)) for page in pages])
    assert result.column("users", "user_id") == ["NextSong"]
    assert result.summary["sources"]["logs"]["left_out"] == 5


def test_fields_of_plays_are_checked_only_in_plays(outcome):
    others = {"userId": "", "sessionId": "x", "itemInSession": 1.5, "length": [], "song": {}}
    result = outcome(plays=[play(page="Home", **others), play(page="Home", userId=...), play()])
    assert result.rejects == []
    assert result.summary["sources"]["logs"]["left_out"] == 2


def test_fields_that_no_table_uses_are_not_checked(outcome):
    unused = {"auth": 1, "method": [], "status": "x", "registration": {"a": 1}}
    result = outcome(songs=[song(num_songs="x")], plays=[play(**unused)])
    assert result.rejects == []
    assert [s["unknown_fields"] for s in result.summary["sources"].values()] == [{}, {}]


def test_unknown_fields_are_counted_by_name(outcome):
    plays = [play(mood=1), play(mood=None, page="Home"), play(**{'ünï "x"': {"nested": 1}})]
    result = outcome(songs=[song(genre="x")], plays=plays)
    sources = result.summary["sources"]
    assert sources["songs"]["unknown_fields"] == {"genre": 1}
    assert sources["logs"]["unknown_fields"] == {"mood": 2, 'ünï "x"': 1}


@pytest.mark.parametrize(
    ("ts", "at"),
    [
        (0, datetime(1970, 1, 1)),
        (1, datetime(1970, 1, 1, 0, 0, 0, 1000)),
        (1541106106796, datetime(2018, 11, 1, 21, 1, 46, 796000)),
        (253402300799999, datetime(9999, 12, 31, 23, 59, 59, 999000)),
    ],
)
def test_ts_is_milliseconds_utc(outcome, ts, at):
    row = outcome(plays=[play(ts=ts)]).tables["songplays"][0]
    assert row["start_time"] == at.replace(tzinfo=UTC)
    assert (row["year"], row["month"]) == (at.year, at.month)
