"""Where queries find DuckDB: the package duckdb, or a library that the environment names."""

from __future__ import annotations

import importlib
import importlib.util
import os
import pathlib
import sys

from ._errors import MissingPackage
from ._library import lib, library_path, texts

INSTALL = "pip install 'sparkify[query]'"
_prepared: list[str] = []  # the program that the library knows


def duckdb_library() -> str | None:
    """DuckDB's library: SPARKIFY_DUCKDB, or the package's extension module; None where there is none."""
    named = os.environ.get("SPARKIFY_DUCKDB")
    if named:
        return named
    importlib.invalidate_caches()  # it may have been installed from within a notebook
    spec = importlib.util.find_spec("_duckdb")
    return spec.origin if spec else None


def prepare_worker() -> bool:
    """Tells the library which program starts DuckDB's workers; False where there is none."""
    if os.environ.get("SPARKIFY_WORKER"):
        return True  # the library knows it, too
    duckdb = duckdb_library()
    if not duckdb or not sys.executable:
        return _has_own_worker()
    program = pathlib.Path(__file__).with_name("_worker.py")
    wanted = [sys.executable, "-I", "-S", str(program), str(library_path().resolve()), duckdb]
    if wanted != _prepared:
        lib.sparkify_use_worker(texts(wanted))
        _prepared[:] = wanted
    return True


def _has_own_worker() -> bool:
    """Whether the library finds the program sparkify-worker, as it does where all is built or installed together."""
    folder = library_path().resolve().parent
    places = (".", "../libexec/sparkify", "../../libexec/sparkify")
    return any((folder / place / "sparkify-worker").exists() for place in places)


def need_duckdb() -> None:
    """Makes queries possible.

    Raises:
        MissingPackage: DuckDB is not installed.
    """
    if not prepare_worker():
        raise MissingPackage("queries need DuckDB, which is not installed", INSTALL)
