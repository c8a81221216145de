"""Prints lines and branches that tests have run, for each layer: coverage.py SUMMARY, of gcovr --json-summary."""

import json
import sys
from collections import defaultdict
from pathlib import Path

LEAST = 85  # percent of a layer's lines


def sums(files):
    layers = defaultdict(lambda: [0, 0, 0, 0])
    for file in files:
        layer = layers[Path(file["filename"]).parts[1]]
        for i, name in enumerate(("line_covered", "line_total", "branch_covered", "branch_total")):
            layer[i] += file[name]
    return layers


def percent(covered, total):
    return 100 * covered / total if total else 100


def main():
    files = json.loads(Path(sys.argv[1]).read_text())["files"]
    print("| layer | lines | branches | |\n|---|---|---|---|")
    for layer, (lines, all_lines, branches, all_branches) in sorted(sums(files).items()):
        share = percent(lines, all_lines)
        print(f"| {layer} | {share:.1f} % of {all_lines:,} | {percent(branches, all_branches):.1f} % "
              f"of {all_branches:,} | {'' if share >= LEAST else 'below ' + str(LEAST) + ' %'} |")


main()
