"""Pictures: whole SVG, certain parts full, and nobody named in a cohort."""

from datetime import date
from xml.etree import ElementTree as ET

import polars as pl

from omics_orchestrator.exposure.picture import swimmers, timeline
from omics_orchestrator.exposure.tables import TABLES
from tests.unit.exposure.ward import day, dictionary, study, ward_tables

_SVG = "{http://www.w3.org/2000/svg}"


def episodes() -> pl.DataFrame:
    told = {"study_id": "A", "joined": day("2020-06-01")}
    people = (
        {**told, "ifx": True, "ifx_start": day("2020-03-01"), "ada": True, "ada_start": day("2018-01-01"),
         "ada_stop": day("2019-01-01")},
        {**told, "study_id": "B<&>", "ifx": True, "ifx_start": day("2019-03-01")},
    )  # fmt: skip
    return TABLES["drug_episode"].make(dictionary(), study(), ward_tables(participants=people))


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314  # a picture of our own


def bars(svg: str) -> list[ET.Element]:
    return list(parsed(svg).iter(f"{_SVG}g"))


def test_a_timeline_has_a_bar_an_episode_pale_where_the_end_is_not_known() -> None:
    svg = timeline(episodes().filter(participant="A"), [date(2020, 6, 1)], "ward: A")
    drawn = {bar.findtext(f"{_SVG}title"): list(bar.iter(f"{_SVG}rect")) for bar in bars(svg)}
    assert set(drawn) == {"ifx, 2020-03-01 to ?", "ada, 2018-01-01 to 2019-01-01"}
    pale, full = drawn["ifx, 2020-03-01 to ?"]
    assert float(pale.get("width", 0)) > float(full.get("width", 0))
    assert pale.get("opacity") is not None
    pale, full = drawn["ada, 2018-01-01 to 2019-01-01"]
    assert pale.get("width") == full.get("width")


def test_a_swimmer_plot_names_nobody_and_no_date() -> None:
    svg = swimmers(episodes(), "ward")
    assert len(bars(svg)) == 3
    assert "2 of 2 participants" in svg
    assert not any(told in svg for told in ("B&lt;", "2018", "2019", "2020"))


def test_a_name_that_looks_like_markup_stays_text() -> None:
    svg = timeline(episodes().filter(participant="B<&>"), [], "ward: B<&>")
    assert parsed(svg).findtext(f"{_SVG}title") == "ward: B<&>"


def test_an_episode_without_any_date_can_be_drawn() -> None:
    undated = pl.col("^(start|stop)_.*$", "known_on")
    nothing_known = (
        episodes()
        .head(1)
        .with_columns(
            pl.lit(None, pl.Date()).alias(name) for name in episodes().select(undated).columns
        )
    )
    assert len(bars(timeline(nothing_known, [], "ward: A"))) == 1
