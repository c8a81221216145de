"""libsparkify by ctypes: its functions with their types, as sparkify.h has them."""

from __future__ import annotations

import ctypes as c
import os
import pathlib

_NAME = "libsparkify.so.0"


class Progress(c.Structure):
    """struct sparkify_progress"""

    _fields_ = [
        ("size", c.c_size_t),
        ("phase", c.c_char_p),
        ("files_done", c.c_uint64),
        ("files_total", c.c_uint64),
        ("bytes_done", c.c_uint64),
        ("bytes_total", c.c_uint64),
        ("records_done", c.c_uint64),
    ]


def library_path() -> pathlib.Path:
    """The library of the package, or the one that SPARKIFY_LIBRARY names."""
    return pathlib.Path(os.environ.get("SPARKIFY_LIBRARY") or pathlib.Path(__file__).with_name(_NAME))


def _load() -> c.CDLL:
    path = library_path()
    if not path.exists():
        raise ImportError(
            f"{path}: the library of sparkify is not there. Install a wheel ('pip install sparkify'), "
            "or name a library that you have built in SPARKIFY_LIBRARY"
        )
    return c.CDLL(str(path.resolve()))


_JOB = _LAKE = c.c_void_p
_TEXT = c.c_char_p
_STREAM = c.c_void_p
_TEXTS = c.POINTER(c.c_char_p)

_FUNCTIONS: dict[str, tuple[object, tuple[object, ...]]] = {
    "version": (_TEXT, ()),
    "job_new": (_JOB, (_TEXT,)),
    "job_free": (None, (_JOB,)),
    "job_set": (c.c_int, (_JOB, _TEXT, _TEXT)),
    "job_start": (c.c_int, (_JOB,)),
    "job_wait": (c.c_bool, (_JOB, c.c_int)),
    "job_cancel": (None, (_JOB,)),
    "job_progress": (None, (_JOB, c.POINTER(Progress))),
    "job_status": (c.c_int, (_JOB,)),
    "job_message": (_TEXT, (_JOB,)),
    "job_hint": (_TEXT, (_JOB,)),
    "job_result": (_TEXT, (_JOB,)),
    "job_notes": (_TEXT, (_JOB,)),
    "lake_new": (_LAKE, (_TEXT,)),
    "lake_free": (None, (_LAKE,)),
    "lake_set": (c.c_int, (_LAKE, _TEXT, _TEXT)),
    "lake_versions": (_TEXT, (_LAKE,)),
    "lake_files": (_TEXT, (_LAKE, _TEXT, c.c_int64)),
    "lake_table": (c.c_int, (_LAKE, _TEXT, c.c_int64, _TEXTS, c.c_size_t, _STREAM)),
    "lake_query": (c.c_int, (_LAKE, _TEXT, c.c_int64, _STREAM)),
    "lake_questions": (_TEXT, (_LAKE,)),
    "questions": (_TEXT, ()),
    "lake_cancel": (None, (_LAKE,)),
    "lake_status": (c.c_int, (_LAKE,)),
    "lake_message": (_TEXT, (_LAKE,)),
    "lake_hint": (_TEXT, (_LAKE,)),
    "lake_notes": (_TEXT, (_LAKE,)),
    "stream_keep": (c.c_int, (_STREAM,)),
    "stream_again": (None, (_STREAM, _STREAM)),
    "main": (c.c_int, (c.c_int, _TEXTS)),
    "worker_main": (c.c_int, (_TEXT,)),
    "use_worker": (None, (_TEXTS,)),
}

lib = _load()
for _function, (_result, _arguments) in _FUNCTIONS.items():
    _entry = getattr(lib, f"sparkify_{_function}")
    _entry.restype, _entry.argtypes = _result, _arguments

VERSION: str = lib.sparkify_version().decode()


def text(value: bytes | None) -> str:
    """A string of the library; names of files that are not UTF-8 keep their bytes."""
    return os.fsdecode(value or b"")


def texts(values: list[str]) -> c.Array[c.c_char_p]:
    """An array of strings that ends with NULL, as argv does."""
    array = (c.c_char_p * (len(values) + 1))()
    array[:-1] = [os.fsencode(value) for value in values]
    return array
