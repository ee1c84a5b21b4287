"""GI-DAMPs end to end: what the demo's generator planted is what the accounting finds, cell by cell.

The generator counts the faults it plants; the readers and the dictionary know nothing of that. So
the two accounts agree only if no cell was lost, doubled or judged wrongly on the way.
"""

import csv
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
from openpyxl import load_workbook
from redcap_service import TOKEN, Server, running
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from omics_orchestrator import catalogue
from omics_orchestrator.catalogue.list_texts import texts_of
from omics_orchestrator.catalogue.reconcile import REGISTERED
from omics_orchestrator.demo.gidamps.centre_files import (
    CHECKSUMS,
    FOLDER,
    MANIFEST,
    OTHER_CONTENT,
    WITHOUT_MATE,
)
from omics_orchestrator.demo.gidamps.dictionary import project_definition
from omics_orchestrator.demo.gidamps.omic_files import NOBODYS, TRUNCATED_SUFFIX
from omics_orchestrator.demo.gidamps.samples_database import UNKNOWN_PARTICIPANTS
from omics_orchestrator.demo.gidamps.sources import DemoSources, write_demo_sources
from omics_orchestrator.demo.redcap.project import create
from omics_orchestrator.dictionary import fingerprint, outcome
from omics_orchestrator.dictionary.conform import Conformed, conform
from omics_orchestrator.dictionary.load import load
from omics_orchestrator.dictionary.model import Dictionary, Study
from omics_orchestrator.sources import Extract, Request, delimited, excel, redcap, sql
from omics_orchestrator.stores import open_store

DATA_DICTIONARY = Path(__file__).resolve().parents[2] / "data_dictionary"
REASONS = {
    "unknown_code": "unknown_code",
    "out_of_range": "out_of_range",
    "other_unit": "out_of_range",
    "decimal_comma": "not_a_number",
    "unit_text": "not_a_number",
    "not_a_number": "not_a_number",
    "impossible_date": "not_a_date",
    "date_and_time": "not_a_date",
}
FROM_REDCAP = (
    "participant", "questionnaire", "family_history", "sampling", "activity", "laboratory",
    "medication", "endoscopy", "imaging", "samples_collected", "cucq32",
)  # fmt: skip


@dataclass(frozen=True)
class Night:
    """One night's work: what the sources gave, and what became of it."""

    demo: DemoSources
    dictionary: Dictionary
    study: Study
    extracts: Mapping[str, Extract]
    conformed: Mapping[str, Conformed]

    def kept_fields(self, table: str) -> set[str]:
        """The fields of a table that its rules read; the others are left out by name."""
        cells = self.conformed[table].cells
        return set(cells.filter(pl.col("left_out") == 0)["field"])


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    folder = tmp_path_factory.mktemp("gidamps")
    demo = write_demo_sources(folder, participants=120, seed=11)
    dictionary = load(DATA_DICTIONARY)
    study = dictionary.studies["gidamps"]
    extracts = dict(_extracts(demo, study, folder))
    frames = {name: table for each in extracts.values() for name, table in each.tables.items()}
    conformed = {
        table: conform(dictionary, study, table, frames, hash_key=b"a key of the tests")
        for table in study.tables
    }
    return Night(demo, dictionary, study, extracts, conformed)


def _extracts(demo: DemoSources, study: Study, folder: Path) -> Iterator[tuple[str, Extract]]:
    requests = {
        name: Request("gidamps", name, source, frozenset(fingerprint.released(study, name)))
        for name, source in study.sources.items()
    }
    server = Server(folder / "redcap.db")
    create(server.database, TOKEN, project_definition(), demo.redcap_rows)
    with running(server):
        project = redcap.connect(server.url, TOKEN, study="gidamps", source="redcap")
        yield "redcap", redcap.read(project, requests["redcap"])
    engine = create_engine(demo.samples_url, poolclass=NullPool)
    yield "samples", sql.read(engine, requests["samples"])
    with demo.olink.open("rb") as stream:
        yield "olink", excel.read([(demo.olink.name, stream)], requests["olink"])
    with demo.qpcr.open("rb") as stream:
        yield "qpcr", delimited.read([(demo.qpcr.name, stream)], requests["qpcr"])


def counted(pairs: Iterable[tuple[str, str, int]]) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for field, reason, count in pairs:
        found[field, reason] += count
    return +found


def test_every_account_balances_and_no_field_is_unclassified(night: Night) -> None:
    assert set(night.conformed) == set(night.study.tables)
    for conformed in night.conformed.values():
        assert outcome.is_balanced(conformed.cells)
        assert conformed.unclassified == ()
        for step in conformed.rows.to_dicts():
            assert step["rows_in"] == step["rows_out"] + step["excluded"] + step["quarantined"]


def test_every_value_of_the_generator_arrives_in_its_raw_table(night: Night) -> None:
    written = Counter(
        name
        for row in night.demo.redcap_rows
        for name, text in row.items()
        if text and not name.startswith("redcap_") and text != "0"
    )
    arrived: Counter[str] = Counter()
    for table in night.extracts["redcap"].tables.values():
        for name in table.columns:
            arrived[name] += table.filter(pl.col(name).is_not_null() & (pl.col(name) != "0")).height
    withheld = night.extracts["redcap"].withheld
    for name in set(written) - {"study_id"}:
        if name.partition("___")[0] not in withheld:
            assert arrived[name] == written[name], name


def test_each_quarantined_cell_is_one_that_was_planted_for_its_reason(night: Night) -> None:
    for table in FROM_REDCAP:
        kept = night.kept_fields(table)
        planted = counted(
            (field, REASONS[kind], count)
            for (kind, field), count in night.demo.planted.items()
            if kind in REASONS and field in kept
        )
        held = night.conformed[table].quarantine.select("field", "reason", "count").rows()
        assert counted(held) == planted


def test_each_cell_declared_missing_is_one_that_was_planted_so(night: Night) -> None:
    for table in FROM_REDCAP:
        kept = night.kept_fields(table)
        cells = night.conformed[table].cells
        missing = dict(cells.filter(pl.col("field").is_in(kept)).select("field", "missing").rows())
        for field, count in missing.items():
            name, separator, _ = field.partition("___")
            kind = "missing_code_box" if separator else "missing_code"
            assert count == night.demo.planted[kind, name], field


def test_thresholds_keep_their_comparator_and_spaces_are_no_fault(night: Night) -> None:
    laboratory = night.conformed["laboratory"].frame
    for field, variable in {
        "crp": "crp",
        "calprotectin": "calprotectin",
        "egfr_lab": "egfr",
        "drug_level_inflxi": "ifx_level",
        "drug_level_adalimumab": "ada_level",
    }.items():
        with_comparator = laboratory.filter(pl.col(f"{variable}_comparator").is_not_null()).height
        assert with_comparator == night.demo.planted["threshold", field]
    assert sum(n for (kind, _), n in night.demo.planted.items() if kind == "surrounding_space") > 9


def test_every_blank_cell_is_one_that_nobody_filled(night: Night) -> None:
    filled = Counter(
        name for row in night.demo.redcap_rows for name, text in row.items() if text.strip()
    )
    for table in FROM_REDCAP:
        for cells in night.conformed[table].cells.to_dicts():
            field = cells["field"]
            is_key = field == "study_id" or field.startswith("redcap_")
            if field in night.kept_fields(table) and "___" not in field and not is_key:
                assert cells["cells"] - cells["blank"] == filled[field], field


def test_the_sample_register_is_complete_down_to_people_nobody_knows(night: Night) -> None:
    path = night.demo.samples_url.removeprefix("sqlite:///")
    connection = sqlite3.connect(path)
    (registered,) = connection.execute("select count(*) from sample").fetchone()
    connection.close()
    sample = night.conformed["sample"].frame
    assert sample.height == registered
    assert night.conformed["sample"].quarantine.is_empty()
    known = set(night.conformed["participant"].frame["study_id"])
    assert set(sample["study_id"]) - known == set(UNKNOWN_PARTICIPANTS)


def test_the_olink_sheet_is_accounted_for_as_another_parser_counts_it(night: Night) -> None:
    rows = list(load_workbook(night.demo.olink).worksheets[0].values)[4:-1]
    cells = [cell for row in rows for cell in row[3:]]
    is_number = [isinstance(cell, int | float) for cell in cells]
    (value,) = night.conformed["olink"].cells.filter(pl.col("field") == "value").to_dicts()
    assert value == {
        "field": "value",
        "cells": len(cells),
        "conformed": sum(is_number),
        "missing": cells.count("<LOD") + cells.count("NA"),
        "blank": cells.count(None),
        "quarantined": sum(isinstance(cell, str) and "," in cell for cell in cells),
        "left_out": 0,
    }


def test_the_qpcr_file_is_accounted_for_line_by_line(night: Night) -> None:
    with night.demo.qpcr.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter=";"))
    (cq,) = night.conformed["qpcr"].cells.filter(pl.col("field") == "cq").to_dicts()
    undetermined = [row["cq"] for row in rows].count("Undetermined")
    assert undetermined > 0
    assert (cq["cells"], cq["missing"]) == (len(rows), undetermined)
    assert cq["conformed"] == len(rows) - undetermined
    assert night.extracts["qpcr"].withheld == {"comment": "not listed in the study file"}


def test_each_omic_file_is_linked_but_the_damaged_ones_and_nobodys(
    night: Night, tmp_path: Path
) -> None:
    collection = night.dictionary.collections["gidamps"]
    inbox, store = open_store(str(night.demo.omics_inbox)), open_store(str(tmp_path))
    nothing = pl.DataFrame(schema=catalogue.FILE_SCHEMA)
    look = catalogue.Round(collection, inbox, store, "v1")
    due = look.differences(nothing.select(REGISTERED.keys()))
    files = pl.concat(look.parts(due, lambda _: nothing, lambda _: None))
    on_disk = [path for path in night.demo.omics_inbox.rglob("*") if path.is_file()]
    assert files.height == len(on_disk)
    (damaged,) = files.filter(pl.col("status") == "damaged")["path"]
    assert damaged.endswith(TRUNCATED_SUFFIX)
    texts, _ = texts_of(catalogue.texts_needed(collection, files), store, inbox)
    tied = catalogue.tie(collection, files, night.conformed["sample"].frame, texts)
    reasons = dict(tied.unlinked.select("path", "reason").iter_rows())
    # The atlas of many samples names them in its cells' table, not in its path.
    reasons.pop("single_cell/gidamps_biopsies.h5ad", None)
    assert reasons == {
        f"rnaseq/{NOBODYS}": "no such sample",
        f"{FOLDER}/{OTHER_CONTENT}": "its checksum is not the one that was listed",
    }
    lists = {f"{FOLDER}/{CHECKSUMS}", f"{FOLDER}/{MANIFEST}"}
    linked = set(tied.links["path"])
    assert {path for path in files["path"] if path not in linked} - lists == {damaged} | (
        set(tied.unlinked["path"])
    )
    incomplete = tied.sets.filter(~pl.col("complete"))
    assert set(incomplete.explode("missing")["missing"].drop_nulls()) == {
        f"{FOLDER}/{WITHOUT_MATE.replace('_R1', '_R2')}",
        f"rnaseq/{NOBODYS.replace('_R1_', '_R2_')}",
    }
