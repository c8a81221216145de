"""A Parquet file parsed byte by byte, and compared with the values that were written.

The names of thrift's fields are those of parquet.thrift; nothing here knows how sparkify encodes,
only what the format demands of any file.
"""

import bisect
import math
import struct
import zlib
from dataclasses import dataclass, field

import thrift

PLAIN, RLE, DELTA_BINARY_PACKED, RLE_DICTIONARY = 0, 3, 5, 8
UNCOMPRESSED, SNAPPY, ZSTD = 0, 1, 6
DATA_PAGE, DICTIONARY_PAGE = 0, 2
UNORDERED, ASCENDING, DESCENDING = 0, 1, 2
BOUND_BYTES = 64
PHYSICAL = {"boolean": 0, "int32": 1, "int64": 2, "timestamp": 2, "double": 5, "string": 6}
FORMAT = {"boolean": "<?", "int32": "<i", "int64": "<q", "timestamp": "<q", "double": "<d"}
LOGICAL = {"string": {1: {}}, "timestamp": {8: {1: True, 2: {2: {}}}}}
CONVERTED = {"string": 0, "timestamp": 10}


@dataclass
class Page:
    kind: int
    offset: int
    bytes: int  # with its header
    plain_bytes: int  # with its header
    values: int
    encoding: int


@dataclass
class Chunk:
    meta: dict
    entry: dict  # ColumnChunk
    pages: list = field(default_factory=list)  # the data pages
    dictionary: Page = None
    column_index: dict = None
    offset_index: dict = None


class File:
    def __init__(self, path):
        self.data = path.read_bytes()
        assert self.data[:4] == self.data[-4:] == b"PAR1"
        (size,) = struct.unpack("<I", self.data[-8:-4])
        self.footer_offset = len(self.data) - 8 - size
        self.footer, end = thrift.read(self.data, self.footer_offset)
        assert end == len(self.data) - 8, "the footer's length is not that of its struct"
        self.groups = [[self._chunk(entry) for entry in group[1]] for group in self.footer[4]]

    def _page(self, offset):
        header, begin = thrift.read(self.data, offset)
        payload = self.data[begin : begin + header[3]]
        assert len(payload) == header[3]
        assert zlib.crc32(payload) == header[4] & 0xFFFFFFFF, "CRC-32 of a page"
        detail = header[5] if header[1] == DATA_PAGE else header[7]
        if header[1] == DATA_PAGE:
            assert detail[3] == detail[4] == RLE
        return Page(
            kind=header[1],
            offset=offset,
            bytes=begin - offset + header[3],
            plain_bytes=begin - offset + header[2],
            values=detail[1],
            encoding=detail[2],
        )

    def _chunk(self, entry):
        meta = entry[3]
        chunk = Chunk(meta, entry)
        at = meta.get(11, meta[9])
        end = at + meta[7]
        while at < end:
            page = self._page(at)
            at += page.bytes
            if page.kind == DICTIONARY_PAGE:
                assert not chunk.pages and chunk.dictionary is None
                chunk.dictionary = page
            else:
                chunk.pages.append(page)
        assert at == end
        chunk.offset_index, end = thrift.read(self.data, entry[4])
        assert end == entry[4] + entry[5]
        if 6 in entry:
            chunk.column_index, end = thrift.read(self.data, entry[6])
            assert end == entry[6] + entry[7]
        return chunk

    def check(self, fields, groups):
        """`fields`: (name, type, nullable); `groups`: for each row group a list of values for each
        field."""
        self._check_footer(fields, groups)
        self.check_columns(
            [((name,), kind, nullable) for name, kind, nullable in fields],
            [[(values, range(len(values))) for values in columns] for columns in groups],
        )

    def check_columns(self, columns, groups):
        """`columns`: (path, type, whether it has levels); `groups`: for each row group and column
        its slots, None where there is no value, and at which of them rows begin. Every byte of the
        file is accounted for."""
        at = 4
        groups = [parts for parts in groups if len(parts[0][1]) > 0]
        for number, (chunks, parts) in enumerate(zip(self.groups, groups, strict=True)):
            at = self._check_group(self.footer[4][number], number, chunks, len(parts[0][1]), at)
            for (path, kind, levels), chunk, part in zip(columns, chunks, parts, strict=True):
                check_chunk(path, kind, levels, chunk, *part)
        chunks = [chunk for group in self.groups for chunk in group]
        for chunk in chunks:
            if 6 in chunk.entry:
                assert chunk.entry[6] == at
                at += chunk.entry[7]
        for chunk in chunks:
            assert chunk.entry[4] == at
            at += chunk.entry[5]
        assert at == self.footer_offset

    def _check_footer(self, fields, groups):
        root, *elements = self.footer[2]
        assert root[5] == len(fields) == len(elements) and 1 not in root
        for (name, kind, nullable), element in zip(fields, elements):
            expected = {1: PHYSICAL[kind], 3: int(nullable), 4: name.encode()}
            if kind in LOGICAL:
                expected |= {6: CONVERTED[kind], 10: LOGICAL[kind]}
            assert element == expected
        assert self.footer[1] == 1  # FileMetaData.version
        assert self.footer[3] == sum(len(columns[0]) for columns in groups)
        assert self.footer[6].startswith(b"sparkify version ")
        assert self.footer[7] == [{1: {}}] * len(fields)

    def _check_group(self, group, number, chunks, rows, at):
        assert group[3] == rows
        assert group[5] == at and group[7] == number
        assert group[2] == sum(chunk.meta[6] for chunk in chunks)
        assert group[6] == sum(chunk.meta[7] for chunk in chunks)
        for chunk in chunks:
            assert chunk.meta.get(11, chunk.meta[9]) == at
            at += chunk.meta[7]
        return at


def check_chunk(path, kind, levels, chunk, values, starts):
    meta, pages = chunk.meta, chunk.pages
    assert meta[1] == PHYSICAL[kind] and meta[3] == [name.encode() for name in path]
    assert chunk.entry[2] == 0
    assert meta[5] == len(values) == sum(page.values for page in pages)
    assert meta[9] == pages[0].offset
    assert meta.get(11) == (chunk.dictionary.offset if chunk.dictionary else None)
    everything = pages + ([chunk.dictionary] if chunk.dictionary else [])
    assert meta[6] == sum(page.plain_bytes for page in everything)
    assert meta[7] == sum(page.bytes for page in everything)
    if meta[4] == UNCOMPRESSED:
        assert meta[6] == meta[7]
    else:
        assert meta[7] < meta[6], "a codec that gains nothing"
    check_encodings(levels, chunk)
    check_statistics(kind, meta[12], values)
    check_page_index(kind, chunk, values, starts)


def check_encodings(levels, chunk):
    used = {page.encoding for page in chunk.pages}
    stats = {(DATA_PAGE, encoding): 0 for encoding in used}
    for page in chunk.pages:
        stats[DATA_PAGE, page.encoding] += 1
    assert (RLE_DICTIONARY in used) == (chunk.dictionary is not None)
    if chunk.dictionary:
        assert chunk.dictionary.encoding == PLAIN
        stats[DICTIONARY_PAGE, PLAIN] = 1
        used.add(PLAIN)
    if levels:
        used.add(RLE)
    assert sorted(chunk.meta[2]) == sorted(used)
    assert {(entry[1], entry[2]): entry[3] for entry in chunk.meta[13]} == stats


# ---- Statistics -------------------------------------------------------------------------------


def lower_bound(text):
    raw = text.encode()
    return raw[:BOUND_BYTES].decode(errors="ignore").encode()


def upper_bound(text):
    raw = text.encode()
    if len(raw) <= BOUND_BYTES:
        return raw
    prefix = raw[:BOUND_BYTES].decode(errors="ignore")
    while prefix:
        following = ord(prefix[-1]) + 1
        following = 0xE000 if following == 0xD800 else following
        if following <= 0x10FFFF and len(chr(following).encode()) == len(prefix[-1].encode()):
            return (prefix[:-1] + chr(following)).encode()
        prefix = prefix[:-1]
    return None


def plain(kind, value):
    return struct.pack(FORMAT[kind], value)


def bounds(kind, values):
    """The bytes that the least and the greatest of `values` should have, exact or not."""
    values = [value for value in values if value is not None and value == value]
    if not values:
        return None, None, None, None
    if kind == "string":
        least = min(values, key=str.encode)
        greatest = max(values, key=str.encode)
        low, high = lower_bound(least), upper_bound(greatest)
        return low, high, low == least.encode(), high == greatest.encode()
    low, high = min(values), max(values)
    if kind == "double":
        low, high = low or -0.0, high or 0.0
    return plain(kind, low), plain(kind, high), True, True


def nans(values):
    return sum(isinstance(value, float) and math.isnan(value) for value in values)


def check_statistics(kind, statistics, values):
    low, high, low_exact, high_exact = bounds(kind, values)
    expected = {3: values.count(None), 5: high, 6: low, 7: high_exact, 8: low_exact}
    if high is None:
        del expected[5], expected[7]
    if low is None:
        del expected[6], expected[8]
    if kind == "double":
        expected[9] = nans(values)
    assert statistics == expected


def decode_bound(kind, raw):
    return raw if kind == "string" else struct.unpack(FORMAT[kind], raw)[0]


def boundary_order(kind, lows, highs):
    lows = [decode_bound(kind, raw) for raw in lows]
    highs = [decode_bound(kind, raw) for raw in highs]
    if lows == sorted(lows) and highs == sorted(highs):
        return ASCENDING
    if lows == sorted(lows, reverse=True) and highs == sorted(highs, reverse=True):
        return DESCENDING
    return UNORDERED


def check_page_index(kind, chunk, values, starts):
    slot, parts = 0, []
    for page, location in zip(chunk.pages, chunk.offset_index[1], strict=True):
        row = bisect.bisect_left(starts, slot)
        assert starts[row] == slot, "a page that does not begin with a row"
        assert location == {1: page.offset, 2: page.bytes, 3: row}
        parts.append(values[slot : slot + page.values])
        slot += page.values
    pages = [bounds(kind, part)[:2] for part in parts]
    null_pages = [all(value is None for value in part) for part in parts]
    if any((low is None or high is None) and not null
           for (low, high), null in zip(pages, null_pages)):
        assert chunk.column_index is None, "pages without bounds, but a column index"
        return
    index = chunk.column_index
    valid = [page for page, null in zip(pages, null_pages) if not null]
    assert index[1] == null_pages
    assert index[2] == [low or b"" for low, _ in pages]
    assert index[3] == [high or b"" for _, high in pages]
    assert index[4] == boundary_order(kind, [low for low, _ in valid], [high for _, high in valid])
    assert index[5] == [part.count(None) for part in parts]
    if kind == "double":
        assert index[8] == [nans(part) for part in parts]
