#!/usr/bin/env python3
"""pack.py PROGRAM LICENSES ZIP: the function's zip with the static program; the same bytes each time."""

import sys
import zipfile
from pathlib import Path


def pack(program, licenses, target):
    files = {"bootstrap": Path(__file__).with_name("bootstrap"), "sparkify": program, "THIRD-PARTY-LICENSES": licenses}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, path in files.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o100755 << 16
            entry.create_system = 3
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, Path(path).read_bytes(), compresslevel=9)


if __name__ == "__main__":
    pack(*sys.argv[1:])
