"""Proves that the files of a layer form no circle: each one includes and calls only those above it in the layer's
order.txt.

    file_order.py FOLDER OBJECT...     FOLDER/order.txt, and the layer's object files (no link-time optimization)
    file_order.py --reversed FOLDER …  reads the list from its end: a layer with any order must fail
    file_order.py --calls FOLDER …     prints which file calls which
"""
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path


def listed_files(folder: Path) -> list[str]:
    lines = (folder / "order.txt").read_text().splitlines()
    return [line.split()[0] for line in lines if line and not line.startswith("#")]


def symbols(objects: list[Path]) -> tuple[dict[str, str], dict[str, set[str]]]:
    """{global symbol: the file that defines it}, {file: symbols that it uses of others}."""
    out = subprocess.run(["nm", "-g", "-A", "--format=posix", *objects], check=True, capture_output=True)
    owner, used = {}, defaultdict(set)
    for line in out.stdout.decode().splitlines():
        path, name, kind = line.rsplit(": ", 1)[0], *line.rsplit(": ", 1)[1].split()[:2]
        file = Path(path).name.split(".")[0]
        if kind == "U":
            used[file].add(name)
        else:
            owner[name] = file
    return owner, used


def calls(objects: list[Path]) -> dict[str, dict[str, set[str]]]:
    """{file: {other file: symbols of it that the file uses}}."""
    owner, used = symbols(objects)
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for file, names in used.items():
        for name in names & owner.keys():
            found[file][owner[name]].add(name)
    return found


def includes(folder: Path) -> dict[str, set[str]]:
    found = defaultdict(set)
    for path in [*folder.glob("*.c"), *folder.glob("*.h")]:
        found[path.stem] |= {Path(name).stem for name in re.findall(r'^#include "(.+)"$', path.read_text(), re.M)}
    return found


def faults(folder: Path, order: list[str], objects: list[Path]) -> list[str]:
    position = {file: number for number, file in enumerate(order)}
    stems = {path.stem for path in [*folder.glob("*.c"), *folder.glob("*.h")]}
    said = [f"{file} is not in order.txt" for file in sorted(stems - position.keys())]
    said += [f"{file} is in order.txt, but there is no such file" for file in sorted(position.keys() - stems)]
    if said:
        return said
    for file, others in includes(folder).items():
        below = [other for other in others & stems if position[other] > position[file]]
        said += [f"{file} includes {other}.h, which is below it" for other in below]
    for file, others in calls(objects).items():
        said += [f"{file} calls {', '.join(sorted(names))} of {other}, which is below it"
                 for other, names in others.items() if position[other] > position[file]]
    return sorted(said)


def main() -> int:
    options = {argument for argument in sys.argv[1:] if argument.startswith("--")}
    folder, *objects = (Path(argument) for argument in sys.argv[1:] if not argument.startswith("--"))
    objects = [path for path in objects if path.suffix == ".o"]
    if "--calls" in options:
        for file, others in sorted(calls(objects).items()):
            print(f"{file}: {' '.join(sorted(others))}")
        return 0
    order = listed_files(folder)
    said = faults(folder, order[::-1] if "--reversed" in options else order, objects)
    for fault in said:
        print(f"{folder}: {fault}")
    if not said:
        print(f"{folder}: {len(order)} files, each uses only those above it")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
