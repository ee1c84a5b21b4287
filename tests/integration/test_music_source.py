"""The demo's MUSIC on the local REDCap server, and what our source reads from there."""

from pathlib import Path

import polars as pl
import pytest
from redcap_service import TOKEN, Server, running

from omics_orchestrator.demo.music.dictionary import fields, project_definition
from omics_orchestrator.demo.music.study import EVENT, INSTANCE, frames, generate, redcap_rows
from omics_orchestrator.demo.redcap.project import create
from omics_orchestrator.dictionary import fingerprint
from omics_orchestrator.dictionary.load import load
from omics_orchestrator.sources import Extract, Request, redcap

DATA_DICTIONARY = Path(__file__).parents[2] / "data_dictionary"
PARTICIPANTS, SEED = 60, 4


@pytest.fixture(scope="module")
def extract(tmp_path_factory: pytest.TempPathFactory) -> Extract:
    study = load(DATA_DICTIONARY).studies["music"]
    released = frozenset(fingerprint.released(study, "redcap"))
    server = Server(tmp_path_factory.mktemp("music") / "redcap.db")
    rows = redcap_rows(generate(PARTICIPANTS, SEED))
    create(server.database, TOKEN, project_definition(), rows)
    with running(server):
        project = redcap.connect(server.url, TOKEN, study="music", source="redcap")
        return redcap.read(project, Request("music", "redcap", study.sources["redcap"], released))


def test_the_generators_raw_tables_are_what_our_source_reads(extract: Extract) -> None:
    generated = frames(PARTICIPANTS, SEED)
    assert extract.tables.keys() == generated.keys()
    for form, read in extract.tables.items():
        key = ["study_id", EVENT, *([INSTANCE] if INSTANCE in read.columns else [])]
        expected = generated[form].select(read.columns).sort(key)
        assert read.cast(pl.String).sort(key).equals(expected), form


def test_nothing_is_left_in_redcap_but_identifiers_free_text_and_the_image(
    extract: Extract,
) -> None:
    kinds = {each.name: each for each in fields()}
    for name in extract.withheld:
        field = kinds[name]
        is_free = field.kind in ("text", "notes") and not field.validation
        assert field.is_identifier or is_free or field.kind == "file", name
