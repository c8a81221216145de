"""What a model makes of an input, in plain Python: the judge of any model's tables.

read(model, folder) gives the tables as lists of tuples (in column order, timestamps as UTC without a zone), and of
each source what became of its records. It reads the model's YAML by itself and shares nothing with the program; of
reference.py it has the JSON and Spark's hash. Clarity before speed.
"""

import functools
import math
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import yaml
from reference import (
    DECODER,
    MASK,
    MAX_FOLDER_BYTES,
    NULL_PARTITION,
    SPACE,
    Number,
    Reject,
    Source,
    documents,
    double,
    input_files,
    integer,
    lines,
    parse,
    partition_folder,
    read_file,
    string,
    xxh64,
)

BLANKS = re.compile(f"[{SPACE}]*")
NUMBER = r"(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?"
EPOCH = datetime(1970, 1, 1)
LAST_SECOND = 253_402_300_799
PER_SECOND = {"timestamp_s": 1, "timestamp_ms": 1000, "timestamp_us": 1_000_000, "timestamp_iso": 1_000_000}
ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)", re.ASCII)
PARTS = {
    "hour": lambda time: time.hour,
    "day": lambda time: time.day,
    "week": lambda time: time.isocalendar().week,
    "month": lambda time: time.month,
    "year": lambda time: time.year,
    "weekday": lambda time: time.isoweekday() % 7 + 1,
    "date": lambda time: time.date(),
    "time": lambda time: time,
}


# ---- The model -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Field:
    path: str
    type: str
    required: str = ""  # "true", "kept"
    zero: bool = False

    @property
    def steps(self):
        """a.b[0] as ["a", "b", 0]"""
        found = re.findall(r"`([^`]+)`|([^.\[\]`]+)|\[(\d+)\]", self.path)
        return [int(index) if index else quoted or key for quoted, key, index in found]


def fields_of(source):
    found = {}
    for path, what in source["fields"].items():
        what = {"type": what} if isinstance(what, str) else what
        found[path] = Field(path, what["type"], what.get("required", ""), what.get("null") == "0")
    return found


def as_list(value):
    return value if isinstance(value, list) else [value]


class Model:
    def __init__(self, path):
        self.path = path
        self.text = yaml.load(path.read_text(), yaml.BaseLoader)  # all is text, `on` too
        self.sources = self.text["sources"]
        for source in self.sources.values():  # ignored ones may stand among the fields
            ignored = [path for path, what in source["fields"].items() if what == "ignored"]
            source["fields"] = {path: what for path, what in source["fields"].items() if what != "ignored"}
            source["ignored"] = source.get("ignored", []) + ignored
        self.fields = {name: fields_of(source) for name, source in self.sources.items()}
        [(self.facts_table, self.facts)] = self.text["facts"].items()
        self.dimensions = self.text.get("dimensions", {})
        self.tables = [*self.dimensions, self.facts_table]

    def columns(self, table):
        """{column: ("id", None), ("part", part), ("field", source, path) or ("look-up", name, path)}, in order."""
        rule = self.facts if table == self.facts_table else self.dimensions[table]
        found = {}
        if table == self.facts_table:
            found |= dict.fromkeys(rule["id"], ("id", None))
        for name, origin in rule["columns"].items():
            if isinstance(origin, dict) and "of" in origin:
                origin = origin["of"]
            if isinstance(origin, dict):
                found[name] = ("part", origin["part"])
            elif rule.get("calendar"):
                found[name] = ("part", origin)
            else:
                found[name] = self.origin(table, rule, origin)
        return found

    def origin(self, table, rule, origin):
        if table == self.facts_table and origin == rule["time"]:
            return ("part", "time")
        lookup, _, path = origin.partition(".")
        if origin not in self.fields[rule["from"]] and lookup in rule.get("lookups", {}):
            return ("look-up", lookup, path)
        return ("field", rule["from"], origin)

    def type_of(self, table, column):
        """The type of a column as DuckDB names it."""
        kind, *rest = self.columns(table)[column]
        if kind == "id":
            return "BIGINT"
        if kind == "part":
            return {"time": "TIMESTAMP", "date": "DATE"}.get(rest[0], "INTEGER")
        source = self.facts["lookups"][rest[0]]["in"] if kind == "look-up" else rest[0]
        type = self.fields[source][rest[1]].type
        names = {"string": "VARCHAR", "json": "VARCHAR", "int32": "INTEGER", "int64": "BIGINT", "bool": "BOOLEAN"}
        return "TIMESTAMP" if type.startswith("timestamp") else names.get(type, type.upper())

    def partition(self, table):
        rule = self.facts if table == self.facts_table else self.dimensions[table]
        return rule.get("partition", [])


# ---- Values --------------------------------------------------------------------------------------


def decimal(value, type):
    precision, scale = map(int, re.findall(r"\d+", type))
    found = isinstance(value, str) and re.fullmatch(NUMBER, value, re.ASCII)
    if not found:
        raise Reject("wrong_type")
    sign, whole, fraction, exponent = found[1], found[2], found[3] or "", int(found[4] or 0)
    digits = (whole + fraction).rstrip("0")
    behind = len(fraction) - exponent - len(whole + fraction) + len(digits)  # the point; zeros at the end do not count
    if not digits.lstrip("0"):
        return Decimal(0)
    if behind > scale or len(digits.lstrip("0")) - behind > precision - scale:
        raise Reject("out_of_range")
    return Decimal(int(sign + digits) * 10 ** (scale - behind)).scaleb(-scale)


def iso_timestamp(value):
    """In microseconds."""
    found = isinstance(value, str) and not isinstance(value, Number) and ISO.fullmatch(value)
    if not found:
        raise Reject("wrong_type")
    *day, hour, minute, second = (int(digits or 0) for digits in found.groups()[:6])
    try:
        time = datetime(*day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        raise Reject("wrong_type") from None
    micros = int((found[7] or "").ljust(6, "0")[:6])
    seconds, offset = int(time.timestamp()), found[8]
    if offset != "Z":
        ahead = int(offset[1:3]) * 3600 + int(offset[-2:]) * 60
        seconds -= ahead if offset[0] == "+" else -ahead
    return seconds * 1_000_000 + micros


def converted(value, kind):
    if kind == "json":
        return value
    if kind == "string":
        return string(value)
    if kind in ("int32", "int64"):
        return integer(value, int(kind[3:]))
    if kind == "double":
        return double(value)
    if kind == "bool":
        if not isinstance(value, bool):
            raise Reject("wrong_type")
        return value
    if kind == "date":
        if isinstance(value, Number) or not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            raise Reject("wrong_type")
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise Reject("wrong_type") from None
    if kind.startswith("decimal"):
        return decimal(value, kind)
    number = iso_timestamp(value) if kind == "timestamp_iso" else integer(value, 64)
    if not 0 <= number < (LAST_SECOND + 1) * PER_SECOND[kind]:
        raise Reject("out_of_range")
    return number


def compact(text):
    """JSON without the white space outside its strings."""
    return re.sub(r'("(?:[^"\\]|\\.)*")|[ \t\r\n]+', r"\1", text)


@functools.lru_cache(maxsize=64)  # fields of one object follow each other
def member(text, step):
    """The text of a member of the object or array that the compact text is; None: there is none."""
    if len(text) == 2:
        return None
    at, index, found = 1, 0, None
    while True:
        key = index
        if text[0] == "{":
            key, at = DECODER.raw_decode(text, at)
            at += 1
        _, end = DECODER.raw_decode(text, at)
        if key == step:
            found = text[at:end]
        if text[end] in "]}":
            return found
        at, index = end + 1, index + 1


def value_of(text, steps):
    for step in steps:
        if text is None or text == "null":
            return None
        if text[0] != ("[" if isinstance(step, int) else "{"):
            raise Reject("wrong_type")
        text = member(text, step)
    return text


# ---- Records -------------------------------------------------------------------------------------


def concatenated(data):
    text = data.decode()
    at = BLANKS.match(text).end()
    while at < len(text):
        _, end = DECODER.raw_decode(text, at)
        yield text[at:end]
        at = BLANKS.match(text, end).end()


def texts_of(data, layout):
    if isinstance(layout, dict):
        found = member(compact(data.decode()), layout["records"])
        at = 1
        while found[at] != "]":
            _, end = DECODER.raw_decode(found, at)
            yield found[at:end]
            at = end + (found[end] == ",")
    elif layout == "concatenated":
        yield from concatenated(data)
    else:
        found = documents(data) if layout == "document" else None
        for _, _, record in lines(data) if found is None else found:
            yield record.decode()


@dataclass
class Records(Source):
    faults: Counter = field(default_factory=Counter)  # of values that were dropped
    kept: list = field(default_factory=list)  # {path: value}


def known_keys(model, name):
    """The keys with which the paths of a source begin."""
    ignored = [Field(path, "json") for path in model.sources[name].get("ignored", [])]
    return {field.steps[0] for field in [*model.fields[name].values(), *ignored]}


def folders_of(model, name):
    """{path: the longest column of a table that it names folders of}"""
    found = {}
    for table, rule in model.dimensions.items():
        for column in rule.get("partition", []):
            kind, *rest = model.columns(table)[column]
            if kind == "field" and rest[0] == name:
                found[rest[1]] = max(column, found.get(rest[1], ""), key=len)
    return found


class Reader:
    def __init__(self, model, name):
        self.fields, self.source = model.fields[name], model.sources[name]
        self.known, self.folders = known_keys(model, name), folders_of(model, name)
        self.records = Records()

    def read(self, folder):
        for path in input_files(folder, self.source["folder"]):
            self.records.files += 1
            for text in texts_of(read_file(path), self.source.get("layout", "lines")):
                self.records.records += 1
                try:
                    self.add(text)
                except Reject as reject:
                    self.records.rejects.append(reject.code)
        return self.records

    def add(self, text):
        record = parse(text)
        text = compact(text.strip(SPACE))
        unknown = set(record) - self.known
        row = {}
        for wanted in self.fields.values():
            if wanted.required == "true":
                row[wanted.path] = self.value(text, wanted)
        for name, kept in self.source.get("keep", {}).items():
            if row.get(name, self.value(text, self.fields[name])) != kept:
                self.records.unknown.update(unknown)
                self.records.left_out += 1
                return
        if unknown and self.source.get("unknown") == "discard_row":
            raise Reject("unknown_field")
        for wanted in self.fields.values():
            row[wanted.path] = self.value(text, wanted)
        self.check_folders(row)
        self.records.unknown.update(unknown)
        self.records.kept.append(row)

    def drop(self, wanted, code):
        """Counts a faulty value, or rejects its record."""
        if self.source.get("faulty") != "discard_value" or wanted.required:
            raise Reject(code)
        self.records.faults[wanted.path] += 1

    def check_folders(self, row):
        """The name of a partition's folder has a limit, and is not that of null."""
        for path, column in self.folders.items():
            value = row[path]
            folder = partition_folder(column, value) if isinstance(value, str) else ""
            if len(folder.encode()) > MAX_FOLDER_BYTES or value == NULL_PARTITION:
                self.drop(self.fields[path], "out_of_range")
                row[path] = None

    def value(self, text, wanted):
        value = None
        try:
            found = value_of(text, wanted.steps)
            if found is not None and found != "null":
                value = converted(found if wanted.type == "json" else DECODER.decode(found), wanted.type)
        except Reject as reject:
            self.drop(wanted, reject.code)
        if wanted.required and value in (None, ""):
            raise Reject("missing_field")
        return (0.0 if wanted.type == "double" else 0) if value is None and wanted.zero else value


# ---- Tables --------------------------------------------------------------------------------------


class Down:
    """A value whose order is the other way round."""

    def __init__(self, value):
        self.value = value

    def __eq__(self, other):
        return self.value == other.value

    def __lt__(self, other):
        return other.value < self.value


def exact(value):
    """A value by which -0.0 is not 0.0, but less."""
    return (value, math.copysign(1, value)) if isinstance(value, float) else value


def order_of(row, order):
    """A sort key: null is less than every value."""
    key = []
    for name in as_list(order):
        value = exact(row[name.removeprefix("-")])
        step = (value is not None, value)
        key.append(Down(step) if name.startswith("-") else step)
    return key


def winners(rows, key, order):
    """{values of the key: the first of the rows in the order}, without keys that have a null"""
    groups = {}
    for row in rows:
        values = tuple(exact(row[name]) for name in as_list(key))
        if None not in values:
            groups.setdefault(values, []).append(row)
    return {values: min(group, key=lambda row: order_of(row, order)) for values, group in groups.items()}


def hashed(value, kind, seed):
    if kind == "string":
        return xxh64(value.encode(), seed)
    return xxh64(value.to_bytes(4 if kind == "int32" else 8, "little", signed=True), seed)


def id_of(row, names, fields):
    found = 42
    for name in names:
        found = hashed(row[name], fields[name].type, found) & MASK
    return found - 2**64 if found >= 2**63 else found


class Tables:
    def __init__(self, model, records):
        self.model, self.records = model, records
        self.rows = records[model.facts["from"]].kept
        lookups = model.facts.get("lookups", {}).values()
        self.lookups = {
            name: winners(records[rule["in"]].kept, [*rule["on"]], rule["order"])
            for name, rule in zip(model.facts.get("lookups", {}), lookups)
        }

    def time(self, row):
        name = self.model.facts["time"]
        ticks = row[name] * 1_000_000 // PER_SECOND[self.model.fields[self.model.facts["from"]][name].type]
        return EPOCH + timedelta(microseconds=ticks)

    def found(self, row, lookup):
        names = self.model.facts["lookups"][lookup]["on"].values()
        return self.lookups[lookup].get(tuple(exact(row[name]) for name in names))

    def value(self, row, origin):
        kind, *rest = origin
        if kind == "id":
            [names] = self.model.facts["id"].values()
            return id_of(row, names, self.model.fields[self.model.facts["from"]])
        if kind == "part":
            return PARTS[rest[0]](self.time(row))
        source = rest[0]
        if kind == "look-up":
            source, row = self.model.facts["lookups"][source]["in"], self.found(row, source)
        value = row and row[rest[1]]
        type = self.model.fields[source][rest[1]].type
        if type.startswith("timestamp") and value is not None:
            return EPOCH + timedelta(microseconds=value * 1_000_000 // PER_SECOND[type])
        return value

    def of(self, table):
        rule = self.model.dimensions.get(table)
        if rule is None or rule.get("calendar"):
            return [*{tuple(map(exact, row)): row for row in self.tuples(table, self.rows)}.values()]
        return self.tuples(table, winners(self.records[rule["from"]].kept, rule["key"], rule["order"]).values())

    def tuples(self, table, rows):
        columns = self.model.columns(table)
        found = [[self.value(row, origin) for origin in columns.values()] for row in rows]
        for place, name in enumerate(columns):
            if name in self.model.partition(table):  # an empty text has the folder of null
                for row in found:
                    row[place] = None if row[place] == "" else row[place]
        return list(map(tuple, found))


def read(model, folder):
    """(tables, records by source)"""
    records = {name: Reader(model, name).read(folder) for name in model.sources}
    tables = Tables(model, records)
    return {table: tables.of(table) for table in model.tables}, records
