"""The page of a report on a lake of another model than Sparkify's: what it shows of a document, in light and dark, and
on a phone."""

import json
import re

import jsonschema
import pytest
from browser import DESKTOP, PHONE, chromium, needs_chromium, open_page  # noqa: F401
from conftest import play
from lake_tables import LIBRARY
from test_report import SCHEMA, document, lake_of, report

pytestmark = [
    needs_chromium,
    pytest.mark.skipif(not LIBRARY.exists(), reason="DuckDB's library needs npm"),
]

ROWS = 70
NAMES = ["Amélie", "<b>", "order", "x" * 300]
SQL = "-- What it is.\nSELECT 1"


def answer(columns, rows):
    types = [dict(zip(("name", "type"), column.split())) for column in columns]
    return {"summary": "What it is.", "sql": SQL, "columns": types, "rows": rows}


def counts(values):
    return answer(["value text", "rows integer"], values)


ANSWERS = {
    "days": ("days", answer(["day date", "rows integer"], [["2024-02-28", 30], ["2024-03-02", 40]])),
    "months": ("months", answer(["month date", "rows integer"], [["2024-02-01", 30], ["2024-03-01", 40]])),
    "hours": ("hours", answer(["weekday integer", "hour integer", "rows integer"], [[4, 3, 30], [7, 5, 40]])),
    "top-country": ("top", counts([[None, 40], ["DE", 20], ["<i>", 10]])),
    "top-customer_id": ("top", answer(["value text", "name text", "rows integer"],
                                      [[f"c{i}", name, 10 - i] for i, name in enumerate(NAMES)])),
    "top-token": ("top", counts([[f"t{i}", 1] for i in range(10)])),  # each row has its own
    "top-empty": ("top", counts([])),
    "chart-by-device": ("chart", answer(["device text", "clicks integer"], [["phone", 40], ["desk", 30]])),
    "chart-nothing": ("chart", answer(["a text"], [])),
    "chart-words": ("chart", answer(["a text", "b text"], [["one", "two"], ["three", "four"]])),
    "keys": ("keys", answer(["column text", "dimension text", "dimension_rows integer", "keys integer", "rows integer",
                             "unmatched integer"],
                            [["customer_id", "customers", 9, 5, 70, 7], ["price", None, None, 3, 70, 0]])),
    "columns": ("columns", answer(["table text", "column text", "rows integer", "nulls integer", "distinct integer"],
                                  [["clicks", "country", 70, 35, 2], ["clicks", "at", 70, 0, 70],
                                   ["time", "bytes", 10, 10, 0]])),
}  # fmt: skip
TABLES = {"clicks": "facts", "customers": "dimension", "time": "calendar"}


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """A page around Sparkify's document, and that document: a frame for others."""
    folder = tmp_path_factory.mktemp("model")
    lake = lake_of(folder, play())
    assert report(lake, "--out", folder / "report.html").code == 0
    return (folder / "report.html").read_text(), document(lake)


def page_of(parts, folder, rows=ROWS):
    page, base = parts
    kept = ("format", "command", "version", "status", "error", "lake", "lake_version", "newest_version", "from", "to")
    made = {name: base[name] for name in (*kept, "versions", "rejects")}
    table = next(iter(base["versions"][0]["tables"].values()))
    made["versions"] = [{**base["versions"][0], "tables": dict.fromkeys(TABLES, table)}]
    sections = [{"answer": name, "kind": kind, "about": name.split("-", 1)[-1]} for name, (kind, _) in ANSWERS.items()]
    tables = [{"name": name, "kind": kind} for name, kind in TABLES.items()]
    made["model"] = {"name": "web_shop", "tables": tables, "sections": sections}
    made |= {"first": "2024-02-28T03:00:00Z", "last": "2024-03-02T05:00:00Z", "rows": rows}
    made["answers"] = {name: {**found, "rows": found["rows"] if rows else []} for name, (_, found) in ANSWERS.items()}
    jsonschema.validate(made, SCHEMA, jsonschema.Draft202012Validator)
    text = json.dumps(made).replace("<", "\\u003c")
    page = re.sub(
        r'(<script type="application/json" id="data">).*?(</script>)', lambda m: m[1] + text + m[2], page, flags=re.S
    )
    (folder / "page.html").write_text(page)
    return folder / "page.html"


def bars(page, name):
    return page.texts(f"[data-card='{name}'] .bars li .what > bdi:first-child")


@pytest.mark.parametrize("scheme, width", [("light", DESKTOP), ("dark", DESKTOP), ("light", PHONE)])
def test_what_is_shown(parts, tmp_path, chromium, scheme, width):  # noqa: F811
    with open_page(chromium, page_of(parts, tmp_path), scheme, width) as page:
        page.wait_for_selector("[data-card=rows] svg")
        assert page.title() == "Web shop" and page.texts("h1") == ["Web shop"]
        assert page.texts("h2") == ["Over time", "Charts", "Top values", "Data health"]
        names = [element.get_attribute("data-card") for element in page.locator("[data-card]").all()]
        assert names == ["rows", "hours", "chart-by-device", "chart-nothing", "chart-words", "top-country",
                         "top-customer_id", "keys", "nulls", "rejects", "versions"]  # fmt: skip
        assert "70 rows of clicks" in page.texts(".between")[0]
        assert bars(page, "top-country") == ["No value", "DE", "<i>"]
        assert bars(page, "top-customer_id") == NAMES
        assert sorted(bars(page, "chart-by-device")) == ["desk", "phone"]
        assert bars(page, "nulls") == ["bytes", "country"]  # all of ten before half of seventy
        assert "No rows." in page.texts("[data-card=chart-nothing]")[0]
        heads = page.texts("[data-card=versions] thead th")
        assert heads[3:6] == ["Clicks", "Customers", "Time"]
        keys = page.locator("[data-card=keys] table")
        assert width < DESKTOP or keys.evaluate("table => table.scrollWidth <= table.parentElement.clientWidth")
        page.locator("[data-card=rows] label", has_text="Month").click()
        assert "month" in page.locator("[data-card=rows] svg[role=img]").get_attribute("aria-label")
        assert page.said == [] and page.violations() == [] and not page.overflows()
        page.screenshot(f"report-model-{scheme}-{width}", full_page=True)


def test_without_rows(parts, tmp_path, chromium):  # noqa: F811
    with open_page(chromium, page_of(parts, tmp_path, rows=0)) as page:
        page.wait_for_selector("[data-card=versions]")
        assert page.texts("h2") == ["Data health"]
        assert page.texts(".empty") == ["There are no rows yet."]
        assert page.said == []
