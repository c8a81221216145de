"""The Parquet writer, read back by others: pyarrow, DuckDB and Polars read its files value for
value, filter by its statistics, and parquet_file.py holds each byte against the format.

SPARKIFY_BUILD   the build whose tests/system/parquet_writer is run (default: the release build)
"""

import datetime
import decimal
import math
import os
import random
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

import duckdb
import parquet_file
import polars
import pyarrow
import pyarrow.compute
import pyarrow.parquet
import pytest
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
            parts.append(f"column 0 {sizes} {int(field.dictionary)}\n".encode())
            parts.extend(buffers)
    return b"".join(parts)


def run_writer(path, mode, description):
    assert WRITER.exists(), f"{WRITER} is missing: build it, or set SPARKIFY_BUILD to the build"
    run = subprocess.run(
        [WRITER, mode, path], input=description, capture_output=True, timeout=120
    )
    assert run.returncode == 0, run.stderr.decode()


def write(path, fields, groups, options):
    run_writer(path, options.mode, describe(fields, groups, options))


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


DAY = datetime.date(1970, 1, 1)
ANNOTATED = {
    "date": ("int32", [-719162, -1, 0, 17836, None, 2932896]),
    "decimal:18:0": ("int64", [-(10**18) + 1, -1, None, 0, 10**18 - 1]),
    "decimal:9:2": ("int64", [-999999999, -5, 0, 5, 100, None, 999999999]),
    "decimal:3:3": ("int64", [-999, None, 0, 1, 999]),
}


def annotated_value(kind, number):
    if number is None:
        return None
    if kind == "date":
        return DAY + datetime.timedelta(days=number)
    return decimal.Decimal(number).scaleb(-int(kind.split(":")[2]))


@pytest.mark.parametrize("mode", ["groups", "small"])
@pytest.mark.parametrize("kind", ANNOTATED)
def test_dates_and_decimals(path, kind, mode):
    stored, numbers = ANNOTATED[kind]
    description = describe([Field("x", stored, True)], [[numbers]], Options())
    run_writer(path, mode, description.replace(f"field {stored} ".encode(),
                                               f"field {kind} ".encode()))
    expected = [annotated_value(kind, number) for number in numbers]
    table = pyarrow.parquet.read_table(path)
    wanted = (pyarrow.date32() if kind == "date"
              else pyarrow.decimal128(*map(int, kind.split(":")[1:])))
    assert table.schema.field("x").type == wanted
    assert table["x"].to_pylist() == expected
    assert duckdb.execute(f"SELECT x FROM '{path}'").fetchall() == [(x,) for x in expected]
    assert polars.read_parquet(path)["x"].to_list() == expected
    statistics = pyarrow.parquet.ParquetFile(path).metadata.row_group(0).column(0).statistics
    values = [x for x in expected if x is not None]
    assert (statistics.min, statistics.max) == (min(values), max(values))
    for wanted in values:
        found = duckdb.execute(f"SELECT count(*) FROM '{path}' WHERE x = ?", [wanted])
        assert found.fetchall() == [(1,)]


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


# ---- Nested columns ---------------------------------------------------------------------------


@dataclass
class Group:
    """A struct of its children, a list of its one child, or a map of its two."""

    name: str
    kind: str
    children: list
    nullable: bool = True


def describe_field(field):
    if isinstance(field, Field):
        return [f"field {field.kind} {int(field.nullable)} {field.name}"]
    repeated = {"struct": None, "list": "list", "map": "key_value"}[field.kind]
    count = len(field.children) if repeated is None else 1
    lines = [f"group {field.kind} {int(field.nullable)} 0 {count} {field.name}"]
    if repeated is not None:
        lines.append(f"group struct 0 1 {len(field.children)} {repeated}")
    return lines + [line for child in field.children for line in describe_field(child)]


def leaves(field, above=()):
    """(path, kind, definition) of each column below a field."""
    name, levels = (*above, field.name), int(field.nullable)
    if isinstance(field, Field):
        return [(name, field.kind, levels)]
    repeated = {"struct": (), "list": ("list",), "map": ("key_value",)}[field.kind]
    return [
        (path, kind, levels + len(repeated) + more)
        for child in field.children
        for path, kind, more in leaves(child, (*name, *repeated))
    ]


def shred(field, value, slots, above=(), repetition=0, definition=0, depth=0):
    """Appends to slots[path] the (repetition, definition, value) of each column below a field, as
    the format's README has it ("Nested Encoding")."""
    name = (*above, field.name)
    if value is None:
        for path, _, _ in leaves(field, above):
            slots[path].append((repetition, definition, None))
        return
    definition += field.nullable
    if isinstance(field, Field):
        slots[name].append((repetition, definition, value))
    elif field.kind == "struct":
        for child in field.children:
            shred(child, value[child.name], slots, name, repetition, definition, depth)
    elif not value:
        for path, _, _ in leaves(field, above):
            slots[path].append((repetition, definition, None))
    else:
        inner = (*name, "list" if field.kind == "list" else "key_value")
        for i, element in enumerate(value):
            parts = [element] if field.kind == "list" else element
            for child, part in zip(field.children, parts, strict=True):
                at = depth + 1 if i else repetition
                shred(child, part, slots, inner, at, definition + 1, depth + 1)


def shred_rows(fields, rows):
    slots = {path: [] for field in fields for path, _, _ in leaves(field)}
    for row in rows:
        for field in fields:
            shred(field, row[field.name], slots)
    return slots


def describe_nested(fields, groups, options):
    lines = [line for field in fields for line in describe_field(field)]
    head = describe([], [], options) + "".join(f"{line}\n" for line in lines).encode()
    parts = [head]
    for rows in groups:
        parts.append(f"rows {len(rows)}\n".encode())
        slots = shred_rows(fields, rows)
        for path, kind, definition in (leaf for field in fields for leaf in leaves(field)):
            present = [value for _, level, value in slots[path] if level == definition]
            buffers = column_buffers(Field("", kind), present)
            sizes = " ".join(str(len(part)) for part in buffers)
            parts.append(f"column {len(slots[path])} {sizes} 0\n".encode())
            parts.append(bytes(level for _, level, _ in slots[path]))
            parts.append(bytes(level for level, _, _ in slots[path]))
            parts.extend(buffers)
    return b"".join(parts)


def check_nested_file(path, fields, groups):
    columns = [leaf for field in fields for leaf in leaves(field)]
    parts = []
    for rows in groups:
        slots = shred_rows(fields, rows)
        parts.append([
            ([value for _, _, value in slots[name]],
             [i for i, (level, _, _) in enumerate(slots[name]) if level == 0])
            for name, _, _ in columns
        ])
    file = parquet_file.File(path)
    file.check_columns([(name, kind, definition > 0) for name, kind, definition in columns], parts)
    return file


ARROW = {"boolean": pyarrow.bool_(), "int32": pyarrow.int32(), "int64": pyarrow.int64(),
         "timestamp": pyarrow.timestamp("us", tz="UTC"), "double": pyarrow.float64(),
         "string": pyarrow.string()}


def arrow_field(field):
    if isinstance(field, Field):
        kind = ARROW[field.kind]
    elif field.kind == "struct":
        kind = pyarrow.struct([arrow_field(child) for child in field.children])
    elif field.kind == "list":
        kind = pyarrow.list_(arrow_field(field.children[0]))
    else:
        kind = pyarrow.map_(*(arrow_field(child) for child in field.children))
    return pyarrow.field(field.name, kind, field.nullable)


def plain_rows(rows):
    """Maps and their entries as lists, whatever a reader makes of them."""
    if isinstance(rows, dict):
        return {key: plain_rows(value) for key, value in rows.items()}
    if isinstance(rows, (list, tuple)):
        return [plain_rows(value) for value in rows]
    return rows


def nested_round_trip(path, fields, groups, options=None):
    options = options or Options()
    run_writer(path, options.mode, describe_nested(fields, groups, options))
    rows = plain_rows([row for rows in groups for row in rows])
    table = pyarrow.parquet.ParquetFile(path, page_checksum_verification=True).read()
    assert table.schema.equals(pyarrow.schema([arrow_field(field) for field in fields]))
    assert plain_rows(table.to_pylist()) == rows
    duck = duckdb.sql(f"SELECT * FROM read_parquet('{path}')").to_arrow_table()
    assert plain_rows(duck.to_pylist()) == rows
    assert plain_rows(polars.read_parquet(path).to_arrow().to_pylist()) == rows
    return check_nested_file(path, fields, groups)


def text_map(name):
    return Group(name, "map", [Field("key", "string"), Field("value", "string", True)])


NESTED_FIELDS = [
    Field("id", "int64"),
    Group("always", "struct", [Field("flag", "boolean"), Field("count", "int32", True)], False),
    Group("maybe", "struct", [
        Field("path", "string", True),
        text_map("properties"),
        Group("inner", "struct", [Field("size", "int64", True), Field("share", "double")]),
    ]),
    Group("names", "list", [Field("element", "string", True)]),
    Group("numbers", "list", [Field("element", "int32")], False),
    Group("lists", "list", [Group("element", "list", [Field("element", "int64", True)])]),
    Group("pairs", "list", [Group("element", "struct", [
        Field("x", "int32", True), Group("deep", "list", [Field("element", "boolean", True)]),
    ])]),
    text_map("tags"),
]


def random_nested(rng, field, shape):
    if field.nullable and rng.random() < shape["nulls"]:
        return None
    if isinstance(field, Field):
        if field.kind == "double":
            return rng.choice([0.5, -1.25, 1e300])
        return rng.randrange(5) if field.kind.startswith("int") else MAKERS[field.kind](rng)
    if field.kind == "struct":
        return {child.name: random_nested(rng, child, shape) for child in field.children}
    count = rng.choice([0, 0, 1, 2, shape["longest"]])
    if field.kind == "list":
        return [random_nested(rng, field.children[0], shape) for _ in range(count)]
    keys = [f"key {i}" for i in range(count)]
    return [(key, random_nested(rng, field.children[1], shape)) for key in keys]


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("seed", range(6))
def test_random_nested_batches(path, codec, seed):
    rng = random.Random(seed)
    options = Options(
        codec=codec,
        page_rows=rng.choice([1, 7, 64, 20000]),
        page_bytes=rng.choice([1, 500, 1 << 20]),
        dictionary_bytes=rng.choice([0, 100, 1 << 20]),
    )
    groups = []
    for rows in [rng.choice([1, 2, 17, 300]) for _ in range(rng.randrange(1, 4))]:
        shape = {"nulls": rng.choice([0, 0.1, 0.9, 1]), "longest": rng.choice([3, 9, 40])}
        groups.append([
            {field.name: random_nested(rng, field, shape) for field in NESTED_FIELDS}
            for _ in range(rows)
        ])
    nested_round_trip(path, NESTED_FIELDS, groups, options)


def test_nested_levels_in_long_runs(path):
    """Runs whose lengths are no multiples of 8, over several pages, as a checkpoint has them."""
    fields = [Group("a", "struct", [Field("n", "int64", True), text_map("m")]),
              Group("b", "struct", [Field("n", "int64", True), text_map("m")])]
    cell = [{"n": i, "m": [("year", str(i % 7)), ("name", f"name {i}")]} for i in range(12268)]
    rows = [{"a": value, "b": None} for value in cell] + [{"a": None, "b": value} for value in cell]
    file = nested_round_trip(path, fields, [rows], Options(page_rows=20000))
    assert all(len(chunk.pages) > 1 for chunk in file.groups[0])


def test_a_row_longer_than_a_page(path):
    fields = [Group("x", "list", [Field("element", "int32")])]
    rows = [{"x": list(range(100))}, {"x": []}, {"x": [7]}, {"x": None}, {"x": list(range(50))}]
    file = nested_round_trip(path, fields, [rows], Options(page_rows=10))
    assert [page.values for page in file.groups[0][0].pages] == [100, 53]


def test_nested_statistics_let_readers_skip(path):
    fields = [Group("s", "struct", [Field("n", "int64", True), Field("t", "string", True)])]
    rows = [None if i % 5 == 0 else {"n": i, "t": f"{i:05}"} for i in range(3000)]
    groups = [[{"s": row} for row in rows[at : at + 1000]] for at in (0, 1000, 2000)]
    nested_round_trip(path, fields, groups, Options(page_rows=100))
    metadata = pyarrow.parquet.ParquetFile(path).metadata
    chunk = metadata.row_group(1).column(0)
    assert chunk.path_in_schema == "s.n" and chunk.num_values == 1000
    assert (chunk.statistics.min, chunk.statistics.max) == (1001, 1999)
    assert chunk.statistics.null_count == 200
    for wanted, count in [(1001, 1), (1000, 0), (2999, 1), (1, 1), (3000, 0)]:
        query = f"SELECT count(*) FROM read_parquet('{path}') WHERE s.n = {wanted}"
        assert duckdb.sql(query).fetchall() == [(count,)]
        condition = pyarrow.compute.field("s", "n") == wanted
        assert pyarrow.parquet.read_table(path, filters=condition).num_rows == count
        frame = polars.scan_parquet(path).filter(
            polars.col("s").struct.field("t") == f"{wanted:05}")
        assert frame.collect().height == count
