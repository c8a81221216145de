"""A lake whose model gets columns after its first run."""

import json

import polars
from conftest import etl, write_tree

SALES = """
model: sales
sources:
  sales:
    folder: sales
    fields:
      at: {type: timestamp_s, required: true}
      id: {type: string, required: true}
      sku: string
      till: ignored
      paid: ignored
      ok: ignored
      rate: ignored
      basket: ignored
      note: string
      more: json
  items: {folder: items, fields: {sku: string, name: string, brand: ignored}}
dimensions:
  items: {from: items, key: sku, columns: {sku: sku, name: name}}
  skus: {from: sales, key: sku, order: [-at, -id], columns: {sku: sku}}
facts:
  sales:
    from: sales
    time: at
    id: {key: [id]}
    lookups: {item: {in: items, on: {sku: sku}}}
    columns: {at: at, sku: sku, note: note, more: more, name: item.name}
"""
BRAND = ("brand: ignored", "brand: string")
LOOKED_UP = (BRAND, ("name: item.name", "name: item.name, brand: item.brand"))
OF_DIMENSION = (BRAND, ("name: name}}", "name: name, brand: brand}}"))
TILL = ("till: ignored", "till: string")
OF_FACTS = (TILL, ("columns: {at: at", "columns: {at: at, till: till"))
# Of every kind that a column has in memory, in the second step
MORE_OF_FACTS = (
    ("paid: ignored", "paid: int64"),
    ("ok: ignored", "ok: bool"),
    ("basket: ignored", "basket: json"),
    ("rate: ignored", "rate: double"),
    ("name: item.name", "name: item.name, paid: paid, ok: ok, rate: rate, basket: basket"),
)
OF_WINNERS = (TILL, ("{sku: sku}}\nfacts", "{sku: sku, till: till}}\nfacts"))


class Sales:
    """Its first run has read the sales `names` and the items s and t, a file each."""

    def __init__(self, folder, names="a", engine=()):
        self.folder, self.model, self.text = folder, folder / "model.yaml", SALES
        self.add_item("s")
        self.add_item("t")
        self.model.write_text(SALES)
        for number, name in enumerate(names):
            self.sell(name, at=1700000000 + number)
        self.load("--model", self.model, engine=engine)

    def extend(self, changes):
        for old, new in changes:
            assert self.text.count(old) == 1, old
            self.text = self.text.replace(old, new)
        self.model.write_text(self.text)

    def add_item(self, sku):
        item = {"sku": sku, "name": "N", "brand": f"brand {sku}"}
        write_tree(self.folder, {f"in/items/{sku}.json": json.dumps(item)})

    def sell(self, name, at=1700000000, file=None):
        sale = {"at": at, "id": name, "sku": "s", "till": f"till {name}", "more": [name] if name < "c" else None}
        sale |= {"paid": at, "ok": True, "rate": 0.5, "basket": [1]}
        write_tree(self.folder, {f"in/sales/{file or name}.json": json.dumps(sale)})

    def lose(self, *names):
        (self.folder / "lost").mkdir(exist_ok=True)
        for name in names:
            (self.folder / f"in/{name}.json").rename(self.folder / "lost" / name.replace("/", " "))

    def find(self, name):
        """The same file is back: written anew, it would be another one."""
        (self.folder / "lost" / name.replace("/", " ")).rename(self.folder / f"in/{name}.json")

    def load(self, *options, engine=()):
        """Why everything was read, of an incremental run that did."""
        more = {"timeout": 300} if engine else {}
        increment = etl(self.folder / "in", self.folder / "lake", *options, *engine, **more)
        return increment["incremental"] and increment["incremental"]["full_because"]

    def rows(self, table):
        files = [*(self.folder / "lake" / table).glob("*.parquet")]
        return polars.concat([polars.read_parquet(file) for file in files], how="diagonal")

    def column(self, table, name):
        return sorted(self.rows(table)[name], key=str)
