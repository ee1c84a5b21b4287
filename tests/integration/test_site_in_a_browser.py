"""The dictionary's site as people meet it: from a file or a server, by keyboard, in the dark."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from counted_clinic import build, loaded
from playwright.sync_api import Browser, Page, expect
from quarantined_clinic import serving

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 320, "height": 700}
KINDS = (
    "index", "coverage", "quarantine", "changes", "studies/clinic", "variables/eye_colour",
    "variables/crp", "variables/smoker",
)  # fmt: skip
# `preload` would fetch the style sheet by a script, which the pages forbid.
_WCAG = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "preload": False,
}


@pytest.fixture(scope="module")
def folder(
    postgres_url: str, prepared: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    with loaded(postgres_url, prepared, "site_in_a_browser") as url:
        yield build(url, tmp_path_factory.mktemp("site") / "dictionary").folder


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with serving(_no_desk, site=folder) as served:
        yield f"{served}/dictionary"


@contextmanager
def opened(browser: Browser, size: dict[str, int], scheme: str = "light") -> Iterator[Page]:
    context = browser.new_context(viewport=size, color_scheme=scheme)  # type: ignore[arg-type]  # playwright's own types of a size and a scheme are literals
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    context.close()


def test_a_person_types_and_finds_and_enter_opens_the_first(browser: Browser, address: str) -> None:
    with opened(browser, DESK) as page:
        page.goto(f"{address}/")
        box = page.get_by_label("Find a variable")
        box.fill("visit day")
        expect(page.get_by_role("status")).to_have_text("1 variable")
        expect(page.locator("#results a")).to_have_text(["Day of the visit"])
        box.fill("SÉA green")
        expect(page.locator("#results a")).to_have_text(["Colour of the eyes <b>"])
        box.fill("nothing is called so")
        expect(page.get_by_role("status")).to_have_text("0 variables")
        box.fill("crp")
        box.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("crp")


def test_the_keyboard_reaches_the_search_its_results_and_the_numbers(
    browser: Browser, address: str
) -> None:
    with opened(browser, DESK) as page:
        page.goto(f"{address}/")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(page.get_by_label("Find a variable")).to_be_focused()
        page.keyboard.type("smoker")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("smoker")
        page.locator("summary").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("row", name="Yes 17 to 20")).to_be_visible()


@pytest.mark.parametrize(("size", "scheme"), [(DESK, "light"), (PHONE, "dark")])
def test_every_kind_of_page_fits_its_screen_and_keeps_wcag_2_2_aa(
    browser: Browser, address: str, size: dict[str, int], scheme: str
) -> None:
    with opened(browser, size, scheme) as page:
        for kind in KINDS:
            page.goto(f"{address}/{kind}.html")
            page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], kind
            found = Axe().run(page, options=_WCAG).response["violations"]
            assert [(each["id"], each["nodes"][0]["html"]) for each in found] == [], kind


@pytest.mark.parametrize("start", ["address", "folder"])
def test_it_asks_nothing_of_anybody_else_and_says_no_error_from_a_file_either(
    browser: Browser, address: str, folder: Path, start: str
) -> None:
    home = address if start == "address" else folder.resolve().as_uri()
    asked, said = set[str](), list[str]()
    with opened(browser, DESK) as page:
        page.on("request", lambda request: asked.add(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(error.message))
        for kind in KINDS:
            page.goto(f"{home}/{kind}.html")
        page.goto(f"{home}/index.html")
        page.get_by_label("Find a variable").fill("crp")
        expect(page.locator("#results a")).to_have_text(["crp"])
    assert said == []
    assert {url for url in asked if not url.startswith(f"{home}/")} == set()
    assert f"{home}/variables.js" in asked


def test_a_plot_is_told_in_words_too(browser: Browser, address: str) -> None:
    with opened(browser, DESK) as page:
        page.goto(f"{address}/variables/smoker.html")
        plot = page.get_by_role("img", name="smoker in Clinic, visit")
        expect(plot).to_be_visible()
        expect(plot).to_have_accessible_description("Yes: 17 to 20; No: 40")


def _no_desk() -> None:
    raise AssertionError("the dictionary's site needs no warehouse")
