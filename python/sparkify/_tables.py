"""What has rows: a table of a lake, and the result of a query."""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from ._arrow import Column, Stream
from ._errors import MissingPackage
from ._text import html_table, text_table
from ._waiting import interruptible

if TYPE_CHECKING:
    import duckdb
    import pandas
    import polars
    import pyarrow

    from ._lake import Lake

_SHOWN_ROWS = 20


def _need(package: str, what: str, *others: str) -> Any:
    """Imports a package that is not needed otherwise.

    Raises:
        MissingPackage: it is not installed.
    """
    for name in (*others, package):
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError as error:
            packages = " ".join([*others, package])
            raise MissingPackage(f"{what} needs {name}, which is not installed", f"pip install {packages}") from error
    return module


class Rows(ABC):
    """Rows with named, typed columns.

    Whatever takes an Arrow stream (``__arrow_c_stream__``) takes it as it is: ``polars.DataFrame(rows)``,
    ``pyarrow.table(rows)``, ``duckdb.sql("SELECT … FROM rows")``. A prompt and a notebook show its first 20 rows.
    """

    _columns: list[Column]

    @abstractmethod
    def _stream(self) -> Stream:
        """A stream over all rows, from the first one."""

    @abstractmethod
    def __len__(self) -> int:
        """How many rows there are."""

    @abstractmethod
    def _cancel(self) -> None:
        """Ends what reads the rows."""

    @property
    def columns(self) -> list[str]:
        """The columns' names."""
        return [column.name for column in self._columns]

    @property
    def types(self) -> dict[str, str]:
        """Each column's type, by Arrow's name: "int64", "string", "timestamp[us, tz=UTC]", …"""
        return {column.name: column.type for column in self._columns}

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """A capsule with an Arrow stream over the rows (Arrow's PyCapsule interface).

        Args:
            requested_schema: not used; the rows come with their own types.

        Raises:
            SparkifyError: the rows cannot be read.
        """
        return self._stream().capsule()

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        """Each row as a tuple of Python's values: str, int, float, Decimal, bool, bytes, date, datetime
        (UTC) or None."""
        for batch in self._stream().batches(self._columns):
            yield from zip(*batch, strict=True)

    def to_dicts(self) -> list[dict[str, Any]]:
        """All rows, each as a dict by the columns' names; needs no other package.

        Raises:
            SparkifyError: the rows cannot be read.
        """
        names = self.columns
        return [dict(zip(names, row, strict=True)) for row in self]

    def to_arrow(self) -> pyarrow.Table:
        """All rows as a table of pyarrow's.

        Raises:
            MissingPackage: pyarrow is not installed.
            SparkifyError: the rows cannot be read.
        """
        pyarrow = _need("pyarrow", "to_arrow()")
        return interruptible(lambda: pyarrow.table(self), self._cancel)

    def to_pandas(self) -> pandas.DataFrame:
        """All rows as a data frame of pandas'.

        Raises:
            MissingPackage: pandas or pyarrow is not installed.
            SparkifyError: the rows cannot be read.
        """
        _need("pandas", "to_pandas()", "pyarrow")
        return self.to_arrow().to_pandas()

    def to_polars(self) -> polars.DataFrame:
        """All rows as a data frame of Polars'.

        Raises:
            MissingPackage: polars is not installed.
            SparkifyError: the rows cannot be read.
        """
        polars = _need("polars", "to_polars()")
        return interruptible(lambda: polars.DataFrame(self), self._cancel)

    def to_duckdb(self, connection: duckdb.DuckDBPyConnection | None = None) -> duckdb.DuckDBPyRelation:
        """The rows as a relation of DuckDB's, which reads them whenever it is asked.

        Args:
            connection: the connection of the relation; DuckDB's default one by default.

        Raises:
            MissingPackage: duckdb is not installed.
            SparkifyError: the rows cannot be read.
        """
        duckdb = _need("duckdb", "to_duckdb()")
        rows = self  # noqa: F841  DuckDB finds it by its name
        return (connection or duckdb).sql("SELECT * FROM rows")

    def _shown(self) -> list[tuple[Any, ...]]:
        return list(islice(self, _SHOWN_ROWS))

    def _more(self) -> str:
        count, shown = len(self), min(len(self), _SHOWN_ROWS)
        rows = "1 row" if count == 1 else f"{count:,} rows"
        return rows if shown == count else f"{shown} of {rows}"

    def _right(self) -> Sequence[bool]:
        return [column.is_number for column in self._columns]

    def __repr__(self) -> str:
        return f"{text_table(self.columns, self._shown(), self._right())}\n{self._more()}"

    def _repr_html_(self) -> str:
        return f"{html_table(self.columns, self._shown(), self._right())}<p>{self._more()}</p>"


class Table(Rows):
    """A table of a lake in one version; nothing is held in memory, each use reads its files."""

    def __init__(self, lake: Lake, name: str, columns: Sequence[str] | None, version: int | None):
        self.name = name
        """The table's name."""
        self.version = version
        """The lake's version; None: the newest whenever it is read."""
        self._lake, self._wanted = lake, None if columns is None else list(columns)
        self._columns = self._stream().columns()

    def _stream(self) -> Stream:
        return self._lake._table_stream(self.name, self._wanted, self.version)

    def _cancel(self) -> None:
        self._lake.cancel()

    def __len__(self) -> int:
        return sum(file.rows for file in self._lake.files(self.name, self.version))


class Result(Rows):
    """The result of a query, held in memory."""

    def __init__(self, stream: Stream):
        self._kept = stream
        self._columns = stream.columns()
        self._count: int | None = None

    def _stream(self) -> Stream:
        return self._kept.again()

    def _cancel(self) -> None:
        """Nothing waits for rows that are in memory."""

    def __len__(self) -> int:
        if self._count is None:
            self._count = self._kept.again().row_count()
        return self._count
