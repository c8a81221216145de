"""What a run has done."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ._text import bytes_text, html_table, text_table

_COLUMNS = ["table", "rows now", "rows written", "files", "bytes"]
_RIGHT = [False, True, True, True, True]


@dataclass(frozen=True)
class Summary:
    """What a run has done: its JSON document (docs/json/etl.schema.json), and the figures that are asked for most.

    Shows itself as a table, in a notebook as HTML. ``summary["sources"]`` is a member of the document.
    """

    document: dict[str, Any]
    """The whole document, as ``sparkify etl --json`` prints it."""
    notes: tuple[str, ...] = field(default=())
    """What the run warned of."""

    def __getitem__(self, name: str) -> Any:
        return self.document[name]

    def _mapping(self, name: str) -> Mapping[str, Any]:
        value = self.document.get(name)
        return value if isinstance(value, dict) else {}

    @property
    def run(self) -> str:
        """The run's id, which is in the names of its files; "" where the engine was only asked for its SQL."""
        return str(self.document.get("run", ""))

    @property
    def lake_version(self) -> int | None:
        """The lake's version after the run; None where there is none."""
        version = self.document.get("lake_version")
        return version if isinstance(version, int) else None

    @property
    def committed(self) -> bool:
        """Whether there is a new version; False where nothing had changed, or ``dry_run`` was set."""
        return bool(self.document.get("committed")) and not self.document.get("dry_run")

    @property
    def rows(self) -> dict[str, int]:
        """How many rows each table has now, with ``dry_run``: would have."""
        return {name: table["rows_in_force"] for name, table in self._mapping("tables").items()}

    @property
    def rejected(self) -> int:
        """How many records were rejected."""
        return sum(source["rejected"] for source in self._mapping("sources").values())

    @property
    def rejects(self) -> str | None:
        """The folder with the rejected records and the reason of each; None where there are none."""
        folder = self.document.get("rejects")
        return folder if isinstance(folder, str) else None

    @property
    def plays(self) -> int:
        """How many plays were read; of another model: facts."""
        return int(self._mapping("plays").get("plays", 0))

    @property
    def matched(self) -> int:
        """How many of these match a song of the song data; of another model: a record of its first look-up."""
        return int(self._mapping("plays").get("matched", 0))

    @property
    def seconds(self) -> float:
        """How long the run took."""
        return float(self._mapping("seconds").get("total", 0.0))

    @property
    def sql(self) -> str | None:
        """The SQL that would run, of ``etl(engine="spark", dry_run=True)``; else None."""
        sql = self.document.get("sql")
        return sql if isinstance(sql, str) else None

    def _line(self) -> str:
        what = "would make of" if self.document.get("dry_run") else "made of"
        version = "" if self.lake_version is None else f" version {self.lake_version} of"
        output = self.document.get("output") or "no output"
        return f"{version.strip().capitalize() or 'A lake,'} {output}, {what} {self.document.get('input')}".strip()

    def _rows(self) -> list[list[str]]:
        return [
            [name, *(f"{table[key]:,}" for key in ("rows_in_force", "rows", "files")), bytes_text(table["bytes"])]
            for name, table in self._mapping("tables").items()
        ]

    def _facts(self) -> str:
        """Of another model's facts the document has no name, and it does not say whether they have a look-up."""
        is_sparkifys = "songplays" in self._mapping("tables")
        counts = self._mapping("plays")
        stored = self.plays - int(counts.get("identical", 0)) + int(counts.get("kept", 0))
        share = f", {self.matched / max(stored, 1):.1%} of them match {'a song' if is_sparkifys else 'a record'}"
        return f"{self.plays:,} {'plays' if is_sparkifys else 'facts'}{share if is_sparkifys or self.matched else ''}"

    def _counts(self) -> str:
        words = [f"{self.seconds:.2f} s"]
        if self.plays:
            words.append(self._facts())
        words.append(f"{self.rejected:,} records rejected" + (f": see {self.rejects}" if self.rejects else ""))
        if not self.committed and not self.document.get("dry_run"):
            words.append("nothing had changed")
        return "; ".join(words)

    def __repr__(self) -> str:
        if self.sql is not None:
            return self.sql
        return "\n".join([self._line(), text_table(_COLUMNS, self._rows(), _RIGHT), self._counts()])

    def _repr_html_(self) -> str:
        if self.sql is not None:
            return f"<pre>{html.escape(self.sql)}</pre>"
        return f"{html_table(_COLUMNS, self._rows(), _RIGHT, self._line())}<p>{html.escape(self._counts())}</p>"
