"""docs/semantics.md, Rejected records: each kind with its code, place and text, and how many may be.

All faults are one run, a good record after each; every case finds its reject by its line.
"""

import base64
import gzip
import json
from collections import Counter

import pytest
from conftest import (
    Outcome,
    Raw,
    etl,
    message,
    play,
    run,
    snapshot,
    song,
    write_input,
    write_tree,
)

# ---- Rejected records -------------------------------------------------------------------------

NOT_JSON = {
    "cut off": play()[:-1],
    "cut off in a string": play()[:-2],
    "NaN": play(length=Raw("NaN")),
    "Infinity": play(length=Raw("-Infinity")),
    "bare word": play(song=Raw("word")),
    "wrong case of a literal": play(song=Raw("True")),
    "literal that goes on": play(song=Raw("nullx")),
    "single quotes": "{'a': 1}",
    "key without quotes": '{a: 1, "ts": 1}',
    "number as a key": '{1: 1, "ts": 1}',
    "trailing comma in an object": play()[:-1] + ",}",
    "trailing comma in an array": play(x=Raw("[1,]")),
    "comma first": '{,"ts": 1}',
    "two commas": play(x=Raw("1,,")),
    "colon missing": play()[:-1] + ', "x" 1}',
    "value missing": play(x=Raw("")),
    "comma missing": play(x=Raw('1 "y": 2')),
    "bracket of the wrong kind": play(x=Raw("[1}")),
    "text after the record": play() + " x",
    "field after the record": play() + ',"x":1',
    "object after the record": play() + ' , "x": {"y": "}"}',
    "record after the record": play() + ',"record":' + play(userId="second"),
    "two records on a line": play() + play(),
    "closing brace too many": play() + "}",
    "comment": play(x=Raw("/* no */ 1")),
    "leading zero": play(length=Raw("01")),
    "leading plus": play(length=Raw("+1")),
    "point first": play(length=Raw(".5")),
    "point last": play(length=Raw("5.")),
    "exponent without digits": play(length=Raw("1e")),
    "only a minus": play(length=Raw("-")),
    "hexadecimal": play(length=Raw("0x10")),
    "number that goes on": play(length=Raw("1.5.2")),
    "tab in a string": play(song=Raw('"a\tb"')),
    "control byte in a string": play(song=Raw('"a\x01b"')),
    "control byte far into a string": play(song=Raw('"' + "a" * 70 + '\x1f"')),
    "control byte between values": play(song=Raw("\x0c1")),
    "NUL byte in a string": play(song=Raw('"a\0b"')),
    "NUL byte after the record": play() + "\0",
    "unknown escape": play(song=Raw(r'"\x41"')),
    "escape cut off": play(song=Raw(r'"\u12"')),
    "escape with a bad digit": play(song=Raw(r'"\u12G4"')),
    "lone high surrogate": play(song=Raw(r'"\ud83d"')),
    "lone low surrogate": play(song=Raw(r'"\udcbe"')),
    "surrogates swapped": play(song=Raw(r'"\udcbe\ud83d"')),
    "high surrogate and text": play(song=Raw(r'"\ud83d\u0041"')),
    "high surrogate and a backslash": play(song=Raw(r'"\ud83d\\udcbe"')),
    "lone surrogate in a key": play()[:-1] + r', "\ud83d": 1}',
    "lone surrogate in an unused field": play(auth=Raw(r'"\ud83d"')),
    "bad value in an unused field": play(status=Raw("[1 2]")),
    "bad value in an unknown field": play(x=Raw('{"a"}')),
    "bad value in an event that is no play": play(page="Home", song=Raw("NaN")),
    "no-break space": play(x=Raw("\u00a0 1")),
}
NOT_OBJECT = {
    "array": "[1]",
    "array of objects": f"[{play()}]",
    "string": '"ts"',
    "number": "1",
    "null": "null",
    "bare word": "hello",
    "byte-order mark in the second line": "\ufeff" + play(),
}
NOT_UTF8 = {
    "stray continuation byte": b"\x80",
    "byte that never occurs": b"\xff",
    "cut-off sequence": b"\xe2\x82",
    "overlong": b"\xc0\xaf",
    "overlong of three bytes": b"\xe0\x80\xaf",
    "surrogate": b"\xed\xa0\x80",
    "above U+10FFFF": b"\xf4\x90\x80\x80",
    "Latin-1": "é".encode("latin-1"),
}
UTF16 = {
    "UTF-16 with a mark": "utf-16",
    "UTF-16, little end first": "utf-16-le",
    "UTF-16, big end first": "utf-16-be",
}
MISSING = {
    f"{name} {word}": (name, play(**{name: value}))
    for name in ("ts", "page", "userId", "sessionId", "itemInSession")
    for word, value in (("missing", ...), ("null", None))
} | {
    "page empty": ("page", play(page="")),
    "userId empty": ("userId", play(userId="")),
    "ts null the last time": ("ts", play()[:-1] + ', "ts": null}'),
}
WRONG_TYPE = {
    f"{name} {case}": (name, play(**{name: value}))
    for name, cases in {
        "ts": {"string": "1", "fraction": 1.5, "1.0": 1.0, "1e3": Raw("1e3"), "boolean": True},
        "sessionId": {"string": "1", "1.0": 1.0, "-1E2": Raw("-1E2"), "object": {}, "array": []},
        "itemInSession": {"string": "", "1e0": Raw("1e0"), "boolean": False},
        "length": {"string": "1.5", "boolean": True, "array": [1.5], "object": {}},
        "userId": {"object": {"a": 1}, "array": []},
        "page": {"object": {}, "array": ["NextSong"]},
        "song": {"array": ["x"], "object": {}},
    }.items()
    for case, value in cases.items()
}
OUT_OF_RANGE = {
    f"{name} {case}": (name, play(**{name: value}))
    for name, cases in {
        "ts": {
            "before 1970": -1,
            "after 9999": 253402300800000,
            "above 64 bits": 2**63,
            "of forty digits": 10**40,
        },
        "sessionId": {"above 64 bits": 2**63, "below 64 bits": -(2**63) - 1},
        "itemInSession": {"above 64 bits": 2**64},
        "length": {"infinite": Raw("1e400"), "minus infinite": Raw("-1.8e308")},
    }.items()
    for case, value in cases.items()
}
TOO_DEEP = {
    "arrays": play(x=Raw("[" * 64 + "]" * 64)),
    "objects": play(x=Raw('{"a":' * 64 + "1" + "}" * 64)),
    "a hundred thousand": play(x=Raw("[" * 100_000 + "]" * 100_000)),
    "in an unused field": play(auth=Raw("[" * 64 + "]" * 64)),
}
SONG_FAULTS = {
    "song_id missing": ("song_id", song(song_id=...), "missing_field"),
    "song_id null": ("song_id", song(song_id=None), "missing_field"),
    "song_id empty": ("song_id", song(song_id=""), "missing_field"),
    "artist_id missing": ("artist_id", song(artist_id=...), "missing_field"),
    "artist_id empty": ("artist_id", song(artist_id=""), "missing_field"),
    "year string": ("year", song(year="2000"), "wrong_type"),
    "year 2000.0": ("year", song(year=2000.0), "wrong_type"),
    "year 2e3": ("year", song(year=Raw("2e3")), "wrong_type"),
    "year above 32 bits": ("year", song(year=2**31), "out_of_range"),
    "year below 32 bits": ("year", song(year=-(2**31) - 1), "out_of_range"),
    "duration string": ("duration", song(duration="1.5"), "wrong_type"),
    "duration infinite": ("duration", song(duration=Raw("1e309")), "out_of_range"),
    "latitude string": ("artist_latitude", song(artist_latitude=""), "wrong_type"),
    "artist_id too long for a folder": ("artist_id", song(artist_id="A" * 246), "out_of_range"),
    "artist_id too long when escaped": ("artist_id", song(artist_id=":" * 82), "out_of_range"),
    "artist_id of null": (
        "artist_id", song(artist_id="__HIVE_DEFAULT_PARTITION__"), "out_of_range"
    ),
    "artist_id of null, escaped": (
        "artist_id", song(artist_id=Raw(r'"\u005f_HIVE_DEFAULT_PARTITION_\u005F"')), "out_of_range"
    ),
    "title object": ("title", song(title={}), "wrong_type"),
}


def log_faults():
    """{name: (field or None, bytes of the line, code)}"""
    faults = {}
    for code, cases in (
        ("not_json", NOT_JSON),
        ("not_object", NOT_OBJECT),
        ("too_deep", TOO_DEEP),
    ):
        faults |= {f"{code}: {name}": (None, text.encode(), code) for name, text in cases.items()}
    for name, encoding in UTF16.items():
        faults[f"not_utf8: {name}"] = (None, play(song="x", ts=11).encode(encoding), "not_utf8")
    for name, value in NOT_UTF8.items():
        line = play(song="@").encode().replace(b"@", value)
        faults[f"not_utf8: {name}"] = (None, line, "not_utf8")
    for code, cases in (
        ("missing_field", MISSING),
        ("wrong_type", WRONG_TYPE),
        ("out_of_range", OUT_OF_RANGE),
    ):
        for name, (field, text) in cases.items():
            faults[f"{code}: {name}"] = (field, text.encode(), code)
    return faults


LOG_FAULTS = log_faults()


@pytest.fixture(scope="module")
def rejected(tmp_path_factory):
    """One run over all the faults, a good record after each."""
    folder = tmp_path_factory.mktemp("rejected")
    logs = b"".join(line + b"\n" + play().encode() + b"\n" for _, line, _ in LOG_FAULTS.values())
    songs = "".join(f"{text}\n{song()}\n" for _, text, _ in SONG_FAULTS.values())
    write_tree(folder / "in", {"log_data/a/bad.json": play() + "\n", "song_data/bad.json": songs})
    with open(folder / "in/log_data/a/bad.json", "ab") as file:
        file.write(logs)
    return Outcome(folder)


def reject_at(result, source, line):
    (found,) = [r for r in result.rejects if r["source"] == source and r["line"] == line]
    return found


@pytest.mark.parametrize("case", LOG_FAULTS)
def test_rejected_event(rejected, case):
    field, line, code = LOG_FAULTS[case]
    number = list(LOG_FAULTS).index(case)
    before = [text for _, text, _ in list(LOG_FAULTS.values())[:number]]
    good = len(play()) + 1
    found = reject_at(rejected, "logs", 2 + 2 * number)
    assert found["file"] == "log_data/a/bad.json"
    assert found["code"] == code
    assert found["byte_offset"] == good + sum(len(text) + 1 + good for text in before)
    assert found["reason"].startswith(f"{field}: " if field else "")
    names = ["source", "file", "line", "byte_offset", "code", "reason"]
    if code == "not_utf8" and "end first" not in case:
        assert list(found) == [*names, "record_base64"]
        assert base64.b64decode(found["record_base64"], validate=True) == line
    else:
        assert list(found) == [*names, "record"]
        assert found["record"] == line.decode()


@pytest.mark.parametrize("case", SONG_FAULTS)
def test_rejected_song(rejected, case):
    field, text, code = SONG_FAULTS[case]
    found = reject_at(rejected, "songs", 1 + 2 * list(SONG_FAULTS).index(case))
    assert (found["file"], found["code"], found["record"]) == ("song_data/bad.json", code, text)
    assert found["reason"].startswith(f"{field}: ")


def test_good_records_beside_rejected_ones_are_kept(rejected):
    logs = rejected.summary["sources"]["logs"]
    assert logs["rejected"] == len(LOG_FAULTS)
    assert logs["rejected_by_code"] == Counter(code for _, _, code in LOG_FAULTS.values())
    assert rejected.summary["plays"]["plays"] == 1 + len(LOG_FAULTS)
    assert rejected.summary["sources"]["songs"]["rejected"] == len(SONG_FAULTS)


def test_reason_says_what_was_expected_and_found(rejected):
    reasons = [reject["reason"] for reject in rejected.rejects]
    assert "ts: expected an integer, found a string" in reasons
    assert sum("the text is UTF-16" in reason for reason in reasons) == len(UTF16)


def test_place_of_a_rejected_record_in_a_document(outcome_of_files):
    bad = song(song_id="bad", year="x")
    text = f"[\n  {song()},\n\n  {bad}, {song(song_id='S2')}\n]"
    result = outcome_of_files({"song_data/é.json": text.replace('"Here"', '"Zürich"')})
    (reject,) = result.rejects
    before = text[: text.index(bad)].replace('"Here"', '"Zürich"').encode()
    assert (reject["line"], reject["byte_offset"]) == (4, len(before))
    assert reject["record"] == bad.replace('"Here"', '"Zürich"')
    assert reject["file"] == "song_data/é.json"
    assert result.column("songs", "song_id") == ["S1", "S2"]


DEEP = "[" * 64 + "]" * 64
BAD_OBJECTS = {
    "too deep": (song(song_id="bad", x=Raw(DEEP)).encode(), "too_deep"),
    "a hundred thousand deep": (
        song(song_id="bad", x=Raw("[" * 100_000 + "]" * 100_000)).encode(), "too_deep"
    ),
    "deep, of objects": (
        song(song_id="bad", x=Raw('{"a":\n' * 64 + "1" + "}" * 64)).encode(), "too_deep"
    ),
    "too long": (song(song_id="bad", x="y" * (16 * 1024 * 1024)).encode(), "too_long"),
    "not UTF-8": (song(title="@").encode().replace(b"@", b"\xff\xe2\x82"), "not_utf8"),
    "not UTF-8 in a key": (song(x=1).encode().replace(b'"x"', b'"\x80"'), "not_utf8"),
    "wrong type": (song(song_id="bad", year="x").encode(), "wrong_type"),
    "field missing": (b'{"song_id": "bad"}', "missing_field"),
    "empty": (b"{}", "missing_field"),
    "artist_id of null": (
        song(artist_id="__HIVE_DEFAULT_PARTITION__").encode(), "out_of_range"
    ),
    "braces and quotes in strings": (
        song(song_id="bad", title='}{][ "\\', year="x\u2028").encode(), "wrong_type"
    ),
}  # fmt: skip
SONG1, SONG2 = song().encode(), song(song_id="S2", title="},{é").encode()


def pretty(text):
    return text.replace(b", ", b",\r\n\t")


LAYOUTS = {
    "one object": lambda bad: b"\n\n  " + pretty(bad) + b"\n \n",
    "array on a line": lambda bad: b"[" + b", ".join([SONG1, bad, SONG2]) + b"]",
    "an element a line": lambda bad: b"[\n" + b",\n".join([SONG1, bad, SONG2]) + b"\n]\n",
    "pretty array": lambda bad: b" [" + pretty(b", ".join([SONG1, bad, SONG2])) + b"]",
    "first": lambda bad: b"[" + bad + b"," + SONG1 + b"\n,\n" + SONG2 + b"]",
    "alone": lambda bad: b"\xef\xbb\xbf[\n" + bad + b"\n]",
}
# The text as a whole is no JSON then.
BROKEN = {
    "cut off": lambda text: text.rstrip()[:-1],
    "more text": lambda text: text + b" x",
    "a field behind it": lambda text: text + b',"x":1',
    "a brace behind it": lambda text: text + b"}",
    "bad escape elsewhere": lambda text: text.replace(b'"Here"', b'"\\x"', 1),
    "lone surrogate elsewhere": lambda text: text.replace(b'"Here"', rb'"\ud800"', 1),
    "comma behind the last": lambda text: text.rstrip()[:-1] + b",]",
}


def document_files():
    """{name: (bytes, code of its one reject, or None for lines)}"""
    files = {}
    for number, (text, code) in enumerate(BAD_OBJECTS.values()):
        for layout, make in enumerate(LAYOUTS.values()):
            if code != "too_long" or layout in (0, 3):
                files[f"{number} {layout}"] = (make(text), code)
    for number, damage in enumerate(BROKEN.values()):
        for case in ("not UTF-8", "too deep"):
            text = LAYOUTS["an element a line"](BAD_OBJECTS[case][0])
            files[f"broken {number} {case}"] = (damage(text), None)
    files["broken object"] = (LAYOUTS["one object"](BAD_OBJECTS["too deep"][0]) + b",", None)
    files["number"] = (b"[" + SONG1 + b",\n2]", None)
    files["array in an array"] = (b"[" + SONG1 + b",\n[" + SONG2 + b"]]", None)
    files["array of an array"] = (b"[[" + SONG1 + b"\n]]", None)
    return files


DOCUMENT_FILES = document_files()


@pytest.fixture(scope="module")
def documents(tmp_path_factory):
    folder = tmp_path_factory.mktemp("documents")
    files = {f"song_data/{name}.json": text for name, (text, _) in DOCUMENT_FILES.items()}
    write_input(folder / "in")
    write_tree(folder / "in", files)
    return Outcome(folder)


@pytest.mark.parametrize("case", DOCUMENT_FILES)
def test_bad_object_of_a_document(documents, case):
    text, code = DOCUMENT_FILES[case]
    rejects = [r for r in documents.rejects if r["file"] == f"song_data/{case}.json"]
    if code is None:
        assert {r["code"] for r in rejects} & {"not_json", "not_object"}
        assert sum(r["code"] in ("not_json", "not_object") for r in rejects) >= 1
        return
    (reject,) = rejects
    begin, line = reject["byte_offset"], reject["line"]
    record = reject.get("record", "").encode() or base64.b64decode(reject["record_base64"])
    assert reject["code"] == code
    assert text[begin:].startswith(record) and record.startswith(b"{")
    assert text[:begin].count(b"\n") == line - 1
    if code != "too_long":
        assert text[begin + len(record) - 1 :].startswith(b"}")
        assert record.count(b"{") == record.count(b"}")


def test_other_objects_of_a_document_are_kept(documents):
    kept = documents.summary["sources"]["songs"]["records"]
    kept -= documents.summary["sources"]["songs"]["rejected"]
    arrays = [name for name, (_, code) in DOCUMENT_FILES.items() if code and name[-1] in "1234"]
    assert kept >= 2 * len(arrays)
    assert {"S1", "S2"} <= set(documents.column("songs", "song_id"))


def test_place_of_a_rejected_record_in_a_compressed_file(outcome_of_files):
    text = "\ufeff" + play() + "\r\nbroken\r\n" + play()
    result = outcome_of_files({"log_data/x.json.gz": gzip.compress(text.encode())})
    (reject,) = result.rejects
    assert (reject["line"], reject["byte_offset"]) == (2, 3 + len(play()) + 2)
    assert reject["file"] == "log_data/x.json.gz"


def test_longer_than_16_mib(tmp_path):
    def line_of(length):
        text = play(auth="@").encode()
        return text.replace(b"@", b"x" * (length - len(text) + 1))

    limit = 16 * 1024 * 1024
    lines = [line_of(limit), line_of(limit + 1), line_of(3 * limit), play(userId="last").encode()]
    write_input(tmp_path / "in")
    write_tree(tmp_path / "in", {"log_data/2018/11/events.json": b"\n".join(lines)})
    result = Outcome(tmp_path)
    assert [(r["code"], r["line"]) for r in result.rejects] == [("too_long", 2), ("too_long", 3)]
    assert result.column("songplays", "user_id") == ["U1", "last"]


def test_file_of_song_lines_may_exceed_16_mib(outcome_of_files):
    lines = [song(song_id=f"S{i}", num_songs="x" * 2**20) for i in range(20)]
    assert len(outcome_of_files({"song_data/x.ndjson": lines}).tables["songs"]) == 20


# ---- How many may be rejected -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "bad", "of", "code"),
    [
        ([], 2, 200, 0),  # 1 % by default
        ([], 3, 200, 3),
        ([], 1, 99, 3),
        (["--max-rejects", "3"], 3, 4, 0),
        (["--max-rejects", "3"], 4, 1000, 3),
        (["--max-rejects", "0"], 1, 1000, 3),
        (["--max-rejects", "0"], 0, 2, 0),
        (["--max-rejects", "50%"], 2, 4, 0),
        (["--max-rejects", "50%"], 3, 5, 3),
        (["--max-rejects", "0%"], 1, 1000, 3),
        (["--max-rejects", "0.5%"], 5, 1000, 0),
        (["--max-rejects", "0.5%"], 6, 1000, 3),
        (["--max-rejects=100%", "--allow-empty"], 2, 2, 0),
    ],
)
@pytest.mark.parametrize("source", ["songs", "logs"])
def test_max_rejects(tmp_path, source, options, bad, of, code):
    lines = [song() if source == "songs" else play()] * (of - bad) + ["{broken"] * bad
    other = [play() if source == "songs" else song()] * 2000  # the limit is each source's own
    songs, plays = (lines, other) if source == "songs" else (other, lines)
    write_input(tmp_path / "in", songs=songs, plays=plays)
    done = run("etl", "--input", tmp_path / "in", "--output", tmp_path / "out", *options)
    assert done.code == code, done.err
    rejects = list((tmp_path / "out").glob("_rejects/run=*/part-*.json"))
    assert sum(len(path.read_text().splitlines()) for path in rejects) == bad
    assert any((tmp_path / "out").rglob("*.parquet")) == (code == 0)


def test_the_message_says_what_is_wrong(tmp_path):
    lines = ["{broken"] * 3 + [play(userId=...), play(ts="\x1b[31m")] + ["{}"] * 2
    write_input(tmp_path / "in", songs=[song(), "[]"], plays=lines + [play()])
    command = ("etl", "--input", tmp_path / "in", "--output", tmp_path / "out")
    first, *shown, hint = message(run(*command, "--max-rejects", "1"), code=3).splitlines()
    assert "7 of 8 logs records were rejected (3 not_json, 3 missing_field, 1 wrong_type); at most 1 may be" in first
    name = "log_data/2018/11/events.json"
    assert [line.split(": ")[:3] for line in shown] == [
        [f"  {name}:1", "not_json", "expected a key in double quotes, at byte 2 of the record"],
        [f"  {name}:2", "not_json", "expected a key in double quotes, at byte 2 of the record"],
        [f"  {name}:3", "not_json", "expected a key in double quotes, at byte 2 of the record"],
        [f"  {name}:4", "missing_field", "userId"],
        [f"  {name}:5", "wrong_type", "ts"],
    ]
    assert "_rejects/run=" in hint and "\x1b" not in "".join(shown)
    document = json.loads(run(*command, "--json").out)
    assert (document["status"], document["error"]["code"]) == ("failed", "too_many_rejects")
    logs = document["sources"]["logs"]
    assert logs["rejected_by_code"] == {"not_json": 3, "missing_field": 3, "wrong_type": 1}
    assert [(reject["file"], reject["line"], reject["code"]) for reject in logs["first_rejects"]] == [
        (name, 1, "not_json"), (name, 2, "not_json"), (name, 3, "not_json"),
        (name, 4, "missing_field"), (name, 5, "wrong_type"),
    ]  # fmt: skip
    assert document["lake_version"] is None and not document["committed"]


@pytest.mark.parametrize("limit", ["10", "1%", "20000"])
def test_a_run_that_fails_writes_the_first_rejects(tmp_path, limit):
    """All of them where it goes well. A million would fill the disk."""
    many, output = ["{"] * 12_000, tmp_path / "out"
    write_input(tmp_path / "in", songs=[song()] + many, plays=[play()] + many)
    done = run("etl", "--input", tmp_path / "in", "--output", output, "--max-rejects", limit, "--json")
    goes_well = limit == "20000"
    assert done.code == (0 if goes_well else 3)
    for source in done.summary["sources"].values():
        assert source["rejected"] == 12_000
    [folder] = output.glob("_rejects/run=*")
    lines = [path.read_text().splitlines() for path in sorted(folder.iterdir())]
    first = [json.loads(line) for line in lines[0]]
    assert Counter(reject["source"] for reject in first) == {"songs": 10_000, "logs": 10_000}
    assert [reject["line"] for reject in first] == [*range(2, 10_002)] * 2
    if goes_well:
        assert [json.loads(line)["line"] for line in lines[1]] == [*range(10_002, 12_002)] * 2
        assert etl(tmp_path / "in", output, "--max-rejects", limit)["warnings"] == []
    else:
        assert len(lines) == 1 and "the first 10000 of them" in done.err


def test_past_the_limit_nothing_is_committed(tmp_path):
    output = tmp_path / "out"
    etl(write_input(tmp_path / "good"), output)
    old = snapshot(output)
    bad = write_input(tmp_path / "bad", plays=[play(), "{broken", "also broken"])
    text = message(run("etl", "--input", bad, "--output", output), code=3)
    new = snapshot(output)
    assert {name: data for name, data in new.items() if not name.startswith("_rejects")} == old
    (path,) = output.glob("_rejects/run=*")
    assert str(path) in text and "2 of 3" in text
    assert [json.loads(line)["record"] for line in (path / "part-00000.json").open()] == [
        "{broken",
        "also broken",
    ]
