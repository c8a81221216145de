"""The page of sparkify report in a real browser: each chart is there, its numbers are those of the SQL, in light and
dark, on a phone and on paper, by keyboard and for screen readers, whatever titles the data has.

`--bless` renews the picture in docs/images."""

import re

import pytest
from browser import AXE, CHROMIUM, DESKTOP, DIAGONAL, FORMS, PHONE, chromium, needs_chromium, open_page  # noqa: F401
from conftest import PROGRAM, PROJECT, etl, play, run, write_tree
from lake_tables import ENV, LIBRARY
from test_report import at, document, lake_of, objects, report

pytestmark = [
    needs_chromium,
    pytest.mark.skipif(not LIBRARY.exists(), reason="DuckDB's library needs npm"),
]

CARDS = {  # of which answers
    "active-users": "days",
    "free-and-paid": "levels-by-week",
    "hours": "hours",
    "retention": "retention",
    "funnel": "funnel",
    "states": "states",
    "locations": "locations",
    "devices": "devices",
    "top-songs": "top-songs",
    "top-artists": "top-artists",
    "matched": "matched",
    "missing-songs": "missing-songs",
    "nulls": "nulls",
}
STATES = 51  # with the District of Columbia


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    """Ten weeks, two runs, some rejects."""
    folder = tmp_path_factory.mktemp("page")
    size = ("--songs", 500, "--events", 40_000, "--days", 70, "--seed", 3)
    assert run("generate", folder / "in", *size, program=PROGRAM).code == 0
    logs = sorted((folder / "in/log_data").rglob("*.json"))
    later = [(path, path.read_bytes()) for path in logs[len(logs) // 2 :]]
    for path, _ in later:
        path.unlink()
    bad = ["{broken"] * 5 + ["[]"] * 2 + [play(ts="soon")]
    write_tree(folder / "in", {"log_data/bad.json": bad})
    etl(folder / "in", folder / "lake", "--keep-versions", "3")
    for path, content in later:
        path.write_bytes(content)
    etl(folder / "in", folder / "lake", "--incremental")
    return folder / "lake"


@pytest.fixture(scope="module")
def data(lake):
    return document(lake)


def page_of(lake, folder):
    """The page names the lake as it was given: not by a path that differs each time."""
    done = report(lake.name, "--out", folder / "report.html", cwd=lake.parent)
    assert done.code == 0, done.err
    return folder / "report.html"


@pytest.fixture(scope="module")
def file(lake, tmp_path_factory):
    return page_of(lake, tmp_path_factory.mktemp("file"))


@pytest.fixture
def page(chromium, file):  # noqa: F811
    with open_page(chromium, file) as page:
        page.wait_for_selector("[data-card=active-users] svg")
        yield page


def card(page, name):
    return page.locator(f"[data-card='{name}']")


def count(text):
    return int(text.replace(",", ""))


def bars(page, name):
    """The texts and the numbers of a card's bars."""
    found = card(page, name).locator(".bars li")
    what = [text.strip() for text in found.locator(".what > bdi:first-child").all_inner_texts()]
    much = [text.split()[0] for text in found.locator(".much").all_inner_texts()]
    return list(zip(what, map(count, much)))


def look_behind(page, name):
    """Opens a card's table, which is made once the browser has told that it is open."""
    card(page, name).locator("summary").click()
    card(page, name).locator(".behind-body :is(table, p)").first.wait_for()


# ---- What is there -----------------------------------------------------------------------------


def test_it_asks_for_nothing_and_complains_of_nothing(page, file):
    assert page.asked == [file.as_uri()]
    assert page.said == []


def test_each_card_is_there(page):
    names = [element.get_attribute("data-card") for element in page.locator("[data-card]").all()]
    assert set(names) == {*CARDS, "rejects", "versions"}
    for name in ("active-users", "free-and-paid", "hours", "states", "matched"):
        assert card(page, name).locator("svg[role=img]").get_attribute("aria-label")
    assert page.texts("h2") == ["Key numbers", "Activity", "People", "Music", "Data health"]


@pytest.mark.parametrize("name", CARDS)
def test_the_table_behind_a_card_is_its_answer(page, data, name):
    answer = data["answers"][CARDS[name]]
    look_behind(page, name)
    cells = (
        card(page, name)
        .locator(".behind tbody tr")
        .evaluate_all("rows => rows.map(row => [...row.cells].map(cell => cell.textContent))")
    )
    assert len(cells) == len(answer["rows"])
    for row, expected in zip(cells, answer["rows"]):
        for text, value in zip(row, expected):
            if isinstance(value, (int, float)):
                assert float(text.replace(",", "")) == pytest.approx(value, abs=0.005)
            else:
                assert text == ("–" if value is None else value)
    assert card(page, name).locator("pre").inner_text() == answer["sql"]


def test_bars_have_the_numbers_of_the_sql(page, data):
    answers = {name: objects(answer) for name, answer in data["answers"].items()}
    for name, what in (("top-songs", "song"), ("missing-songs", "song"), ("top-artists", "artist")):
        assert bars(page, name) == [(row[what], row["plays"]) for row in answers[name]]
    assert bars(page, "locations") == [(r["location"], r["plays"]) for r in answers["locations"][:10]]
    assert [n for _, n in bars(page, "funnel")] == [*answers["funnel"][0].values()]
    systems = {}
    for row in answers["devices"]:
        systems[row["system"]] = systems.get(row["system"], 0) + row["plays"]
    assert systems.items() <= dict(bars(page, "devices")).items()
    assert {n for _, n in bars(page, "nulls")} == {*answers["nulls"][0].values()} - {data["plays"]}
    codes = data["rejects"][0]["codes"]
    assert sorted(n for _, n in bars(page, "rejects")) == sorted(codes.values()) == [1, 2, 5]


def test_key_numbers_are_those_of_the_sql(page, data):
    now, before = objects(data["answers"]["numbers"])
    for name in ("plays", "users", "sessions", "hours"):
        tile = page.locator(f"[data-number={name}]")
        assert count(tile.locator(".value").inner_text()) == now[name]
        percent = round(100 * (now[name] / before[name] - 1), 1)
        text = tile.locator("small").text_content()
        assert f"{abs(percent):.1f}%" in text and ("up" if percent > 0 else "down") in text
        assert tile.locator("svg polyline.now").count() == 1
    page.locator("#numbers summary").click()
    page.locator("#numbers tbody tr").first.wait_for()
    for row, period in zip(page.locator("#numbers tbody tr").all(), data["periods"]):
        assert row.locator("td").all_text_contents()[:2] == [period["from"], period["to"]]
    assert page.locator("[data-number=paid_percent] .value").inner_text() == f"{now['paid_percent']:.1f}%"


def tip(page, name, x, y):
    """What is said where the pointer is: at shares of the chart's width and height."""
    card(page, name).scroll_into_view_if_needed()
    box = card(page, name).locator("svg").first.bounding_box()
    page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
    return " ".join(card(page, name).locator("svg tspan").all_text_contents())


def test_charts_say_the_numbers_of_the_sql(page, data):
    days = objects(data["answers"]["days"])
    assert f"{days[-1]['users']:,} users" in tip(page, "active-users", 0.99, 0.5)
    hours = {(row["weekday"], row["hour"]): row["plays"] for row in objects(data["answers"]["hours"])}
    assert len(card(page, "hours").locator("svg rect").all()) == 7 * 24
    assert f"{hours[1, 23]:,} plays" in tip(page, "hours", 0.99, 0.78)  # the last cell: Sunday, 23:00
    states = {row["state"] for row in objects(data["answers"]["states"])}
    tiles = card(page, "states").locator("svg rect")
    assert tiles.count() == STATES
    coloured = tiles.evaluate_all("all => all.filter(e => /--h/.test(e.getAttribute('fill'))).length")
    assert coloured == len([state for state in states if state])
    weeks = data["answers"]["levels-by-week"]["rows"]
    assert card(page, "free-and-paid").locator("svg g[fill-opacity] rect, svg rect").count() >= len(weeks)


def test_the_triangle_has_the_shares_of_the_sql(page, data):
    users = {(r["cohort"], r["weeks_later"]): r["users"] for r in objects(data["answers"]["retention"])}
    cohorts = sorted({cohort for cohort, _ in users})[-13:]
    rows = card(page, "retention").locator(".triangle tbody tr").all()
    assert len(rows) == len(cohorts)
    for row, cohort in zip(rows, cohorts):
        texts = [text.removesuffix("%") for text in row.locator("td").all_text_contents()]
        assert count(texts[0]) == users[cohort, 0]
        shares = [int(text) for text in texts[1:] if text]
        assert all(
            abs(share - 100 * users.get((cohort, week + 1), 0) / users[cohort, 0]) <= 0.5001
            for week, share in enumerate(shares)
        )
    assert len(card(page, "retention").locator("td.empty").all()) > 0


def test_versions_say_what_came(page, data):
    rows = card(page, "versions").locator("table").first.locator("tbody tr").all_text_contents()
    newest, first = (version["tables"]["songplays"]["rows"] for version in data["versions"])
    assert f"{newest:,}+{newest - first:,}" in rows[0] and f"{first:,}" in rows[1]
    assert page.locator("[data-fact='Rejected records'] dd").inner_text().startswith("0\n")


# ---- Keyboard, files ---------------------------------------------------------------------------


def test_by_keyboard(page):
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("(e => e.name || e.dataset.csv || e.tagName)(document.activeElement)"))
        if seen[-1] == "span":
            break
    assert seen[:5] == ["A"] * 5 and seen[-1] == "span"
    before = card(page, "active-users").locator("svg").get_attribute("aria-label")
    page.keyboard.press("ArrowRight")
    week = card(page, "active-users").locator("svg").get_attribute("aria-label")
    assert "each day" in before and "each week" in week
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    card(page, "active-users").locator("details[open] table").wait_for()
    assert "week" in card(page, "active-users").locator("thead").inner_text()
    page.keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert focused == "Active users: table"


def test_a_chart_and_what_is_behind_it_change_together(page, data):
    look_behind(page, "active-users")
    for label, name in (("Month", "monthly-users"), ("Week", "weekly-users"), ("Day", "days")):
        card(page, "active-users").get_by_text(label, exact=True).click()
        assert card(page, "active-users").locator("pre").inner_text() == data["answers"][name]["sql"]


@pytest.mark.parametrize("name", ["top-songs", "hours", "rejects", "versions"])
def test_csv(page, data, lake, name, tmp_path):
    with page.expect_download() as download:
        card(page, name).locator("[data-csv]").click()
    assert download.value.suggested_filename == f"{name}.csv"
    text = download.value.path().read_text()
    if name in CARDS:
        (tmp_path / "q.sql").write_text(data["answers"][name]["sql"])
        assert text == run("query", lake, "--file", tmp_path / "q.sql", "--format", "csv", env=ENV).out
    elif name == "rejects":
        assert text.splitlines()[0] == "run,code,records" and len(text.splitlines()) == 4
    else:
        assert len(text.splitlines()) == 3


# ---- Light, dark, phone, paper -----------------------------------------------------------------


@pytest.mark.parametrize("scheme, width", FORMS)
def test_forms(chromium, file, scheme, width):  # noqa: F811
    with open_page(chromium, file, scheme, width) as page:
        page.wait_for_selector("[data-card=active-users] svg")
        assert not page.overflows() and page.said == []
        background = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        light = sum(map(int, re.findall(r"\d+", background)[:3])) > 380
        assert light == (scheme == "light")
        for element in page.locator(".chart svg").all():
            assert element.bounding_box()["width"] <= width
        page.screenshot(f"report-{scheme}-{width}", full_page=True)


@pytest.mark.skipif(not AXE.exists(), reason="axe-core comes with npm's packages")
@pytest.mark.parametrize("scheme, width", DIAGONAL)
def test_accessibility(chromium, file, scheme, width):  # noqa: F811
    with open_page(chromium, file, scheme, width) as page:
        page.wait_for_selector("[data-card=active-users] svg")
        for each in page.locator("[data-card]").all():
            look_behind(page, each.get_attribute("data-card"))
        assert page.violations() == []


@pytest.mark.skipif(not AXE.exists(), reason="axe-core comes with npm's packages")
def test_accessibility_is_looked_at(page):
    page.evaluate("document.querySelector('svg[role=img]').removeAttribute('aria-label')")
    page.evaluate("document.querySelector('h1').style.color = '#eeeeee'")
    assert {rule for rule, _ in page.violations()} == {"svg-img-alt", "color-contrast"}


def test_paper(chromium, file, tmp_path):  # noqa: F811
    with open_page(chromium, file, "dark") as page:
        page.wait_for_selector("[data-card=active-users] svg")
        page.emulate_media(media="print", color_scheme="dark")
        for hidden in ("nav", ".behind", ".choice"):
            assert not page.locator(hidden).first.is_visible()
        colour = "getComputedStyle(document.querySelector('h1')).color"
        assert sum(map(int, re.findall(r"\d+", page.evaluate(colour))[:3])) < 200  # dark on white
        assert page.locator("[data-card=active-users] svg").is_visible()
        page.screenshot("report-print", full_page=True)
        page.pdf(path=tmp_path / "report.pdf", format="A4")
    pages = re.findall(rb"/Type\s*/Page\b", (tmp_path / "report.pdf").read_bytes())
    assert 2 <= len(pages) <= 6


# ---- Data of all kinds -------------------------------------------------------------------------

HOSTILE = [
    "</script><script>document.title = 'owned'</script>",
    "<!--<script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "\u202eevil\u202d \u2067right to left",
    "مرحبا بالعالم",
    "{{script}} {{data}} ${alert(1)} &lt;b&gt;",
    "wide" * 2500,
    "a\nb\tc\u0000d",
    "\u2028\u2029'\"`\\",
]


def test_hostile_titles(chromium, tmp_path):  # noqa: F811
    plays = [
        play(song=text, artist=text, location=text, userAgent=text, itemInSession=i) for i, text in enumerate(HOSTILE)
    ]
    lake = lake_of(tmp_path, plays)
    with open_page(chromium, page_of(lake, tmp_path), width=PHONE) as page:
        page.wait_for_selector("[data-card=top-songs] li")
        for each in page.locator("[data-card]").all():
            look_behind(page, each.get_attribute("data-card"))
        assert page.title() == "Sparkify: how the app is used" and page.said == []
        assert page.locator("img, #report script").count() == 0
        shown = card(page, "top-songs").locator(".what > bdi:first-child").all_text_contents()
        cut = [text if len(text) <= 1000 else text[:1000] + "…" for text in HOSTILE]
        expected = [text.replace("\r\n", "\n") for text in cut]
        assert sorted(shown) == sorted(expected)
        assert not page.overflows()
        for line in card(page, "top-songs").locator("li").all():
            assert line.bounding_box()["height"] < 60
        assert page.violations() == [] if AXE.exists() else True
        page.screenshot("report-hostile", full_page=True)


NOTHING = {"song": None, "artist": None, "length": None, "location": None, "userAgent": None}
SMALL = {
    "a gap": ([play(), play(ts=1541106106796 + 9 * 86_400_000, itemInSession=1)], ()),
    "one play": ([play()], ()),
    "no values": ([play(**NOTHING), play(**NOTHING, itemInSession=1, userId="U2")], ()),
    "no states": ([play(location=place, itemInSession=i) for i, place in enumerate(("Oslo", "Rome, Italy"))], ()),
    "some states": ([play(location=place, itemInSession=i) for i, place in enumerate(("A, CA", "B, XY", None))], ()),
    "nothing": ([play(page="Home")], ("--allow-empty",)),
    "no level": ([play(level=None)], ()),
    "nobody new": ([play(ts=at(day), itemInSession=i) for i, day in enumerate(("2018-01-02", "2018-11-02"))], ()),
    "all years": ([play(ts=at(day), itemInSession=i) for i, day in enumerate(("1970-01-01", "9999-12-31"))], ()),
}
SAID = {  # in which card
    "no values": {
        "top-songs": "No play names its song.",
        "top-artists": "No play names its artist.",
        "missing-songs": "No play names its song.",
    },
    "one play": {"retention": "All new users came in the last week: none can have returned in a later one."},
    "nobody new": {"retention": "There are no new users in the last 26 weeks."},
    "all years": {"retention": "There are no new users in the last 26 weeks."},
}


@pytest.mark.parametrize("name", SMALL)
def test_lakes_with_little_in_them(chromium, tmp_path, name):  # noqa: F811
    plays, options = SMALL[name]
    lake = lake_of(tmp_path, plays, None, *options)
    with open_page(chromium, page_of(lake, tmp_path)) as page:
        page.wait_for_selector("[data-card=versions] table")
        text = page.locator("#report").inner_text()
        assert page.said == [] and not re.search(r"NaN|Infinity|undefined|null|Invalid", text)
        assert (page.locator("#numbers").count() == 0) == (name == "nothing")
        assert (card(page, "states").count() == 1) == (name == "some states")
        if name == "nothing":
            assert "Nothing has been played yet" in text
        if name == "a gap":
            label = card(page, "active-users").locator("svg").get_attribute("aria-label")
            assert label == "Active users of each day: between 0 and 1, at the end 1"
        if name == "some states":
            assert dict(bars(page, "states")) == {"XY": 1, "No state in the location": 1}
        for where, said in SAID.get(name, {}).items():
            assert said in card(page, where).inner_text()
        for chart in page.locator("[data-card] svg").all():  # an axis has a few numbers, also where all are 0
            assert chart.locator("[text-anchor=end] text, text[text-anchor=end]").count() <= 12
        if name == "no level":
            found = card(page, "free-and-paid").locator("svg rect").all()
            assert found and {rect.get_attribute("height") for rect in found} == {"0"}
        assert page.violations() == [] if AXE.exists() else True
        page.screenshot(f"report-{name.replace(' ', '-')}", full_page=True)


DAYS = {  # --from, --to: what is said at the top, what of the key numbers, and the points of a small line
    ("2018-11-05", "2018-11-12"): ("only 5–11 Nov 2018", "5–11 Nov 2018, beside the 7 days before", 7),
    ("1970-01-01", "9999-12-31"): ("only 1 Jan 1970 – 30 Dec 9999", "1 Jan 1970 – 30 Dec 9999", None),
    ("2019-01-01", None): ("only from 1 Jan 2019 on", "1–", None),
    (None, "2018-11-02"): ("only until 1 Nov 2018", "1 Nov 2018", 0),
}


@pytest.mark.parametrize("begin, end", DAYS)
def test_days_that_are_asked_for_are_said(chromium, lake, tmp_path, begin, end):  # noqa: F811
    top, numbers, points = DAYS[begin, end]
    days = [*(("--from", begin) if begin else ()), *(("--to", end) if end else ())]
    report(lake, *days, "--out", tmp_path / "r.html")
    with open_page(chromium, tmp_path / "r.html") as page:
        assert top in page.locator("header").inner_text()
        assert page.locator("#numbers > .note").inner_text().startswith(numbers)
        lines = page.locator("[data-number=plays] polyline.now, [data-number=plays] polyline.before").all()
        found = sum(len(line.get_attribute("points").split()) for line in lines)
        assert found == points or (points is None and found <= 400)


def test_an_older_version_is_said(chromium, lake, tmp_path):  # noqa: F811
    report(lake, "--at", "0", "--out", tmp_path / "r.html")
    with open_page(chromium, tmp_path / "r.html") as page:
        assert "version 0 of 1" in page.locator("header").inner_text()


# ---- The picture in the documentation ----------------------------------------------------------

PICTURE = PROJECT / "docs/images/report.png"


def test_the_picture_in_the_documentation(chromium, file, bless):  # noqa: F811
    if bless:
        with open_page(chromium, file) as page:
            page.wait_for_selector("[data-card=hours] svg")
            PICTURE.parent.mkdir(exist_ok=True)
            box = card(page, "hours").bounding_box()  # down to the first charts
            clip = {"x": 0, "y": 0, "width": DESKTOP, "height": box["y"] + box["height"] + 24}
            page.page.screenshot(path=PICTURE, clip=clip, full_page=True)
    assert 50_000 < PICTURE.stat().st_size <= 300_000
    assert all("images/report.png" in (PROJECT / name).read_text() for name in ("README.md", "docs/query.md"))
