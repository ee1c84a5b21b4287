"""A folder shows one whole site, the new one or the last good one."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from omics_orchestrator.errors import ConfigurationError
from omics_orchestrator.site.publishing import Site

FIRST = [("index.html", '<a href="b/one.html">'), ("b/one.html", '<a href="../index.html#x">')]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    found = Site(tmp_path / "new" / "dictionary")
    found.publish(FIRST, "aaa")
    return found


def interrupted() -> Iterator[tuple[str, str]]:
    yield FIRST[0]
    raise ValueError("the build broke")


def test_a_site_is_shown_whole_under_its_name(site: Site) -> None:
    assert {
        str(path.relative_to(site.folder)): path.read_text() for path in site.folder.rglob("*.html")
    } == dict(FIRST)
    assert site.folder.is_symlink()
    assert site.is_of("aaa")
    assert not site.is_of("bbb")
    assert (site.pages, site.lost_links()) == (2, [])


def test_the_next_site_takes_its_place_and_nothing_of_the_first_stays(site: Site) -> None:
    site.publish([("index.html", "second")], "bbb")
    assert site.is_of("bbb")
    assert (site.folder / "index.html").read_text() == "second"
    assert len(list(site.folder.parent.iterdir())) == 2


def test_runs_that_publish_at_once_all_end_well(site: Site) -> None:
    def published_and_read(number: int) -> tuple[int, list[str]]:
        pages = [*FIRST, *((f"b/{each}.html", f"{number}") for each in range(20))]
        site.publish(pages, f"stamp{number % 3}")
        return site.pages, site.lost_links()

    with ThreadPoolExecutor(8) as runs:
        assert list(runs.map(published_and_read, range(48))) == [(22, [])] * 48
    assert len(list(site.folder.parent.iterdir())) == 2


@pytest.mark.parametrize(
    ("files", "error"),
    [
        (interrupted(), ValueError),
        ([("index.html", '<a href="lost.html">')], ConfigurationError),
        ([("index.html", '<script src="https://example.org/x.js">')], ConfigurationError),
    ],
)
def test_the_last_good_site_stays_when_a_build_fails(
    site: Site, files: list[tuple[str, str]], error: type[Exception]
) -> None:
    with pytest.raises(error):
        site.publish(files, "bbb")
    assert site.is_of("aaa")
    assert len(list(site.folder.parent.iterdir())) == 2


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("years of work")
    with pytest.raises(ConfigurationError, match="holds something else"):
        Site(tmp_path / "mine").publish(FIRST, "aaa")
    assert (tmp_path / "mine/thesis.txt").read_text() == "years of work"
    (tmp_path / "empty").mkdir()
    Site(tmp_path / "empty").publish(FIRST, "aaa")
    assert Site(tmp_path / "empty").pages == 2


def test_until_the_next_site_is_whole_the_first_is_shown(site: Site) -> None:
    def slowly() -> Iterator[tuple[str, str]]:
        yield "index.html", "second"
        assert (site.folder / "index.html").read_text() == FIRST[0][1]
        yield "other.html", "second"

    site.publish(slowly(), "bbb")
    assert (site.folder / "other.html").is_file()


def test_a_site_of_a_like_name_beside_it_stays(site: Site) -> None:
    old = Site(site.folder.with_name("dictionary-old"))
    old.publish(FIRST, "ccc")
    site.publish([("index.html", "second")], "bbb")
    assert old.pages == 2


def test_a_copy_of_a_site_is_known_and_replaced(site: Site, tmp_path: Path) -> None:
    copy = Site(tmp_path / "copy")
    shutil.copytree(site.folder, copy.folder)
    assert copy.is_of("aaa")
    copy.publish([("index.html", "second")], "bbb")
    assert (copy.folder / "index.html").read_text() == "second"


def test_a_page_that_is_gone_is_a_lost_link(site: Site) -> None:
    (site.folder / "b/one.html").unlink()
    assert site.lost_links() == ["index.html: b/one.html"]
