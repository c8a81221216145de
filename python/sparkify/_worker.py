"""The process that starts DuckDB's workers: sparkify-worker, where the library comes from the package duckdb.

A program of its own, ``python -I -S _worker.py LIBSPARKIFY LIBDUCKDB``, so that nothing of the interpreter's own
settings comes in. DuckDB's library is the extension module of its package: that has all of DuckDB's C functions, and is
loaded without importing the package. Descriptor 3 is the socket.
"""

import ctypes
import os
import sys


def main() -> int:
    library = ctypes.CDLL(sys.argv[1])
    library.sparkify_worker_main.argtypes = (ctypes.c_char_p,)
    status: int = library.sparkify_worker_main(os.fsencode(sys.argv[2]))
    return status


if __name__ == "__main__":
    sys.exit(main())
