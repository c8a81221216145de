"""A lake: its versions, files and tables, and queries over them."""

from __future__ import annotations

import ctypes
import json
import os
import pathlib
import threading
import weakref
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from ._arrow import Stream
from ._duckdb import need_duckdb
from ._errors import SparkifyError, UsageError, error_of, warn
from ._job import Option, option_name, option_text, run_job
from ._library import lib, text, texts
from ._tables import Result, Table
from ._text import bytes_text, html_table, text_table
from ._waiting import interruptible

T = TypeVar("T")
_NEWEST = -1
_LONG = 200  # paths and sentences are shown whole
_OF_QUERIES = ("threads", "cache_size")  # options of a lake that not every command has


@dataclass(frozen=True)
class File:
    """A file of a table."""

    path: str
    """Below the lake's folder, or an s3:// address."""
    rows: int
    bytes: int
    partition: dict[str, str]
    """The values of the table's partition columns, which are not in the file."""


@dataclass(frozen=True)
class Version:
    """A version of a lake: what one run has committed."""

    version: int
    time: str
    """When it was committed, ISO 8601 in UTC."""
    run: str
    operation: str
    """"etl", "restore", …"""
    kept: bool
    """Whether it can be read and restored."""
    rows: dict[str, int]
    """How many rows each table had."""
    files: int
    bytes: int


@dataclass(frozen=True)
class Question:
    """A question that a lake can be asked by its name."""

    name: str
    summary: str
    limit: int
    """How many rows its answer has at most; 0: as many as there are."""
    sql: str


@dataclass(frozen=True)
class Check:
    """Whether a lake is right, and what is wrong with it."""

    document: dict[str, Any]
    """The whole document, as ``sparkify check --json`` prints it."""

    def __bool__(self) -> bool:
        return self.ok

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.document["problem_count"]

    @property
    def problems(self) -> list[Any]:
        """What is wrong, the first of it."""
        return list(self.document["problems"])

    def __repr__(self) -> str:
        read = f"{self.document['files']:,} files, {self.document['rows']:,} rows, {bytes_text(self.document['bytes'])}"
        state = "all is right" if self.ok else f"{self.document['problem_count']:,} problems"
        return "\n".join([f"{self.document['lake']}: {state} ({read})", *map(str, self.problems)])


class Listing(list[T]):
    """A list that shows itself as a table."""

    def __init__(self, items: Iterable[T], columns: dict[str, Callable[[T], Any]], right: Sequence[str] = ()):
        super().__init__(items)
        self._columns, self._right = columns, [name in right for name in columns]

    def _cells(self) -> list[list[Any]]:
        return [[value(item) for value in self._columns.values()] for item in self]

    def __repr__(self) -> str:
        return text_table(list(self._columns), self._cells(), self._right, cell_width=_LONG)

    def _repr_html_(self) -> str:
        return html_table(list(self._columns), self._cells(), self._right)


def _questions(document: str | bytes) -> list[Question]:
    found = (Question(q["name"], q["summary"], q.get("limit") or 0, q["sql"]) for q in json.loads(document))
    return Listing(found, {"question": lambda q: q.name, "": lambda q: q.summary})


def questions() -> list[Question]:
    """The questions that every lake of the built-in model can be asked by their names.

    >>> [question.name for question in questions()][:2]
    ['active-users', 'at-risk']
    """
    return _questions(lib.sparkify_questions())


class Lake:
    """The tables that :func:`sparkify.etl` has made: a folder or an s3:// address.

    Nothing is read before the first call of a method. May be used by several threads; they take turns.

    Args:
        uri: where the lake is; None: what SPARKIFY_LAKE, sparkify.yaml or dl.cfg name.
        options: how to reach S3, as the command ``sparkify query`` has it, with underscores (``endpoint``, ``region``,
            ``profile``, ``no_sign_request``, …); ``threads``; ``cache_size``, how much of S3's files is kept on disk.

    Raises:
        UsageError: an option that there is not, or a value that it cannot have.

    >>> lake = Lake(example_lake)
    >>> lake.table("users", columns=["user_id", "level"]).types
    {'user_id': 'string', 'level': 'string'}
    >>> len(lake.query("SELECT level, count(*) AS plays FROM songplays GROUP BY level"))
    2
    """

    def __init__(self, uri: str | os.PathLike[str] | None = None, **options: Option):
        self.uri = None if uri is None else os.fspath(uri)
        self._options = {name: value for name, value in options.items() if value is not None}
        self._lock = threading.RLock()
        self._asked: weakref.WeakSet[Lake] = weakref.WeakSet()  # for queries with options of their own
        self._warned = 0
        address = None if self.uri is None else option_text("uri", self.uri)
        self._handle = ctypes.c_void_p(lib.sparkify_lake_new(address))
        for name, value in self._options.items():
            self._set(name, value)

    def __del__(self) -> None:
        handle = getattr(self, "_handle", None)
        if handle:
            lib.sparkify_lake_free(handle)

    def __repr__(self) -> str:
        return f"sparkify.Lake({self.uri!r})"

    def _repr_html_(self) -> str:
        versions = self.history
        newest = versions[0] if versions else None
        if newest is None:
            return f"{self!r}: no version"
        rows = [[name, f"{count:,}"] for name, count in newest.rows.items()]
        caption = f"{self.uri}, version {newest.version} of {newest.time}"
        return html_table(["table", "rows"], rows, [False, True], caption)

    # ---- What there is ---------------------------------------------------------------------------

    @property
    def history(self) -> list[Version]:
        """All versions that are known, the newest first.

        Raises:
            SparkifyError: there is no lake, or it cannot be read.
        """
        document = json.loads(self._read(lambda: lib.sparkify_lake_versions(self._handle)))
        columns: dict[str, Callable[[Version], Any]] = {
            "version": lambda v: v.version,
            "time": lambda v: v.time,
            "what": lambda v: v.operation,
            "rows": lambda v: f"{sum(v.rows.values()):,}",
            "files": lambda v: f"{v.files:,}",
            "bytes": lambda v: bytes_text(v.bytes),
            "readable": lambda v: "yes" if v.kept else "no",
        }
        right = ("version", "rows", "files", "bytes")
        return Listing(map(_version, document["versions"]), columns, right)

    def versions(self) -> list[Version]:
        """The versions that can be read and restored, the newest first (``etl(keep_versions=…)``).

        Raises:
            SparkifyError: there is no lake, or it cannot be read.
        """
        history = self.history
        history[:] = [version for version in history if version.kept]
        return history

    def files(self, table: str, version: int | None = None) -> list[File]:
        """The files of a table.

        Args:
            table: one of the lake's: songplays, users, songs, artists or time, or those of its own model.
            version: of the lake; None: the newest.

        Raises:
            UsageError: there is no such table.
            SparkifyError: the version is not kept, or the lake cannot be read.
        """
        name, number = option_text("table", table), _number(version)
        document = json.loads(self._read(lambda: lib.sparkify_lake_files(self._handle, name, number)))
        columns: dict[str, Callable[[File], Any]] = {
            "path": lambda f: f.path,
            "rows": lambda f: f"{f.rows:,}",
            "bytes": lambda f: bytes_text(f.bytes),
        }
        found = (File(f["path"], f["rows"], f["bytes"], dict(f["partition"])) for f in document["files"])
        return Listing(found, columns, ("rows", "bytes"))

    def table(self, name: str, columns: Sequence[str] | None = None, version: int | None = None) -> Table:
        """A table, to be read by whatever takes Arrow.

        Args:
            name: one of the lake's: songplays, users, songs, artists or time, or those of its own model.
            columns: those that are wanted, in this order; None: all. The others are not read.
            version: of the lake; None: the newest.

        Raises:
            UsageError: there is no such table or column.
            SparkifyError: the version is not kept, or the lake cannot be read.
        """
        if isinstance(columns, str):
            raise UsageError(f"columns: {columns!r} is a string", f"give a list: columns=[{columns!r}]")
        return Table(self, name, columns, version)

    def _table_stream(self, name: str, columns: list[str] | None, version: int | None) -> Stream:
        stream = Stream()
        wanted = None if columns is None else texts([_checked(column) for column in columns])
        table, number, count = option_text("table", name), _number(version), len(columns or ())
        self._call(lambda: lib.sparkify_lake_table(self._handle, table, number, wanted, count, stream.address))
        return stream

    # ---- Queries ---------------------------------------------------------------------------------

    def query(
        self,
        sql: str,
        *,
        version: int | None = None,
        from_: Option = None,
        to: Option = None,
        limit: int | None = None,
    ) -> Result:
        """Runs SQL, or a question by its name, over the tables; DuckDB does it in a process of its own.

        The result is held in memory. Needs DuckDB: ``pip install 'sparkify[query]'``.

        Args:
            sql: DuckDB's SQL over the lake's tables, or a name that :meth:`questions` lists.
            version: of the lake; None: the newest.
            from_: of the facts and the calendar only what began on this day or later, UTC: a date or "2018-11-01".
            to: … and before this day.
            limit: how many rows at most; a question has its own number by default.

        Raises:
            MissingPackage: DuckDB is not installed.
            UsageError: an argument that cannot be.
            SparkifyError: the SQL is wrong, or the lake cannot be read.
            KeyboardInterrupt: Ctrl-C; the query has ended.
        """
        need_duckdb()
        given = {"from_": from_, "to": to, "limit": limit}
        if any(value is not None for value in given.values()):
            lake = Lake(self.uri, **{**self._options, **given})  # an option of a lake is never taken back
            self._asked.add(lake)
        else:
            lake = self
        return Result(lake._kept(option_text("sql", sql), _number(version)))

    def _kept(self, sql: bytes, version: int) -> Stream:
        stream = Stream()
        with self._lock:
            self._call(lambda: lib.sparkify_lake_query(self._handle, sql, version, stream.address))
            try:
                interruptible(stream.keep, self.cancel)
            except BaseException:
                stream.close()
                raise
        return stream

    def questions(self) -> list[Question]:
        """The questions that this lake can be asked by their names: those of its model.

        Raises:
            SparkifyError: there is no lake, or it cannot be read.
        """
        return _questions(self._read(lambda: lib.sparkify_lake_questions(self._handle)))

    def report(self, path: str | os.PathLike[str] = "report.html", **options: Option) -> pathlib.Path:
        """Writes a report about the lake: one HTML file, which needs nothing else. Needs DuckDB.

        Args:
            path: the file; one that is there is replaced.
            options: those of ``sparkify report``: ``from_``, ``to``, ``at``.

        Raises:
            MissingPackage: DuckDB is not installed.
            SparkifyError: the lake cannot be read, or the file not be written.
        """
        need_duckdb()
        self._run("report", {**self._options, **options, "out": path})
        return pathlib.Path(path)

    # ---- What looks after it ---------------------------------------------------------------------

    def check(self, **options: Option) -> Check:
        """Reads every file, and says whether the lake is right.

        Args:
            options: those of ``sparkify check``.

        Raises:
            SparkifyError: there is no lake, or it cannot be read.
        """
        try:
            return Check(self._run("check", {**self._of_stores(), **options}))
        except SparkifyError as error:
            if error.document.get("problem_count"):
                return Check(error.document)
            raise

    def vacuum(self, **options: Option) -> dict[str, Any]:
        """Removes files of versions that are not kept, and what crashed runs have left.

        Args:
            options: those of ``sparkify vacuum``: ``retain``, ``dry_run``.

        Returns:
            The document that ``sparkify vacuum --json`` prints.
        """
        return self._run("vacuum", {**self._of_stores(), **options})

    def restore(self, version: int, **options: Option) -> dict[str, Any]:
        """Makes a version that is kept current again, as a new version.

        Args:
            version: one of :meth:`versions`.
            options: those of ``sparkify restore``: ``keep_versions``, ``grace``, ``dry_run``.

        Returns:
            The document that ``sparkify restore --json`` prints.

        Raises:
            SparkifyError: the version is not kept.
        """
        return self._run("restore", {**self._of_stores(), **options, "at": version})

    def cancel(self) -> None:
        """Ends what another thread is doing with this lake: its call raises :class:`Interrupted`."""
        for lake in (self, *self._asked):
            lib.sparkify_lake_cancel(lake._handle)

    # ---- Calls of the library --------------------------------------------------------------------

    def _of_stores(self) -> dict[str, Option]:
        return {name: value for name, value in self._options.items() if name not in _OF_QUERIES}

    def _run(self, command: str, options: dict[str, Option]) -> dict[str, Any]:
        return run_job(command, {"lake": self.uri, **options})

    def _set(self, name: str, value: Option) -> None:
        with self._lock:
            lib.sparkify_lake_set(self._handle, option_name(name).encode(), option_text(name, value))
            self._check()

    def _read(self, function: Callable[[], bytes | None]) -> str:
        """A text of the library, copied before another call may change it."""
        return self._call(lambda: text(function()))

    def _call(self, function: Callable[[], T]) -> T:
        with self._lock:
            result = interruptible(function, self.cancel)
            self._check()
            return result

    def _check(self) -> None:
        status = lib.sparkify_lake_status(self._handle)
        notes = text(lib.sparkify_lake_notes(self._handle)).splitlines()
        message, hint = text(lib.sparkify_lake_message(self._handle)), text(lib.sparkify_lake_hint(self._handle))
        new, self._warned = notes[self._warned :], len(notes)
        warn("\n".join(new))
        if status:
            raise error_of(status, message, hint, listed_by="sparkify.Lake")


def _number(version: int | None) -> int:
    if version is None:
        return _NEWEST
    if isinstance(version, bool) or not isinstance(version, int) or not 0 <= version < 1 << 63:
        raise UsageError(f"version: {version!r} is no version of a lake", "Lake.versions() lists them")
    return version


def _checked(column: str) -> str:
    if not isinstance(column, str):
        raise UsageError(f"columns: {column!r} is no name of a column")
    option_text("columns", column)
    return column


def _version(entry: dict[str, Any]) -> Version:
    tables = entry["tables"].values()
    return Version(
        entry["version"],
        entry["time"],
        entry["run"],
        entry["operation"],
        entry["kept"],
        {name: table["rows"] for name, table in entry["tables"].items()},
        sum(table["files"] for table in tables),
        sum(table["bytes"] for table in tables),
    )
