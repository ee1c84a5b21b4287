"""The dictionary's site, built of a real warehouse: what it tells, and what it must never tell."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import psycopg
import pytest
import requests
from counted_clinic import KNOWN, NOTES, RARE, SMALLEST, build, load, loaded, rows
from psycopg import Connection
from quarantined_clinic import serving

from omics_orchestrator.dictionary.conform import conform
from omics_orchestrator.harmonised.tables import core_table
from omics_orchestrator.site.counting import distributions
from omics_orchestrator.site.publishing import Site
from omics_orchestrator.warehouse.accounts import Load
from omics_orchestrator.warehouse.load import merge
from tests.unit.dictionary.made_up import KEY, dictionary


@pytest.fixture(scope="module")
def clinic(postgres_url: str, prepared: str) -> Iterator[str]:
    with loaded(postgres_url, prepared, "site_clinic") as url:
        yield url


@pytest.fixture(scope="module")
def site(clinic: str, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return build(clinic, tmp_path_factory.mktemp("site") / "home/dictionary")


def text(site: Site, page: str) -> str:
    """The words of a page, without its tags."""
    written = (site.folder / page).read_text()
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", written)).split())


def content(site: Site) -> dict[str, bytes]:
    return {
        str(path.relative_to(site.folder)): path.read_bytes()
        for path in site.folder.rglob("*")
        if path.is_file()
    }


def test_no_value_of_a_patient_is_in_any_file(site: Site) -> None:
    known = [NOTES, *RARE.values(), *(str(row["id"]) for row in rows()), "1931", "591", "7731"]
    secrets = [each for each in known if len(each) > 2]
    assert len(secrets) > 60
    for path, written in content(site).items():
        told = written.decode()
        assert not [each for each in secrets if each in told], path


def test_a_variable_has_its_meaning_rule_source_and_distribution(site: Site) -> None:
    told = text(site, "variables/eye_colour.html")
    for said in (
        "Colour of the eyes <b>",
        "SNOMEDCT:1234",
        "{field: eyes, codes: {'1': blue, '2': brown, '3': green}}",
        "61 of 61 rows have a value (100 %)",
        "Green, as the sea is",
    ):
        assert said in told
    assert "Blue: not shown; Brown: not shown; Green, as the sea is: not shown" in told


def test_the_counts_are_those_of_the_table(site: Site) -> None:
    assert "Yes: 17 to 20; No: 40" in text(site, "variables/smoker.html")
    assert "57 to 60 of 61 rows have a value (93 %)" in text(site, "variables/smoker.html")
    assert "30 of 61 rows have a value (49 %)" in text(site, "variables/note.html")
    assert "nobody asked" in text(site, "variables/never_asked.html")
    assert "it was in inches" in text(site, "variables/crp.html")
    assert "None is known." in text(site, "variables/note.html")


def test_quarantine_is_told_by_cause_with_small_counts_hidden(site: Site) -> None:
    assert "smoker visit not yes or no < 5 open" in text(site, "quarantine.html")
    assert "partial some of its cells are in quarantine" in text(site, "variables/smoker.html")


def test_every_variable_and_study_has_its_page_and_a_line_in_coverage(site: Site) -> None:
    covered = text(site, "coverage.html")
    for name, variable in KNOWN.variables.items():
        assert (site.folder / f"variables/{name}.html").is_file()
        assert variable.label in covered
        assert f'"{name}"' in (site.folder / "variables.js").read_text()
    assert "61 rows; a row is one study id" in text(site, "studies/clinic.html")
    assert "it is not kept in git" in text(site, "changes.html")


def test_the_same_inputs_give_the_same_bytes(site: Site, clinic: str, tmp_path: Path) -> None:
    first = content(site)
    other = build(clinic, tmp_path / "dictionary")
    assert content(other) == first
    assert other.folder.resolve().name == site.folder.resolve().name


def test_what_was_never_loaded_is_told_so(warehouse: str, tmp_path: Path) -> None:
    site = build(warehouse, tmp_path / "dictionary")
    assert "undetermined the table has not been loaded" in text(site, "variables/crp.html")
    assert "Not loaded yet" in text(site, "studies/clinic.html")


def test_a_variable_whose_type_has_changed_waits_for_the_next_load(
    warehouse: str, tmp_path: Path
) -> None:
    load(warehouse)
    with psycopg.connect(warehouse) as connection:
        connection.execute("alter table core.clinic__visit alter crp type text")
    again = build(warehouse, tmp_path / "dictionary")
    assert "rows have a value" not in text(again, "variables/crp.html")
    assert "rows have a value" in text(again, "variables/smoker.html")


def test_rows_of_samples_are_counted_by_the_people_they_are_of(connection: Connection) -> None:
    samples = {"rows": ["redcap.labs"], "grain": ["sample_id"]}
    known = dictionary(
        {"sample_id": "string", "detected": "boolean"},
        {
            "sample": {**samples, "variables": {**KEY, "sample_id": "sample"}},
            "assay": {
                **samples,
                "variables": {"sample_id": "sample", "detected": "detected"},
                "refers_to": {"sample_id": "sample"},
            },
        },
    )
    study = known.studies["clinic"]
    for people, expected in ((3, "few"), (12, 24)):
        frame = pl.DataFrame(
            [{"id": f"P-{n % people}", "sample": f"S-{n}", "detected": "1"} for n in range(24)]
        )
        for name in study.tables:
            made = conform(known, study, name, {"labs": frame}, hash_key=b"key")
            said = Load("run", f"{people}", {}, 24, made.cells, made.rows, made.quarantine)
            merge(connection, core_table(known, study, name), made.frame, said)
        counted = distributions(connection, known, study, "assay", SMALLEST)
        assert counted["detected"].rows == expected


def test_the_pages_beside_dagster_serve_it_and_only_its_own_script_runs(
    site: Site,
) -> None:
    with serving(_no_desk, site=site.folder) as address:
        moved = requests.get(f"{address}/dictionary", timeout=10, allow_redirects=False)
        assert (moved.status_code, moved.headers["Location"]) == (307, "/dictionary/")
        told = requests.get(f"{address}/dictionary/variables/crp.html", timeout=10)
        assert (told.status_code, "mg/L" in told.text) == (200, True)
        policy = told.headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "default-src 'none'" in policy
        for path in (
            "/dictionary/none.html",
            "/dictionary/../../data_dictionary/known_defects.csv",
        ):
            assert requests.get(f"{address}{path}", timeout=10).status_code == 404


def test_before_it_was_built_a_reader_is_told_how_it_is(tmp_path: Path) -> None:
    with serving(_no_desk, site=tmp_path / "dictionary") as address:
        told = requests.get(f"{address}/dictionary/", timeout=10)
    assert told.status_code == 404
    assert "omics dictionary site" in told.text


def _no_desk() -> None:
    raise AssertionError("the dictionary's site needs no warehouse")
