"""What a call raises, and what it warns of."""

from __future__ import annotations

import re
import sys
import warnings
from typing import Any


class SparkifyError(Exception):
    """A call failed. Its text is what went wrong, with the hint behind it.

    Attributes:
        message: what was being done, to what, and what went wrong.
        hint: what to try; "" where there is nothing to say.
        status: the program's exit code for it: 1 failed, 2 usage, 3 too many rejects, 4 conflict, 130 interrupted.
        document: the JSON document of the job that failed, where there is one: of a run with too many rejects, what
            was wrong with the first of them (``document["sources"]["logs"]["first_rejects"]``).
    """

    message: str = ""
    hint: str = ""
    status: int = 1
    document: dict[str, Any]

    def __init__(self, message: str, hint: str = "", *, document: dict[str, Any] | None = None):
        super().__init__(message)
        self.message, self.hint, self.document = message, hint, document or {}
        if hint and sys.version_info >= (3, 11):
            self.add_note(hint)

    def __str__(self) -> str:
        if self.hint and sys.version_info < (3, 11):  # which has no notes
            return f"{self.message}\n{self.hint}"
        return self.message

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), self.message, self.hint, self.status, self.document)


class UsageError(SparkifyError, ValueError):
    """An option, a value or a combination of them that cannot be; nothing was begun."""

    status = 2


class TooManyRejects(SparkifyError):
    """More of the input's records are wrong than ``max_rejects`` allows; no table was changed.

    ``document["rejects"]`` is the folder with all of them, and the reason of each.
    """

    status = 3


class Conflict(SparkifyError):
    """Another run has committed meanwhile; nothing of this one is left. Run again."""

    status = 4


class Interrupted(SparkifyError):
    """The call was cancelled from elsewhere (:meth:`Lake.cancel`); nothing was committed."""

    status = 130


class MissingPackage(SparkifyError, ImportError):
    """A package is needed that is not installed; the hint says which ``pip install`` brings it."""


class SparkifyWarning(UserWarning):
    """Something that a call noticed on its way, and that does not make it fail."""


_KINDS: dict[int, type[SparkifyError]] = {
    kind.status: kind for kind in (UsageError, TooManyRejects, Conflict, Interrupted)
}


def _restored(
    kind: type[SparkifyError], message: str, hint: str, status: int, document: dict[str, Any]
) -> SparkifyError:
    error = kind(message, hint, document=document)
    error.status = status
    return error


def as_python(words: str) -> str:
    """Options as this package calls them, outside of quoted commands.

    >>> as_python("raise --max-rejects, or see 'sparkify etl --help'")
    "raise max_rejects, or see 'sparkify etl --help'"
    >>> as_python("max-rejects=x: expected a whole number")
    'max_rejects=x: expected a whole number'
    >>> as_python("cache-size must be set before the first call that reads")
    'cache_size must be set before the first call that reads'
    """
    parts = re.split(r"('sparkify [^']*')", words)
    parts[::2] = [_OPTION.sub(lambda option: python_name(option[1]), part) for part in parts[::2]]
    return "".join(parts)


# With the dashes of the command line; or the library's name of an option that a message begins with.
_OPTION = re.compile(
    r"(?:(?<![\w-])--|^(?=[a-z-]+(?:=| is | and | cannot | must ))|(?<= and )(?=[a-z]+-))([a-z]+(?:-[a-z]+)*)"
)


# What a hint says to type, and what that is here.
_CALLS = {
    "'sparkify history'": "Lake.history",
    "'sparkify query --list'": "sparkify.questions()",
    "'sparkify query LAKE --list'": "Lake.questions()",
    "'sparkify vacuum'": "Lake.vacuum()",
}


def python_name(option: str) -> str:
    """What an option is called here: "max-rejects" is max_rejects, "from" is from_."""
    return "from_" if option == "from" else option.replace("-", "_")


def error_of(
    status: int, message: str, hint: str, *, listed_by: str = "", document: dict[str, Any] | None = None
) -> SparkifyError:
    """The exception for a status of the library that is not 0.

    Args:
        status: the library's.
        message: what went wrong.
        hint: what to try.
        listed_by: what lists the options in Python, instead of the program's help.
        document: of the job that failed.
    """
    if listed_by and hint.endswith("--help'"):
        hint = f"help({listed_by}) lists the options"
    for command, call in _CALLS.items():
        hint = hint.replace(command, call)
    return _restored(_KINDS.get(status, SparkifyError), as_python(message), as_python(hint), status, document or {})


def warn(notes: str) -> list[str]:
    """Warns of each line, at the caller's line outside this package, and returns them."""
    lines = [as_python(line.removeprefix("warning: ")) for line in notes.splitlines() if line]
    for line in lines:
        warnings.warn(line, SparkifyWarning, stacklevel=_caller_level())
    return lines


def _caller_level() -> int:
    """How far above ``warn`` the first frame outside this package is."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] == __name__.partition(".")[0]:
        level, frame = level + 1, frame.f_back
    return level
