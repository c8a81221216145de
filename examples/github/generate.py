#!/usr/bin/env python3
"""Events in the shape of the GitHub Archive: generate.py --events 100000 --days 3 --output data

One file an hour, DIR/events/2024-02-28-0.json and so on, an event a line. The same arguments give the same bytes.
Besides what is usual there is what hurts: events that stand in two files, records that are wrong, fields that nobody
expects, other offsets than UTC, renamed accounts, two names at one moment, long texts, escapes.
"""

import argparse
import gzip
import itertools
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

BEGIN = datetime(2024, 2, 28, tzinfo=UTC)  # the second day is the 29th of February
FIRST_ID = 9_999_990_000  # ids are texts: with eleven digits they come before those with ten
WORDS = ("data", "engine", "parser", "cloud", "web", "rust", "tiny", "fast", "core", "lab", "kit", "flow")
NAMES = ("ada", "bo", "chen", "dita", "émile", "fatima", "gö", "hana", "ivo", "jun", "kai", "李")
BRANCHES = ("refs/heads/main", "refs/heads/master", "refs/heads/dev", "refs/heads/fix/ü", "refs/heads/release-1.x")
MESSAGES = (
    "Fix the build",
    'Say \\"hello\\"',
    "Tab\\there, line\\nthere",
    "caf\\u00e9 \\ud83d\\ude00",
    "naïve 日本語",
    "back\\\\slash",
    "",
)
SLASHES = "https:\\/\\/api.github.com\\/"  # an escape that nobody needs


def text(value):
    return json.dumps(value, ensure_ascii=False)


class Pools:
    """Parts of events as JSON, from which lines are joined."""

    def __init__(self, dice, events):
        self.dice = dice
        actors, repos, orgs = max(events // 12, 20), max(events // 15, 15), max(events // 300, 5)
        self.actors = [self.actor(number, "") for number in range(actors)]
        self.renamed_actors = [self.actor(number, "-renamed") for number in range(0, actors, 5)]
        self.repos = [self.repo(number, "") for number in range(repos)]
        self.renamed_repos = [self.repo(number, "-moved") for number in range(0, repos, 7)]
        self.orgs = [self.org(number) for number in range(orgs)]
        self.payloads = [self.payload(number) for number in range(400)]

    def actor(self, number, suffix):
        login = f"{NAMES[number % len(NAMES)]}{number}{suffix}"
        display = {0: "", 1: ',"display_login":null'}.get(number % 9, f',"display_login":{text(login.title())}')
        return (
            f'{{"id":{1000 + number * 7},"login":{text(login)}{display},"gravatar_id":"",'
            f'"url":"{SLASHES}users/{number}","avatar_url":"https://avatars.example/u/{number}?"}}'
        )

    def repo(self, number, suffix):
        name = f"{WORDS[number % 12]}-{WORDS[number // 12 % 12]}-{number}{suffix}"
        owner = NAMES[number % len(NAMES)]
        return f'{{"id":{500_000 + number * 3},"name":"{owner}/{name}","url":"https://api.github.com/repos/{number}"}}'

    def org(self, number):
        login = "null" if number % 11 == 3 else text(f"org-{WORDS[number % 12]}-{number}")
        return (
            f',"org":{{"id":{70_000 + number},"login":{login},"gravatar_id":"","url":"https://api.github.com/orgs/x",'
            f'"avatar_url":"https://avatars.example/o/{number}"}}'
        )

    def payload(self, number):
        """All kinds but that of a push, whose values are new in each."""
        label = WORDS[number % 12]
        return self.dice.choice(
            (
                '{"action":"started"}',
                f'{{"ref":{text(label)},"ref_type":"branch","master_branch":"main","description":null}}',
                '{"ref":null,"ref_type":"repository","master_branch":"main"}',
                f'{{"action":"opened","number":{number},"pull_request":{{"id":{number}9,"draft":false,'
                f'"title":"{MESSAGES[number % 7]}","labels":[{{"name":"{label}"}},{{"name":null}}],'
                f'"score":1.{number}}}}}',
                f'{{"action":"created","issue":{{"number":{number},"labels":[]}},"comment":{{"body":"{label} "}}}}',
                "{}",
            )
        )

    def push(self):
        bits = self.dice.getrandbits(320)
        head, before = f"{bits:080x}"[:40], f"{bits:080x}"[40:]
        pick = bits % 35
        message = MESSAGES[pick % 7]
        size = pick % 5
        commit = f'{{"sha":"{head}","author":{{"name":"A. Dev"}},"message":"{message}","distinct":true}}'
        commits = ",".join([commit] * size)
        return (
            f'{{"push_id":{bits % 10**11},"size":{size},"distinct_size":{size},"ref":"{BRANCHES[pick % 5]}",'
            f'"head":"{head}","before":"{before}","commits":[{commits}]}}'
        )


OTHER_TYPES = ("WatchEvent", "CreateEvent", "PullRequestEvent", "IssueCommentEvent", "ForkEvent", "Ünusual")
TYPES = ("PushEvent",) * 9 + OTHER_TYPES


class Events:
    def __init__(self, arguments):
        self.dice = random.Random(arguments.seed)
        self.count, self.hours = arguments.events, arguments.days * 24
        self.pools = Pools(self.dice, self.count)
        self.next_id = FIRST_ID
        self.calm = max(20, min(250, self.count // 100))  # so many events, and one that makes trouble
        self.troubles, self.wrongs = itertools.cycle(TROUBLES), itertools.cycle(WRONG)
        self.earlier = []  # lines that come again

    def line(self, stamp, actor, repo, rest=""):
        number = self.next_id
        self.next_id += 1
        type = self.dice.choice(TYPES)
        payload = self.pools.push() if type == "PushEvent" else self.dice.choice(self.pools.payloads)
        return (
            f'{{"id":"{number}","type":"{type}","actor":{actor},"repo":{repo},"payload":{payload},'
            f'"public":true,"created_at":"{stamp}"{rest}}}\n'
        )

    def hour(self, number):
        """The lines of an hour, in the order of time."""
        begin = BEGIN + timedelta(hours=number)
        here = self.count * (number + 1) // self.hours - self.count * number // self.hours
        usual = begin.strftime("%Y-%m-%dT%H:%%02d:%%02dZ")
        stamps = [usual % divmod(second, 60) for second in range(3600)]
        seconds = sorted(self.dice.choices(range(3600), k=here))
        pools, is_late = self.pools, number * 2 >= self.hours
        actors = self.dice.choices(pools.renamed_actors * 2 + pools.actors if is_late else pools.actors, k=here)
        repos = self.dice.choices(pools.renamed_repos * 2 + pools.repos if is_late else pools.repos, k=here)
        orgs = self.dice.choices(pools.orgs + ["", ',"org":null'] * len(pools.orgs), k=here)
        lines = [
            self.line(stamps[second], actor, repo, org)
            for second, actor, repo, org in zip(seconds, actors, repos, orgs)
        ]
        self.hurt(lines, begin)
        return "".join(lines)

    def hurt(self, lines, begin):
        """Some lines become those that make trouble."""
        repeated, self.earlier = self.earlier, lines[-2:]
        for line in repeated:  # the hour before ends again at the beginning of this, once with blanks
            lines.append(line)
            lines.append(line.replace(',"type"', ' ,\t"type"').replace('"payload":{', '"payload": { '))
        for place in range(self.dice.randrange(self.calm), len(lines) - len(repeated) * 2, self.calm):
            lines[place] = next(self.troubles)(self, lines[place], begin)
        if begin.hour == 13:
            lines.append(next(self.wrongs))

    def two_names(self, line, begin):
        """The same id at the same moment with two names: an order decides which is right."""
        other = line.replace('"login":"', '"login":"0-', 1).replace('"name":"', '"name":"0-', 1)
        return line + other

    def at_a_border(self, line, begin):
        """The moment in another offset, in which it is another day."""
        offset = self.dice.choice((-720, -330, -60, 60, 345, 840))
        local = begin + timedelta(minutes=offset, seconds=self.dice.choice((0, 3599)))
        sign, minutes = "-" if offset < 0 else "+", abs(offset)
        colon = self.dice.choice((":", ""))
        fraction = self.dice.choice(("", ".5", ".000001", ".999999", ".123456"))
        stamp = local.strftime("%Y-%m-%dT%H:%M:%S") + f"{fraction}{sign}{minutes // 60:02}{colon}{minutes % 60:02}"
        return line[: line.index('"created_at":"')] + f'"created_at":"{stamp}"}}\n'

    def unknown(self, line, begin):
        return line.replace('"public":true', '"public":true,"sponsors":{"count":[1,2]},"beta":null')

    def private(self, line, begin):
        return line.replace('"public":true', self.dice.choice(('"public":false', '"public":null')))

    def without_payload(self, line, begin):
        at, end = line.index(',"payload":'), line.index(',"public":')
        return line[:at] + self.dice.choice(("", ',"payload":null', ',"payload":{"action":null}')) + line[end:]

    def long(self, line, begin):
        body = "lorem ipsum \\u2713 " * self.dice.choice((500, 5000))
        return line.replace('"payload":{', f'"payload":{{"note":"{body}"' + ("" if '"payload":{}' in line else ","), 1)

    def other_order(self, line, begin):
        """The keys the other way round, in an object with blanks."""
        return json.dumps(dict(reversed(json.loads(line).items())), ensure_ascii=False) + "\n"

    def wrong(self, line, begin):
        return next(self.wrongs)


TROUBLES = (
    Events.two_names, Events.at_a_border, Events.at_a_border, Events.unknown, Events.private,
    Events.without_payload, Events.long, Events.other_order, Events.wrong,
)  # fmt: skip
ACTOR, REPO = '"actor":{"id":1,"login":"x"}', '"repo":{"id":1,"name":"x/y"}'
WRONG = (  # records that must be rejected
    f'{{"id":"1","type":"A",{ACTOR},{REPO},"created_at":"2024-02-28T00:00:00Z"\n',
    f'{{"type":"A",{ACTOR},{REPO},"created_at":"2024-02-28T00:00:00Z"}}\n',
    f'{{"id":"","type":"A",{ACTOR},{REPO},"created_at":"2024-02-28T00:00:00Z"}}\n',
    f'{{"id":"2","type":"A","actor":{{"id":"one","login":"x"}},{REPO},"created_at":"2024-02-28T00:00:00Z"}}\n',
    f'{{"id":"3","type":"A","actor":null,{REPO},"created_at":"2024-02-28T00:00:00Z"}}\n',
    f'{{"id":"4","type":"A",{ACTOR},{REPO},"created_at":"2024-02-30T00:00:00Z"}}\n',
    f'{{"id":"5","type":"A",{ACTOR},{REPO},"created_at":"yesterday"}}\n',
    f'{{"id":"6","type":"A",{ACTOR},{REPO}}}\n',
    "[]\n",
)


def write(path, content, is_compressed):
    data = content.encode()
    if is_compressed:
        path, data = path.with_name(path.name + ".gz"), gzip.compress(data, 1, mtime=0)
    path.write_bytes(data)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--events", type=int, default=100_000, help="how many (100000)")
    parser.add_argument("--days", type=int, default=3, help="over how many days from 2024-02-28 on (3)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--gzip", action="store_true", help="compressed files, as the archive has them")
    parser.add_argument("--output", type=Path, required=True, help="the folder, which gets a folder events")
    arguments = parser.parse_args()
    folder = arguments.output / "events"
    folder.mkdir(parents=True, exist_ok=True)
    events = Events(arguments)
    for number in range(events.hours):
        name = (BEGIN + timedelta(hours=number)).strftime("%Y-%m-%d-") + f"{number % 24}.json"
        write(folder / name, events.hour(number), arguments.gzip)


if __name__ == "__main__":
    main()
