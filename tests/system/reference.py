"""What docs/semantics.md says, in plain Python: the whole-run tests compare the program's tables with it.

read(folder) gives the five tables as lists of rows (dicts in column order), the rejected records
and the counts. Clarity before speed: it holds everything in memory and shares nothing with the
program.
"""

import gzip
import json
import re
import struct
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa

MAX_RECORD_BYTES = 16 * 1024 * 1024
MAX_DOCUMENT_BYTES = 64 * 1024 * 1024
MAX_DEPTH = 64
MAX_FOLDER_BYTES = 255  # of the name of one folder, on a disk
NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__"
ESCAPED = [*range(0x20), 0x7F, *b"\"#%'*/:=?[\\]^{"]  # NUL is ours
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST_TS = 253_402_300_799_999  # 9999-12-31T23:59:59.999Z
SUFFIXES = (".json", ".json.gz", ".json.zst", ".ndjson", ".jsonl")  # in upper or lower case

SONG_FIELDS = {
    "song_id": "string", "title": "string", "artist_id": "string", "artist_name": "string",
    "artist_location": "string", "artist_latitude": "double", "artist_longitude": "double",
    "year": "int32", "duration": "double",
}  # fmt: skip
LOG_FIELDS = {
    "userId": "string", "sessionId": "int64", "itemInSession": "int64", "firstName": "string",
    "lastName": "string", "gender": "string", "level": "string", "location": "string",
    "userAgent": "string", "artist": "string", "song": "string", "length": "double",
}  # fmt: skip
SONG_UNUSED = {"num_songs"}
LOG_UNUSED = {"auth", "method", "status", "registration"}
INTEGER_BITS = {"int32": 32, "int64": 64}


class Reject(Exception):
    def __init__(self, code):
        super().__init__(code)
        self.code = code


@dataclass
class Source:
    files: int = 0
    records: int = 0
    left_out: int = 0
    rejects: list = field(default_factory=list)  # (file, line, byte_offset, code), in order
    unknown: Counter = field(default_factory=Counter)


@dataclass
class Result:
    songs: Source
    logs: Source
    tables: dict
    matched: int
    identical: int
    shared_keys: int


# ---- JSON, strictly ---------------------------------------------------------------------------


class Number(str):
    """A number as it stands in the text."""


def refuse_constant(name):
    raise ValueError(f"{name} is no JSON")


DECODER = json.JSONDecoder(parse_int=Number, parse_float=Number, parse_constant=refuse_constant)
SPACE = " \t\r\n"


def depth(text):
    deepest = level = 0
    for bracket in re.sub(r'"(?:[^"\\]|\\.)*"|[^\[\]{}"]', "", text):
        level += 1 if bracket in "[{" else -1
        deepest = max(deepest, level)
    return deepest


def has_lone_surrogate(text):
    text = text.replace("\\\\", "  ")
    text = re.sub(r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..", "", text)
    return re.search(r"\\u[dD][89a-fA-F]", text) is not None


def parse(text):
    """The object that `text` is, or Reject."""
    text = text.strip(SPACE)
    if not text.startswith("{"):
        raise Reject("not_object")
    if text.count("{") + text.count("[") > MAX_DEPTH and depth(text) > MAX_DEPTH:
        raise Reject("too_deep")
    try:
        value, end = DECODER.raw_decode(text)
    except ValueError:
        raise Reject("not_json") from None
    if end != len(text) or has_lone_surrogate(text):
        raise Reject("not_json")
    return value


# ---- From files to records --------------------------------------------------------------------


def input_files(folder, part):
    def visible(path):
        names = path.relative_to(folder / part).parts
        return not any(name[0] in "_." for name in names) and path.name.lower().endswith(SUFFIXES)

    files = [p for p in (folder / part).rglob("*") if p.is_file() and visible(p)]
    files = [p for p in files if p.stat().st_size > 0]
    return sorted(files, key=lambda path: bytes(path.relative_to(folder)))


def read_file(path):
    data = path.read_bytes()
    if path.suffix.lower() == ".gz":
        data = gzip.decompress(data)
    elif path.suffix.lower() == ".zst":
        data = pa.CompressedInputStream(pa.BufferReader(data), "zstd").read()
    return data


def lines(data):
    """(line, byte_offset, bytes) of each line that is not blank."""
    offset = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    for number, line in enumerate(data[offset:].split(b"\n"), start=1):
        blanks = len(line) - len(line.lstrip(b" \t\r"))
        if blanks < len(line):
            yield number, offset + blanks, line[blanks:].removesuffix(b"\r")
        offset += len(line) + 1


TOKENS = re.compile(r'"(?:[^"\\]+|\\.)*"|[\[\]{}]|[^\[\]{}"]+|"', re.DOTALL)


def is_whole(text):
    """Whether `text` is one value and nothing else, nested as deep as it may be."""
    try:
        _, end = DECODER.raw_decode(text, len(text) - len(text.lstrip(SPACE)))
        return not text[end:].strip(SPACE)
    except ValueError:
        return False
    except RecursionError:  # then bracket by bracket, with null for what is nested
        inside = [""]
        try:
            for token in TOKENS.findall(text):
                if token in "]}":
                    DECODER.decode(inside.pop() + token)
                    inside[-1] += "null"
                elif token in "[{":
                    inside.append(token)
                else:
                    inside[-1] += token
            (rest,) = inside
        except (ValueError, IndexError):
            return False
        return rest.strip(SPACE) == "null"


def documents(data):
    """The same for a file that as a whole is one object or one array of objects, else None."""
    start = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    text = data[start:].decode("latin-1")  # each byte a character: it may be no UTF-8
    if len(data) > MAX_DOCUMENT_BYTES or not is_whole(text) or has_lone_surrogate(text):
        return None
    top = 1 if text.lstrip(SPACE).startswith("[") else 0
    found, level, at = [], 0, 0
    for token in TOKENS.findall(text):
        if level == top and token == "{":
            begin = at
        elif level == top and token not in "]}" and token.strip(SPACE + ","):
            return None  # an element that is no object
        at += len(token)
        level += 1 if token in "[{" else -1 if token in "]}" else 0
        if level == top and token == "}":
            line = text.count("\n", 0, begin) + 1
            found.append((line, start + begin, data[start + begin : start + at]))
    return found


def is_utf16(record):
    """By a byte-order mark, or by a zero byte beside each of the first two characters."""
    first = record[:4]
    return first[:2] in (b"\xff\xfe", b"\xfe\xff") or (
        len(first) == 4
        and any(0 < min(a, b) and max(a, b) < 128 and c == d == 0
                for a, c, b, d in (first, [first[i] for i in (1, 0, 3, 2)]))
    )  # fmt: skip


def records(folder, part, source, whole_files):
    """The (object, file, line, byte_offset) of each record that is one; the others are rejected."""
    for path in input_files(folder, part):
        source.files += 1
        data = read_file(path)
        name = str(path.relative_to(folder))
        found = documents(data) if whole_files else None
        for line, offset, record in lines(data) if found is None else found:
            source.records += 1
            try:
                if len(record) > MAX_RECORD_BYTES:
                    raise Reject("too_long")
                if is_utf16(record):
                    raise Reject("not_utf8")
                yield parse(record.decode()), (name, line, offset)
            except UnicodeDecodeError:
                source.rejects.append((name, line, offset, "not_utf8"))
            except Reject as reject:
                source.rejects.append((name, line, offset, reject.code))


# ---- From records to typed rows ---------------------------------------------------------------


def integer(value, bits):
    if not isinstance(value, Number) or not re.fullmatch(r"-?\d+", value):
        raise Reject("wrong_type")
    number = int(value[:30])  # enough digits to be out of range
    if not -(2 ** (bits - 1)) <= number < 2 ** (bits - 1):
        raise Reject("out_of_range")
    return number


def double(value):
    if not isinstance(value, Number):
        raise Reject("wrong_type")
    number = float(value)
    if abs(number) == float("inf"):
        raise Reject("out_of_range")
    return number


def string(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        raise Reject("wrong_type")
    return str(value)


def typed(record, name, kind, required=False):
    value = record.get(name)
    if value is not None:
        if kind in INTEGER_BITS:
            value = integer(value, INTEGER_BITS[kind])
        else:
            value = double(value) if kind == "double" else string(value)
    if required and value in (None, ""):
        raise Reject("missing_field")
    return value


def partition_folder(name, value):
    """name=value, escaped as Spark and Hive do."""
    return f"{name}=" + "".join(f"%{ord(c):02X}" if ord(c) in ESCAPED else c for c in value)


def song_of(record):
    song = {
        name: typed(record, name, kind, required=name in ("song_id", "artist_id"))
        for name, kind in SONG_FIELDS.items()
    }
    song["year"] = song["year"] or 0
    folder = partition_folder("artist_id", song["artist_id"])
    if song["artist_id"] == NULL_PARTITION or len(folder.encode()) > MAX_FOLDER_BYTES:
        raise Reject("out_of_range")
    return song


def play_of(record):
    """The play that an event is, or None."""
    ts = typed(record, "ts", "int64", required=True)
    page = typed(record, "page", "string", required=True)
    if not 0 <= ts <= LAST_TS:
        raise Reject("out_of_range")
    if page != "NextSong":
        return None
    required = ("userId", "sessionId", "itemInSession")
    return {"ts": ts} | {
        name: typed(record, name, kind, required=name in required)
        for name, kind in LOG_FIELDS.items()
    }


def read_songs(folder):
    source, songs = Source(), []
    for record, place in records(folder, "song_data", source, whole_files=True):
        source.unknown.update(record.keys() - SONG_FIELDS.keys() - SONG_UNUSED)
        try:
            songs.append(song_of(record))
        except Reject as reject:
            source.rejects.append((*place, reject.code))
    return source, songs


def read_plays(folder):
    source, plays = Source(), []
    known = LOG_FIELDS.keys() | LOG_UNUSED | {"ts", "page"}
    for record, place in records(folder, "log_data", source, whole_files=False):
        source.unknown.update(record.keys() - known)
        try:
            play = play_of(record)
            if play is None:
                source.left_out += 1
            else:
                plays.append(play)
        except Reject as reject:
            source.rejects.append((*place, reject.code))
    return source, plays


# ---- The tables -------------------------------------------------------------------------------


def order(row, *names):
    """A sort key: null is less than every value, strings as UTF-8 bytes (= code points)."""
    return tuple((row[name] is not None, row[name]) for name in names)


def group(rows, name):
    groups = defaultdict(list)
    for row in rows:
        groups[row[name]].append(row)
    return groups.items()


def songs_table(songs):
    columns = ("song_id", "title", "artist_id", "year", "duration")
    for _, rows in group(songs, "song_id"):
        best = min(rows, key=lambda row: order(row, "title", "artist_id", "year", "duration"))
        yield {name: best[name] for name in columns}


def artists_table(songs):
    columns = ("artist_name", "artist_location", "artist_latitude", "artist_longitude")
    for artist_id, rows in group(songs, "artist_id"):
        newest = max(row["year"] for row in rows)
        rows = [row for row in rows if row["year"] == newest]
        best = min(rows, key=lambda row: order(row, "song_id", *columns))
        yield {"artist_id": artist_id} | {n.removeprefix("artist_"): best[n] for n in columns}


def users_table(plays):
    moment = ("ts", "sessionId", "itemInSession")
    for user_id, rows in group(plays, "userId"):
        person = ("level", "firstName", "lastName", "gender")
        best = max(rows, key=lambda row: order(row, *moment, *person))
        yield {
            "user_id": user_id,
            "first_name": best["firstName"],
            "last_name": best["lastName"],
            "gender": best["gender"],
            "level": best["level"],
        }


def instant(ts):
    return EPOCH + timedelta(milliseconds=ts)


def time_table(plays):
    for ts in sorted({play["ts"] for play in plays}):
        at = instant(ts)
        yield {
            "start_time": at,
            "hour": at.hour,
            "day": at.day,
            "week": at.isocalendar().week,
            "month": at.month,
            "year": at.year,
            "weekday": at.isoweekday() % 7 + 1,
        }


def distinct_plays(plays):
    names = ("userId", "sessionId", "itemInSession", "ts", "level", "location", "userAgent",
             "artist", "song", "length")  # fmt: skip
    distinct = {}
    for play in plays:
        values = tuple(play[name] for name in names[:-1])
        distinct.setdefault((*values, bits(play["length"])), play)
    return list(distinct.values())


def bits(number):
    return None if number is None else struct.pack("<d", number)


def song_index(songs):
    index = {}
    for song in sorted(songs, key=lambda song: (song["song_id"], song["artist_id"])):
        key = (song["title"], song["artist_name"], bits(song["duration"]))
        if None not in key:
            index.setdefault(key, song)
    return index


def songplays_table(plays, songs):
    index = song_index(songs)
    for play in plays:
        match = index.get((play["song"], play["artist"], bits(play["length"])), {})
        at = instant(play["ts"])
        yield {
            "songplay_id": songplay_id(play),
            "start_time": at,
            "user_id": play["userId"],
            "level": play["level"],
            "song_id": match.get("song_id"),
            "artist_id": match.get("artist_id"),
            "session_id": play["sessionId"],
            "location": play["location"],
            "user_agent": play["userAgent"],
            "song": play["song"],
            "artist": play["artist"],
            "length": play["length"],
            "year": at.year,
            "month": at.month,
        }


def play_key(play):
    return play["userId"], play["sessionId"], play["ts"], play["itemInSession"]


def read(folder):
    folder = Path(folder)
    songs_source, songs = read_songs(folder)
    logs_source, all_plays = read_plays(folder)
    plays = distinct_plays(all_plays)
    keys = Counter(play_key(play) for play in plays)
    tables = {
        "songs": list(songs_table(songs)),
        "artists": list(artists_table(songs)),
        "users": list(users_table(all_plays)),
        "time": list(time_table(plays)),
        "songplays": list(songplays_table(plays, songs)),
    }
    return Result(
        songs=songs_source,
        logs=logs_source,
        tables=tables,
        matched=sum(row["song_id"] is not None for row in tables["songplays"]),
        identical=len(all_plays) - len(plays),
        shared_keys=sum(count > 1 for count in keys.values()),
    )


# ---- songplay_id: Spark's xxhash64, which is XXH64 chained from seed 42 -------------------------

MASK = 2**64 - 1
P1, P2, P3 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
P4, P5 = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5


def rotl(value, count):
    return (value << count | value >> (64 - count)) & MASK


def mix_lane(lane, word):
    return rotl((lane + word * P2) & MASK, 31) * P1 & MASK


def xxh64(data, seed):
    at = 0
    if len(data) >= 32:
        lanes = [(seed + P1 + P2) & MASK, (seed + P2) & MASK, seed, (seed - P1) & MASK]
        while at + 32 <= len(data):
            words = struct.unpack_from("<4Q", data, at)
            lanes = [mix_lane(lane, word) for lane, word in zip(lanes, words)]
            at += 32
        h = sum(rotl(lane, count) for lane, count in zip(lanes, (1, 7, 12, 18))) & MASK
        for lane in lanes:
            h = ((h ^ mix_lane(0, lane)) * P1 + P4) & MASK
    else:
        h = (seed + P5) & MASK
    h = (h + len(data)) & MASK
    for _ in range((len(data) - at) // 8):
        h = (rotl(h ^ mix_lane(0, *struct.unpack_from("<Q", data, at)), 27) * P1 + P4) & MASK
        at += 8
    if at + 4 <= len(data):
        h = (rotl(h ^ struct.unpack_from("<I", data, at)[0] * P1 & MASK, 23) * P2 + P3) & MASK
        at += 4
    for byte in data[at:]:
        h = rotl(h ^ byte * P5 & MASK, 11) * P1 & MASK
    h = (h ^ h >> 33) * P2 & MASK
    h = (h ^ h >> 29) * P3 & MASK
    return h ^ h >> 32


def spark_xxhash64(*values):
    """Strings as UTF-8, integers as bigint; null leaves the hash as it is."""
    h = 42
    for value in values:
        if value is not None:
            h = xxh64(value.encode() if isinstance(value, str) else struct.pack("<q", value), h)
    return h - 2**64 if h >= 2**63 else h


def songplay_id(play):
    return spark_xxhash64(*play_key(play))
