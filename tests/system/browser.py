"""Debian's Chromium by Playwright, for the tests of pages; screenshots go to build/screenshots.

SPARKIFY_CHROMIUM     the browser (default: chromium or google-chrome on the path)
SPARKIFY_SCREENSHOTS  the folder of the screenshots
"""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import PROJECT

CHROMIUM = os.environ.get("SPARKIFY_CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "google-chrome"))), None
)
AXE = PROJECT / "build/web/node_modules/axe-core/axe.min.js"
SCREENSHOTS = Path(os.environ.get("SPARKIFY_SCREENSHOTS") or PROJECT / "build/screenshots")
DESKTOP, PHONE = 1240, 390
FORMS = [(scheme, width) for scheme in ("light", "dark") for width in (DESKTOP, PHONE)]
DIAGONAL = [("light", DESKTOP), ("dark", PHONE)]  # each scheme and each width once, for slow checks

needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="the tests of pages need Chromium: apt-get install chromium")


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        yield browser
        browser.close()


class Page:
    """An open page, what it has said and what it has asked for."""

    def __init__(self, page):
        self.page, self.said, self.asked = page, [], []
        page.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        page.on("request", lambda request: self.asked.append(request.url))

    def __getattr__(self, name):
        return getattr(self.page, name)

    def texts(self, selector):
        return self.locator(selector).all_inner_texts()

    def violations(self):
        """What axe finds: the rule, and the first element that breaks it."""
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate("axe.run()")["violations"]
        return [(rule["id"], rule["nodes"][0]["html"]) for rule in found]

    def overflows(self):
        return self.page.evaluate("document.documentElement.scrollWidth > innerWidth")

    def screenshot(self, name, **options):
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", **options)


@contextmanager
def open_page(chromium, address, scheme="light", width=DESKTOP, **options):
    context = chromium.new_context(color_scheme=scheme, viewport={"width": width, "height": 900}, **options)
    page = Page(context.new_page())
    page.goto(address if "://" in str(address) else Path(address).as_uri())
    try:
        yield page
    finally:
        context.close()
