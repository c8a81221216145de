"""The Parquet writer, judged by other readers: pyarrow, DuckDB and Polars read its files value for
value, filter by its statistics, and parquet_file.py holds each byte against the format.

SPARKIFY_BUILD   the build whose tests/system/parquet_writer is run (default: the release build)
"""

import math
import os
import random
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars
import pyarrow
import pyarrow.parquet
import pytest

import parquet_file
from parquet_file import DELTA_BINARY_PACKED, PLAIN, RLE, RLE_DICTIONARY

PROJECT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("SPARKIFY_BUILD") or PROJECT / "build/release")
WRITER = BUILD / "tests/system/parquet_writer"
CODECS = {"none": 0, "snappy": 1, "zstd": 6}
INT32 = (-(2**31), 2**31 - 1)
INT64 = (-(2**63), 2**63 - 1)
NAN = float("nan")
INF = float("inf")


# ---- Writing ----------------------------------------------------------------------------------


@dataclass
class Field:
    name: str
    kind: str
    nullable: bool = False
    dictionary: bool = False  # strings are handed over with a dictionary


@dataclass
class Options:
    codec: str = "zstd"
    level: int = 1
    page_rows: int = 20000
    page_bytes: int = 1 << 20
    dictionary_bytes: int = 1 << 20
    mode: str = "groups"


def bitmap(bits):
    bits = list(bits)
    out = bytearray((len(bits) + 7) // 8)
    for i, bit in enumerate(bits):
        out[i // 8] |= bool(bit) << i % 8
    # What lies behind the last bit is nobody's: fill it, so that who reads it is found out.
    if len(bits) % 8:
        out[-1] |= 0xFF << len(bits) % 8 & 0xFF
    return bytes(out)


def string_buffers(strings):
    raw = [text.encode() for text in strings]
    ends, at = [0], 0
    for part in raw:
        at += len(part)
        ends.append(at)
    return struct.pack(f"<{len(ends)}I", *ends), b"".join(raw)


def column_buffers(field, values):
    """Validity, values, offsets and data as Arrow has them; a null's slot holds rubbish."""
    validity = bitmap(value is not None for value in values) if None in values else b""
    if field.kind == "string" and field.dictionary:
        # Distinct values in an order that is not that of first use, and some that none uses.
        distinct = sorted({value for value in values if value is not None})
        codes = {text: code for code, text in enumerate(distinct)}
        if len(distinct) % 2:
            distinct += [f"unused {i}" for i in range(3)]
        slots = [codes.get(value, 0xDEADBEEF) for value in values]
        return validity, struct.pack(f"<{len(slots)}I", *slots), *string_buffers(distinct)
    if field.kind == "string":
        return validity, b"", *string_buffers("rubbish" if value is None else value
                                              for value in values)
    if field.kind == "boolean":
        return validity, bitmap(value is None or value for value in values), b"", b""
    code = parquet_file.FORMAT[field.kind][1]
    slots = [-(2**31) + 7 if value is None else value for value in values]
    return validity, struct.pack(f"<{len(slots)}{code}", *slots), b"", b""


def describe(fields, groups, options):
    parts = [
        f"codec {options.codec} {options.level}\n"
        f"pages {options.page_rows} {options.page_bytes} {options.dictionary_bytes}\n".encode()
    ]
    for field in fields:
        parts.append(f"field {field.kind} {int(field.nullable)} {field.name}\n".encode())
    for columns in groups:
        parts.append(f"rows {len(columns[0])}\n".encode())
        for field, values in zip(fields, columns, strict=True):
            buffers = column_buffers(field, values)
            sizes = " ".join(str(len(part)) for part in buffers)
            parts.append(f"column {sizes} {int(field.dictionary)}\n".encode())
            parts.extend(buffers)
    return b"".join(parts)


def write(path, fields, groups, options):
    assert WRITER.exists(), f"{WRITER} is missing: build it, or set SPARKIFY_BUILD to the build"
    run = subprocess.run(
        [WRITER, options.mode, path],
        input=describe(fields, groups, options),
        capture_output=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr.decode()


# ---- Reading ----------------------------------------------------------------------------------


def comparable(kind, values):
    """Doubles as their bits: NaN is equal to itself, and -0.0 not to +0.0."""
    if kind == "double":
        return [None if value is None else struct.pack("<d", value) for value in values]
    return values


def read_pyarrow(path, fields):
    file = pyarrow.parquet.ParquetFile(path, page_checksum_verification=True)
    table = file.read()
    for i, field in enumerate(fields):
        if field.kind == "timestamp":
            assert table.schema.field(i).type == pyarrow.timestamp("us", tz="UTC")
            table = table.set_column(i, field.name, table.column(i).cast(pyarrow.int64()))
    return [table.column(i).to_pylist() for i in range(len(fields))]


def read_duckdb(path, fields):
    names = [f"epoch_us({f.name})" if f.kind == "timestamp" else f.name for f in fields]
    rows = duckdb.sql(f"SELECT {', '.join(names)} FROM read_parquet('{path}')").fetchall()
    return [[row[i] for row in rows] for i in range(len(fields))]


def read_polars(path, fields):
    frame = polars.read_parquet(path)
    return [frame[field.name].to_physical().to_list() for field in fields]


READERS = {"pyarrow": read_pyarrow, "duckdb": read_duckdb, "polars": read_polars}


def check_values(path, fields, groups):
    for reader, read in READERS.items():
        columns = read(path, fields)
        for i, field in enumerate(fields):
            written = [value for columns in groups for value in columns[i]]
            assert comparable(field.kind, columns[i]) == comparable(field.kind, written), (
                f"{reader} reads other values of {field.name}"
            )


def check_filters(path, fields, groups):
    """A reader that skips by statistics finds what is there: each column's least, greatest and
    middle value, counted."""
    for i, field in enumerate(fields):
        values = [value for columns in groups for value in columns[i]]
        values = [value for value in values if value is not None and value == value]
        if not values or field.kind in ("boolean", "timestamp"):
            continue
        for wanted in {min(values), max(values), values[len(values) // 2]}:
            count = sum(value == wanted for value in values)
            table = pyarrow.parquet.read_table(
                path, columns=[field.name], filters=[(field.name, "=", wanted)]
            )
            assert table.num_rows == count, f"pyarrow, {field.name} = {wanted!r}"
            query = f"SELECT count(*) FROM read_parquet('{path}') WHERE {field.name} = ?"
            assert duckdb.execute(query, [wanted]).fetchall() == [(count,)], f"{wanted!r}"
            frame = polars.scan_parquet(path).filter(polars.col(field.name) == wanted)
            assert frame.select(polars.len()).collect().item() == count, f"{wanted!r}"


def check_pyarrow_metadata(path, fields, groups):
    file = pyarrow.parquet.ParquetFile(path)
    groups = [columns for columns in groups if len(columns[0])]
    assert file.metadata.num_row_groups == len(groups)
    assert file.metadata.created_by == "sparkify version 0.0.1"
    for number, columns in enumerate(groups):
        for i, field in enumerate(fields):
            chunk = file.metadata.row_group(number).column(i)
            assert chunk.has_offset_index
            assert chunk.statistics.null_count == columns[i].count(None)
            values = [value for value in columns[i] if value is not None and value == value]
            if field.kind in ("int32", "int64") and values:
                assert chunk.has_column_index
                assert (chunk.statistics.min, chunk.statistics.max) == (min(values), max(values))


def round_trip(path, fields, groups, options=None):
    """Writes, checks all there is to check, and returns the file taken apart."""
    write(path, fields, groups, options or Options())
    file = parquet_file.File(path)
    file.check([(field.name, field.kind, field.nullable) for field in fields], groups)
    check_values(path, fields, groups)
    check_pyarrow_metadata(path, fields, groups)
    check_filters(path, fields, groups)
    return file


@pytest.fixture
def path(tmp_path):
    return tmp_path / "file.parquet"


# ---- Values of all kinds ----------------------------------------------------------------------

ALPHABETS = ["abcdefghij", "äöüß", "東京都区", "😀🎵", "a\x00\n\"'\\", "\x7f\x80߿ࠀ\uffff\U0010ffff"]


def random_text(rng, longest=20):
    alphabet = rng.choice(ALPHABETS)
    return "".join(rng.choice(alphabet) for _ in range(rng.randrange(longest + 1)))


def random_double(rng):
    special = [0.0, -0.0, INF, -INF, NAN, 5e-324, 1.7976931348623157e308]
    return rng.choice(special) if rng.random() < 0.2 else rng.gauss(0, 1e6)


MAKERS = {
    "boolean": lambda rng: rng.random() < 0.5,
    "int32": lambda rng: rng.randint(*INT32),
    "int64": lambda rng: rng.randint(*INT64),
    "timestamp": lambda rng: rng.randrange(253402300800 * 10**6),
    "double": random_double,
    "string": random_text,
}


def random_values(rng, field, count, shape):
    make = MAKERS[field.kind]
    if shape == "few":
        few = [make(rng) for _ in range(rng.choice([1, 2, 3, 9, 40]))]
        return [rng.choice(few) for _ in range(count)]
    if shape == "runs":
        values = []
        while len(values) < count:
            values += [make(rng)] * rng.randrange(1, 200)
        return values[:count]
    if shape == "ascending" and field.kind in ("int32", "int64", "timestamp"):
        start = make(rng) // 2
        return [start + i * 37 + rng.randrange(30) for i in range(count)]
    return [make(rng) for _ in range(count)]


def with_nulls(rng, field, values):
    if not field.nullable:
        return values
    share = rng.choice([0, 0.01, 0.5, 0.99, 1])
    values = [None if rng.random() < share else value for value in values]
    if rng.random() < 0.3 and values:  # pages of nothing but nulls, between others
        begin = rng.randrange(len(values))
        end = rng.randrange(begin, len(values))
        values[begin:end] = [None] * (end - begin)
    return values


ALL_FIELDS = [
    Field(f"{kind}_{'null' if nullable else 'all'}{'_coded' if coded else ''}", kind, nullable, coded)
    for kind in MAKERS
    for nullable in (False, True)
    for coded in ((False, True) if kind == "string" else (False,))
]


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("seed", range(12))
def test_random_batches(path, codec, seed):
    rng = random.Random(seed)
    options = Options(
        codec=codec,
        level=rng.choice([1, 3, 9]),
        page_rows=rng.choice([1, 7, 64, 500, 20000]),
        page_bytes=rng.choice([1, 500, 1 << 20]),
        dictionary_bytes=rng.choice([0, 100, 1 << 20]),
    )
    groups = []
    for rows in [rng.choice([0, 1, 2, 8, 17, 1000, 1003]) for _ in range(rng.randrange(1, 4))]:
        shape = rng.choice(["random", "few", "runs", "ascending"])
        groups.append([
            with_nulls(rng, field, random_values(rng, field, rows, shape)) for field in ALL_FIELDS
        ])
    round_trip(path, ALL_FIELDS, groups, options)


@pytest.mark.parametrize("rows", [1, 2, 16, 17, 100])
def test_small_files_are_the_same_as_others(path, tmp_path, rows):
    rng = random.Random(rows)
    groups = [[
        with_nulls(rng, field, random_values(rng, field, rows, "few")) for field in ALL_FIELDS
    ]]
    round_trip(path, ALL_FIELDS, groups, Options(mode="small"))
    other = tmp_path / "other.parquet"
    write(other, ALL_FIELDS, groups, Options(mode="groups"))
    assert path.read_bytes() == other.read_bytes()


@pytest.mark.parametrize("mode", ["groups", "small"])
def test_a_batch_without_rows_leaves_no_row_group(path, mode):
    file = round_trip(path, ALL_FIELDS, [[[] for _ in ALL_FIELDS]], Options(mode=mode))
    assert file.groups == []


def test_a_file_without_batches(path):
    file = round_trip(path, ALL_FIELDS, [])
    assert file.groups == [] and file.footer[3] == 0


def test_many_row_groups(path):
    fields = [Field("number", "int32"), Field("name", "string", True)]
    groups = [[[i, i + 1], [None, f"group {i}"]] for i in range(300)]
    file = round_trip(path, fields, groups)
    assert len(file.groups) == 300


# ---- Values at their limits -------------------------------------------------------------------


@pytest.mark.parametrize("repeat", [1, 50])
@pytest.mark.parametrize("kind, values", [
    ("int32", [*INT32, 0, -1, 1, *INT32]),
    ("int64", [*INT64, 0, -1, 1, *INT64]),
    ("timestamp", [0, 1, 253402300799999999]),
    ("double", [0.0, -0.0, INF, -INF, 5e-324, -1.7976931348623157e308]),
    ("string", ["", "\x00", "a\x00b", "\x00\x00", "\U0010ffff", "zero \x00 byte"]),
])
def test_extreme_values(path, kind, values, repeat):
    round_trip(path, [Field("x", kind)], [[values * repeat]], Options(page_rows=40))


ZEROS = [[0.0], [-0.0], [0.0, 1.0], [-0.0, 1.0], [-1.0, 0.0], [-1.0, -0.0], [0.0, -0.0]]


@pytest.mark.parametrize("values", [
    *ZEROS, [NAN], [NAN, 1.0], [1.0, NAN], [NAN, None], [None, NAN, -0.0], [None],
])
def test_nan_and_zero_in_statistics(path, values):
    round_trip(path, [Field("x", "double", True)], [[values]])


def test_no_column_index_where_a_page_has_only_nan(path):
    values = [1.0] * 10 + [NAN] * 10 + [None] * 10
    file = round_trip(path, [Field("x", "double", True)], [[values]], Options(page_rows=10))
    assert file.groups[0][0].column_index is None
    file = round_trip(path, [Field("x", "double", True)], [[values]], Options(page_rows=30))
    assert file.groups[0][0].column_index is not None


# For each length in bytes: a code point, the last of its length, and the last before the surrogates.
ENDS = ["a", "\x7f", "é", "\u07ff", "東", "\ud7ff", "\uffff", "🎵", "\U0010ffff"]


@pytest.mark.parametrize("before", range(58, 67))
@pytest.mark.parametrize("end", ENDS)
def test_strings_cut_in_statistics(path, before, end):
    values = ["k" * before + end, "k" * before + end + "tail"]
    round_trip(path, [Field("x", "string")], [[values]])


def test_a_maximum_that_cannot_be_shortened_is_left_out(path):
    file = round_trip(path, [Field("x", "string")], [[["a", "\U0010ffff" * 40]]])
    statistics = file.groups[0][0].meta[12]
    assert 5 not in statistics and statistics[6] == b"a"
    assert file.groups[0][0].column_index is None


@pytest.mark.parametrize("codec", CODECS)
def test_long_strings(path, codec):
    rng = random.Random(1)
    noise = "".join(chr(rng.randrange(32, 0xD800)) for _ in range(1 << 19))
    values = ["x" * (1 << 20), "", noise, None, "東" * (1 << 20), noise + "!", "short"] * 3
    for dictionary in (False, True):
        field = Field("x", "string", True, dictionary)
        file = round_trip(path, [field], [[values]], Options(codec=codec))
        assert len(file.groups[0][0].pages) > 10, "pages are cut by their bytes"


# ---- Encodings --------------------------------------------------------------------------------


def encoding_of(file, column=0):
    encodings = {page.encoding for group in file.groups for page in group[column].pages}
    assert len(encodings) == 1
    return encodings.pop()


def shaped(kind, shape, count, rng):
    numbers = {
        "random": lambda: [MAKERS[kind](rng) for _ in range(count)],
        "ascending": lambda: [10**6 + 50 * i + rng.randrange(50) for i in range(count)],
        "descending": lambda: [10**8 - 50 * i - rng.randrange(50) for i in range(count)],
        "few": lambda: [rng.randrange(7) for _ in range(count)],
        "runs": lambda: [1000003 * (i // 900) % 24 for i in range(count)],
        "constant": lambda: [2018] * count,
        "session": lambda: [i // 20 + rng.randrange(300) for i in range(count)],
    }
    return numbers[shape]()


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("kind, shape, expected", [
    ("int64", "random", PLAIN),
    ("int32", "random", PLAIN),
    ("int64", "ascending", DELTA_BINARY_PACKED),
    ("int32", "ascending", DELTA_BINARY_PACKED),
    ("timestamp", "ascending", DELTA_BINARY_PACKED),
    ("timestamp", "descending", DELTA_BINARY_PACKED),
    ("int64", "session", DELTA_BINARY_PACKED),
    ("int32", "few", RLE_DICTIONARY),
    ("int32", "runs", RLE_DICTIONARY),
    ("int32", "constant", RLE_DICTIONARY),
    ("int64", "few", RLE_DICTIONARY),
    ("double", "random", PLAIN),
    ("double", "few", RLE_DICTIONARY),
])
def test_encoding_of_numbers(path, codec, kind, shape, expected):
    rng = random.Random(3)
    values = shaped(kind, shape, 10007, rng)
    nullable = [None if rng.random() < 0.1 else value for value in values]
    fields = [Field("x", kind), Field("y", kind, True)]
    options = Options(codec=codec, page_rows=3000)
    file = round_trip(path, fields, [[values, nullable]], options)
    assert encoding_of(file) == encoding_of(file, 1) == expected
    if kind == "int64" and shape == "random":
        assert file.groups[0][0].meta[4] == parquet_file.UNCOMPRESSED


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("dictionary", [False, True])
@pytest.mark.parametrize("distinct, expected", [
    (1, RLE_DICTIONARY), (2, RLE_DICTIONARY), (3, RLE_DICTIONARY), (200, RLE_DICTIONARY),
    (1500, RLE_DICTIONARY), (30000, PLAIN),
])
def test_encoding_of_strings(path, codec, dictionary, distinct, expected):
    rng = random.Random(4)
    values = [f"value {rng.randrange(distinct)} of many" for _ in range(8000)]
    if expected == PLAIN:
        values = [f"value {i} {rng.random()}" for i in range(8000)]
    nullable = [None if rng.random() < 0.1 else value for value in values]
    fields = [Field("x", "string", False, dictionary), Field("y", "string", True, dictionary)]
    options = Options(codec=codec, page_rows=1000)
    file = round_trip(path, fields, [[values, nullable]], options)
    assert encoding_of(file) == encoding_of(file, 1) == expected


@pytest.mark.parametrize("dictionary", [False, True])
def test_a_large_dictionary_falls_back(path, dictionary):
    values = [f"{i % 900:0100}" for i in range(5000)]
    field = Field("x", "string", False, dictionary)
    for limit, expected in [(104 * 900, RLE_DICTIONARY), (104 * 900 - 1, PLAIN)]:
        file = round_trip(path, [field], [[values]], Options(dictionary_bytes=limit))
        assert encoding_of(file) == expected


@pytest.mark.parametrize("values, expected", [
    ([True, False] * 4000, PLAIN),
    ([True] * 5000 + [False] * 3000, RLE),
    ([False] * 8001, RLE),
])
def test_encoding_of_booleans(path, values, expected):
    fields = [Field("x", "boolean"), Field("y", "boolean", True)]
    nullable = [None] * 100 + values[100:]
    file = round_trip(path, fields, [[values, nullable]], Options(page_rows=3001))
    assert encoding_of(file) == encoding_of(file, 1) == expected


def test_repeated_values_take_next_to_no_space(path):
    rows = 100000
    hours = [i * 24 // rows for i in range(rows)]
    file = round_trip(path, [Field("hour", "int32")], [[hours]], Options(codec="none"))
    assert file.groups[0][0].meta[7] < 1000


@pytest.mark.parametrize("codec", CODECS)
def test_the_codec_is_used_where_it_gains(path, codec):
    rng = random.Random(5)
    text = [" ".join(f"word {rng.randrange(100)}" for _ in range(20)) for _ in range(2000)]
    noise = [rng.randint(*INT64) for _ in range(2000)]
    fields = [Field("text", "string"), Field("noise", "int64")]
    file = round_trip(path, fields, [[text, noise]], Options(codec=codec))
    assert [chunk.meta[4] for chunk in file.groups[0]] == [CODECS[codec], 0]


@pytest.mark.parametrize("values, order", [
    (list(range(900)), parquet_file.ASCENDING),
    (list(range(900, 0, -1)), parquet_file.DESCENDING),
    ([i * 7919 % 900 for i in range(900)], parquet_file.UNORDERED),
    ([None] * 300 + list(range(300)) + [None] * 300, parquet_file.ASCENDING),
    ([None] * 900, parquet_file.ASCENDING),
    ([5] * 900, parquet_file.ASCENDING),
])
def test_boundary_order(path, values, order):
    strings = [None if value is None else f"{value:05}" for value in values]
    doubles = [None if value is None else value - 300.5 for value in values]
    fields = [Field("n", "int64", True), Field("s", "string", True), Field("d", "double", True)]
    file = round_trip(path, fields, [[values, strings, doubles]], Options(page_rows=100))
    assert [chunk.column_index[4] for chunk in file.groups[0]] == [order] * 3


def test_nan_compares_as_itself():
    assert math.isnan(NAN) and comparable("double", [NAN]) == comparable("double", [NAN])
