#!/usr/bin/env python3
"""Makes the wheel of sparkify from a library that is built already; needs Python's standard library alone.

    build_wheel.py --library LIBSPARKIFY [--out FOLDER] [--platform TAG]

The same files make the same bytes: the archive's times are fixed, its order is that of the names. pip builds by it, too
('pip install ./python'), with the library that SPARKIFY_LIBRARY names, or that of build/release.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import os
import pathlib
import re
import struct
import sys
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
LIBRARY = "sparkify/libsparkify.so.0"
TIME = (1980, 1, 1, 0, 0, 0)  # the first that an archive can have
MACHINES = {62: "x86_64", 183: "aarch64"}  # e_machine of ELF


class Project:
    """What pyproject.toml says, of which a wheel needs few things; tomllib is there from Python 3.11 on only."""

    def __init__(self, text: str):
        self.text = text
        self.name, self.version = self.value("name"), self.value("version")

    def table(self, name: str) -> dict[str, str]:
        """The lines of a table, with the values as they stand."""
        found = re.search(rf"^\[{re.escape(name)}\]\n(.*?)(?=^\[|\Z)", self.text, re.M | re.S)
        lines = re.findall(r"^([\w-]+) = (\[.*?^\]|\[.*?\]|\".*?\")", found[1] if found else "", re.M | re.S)
        return dict(lines)

    def value(self, key: str) -> str:
        return strings(self.table("project")[key])[0]

    def metadata(self) -> str:
        lines = [
            "Metadata-Version: 2.4",
            f"Name: {self.name}",
            f"Version: {self.version}",
            f"Summary: {self.value('description')}",
            f"License-Expression: {self.value('license')}",
            "License-File: LICENSE",
            f"Requires-Python: {self.value('requires-python')}",
            *(f"Classifier: {word}" for word in strings(self.table("project")["classifiers"])),
        ]
        for extra, packages in self.table("project.optional-dependencies").items():
            lines.append(f"Provides-Extra: {extra}")
            lines += [f'Requires-Dist: {package} ; extra == "{extra}"' for package in strings(packages)]
        return "\n".join([*lines, "Description-Content-Type: text/markdown", "", (HERE / "README.md").read_text()])

    def entry_points(self) -> str:
        scripts = self.table("project.scripts")
        return "\n".join(
            ["[console_scripts]", *(f"{name} = {strings(entry)[0]}" for name, entry in scripts.items()), ""]
        )


def strings(toml: str) -> list[str]:
    """The strings of a value of TOML.

    >>> strings('["a", "b>=1"]')
    ['a', 'b>=1']
    """
    return re.findall(r'"([^"]*)"', toml)


def default_platform(library: bytes) -> str:
    """A tag for the library's machine; such a wheel is for systems like the one that the library was built on."""
    if library[:4] != b"\x7fELF":
        raise SystemExit("build_wheel: the library is no ELF file")
    machine = MACHINES.get(struct.unpack_from("<H", library, 18)[0])
    if not machine:
        raise SystemExit("build_wheel: no tag is known for this machine: give one by --platform")
    return f"linux_{machine}"


def wheel_tag(tag: str) -> str:
    return f"Wheel-Version: 1.0\nGenerator: sparkify build_wheel\nRoot-Is-Purelib: false\nTag: {tag}\n"


def files_of(library: bytes, others: pathlib.Path, project: Project, tag: str) -> dict[str, bytes]:
    info = f"{project.name}-{project.version}.dist-info"
    licence = HERE.parent / "LICENSE"
    files = {f"sparkify/{path.name}": path.read_bytes() for path in (HERE / "sparkify").glob("*.py")}
    files["sparkify/py.typed"] = b""
    files[LIBRARY] = library
    files[f"{info}/METADATA"] = project.metadata().encode()
    files[f"{info}/WHEEL"] = wheel_tag(tag).encode()
    files[f"{info}/entry_points.txt"] = project.entry_points().encode()
    files[f"{info}/licenses/LICENSE"] = licence.read_bytes()
    if others.exists():
        files[f"{info}/licenses/{others.name}"] = others.read_bytes()
    files = dict(sorted(files.items()))
    files[f"{info}/RECORD"] = record(files, f"{info}/RECORD").encode()
    return files


def record(files: dict[str, bytes], own_name: str) -> str:
    lines = []
    for name, data in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(data)}")
    return "\n".join([*lines, f"{own_name},,", ""])


def write_archive(path: pathlib.Path, files: dict[str, bytes]) -> None:
    """Writes all or nothing."""
    new = path.with_name(f".{path.name}.tmp")
    with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, TIME)
            entry.create_system = 3  # Unix
            entry.external_attr = (0o100755 if name == LIBRARY else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    os.replace(new, path)


def make_wheel(library: pathlib.Path, out: pathlib.Path, platform_tag: str | None = None) -> pathlib.Path:
    data = library.read_bytes()
    project = Project((HERE / "pyproject.toml").read_text())
    tag = f"py3-none-{platform_tag or default_platform(data)}"
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{project.name}-{project.version}-{tag}.whl"
    write_archive(path, files_of(data, library.with_name("THIRD-PARTY-LICENSES"), project, tag))
    return path


# ---- As pip calls it (PEP 517) -------------------------------------------------------------------


def build_wheel(wheel_directory: str, config_settings: object = None, metadata_directory: object = None) -> str:
    built = HERE.parent / "build" / "release" / "libsparkify.so"
    library = pathlib.Path(os.environ.get("SPARKIFY_LIBRARY") or built)
    if not library.exists():
        raise SystemExit(
            f"{library}: the library is not there: './dev build' makes it, or name one in SPARKIFY_LIBRARY"
        )
    return make_wheel(library, pathlib.Path(wheel_directory)).name


def main() -> int:
    parser = argparse.ArgumentParser(description="Makes the wheel of sparkify from its library.")
    parser.add_argument("--library", type=pathlib.Path, required=True, help="libsparkify.so")
    parser.add_argument(
        "--out", type=pathlib.Path, default=pathlib.Path("dist"), help="the folder for it; dist by default"
    )
    parser.add_argument("--platform", help="manylinux2014_x86_64, …; linux_x86_64 and so on by default")
    arguments = parser.parse_args()
    print(make_wheel(arguments.library, arguments.out, arguments.platform))
    return 0


if __name__ == "__main__":
    sys.exit(main())
