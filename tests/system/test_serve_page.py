"""The page of sparkify serve in a real browser: filters, charts, questions and SQL, with the numbers of the SQL; by
keyboard, in light and dark, on a phone and on paper, for screen readers; and what it does when something is wrong."""

import contextlib
import io
import re

import polars as pl
import pytest
from browser import AXE, DIAGONAL, FORMS, PHONE, chromium, needs_chromium, open_page  # noqa: F401
from conftest import PROGRAM, PROJECT, etl, play, run, song, write_tree
from serve_server import LIBRARY, serving

pytestmark = [
    needs_chromium,
    pytest.mark.skipif(not LIBRARY.exists(), reason="DuckDB's library needs npm"),
]
FOCUSED = """(e => e.shadowRoot ? e.shadowRoot.activeElement?.ariaLabel : e.id || e.tagName)(
    document.activeElement)"""
COUNT = "SELECT count(*) FROM songplays"


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    folder = tmp_path_factory.mktemp("serve-page")
    size = ("--songs", 500, "--events", 30_000, "--days", 60, "--seed", 3)
    assert run("generate", folder / "in", *size, program=PROGRAM).code == 0
    etl(folder / "in", folder / "lake")
    return folder / "lake"


@pytest.fixture(scope="module")
def server(lake):
    with serving(lake, program=PROGRAM) as server:
        yield server


def address(server, query=""):
    return f"{server.url}{query}#token={server.token}"


@contextlib.contextmanager
def opened(chromium, server, query="", **options):  # noqa: F811
    with open_page(chromium, address(server, query), **options) as page:
        yield page


@pytest.fixture
def page(chromium, server):  # noqa: F811
    with opened(chromium, server) as page:
        page.wait_for_selector("[data-card=active-users] svg")
        yield page
        assert page.said == []


@pytest.fixture
def sql_page(chromium, server):  # noqa: F811
    with opened(chromium, server, "?view=sql") as page:
        page.wait_for_selector("[data-question=top-songs]")
        yield page
        assert [said for said in page.said if "400" not in said] == []


def plays_said(page):
    return int(re.search(r"([\d,]+) plays? by", page.locator(".between").inner_text())[1].replace(",", ""))


def write_sql(page, text):
    page.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(text)


def run_sql(page, text):
    write_sql(page, text)
    page.keyboard.press("Control+Enter")


def cells(page):
    return page.locator(".result tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))"
    )


def plain(value):
    return "–" if value is None else f"{value:,}" if isinstance(value, int) else str(value)


# ---- Opening -------------------------------------------------------------------------------------


def test_the_token_leaves_the_address(page, server):
    assert page.url == server.url and server.token not in page.url
    assert all(asked.startswith(server.url) and server.token not in asked for asked in page.asked)
    page.reload()
    page.wait_for_selector("[data-card=active-users] svg")


def test_without_the_token_the_page_asks_for_it(chromium, server):  # noqa: F811
    for address_of in (server.url, f"{server.url}#token=wrongwrongwrongwrong"):
        with open_page(chromium, address_of) as page:
            page.wait_for_selector(".token input")
            assert page.violations() == [] if AXE.exists() else True
            page.keyboard.type(server.token)
            page.keyboard.press("Enter")
            page.wait_for_selector("[data-card=active-users] svg")
            assert page.locator(".token").count() == 0


def test_an_address_that_is_pasted_over_another(chromium, server):  # noqa: F811
    with open_page(chromium, server.url) as page:
        page.wait_for_selector(".token input")
        page.goto(address(server))
        page.wait_for_selector("[data-card=active-users] svg")


def test_the_page_is_ready_soon(chromium, server):  # noqa: F811
    """Measured by bench/serve_bench.py; here only that it does what it must with few requests."""
    with opened(chromium, server) as page:
        page.wait_for_selector("[data-card=active-users] svg")
        assert [asked.removeprefix(server.url) for asked in page.asked[:4]] == [
            "",
            "api/lake",
            "api/questions",
            "api/report?",
        ]


# ---- The report and its filters ------------------------------------------------------------------


def test_the_charts_are_those_of_the_report(page, server):
    names = {element.get_attribute("data-card") for element in page.locator("[data-card]").all()}
    assert {"active-users", "free-and-paid", "hours", "retention", "funnel", "states", "top-songs", "devices"} <= names
    assert plays_said(page) == server.rows(COUNT)[0][0]
    top = page.locator("[data-card=top-songs] .much").first.inner_text()
    sql = "SELECT count(*) FROM songplays GROUP BY song, artist ORDER BY 1 DESC LIMIT 1"
    assert top.replace(",", "").split()[0] == str(server.rows(sql)[0][0])


FILTERS = [
    ("level", "paid", lambda page: page.select_option("#filter-level", "paid")),
    ("state", "CA", lambda page: page.select_option("#filter-state", "CA")),
    ("from", "2018-11-10", lambda page: page.fill("#filter-from", "2018-11-10")),
    ("to", "2018-11-20", lambda page: page.fill("#filter-to", "2018-11-20")),
]


@pytest.mark.parametrize("name, value, choose", FILTERS, ids=[name for name, *_ in FILTERS])
def test_a_filter_cuts_the_report_and_stands_in_the_address(page, server, name, value, choose):
    page.wait_for_selector("#filter-state option[value=CA]", state="attached")
    before = plays_said(page)
    expected = server.rows(COUNT, filters={name: value})[0][0]
    assert 0 < expected < before
    choose(page)
    page.wait_for_function("n => document.querySelector('.between').innerText.includes(n)", arg=f"{expected:,} play")
    assert page.url == f"{server.url}?{name}={value}"
    page.reload()
    page.wait_for_function("n => document.querySelector('.between')?.innerText.includes(n)", arg=f"{expected:,} play")
    assert page.input_value(f"#filter-{name}") == value
    page.get_by_role("button", name="Clear filters").click()
    page.wait_for_function("n => document.querySelector('.between').innerText.includes(n)", arg=f"{before:,} play")
    assert page.url == server.url and not page.get_by_role("button", name="Clear filters").is_visible()
    page.go_back()
    page.wait_for_function("n => document.querySelector('.between').innerText.includes(n)", arg=f"{expected:,} play")
    assert page.input_value(f"#filter-{name}") == value


def test_filters_go_together_and_into_sql(page, server):
    artist = server.rows("SELECT artist FROM songplays GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1")[0][0]
    page.select_option("#filter-level", "paid")
    page.fill("#filter-artist", artist)
    page.keyboard.press("Enter")
    expected = server.rows(COUNT, filters={"level": "paid", "artist": artist})[0][0]
    page.wait_for_function("n => document.querySelector('.between').innerText.includes(n)", arg=f"{expected:,} play")
    assert artist in page.locator(".report header").inner_text()
    page.get_by_role("link", name="SQL").click()
    run_sql(page, COUNT)
    page.wait_for_selector(".result td")
    assert cells(page) == [[f"{expected:,}"]]
    page.get_by_role("button", name="Clear filters").click()
    page.wait_for_function(
        "n => document.querySelector('.result td')?.innerText === n", arg=f"{server.rows(COUNT)[0][0]:,}"
    )


def test_filters_that_leave_nothing(chromium, server):  # noqa: F811
    with opened(chromium, server, "?artist=nobody") as page:
        page.wait_for_selector(".report .empty")
        assert page.said == [] and not page.overflows()


def test_a_link_with_filters_and_sql(chromium, server):  # noqa: F811
    with opened(chromium, server, "?level=free&view=sql&sql=SELECT+count(*)+AS+n+FROM+songplays") as page:
        page.wait_for_selector(".result td")
        assert cells(page) == [[f"{server.rows(COUNT, filters={'level': 'free'})[0][0]:,}"]]
        page.get_by_role("link", name="Report").click()
        page.wait_for_selector("[data-card=active-users] svg")
        assert page.url == f"{server.url}?level=free"


# ---- Questions and SQL ---------------------------------------------------------------------------


def test_a_question_by_its_name(sql_page, server):
    sql_page.fill("#find-question", "most played songs")
    sql_page.click("[data-question=top-songs]")
    sql_page.get_by_text("Table", exact=True).click()
    questions = {q["name"]: q for q in server.ask("/api/questions").json()["questions"]}
    assert cells(sql_page) == [[plain(v) for v in row] for row in server.rows(questions["top-songs"]["sql"])]
    assert "top-songs" not in sql_page.locator(".cm-content").inner_text()


@pytest.mark.parametrize("name", ["daily-users", "devices", "hours", "states", "retention", "funnel", "unmatched"])
def test_each_question_gives_a_chart_or_a_table(sql_page, name):
    sql_page.click(f"[data-question={name}]")
    sql_page.wait_for_selector(".result svg, .result table, .result .bars")
    assert sql_page.locator(".failure").count() == 0 and "row" in sql_page.locator(".status").inner_text()


CHARTS = {
    "SELECT CAST(start_time AS DATE) AS d, count(*) AS plays FROM songplays GROUP BY 1 ORDER BY 1": "svg[role=img]",
    "SELECT CAST(start_time AS DATE) AS d, level, count(*) AS plays FROM songplays GROUP BY 1, 2": ".key .s1",
    "SELECT year, month, count(*) AS a, count(DISTINCT start_time) AS b FROM songplays GROUP BY 1, 2": ".key .s1",
    "SELECT level, count(*) AS plays FROM songplays GROUP BY 1": ".bars li",
    "SELECT hour, count(*) AS plays FROM time GROUP BY 1 ORDER BY 1": "svg[role=img] rect",
}


@pytest.mark.parametrize("sql", CHARTS)
def test_a_chart_suits_the_columns(sql_page, sql):
    run_sql(sql_page, sql)
    sql_page.wait_for_selector(f".result {CHARTS[sql]}")
    sql_page.get_by_text("Table", exact=True).click()
    assert sql_page.locator(".result table").count() == 1
    sql_page.get_by_text("Chart", exact=True).click()
    assert sql_page.locator(f".result {CHARTS[sql]}").count() > 0


def test_values_are_shown_as_they_are(sql_page):
    run_sql(
        sql_page,
        "SELECT 'a' AS t, 1234567 AS n, 0.5 AS d, NULL AS nothing, DATE '2018-11-01' AS day, "
        "true AS b, [1, 2] AS l, {'a': ['x', NULL]} AS s",
    )
    sql_page.wait_for_selector(".result td")
    expected = ["a", "1,234,567", "0.5", "–", "2018-11-01", "true", "[1,2]", '{"a":["x",null]}']
    assert cells(sql_page) == [expected]


NUMBERS = {
    "9223372036854775807": "9,223,372,036,854,775,807",
    "-170141183460469231731687303715884105727": "-170,141,183,460,469,231,731,687,303,715,884,105,727",
    "1e300": "1e+300",
    "1234.567::DOUBLE": "1,234.57",
    "1234.567::DECIMAL(10, 3)": "1,234.57",
    "0.00123": "0.0012",
    "-1.5e-9": "-1.5e-9",
    "0": "0",
}


def test_numbers_are_right_whatever_their_size(sql_page):
    columns = ", ".join(f"{sql} AS c{i}" for i, sql in enumerate(NUMBERS))
    run_sql(sql_page, f"SELECT {columns}")
    sql_page.wait_for_selector(".result td")
    assert cells(sql_page) == [list(NUMBERS.values())]


def test_many_rows(sql_page):
    run_sql(sql_page, "SELECT 'x' || range AS x FROM range(25000)")
    sql_page.wait_for_selector(".result td")
    assert len(cells(sql_page)) == 500
    assert "25,000 rows, of which the first 10,000 are shown" in sql_page.locator(".status").inner_text()
    sql_page.get_by_role("button", name="Show all 10,000").click()
    assert len(cells(sql_page)) == 10_000


@pytest.mark.parametrize(
    ("sql", "wrong", "said"),
    [
        ("SELECT level\nFROM songplay", "songplay", "there is no table 'songplay'"),
        ("SELECT lev FROM songplays", "lev", "lev"),
        ("SELECT 1 +\n\nFROM songplays", "FROM", "syntax error"),
        ("SELECT 'é', getenv('HOME')", "getenv", "cannot be used here"),
        ("COPY songs TO '/tmp/x'", None, "only SELECT"),
    ],
)
def test_an_error_points_at_its_place(sql_page, sql, wrong, said):
    run_sql(sql_page, sql)
    sql_page.wait_for_selector("[role=alert]")
    assert said in sql_page.locator("[role=alert]").inner_text()
    marks = sql_page.locator(".cm-wrong").all_inner_texts()
    assert marks == ([wrong] if wrong else [])
    assert sql_page.violations() == [] if AXE.exists() else True
    sql_page.locator(".cm-content").press("End")
    sql_page.keyboard.insert_text(" ")
    assert sql_page.locator(".cm-wrong").count() == 0


@pytest.mark.parametrize(
    ("text", "word", "whole"),
    [
        ("SELECT lev", "level", "SELECT level"),
        ("SELECT * FROM songp", "songplays", "SELECT * FROM songplays"),
        ("SELECT * FROM users_t", "users_table", "SELECT * FROM users_table"),
        ("SELECT songplays.sess", "session_id", "SELECT songplays.session_id"),
        ("sel", "SELECT", "SELECT"),
        ("at-ri", "at-risk", None),
    ],
)
def test_completion(sql_page, text, word, whole):
    write_sql(sql_page, "")
    sql_page.keyboard.type(text, delay=20)
    offer = sql_page.locator(".cm-tooltip-autocomplete li").filter(has_text=word).first
    offer.wait_for()
    for _ in range(100):  # the list takes no click while the editor makes it anew
        found = sql_page.locator(".cm-content").inner_text()
        if found == whole or (not whole and "two weeks" in found):
            return
        if offer.is_visible():
            offer.click()
        sql_page.wait_for_timeout(50)
    raise AssertionError(found)


def test_downloads(sql_page, server):
    write_sql(sql_page, "SELECT * FROM songplays ORDER BY songplay_id")
    expected = server.rows(COUNT)[0][0]
    for name, read in (("CSV", pl.read_csv), ("Parquet", pl.read_parquet)):
        with sql_page.expect_download() as download:
            sql_page.get_by_role("button", name=f"Download {name}").click()
        assert download.value.suggested_filename == f"result.{name.lower()}"
        content = io.BytesIO(download.value.path().read_bytes())
        assert read(content).height == expected


def test_history_stays(sql_page):
    run_sql(sql_page, "SELECT 41 + 1 AS answer")
    sql_page.wait_for_selector(".result td")
    sql_page.goto(sql_page.url.split("?")[0] + "?view=sql")
    sql_page.get_by_text("History").click()
    past = sql_page.locator(".past").all_inner_texts()
    assert past[0] == "SELECT 41 + 1 AS answer"
    sql_page.locator(".past").first.click()
    sql_page.wait_for_selector(".result td")
    assert cells(sql_page) == [["42"]]
    sql_page.get_by_role("button", name="Clear", exact=True).click()
    assert not sql_page.locator(".past").first.is_visible()


def test_a_query_can_be_stopped(sql_page):
    run_sql(sql_page, "SELECT sum(sqrt(a.range + b.range)) FROM range(1000000) a, range(1000000) b")
    sql_page.get_by_role("button", name="Stop").click()
    assert sql_page.locator(".status").inner_text() == "Stopped."
    run_sql(sql_page, "SELECT 43 AS x")
    sql_page.wait_for_selector(".result td")
    assert cells(sql_page) == [["43"]]


def test_by_keyboard(page):
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "SQL"
    page.keyboard.press("Enter")
    page.wait_for_selector("main.sql")
    seen = []
    while "SQL" not in seen[-1:]:
        page.keyboard.press("Tab")
        seen.append(page.evaluate(FOCUSED))
        assert len(seen) < 80
    assert seen[:5].count("filter-from") >= 1 and "find-question" in seen
    page.keyboard.press("Control+a")
    page.keyboard.insert_text("SELECT 44 AS x")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".result td")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Run"


# ---- Forms ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme, width", FORMS)
def test_forms(chromium, server, scheme, width):  # noqa: F811
    with opened(chromium, server, "?level=paid", scheme=scheme, width=width) as page:
        page.wait_for_selector("[data-card=active-users] svg")
        assert not page.overflows()
        page.screenshot(f"serve-report-{scheme}-{width}")
        page.get_by_role("link", name="SQL").click()
        page.click("[data-question=levels-by-week]")
        page.wait_for_selector(".result svg")
        assert not page.overflows()
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(f"serve-sql-{scheme}-{width}")
        page.get_by_text("Table", exact=True).click()
        run_sql(page, "SELECT nothing FROM songplays")
        page.wait_for_selector("[role=alert]")
        assert not page.overflows()
        page.screenshot(f"serve-error-{scheme}-{width}")
        assert [said for said in page.said if "400" not in said] == []


@pytest.mark.skipif(not AXE.exists(), reason="axe-core comes with npm's packages")
@pytest.mark.parametrize("scheme, width", DIAGONAL)
def test_accessibility(chromium, server, scheme, width):  # noqa: F811
    with opened(chromium, server, scheme=scheme, width=width) as page:
        page.wait_for_selector("[data-card=active-users] svg")
        assert page.violations() == []
        page.get_by_role("link", name="SQL").click()
        for name in ("levels-by-week", "top-songs", "hours"):
            page.click(f"[data-question={name}]")
            page.wait_for_selector(".result svg, .result .bars")
            assert page.violations() == []
        page.get_by_text("Table", exact=True).click()
        page.get_by_text("History").click()
        write_sql(page, "")
        page.keyboard.type("SELECT lev", delay=20)
        page.wait_for_selector(".cm-tooltip-autocomplete")
        assert page.violations() == []


def test_picture(chromium, server, bless):  # noqa: F811
    """docs/images/serve.png: SQL with its chart, on a screen."""
    picture = PROJECT / "docs/images/serve.png"
    with opened(chromium, server, "?view=sql", width=1100) as page:
        page.click("[data-question=levels-by-week]")
        page.wait_for_selector(".result svg")
        page.evaluate("document.activeElement.blur()")
        if bless:
            page.page.screenshot(path=picture)
    assert picture.stat().st_size < 300_000
    assert "images/serve.png" in (PROJECT / "docs/serve.md").read_text()


def test_paper(chromium, server):  # noqa: F811
    with opened(chromium, server, "?level=paid", scheme="dark") as page:
        page.wait_for_selector("[data-card=active-users] svg")
        page.emulate_media(media="print", color_scheme="dark")
        assert not page.locator(".filters").is_visible()
        assert "plays of paid level only" in page.locator(".report header").inner_text()
        page.screenshot("serve-print", full_page=True)
        page.emulate_media(media="screen")
        page.get_by_role("link", name="SQL").click()
        page.click("[data-question=levels]")
        page.wait_for_selector(".result .card-body > *")
        page.emulate_media(media="print")
        assert page.locator(".result").is_visible() and not page.locator("aside").is_visible()


# ---- What may come -------------------------------------------------------------------------------

HOSTILE = ["<img src=x onerror=\"document.title='owned'\">", "</script><script>1</script>", "\u202eevil", "x" * 10_000]


def test_hostile_values(chromium, tmp_path):  # noqa: F811
    plays = [
        play(song=text, artist=text, location=f"{text[:50]}, CA", itemInSession=i) for i, text in enumerate(HOSTILE)
    ]
    write_tree(tmp_path / "in", {"song_data/s.json": song(), "log_data/l.json": plays})
    etl(tmp_path / "in", tmp_path / "lake")
    with serving(tmp_path / "lake", program=PROGRAM) as server, opened(chromium, server, width=PHONE) as page:
        page.wait_for_selector("[data-card=top-songs] li")
        page.wait_for_selector("#artists option", state="attached")
        assert not page.overflows()
        page.get_by_role("link", name="SQL").click()
        run_sql(page, 'SELECT song, artist AS "<b>bold</b>", 1 AS n FROM songplays')
        page.wait_for_selector(".result .bars")
        page.get_by_text("Table", exact=True).click()
        assert sorted(row[0] for row in cells(page)) == sorted(HOSTILE)
        run_sql(page, "SELECT * FROM \"<img src=x onerror='document.title=1'>\"")
        page.wait_for_selector("[role=alert]")
        assert page.locator("img, script[src], b").count() == 0 and page.title().startswith("Sparkify: lake")
        assert not page.overflows()
        assert [said for said in page.said if "400" not in said] == []


def test_a_new_version_is_told_and_shown(chromium, tmp_path):  # noqa: F811
    write_tree(tmp_path / "in", {"song_data/s.json": song(), "log_data/0.json": play()})
    etl(tmp_path / "in", tmp_path / "lake")
    with serving(tmp_path / "lake", program=PROGRAM) as server, opened(chromium, server) as page:
        page.wait_for_selector("[data-card=top-songs] li")
        assert plays_said(page) == 1
        write_tree(tmp_path / "in", {"log_data/1.json": [play(itemInSession=i) for i in range(1, 5)]})
        etl(tmp_path / "in", tmp_path / "lake")
        page.get_by_role("button", name="Show it").click(timeout=20_000)
        page.wait_for_function("() => document.querySelector('.between').innerText.includes('5 plays')")
        assert page.said == []


def test_a_server_that_has_gone(chromium, lake):  # noqa: F811
    with serving(lake, program=PROGRAM) as server, opened(chromium, server) as page:
        page.wait_for_selector("[data-card=active-users] svg")
        server.process.terminate()
        server.process.wait(30)
        page.select_option("#filter-level", "paid")
        page.get_by_text("the server does not answer").wait_for()
        page.screenshot("serve-gone")


def test_a_library_that_is_missing(chromium, lake, tmp_path):  # noqa: F811
    env = {"SPARKIFY_DUCKDB": str(tmp_path / "none.so")}
    with serving(lake, program=PROGRAM, env=env) as server, opened(chromium, server) as page:
        page.get_by_text("cannot read DuckDB's library").wait_for()
        page.get_by_role("link", name="SQL").click()
        run_sql(page, "SELECT 1")
        page.wait_for_selector("[role=alert]")
        assert "DuckDB" in page.locator("[role=alert]").inner_text()
