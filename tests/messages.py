"""Prints every text that the program can say when something fails, is odd or is done, by file and line: to be read as a
whole when one is written. messages.py [PATTERN]: only those that match."""

import re
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
# The calls that take a message: functions that format one (PRINTF), but for those that build other texts, and some that
# take it whole.
FORMATS = re.compile(r"\b(\w+)\([^;{}]*?\)\s*PRINTF\(")
NO_MESSAGES = {"buffer_appendf", "add_part"}
WHOLE = {"host_note", "host_warn", "lake_note", "note", "tell", "wrong", "failed", "doctor_failed", "doctor_report"}
WHOLE |= {"search_say_found"}


def sources():
    return {path: path.read_text() for path in sorted((PROJECT / "src").rglob("*.[ch]"))}


def calls(texts):
    names = WHOLE.union(*map(FORMATS.findall, texts)) - NO_MESSAGES
    return re.compile(rf"\b({'|'.join(sorted(names, key=len, reverse=True))})\s*\(")


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


def texts(source, call_of_message):
    for call in call_of_message.finditer(source):
        words = [m[1] for m in TEXT.finditer(arguments(source, call.end()))]
        if words:
            yield source.count("\n", 0, call.start()) + 1, call[1], "".join(words)


def main():
    pattern = re.compile(sys.argv[1] if len(sys.argv) > 1 else "")
    files = sources()
    call_of_message = calls(files.values())
    for path, source in files.items():
        for line, call, text in texts(source, call_of_message):
            if pattern.search(text):
                print(f"{path.relative_to(PROJECT)}:{line}\t{call}\t{text}")


main()
