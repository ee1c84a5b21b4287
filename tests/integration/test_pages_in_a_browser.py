"""The quarantine pages as people meet them: by keyboard, on a phone, in the dark."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect
from quarantined_clinic import STEWARD, VIEWER, Clinic, clinic, serving

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
# The contrast of WCAG 2.2 AA, for text of ordinary size.
_CONTRAST = 4.5
_LIGHT_OF_TEXTS = """() => {
  const parts = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = colour => {
    const [r, g, b] = parts(colour).slice(0, 3).map(c => c / 255)
      .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = node => {
    for (; node; node = node.parentElement) {
      const colour = getComputedStyle(node).backgroundColor;
      if ((parts(colour)[3] ?? 1) > 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  return [...document.querySelectorAll("body *")]
    .filter(node => [...node.childNodes].some(c => c.nodeType === 3 && c.data.trim()))
    .map(node => [node.tagName + "." + node.className, light(getComputedStyle(node).color), light(ground(node))]);
}"""


@pytest.fixture
def held(warehouse: str, tmp_path: Path) -> Clinic:
    return clinic(warehouse, tmp_path)


@pytest.fixture
def pages(held: Clinic) -> Iterator[str]:
    with serving(held.desk) as address:
        yield address


def opened(browser: Browser, who: str, size: dict[str, int], scheme: str = "light") -> Page:
    context = browser.new_context(
        viewport=size, color_scheme=scheme, extra_http_headers={"X-Forwarded-User": who}
    )  # type: ignore[arg-type]  # playwright's own types of a size and a scheme are literals
    page = context.new_page()
    page.set_default_timeout(60_000)
    return page


def test_a_steward_looks_decides_and_finds_the_list_shorter(
    browser: Browser, pages: str, held: Clinic
) -> None:
    page = opened(browser, STEWARD, DESK)
    page.goto(f"{pages}/quarantine")
    page.get_by_role("link", name="eye_colour").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("eye_colour: unknown code")
    expect(page.get_by_text("canary_code")).to_have_count(0)
    page.get_by_role("button", name="Show the values").click()
    expect(page.get_by_text("canary_code", exact=True)).to_be_visible()
    page.get_by_label("the source will correct it").check()
    page.get_by_label("Why, in words without a value").fill("asked the clinic")
    page.get_by_role("button", name="Record").click()
    expect(page.get_by_text("asked the clinic")).to_be_visible()
    expect(page.get_by_text("canary_code")).to_have_count(0)
    page.get_by_role("link", name="Quarantine").first.click()
    expect(page.get_by_role("link", name="crp").first).to_be_visible()
    expect(page.get_by_role("link", name="eye_colour")).to_have_count(0)
    page.get_by_label("also what was decided or is gone").check()
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text(f"source ({STEWARD})")).to_be_visible()
    assert held.group("eye_colour").open_cells == 0


def test_everything_is_reached_by_keyboard_and_the_first_stop_skips_to_the_content(
    browser: Browser, pages: str
) -> None:
    page = opened(browser, VIEWER, DESK)
    page.goto(f"{pages}/quarantine")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    for name in ("Study", "also what was decided or is gone", "Show"):
        page.keyboard.press("Tab")
        stop = page.get_by_label(name) if name != "Show" else page.get_by_role("button", name=name)
        expect(stop).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Quarantine")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_page_fits_its_screen_and_its_text_can_be_read(
    browser: Browser, pages: str, held: Clinic, size: dict[str, int], scheme: str
) -> None:
    page = opened(browser, STEWARD, size, scheme)
    for address in ("", f"/{held.group('seen_on').cause.id}", "/none"):
        page.goto(f"{pages}/quarantine{address}")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= size["width"], address
        pale = [
            node
            for node, text, ground in page.evaluate(_LIGHT_OF_TEXTS)
            if (max(text, ground) + 0.05) / (min(text, ground) + 0.05) < _CONTRAST
        ]
        assert pale == [], address
        small = page.evaluate(
            "[...document.querySelectorAll('button, select, input[type=text], label.check')]"
            ".filter(e => e.getBoundingClientRect().height < 24).length"
        )
        assert small == 0, address


def test_a_page_asks_nothing_of_any_other_address_and_runs_nothing(
    browser: Browser, pages: str
) -> None:
    page, asked = opened(browser, VIEWER, DESK), set[str]()

    def note(request: Request) -> None:
        asked.add(request.url)

    page.on("request", note)
    page.goto(f"{pages}/quarantine")
    assert asked == {f"{pages}/quarantine", f"{pages}/quarantine/style.css"}
    assert page.locator("script").count() == 0


def test_a_page_has_one_title_headings_in_order_and_a_name_for_every_field(
    browser: Browser, pages: str, held: Clinic
) -> None:
    page = opened(browser, STEWARD, DESK)
    for address in ("", f"/{held.group('seen_on').cause.id}"):
        page.goto(f"{pages}/quarantine{address}")
        assert page.title().endswith(" · omics-orchestrator")
        levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3')].map(e => e.tagName)")
        assert levels[0] == "H1"
        assert set(levels[1:]) <= {"H2"}
        nameless = page.evaluate(
            "[...document.querySelectorAll('select, input')].filter(e => e.type !== 'hidden' && !e.labels.length).length"
        )
        assert nameless == 0
        assert page.get_attribute("html", "lang") == "en"


def test_a_table_that_is_shown_as_cards_is_still_a_table_to_who_listens(
    browser: Browser, pages: str
) -> None:
    page = opened(browser, VIEWER, PHONE)
    page.goto(f"{pages}/quarantine")
    expect(page.get_by_role("rowheader", name="seen_on core.clinic__visit")).to_be_visible()
    expect(page.get_by_role("cell", name="not a date")).to_be_visible()
