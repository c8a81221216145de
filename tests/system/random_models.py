"""Models made up at random, with data for them: make(seed, folder) writes FOLDER/model.yaml and FOLDER/in. With
is_odd the text is as odd as JSON may be: keys twice and escaped, white space, numbers in all their forms.

All that a model can be comes up: layouts, types, paths, contracts, keys and orders of any type, look-ups, partitions.
Orders are over all fields of a table, so that only one row can win."""

import gzip
import json
import random

import yaml

TYPES = ("string", "int32", "int64", "double", "bool", "date", "decimal(9,2)", "json",
         "timestamp_s", "timestamp_ms", "timestamp_us", "timestamp_iso")  # fmt: skip
TIMES = ("timestamp_s", "timestamp_ms", "timestamp_us", "timestamp_iso")
LAYOUTS = ("lines", "document", "concatenated", {"records": "Records"})
UNKNOWN, FAULTY = ("evolve", "discard_row", "discard_value"), ("discard_row", "discard_value")
IN_ID = ("string", "int32", "int64", *TIMES)
SECONDS = (0, 951_782_399, 951_782_400, 1_709_164_799, 1_709_164_800, 1_709_251_200, 1_735_689_599, 4_102_444_800)
TEXTS = ("", "a", "A", "é", "日本 ✓", 'say "x"', "a/b=c%", "tab\there", "back\\slash", "x" * 200, "null", "😀")
ODD_TEXTS = ("\0", "a\0b", "\u2028", "{", "}{", '\\"', "\\u0041", "x" * 70_000, "}\n{", "\ufeff", "e\u0301", " lead",
             "1", "%2F", "__HIVE_DEFAULT_PARTITION__", "..", ".", "a\nb")  # fmt: skip
ODD_DOUBLES = ("0", "-0", "0.0", "-0.0", "1E+5", "1e-320", "4.9e-324", "1.7976931348623157e308", "9007199254740993",
               "123456789012345678901234567890", "0.30000000000000004", "1e23")  # fmt: skip
ODD_VALUES = ("1", '"x"', "null", "{}", "[]", '{"deep":{"f1":1}}', "[1,2]")
WRONG = {
    "string": ([], {"a": 1}),
    "int32": ("1", 1.5, 2**31, True),
    "int64": ("x", 2**63, 0.5),
    "double": ("1", False),
    "bool": (0, "true"),
    "date": ("2023-02-29", "2023-2-1", 7, ""),
    "decimal(9,2)": ("1.234", 10**7, "x", True, ""),
    "json": (),
    "timestamp_s": (-1, "1", 253_402_300_800),
    "timestamp_ms": (-1, 1.5),
    "timestamp_us": (-1, "x"),
    "timestamp_iso": ("2024-02-30T00:00:00Z", "2024-01-01", 5, "2024-01-01T00:00:00"),
}
NESTED = ("{}", "in.{}", "in.deep.{}", "list.{}[1]", "list.{}[0].x", "`a.b`.{}")


class Maker:
    def __init__(self, seed):
        self.dice = random.Random(seed)

    # ---- The model ----

    def fields(self, count, required):
        """{path: declaration}; the first `required` of them are in every record."""
        found = {}
        for number in range(count):
            type = self.dice.choice(TYPES)
            path = self.dice.choice(NESTED).format(f"f{number}")
            found[path] = {"type": type}
            if number < required:
                found[path] = {"type": self.dice.choice(IN_ID), "required": True}
            elif type in ("int32", "int64", "double") and self.dice.random() < 0.3:
                found[path]["null"] = 0
        return found

    def source(self, name, count, required):
        source = {"folder": f"{name}_data", "layout": self.dice.choice(LAYOUTS), "fields": self.fields(count, required)}
        source["unknown"] = self.dice.choice(UNKNOWN)
        source["faulty"] = self.dice.choice(FAULTY)
        return source

    def winner(self, name, source, prefix):
        """A dimension over some fields, or as a look-up's rule."""
        paths = list(source["fields"])
        self.dice.shuffle(paths)
        keys = [path for path in paths if source["fields"][path]["type"] != "json"][: self.dice.randrange(1, 3)]
        others = [path for path in paths if path not in keys][:7]
        columns = {f"{prefix}{number}": path for number, path in enumerate(keys + others)}
        order = [self.dice.choice(("", "-")) + path for path in others] or keys[:0]
        rule = {"from": name, "key": keys, "order": order, "columns": columns}
        possible = [column for column, path in columns.items() if source["fields"][path]["type"] in ("string", "int32")]
        if self.dice.random() < 0.4 and possible and len(columns) > 2:
            rule["partition"] = possible[:1]
        return rule

    def lookup(self, name, source, facts_source):
        """Equality of one pair of fields with one type."""
        pairs = [
            (ours, theirs)
            for theirs, what in source["fields"].items()
            for ours, other in facts_source["fields"].items()
            if what["type"] == other["type"] and what["type"] != "json" and ours != "moment"
        ]
        if not pairs:
            return None
        ours, theirs = self.dice.choice(pairs)
        order = [path for path in source["fields"] if path != theirs][:8]
        return {"in": name, "on": {theirs: ours}, "order": order} if order else None

    def model(self):
        dice = self.dice
        events = self.source("events", dice.randrange(4, 14), 2)
        events["fields"]["moment"] = {"type": dice.choice(TIMES), "required": True}
        if dice.random() < 0.5:
            events["fields"]["kind"] = {"type": "string", "required": True}
            events["keep"] = {"kind": "kept"}
            for what in list(events["fields"].values())[:2]:
                what["required"] = dice.choice((True, "kept"))
        sources = {"events": events}
        for number in range(dice.randrange(3)):
            sources[f"side{number}"] = self.source(f"side{number}", dice.randrange(3, 8), 1)
        dimensions = {f"{name}_dim": self.winner(name, source, "c") for name, source in sources.items()}
        lookups = {}
        for name, source in list(sources.items())[1:]:
            rule = self.lookup(name, source, events)
            if rule:
                lookups[f"to_{name}"] = rule
        paths = list(events["fields"])
        columns = {f"c{number}": path for number, path in enumerate(paths) if path != "moment"}
        columns = {"happened": "moment"} | columns
        for lookup, rule in lookups.items():
            taken = [path for path in sources[rule["in"]]["fields"] if path in rule["order"]][:3]
            columns |= {f"{lookup}{number}": f"{lookup}.{path}" for number, path in enumerate(taken)}
        columns |= {part: {"part": part} for part in ("year", "month", "day", "hour", "date", "week", "weekday")}
        partition = ["year", "month", "day", "hour"][: dice.randrange(5)]
        if dice.random() < 0.7:
            parts = {part: part for part in ("year", "month", "day", "hour", "date", "week", "weekday")}
            dimensions["time"] = {"calendar": True, "columns": {"happened": "time"} | parts, "partition": partition[:2]}
            if not partition:
                del dimensions["time"]["partition"]
        facts = {"from": "events", "time": "moment", "id": {"id": dice.sample([paths[0], paths[1], "moment"], 2)}}
        if lookups:
            facts["lookups"] = lookups
        facts["columns"] = columns
        if partition:
            facts["partition"] = partition
        model = {"model": "random", "sources": sources, "dimensions": dimensions, "facts": {"happenings": facts}}
        self.ignore_the_unused(model)
        return model

    def ignore_the_unused(self, model):
        """Fields that no rule names are not declared."""
        for name, source in model["sources"].items():
            used = {"moment", "kind"} if name == "events" else set()
            for rule in model["dimensions"].values():
                if rule.get("from") == name:
                    used |= set(rule["columns"].values())
            if name == "events":
                used |= {path for path in model["facts"]["happenings"]["columns"].values() if isinstance(path, str)}
            for lookup in model["facts"]["happenings"].get("lookups", {}).values():
                if lookup["in"] == name:
                    used |= {*lookup["on"], *lookup["order"]}
            unused = [path for path in source["fields"] if path not in used]
            for path in unused:
                del source["fields"][path]
            if unused:
                source["ignored"] = unused

    # ---- The data ----

    def value(self, what):
        type = what["type"]
        if self.dice.random() < 0.02 and WRONG[type]:
            return self.dice.choice(WRONG[type])
        if not what.get("required") and self.dice.random() < 0.15:
            return None
        return getattr(self, "a_" + type.partition("(")[0])()

    def a_string(self):
        return self.dice.choice(TEXTS[1:] if self.dice.random() < 0.98 else TEXTS)

    def a_int32(self):
        return self.dice.choice((0, 1, -1, 7, 2**31 - 1, -(2**31)))

    def a_int64(self):
        return self.dice.choice((0, 1, -5, 2**53 + 1, 2**63 - 1, -(2**63)))

    def a_double(self):
        return self.dice.choice((0, 0.5, -1.25, 1e300, 3, 0.1, 123456.789))

    def a_bool(self):
        return self.dice.random() < 0.5

    def a_date(self):
        return self.dice.choice(("1970-01-01", "2000-02-29", "2024-02-29", "2024-12-31", "9999-12-31"))

    def a_decimal(self):
        return self.dice.choice((0, 1, "1.5", 2.25, "-3.75", -9999999, "9999999.99", "0.01"))

    def a_json(self):
        return self.dice.choice(({"a": [1, "é", None]}, [], {}, "text", 12, True, [{"b": "x y"}, 1.5]))

    def a_timestamp_s(self):
        return self.dice.choice(SECONDS)

    def a_timestamp_ms(self):
        return self.dice.choice(SECONDS) * 1000 + self.dice.choice((0, 999))

    def a_timestamp_us(self):
        return self.dice.choice(SECONDS) * 1_000_000 + self.dice.choice((0, 1, 999_999))

    def a_timestamp_iso(self):
        day = self.dice.choice(("1970-01-01", "2000-02-29", "2024-02-28", "2024-12-31", "9999-12-31"))
        clock = self.dice.choice(("12:00:00", "12:30", "11:59:59.9", "12:00:00.123456789", "12:00:00.000001"))
        return f"{day}{self.dice.choice('T ')}{clock}{self.dice.choice(('Z', '+02:00', '-0930', '+00:00', '-11:59'))}"

    def record(self, source):
        record = {}
        for path, what in source["fields"].items():
            if what.get("required") or self.dice.random() < 0.9:
                put(record, path, self.value(what))
        if "keep" in source:
            record["kind"] = self.dice.choice(("kept", "kept", "kept", "other"))
        if self.dice.random() < 0.02:
            record["nobody"] = {"knows": [1]}
        items = list(record.items())
        self.dice.shuffle(items)
        return dict(items)

    def records(self, source, count):
        found = [self.record(source) for _ in range(count)]
        return found + [dict(self.dice.choice(found)) for _ in range(count // 10)]

    def text(self, record):
        return json.dumps(record, ensure_ascii=self.dice.random() < 0.3,
                          separators=self.dice.choice(((",", ":"), (", ", " : "))))  # fmt: skip

    def file(self, layout, records):
        texts = [self.text(record) for record in records]
        if layout == "concatenated":
            return self.dice.choice(("", " ", "\n")).join(texts)
        if isinstance(layout, dict):
            return '{"Version": 1, "Records": [' + ",\n".join(texts) + '], "End": null}'
        if layout == "document" and self.dice.random() < 0.5:
            return "[\n" + "\n,  ".join(texts) + "\n]"
        return "".join(text + self.line_end for text in texts)

    line_end = "\n"

    def pack(self, data):
        """(ending, bytes) of a file"""
        return "", data


class Written(str):
    """A value as it stands in the JSON."""


class OddMaker(Maker):
    line_end = "\r\n"

    def a_double(self):
        return Written(self.dice.choice(ODD_DOUBLES))

    def a_decimal(self):
        value = self.dice.choice(("0", "-0", "1e2", "1.50000", "-0.0", "12e-1", "-9999999.99", "0.01E0"))
        return value if self.dice.random() < 0.5 else Written(value)

    def a_string(self):
        if self.dice.random() < 0.1:
            return Written(self.dice.choice(("1.0", "1E5", "-0", "true", "12345678901234567890123")))
        return self.dice.choice(ODD_TEXTS) if self.dice.random() < 0.3 else super().a_string()

    def a_timestamp_iso(self):
        day = self.dice.choice(("1970-01-02", "1999-01-01", "2024-02-29", "2023-12-31", "9999-12-30"))
        clock = self.dice.choice(("00:00", "23:59:59", "23:59:59.999999999", "00:00:00.000001"))
        zone = self.dice.choice(("Z", "+18:00", "-18:00", "-00:00", "+0545"))
        return f"{day}{self.dice.choice('T ')}{clock}{zone}"

    def space(self):
        return self.dice.choice(("", "", " ", "  ", "\t"))

    def key(self, key):
        if key and self.dice.random() < 0.05 and ord(key[0]) < 0x10000:
            return f'"\\u{ord(key[0]):04x}' + json.dumps(key[1:])[1:]
        return json.dumps(key, ensure_ascii=False)

    def members(self, value):
        found = [f"{self.key(key)}{self.space()}:{self.space()}{self.text(what)}" for key, what in value.items()]
        if found and self.dice.random() < 0.03:
            key = self.key(self.dice.choice(list(value)))
            found.insert(self.dice.randrange(len(found)), f"{key}:{self.dice.choice(ODD_VALUES)}")
        return found

    def text(self, value):
        if isinstance(value, Written):
            return value
        if isinstance(value, dict):
            return "{" + ",".join(self.space() + member + self.space() for member in self.members(value)) + "}"
        if isinstance(value, list):
            return "[" + ",".join(self.space() + self.text(each) + self.space() for each in value) + "]"
        return json.dumps(value, ensure_ascii=self.dice.random() < 0.3)

    def pack(self, data):
        return (".gz", gzip.compress(data)) if self.dice.random() < 0.3 else ("", data)


def put(record, path, value):
    """Puts a value at a path into nested objects and lists."""
    at, steps = record, []
    quoted = path.startswith("`")
    for part in path.replace("`a.b`", "QUOTED").split("."):
        key, *indexes = part.replace("]", "").split("[")
        steps += ["a.b" if quoted and key == "QUOTED" else key, *map(int, indexes)]
    for step, following in zip(steps, [*steps[1:], None]):
        new = value if following is None else [] if isinstance(following, int) else {}
        if isinstance(step, int):
            at += [None] * (step + 1 - len(at))
            at[step] = new if at[step] is None else at[step]
        elif following is None:
            at[step] = new
        else:
            at.setdefault(step, new)
        at = at[step]


def make(seed, folder, records=60, is_odd=False):
    """Returns the path of the model, and of the input."""
    maker = OddMaker(seed) if is_odd else Maker(seed)
    model = maker.model()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "model.yaml"
    path.write_text(yaml.safe_dump(model, sort_keys=False, allow_unicode=True))
    for source in model["sources"].values():
        for number in range(3):
            text = maker.file(source["layout"], maker.records(source, records))
            ending, data = maker.pack(text.encode())
            file = folder / "in" / source["folder"] / f"{number}.json{ending}"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
    return path, folder / "in"
