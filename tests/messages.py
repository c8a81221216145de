"""Prints every text that the program can say when something fails, is odd or is done, by file and line: to be read as a
whole when one is written. messages.py [PATTERN]: only those that match."""

import re
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
# The calls that take a message, and where their format stands.
CALL = re.compile(
    r"\b(error_set_errno|error_set|error_hint|error_wrap|host_warn|host_step|host_note|search_say"
    r"|search_say_found|check_tell|lake_note|note|tell|report_passed|report_failed|report_step|wrong|failed)\s*\("
)
TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')


def arguments(source, start):
    """The text up to the parenthesis that closes the call."""
    depth, i, quoted = 1, start, False
    while depth and i < len(source):
        c = source[i]
        if quoted:
            i += c == "\\"
            quoted = c != '"'
        elif c == '"':
            quoted = True
        else:
            depth += (c == "(") - (c == ")")
        i += 1
    return source[start : i - 1]


def texts(source):
    for call in CALL.finditer(source):
        words = [m[1] for m in TEXT.finditer(arguments(source, call.end()))]
        if words:
            yield source.count("\n", 0, call.start()) + 1, call[1], "".join(words)


def main():
    pattern = re.compile(sys.argv[1] if len(sys.argv) > 1 else "")
    for path in sorted((PROJECT / "src").rglob("*.c")):
        for line, call, text in texts(path.read_text()):
            if pattern.search(text):
                print(f"{path.relative_to(PROJECT)}:{line}\t{call}\t{text}")


main()
