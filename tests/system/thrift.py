"""A reader of thrift's compact protocol: structs become dicts from field id to value."""

STOP, TRUE, FALSE, I8, I16, I32, I64, DOUBLE, BINARY, LIST, STRUCT = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12


class Reader:
    def __init__(self, data, at=0):
        self.data = data
        self.at = at

    def byte(self):
        self.at += 1
        return self.data[self.at - 1]

    def varint(self):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def number(self):
        value = self.varint()
        return value >> 1 ^ -(value & 1)

    def binary(self):
        size = self.varint()
        self.at += size
        assert self.at <= len(self.data), "a string reaches past the end"
        return bytes(self.data[self.at - size : self.at])

    def list(self):
        head = self.byte()
        size, kind = head >> 4, head & 15
        if size == 15:
            size = self.varint()
        if kind in (TRUE, FALSE):
            return [self.byte() == TRUE for _ in range(size)]
        return [self.value(kind) for _ in range(size)]

    def value(self, kind):
        if kind in (TRUE, FALSE):
            return kind == TRUE
        if kind in (I16, I32, I64):
            return self.number()
        if kind == BINARY:
            return self.binary()
        if kind == LIST:
            return self.list()
        assert kind == STRUCT, f"type {kind} is not used in Parquet's metadata"
        return self.struct()

    def struct(self):
        fields, field = {}, 0
        while (head := self.byte()) != STOP:
            field = field + (head >> 4) if head >> 4 else self.number()
            assert field not in fields
            fields[field] = self.value(head & 15)
        return fields


def read(data, at=0):
    """The struct at `at`, and where it ends."""
    reader = Reader(data, at)
    return reader.struct(), reader.at
