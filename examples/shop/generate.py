#!/usr/bin/env python3
"""A web shop's clicks, products and customers: generate.py --events 100000 --days 3 --output data

DIR/clicks/2024/02/28/00/….json: objects one behind the other, as Firehose delivers them, a file every four hours.
DIR/products/….json: products below a key. DIR/customers/….json: a document a customer, or an array of some. The same
arguments give the same bytes. Besides what is usual there is what hurts: nulls, clicks that come twice, prices that are
no prices, products that change, customers who are registered twice at one moment, days that end, escapes.
"""

import argparse
import gzip
import itertools
import json
import random
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

BEGIN = datetime(2024, 2, 28, tzinfo=UTC)  # the second day is the 29th of February
HOURS = 4  # of a file
CATEGORIES = ("Kitchen", "Garden & Terrace", "Büro", "Toys/Games", "100% Wool", "")
BRANDS = ("Ölm", 'Brand "X"', "plain")
CITIES = ("Köln", "Paris", "東京", 'New "Y" \\ York')
COUNTRIES = ("DE", "FR", "AT", "JP", None)
PAGES = ("/", "/search?q=t\\u00e9a", "/p/{}", "/basket", "/pay", "/\\u00fcber-uns", "/old\\/path")
EVENTS = ("view", "view", "view", "view", "search", "add", "remove", "pay")
DEVICES = ('"phone"', '"desktop"', '"tablet"', "null")
REFERRERS = ("", ',"referrer":null', ',"referrer":"https:\\/\\/search.example\\/?q=\\"tea\\""', ',"referrer":"mail"')
EXPERIMENTS = (
    "",
    ',"experiments":null',
    ',"experiments":[]',
    ',"experiments":[{"name":"blue button","group":1.50},{"name":"b"}]',
    ',"experiments": [ {"name": "caf\\u00e9 \\ud83d\\ude00" , "group": 2e3} ]',
    ',"experiments":{"off":true}',
)
PRICES = ('"{}.{:02}"', "{}.{:02}", "{}.{:02}", "{}")


def text(value):
    return json.dumps(value, ensure_ascii=False)


# ---- Products and customers ----------------------------------------------------------------------


def product(dice, number, version):
    """Of a product there may be several records: the one that was updated last is right."""
    price = dice.choice(PRICES).format(number % 90 + version, number % 100)
    category = dice.choice(("null", *map(text, CATEGORIES))) if number % 10 == 0 else text(CATEGORIES[number % 5])
    hour = (number + version * 7) % 24
    offset = ("Z", "+02:00", "-0930")[number % 3]
    fields = [
        f'"sku":"SKU-{number:05}"',
        f'"name":{text(f"Thing “{number}” v{version}")}' if number % 13 else '"name":null',
        f'"category":{category}',
        f'"brand":{text(BRANDS[number % 3])}',
        f'"price":{price}',
        f'"available":{("true", "false", "null")[number % 3]}',
        f'"since":"20{number % 24:02}-02-{28 if number % 4 else 29}"',
        f'"updated":"2024-01-31T{hour:02}:59:59.{number % 1000:03}{offset}"',
        f'"weight":{number % 7}.{number % 10}e-1',
    ]
    if number % 4:
        fields.append(f'"stock":{number % 50}')
    return fields


def some_of(wrong, count, all_of_them):
    """Few enough of `count` records that a run takes the data, which gives up where more than 1 % are rejected."""
    return wrong if all_of_them else wrong[: count // 150]


def catalogue(dice, products, all_wrong):
    records = []
    for number in range(products):
        for version in range(1 + (number % 6 == 0) + (number % 12 == 0)):
            records.append("{" + ",".join(product(dice, number, version)) + "}")
        if number % 40 == 0:  # two of one moment: the name decides
            tie = product(dice, number, 0)
            records += ["{" + ",".join([*tie[:1], f'"name":"{name}"', *tie[2:]]) + "}" for name in ("b tie", "a tie")]
    records += records[:3]  # the same again
    records += some_of(WRONG_PRODUCTS, len(records), all_wrong)
    dice.shuffle(records)
    return records


WRONG_PRODUCTS = [
    '{"name":"without a sku"}',
    '{"sku":"SKU-00001","colour":"a field that was not agreed on","updated":"2030-01-01T00:00:00Z"}',
    '{"sku":"SKU-00002","since":"2023-02-29","updated":"2030-01-01T00:00:00Z"}',
    '{"sku":"SKU-00003","price":"9.999","updated":"2030-01-01T00:00:00Z"}',
    '{"sku":"SKU-00004","updated":"2024-01-31 25:00:00Z"}',
    '{"sku":"SKU-00005","available":"yes","updated":"2030-01-01T00:00:00Z"}',
]


def write_products(folder, dice, products, all_wrong, write):
    records = catalogue(dice, products, all_wrong)
    for number, begin in enumerate(range(0, len(records), 500)):
        lines = ",\n    ".join(records[begin : begin + 500])
        content = f'{{"Version": 3, "Records": [\n    {lines}\n], "More": false}}\n'
        write(folder / f"catalogue-{number:04}.json", content)


def customer(dice, number, name):
    record = {
        "customer_id": f"C{number:06}",
        "name": name,
        "email": f"c{number}@mail.example" if number % 5 else None,
        "born": f"{1940 + number % 65}-{number % 12 + 1:02}-{number % 28 + 1:02}",
        "newsletter": (True, False, None)[number % 3],
        "registered": 1_500_000_000 + number * 3600 % 100_000_000,
        "credit": (number % 1000 + 0.25, str(number) + ".5", None, 0, -12.75)[number % 5],
        "address": {"city": CITIES[number % 4], "country": dice.choice(COUNTRIES)},
        "tags": (["new", "vip"], [], ["vip"], None)[number % 4],
        "preferences": {"language": "de", "sizes": [1, 2.5]} if number % 2 else None,
    }
    if number % 7 == 0:
        del record["address"]
    if number % 11 == 0:
        record["loyalty"] = {"points": number}  # a field that is discarded
    return record


WRONG_CUSTOMERS = [
    ("without-an-id", '{"name": "nobody"}'),
    ("born-too-late", '{"customer_id": "C000003", "born": "1999-02-29", "registered": 2000000000}'),
]


def write_customers(folder, dice, customers, all_wrong, write):
    waiting = []
    for number in range(customers):
        records = [customer(dice, number, f"Customer {number} é")]
        if number % 15 == 0:  # registered twice at one moment
            records.append(customer(dice, number, f"A customer {number}"))
        if number % 10 == 1:
            waiting += records
            continue
        for version, record in enumerate(records):
            indent = 2 if number % 3 == 0 else None
            content = json.dumps(record, ensure_ascii=number % 2 == 0, indent=indent)
            write(folder / f"one/{number:06}-{version}.json", content)
    for place in range(0, len(waiting), 10):
        write(folder / f"many/{place:06}.json", json.dumps(waiting[place : place + 10], ensure_ascii=False))
    for name, content in some_of(WRONG_CUSTOMERS, customers, all_wrong):
        write(folder / f"one/{name}.json", content)


# ---- Clicks --------------------------------------------------------------------------------------


class Clicks:
    def __init__(self, arguments, products, customers):
        self.dice = random.Random(arguments.seed + 1)
        self.count, self.files = arguments.events, arguments.days * 24 // HOURS
        self.products, self.customers = products, customers
        self.sessions = 0
        self.calm = max(20, min(150, self.count // 100))  # so many events, and one that makes trouble
        self.troubles, self.wrongs = itertools.cycle(TROUBLES), itertools.cycle(WRONG_CLICKS)
        self.earlier = []

    def session(self):
        """What the clicks of a session have in common, the beginning of its objects."""
        number = self.sessions
        self.sessions += 1
        customer = number * 37 % (self.customers * 2)  # a part of them is not registered
        who = (',"customer_id":null', "")[number % 2]
        if customer < self.customers * 1.1:
            who = f',"customer_id":"C{customer:06}"'
        device, bot = self.dice.choice(DEVICES), ("false", "true", "null")[number % 17 % 3]
        return (
            f'"session":{{"id":"s-{number:x}-é","started":SECONDS,"device":{device},'
            f'"landing":"{PAGES[number % 7]}","is_bot":{bot},"user_agent":"Agent/{number % 30}"}}{who}'
        )

    def clicks_of(self, begin_ms, span_ms, count):
        """Objects of sessions of up to 40 clicks, that begin in the span."""
        found, dice = [], self.dice
        while len(found) < count:
            at = begin_ms + dice.randrange(span_ms)
            session = self.session().replace("SECONDS", str(at // 1000))
            length = min(dice.choice((1, 2, 5, 12, 40)), count - len(found))
            for sequence, (event, page, referrer, experiments, pick) in enumerate(
                zip(
                    dice.choices(EVENTS, k=length),
                    dice.choices(PAGES, k=length),
                    dice.choices(REFERRERS, k=length),
                    dice.choices(EXPERIMENTS, k=length),
                    dice.choices(range(self.products + self.products // 10 + 1), k=length),
                )
            ):
                price = PRICES[pick % 4].format(pick % 90, pick % 100)
                quantity = f',"quantity":{pick % 4}' if pick % 3 else ""
                item = f',"item":{{"sku":"SKU-{pick:05}","price":{price}{quantity}}}' if pick % 5 else ""
                found.append(
                    f'{{"version":2,"stream":"shop","at":{at},{session},"sequence":{sequence},"event":"{event}",'
                    f'"page":"{page}"{referrer}{item}{experiments}}}'
                )
                at += pick % 60_000
        return found

    def file(self, number):
        here = self.count * (number + 1) // self.files - self.count * number // self.files
        span = HOURS * 3_600_000
        begin = int(BEGIN.timestamp()) * 1000 + number * span
        clicks = self.clicks_of(begin, span, here)
        self.hurt(clicks, begin, begin + span)
        return "".join(clicks)

    def hurt(self, clicks, begin, end):
        dice = self.dice
        for place in range(dice.randrange(self.calm), len(clicks), self.calm):
            clicks[place] = next(self.troubles)(self, clicks[place], begin, end)
        repeated, self.earlier = self.earlier, clicks[-2:]
        clicks += repeated  # the same again, and once laid out in another way
        clicks += [click.replace(',"stream"', ',\n  "stream"').replace('"sequence":', '"sequence" : ')
                   for click in repeated]  # fmt: skip

    def beat(self, click, begin, end):
        """What is skipped, though its fields are not those of a click."""
        return click + f'{{"stream":"heartbeat","at":{begin},"sequence":"none","session":{{"id":7}},"load":0.5}}\n'

    def at_a_border(self, click, begin, end):
        """The last millisecond of a file's time, and the first."""
        head, tail = click.split('"at":', 1)
        rest = tail[tail.index(",") :]
        return "".join(f'{head}"at":{at}{rest}' for at in (begin, end - 1))

    def wrong_value(self, click, begin, end):
        """A value is dropped, and the click stays."""
        price = self.dice.choice(('"9.999"', "1.005", '"free"', "123456789.5", "true", "[1]", '""'))
        wrong = self.dice.choice(
            (
                f'"item":{{"sku":"SKU-00007","price":{price}}}',
                '"item":{"sku":{"is":"no text"},"price":1,"quantity":"two"}',
                '"item":{"sku":12,"price":"3","quantity":1.5}',
                '"item":{"sku":true,"price":null,"quantity":3000000000}',
            )
        )
        at = click.find(',"item":')
        if at >= 0:
            click = click[:at] + click[click.index("}", at) + 1 :]
        return click[:-1] + f",{wrong}}}"

    def wrong_session(self, click, begin, end):
        return re.sub(r'"started":\d+', '"started":"soon"', click).replace('"is_bot":', '"is_bot":"yes","bot":')

    def unknown(self, click, begin, end):
        return click[:-1] + ',"utm":{"campaign":["spring"]},"beta":null}'

    def two_devices(self, click, begin, end):
        """Two clicks of one session at one moment with one number, that differ in what sessions are made of."""
        return click + click.replace('"device":"phone"', '"device":"watch"').replace('"device":null', '"device":""')

    def long(self, click, begin, end):
        page = "/long?" + "q=\\u2713&" * self.dice.choice((1000, 9000))
        return click.replace('"page":"', f'"page":"{page}', 1)

    def wrong(self, click, begin, end):
        return click + next(self.wrongs).replace("NOW", str(begin))


TROUBLES = (
    Clicks.beat, Clicks.beat, Clicks.at_a_border, Clicks.wrong_value, Clicks.wrong_value, Clicks.wrong_session,
    Clicks.unknown, Clicks.two_devices, Clicks.long, Clicks.wrong,
)  # fmt: skip
WRONG_CLICKS = (  # what must be rejected
    '{"stream":"shop","session":{"id":"s"},"sequence":1,"event":"view"}',
    '{"stream":"shop","at":"NOW","session":{"id":"s"},"sequence":1,"event":"view"}',
    '{"stream":"shop","at":-1,"session":{"id":"s"},"sequence":1,"event":"view"}',
    '{"stream":"shop","at":253402300800000,"session":{"id":"s"},"sequence":1,"event":"view"}',
    '{"stream":"shop","at":NOW,"session":{"id":""},"sequence":1,"event":"view"}',
    '{"stream":"shop","at":NOW,"session":null,"sequence":1,"event":"view"}',
    '{"stream":"shop","at":NOW,"session":{"id":"s"},"sequence":1.5,"event":"view"}',
    '{"stream":"shop","at":NOW,"session":{"id":"s"},"sequence":1,"event":null}',
    '{"at":NOW,"session":{"id":"s"},"sequence":1,"event":"view"}',
)


# ---- All of it -----------------------------------------------------------------------------------


def writer(is_compressed):
    def write(path, content):
        data = content.encode()
        if is_compressed:
            path, data = path.with_name(path.name + ".gz"), gzip.compress(data, 1, mtime=0)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    return write


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--events", type=int, default=100_000, help="how many clicks (100000)")
    parser.add_argument("--days", type=int, default=3, help="over how many days from 2024-02-28 on (3)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--wrong", action="store_true", help="every kind of wrong record in small data, too")
    parser.add_argument("--gzip", action="store_true", help="compressed files")
    parser.add_argument("--output", type=Path, required=True, help="the folder, which gets three folders")
    arguments = parser.parse_args()
    dice, write = random.Random(arguments.seed), writer(arguments.gzip)
    products, customers = max(arguments.events // 100, 50), max(min(arguments.events // 50, 3000), 40)
    write_products(arguments.output / "products", dice, products, arguments.wrong, write)
    write_customers(arguments.output / "customers", dice, customers, arguments.wrong, write)
    clicks = Clicks(arguments, products, customers)
    for number in range(clicks.files):
        begin = BEGIN + timedelta(hours=number * HOURS)
        name = begin.strftime("%Y/%m/%d/%H/shop-clicks-1-%Y-%m-%d-%H-00-00.json")
        write(arguments.output / "clicks" / name, clicks.file(number))


if __name__ == "__main__":
    main()
