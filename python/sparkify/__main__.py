"""The command ``sparkify``; also ``python -m sparkify``."""

from __future__ import annotations

import signal
import sys

from ._duckdb import INSTALL, prepare_worker
from ._library import lib, texts

_OF_DUCKDB = ("query", "report", "serve")  # commands


def main() -> int:
    """Runs the program with this process' arguments, and returns its exit code."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # the program has handlers of its own
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    has_worker = prepare_worker()
    status: int = lib.sparkify_main(len(sys.argv), texts(["sparkify", *sys.argv[1:]]))
    if status == 1 and not has_worker and sys.argv[1] in _OF_DUCKDB:
        print(f"  in this package: {INSTALL}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
