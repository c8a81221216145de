"""Arrow streams: the structs of Arrow's C stream interface, capsules around them, and their values as Python's.

https://arrow.apache.org/docs/format/CDataInterface/PyCapsuleInterface.html
"""

from __future__ import annotations

import ctypes as c
import datetime
import decimal
import errno
import re
from collections.abc import Callable, Iterator
from typing import Any

from ._errors import Interrupted, SparkifyError, error_of
from ._library import lib, library_path


class _Schema(c.Structure):
    """struct ArrowSchema"""


class _Array(c.Structure):
    """struct ArrowArray"""


class _Stream(c.Structure):
    """struct ArrowArrayStream"""


_Schema._fields_ = [
    ("format", c.c_char_p),
    ("name", c.c_char_p),
    ("metadata", c.c_void_p),
    ("flags", c.c_int64),
    ("n_children", c.c_int64),
    ("children", c.POINTER(c.POINTER(_Schema))),
    ("dictionary", c.POINTER(_Schema)),
    ("release", c.CFUNCTYPE(None, c.POINTER(_Schema))),
    ("private_data", c.c_void_p),
]
_Array._fields_ = [
    ("length", c.c_int64),
    ("null_count", c.c_int64),
    ("offset", c.c_int64),
    ("n_buffers", c.c_int64),
    ("n_children", c.c_int64),
    ("buffers", c.POINTER(c.c_void_p)),
    ("children", c.POINTER(c.POINTER(_Array))),
    ("dictionary", c.POINTER(_Array)),
    ("release", c.CFUNCTYPE(None, c.POINTER(_Array))),
    ("private_data", c.c_void_p),
]
_Stream._fields_ = [
    ("get_schema", c.CFUNCTYPE(c.c_int, c.POINTER(_Stream), c.POINTER(_Schema))),
    ("get_next", c.CFUNCTYPE(c.c_int, c.POINTER(_Stream), c.POINTER(_Array))),
    ("get_last_error", c.CFUNCTYPE(c.c_char_p, c.POINTER(_Stream))),
    ("release", c.CFUNCTYPE(None, c.POINTER(_Stream))),
    ("private_data", c.c_void_p),
]


# With Python's lock held, since it makes an object.
_new_capsule = c.PyDLL(str(library_path().resolve())).sparkify_stream_capsule
_new_capsule.restype, _new_capsule.argtypes = c.py_object, (c.c_void_p,)


def _release(struct: Any) -> None:
    if struct.release:
        struct.release(c.byref(struct))


class Stream:
    """A stream that belongs to this object, until it is handed over in a capsule."""

    def __init__(self) -> None:
        self._struct = _Stream()

    @property
    def address(self) -> int:
        """Where the library writes the stream."""
        return c.addressof(self._struct)

    def close(self) -> None:
        """Releases the stream, and what is open for it, now; an exception's traceback may hold this object for long."""
        _release(self._struct)

    def __del__(self) -> None:
        self.close()

    def capsule(self) -> object:
        """A capsule named "arrow_array_stream" that the stream has moved into."""
        return _new_capsule(self.address)

    def keep(self) -> None:
        """Reads the stream to its end, and holds the batches in memory.

        Raises:
            SparkifyError: reading failed.
        """
        self._check(lib.sparkify_stream_keep(self.address))

    def again(self) -> Stream:
        """Another stream over the batches that :meth:`keep` holds."""
        other = Stream()
        lib.sparkify_stream_again(self.address, other.address)
        return other

    def _check(self, error_number: int) -> None:
        if error_number:
            words = self._struct.get_last_error(c.byref(self._struct)) or b"the stream cannot be read"
            status = Interrupted.status if error_number == errno.ECANCELED else SparkifyError.status
            raise error_of(status, words.decode(errors="replace"), "")

    def columns(self) -> list[Column]:
        """The columns, in their order.

        Raises:
            SparkifyError: the stream failed.
        """
        schema = _Schema()
        self._check(self._struct.get_schema(c.byref(self._struct), c.byref(schema)))
        try:
            return [Column(schema.children[i].contents) for i in range(schema.n_children)]
        finally:
            _release(schema)

    def _arrays(self) -> Iterator[Any]:
        while True:
            array = _Array()
            self._check(self._struct.get_next(c.byref(self._struct), c.byref(array)))
            if not array.release:
                return
            try:
                yield array
            finally:
                _release(array)

    def row_count(self) -> int:
        """How many rows the rest of the stream has; reads it.

        Raises:
            SparkifyError: the stream failed.
        """
        return sum(array.length for array in self._arrays())

    def batches(self, columns: list[Column]) -> Iterator[list[list[Any]]]:
        """Each batch as lists of its columns' values.

        Raises:
            SparkifyError: the stream failed.
        """
        for array in self._arrays():
            yield [column.values(array, i) for i, column in enumerate(columns)]


class Column:
    """A column's name and type, and how its values become Python's."""

    def __init__(self, schema: Any):
        self.name: str = schema.name.decode()
        self.format: str = schema.format.decode()
        self._dictionary = Column(schema.dictionary.contents) if schema.dictionary else None

    @property
    def type(self) -> str:
        """The type's name in Arrow: "int64", "string", "timestamp[us, tz=UTC]", …"""
        if self._dictionary:
            return self._dictionary.type
        if self.format.startswith("d:"):
            return f"decimal128({self.format[2:].replace(',', ', ')})"
        return _TYPE_NAMES.get(self.format, self.format)

    @property
    def is_number(self) -> bool:
        """Whether its values stand on the right in a table."""
        return self.type.startswith(("int", "uint", "double", "float", "decimal"))

    def values(self, batch: Any, index: int) -> list[Any]:
        """The values of the batch's column with this index."""
        array = batch.children[index].contents
        return self._read(array, array.offset + batch.offset, batch.length)

    def _read(self, array: Any, offset: int, length: int) -> list[Any]:
        indexes = _reader(self.format)(array, offset, length) if length else []
        if self._dictionary:
            values = array.dictionary.contents
            words = self._dictionary._read(values, values.offset, values.length)
            indexes = [words[i] for i in indexes]
        return _without_nulls(array, offset, length, indexes)


def _without_nulls(array: Any, offset: int, length: int, values: list[Any]) -> list[Any]:
    """The values, and None where the bitmap says so."""
    if array.null_count == 0 or not array.buffers[0] or not length:
        return values
    bits = _bits(array.buffers[0], offset, length)
    return [value if bit else None for value, bit in zip(values, bits, strict=True)]


def _bits(address: int, offset: int, length: int) -> list[bool]:
    raw = c.string_at(address, (offset + length + 7) // 8)
    return [bool(raw[i >> 3] >> (i & 7) & 1) for i in range(offset, offset + length)]


def _fixed(kind: Any) -> Callable[[Any, int, int], list[Any]]:
    def read(array: Any, offset: int, length: int) -> list[Any]:
        first = array.buffers[1] + offset * c.sizeof(kind)
        return list((kind * length).from_address(first))

    return read


def _booleans(array: Any, offset: int, length: int) -> list[Any]:
    return list(_bits(array.buffers[1], offset, length))


def _bytes(kind: Any) -> Callable[[Any, int, int], list[Any]]:
    read_offsets = _fixed(kind)

    def read(array: Any, offset: int, length: int) -> list[Any]:
        ends = read_offsets(array, offset, length + 1)
        begin = ends[0]
        raw = c.string_at(array.buffers[2] + begin, ends[-1] - begin) if ends[-1] > begin else b""
        return [raw[a - begin : b - begin] for a, b in zip(ends, ends[1:], strict=False)]

    return read


def _texts(kind: Any) -> Callable[[Any, int, int], list[Any]]:
    read_bytes = _bytes(kind)
    return lambda array, offset, length: [b.decode() for b in read_bytes(array, offset, length)]


_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_EPOCH_DAY = _EPOCH.date()


def _timestamp(microseconds: int) -> datetime.datetime | str:
    try:
        return _EPOCH + datetime.timedelta(microseconds=microseconds)
    except OverflowError:  # beyond the years that Python has
        return f"{microseconds} µs"


def _date(days: int) -> datetime.date | str:
    try:
        return _EPOCH_DAY + datetime.timedelta(days=days)
    except OverflowError:
        return f"{days} days"


def _decimals(arrow_format: str) -> Callable[[Any, int, int], list[Any]]:
    """Of "d:precision,scale": integers of 16 bytes, the numbers times ten to the power of the scale."""
    scale = int(arrow_format.split(",")[1])

    def read(array: Any, offset: int, length: int) -> list[Any]:
        raw = c.string_at(array.buffers[1] + 16 * offset, 16 * length)
        numbers = (int.from_bytes(raw[at : at + 16], "little", signed=True) for at in range(0, len(raw), 16))
        return [decimal.Decimal(number).scaleb(-scale) for number in numbers]

    return read


_READERS: dict[str, Callable[[Any, int, int], list[Any]]] = {
    "b": _booleans,
    "c": _fixed(c.c_int8),
    "C": _fixed(c.c_uint8),
    "s": _fixed(c.c_int16),
    "S": _fixed(c.c_uint16),
    "i": _fixed(c.c_int32),
    "I": _fixed(c.c_uint32),
    "l": _fixed(c.c_int64),
    "L": _fixed(c.c_uint64),
    "f": _fixed(c.c_float),
    "g": _fixed(c.c_double),
    "u": _texts(c.c_int32),
    "U": _texts(c.c_int64),
    "z": _bytes(c.c_int32),
    "Z": _bytes(c.c_int64),
    "tdD": lambda *where: [_date(days) for days in _fixed(c.c_int32)(*where)],
    "tsu:UTC": lambda *where: [_timestamp(value) for value in _fixed(c.c_int64)(*where)],
}
_TYPE_NAMES = {
    "n": "null",
    "b": "bool",
    "c": "int8",
    "C": "uint8",
    "s": "int16",
    "S": "uint16",
    "i": "int32",
    "I": "uint32",
    "l": "int64",
    "L": "uint64",
    "f": "float",
    "g": "double",
    "u": "string",
    "U": "large_string",
    "z": "binary",
    "Z": "large_binary",
    "tdD": "date32[day]",
    "tsu:UTC": "timestamp[us, tz=UTC]",
}


def _reader(arrow_format: str) -> Callable[[Any, int, int], list[Any]]:
    if re.fullmatch(r"d:\d+,\d+", arrow_format):
        return _decimals(arrow_format)
    try:
        return _READERS[arrow_format]
    except KeyError:
        raise SparkifyError(f"a column has the Arrow type '{arrow_format}'", "read it by to_arrow()") from None
